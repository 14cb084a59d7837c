from __future__ import annotations

import datetime as dt
import errno
import io
import os
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.http import Http404
from django.utils import timezone
from PIL import Image, ImageEnhance

from greenhood.assessments import actions
from greenhood.assessments.errors import Closed, UnknownCriterion
from greenhood.assessments.models import Assessment, Evidence
from greenhood.assessments.queries import evidence as queries
from greenhood.evidence import filetypes, photos, store, sweeping, tasks
from greenhood.evidence.models import Blob, Likeness
from greenhood.evidence.sealing import digest_of
from greenhood.kit.ids import uuid7
from tests.cast import Cast
from tests.evidence import files


def attach(assessment: Assessment, by, content: bytes, name: str = "照片.jpg", criterion: int = 1) -> Evidence:
    return actions.attach(
        assessment, criterion=criterion, check_no=1, file=files.upload(content, name), name=name, by=by
    ).evidence


def stored_files(media: Path) -> list[str]:
    return sorted(str(path.relative_to(media)) for path in media.rglob("*") if path.is_file())


def test_photo_is_stored_under_its_hash_with_time_and_place(
    cast: Cast, assessment: Assessment, own_media: Path
) -> None:
    content = files.jpeg(taken="2026:05:01 09:30:00", gps=files.GPS)

    evidence = attach(assessment, cast.worker, content)

    blob = evidence.blob
    assert stored_files(own_media) == [store.path_of(blob.sha256)]
    with default_storage.open(store.path_of(blob.sha256)) as kept:
        assert kept.read() == content
    assert (blob.media_type, blob.width, blob.height) == ("image/jpeg", 800, 600)
    assert blob.taken_at == dt.datetime(2026, 5, 1, 1, 30, tzinfo=dt.UTC)
    assert (blob.latitude, blob.longitude) == (Decimal("30.66"), Decimal("104.06"))


def test_turned_photo_has_its_upright_size(cast: Cast, assessment: Assessment) -> None:
    evidence = attach(assessment, cast.worker, files.jpeg(orientation=6))

    assert (evidence.blob.width, evidence.blob.height) == (600, 800)


def test_same_file_again_in_the_same_item_is_one_piece(cast: Cast, assessment: Assessment) -> None:
    first = attach(assessment, cast.worker, files.jpeg())
    second = attach(assessment, cast.worker, files.jpeg(), name="另一个名字.jpg")

    assert first == second
    assert Evidence.objects.count() == 1


def test_same_file_in_another_item_is_stored_once(cast: Cast, assessment: Assessment, own_media: Path) -> None:
    attach(assessment, cast.worker, files.jpeg())
    attach(assessment, cast.worker, files.jpeg(), criterion=4)

    assert (Evidence.objects.count(), Blob.objects.count(), len(stored_files(own_media))) == (2, 1, 1)


def test_refused_file_leaves_nothing(cast: Cast, assessment: Assessment, own_media: Path) -> None:
    with pytest.raises(filetypes.Refused):
        attach(assessment, cast.worker, b"MZ not a photo", "a.jpg")

    assert not stored_files(own_media)
    assert not Blob.objects.exists()


def test_oversize_file_says_the_limit(cast: Cast, assessment: Assessment, settings) -> None:
    settings.MAX_UPLOAD_BYTES = 2**20
    with pytest.raises(filetypes.Refused, match="最大 1 MB"):
        attach(assessment, cast.worker, files.jpeg() + b"\0" * 2**20)


