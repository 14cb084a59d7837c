"""Read a list of divisions, and decide on what it changes. Whoever calls these has checked the post: people stand above."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import polars as pl
from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from greenhood.divisions import bulk, names, reading
from greenhood.divisions.changes import PROPOSAL, compare
from greenhood.divisions.events import Event
from greenhood.divisions.models import Change, Division, DivisionList, Level, Succession
from greenhood.divisions.reading import Problem, Reading
from greenhood.history.actions import By, record
from greenhood.kit import progress
from greenhood.kit.ids import uuid7, uuid7_batch

NATION = "全国"
BATCH = 50_000
LOCK = 7_003_001  # two imports, or an import and a confirmation, wait for one another


class BadList(Exception):
    """The list has mistakes and nothing of it was taken; ``problems`` names each line."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__(f"名单有{len(problems)}处错误，没有导入任何内容。")


class OlderList(Exception):
    """A list that is older than one already read for the same provinces; ``reason`` is shown."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class Refused(Exception):
    """Changes that can't take effect together; ``reasons`` says which and what to do. Nothing was changed."""

    def __init__(self, reasons: list[str]) -> None:
        self.reasons = reasons
        super().__init__("\n".join(reasons))


@dataclass(frozen=True)
class Loaded:
    """What became of a list: rows read, units taken directly, classes filled in, proposals by kind.

    ``dismissed`` counts what was dismissed before from this list or another of the same day, and isn't asked again.
    """

    list: DivisionList
    fresh: int
    classes: int
    proposals: dict[str, int]
    placeholders: int
    dismissed: int = 0


# Lists


def load(
    path: Path, *, by: By | None, as_of: dt.date, title: str = "", within: tuple[int, int] | None = None
) -> Loaded:
    """Take a list, all or nothing: what the system has none of directly, what differs as proposals to be confirmed.

    ``within`` is the range of codes that whoever brings the list answers for. Raises ``reading.Unreadable``, ``BadList`` or
    ``OlderList``.
    """
    found = _read(path, within)
    return _take(found, by=by, as_of=as_of, title=title or path.name)


@dataclass(frozen=True)
class Outlook:
    """What taking a list would do: units by level, how many are new kinds or places, proposals by kind."""

    levels: dict[int, int]
    fresh: int
    proposals: dict[str, int]

    @property
    def ending(self) -> int:
        """Units that there are and that the list doesn't have."""
        return sum(self.proposals.get(kind, 0) for kind in Change.ENDS)


def look_ahead(path: Path, *, as_of: dt.date, within: tuple[int, int] | None = None) -> Outlook:
    """Read and compare a list as ``load`` does and raise what it raises, but take nothing."""
    found = _read(path, within)
    _refuse_older(as_of, _provinces(found.units))
    outcome = compare(bulk.held(), found.units)
    kinds = Counter(outcome.proposals["kind"])
    return Outlook(
        dict(sorted(Counter(found.units["level"]).items())), outcome.fresh.height, dict(sorted(kinds.items()))
    )


def _read(path: Path, within: tuple[int, int] | None) -> Reading:
    with progress.step("读取并检查名单"):
        found = reading.read(path, _codes())
    problems = found.problems or _outside(path, found, within)
    if problems:
        raise BadList(problems)
    return found


def _outside(path: Path, found: Reading, within: tuple[int, int] | None) -> list[Problem]:
    if within is None:
        return []
    strangers = found.units.filter(~pl.col("code").is_between(*within, closed="left"))
    return [
        Problem(path.name, 0, f"“{name}”（{code:012d}）不在您的辖区内。请只上传本辖区的名单。")
        for code, name in strangers.select("code", "name").iter_rows()
    ]


