"""Many facts at once: rows staged by COPY, compared and versioned set-based, all of them or none, in one transaction.

What is the same as recorded is not recorded again; what differs replaces the version that was true from its date on.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from io import BytesIO
from typing import Any

import polars as pl
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from greenhood.accounts.access import check
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.divisions.models import Division
from greenhood.facts import doubts, hooks
from greenhood.facts.actions import LOCK
from greenhood.facts.events import Event
from greenhood.facts.kinds import Column, Kind, kind
from greenhood.facts.layout import identity
from greenhood.history import actions as history
from greenhood.history.models import chain_key

MOST_PROBLEMS = 1000
MOST_DOUBTS = 200
# More communities than this are held by their table: single locks have a bound.
MOST_LOCKS = 500


@dataclass(frozen=True, slots=True)
class RowProblem:
    """What is wrong with a row; ``column`` is the name of the column, ``""`` the row as a whole."""

    row: int
    column: str
    text: str


class BadRows(Exception):
    """Rows that can't be; nothing was recorded."""

    def __init__(self, problems: Sequence[RowProblem]) -> None:
        super().__init__(f"{len(problems)} 处错误")
        self.problems = list(problems)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What importing rows of a kind did, or would do."""

    kind: Kind
    new: int = 0
    changed: int = 0
    same: int = 0
    problems: tuple[RowProblem, ...] = ()
    doubts: tuple[RowProblem, ...] = ()
    samples: tuple[tuple[int, str, list[tuple[str, str, str]]], ...] = ()
    communities: frozenset[int] = field(default_factory=frozenset)

    @property
    def rows(self) -> int:
        return self.new + self.changed + self.same


def columns_of(kind: Kind) -> list[str]:
    """The columns of the pieces that ``import_rows`` takes, all of them text or null.

    ``row`` its number for messages, ``id`` a new UUIDv7, ``thing`` null for what is not known yet; a reference is the name of
    what it points to; ``dated`` null for the day of the import.
    """
    place = ["longitude", "latitude", "captured_in"] if kind.is_located else []
    return ["row", "id", "community_id", "thing", *(each.name for each in kind.columns), *place, "dated", "source_note"]


@transaction.atomic
def import_rows(
    kind: Kind,
    pieces: Iterable[pl.DataFrame],
    *,
    within: Division,
    dated: dt.date,
    source: str,
    by: Actor,
    source_note: str = "",
    details: dict[str, Any] | None = None,
    is_demonstration: bool = False,
    at: dt.datetime | None = None,
) -> Outcome:
    """Record all rows of one kind, or raise BadRows and record none. One entry of history for each city concerned."""
    check(by, Capability.RECORD, within)
    recording = Recording(dated, source, source_note, by, within, is_demonstration, at or timezone.now())
    outcome = take(kind, pieces, recording)
    if outcome.problems:
        raise BadRows(outcome.problems)
    note([outcome], recording, details or {}, title=kind.title)
    return outcome


@dataclass(frozen=True, slots=True)
class Recording:
    """What the rows of an import have in common."""

    dated: dt.date
    source: str
    source_note: str
    by: Actor
    within: Division
    is_demonstration: bool = False
    at: dt.datetime = field(default_factory=timezone.now)


def take(
    kind: Kind,
    pieces: Iterable[pl.DataFrame],
    recording: Recording,
    *,
    writes: bool = True,
    refuses: Callable[[], bool] = lambda: False,
) -> Outcome:
    """Stage, judge and, unless something is wrong, write the rows of one kind. In the caller's transaction; no history.

    ``refuses`` is asked after the last piece: whether the reader found rows that it couldn't give.
    """
    stage = _Stage(kind)
    stage.fill(pieces)
    communities = stage.communities()
    _hold(kind, communities)
    stage.resolve()
    problems = stage.problems(recording.within)
    if problems:
        stage.drop()
        return Outcome(kind, problems=tuple(problems[:MOST_PROBLEMS]), communities=frozenset(communities))
    stage.compare(recording.dated)
    counts, doubted, samples = stage.counts(), stage.doubts(), stage.samples()
    wrong: list[RowProblem] = []
    if writes and not refuses() and (counts["new"] or counts["changed"]):
        touched = stage.touched()
        stage.write(recording)
        wrong = stage.check_wholes(touched)
        hooks.changed(kind, touched)
        communities = touched
    stage.drop()
    return Outcome(
        kind,
        new=counts["new"],
        changed=counts["changed"],
        same=counts["same"],
        problems=tuple(wrong),
        doubts=tuple(doubted),
        samples=tuple(samples),
        communities=frozenset(communities),
    )


def note(
    outcomes: Sequence[Outcome], recording: Recording, details: dict[str, Any], *, title: str, id: str = ""
) -> None:
    """One entry for each city concerned, with what changed there in all."""
    changed = [outcome for outcome in outcomes if outcome.new or outcome.changed]
    places = {community for outcome in changed for community in outcome.communities}
    codes = dict(Division.objects.filter(pk__in=places).values_list("pk", "code"))
    counts = {each.kind.title: {"新增": each.new, "更新": each.changed, "未变": each.same} for each in outcomes}
    by_chain: dict[str, set[int]] = {}
    for code in codes.values():
        by_chain.setdefault(chain_key(code), set()).add(code)
    history.record_many(
        history.Happening(
            Event.IMPORTED,
            history.Subject("facts.import", id, title),
            by=recording.by,
            # A community's own file is its own; what spans several belongs to their city.
            division_code=next(iter(chosen)) if len(chosen) == 1 else min(chosen) // 10**8 * 10**8,
            details={**details, "社区": len(chosen), "条数": counts, "来源": recording.source},
            at=recording.at,
        )
        for _, chosen in sorted(by_chain.items())
    )


def _hold(kind: Kind, communities: Collection[int]) -> None:
    """No other writer of these communities until the transaction ends."""
    with connection.cursor() as cursor:
        if len(communities) > MOST_LOCKS:
            cursor.execute(f"lock table {kind.table} in share row exclusive mode")
            return
        cursor.execute(
            "select pg_advisory_xact_lock(%s, (id %% 2147483648)::int) from"
            " (select id from unnest(%s::bigint[]) as held (id) order by id %% 2147483648) as ordered",
            [LOCK, list(communities)],
        )
        cursor.execute(f"lock table {kind.table} in row exclusive mode")


def _make_room() -> None:
    """Memory of the database for the staged rows and their joins, until the transaction ends."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("set local work_mem = '64MB'")
            cursor.execute("set local temp_buffers = '64MB'")
    except DatabaseError:
        # The session has held temporary rows before; it keeps the room that it had then.
        with connection.cursor() as cursor:
            cursor.execute("set local work_mem = '64MB'")


