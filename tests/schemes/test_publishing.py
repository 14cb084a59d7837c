"""Publishing: what is written, what is refused, what happens at the same time, and what a publisher sees."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse

from greenhood.divisions.models import Division
from greenhood.history.models import Entry
from greenhood.schemes import actions, library, loading, queries
from greenhood.schemes.models import SchemeVersion
from greenhood.schemes.problems import Refused
from tests.cast import Cast, sign_in
from tests.schemes.published import five, loaded, make_places, places

__all__ = ["five", "places"]

SICHUAN = (library.folder() / "sichuan-2020.yaml").read_text(encoding="utf-8")


def changed(text: str, name: str = "sichuan-2020.yaml") -> loading.Loaded:
    return loading.load_text(text, library.folder() / name)


# The action


def test_publish_freezes_the_document_with_what_was_chosen(places: dict[int, Division]) -> None:
    version = actions.publish(loaded("sichuan-2020"), chosen={"pass-mark-green": "75"}, by=None)

    version = SchemeVersion.objects.get(pk=version.pk)
    assert (version.scheme_id, version.version, version.jurisdiction_id) == ("sichuan-2020", 1, 510000000000)
    assert version.chosen == {"pass-mark-green": 75}
    assert version.scheme.standard.levels[0].at_least == 75
    assert version.source_text == SICHUAN
    assert version.effects["notice-days"] == ["procedure.steps[5].days"]


def test_publish_is_recorded(places: dict[int, Division]) -> None:
    version = actions.publish(loaded("sichuan-2020"), chosen={}, by=None)

    entry = Entry.objects.get(event=actions.PUBLISHED)
    assert (entry.subject_id, entry.division_code) == (str(version.pk), 510000000000)
    assert entry.details["version"] == 1


def test_publishing_the_same_again_writes_nothing(five: dict[str, SchemeVersion]) -> None:
    before = Entry.objects.count()

    again = actions.publish_folder(library.folder(), by=None)

    assert {version.pk for version in again} == {version.pk for version in five.values()}
    assert (SchemeVersion.objects.count(), Entry.objects.count()) == (5, before)


def test_another_chosen_value_is_a_new_version_and_the_old_one_stays(five: dict[str, SchemeVersion]) -> None:
    second = actions.publish(loaded("sichuan-2020"), chosen={"notice-days": 7}, by=None)

    assert second.version == 2
    assert second.scheme.step("notice").days == 7
    assert SchemeVersion.objects.get(pk=five["sichuan-2020"].pk).scheme.step("notice").days == 5


def test_a_comment_is_no_new_version(five: dict[str, SchemeVersion]) -> None:
    again = actions.publish(changed("# 说明\n" + SICHUAN), chosen={}, by=None)

    assert again.pk == five["sichuan-2020"].pk


@pytest.mark.parametrize("chosen", [{"pass-mark-green": 101}, {"sub-items": "some"}, {"pass-mrk": 70}])
def test_a_wrong_choice_is_refused_with_nothing_written(places: dict[int, Division], chosen: dict[str, object]) -> None:
    with pytest.raises(Refused):
        actions.publish(loaded("sichuan-2020"), chosen=chosen, by=None)

    assert not SchemeVersion.objects.exists()


def test_parts_that_do_not_add_up_are_refused(places: dict[int, Division]) -> None:
    wrong = changed(SICHUAN.replace("points: 25\n        source: 三(二)", "points: 24\n        source: 三(二)"))

    with pytest.raises(Refused) as refused:
        actions.publish(wrong, chosen={}, by=None)

    assert all(problem.line > 1 for problem in refused.value.problems)
    assert not SchemeVersion.objects.exists()


def test_an_unknown_jurisdiction_is_refused_at_its_line(places: dict[int, Division]) -> None:
    wrong = changed(SICHUAN.replace("jurisdiction: 510000000000", "jurisdiction: 520000000000"))

    with pytest.raises(Refused) as refused:
        actions.publish(wrong, chosen={}, by=None)

    (problem,) = refused.value.problems
    assert "520000000000" in problem.message
    assert SICHUAN.splitlines()[problem.line - 1].startswith("jurisdiction:")


def test_the_id_of_another_places_scheme_is_refused(five: dict[str, SchemeVersion]) -> None:
    wrong = changed(SICHUAN.replace("jurisdiction: 510000000000", "jurisdiction: 510100000000"))

    with pytest.raises(Refused, match="四川省"):
        actions.publish(wrong, chosen={}, by=None)

    assert SchemeVersion.objects.filter(scheme_id="sichuan-2020").count() == 1


def test_publishing_against_an_older_version_is_refused(five: dict[str, SchemeVersion]) -> None:
    actions.publish(loaded("sichuan-2020"), chosen={"notice-days": 7}, by=None, based_on=1)

    with pytest.raises(actions.Overtaken):
        actions.publish(loaded("sichuan-2020"), chosen={"notice-days": 8}, by=None, based_on=1)

    assert SchemeVersion.objects.filter(scheme_id="sichuan-2020").count() == 2


@pytest.mark.parametrize("change", ["update", "delete"])
def test_a_published_version_can_be_neither_changed_nor_removed(five: dict[str, SchemeVersion], change: str) -> None:
    rows = SchemeVersion.objects.filter(pk=five["national-2020"].pk)

    with pytest.raises(DatabaseError, match="cannot be changed"), transaction.atomic():
        rows.update(title="改") if change == "update" else rows._raw_delete("default")

    assert rows.get().title == "绿色社区创建行动方案"


@pytest.mark.django_db(transaction=True)
def test_two_at_once_make_two_versions_in_turn_or_one_is_overtaken() -> None:
    make_places()

    def publish(days: int) -> str:
        try:
            version = actions.publish(loaded("sichuan-2020"), chosen={"notice-days": days}, by=None, based_on=0)
            return f"version {version.version}"
        except actions.Overtaken:
            return "overtaken"
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(pool.map(publish, [7, 8]))

    assert outcomes == ["overtaken", "version 1"]
    assert SchemeVersion.objects.filter(scheme_id="sichuan-2020").count() == 1


# Which scheme is in force


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (310118105009, "shanghai-qingpu-zhaoxiang-2021"),
        (310118105000, "shanghai-qingpu-zhaoxiang-2021"),
        (310118000000, "national-2020"),
        (510107000000, "sichuan-2020"),
        (510000000000, "sichuan-2020"),
        (0, "national-2020"),
    ],
)
def test_the_most_specific_scheme_is_in_force(
    five: dict[str, SchemeVersion],
    places: dict[int, Division],
    code: int,
    expected: str,
    django_assert_num_queries: object,
) -> None:
    with django_assert_num_queries(1):  # type: ignore[operator]
        found = queries.scheme_for(places[code])

    assert found is not None
    assert found.scheme_id == expected


def test_the_newest_version_is_in_force(five: dict[str, SchemeVersion], places: dict[int, Division]) -> None:
    actions.publish(loaded("sichuan-2020"), chosen={"notice-days": 7}, by=None)

    found = queries.scheme_for(places[510107000000])

    assert found is not None
    assert found.version == 2


# The page


@pytest.fixture
def publisher(client: Client, cast: Cast) -> Client:
    make_places()
    return sign_in(client, cast.province_officer)


def review(client: Client, text: str = SICHUAN, name: str = "sichuan-2020.yaml") -> object:
    upload = SimpleUploadedFile(name, text.encode())
    return client.post(reverse("site:publish-scheme"), {"stage": "check", "upload": upload})


def filled(response: object, **changes: object) -> dict[str, object]:
    form = response.context["form"]  # type: ignore[attr-defined]
    values = {name: form[name].value() for name in form.fields if form[name].value() is not None}
    return {**values, "confirmed": "on", **changes}


def test_a_publisher_chooses_settings_and_publishes(publisher: Client, cast: Cast) -> None:
    response = publisher.post(
        reverse("site:publish-scheme"), filled(review(publisher), **{"setting-pass-mark-green": "72"})
    )

    version = SchemeVersion.objects.get()
    assert response["Location"] == version.get_absolute_url()
    assert (version.chosen, str(version.published_by)) == ({"pass-mark-green": 72}, cast.province_officer.person_id)
    assert version.source_text == SICHUAN


def test_a_shipped_file_can_be_chosen(publisher: Client) -> None:
    response = publisher.post(reverse("site:publish-scheme"), {"stage": "check", "shipped": "sichuan-2020.yaml"})

    assert response.status_code == 200
    assert response.context["form"]["text"].value() == SICHUAN


def test_the_review_shows_every_open_setting_with_its_reason(publisher: Client) -> None:
    page = review(publisher).content.decode()  # type: ignore[attr-defined]

    missing = [setting.reason for setting in loaded("sichuan-2020").scheme.settings if setting.reason not in page]
    assert missing == []


def test_a_setting_out_of_range_is_said_at_its_field(publisher: Client) -> None:
    response = publisher.post(
        reverse("site:publish-scheme"), filled(review(publisher), **{"setting-pass-mark-green": "120"})
    )

    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["setting-pass-mark-green"]
    assert not SchemeVersion.objects.exists()


def test_publishing_needs_the_confirmation(publisher: Client) -> None:
    response = publisher.post(reverse("site:publish-scheme"), filled(review(publisher), confirmed=""))

    assert "请勾选确认" in response.content.decode()
    assert not SchemeVersion.objects.exists()


def test_a_broken_file_is_answered_with_lines(publisher: Client) -> None:
    response = review(publisher, SICHUAN.replace("how: all", "how: al", 1))

    line = SICHUAN.splitlines().index("            how: all") + 1
    assert response.status_code == 422  # type: ignore[attr-defined]
    assert f"sichuan-2020.yaml:{line}" in response.content.decode()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\xff\xfe\x00bad", "不是 UTF-8 编码"),
        (b"just words", "名称: 值"),
        (b"a: &x 1\nb: *x\n", "别名"),
        (b"x" * 2_000_001, "超过 2 MB"),
    ],
)
def test_what_is_no_scheme_file_is_refused_in_words(publisher: Client, data: bytes, message: str) -> None:
    upload = SimpleUploadedFile("坏文件.yaml", data)

    response = publisher.post(reverse("site:publish-scheme"), {"stage": "check", "upload": upload})

    assert response.status_code == 422
    assert message in response.content.decode()


def test_no_file_and_two_files_are_refused(publisher: Client) -> None:
    upload = SimpleUploadedFile("a.yaml", SICHUAN.encode())
    both = {"stage": "check", "upload": upload, "shipped": "sichuan-2020.yaml"}

    for data in ({"stage": "check"}, both):
        response = publisher.post(reverse("site:publish-scheme"), data)
        assert "二者取一" in response.content.decode()


def test_a_scheme_of_another_place_cannot_be_published(publisher: Client) -> None:
    text = (library.folder() / "beijing-2021.yaml").read_text(encoding="utf-8")
    response = review(publisher, text, "beijing-2021.yaml")
    assert "只能发布本辖区内的方案" in response.content.decode()  # type: ignore[attr-defined]

    publisher.post(reverse("site:publish-scheme"), filled(response))

    assert not SchemeVersion.objects.exists()


def test_a_publisher_who_was_overtaken_is_told(publisher: Client) -> None:
    form = filled(review(publisher))
    actions.publish(loaded("sichuan-2020"), chosen={"notice-days": 9}, by=None)

    response = publisher.post(reverse("site:publish-scheme"), form)

    assert response.status_code == 422
    assert "已经发布了第 1 版" in response.content.decode()
    assert SchemeVersion.objects.count() == 1


def test_a_repeated_post_makes_one_version(publisher: Client) -> None:
    form = filled(review(publisher))

    for _ in range(2):
        publisher.post(reverse("site:publish-scheme"), form)

    assert SchemeVersion.objects.count() == 1


@pytest.mark.parametrize("who", ["worker", "street_officer", "auditor", "system_admin"])
def test_others_may_not_publish(client: Client, cast: Cast, who: str) -> None:
    response = sign_in(client, getattr(cast, who)).get(reverse("site:publish-scheme"))

    assert response.status_code == 403


def test_an_uploaded_name_cannot_leave_the_folder(publisher: Client) -> None:
    response = review(publisher, SICHUAN, "../../etc/passwd.yaml")

    assert response.context["form"]["name"].value() == Path("passwd.yaml").name  # type: ignore[attr-defined]
