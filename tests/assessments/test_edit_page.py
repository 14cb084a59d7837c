"""The self-assessment page as browsers without and with scripts ask for it."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from greenhood.assessments import actions
from greenhood.assessments.answers import Fields
from greenhood.assessments.models import Answer, Assessment, Evidence
from greenhood.evidence import photos
from tests.cast import Cast, sign_in
from tests.evidence import files

JSON = {"HTTP_ACCEPT": "application/json"}


@pytest.fixture
def worker(client: Client, cast: Cast) -> Client:
    return sign_in(client, cast.worker)


def url(assessment: Assessment, part: str = "mechanism") -> str:
    return f"{reverse('assessments:edit', args=[assessment.pk])}?part={part}"


def save_url(assessment: Assessment, no: int) -> str:
    return reverse("assessments:save_item", args=[assessment.pk, no])


def test_part_is_shown_with_its_clauses(worker: Client, assessment: Assessment) -> None:
    page = worker.get(url(assessment, "culture")).content.decode()

    assert "社区文化资源保护" in page
    assert "附件1 #28" in page
    assert "创建工作有组织保障" not in page.split('class="part-form"')[1]


def test_page_costs_the_same_whatever_is_on_it(
    worker: Client, cast: Cast, assessment: Assessment, django_assert_max_num_queries
) -> None:
    for seed in range(4):
        content = files.upload(files.jpeg(seed))
        actions.attach(assessment, criterion=1, file=content, name=f"{seed}.jpg", by=cast.worker)
    for no in (1, 4, 5):
        actions.save_answer(assessment, criterion=no, fields=Fields(checks=(True,)), revision=0, by=cast.worker)

    with django_assert_max_num_queries(20):
        assert worker.get(url(assessment)).status_code == 200


def test_gap_list_says_what_is_missing(worker: Client, assessment: Assessment) -> None:
    page = worker.get(url(assessment)).content.decode()

    assert "还差什么才能达到“四川省绿色社区”" in page


def test_one_item_is_saved_without_scripts(worker: Client, assessment: Assessment) -> None:
    sent = {"c1-revision": "0", "c1-check-1": "yes", "c1-note": "有文件", "do": "save:1"}

    answer = worker.post(url(assessment), sent)

    assert answer["Location"].endswith("?part=mechanism#item-1")
    stored = Answer.objects.get()
    assert (stored.checks, stored.note, stored.revision) == ([True], "有文件", 1)


def test_whole_part_is_saved_and_the_wrong_item_shown_again(worker: Client, assessment: Assessment) -> None:
    sent = {
        "c1-revision": "0",
        "c1-check-1": "yes",
        "c6-revision": "0",
        "c6-check-1": "yes",
        "c6-value-1": "七成",
        "do": "save",
    }

    answer = worker.post(url(assessment), sent)

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "数值应为数字，例如 3 或 2.5，您填的是“七成”。" in page
    assert 'value="七成"' in page
    assert list(Answer.objects.values_list("criterion", flat=True)) == [1]


def test_files_and_answers_come_in_one_form(worker: Client, assessment: Assessment) -> None:
    sent = {
        "c1-revision": "0",
        "c1-check-1": "yes",
        "c1-files": [files.upload(files.jpeg(1), "甲.jpg"), files.upload(files.jpeg(2), "乙.jpg")],
        "do": "save:1",
    }

    assert worker.post(url(assessment), sent).status_code == 302
    assert sorted(Evidence.objects.values_list("name", flat=True)) == ["乙.jpg", "甲.jpg"]


def test_refused_file_is_named_and_the_rest_is_kept(worker: Client, assessment: Assessment) -> None:
    sent = {
        "c1-revision": "0",
        "c1-check-1": "yes",
        "c1-files": [files.upload(files.jpeg(1), "好.jpg"), files.upload(b"MZ", "坏.jpg")],
        "do": "save:1",
    }

    answer = worker.post(url(assessment), sent)

    assert answer.status_code == 422
    assert "坏.jpg" in answer.content.decode()
    assert (Evidence.objects.get().name, Answer.objects.get().checks) == ("好.jpg", [True])


def test_conflict_shows_both_and_the_next_save_decides(worker: Client, cast: Cast, assessment: Assessment) -> None:
    actions.save_answer(
        assessment, criterion=1, fields=Fields(checks=(False,), note="对方写的"), revision=0, by=cast.worker
    )
    sent = {"c1-revision": "0", "c1-check-1": "yes", "c1-note": "我写的", "do": "save:1"}

    answer = worker.post(url(assessment), sent)

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "对方写的" in page
    assert "我写的</textarea>" in page
    assert 'name="c1-revision" value="1"' in page
    assert Answer.objects.get().note == "对方写的"

    worker.post(url(assessment), sent | {"c1-revision": "1"})
    assert Answer.objects.get().note == "我写的"


def test_removing_saves_what_was_typed_first(worker: Client, cast: Cast, assessment: Assessment) -> None:
    piece = actions.attach(
        assessment, criterion=1, file=files.upload(files.jpeg()), name="a.jpg", by=cast.worker
    ).evidence
    sent = {"c1-revision": "0", "c1-note": "新写的", "do": f"remove:{piece.pk}"}

    assert worker.post(url(assessment), sent).status_code == 302

    piece.refresh_from_db()
    assert piece.removed_at is not None
    assert Answer.objects.get().note == "新写的"


def test_script_saves_one_item(worker: Client, assessment: Assessment) -> None:
    answer = worker.post(save_url(assessment, 1), {"c1-revision": "0", "c1-check-1": "yes"}, **JSON)

    body = answer.json()
    assert body["revision"] == 1
    assert "2 / 2" in body["result"]
    assert "已填 1 / 28 项" in body["summary"]


def test_script_hears_what_is_wrong(worker: Client, assessment: Assessment) -> None:
    answer = worker.post(save_url(assessment, 13), {"c13-revision": "0", "c13-away": "1"}, **JSON)

    assert answer.status_code == 422
    assert "请写明理由" in answer.json()["problems"]["reason"]


def test_script_gets_both_sides_of_a_conflict(worker: Client, cast: Cast, assessment: Assessment) -> None:
    actions.save_answer(assessment, criterion=1, fields=Fields(note="对方写的"), revision=0, by=cast.worker)

    answer = worker.post(save_url(assessment, 1), {"c1-revision": "0", "c1-note": "我写的"}, **JSON)

    body = answer.json()
    assert (answer.status_code, body["revision"]) == (409, 1)
    assert "对方写的" in body["conflict"]
    assert "我写的" in body["conflict"]


def test_closed_item_says_why_and_who_can_open_it(worker: Client, cast: Cast, assessment: Assessment) -> None:
    actions.lock(assessment, by=cast.worker)

    answer = worker.post(save_url(assessment, 1), {"c1-revision": "0", "c1-check-1": "yes"}, **JSON)

    assert answer.status_code == 423
    assert "撤回申报" in answer.json()["problem"]


def test_unknown_item_is_not_found(worker: Client, assessment: Assessment) -> None:
    assert worker.post(save_url(assessment, 99), {"c99-revision": "0"}, **JSON).status_code == 404


def test_locked_page_is_read_only(worker: Client, cast: Cast, assessment: Assessment) -> None:
    actions.lock(assessment, by=cast.worker)

    page = worker.get(url(assessment)).content.decode()

    assert "已申报锁定" in page
    assert "保存本项" not in page


def test_returned_item_alone_can_be_edited(worker: Client, cast: Cast, assessment: Assessment) -> None:
    actions.lock(assessment, by=cast.worker)
    actions.reopen_items(assessment, {4: "请补充会议记录"}, by=cast.street_officer)

    page = worker.get(url(assessment)).content.decode()

    assert "请补充会议记录" in page
    assert page.count("data-save-item") == 1


def test_upload_is_acknowledged_with_the_piece(worker: Client, assessment: Assessment) -> None:
    target = reverse("assessments:upload", args=[assessment.pk, 1])

    answer = worker.post(target, {"c1-files": files.upload(files.jpeg(), "楼道.jpg"), "c1-file-check": "1"}, **JSON)

    assert "楼道.jpg" in answer.json()["evidence"]
    assert Evidence.objects.get().check_no == 1


def test_upload_over_the_limit_is_left_unread(
    worker: Client, assessment: Assessment, settings, own_media: Path
) -> None:
    settings.MAX_UPLOAD_BYTES = 2**20
    target = reverse("assessments:upload", args=[assessment.pk, 1])

    answer = worker.post(target, {"c1-files": files.upload(b"\xff\xd8\xff" + b"\0" * (3 * 2**20), "大.jpg")}, **JSON)

    assert answer.status_code == 422
    assert "单个文件最大 1 MB" in answer.json()["problem"]
    assert not own_media.exists()


def test_upload_that_breaks_off_keeps_nothing(worker: Client, assessment: Assessment, own_media: Path) -> None:
    class Broken(io.BytesIO):
        def read(self, *arguments: int) -> bytes:
            raise OSError("connection lost")

    target = reverse("assessments:upload", args=[assessment.pk, 1])
    answer = worker.generic(
        "POST",
        target,
        b"",
        **{"wsgi.input": Broken(), "CONTENT_TYPE": "multipart/form-data; boundary=x", "CONTENT_LENGTH": "500000"},
        **JSON,
    )

    assert answer.status_code == 400
    assert "什么也没有保存" in answer.json()["problem"]
    assert not Evidence.objects.exists()
    assert not own_media.exists()


def test_page_refuses_a_form_without_its_token(cast: Cast, assessment: Assessment) -> None:
    client = sign_in(Client(enforce_csrf_checks=True), cast.worker)

    answer = client.post(
        reverse("assessments:upload", args=[assessment.pk, 1]), {"c1-files": files.upload(files.jpeg())}
    )

    assert answer.status_code == 403
    assert not Evidence.objects.exists()


def test_described_piece_keeps_caption_and_publicity(worker: Client, cast: Cast, assessment: Assessment) -> None:
    piece = actions.attach(
        assessment, criterion=1, file=files.upload(files.jpeg()), name="a.jpg", by=cast.worker
    ).evidence

    worker.post(reverse("assessments:describe_evidence", args=[piece.pk]), {"caption": "楼道", "public": "1"}, **JSON)

    piece.refresh_from_db()
    assert (piece.caption, piece.is_public) == ("楼道", True)


@pytest.mark.parametrize(
    ("who", "page", "save"),
    [
        ("worker", 200, 200),
        ("grid_worker", 200, 403),
        ("street_officer", 200, 403),
        ("county_officer", 200, 403),
        ("province_officer", 200, 403),
        ("auditor", 200, 403),
        ("other_worker", 404, 404),
        ("neighbour_officer", 404, 404),
        ("expert", 404, 404),
        ("system_admin", 404, 404),
    ],
)
def test_who_may_see_and_fill_in(
    client: Client, cast: Cast, assessment: Assessment, who: str, page: int, save: int
) -> None:
    sign_in(client, getattr(cast, who))

    assert client.get(url(assessment)).status_code == page
    assert client.post(save_url(assessment, 1), {"c1-revision": "0", "c1-check-1": "yes"}, **JSON).status_code == save


def test_visitor_is_asked_to_sign_in(client: Client, assessment: Assessment) -> None:
    assert client.get(url(assessment)).status_code == 302


# Files


@pytest.fixture
def piece(cast: Cast, assessment: Assessment) -> Evidence:
    content = files.upload(files.jpeg(size=(1600, 1200), gps=files.GPS))
    return actions.attach(assessment, criterion=1, file=content, name="楼道.jpg", by=cast.worker).evidence


def test_original_is_served_to_those_who_may_see_it(worker: Client, piece: Evidence) -> None:
    answer = worker.get(reverse("assessments:evidence", args=[piece.pk]))

    assert answer.getvalue() == files.jpeg(size=(1600, 1200), gps=files.GPS)
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Disposition"].startswith("inline")
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    again = worker.get(reverse("assessments:evidence", args=[piece.pk]), HTTP_IF_NONE_MATCH=answer["ETag"])
    assert again.status_code == 304


def test_office_file_is_saved_and_not_shown(worker: Client, cast: Cast, assessment: Assessment) -> None:
    made = actions.attach(
        assessment, criterion=1, file=files.upload(files.office()), name="纪要.docx", by=cast.worker
    ).evidence

    answer = worker.get(reverse("assessments:evidence", args=[made.pk]))

    assert answer["Content-Disposition"].startswith("attachment")
    answer.close()


def test_copy_is_made_when_first_asked_for(worker: Client, piece: Evidence) -> None:
    from PIL import Image

    answer = worker.get(reverse("assessments:evidence_copy", args=[piece.pk, photos.SMALL]))

    with Image.open(io.BytesIO(answer.getvalue())) as copy:
        assert max(copy.size) == photos.SMALL
        assert not copy.getexif()


@pytest.mark.parametrize("who", ["other_worker", "neighbour_officer", "expert", "stranger"])
def test_stranger_gets_no_file(client: Client, cast: Cast, piece: Evidence, who: str) -> None:
    sign_in(client, getattr(cast, who))

    assert client.get(reverse("assessments:evidence", args=[piece.pk])).status_code == 404
    assert client.get(reverse("assessments:evidence_copy", args=[piece.pk, photos.SMALL])).status_code == 404


def test_public_sees_the_copy_only_while_it_is_shown(
    client: Client, cast: Cast, assessment: Assessment, piece: Evidence
) -> None:
    address = reverse("assessments:public_evidence", args=[piece.pk, photos.LARGE])
    actions.describe_evidence(piece, caption="", is_public=True, by=cast.worker)
    assert client.get(address).status_code == 404

    actions.show_publicly(assessment, by=cast.county_officer)
    answer = client.get(address)
    assert answer.status_code == 200
    assert b"Exif" not in answer.getvalue()

    actions.hide_publicly(assessment, by=cast.county_officer)
    assert client.get(address).status_code == 404


def test_public_never_sees_what_is_not_marked(
    client: Client, cast: Cast, assessment: Assessment, piece: Evidence
) -> None:
    actions.show_publicly(assessment, by=cast.county_officer)

    assert client.get(reverse("assessments:public_evidence", args=[piece.pk, photos.LARGE])).status_code == 404


def test_office_file_is_never_public(cast: Cast, assessment: Assessment) -> None:
    made = actions.attach(
        assessment, criterion=1, file=files.upload(files.office()), name="纪要.docx", by=cast.worker
    ).evidence

    assert actions.describe_evidence(made, caption="", is_public=True, by=cast.worker).is_public is False


def test_lost_file_says_so(worker: Client, piece: Evidence, own_media: Path) -> None:
    for path in own_media.rglob("*"):
        if path.is_file():
            path.unlink()

    answer = worker.get(reverse("assessments:evidence", args=[piece.pk]))

    assert answer.status_code == 410
    assert "从备份恢复" in answer.content.decode()