class _Stage:
    """The rows in a temporary table, and the statements over it. Names come from models, never from a file."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.table, self.name = kind.table, f"staged_{kind.table}"
        self.references = [column for column in kind.columns if column.type == "reference"]
        self.values = [column.name for column in kind.columns]
        self.place = ["longitude", "latitude", "captured_in"] if kind.is_located else []
        self._create()

    def _create(self) -> None:
        _make_room()
        types = {
            field.column: field.db_type(connection) for field in self.kind.model._meta.concrete_fields if field.column
        }
        own = ["id", "community_id", "thing", *self.values, *self.place, "dated", "source_note"]
        columns = ["row integer", *(f'"{name}" {types[name]}' for name in own)]
        columns += [f"{column.name}_named text" for column in self.references]
        columns += ["until date", "standing uuid", "action text", "is_known boolean default false"]
        columns += ["geometry jsonb"] if self.place else []
        self.run(f"create temporary table {self.name} ({', '.join(columns)}) on commit drop")

    def run(self, statement: str, **values: Any) -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute(statement.replace("{S}", self.name).replace("{T}", self.table), values or None)
            return cursor.fetchall() if cursor.description else []

    def drop(self) -> None:
        self.run("drop table {S}")

    def fill(self, pieces: Iterable[pl.DataFrame]) -> None:
        named = {column.name: f"{column.name}_named" for column in self.references}
        columns = ", ".join(f'"{named.get(name, name)}"' for name in columns_of(self.kind))
        # One COPY a piece: the reader may ask the database between pieces, which it can't while a COPY is open.
        for piece in pieces:
            buffer = BytesIO()
            # Text is always quoted, so that an empty one is not taken for null.
            rows = piece.select(columns_of(self.kind))
            rows.write_csv(buffer, include_header=False, quote_style="non_numeric", null_value="")
            into = f"copy {self.name} ({columns}) from stdin (format csv)"
            with connection.cursor() as cursor, cursor.copy(into) as copy:
                copy.write(buffer.getvalue())
        # No index: rows are joined all at once, and each that learns its thing would have to be entered anew.
        self.run("analyze {S}")

    def communities(self) -> list[int]:
        return [row[0] for row in self.run("select distinct community_id from {S}")]

    def touched(self) -> list[int]:
        return [row[0] for row in self.run("select distinct community_id from {S} where action <> 'same'")]

    # Which thing a row is

    def resolve(self) -> None:
        for column in self.references:
            self._refer(column)
        if self.kind.is_single:
            self._know()
            return
        self._know()
        names = identity(self.kind)
        if self.kind.name and not self.kind.is_event:
            self._recognise(names, f"{{S}}.{self.kind.name} <> ''")
            self._recognise([*self.values, "dated"], f"{{S}}.{self.kind.name} = ''")
        else:
            self._recognise(names, "true")

    def _know(self) -> None:
        self.run(
            "update {S} set is_known = true from {T} f where f.until is null and f.community_id = {S}.community_id"
            " and f.thing = {S}.thing"
        )

    def _refer(self, column: Column) -> None:
        other = kind(column.refers_to)
        self.run(
            f'update {{S}} set "{column.name}" = f.thing from (select community_id, {other.name} as called,'
            f" min(thing::text)::uuid as thing, count(*) as times_found from {other.table} where until is null"
            f" and community_id in (select distinct community_id from {{S}}) group by 1, 2) f"
            f" where f.community_id = {{S}}.community_id and f.called = {{S}}.{column.name}_named and f.times_found = 1"
        )

    def _recognise(self, names: Sequence[str], where: str) -> None:
        """Rows without a number take that of the one present thing with the same identity."""
        columns = ", ".join(f'"{name}"' for name in names)
        same = " and ".join(f'f."{name}" is not distinct from {{S}}."{name}"' for name in names)
        self.run(
            f"update {{S}} set thing = f.thing, is_known = true from (select community_id, {columns},"
            f" min(thing::text)::uuid as thing, count(*) as times_found from {{T}} where until is null"
            f" and community_id in (select distinct community_id from {{S}} where thing is null) group by community_id, {columns}) f"
            f" where f.community_id = {{S}}.community_id and {{S}}.thing is null and f.times_found = 1 and {where}"
            f" and {self._same(names)} and {same}"
        )

    def _same(self, names: Sequence[str]) -> str:
        # Plain equality on what is never null lets the planner join by hash.
        solid = [name for name in names if name == "dated" or self._is_text(name)]
        return " and ".join(f'f."{name}" = {{S}}."{name}"' for name in solid) or "true"

    def _is_text(self, name: str) -> bool:
        return name in self.values and self.kind.column(name).type in {"text", "long", "choice"}

    # What is wrong

    def problems(self, within: Division) -> list[RowProblem]:
        found = [*self._outside(within), *self._unknown_references(), *self._unknown_things(), *self._twice()]
        return sorted(found, key=lambda problem: problem.row)

    def _outside(self, within: Division) -> Iterable[RowProblem]:
        low, high = within.span
        rows = self.run(
            "select s.row from {S} s left join divisions_division d on d.id = s.community_id"
            " where d.code is null or d.code < %(low)s or d.code >= %(high)s order by 1 limit %(most)s",
            low=low,
            high=high,
            most=MOST_PROBLEMS,
        )
        return [RowProblem(row, "community_id", "社区不在您的辖区内。") for (row,) in rows]

    def _unknown_references(self) -> Iterable[RowProblem]:
        for column in self.references:
            title = kind(column.refers_to).title
            rows = self.run(
                f"select row, {column.name}_named from {{S}} where {column.name}_named is not null"
                f' and "{column.name}" is null order by 1 limit {MOST_PROBLEMS}'
            )
            for row, name in rows:
                text = f"本社区没有登记名为“{name[:30]}”的{title}，或有几个同名的。请先登记{title}，或改成唯一的名称。"
                yield RowProblem(row, column.name, text)

    def _unknown_things(self) -> Iterable[RowProblem]:
        if self.kind.is_single:
            return []
        rows = self.run(
            f"select row from {{S}} where thing is not null and not is_known order by 1 limit {MOST_PROBLEMS}"
        )
        text = "记录编号在本社区不存在，或已注销。新增的行请把记录编号留空。"
        return [RowProblem(row, "thing", text) for (row,) in rows]

    def _twice(self) -> Iterable[RowProblem]:
        names = identity(self.kind)
        if self.kind.name and not self.kind.is_event:
            # What has no name is known by all that is said of it.
            rest = [f'case when "{self.kind.name}" = \'\' then "{name}"::text end' for name in [*self.values, "dated"]]
            key = [f"coalesce(\"{name}\"::text, '')" for name in names] + rest
        else:
            key = [f"coalesce(\"{name}\"::text, '')" for name in names]
        fields = ", ".join(["community_id", "thing", *(["''"] if self.kind.is_single else [])])
        unknown = f"row({', '.join(key)})::text" if key else "''"
        rows = self.run(
            f"select row, first from (select row, min(row) over (partition by {fields},"
            f" case when thing is null then {unknown} end) as first from {{S}}) t where row <> first"
            f" order by 1 limit {MOST_PROBLEMS}"
        )
        return [
            RowProblem(row, self.kind.name, f"与第 {first} 行是同一个{self.kind.title}，请删去一行或改成不同的名称。")
            for row, first in rows
        ]

    # What is new, changed, the same

    def compare(self, day: dt.date) -> None:
        self.run("update {S} set thing = id where thing is null")
        # Until now the planner has known of no thing at all, and would look for each row among all of its community.
        self.run("analyze {S}")
        if self.place:
            self._keep_place()
        # A row without a date speaks of the present version, one with a date of the version of that day.
        same = " and ".join(f'f."{name}" is not distinct from s."{name}"' for name in self.values)
        if self.place:
            same += " and f.longitude is not distinct from s.longitude and f.latitude is not distinct from s.latitude"
        self.run(
            "update {S} as s set action = 'same' from {T} f where s.is_known"
            " and f.community_id = s.community_id and f.thing = s.thing"
            " and ((s.dated is null and f.until is null) or (f.dated = s.dated and f.until is distinct from f.dated))"
            f" and {same}"
        )
        self.run("update {S} set action = case when is_known then 'changed' else 'new' end where action is null")
        self.run("update {S} set dated = %(day)s where dated is null", day=day)

    def _keep_place(self) -> None:
        """A drawn shape stays, with the area that it covers; a position that the row leaves out stays as well."""
        area = (
            f", {self.kind.area} = case when f.geometry is null then {{S}}.{self.kind.area} else f.{self.kind.area} end"
        )
        self.run(
            "update {S} set geometry = f.geometry, captured_in = f.captured_in,"
            " longitude = f.longitude, latitude = f.latitude" + (area if self.kind.area else "") + " from {T} f"
            " where {S}.is_known and f.community_id = {S}.community_id and f.thing = {S}.thing"
            " and f.until is null"
            " and row({S}.geometry, {S}.longitude, {S}.latitude, {S}.captured_in)"
            " is distinct from row(f.geometry, f.longitude, f.latitude, f.captured_in)"
            " and (f.geometry is not null or {S}.longitude is null"
            " or (abs(f.longitude - {S}.longitude) < 1e-7 and abs(f.latitude - {S}.latitude) < 1e-7))"
        )

    def counts(self) -> dict[str, int]:
        found = dict(self.run("select action, count(*) from {S} group by 1"))
        return {action: found.get(action, 0) for action in ("new", "changed", "same")}

    def doubts(self) -> list[RowProblem]:
        """Changed figures that are far from the present ones."""
        numbers = [column for column in self.kind.columns if column.type in doubts.NUMBERS]
        if not numbers:
            return []
        parts = [
            f'select s.row, \'{column.name}\', f."{column.name}"::numeric, s."{column.name}"::numeric from {{S}} s join {{T}} f'
            " on f.community_id = s.community_id and f.thing = s.thing and f.until is null"
            f' where s.action = \'changed\' and f."{column.name}" > 0 and s."{column.name}" > 0 and greatest(f."{column.name}",'
            f' s."{column.name}") >= {doubts.FAR} * least(f."{column.name}", s."{column.name}")'
            for column in numbers
        ]
        rows = self.run(f"select * from ({' union all '.join(parts)}) t order by 1, 2 limit {MOST_DOUBTS}")
        return [
            RowProblem(row, name, doubts.far(self.kind.column(name), Decimal(old), Decimal(new)))
            for row, name, old, new in rows
        ]

    def samples(self) -> list[tuple[int, str, list[tuple[str, str, str]]]]:
        """The first few rows that change something, with what they change."""
        columns = [column for column in self.kind.columns if column.type != "reference"]
        pairs = ", ".join(f'f."{column.name}", s."{column.name}"' for column in columns)
        rows = self.run(
            f"select s.row, s.action, {pairs} from {{S}} s left join {{T}} f on f.community_id = s.community_id"
            " and f.thing = s.thing and f.until is null where s.action = 'changed' order by 1 limit 20"
        )
        return [
            (
                row,
                action,
                [
                    (column.title, _plain(values[2 * index]), _plain(values[2 * index + 1]))
                    for index, column in enumerate(columns)
                    if values[2 * index] != values[2 * index + 1]
                ],
            )
            for row, action, *values in rows
        ]

    # Writing

    def write(self, recording: Recording) -> None:
        self.run("delete from {S} where action = 'same'")
        # The version that was true of the day ends on it; without one the next later version ends the new one.
        self.run(
            "update {S} set standing = f.id, until = f.until from {T} f where {S}.is_known"
            " and f.community_id = {S}.community_id and f.thing = {S}.thing"
            " and f.dated <= {S}.dated and (f.until is null or f.until > {S}.dated)"
        )
        self.run(
            "update {S} set until = later.dated from (select s.row, min(f.dated) as dated from {S} s join {T} f"
            " on f.community_id = s.community_id and f.thing = s.thing where s.is_known and s.standing is null"
            " and f.dated > s.dated and f.until is distinct from f.dated group by 1) later where later.row = {S}.row"
        )
        self.run(
            "update {T} set until = s.dated from {S} s where {T}.community_id = s.community_id and {T}.id = s.standing"
        )
        columns = ["community_id", "id", "thing", "dated", "until", *self.values, *self.place]
        columns += ["geometry"] if self.place else []
        names = ", ".join(f'"{name}"' for name in columns)
        self.run(
            f"insert into {{T}} ({names}, source, source_note, recorded_at, recorded_by_id, is_simulated, is_demonstration)"
            f" select {names}, %(source)s, case when source_note = '' then %(note)s else source_note end, %(at)s, %(by)s, false,"
            " %(demonstration)s from {S}",
            source=recording.source,
            note=recording.source_note,
            at=recording.at,
            by=recording.by.user.pk if recording.by.user else None,
            demonstration=recording.is_demonstration,
        )

    def check_wholes(self, touched: Sequence[int]) -> list[RowProblem]:
        """Whether the communities still add up on every day that the rows speak of."""
        if not self.kind.every_check:
            return []
        wrong: dict[int, str] = {}
        for (day,) in self.run("select distinct dated from {S} order by 1"):
            for one in self.kind.every_check:
                wrong |= one(touched, day)
        if not wrong:
            return []
        first = dict(
            self.run(
                "select community_id, min(row) from {S} where community_id = any(%(ids)s) group by 1", ids=list(wrong)
            )
        )
        return [RowProblem(first.get(community, 0), "", text) for community, text in sorted(wrong.items())]


def _plain(value: Any) -> str:
    if value is None or value == "":
        return "（空）"
    return {True: "是", False: "否"}[value] if isinstance(value, bool) else str(value)