@transaction.atomic
def _take(found: Reading, *, by: By | None, as_of: dt.date, title: str) -> Loaded:
    _lock()
    _refuse_older(as_of, provinces := _provinces(found.units))
    Division.objects.get_or_create(id=0, defaults={"code": 0, "level": Level.NATION, "name": NATION})
    held = bulk.held()
    with progress.step("与现有区划比对"):
        outcome = compare(held, found.units)
    _insert(outcome.fresh, held)
    _fill_classes(outcome.classes)
    read = DivisionList.objects.create(
        title=title,
        checksum=found.checksum,
        as_of=as_of,
        read_at=timezone.now(),
        read_by=by.person_name if by else "系统",
        rows=found.units.height,
        added=outcome.fresh.height,
        provinces=provinces,
    )
    proposals = _without_dismissed(outcome.proposals, read)
    counts = _propose(proposals, read)
    dismissed = outcome.proposals.height - proposals.height
    loaded = Loaded(read, outcome.fresh.height, outcome.classes.height, counts, found.placeholders, dismissed)
    details = {"rows": read.rows, "added": loaded.fresh, "classes": loaded.classes, "proposals": counts}
    record(Event.LIST_READ, read, by=by, details=details | {"as_of": as_of.isoformat(), "sha256": read.checksum})
    return loaded


def _lock() -> None:
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [LOCK])


def _codes() -> pl.Series:
    return pl.Series(
        list(Division.objects.filter(valid_to=None, level__lt=5).values_list("code", flat=True)), dtype=pl.Int64
    )