def test_full_disk_keeps_nothing_and_says_so(
    cast: Cast, assessment: Assessment, own_media: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("greenhood.evidence.store.os.fsync", full)

    with pytest.raises(store.StoreFull, match="存储空间不足"):
        attach(assessment, cast.worker, files.jpeg())

    assert not stored_files(own_media)
    assert not Evidence.objects.exists()


def test_unknown_item_or_check_takes_no_file(cast: Cast, assessment: Assessment) -> None:
    with pytest.raises(UnknownCriterion):
        attach(assessment, cast.worker, files.jpeg(), criterion=99)
    with pytest.raises(UnknownCriterion, match="小项"):
        actions.attach(assessment, criterion=1, check_no=9, file=files.upload(b""), name="a.jpg", by=cast.worker)


def test_locked_assessment_takes_and_gives_no_evidence(cast: Cast, assessment: Assessment) -> None:
    evidence = attach(assessment, cast.worker, files.jpeg())
    actions.lock(assessment, by=cast.worker)

    with pytest.raises(Closed):
        attach(assessment, cast.worker, files.jpeg(2))
    with pytest.raises(Closed):
        actions.remove_evidence(evidence, by=cast.worker)


def test_stranger_can_attach_nothing(cast: Cast, assessment: Assessment, own_media: Path) -> None:
    with pytest.raises(Http404):
        attach(assessment, cast.neighbour_worker, files.jpeg())
    assert not stored_files(own_media)


def test_removed_piece_comes_back(cast: Cast, assessment: Assessment) -> None:
    evidence = attach(assessment, cast.worker, files.jpeg())

    actions.remove_evidence(evidence, by=cast.worker)
    assert not queries.of_assessment(assessment).exists()

    actions.restore_evidence(evidence, by=cast.worker)
    assert list(queries.of_assessment(assessment)) == [evidence]


def test_restoring_beside_the_same_file_is_refused(cast: Cast, assessment: Assessment) -> None:
    evidence = attach(assessment, cast.worker, files.jpeg())
    actions.remove_evidence(evidence, by=cast.worker)
    attach(assessment, cast.worker, files.jpeg())

    with pytest.raises(Closed, match="不需要恢复"):
        actions.restore_evidence(evidence, by=cast.worker)


def test_list_is_the_same_again_when_a_piece_comes_back(cast: Cast, assessment: Assessment) -> None:
    empty = digest_of(queries.listed(assessment))
    first = attach(assessment, cast.worker, files.jpeg(1))
    attach(assessment, cast.worker, files.jpeg(2))
    both = digest_of(queries.listed(assessment))
    actions.remove_evidence(first, by=cast.worker)
    one = digest_of(queries.listed(assessment))
    actions.restore_evidence(first, by=cast.worker)

    assert len({empty, both, one}) == 3
    assert digest_of(queries.listed(assessment)) == both


def test_copies_are_small_upright_and_carry_no_notes(cast: Cast, assessment: Assessment) -> None:
    evidence = attach(
        assessment,
        cast.worker,
        files.jpeg(size=(1600, 1200), taken="2026:05:01 09:30:00", gps=files.GPS, orientation=6),
    )

    tasks.process(evidence.blob_id)

    for size in photos.SIZES:
        with store.open_copy(evidence.blob_id, size) as kept, Image.open(kept) as copy:
            assert max(copy.size) <= size
            assert copy.height > copy.width
            assert not copy.getexif()
    evidence.blob.refresh_from_db()
    assert evidence.blob.processed_at is not None


def test_upload_leaves_the_copies_to_the_background(cast: Cast, assessment: Assessment) -> None:
    from procrastinate.contrib.django.models import ProcrastinateJob

    evidence = attach(assessment, cast.worker, files.jpeg())

    job = ProcrastinateJob.objects.get(task_name="evidence.process_blob")
    assert job.args == {"sha256": evidence.blob_id}


def other_assessment(cast: Cast, community: str = "third_community", year: int = 2025) -> Assessment:
    """An assessment elsewhere or earlier, begun by the system."""
    from greenhood.accounts.actor import Actor

    started = actions.start(cast.places[community], year=year, by=Actor.system())
    return Assessment.objects.select_related("community", "version").get(pk=started.pk)


def resaved(seed: int) -> bytes:
    """The same scene as it comes back from a messenger: smaller, brighter, compressed again."""
    image = ImageEnhance.Brightness(files.picture(seed).resize((640, 480))).enhance(1.1)
    return files.jpeg(quality=60, image=image)


def test_nearly_same_photo_elsewhere_is_found(cast: Cast, assessment: Assessment) -> None:
    elsewhere = other_assessment(cast)
    theirs = attach(elsewhere, _system(), resaved(1))
    attach(elsewhere, _system(), files.jpeg(7), criterion=4)
    ours = attach(assessment, cast.worker, files.jpeg(1))
    for blob in Blob.objects.all():
        tasks.process(blob.pk)

    found = queries.duplicates(assessment)

    assert {pk: [use.evidence_id for use in uses] for pk, uses in found.items()} == {ours.pk: [theirs.pk]}
    assert 0 < found[ours.pk][0].distance <= photos.NEAR


def _system():
    from greenhood.accounts.actor import Actor

    return Actor.system()


def test_same_file_elsewhere_or_earlier_is_found_without_waiting(cast: Cast, assessment: Assessment) -> None:
    attach(other_assessment(cast), _system(), files.jpeg(1))
    attach(other_assessment(cast, "community", 2025), _system(), files.jpeg(1))
    ours = attach(assessment, cast.worker, files.jpeg(1))
    attach(assessment, cast.worker, files.jpeg(1), criterion=4)

    found = queries.duplicates(assessment)

    assert sorted(use.in_words[:4] for use in found[ours.pk]) == ["相同文件", "相同文件"]
    assert {use.community.name for use in found[ours.pk]} == {"桐梓林社区居委会", "晋阳社区居委会"}


def test_likenesses_of_many_pieces_are_one_query(cast: Cast, assessment: Assessment, django_assert_num_queries) -> None:
    attach(other_assessment(cast), _system(), files.jpeg(1))
    for seed in (1, 2, 3):
        attach(assessment, cast.worker, files.jpeg(seed))

    with django_assert_num_queries(1):
        assert len(queries.duplicates(assessment)) == 1


def test_picture_that_is_everywhere_is_shown_in_a_few_places(
    cast: Cast, assessment: Assessment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "MOST_USES_OF_ONE", 3)
    elsewhere = other_assessment(cast)
    for criterion in range(1, 7):
        attach(elsewhere, _system(), files.jpeg(1), criterion=criterion)
    everywhere, alone = attach(assessment, cast.worker, files.jpeg(1)), attach(assessment, cast.worker, files.jpeg(2))
    attach(elsewhere, _system(), files.jpeg(2))

    found = queries.duplicates(assessment)

    assert {pk: len(uses) for pk, uses in found.items()} == {everywhere.pk: 3, alone.pk: 1}


def test_processing_twice_keeps_one_likeness(cast: Cast, assessment: Assessment) -> None:
    attach(other_assessment(cast), _system(), resaved(1))
    attach(assessment, cast.worker, files.jpeg(1))
    for blob in [*Blob.objects.all(), *Blob.objects.all()]:
        tasks.process(blob.pk)

    assert Likeness.objects.count() == 2


def test_sweep_takes_only_what_nobody_uses(cast: Cast, assessment: Assessment, own_media: Path) -> None:
    kept = attach(assessment, cast.worker, files.jpeg(1))
    orphan = "ab" * 32
    store.keep(io.BytesIO(b"orphan"), orphan, 6)
    unused = "cd" * 32
    store.keep(io.BytesIO(b"unused"), unused, 6)
    Blob.objects.create(pk=unused, size=6, media_type="application/pdf", stored_at=timezone.now())
    (own_media / store.INCOMING / uuid7().hex).write_bytes(b"half an upl")

    young = sweeping.sweep()
    old = sweeping.sweep(now=timezone.now() + dt.timedelta(days=2))

    assert young == sweeping.Swept(0, 0, 0)
    assert (old.parts, old.rows) == (1, 1)
    assert list(Blob.objects.values_list("pk", flat=True)) == [kept.blob_id]


def test_sweep_removes_the_files_too(
    cast: Cast, assessment: Assessment, own_media: Path, django_capture_on_commit_callbacks
) -> None:
    kept = attach(assessment, cast.worker, files.jpeg(1))
    unused = "cd" * 32
    store.keep(io.BytesIO(b"unused"), unused, 6)
    Blob.objects.create(pk=unused, size=6, media_type="application/pdf", stored_at=timezone.now())

    with django_capture_on_commit_callbacks(execute=True):
        sweeping.sweep(now=timezone.now() + dt.timedelta(days=2))

    assert stored_files(own_media) == [store.path_of(kept.blob_id)]


def test_nightly_sweep_takes_files_that_have_lain_for_a_day(
    cast: Cast, assessment: Assessment, own_media: Path
) -> None:
    used = attach(assessment, cast.worker, files.jpeg(1))
    old, young = "ab" * 32, "cd" * 32
    for name in (old, young):
        store.keep(io.BytesIO(b"orphan"), name, 6)
    long_ago = (timezone.now() - dt.timedelta(hours=25)).timestamp()
    for name in (old, used.blob_id):
        os.utime(own_media / store.path_of(name), (long_ago, long_ago))

    tasks.sweep(0)

    assert stored_files(own_media) == sorted([store.path_of(used.blob_id), store.path_of(young)])
