"""Titles, quotas, plaques, and what the two quotas of the demonstration title leave."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable

import pytest
from django.db import connection

from greenhood.accounts.access import NotAllowed
from greenhood.declarations.actions import awarding
from greenhood.declarations.errors import Refused
from greenhood.declarations.models import Award, Decision, Declaration, Reexamination, Serial, Standing, Status
from greenhood.divisions.models import Division
from greenhood.schemes.models import SchemeVersion, schemes_of
from tests.cast import Cast
from tests.declarations import stage

AT = stage.moment(2026, 5, 6)


def waiting_for_award(cast: Cast, place: Division, title: str, version: SchemeVersion, total: int = 90) -> Declaration:
    """A declaration put straight to the last step: how it got there is tested elsewhere."""
    worker = cast.worker
    worker.post.division = place
    assessment = stage.complete(place, worker)
    worker.post.division = cast.community
    declaration = Declaration.objects.create(
        assessment=assessment,
        community=place,
        version=version,
        scheme_id=version.scheme_id,
        year=stage.YEAR,
        title=title,
        step="award",
        level=1,
        department="住房城乡建设厅",
        since=AT,
        declared_at=AT,
        declared_total=total,
    )
    Decision.objects.create(
        declaration=declaration, revision=1, step="declare", step_title="申报", outcome="declare", at=AT
    )
    return declaration


def hold(community: Division, version: SchemeVersion, title: str, on: dt.date, number: str) -> Award:
    """An award of earlier years, straight into the table."""
    assessment = community.assessments.first() or community.assessments.create(
        version=version, scheme_id=version.scheme_id, year=on.year, started_at=AT
    )
    declaration = Declaration.objects.create(
        assessment=assessment,
        community=community,
        version=version,
        scheme_id=version.scheme_id,
        year=on.year,
        title=title,
        status=Status.AWARDED,
        step="award",
        level=1,
        since=AT,
        declared_at=AT,
    )
    return Award.objects.create(
        declaration=declaration,
        community=community,
        version=version,
        scheme_id=version.scheme_id,
        title=title,
        title_name=title,
        number=number,
        code=number[-12:],
        awarded_on=on,
    )


def add_communities(cast: Cast, count: int) -> list[Division]:
    """More urban communities of the county, so that a share of them is more than nothing."""
    base = cast.street_division.code
    rows = [
        Division(
            id=base + 100 + n,
            code=base + 100 + n,
            parent=cast.street_division,
            level=5,
            name=f"第{n}社区",
            urban_rural_class=111,
        )
        for n in range(count)
    ]
    return Division.objects.bulk_create(rows)


def give(declaration: Declaration, cast: Cast, at: dt.datetime = AT) -> Award:
    return awarding.award(
        declaration, by=cast.province_officer, revision=declaration.revision, opinion="同意命名。", at=at
    )


@pytest.mark.django_db
def test_an_award_has_number_code_date_and_the_next_reexamination(cast: Cast, sichuan: SchemeVersion) -> None:
    declaration = waiting_for_award(cast, cast.community, "green-community", sichuan)

    award = give(declaration, cast)

    assert (award.number, award.awarded_on, award.valid_until) == ("sichuan-2020-2026-00001", dt.date(2026, 5, 6), None)
    assert len(award.code) == 12
    assert set(award.code) <= set(awarding.ALPHABET)
    assert Reexamination.objects.get().due_on == dt.date(2027, 5, 6)
    assert award.quotas == []
    with pytest.raises(Refused):
        give(stage.fresh(declaration), cast)


@pytest.mark.django_db
def test_only_the_awarding_post_awards(cast: Cast, sichuan: SchemeVersion) -> None:
    declaration = waiting_for_award(cast, cast.community, "green-community", sichuan)

    for other in (cast.city_officer, cast.county_officer, cast.worker, cast.national_observer):
        with pytest.raises(NotAllowed):
            awarding.award(declaration, by=other, revision=1, opinion="同意", at=AT)
    with pytest.raises(Refused, match="请写明意见"):
        awarding.award(declaration, by=cast.province_officer, revision=1, opinion="", at=AT)


@pytest.mark.django_db
def test_the_citys_tenth_counts_three_years_and_says_so(cast: Cast, sichuan: SchemeVersion) -> None:
    # Twenty subjects in the city: a tenth is two.
    add_communities(cast, 20 - Division.objects.filter(level=5).count())
    places = cast.communities
    for number, place in enumerate(places):
        hold(place, sichuan, "green-community", dt.date(2025, 1, 1), f"G{number:011d}")
    hold(places[0], sichuan, "demonstration", dt.date(2023, 6, 1), "OLD000000001")
    hold(places[1], sichuan, "demonstration", dt.date(2024, 6, 1), "NEW000000001")
    second = waiting_for_award(cast, places[2], "demonstration", sichuan)
    third = waiting_for_award(cast, places[3], "demonstration", sichuan)

    award = give(second, cast)

    share, count = award.quotas
    assert (share["limit"], share["taken_before"], share["denominator"]) == (2, 1, 20)
    assert "村级代码为001–199" in share["rule"]
    assert (count["limit"], count["taken_before"]) == (600, 2)
    assert Standing.objects.get(community=places[2]).demonstration is True
    with pytest.raises(
        Refused, match=r"名额已满：限 2 个（20 个社区的 10%，不足一个的舍去），已有 2 个（依据：四\(三\)"
    ):
        give(third, cast)
    # The award of 2024 leaves the window in 2027.
    assert give(third, cast, stage.moment(2027, 1, 4)).quotas[0]["taken_before"] == 1


@pytest.mark.django_db
def test_a_demonstration_needs_the_plain_title_still_in_force(cast: Cast, sichuan: SchemeVersion) -> None:
    add_communities(cast, 20)
    plain = hold(cast.community, sichuan, "green-community", dt.date(2025, 1, 1), "G00000000001")
    declaration = waiting_for_award(cast, cast.community, "demonstration", sichuan)
    Award.objects.filter(pk=plain.pk).update(state="withdrawn", withdrawn_on=dt.date(2026, 1, 1))

    with pytest.raises(Refused, match="须先持有“四川省绿色社区”"):
        give(declaration, cast)


@pytest.mark.django_db
def test_bulk_awards_go_to_the_best_first_where_places_are_short(cast: Cast, sichuan: SchemeVersion) -> None:
    add_communities(cast, 10 - Division.objects.filter(level=5).count())
    rows = []
    for number, place in enumerate(cast.communities[:3]):
        hold(place, sichuan, "green-community", dt.date(2025, 1, 1), f"G{number:011d}")
        rows.append(waiting_for_award(cast, place, "demonstration", sichuan))
    for row, total in zip(rows, (88, 97, 91), strict=True):
        row.assessment.__class__.objects.filter(pk=row.assessment_id).update(total=total)

    done = awarding.award_many([row.pk for row in rows], by=cast.province_officer, opinion="同意命名。", at=AT)

    assert [award.community for award in done.awards] == [cast.communities[1]]
    assert {row.community for row, _ in done.refused} == {cast.communities[0], cast.communities[2]}
    assert all("名额已满：限 1 个" in reason for _, reason in done.refused)
    assert Serial.objects.get(key="plaque:sichuan-2020:2026").last == 1


@pytest.mark.django_db
def test_a_rank_quota_takes_only_the_first_of_the_batch(cast: Cast, sichuan: SchemeVersion) -> None:
    scheme = schemes_of([sichuan.pk])[sichuan.pk]
    title = scheme.title_of("green-community")
    quota = {"kind": "rank", "within": "city", "count": 1, "text": "每市取第一名", "source": "四(三)"}
    ranked = scheme.model_copy(
        update={"titles": [type(title).model_validate(title.model_dump() | {"quotas": [quota]}), *scheme.titles[1:]]}
    )
    version = SchemeVersion.objects.defer(None).get(pk=sichuan.pk)
    version.pk, version.version, version.document, version.checksum = None, 2, ranked.model_dump(mode="json"), "x"
    version.id = awarding.uuid7()
    version.save(force_insert=True)
    low = waiting_for_award(cast, cast.community, "green-community", version)
    high = waiting_for_award(cast, cast.other_community, "green-community", version)
    low.assessment.__class__.objects.filter(pk=low.assessment_id).update(total=80)

    with pytest.raises(Refused, match="排名在前 1 名之外"):
        give(low, cast)
    assert give(high, cast).quotas[0]["limit"] == 1


def at_once(jobs: list[Callable[[], object]]) -> list[object]:
    """Run every job in a thread with its own connection, all starting together; results or exceptions, in order."""
    barrier = threading.Barrier(len(jobs))
    results: list[object] = [None] * len(jobs)

    def run(place: int) -> None:
        barrier.wait()
        try:
            results[place] = jobs[place]()
        except Exception as error:  # noqa: BLE001 - what happened is what is looked at
            results[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(jobs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.mark.django_db(transaction=True)
def test_two_awards_at_once_never_both_take_the_last_place(cast: Cast, sichuan: SchemeVersion) -> None:
    add_communities(cast, 10 - Division.objects.filter(level=5).count())
    rows = []
    for number, place in enumerate(cast.communities):
        hold(place, sichuan, "green-community", dt.date(2025, 1, 1), f"G{number:011d}")
        rows.append(waiting_for_award(cast, place, "demonstration", sichuan))

    results = at_once([lambda row=row: give(row, cast) for row in rows])

    given = [result for result in results if isinstance(result, Award)]
    assert len(given) == 1
    assert [type(result) for result in results if result not in given] == [Refused] * 3
    assert Award.objects.filter(title="demonstration").count() == 1
    assert Declaration.objects.filter(status=Status.AWARDED, title="demonstration").count() == 1