def _provinces(units: pl.DataFrame) -> list[int]:
    return sorted((units["code"] // 10**10).unique().to_list())


def _refuse_older(as_of: dt.date, provinces: list[int]) -> None:
    newer = DivisionList.objects.filter(as_of__gt=as_of, provinces__overlap=provinces).order_by("-as_of").first()
    if newer:
        raise OlderList(
            f"这份名单截至{as_of}，比已读入的《{newer.title}》（截至{newer.as_of}）旧。旧名单不能覆盖新名单，没有导入。"
        )


def _insert(fresh: pl.DataFrame, held: pl.DataFrame) -> None:
    """Add units that need no confirmation; their parents are among them or in the system."""
    if fresh.is_empty():
        return
    fresh = fresh.with_columns(id=bulk.new_ids(fresh["code"], bulk.used_ids()), parent_code=reading.parent_code())
    nation = pl.DataFrame({"parent_code": [0], "parent_id": [0]})
    parents = pl.concat([_parents(held), _parents(fresh), nation])
    rows = fresh.join(parents, on="parent_code", how="inner").sort("code")
    assert rows.height == fresh.height, "reading has checked that each unit's parent is known"
    columns = ["id", "code", "level", "name", "parent_id", "urban_rural_class", "pinyin", "initials", "bigrams"]
    is_large = rows.height > held.height
    indexes = bulk.indexes_made_after(bulk.TABLE) if is_large else nullcontext()
    with indexes, progress.bar(rows.height, "载入区划", unit="个") as bar:
        for batch in _made_searchable(rows):
            bulk.copy_in(Division, batch.select(columns))
            bar.update(batch.height)


def _made_searchable(rows: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """The rows with their search columns, in batches: the next is made while the database takes the one before."""
    batches = list(rows.iter_slices(BATCH))
    with ThreadPoolExecutor(1) as ahead:
        coming = ahead.submit(names.with_search_columns, batches[0])
        for following in batches[1:]:
            ready, coming = coming, ahead.submit(names.with_search_columns, following)
            yield ready.result()
        yield coming.result()


def _parents(units: pl.DataFrame) -> pl.DataFrame:
    return units.select(parent_code="code", parent_id="id")


def _fill_classes(classes: pl.DataFrame) -> None:
    if classes.is_empty():
        return
    with connection.cursor() as cursor:
        cursor.execute(
            f"update {bulk.TABLE} unit set urban_rural_class = new.class"
            " from unnest(%s::bigint[], %s::smallint[]) as new (id, class) where unit.id = new.id",
            [classes["id"].to_list(), classes["urban_rural_class"].to_list()],
        )


def _without_dismissed(proposals: pl.DataFrame, read: DivisionList) -> pl.DataFrame:
    """What this list, or another of the same day, has not already been told no to. A later list may ask again."""
    before = Change.objects.filter(
        Q(list__as_of=read.as_of) | Q(list__checksum=read.checksum),
        state=Change.State.DISMISSED,
        list__provinces__overlap=read.provinces,
    )
    schema = {name: PROPOSAL[name] for name in ("kind", *_SAID)}
    refused = pl.DataFrame(list(before.values_list(*schema)), schema=schema, orient="row")
    return (
        proposals.with_columns(_ends=_ENDS)
        .join(refused.select(*_SAID, _ends=_ENDS).unique(), on=["_ends", *_SAID], how="anti", nulls_equal=True)
        .drop("_ends")
    )


# What a change says of which unit. Whether one that is gone was merged, divided or abolished is for people to say.
_SAID = ("division_id", "code", "name", "urban_rural_class")
_ENDS = pl.col("kind").is_in([kind.value for kind in Change.ENDS])


def _propose(proposals: pl.DataFrame, read: DivisionList) -> dict[str, int]:
    """Store the proposals of a list; what earlier lists proposed for its provinces and nobody decided is void."""
    _waiting().annotate(province=F("place") / 10**10).filter(province__in=read.provinces).update(
        state=Change.State.SUPERSEDED
    )
    rows = proposals.with_columns(
        id=pl.Series([str(each) for each in uuid7_batch(proposals.height)], dtype=pl.String),
        list_id=pl.lit(str(read.pk)),
        state=pl.lit(Change.State.PROPOSED.value),
        decided_by=pl.lit(""),
    )
    bulk.copy_in(Change, rows.select("id", "list_id", "state", "decided_by", *PROPOSAL))
    return dict(sorted(Counter(proposals["kind"]).items()))


def _waiting() -> QuerySet[Change]:
    return Change.objects.filter(state=Change.State.PROPOSED)


# Decisions


@transaction.atomic
def confirm(changes: QuerySet[Change], *, by: By | None) -> int:
    """Let proposed changes take effect, all of these or none; how many. Those already decided are passed over.

    Raises ``Refused`` where the result would not hold together: a code held twice, a unit without its parent.
    """
    _lock()
    decision = uuid7()
    count = _decide(changes, Change.State.CONFIRMED, decision, by)
    if count:
        _apply(decision)
        _record(Event.CHANGES_CONFIRMED, decision, by)
    return count


@transaction.atomic
def dismiss(changes: QuerySet[Change], *, by: By | None) -> int:
    """Leave the units as they are; how many proposals this ends."""
    decision = uuid7()
    count = _decide(changes, Change.State.DISMISSED, decision, by)
    if count:
        _record(Event.CHANGES_DISMISSED, decision, by)
    return count


@transaction.atomic
def reconsider(changes: QuerySet[Change], *, by: By | None) -> int:
    """Put dismissed proposals back among those that wait, unless a list of a later day has been read; how many."""
    later = DivisionList.objects.filter(
        as_of__gt=OuterRef("list__as_of"), provinces__overlap=OuterRef("list__provinces")
    )
    rows = list(
        Change.objects.select_for_update(of=["self"])
        .filter(~Exists(later), pk__in=changes.order_by().values("pk"), state=Change.State.DISMISSED)
        .select_related("list")
    )
    for row in rows:
        record(Event.CHANGE_RECONSIDERED, row.list, by=by, details={"change": _in_words(row)})
    Change.objects.filter(pk__in=[row.pk for row in rows]).update(
        state=Change.State.PROPOSED, decision=None, decided_at=None, decided_by=""
    )
    return len(rows)


@transaction.atomic
def keep_identity(change: Change, code: int, *, by: By | None) -> None:
    """Say of a proposed split that the unit goes on as the part with this code, and only the other parts are new."""
    part = _waiting().filter(list=change.list_id, kind=Change.Kind.ADDED, code=code).first()
    if change.kind != Change.Kind.SPLIT or code not in change.successor_codes or part is None:
        raise Refused([f"代码{code:012d}不是待确认的分设单位之一。请刷新页面重新选择。"])
    kind = Change.Kind.RENAMED if code == change.place else Change.Kind.MOVED
    done = (
        _waiting()
        .filter(pk=change.pk)
        .update(kind=kind, code=code, name=part.name, urban_rural_class=part.urban_rural_class, successor_codes=[])
    )
    if not done:
        raise Refused(["这项变更已经办理过。请刷新页面。"])
    part.delete()
    record(Event.SUCCESSOR_SAID, change.division, by=by, details={"goes_on_as": f"{code:012d}", "name": part.name})


@transaction.atomic
def say_successor(change: Change, code: int, *, by: By | None) -> None:
    """Turn an abolition into a merger: the unit went to the one with this code, in the system or in the same list."""
    if change.kind not in Change.ENDS:
        raise Refused(["只有撤销、并入或分设的单位可以填写并入到哪个单位。"])
    is_known = Division.objects.filter(code=code, valid_to=None).exclude(changes=change).exists()
    if not is_known and not Change.objects.filter(list=change.list_id, code=code).exists():
        raise Refused([f"代码{code:012d}不在系统里，也不在这份名单的变更里。请核对12位代码。"])
    done = _waiting().filter(pk=change.pk).update(kind=Change.Kind.MERGED, successor_codes=[code])
    if not done:
        raise Refused(["这项变更已经办理过。请刷新页面。"])
    record(Event.SUCCESSOR_SAID, change.division, by=by, details={"successor": f"{code:012d}"})


def _decide(changes: QuerySet[Change], state: str, decision: UUID, by: By | None) -> int:
    chosen = changes.order_by().values("pk")
    return (
        _waiting()
        .filter(pk__in=chosen)
        .update(state=state, decision=decision, decided_at=timezone.now(), decided_by=by.person_name if by else "系统")
    )


def _record(event: str, decision: UUID, by: By | None) -> None:
    """One entry for the decision: how many of each kind, and the first of them by name."""
    decided = Change.objects.filter(decision=decision)
    kinds = dict(sorted(Counter(decided.values_list("kind", flat=True)).items()))
    first = [_in_words(each) for each in decided.order_by("place")[:50]]
    read = DivisionList.objects.get(changes__in=decided[:1])
    record(event, read, by=by, details={"decision": str(decision), "kinds": kinds, "first": first})


def _in_words(change: Change) -> str:
    new = change.new_number or "、".join(change.successor_numbers)
    return f"{change.get_kind_display()} {change.number} {change.old_name} → {new} {change.name}".strip()


def _apply(decision: UUID) -> None:
    """Former codes are written down, units that leave give up their codes, then those that come take theirs."""
    _stage(decision)
    with connection.cursor() as cursor:
        for statement in _LEAVE:
            cursor.execute(statement)
        cursor.execute(_TAKEN)
        _refuse("代码{}已由“{}”使用，“{}”不能用它。请把占用该代码的那一项变更一并确认。", cursor.fetchall())
        cursor.execute(_MOVE)
        for level in range(Level.PROVINCE, Level.COMMUNITY + 1):
            cursor.execute(_ADD, [level])
        cursor.execute(_NOT_ADDED)
        _refuse("“{}”（{}）的上级不在系统里。请先确认它的上级，或一并确认。", cursor.fetchall())
        for statement in _REPARENT:
            cursor.execute(statement)
        cursor.execute(_HEIRLESS)
        _refuse("“{}”{}的单位{}不在系统里。请一并确认那个单位，或改填并入到哪个单位。", cursor.fetchall())
        cursor.execute(_SUCCESSORS)
        links = cursor.fetchall()
        cursor.execute(_LOOSE)
        _refuse("“{}”（{}）会脱离它的上级“{}”。请把上下级的变更一并确认。", cursor.fetchall())
        cursor.execute(_FOLLOW)
        cursor.execute("drop table deciding")
    Succession.objects.bulk_create(
        Succession(predecessor_id=predecessor, successor_id=successor, kind=kind, on=on)
        for predecessor, successor, kind, on in links
    )


def _refuse(text: str, rows: Iterable[tuple[Any, ...]]) -> None:
    if found := [text.format(*row) for row in rows]:
        raise Refused(found)


def _stage(decision: UUID) -> None:
    """The decided changes as a table for this transaction, with the search columns of the new names and an id for new units."""
    columns = ["id", "kind", "division_id", "level", "code", "name", "urban_rural_class", "successor_codes", "on"]
    decided = Change.objects.filter(decision=decision).order_by("place")
    values = decided.values_list(*columns[:-1], "list__as_of")
    rows = pl.DataFrame(
        [(str(pk), *rest, _array(codes), on) for pk, *rest, codes, on in values],
        schema=_STAGED,
        orient="row",
    )
    is_new = (pl.col("kind") == Change.Kind.ADDED.value) & pl.col("division_id").is_null()
    new = rows.filter(is_new)
    ids = new.select("id", new_id=bulk.new_ids(new["code"], bulk.used_ids()))
    rows = (
        rows.join(ids, on="id", how="left")
        .with_columns(division_id=pl.coalesce("new_id", "division_id"))
        .drop("new_id")
    )
    rows = names.with_search_columns(rows).with_columns(parent_code=reading.parent_code())
    with connection.cursor() as cursor:
        cursor.execute(
            "create temp table deciding (id uuid, kind text, division_id bigint, level smallint, code bigint, name text,"
            ' urban_rural_class smallint, successor_codes bigint[], "on" date, pinyin text, initials text, bigrams text[],'
            " parent_code bigint) on commit drop"
        )
    content = rows.write_csv(include_header=False, separator="\t", quote_style="never", null_value="\\N")
    bulk.copy_text("deciding", [f'"{column}"' for column in rows.columns], content.encode())


def _array(codes: Iterable[int]) -> str:
    return f"{{{','.join(map(str, codes))}}}"


_STAGED = {
    "id": pl.String,
    "kind": pl.String,
    "division_id": pl.Int64,
    "level": pl.Int64,
    "code": pl.Int64,
    "name": pl.String,
    "urban_rural_class": pl.Int16,
    "successor_codes": pl.String,
    "on": pl.Date,
}

_LEAVE = [
    # The key of the past code is the change's own: one change ends at most one code.
    """
    insert into divisions_divisioncode (id, division_id, code, name, valid_from, valid_to)
    select new.id, unit.id, unit.code, unit.name,
        coalesce((select max(past.valid_to) from divisions_divisioncode past where past.division_id = unit.id),
            unit.valid_from),
        new."on"
    from deciding new join divisions_division unit on unit.id = new.division_id
    where new.kind in ('renamed', 'moved', 'merged', 'split', 'abolished')
    """,
    # Those that move are ended for a moment too, so that two units can change places.
    """
    update divisions_division unit set valid_to = new."on"
    from deciding new where unit.id = new.division_id and new.kind in ('moved', 'merged', 'split', 'abolished')
    """,
]

_TAKEN = """
    select lpad(unit.code::text, 12, '0'), unit.name, new.name
    from deciding new join divisions_division unit on unit.code = new.code and unit.valid_to is null
    where new.kind in ('moved', 'added') and unit.id <> new.division_id order by unit.code limit 50
"""

_MOVE = """
    update divisions_division unit set code = new.code, name = new.name, urban_rural_class = new.urban_rural_class,
        pinyin = new.pinyin, initials = new.initials, bigrams = new.bigrams, valid_to = null
    from deciding new where unit.id = new.division_id and new.kind in ('renamed', 'moved', 'reclassified')
"""

_ADD = """
    insert into divisions_division
        (id, code, level, name, parent_id, urban_rural_class, valid_from, pinyin, initials, bigrams)
    select new.division_id, new.code, new.level, new.name, parent.id, new.urban_rural_class, new."on", new.pinyin,
        new.initials, new.bigrams
    from deciding new join divisions_division parent on parent.code = new.parent_code and parent.valid_to is null
    where new.kind = 'added' and new.level = %s
"""

_NOT_ADDED = """
    select new.name, lpad(new.code::text, 12, '0') from deciding new
    where new.kind = 'added' and not exists (select from divisions_division unit where unit.id = new.division_id)
    order by new.code limit 50
"""

_REPARENT = [
    """
    update divisions_division unit set parent_id = parent.id
    from deciding new, divisions_division parent
    where unit.id = new.division_id and new.kind = 'moved'
        and parent.code = new.parent_code and parent.valid_to is null and parent.id <> unit.parent_id
    """,
    # Units whose own code stays, where their parent's went to another unit: one part of a split, or one set up anew.
    """
    update divisions_division unit set parent_id = parent.id
    from deciding gone, deciding new, divisions_division parent
    where gone.kind in ('merged', 'split', 'abolished') and unit.parent_id = gone.division_id and unit.valid_to is null
        and new.kind in ('added', 'moved') and parent.id = new.division_id and parent.level = gone.level
        and unit.code >= parent.code and unit.code < parent.code
            + case parent.level when 1 then 10000000000 when 2 then 100000000 when 3 then 1000000 else 1000 end
    """,
]

_HEIRLESS = """
    select unit.name, case new.kind when 'merged' then '并入' else '分设' end, lpad(heir_code::text, 12, '0')
    from deciding new cross join unnest(new.successor_codes) as heir_code
        join divisions_division unit on unit.id = new.division_id
    where not exists (
        select from divisions_division heir where heir.code = heir_code and heir.valid_to is null)
    order by unit.code, heir_code limit 50
"""

_SUCCESSORS = """
    select new.division_id, heir.id, new.kind, new."on"
    from deciding new join divisions_division heir on heir.code = any(new.successor_codes) and heir.valid_to is null
    order by new.division_id, heir.code
"""

# What is closed lies where its parent lies now, or where that was merged into: so a quota, the register and the posts of a
# division still find the awards and the history of what closed in it. The codes that it bore are kept in DivisionCode.
_FOLLOW = """
    with recursive follower as (
        select unit.id, unit.code, unit.level, true as is_first
        from deciding new join divisions_division unit on unit.id = new.division_id
        where new.kind = 'moved' and unit.level < 5
        union all
        select new.division_id, heir.code, heir.level, true
        from deciding new join divisions_division heir on heir.code = new.successor_codes[1] and heir.valid_to is null
        where new.kind = 'merged' and heir.level < 5
        union all
        select unit.id, follower.code + unit.code %
            case follower.level when 1 then 10000000000 when 2 then 100000000 when 3 then 1000000 else 1000 end,
            unit.level, false
        from follower join divisions_division unit on unit.parent_id = follower.id
        where unit.valid_to is not null and unit.level > follower.level
    )
    update divisions_division unit set code = follower.code
    from follower where unit.id = follower.id and not follower.is_first and unit.code <> follower.code
"""

# A unit lies in its parent by its code too; whatever this decision touched must still do so, from both sides.
_LOOSE = """
    select unit.name, lpad(unit.code::text, 12, '0'), parent.name
    from divisions_division unit join divisions_division parent on parent.id = unit.parent_id
    where unit.valid_to is null and unit.level > 0
        and (unit.id in (select division_id from deciding) or parent.id in (select division_id from deciding))
        and (parent.valid_to is not null or unit.code < parent.code or unit.code >= parent.code
            + case parent.level when 0 then 1000000000000 when 1 then 10000000000 when 2 then 100000000
                when 3 then 1000000 else 1000 end)
    order by unit.code limit 50
"""
