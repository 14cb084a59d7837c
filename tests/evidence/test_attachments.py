from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from uuid import UUID

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from greenhood.accounts.actor import Actor
from greenhood.evidence import actions, filetypes, store, subjects, sweeping
from greenhood.evidence.errors import NotPossible
from greenhood.evidence.models import Attachment, Blob, How
from greenhood.evidence.queries import attachments_of
from greenhood.evidence.showing import strips_of
from greenhood.history.models import Entry
from greenhood.kit.ids import uuid7
from tests.cast import Cast, sign_in
from tests.evidence import files
from tests.url_samples import Objects

KIND = "communities.heritageinspection"


@pytest.fixture(autouse=True)
def kind(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A kind of record of which a community has those whose id isn't zero."""
    monkeypatch.setattr(subjects, "_kinds", {})
    subjects.register(KIND, lambda community, subject: subject != UUID(int=0))
    return


def attach(
    cast: Cast, subject: UUID, content: bytes = b"", name: str = "古树.jpg", by: Actor | None = None
) -> Attachment:
    return actions.attach(
        files.upload(content or files.jpeg(), name),
        name,
        community=cast.community,
        subject_kind=KIND,
        subject_id=subject,
        by=by or cast.worker,
    ).attachment


def test_attachment_keeps_the_file_and_says_when_and_where(cast: Cast) -> None:
    subject = uuid7()

    attach(cast, subject, files.jpeg(taken="2026:05:01 09:30:00", gps=files.GPS))

    row = attachments_of(cast.community, KIND, [subject])[subject][0]
    assert (row.name, row.how) == ("古树.jpg", How.EXIF)
    assert row.captured_at == dt.datetime(2026, 5, 1, 1, 30, tzinfo=dt.UTC)
    assert (float(row.captured_latitude or 0), float(row.captured_longitude or 0)) == (30.66, 104.06)
    assert Entry.objects.get(event="attachment.attached").details["subject"] == f"{KIND}:{subject}"


def test_photo_without_notes_says_so(cast: Cast) -> None:
    assert attach(cast, uuid7()).how == How.NONE


def test_same_file_twice_at_one_record_is_one_attachment(cast: Cast) -> None:
    subject, other = uuid7(), uuid7()

    first, again, elsewhere = attach(cast, subject), attach(cast, subject), attach(cast, other)

    assert first == again
    assert elsewhere != first
    assert (Attachment.objects.count(), Blob.objects.count()) == (2, 1)


def test_attachments_of_many_records_are_one_query(cast: Cast, django_assert_num_queries) -> None:
    ids = [uuid7() for _ in range(3)]
    for one in ids[:2]:
        attach(cast, one)

    with django_assert_num_queries(1):
        strips = strips_of(cast.community, KIND, ids, actor=cast.worker, back="/")

    assert [len(strips[one].pieces) for one in ids] == [1, 1, 0]


def test_removed_attachment_comes_back(cast: Cast) -> None:
    subject = uuid7()
    row = attach(cast, subject)

    actions.remove_attachment(row, by=cast.worker)
    assert attachments_of(cast.community, KIND, [subject]) == {}

    actions.restore_attachment(row, by=cast.worker)
    assert attachments_of(cast.community, KIND, [subject]) == {subject: [row]}


def test_restoring_beside_the_same_file_is_refused(cast: Cast) -> None:
    subject = uuid7()
    row = attach(cast, subject)
    actions.remove_attachment(row, by=cast.worker)
    attach(cast, subject)

    with pytest.raises(NotPossible, match="不需要恢复"):
        actions.restore_attachment(row, by=cast.worker)


def test_stranger_and_reader_attach_and_remove_nothing(cast: Cast) -> None:
    row = attach(cast, uuid7())

    with pytest.raises(Http404):
        attach(cast, uuid7(), by=cast.neighbour_worker)
    with pytest.raises(PermissionDenied):
        actions.remove_attachment(row, by=cast.auditor)
    assert Attachment.objects.filter(removed_at=None).count() == 1


def test_refused_file_leaves_nothing(cast: Cast) -> None:
    with pytest.raises(filetypes.Refused):
        attach(cast, uuid7(), b"MZ not a photo")
    assert not Blob.objects.exists()


def test_swept_are_only_files_that_nobody_uses(cast: Cast) -> None:
    row, objection = attach(cast, uuid7()), Objects(cast).objection
    objection.proof = Blob.objects.create(pk="ab" * 32, size=6, media_type="application/pdf", stored_at=timezone.now())
    objection.save(update_fields=["proof"])
    unused = "cd" * 32
    Blob.objects.create(pk=unused, size=6, media_type="application/pdf", stored_at=timezone.now())

    swept = sweeping.sweep(now=timezone.now() + dt.timedelta(days=2))

    assert swept.rows == 1
    assert set(Blob.objects.values_list("pk", flat=True)) >= {row.blob_id, objection.proof_id}
    assert not Blob.objects.filter(pk=unused).exists()


def address(cast: Cast, subject: UUID, kind: str = KIND) -> str:
    return reverse("evidence:attach", args=[cast.community.code, kind, subject])


def test_page_uploads_several_and_names_the_refused(cast: Cast, client: Client) -> None:
    worker, subject = sign_in(client, cast.worker), uuid7()

    page = worker.post(
        address(cast, subject),
        {"files": [files.upload(files.jpeg()), files.upload(b"MZ", "a.jpg")], "next": "/somewhere/"},
    )

    assert page.status_code == 422
    assert all(words in page.content.decode() for words in ("已保存 1 个文件", "a.jpg：", 'href="/somewhere/"'))
    assert len(attachments_of(cast.community, KIND, [subject])[subject]) == 1


def test_page_goes_nowhere_else(cast: Cast, client: Client) -> None:
    answer = sign_in(client, cast.worker).post(
        address(cast, uuid7()), {"files": files.upload(files.jpeg()), "next": "https://example.org/"}
    )

    assert answer["Location"] == "/"


def test_unknown_kind_and_unknown_record_take_nothing(cast: Cast, client: Client) -> None:
    worker = sign_in(client, cast.worker)
    for place in (address(cast, uuid7(), "no.such"), address(cast, UUID(int=0))):
        assert worker.post(place, {"files": files.upload(files.jpeg())}).status_code == 404
    assert not Attachment.objects.exists()


def test_script_gets_the_strip_anew_or_the_reason(cast: Cast, client: Client) -> None:
    worker, subject = sign_in(client, cast.worker), uuid7()

    good = worker.post(
        address(cast, subject), {"files": files.upload(files.jpeg())}, headers={"Accept": "application/json"}
    )
    bad = worker.post(
        address(cast, subject), {"files": files.upload(b"x", "a.jpg")}, headers={"Accept": "application/json"}
    )

    assert "照片.jpg" in good.json()["evidence"]
    assert (bad.status_code, "不接受" in bad.json()["problem"]) == (422, True)


def test_files_are_handed_out_within_the_place_only(cast: Cast, client: Client) -> None:
    row = attach(cast, uuid7())
    original = reverse("evidence:attachment", args=[row.pk])
    small = reverse("evidence:attachment_copy", args=[row.pk, 320])

    assert b"".join(sign_in(client, cast.street_officer).get(original)) == files.jpeg()
    thumbnail = sign_in(client, cast.street_officer).get(small)
    assert b"".join(thumbnail).startswith(b"\xff\xd8")
    assert thumbnail["Content-Type"] == "image/jpeg"
    for place in (original, small):
        assert sign_in(client, cast.neighbour_worker).get(place).status_code == 404


def test_lost_file_is_said_to_be_lost(cast: Cast, client: Client, own_media) -> None:
    row = attach(cast, uuid7())
    (own_media / store.path_of(row.blob_id)).unlink()

    answer = sign_in(client, cast.worker).get(reverse("evidence:attachment", args=[row.pk]))

    assert (answer.status_code, "从备份恢复" in answer.content.decode()) == (410, True)
