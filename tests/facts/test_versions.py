"""Versions of facts: replaced and never overwritten, so that the state of any day can be read."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from greenhood.accounts.access import NotAllowed
from greenhood.facts import actions, hooks, importing, queries
from greenhood.facts.burden import burden_of
from greenhood.facts.errors import BadFact, Conflict
from greenhood.facts.kinds import Kind, kind, kinds
from greenhood.facts.models import Fact
from greenhood.history.models import Entry
from greenhood.kit.ids import uuid7
from tests.cast import Cast, sign_in
from tests.facts.samples import make, values

ESTATES = kind("estates")
MARCH, APRIL, MAY, JUNE = (dt.date(2026, month, 1) for month in (3, 4, 5, 6))


def replace(cast: Cast, old: Fact, day: dt.date, **chosen: Any) -> Fact:
    return actions.record(
        ESTATES,
        cast.community,
        values(ESTATES, **chosen),
        dated=day,
        by=cast.worker,
        thing=old.thing,
        replaces=queries.latest(ESTATES, cast.community, old.thing).id,  # type: ignore[union-attr]
    )


def dwellings(cast: Cast, thing: Any, day: dt.date | None) -> list[int]:
    return [row.dwellings for row in queries.as_of(ESTATES, [cast.community.pk], day) if row.thing == thing]


def test_newer_figures_replace_older_ones_and_both_can_be_read(cast: Cast) -> None:
    old = make("estates", cast.community, cast.worker, dwellings=100)

    replace(cast, old, MAY, dwellings=120)

    assert dwellings(cast, old.thing, APRIL) == [100]
    assert dwellings(cast, old.thing, MAY) == [120]
    assert dwellings(cast, old.thing, None) == [120]
    assert dwellings(cast, old.thing, MARCH - dt.timedelta(days=1)) == []


def test_a_correction_of_the_same_day_leaves_the_mistake_readable_but_true_of_no_day(cast: Cast) -> None:
    old = make("estates", cast.community, cast.worker, dwellings=1000)

    replace(cast, old, MARCH, dwellings=100)

    now, mistake = queries.versions(ESTATES, cast.community, old.thing)
    assert (now.dwellings, now.until) == (100, None)
    assert (mistake.dwellings, mistake.dated, mistake.until) == (1000, MARCH, MARCH)
    assert dwellings(cast, old.thing, MARCH) == [100]


def test_what_is_filled_in_later_for_an_earlier_day_leaves_the_present_alone(cast: Cast) -> None:
    old = make("estates", cast.community, cast.worker, dated=MAY, dwellings=120)

    replace(cast, old, MARCH, dwellings=100)

    assert dwellings(cast, old.thing, APRIL) == [100]
    assert dwellings(cast, old.thing, None) == [120]


def test_the_same_figures_of_the_same_day_change_nothing(cast: Cast) -> None:
    old = make("estates", cast.community, cast.worker, dwellings=100)
    entries = Entry.objects.count()

    again = replace(cast, old, MARCH, dwellings=100)

    assert again.id == old.id
    assert Entry.objects.count() == entries


def test_the_same_figures_of_a_later_day_confirm_them(cast: Cast) -> None:
    old = make("estates", cast.community, cast.worker, dwellings=100)

    now = replace(cast, old, MAY, dwellings=100)

    assert now.dated == MAY
    assert queries.versions(ESTATES, cast.community, old.thing).count() == 2


def test_somebody_who_saw_an_older_version_is_told_and_nothing_is_stored(cast: Cast) -> None:
    old = make("estates", cast.community, cast.worker, dwellings=100)
    theirs = replace(cast, old, APRIL, dwellings=110)

    with pytest.raises(Conflict) as caught:
        actions.record(
            ESTATES,
            cast.community,
            values(ESTATES, dwellings=120),
            dated=MAY,
            by=cast.worker,
            thing=old.thing,
            replaces=old.id,
        )

    assert caught.value.theirs.id == theirs.id  # type: ignore[union-attr]
    assert caught.value.yours["dwellings"] == 120
    assert dwellings(cast, old.thing, None) == [110]


def test_what_is_gone_is_read_until_its_day_and_comes_back_as_it_was(cast: Cast) -> None:
    old = make("estates", cast.community, cast.worker, dwellings=100)

    actions.retire(ESTATES, cast.community, old.thing, replaces=old.id, gone_on=MAY, reason="已拆除", by=cast.worker)
    gone = [dwellings(cast, old.thing, day) for day in (APRIL, MAY, None)]
    actions.restore(ESTATES, cast.community, old.thing, by=cast.worker)

    assert gone == [[100], [], []]
    assert dwellings(cast, old.thing, MAY) == [100]


def test_what_was_retired_on_its_own_first_day_comes_back_too(cast: Cast) -> None:
    wrong = make("estates", cast.community, cast.worker, dwellings=1000)
    right = replace(cast, wrong, MARCH, dwellings=100)
    actions.retire(
        ESTATES, cast.community, wrong.thing, replaces=right.id, gone_on=MARCH, reason="重复登记", by=cast.worker
    )

    back = actions.restore(ESTATES, cast.community, wrong.thing, by=cast.worker)

    assert back.id == right.id
    assert dwellings(cast, wrong.thing, None) == [100]


@pytest.mark.parametrize(("gone_on", "reason", "field"), [(MARCH, "", "reason"), (dt.date(2026, 2, 1), "x", "gone_on")])
def test_retiring_asks_for_a_reason_and_a_possible_day(cast: Cast, gone_on: dt.date, reason: str, field: str) -> None:
    old = make("estates", cast.community, cast.worker)

    with pytest.raises(BadFact) as caught:
        actions.retire(
            ESTATES, cast.community, old.thing, replaces=old.id, gone_on=gone_on, reason=reason, by=cast.worker
        )

    assert caught.value.problems.keys() == {field}


def test_readers_may_not_record(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        make("estates", cast.community, cast.department_officer)


def test_listeners_hear_of_every_change_with_the_kind_and_the_community(cast: Cast) -> None:
    heard: list[tuple[str, list[int]]] = []

    def listen(one: Any, communities: Any) -> None:
        heard.append((one.key, list(communities)))

    hooks.on_change(listen)
    try:
        old = make("estates", cast.community, cast.worker)
        actions.retire(
            ESTATES, cast.community, old.thing, replaces=old.id, gone_on=MAY, reason="已拆除", by=cast.worker
        )
        actions.restore(ESTATES, cast.community, old.thing, by=cast.worker)
    finally:
        hooks._listeners.remove(listen)

    assert heard == [("estates", [cast.community.pk])] * 3


# Any sequence

STEPS = st.lists(
    st.tuples(st.sampled_from(["record", "retire", "restore"]), st.integers(1, 60), st.integers(1, 5)), max_size=12
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_every_day_has_one_version_at_most_whatever_happened(cast: Cast, steps: list[tuple[str, int, int]]) -> None:
    thing, start = uuid7(), dt.date(2026, 1, 1)
    with transaction.atomic():
        for verb, number, count in steps:
            _step(cast, thing, verb, start + dt.timedelta(days=number), count)
        versions = list(queries.versions(ESTATES, cast.community, thing))
        for offset in range(-1, 70):
            day = start + dt.timedelta(days=offset)
            true = [each for each in versions if each.dated <= day and (each.until is None or each.until > day)]
            assert len(true) <= 1, (day, steps)
        assert sum(each.until is None for each in versions) <= 1
        recorded = sum(verb == "record" for verb, *_ in steps)
        assert len(versions) <= recorded
        transaction.set_rollback(True)


def _step(cast: Cast, thing: Any, verb: str, day: dt.date, count: int) -> None:
    present = queries.latest(ESTATES, cast.community, thing)
    try:
        if verb == "record":
            actions.record(
                ESTATES,
                cast.community,
                values(ESTATES, dwellings=count),
                dated=day,
                by=cast.worker,
                thing=thing,
                replaces=present.id if present else None,
            )
        elif verb == "retire" and present:
            actions.retire(
                ESTATES, cast.community, thing, replaces=present.id, gone_on=day, reason="已拆除", by=cast.worker
            )
        elif verb == "restore":
            actions.restore(ESTATES, cast.community, thing, by=cast.worker)
    except (BadFact, Conflict):
        pass


# Two at once


def _at_once(*work: Callable[[], None]) -> list[BaseException | None]:
    """Run all on threads with connections of their own; what each raised."""
    raised: list[BaseException | None] = [None] * len(work)
    ready = threading.Barrier(len(work))

    def run(number: int) -> None:
        try:
            ready.wait()
            work[number]()
        except BaseException as error:  # noqa: BLE001
            raised[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[number]) for number in range(len(work))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return raised


@pytest.mark.django_db(transaction=True)
def test_of_two_who_write_at_once_one_is_stored_and_the_other_told(cast: Cast) -> None:
    old = make("estates", cast.community, cast.worker, dwellings=100)

    def write(count: int) -> Callable[[], None]:
        def work() -> None:
            actions.record(
                ESTATES,
                cast.community,
                values(ESTATES, dwellings=count),
                dated=MAY,
                by=cast.worker,
                thing=old.thing,
                replaces=old.id,
            )

        return work

    raised = _at_once(write(110), write(120))

    assert [type(each) for each in raised if each] == [Conflict]
    assert queries.versions(ESTATES, cast.community, old.thing).count() == 2


@pytest.mark.django_db(transaction=True)
def test_who_writes_while_a_division_is_imported_is_told_of_the_newer_figures(cast: Cast, monkeypatch: Any) -> None:
    old = make("estates", cast.community, cast.worker, dwellings=100)
    monkeypatch.setattr(importing, "MOST_LOCKS", 0)
    columns = importing.columns_of(ESTATES)
    row: dict[str, str | None] = dict.fromkeys(columns)
    row |= {column.name: "" for column in ESTATES.columns if column.type in {"text", "long", "choice"}}
    row |= {"row": "2", "id": str(uuid7()), "community_id": str(cast.community.pk), "thing": str(old.thing)}
    row |= {"name": old.name, "dwellings": "110", "captured_in": "", "source_note": ""}
    piece = pl.DataFrame([row], schema=dict.fromkeys(columns, pl.Utf8))
    is_imported = threading.Event()

    def bring_in() -> None:
        with transaction.atomic():
            importing.import_rows(ESTATES, [piece], within=cast.community, dated=MAY, source="imported", by=cast.worker)
            is_imported.set()
            # Long enough for the other to get to where it waits.
            time.sleep(1)

    def write() -> None:
        assert is_imported.wait(20)
        actions.record(
            ESTATES,
            cast.community,
            values(ESTATES, dwellings=120),
            dated=JUNE,
            by=cast.worker,
            thing=old.thing,
            replaces=old.id,
        )

    raised = _at_once(bring_in, write)

    assert [type(each) for each in raised if each] == [Conflict]
    assert dwellings(cast, old.thing, None) == [110]


@pytest.mark.django_db(transaction=True)
def test_greens_written_at_once_never_cover_more_than_the_land(cast: Cast) -> None:
    make("boundary", cast.community, cast.worker, area=Decimal(1000))

    def write(name: str) -> Callable[[], None]:
        return lambda: make("green-spaces", cast.community, cast.worker, name=name, area=Decimal(700)) and None

    raised = _at_once(write("东园"), write("西园"))

    assert [type(each) for each in raised if each] == [BadFact]
    assert queries.current(kind("green-spaces"), [cast.community.pk]).count() == 1


# Over many communities


def test_the_burden_counts_what_is_left_to_type_in_one_query(cast: Cast, django_assert_num_queries: Any) -> None:
    make("estates", cast.community, cast.worker, dwellings=100, dated=dt.date(2020, 1, 1))
    make("population", cast.community, cast.worker)
    wanted = [kind("estates"), kind("population"), kind("heritage")]

    with django_assert_num_queries(1):
        burdens = burden_of([cast.community.pk, cast.other_community.pk], wanted)

    mine = burdens[cast.community.pk]
    assert (mine.by_kind["estates"].filled, mine.by_kind["estates"].stale) == (2, 1)
    assert mine.by_kind["heritage"].unrecorded == 3
    assert mine.total.to_type == 3
    assert burdens[cast.other_community.pk].total.to_type == sum(len(each.required) for each in wanted)


def test_the_record_is_read_by_programs_as_of_any_day(cast: Cast, client: Any) -> None:
    old = make("estates", cast.community, cast.worker, dwellings=100)
    replace(cast, old, MAY, dwellings=120)
    sign_in(client, cast.worker)
    address = f"/api/facts/{cast.community.code}"

    now = client.get(f"{address}/estates").json()
    then = client.get(f"{address}/estates?as_of=2026-04-01").json()
    summary = client.get(address).json()

    assert [each["values"]["dwellings"] for each in now["results"] + then["results"]] == [120, 100]
    assert {each["key"]: each["count"] for each in summary["kinds"]}["estates"] == 1
    assert len(summary["kinds"]) == len(kinds())
    assert client.get(f"{address}/nothing").status_code == 404
    sign_in(client, cast.neighbour_worker)
    assert client.get(address).status_code == 404


def test_an_estate_is_not_retired_while_buildings_belong_to_it(cast: Cast) -> None:
    estate = make("estates", cast.community, cast.worker)
    building = make("buildings", cast.community, cast.worker, estate=estate.thing)

    def retire(of: Kind, fact: Fact) -> Fact:
        return actions.retire(
            of, cast.community, fact.thing, replaces=fact.id, gone_on=MARCH, reason="已拆除", by=cast.worker
        )

    with pytest.raises(BadFact, match=r"名下的.*1 条"):
        retire(ESTATES, estate)
    retire(kind("buildings"), building)

    assert retire(ESTATES, estate).until == MARCH


def test_inspections_of_heritage_do_not_hold_it_in_place(cast: Cast) -> None:
    tree = make("heritage", cast.community, cast.worker)
    make("heritage-inspections", cast.community, cast.worker, heritage=tree.thing)

    gone = actions.retire(
        kind("heritage"),
        cast.community,
        tree.thing,
        replaces=tree.id,
        gone_on=tree.dated,
        reason="已迁移",
        by=cast.worker,
    )

    assert gone.until == tree.dated
