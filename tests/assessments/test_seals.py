from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import InternalError, connection, transaction
from django.db.utils import IntegrityError
from django.test import Client
from django.urls import reverse

from greenhood.assessments import actions
from greenhood.assessments.models import Assessment
from greenhood.assessments.queries.evidence import seals
from greenhood.evidence import sealing, store
from greenhood.evidence.models import Seal
from greenhood.history.models import Entry
from tests.cast import Cast, sign_in
from tests.evidence import files


@pytest.fixture
def sealed(cast: Cast, assessment: Assessment) -> Seal:
    """A declared self-assessment with two files."""
    for number, name in enumerate(("=楼道.jpg", "花园.jpg"), 1):
        content = files.jpeg(number, taken="2026:05:01 09:30:00", gps=files.GPS)
        actions.attach(
            assessment, criterion=number, check_no=1, file=files.upload(content, name), name=name, by=cast.worker
        )
    actions.lock(assessment, by=cast.worker)
    return Seal.objects.get()


def spoil(own_media: Path, seal: Seal, number: int, content: bytes | None) -> None:
    path = own_media / store.path_of(sealing.entries_of(seal)[number].sha256)
    path.chmod(0o640)
    path.unlink() if content is None else path.write_bytes(content)


def test_lock_keeps_the_list_with_hashes_time_and_place(cast: Cast, sealed: Seal) -> None:
    first = sealing.entries_of(sealed)[0]

    assert (sealed.count, sealed.occasion, sealed.sealed_by) == (2, "申报锁定", cast.worker.user)
    assert (first.heading, first.name, first.how) == ("第1项（1）", "=楼道.jpg", "照片自带信息")
    assert (first.captured_at, first.latitude) == ("2026-05-01T09:30:00+08:00", "30.660000")
    assert Entry.objects.get(event="seal.made").details["digest"] == sealed.digest
    assert Entry.objects.get(event="assessment.locked").details["seal"] == sealed.digest


def test_relock_seals_anew_and_keeps_the_old_list(cast: Cast, assessment: Assessment, sealed: Seal) -> None:
    actions.reopen_items(assessment, {1: "照片不清楚"}, by=cast.street_officer)
    again = actions.attach(
        assessment, criterion=1, file=files.upload(files.jpeg(3)), name="重拍.jpg", by=cast.worker
    ).evidence

    digest = actions.relock(assessment, by=cast.worker)

    assert [(one.count, one.digest == digest) for one in seals(assessment)] == [(3, True), (2, False)]
    assert again.blob_id in {entry.sha256 for entry in sealing.entries_of(Seal.objects.get(digest=digest))}


def test_second_declaration_rests_on_the_same_list(cast: Cast, assessment: Assessment, sealed: Seal) -> None:
    assert actions.sealed(assessment, by=cast.worker) == sealed.digest
    assert Seal.objects.count() == 1


def test_closed_before_lists_were_kept_is_sealed_when_it_is_asked_for(cast: Cast, assessment: Assessment) -> None:
    digest = actions.sealed(assessment, by=cast.worker)

    assert Seal.objects.get().digest == digest


@pytest.mark.parametrize("sql", ["update evidence_seal set count = 1", "delete from evidence_seal"])
def test_database_refuses_to_change_a_sealed_list(sealed: Seal, sql: str) -> None:
    with (
        pytest.raises((IntegrityError, InternalError), match="cannot be changed"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)


def test_untouched_files_are_found_good(cast: Cast, client: Client, sealed: Seal) -> None:
    answer = sign_in(client, cast.county_officer).post(reverse("evidence:check_seal", args=[sealed.pk]))

    assert "核对一致：2 件" in answer.content.decode()
    assert Entry.objects.get(event="seal.checked").result == "ok"


def test_altered_and_lost_files_are_named(cast: Cast, client: Client, sealed: Seal, own_media: Path) -> None:
    spoil(own_media, sealed, 0, b"something else")
    spoil(own_media, sealed, 1, None)

    page = sign_in(client, cast.worker).post(reverse("evidence:check_seal", args=[sealed.pk])).content.decode()

    assert "文件内容与封存时不同：1 件" in page
    assert "文件不在存储中：1 件" in page
    assert "=楼道.jpg" in page
    assert Entry.objects.get(event="seal.checked").result == "failed"


def test_altered_list_is_found(sealed: Seal) -> None:
    sealed.entries[0][1] = "别的.jpg"

    assert sealing.check(sealed) == sealing.Checked(2, (), (), is_list_whole=False)


def test_list_as_csv_holds_every_file_and_no_formula(cast: Cast, client: Client, sealed: Seal) -> None:
    answer = sign_in(client, cast.worker).get(reverse("evidence:seal_list", args=[sealed.pk]))

    heading, *rows, last = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert heading[2] == "SHA-256"
    assert [row[1] for row in rows] == ["'=楼道.jpg", "花园.jpg"]
    assert last == ["共 2 件", f"校验值 {sealed.digest}"]


def test_strangers_see_no_list(cast: Cast, client: Client, sealed: Seal) -> None:
    stranger = sign_in(client, cast.neighbour_officer)

    assert stranger.get(reverse("evidence:seal_list", args=[sealed.pk])).status_code == 404
    assert stranger.post(reverse("evidence:check_seal", args=[sealed.pk])).status_code == 404


def test_page_of_a_declared_assessment_shows_its_list(
    cast: Cast, client: Client, assessment: Assessment, sealed: Seal
) -> None:
    page = sign_in(client, cast.worker).get(reverse("assessments:edit", args=[assessment.pk])).content.decode()

    assert sealed.digest in page
    assert reverse("evidence:seal_list", args=[sealed.pk]) in page


def test_command_finds_every_list_good_or_says_what_is_wrong(
    sealed: Seal, own_media: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("evidence", "verify")
    assert "核对一致：1 份" in capsys.readouterr().out

    spoil(own_media, sealed, 0, b"something else")
    with pytest.raises(CommandError, match="1 处问题"):
        call_command("evidence", "verify")
    assert "=楼道.jpg 内容不同" in capsys.readouterr().err


def test_command_finds_a_list_that_history_does_not_know(sealed: Seal, capsys: pytest.CaptureFixture[str]) -> None:
    """Somebody who switches off the trigger can write a list and a digest that fit, but no history."""
    Seal.objects.create(
        community=sealed.community,
        subject_kind=sealed.subject_kind,
        subject_id=sealed.subject_id,
        occasion="申报锁定",
        sealed_at=sealed.sealed_at,
        entries=[],
        count=0,
        digest=sealing.digest_of([]),
    )

    with pytest.raises(CommandError):
        call_command("evidence", "verify")
    assert "与操作记录不符" in capsys.readouterr().err
