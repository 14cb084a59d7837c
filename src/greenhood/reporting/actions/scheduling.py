"""Making obligations: of a scheme's calendar for a year, and of one report for everybody below."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping

import polars as pl
from django.db import connection, transaction

from greenhood.accounts.access import check
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.declarations.procedure import LEVELS
from greenhood.divisions import queries as divisions
from greenhood.divisions.models import Division, Level, code_at, span
from greenhood.history import actions as history
from greenhood.insight.queries import lower_divisions
from greenhood.kit import bulk
from greenhood.kit.dates import today_in_shanghai
from greenhood.reporting import chains, periods
from greenhood.reporting.actions.holding import act_for, held_of, require_owed, tell
from greenhood.reporting.errors import Refused
from greenhood.reporting.events import Event
from greenhood.reporting.models import DOCUMENTS, Kind, Obligation
from greenhood.reporting.sheets import entry_of
from greenhood.schemes.format import Obligation as Entry
from greenhood.schemes.models import SchemeVersion


@transaction.atomic
def plan(version: SchemeVersion, year: int, *, by: Actor, at: dt.datetime | None = None) -> int:
    """Make the obligations of a year from the calendar of a scheme; how many are new.

    Every division of the reporter's level within the jurisdiction owes every document that falls due in the year; lower
    jurisdictions with a calendar of their own still owe what the higher one asks. Visits and samples are owed by who carries
    them out, appraisals for each division that is appraised. Run again, it adds what is missing.
    """
    check(by, Capability.PUBLISH_SCHEME, version.jurisdiction)
    due = periods.in_year(version.scheme, year)
    places = _places(version, due)
    rows = pl.concat([*(_rows(version, period, year, places) for period in due), _no_rows()])
    added = _insert(rows)
    if added:
        history.record(
            Event.PLANNED,
            version,
            by=by,
            division_code=version.jurisdiction.code,
            details={"year": year, "obligations": added},
            at=at,
        )
    return added


_COLUMNS = {
    "reporter_id": pl.Int64, "receiver_id": pl.Int64, "entry": pl.String, "title": pl.String, "kind": pl.String, "period": pl.String,
    "begins_on": pl.Date, "ends_on": pl.Date, "from_on": pl.Date, "due_on": pl.Date, "deadline": pl.Date, "version_id": pl.String, "scheme_id": pl.String,
    "year": pl.Int64,
}  # fmt: skip


_AS_RECEIVER = {"reporter_id": "receiver_id", "code": "receiver_code"}
_AT = ["reporter_id", "receiver_id"]


def _no_rows() -> pl.DataFrame:
    return pl.DataFrame(schema=_COLUMNS)


def _rows(
    version: SchemeVersion, period: periods.Period, year: int, places: Mapping[Level, pl.DataFrame]
) -> pl.DataFrame:
    """One period's obligations: a row per reporter and receiver of which one lies in the other."""
    entry, kind = period.entry, kind_of(period.entry)
    if kind in DOCUMENTS and LEVELS[entry.reporter] < version.jurisdiction.level:
        return _no_rows()  # nobody owes a lower government a report
    return (
        _pairs(places[LEVELS[entry.reporter]], places[LEVELS[entry.receiver]].rename(_AS_RECEIVER), entry)
        .select(_AT)
        .with_columns(
            pl.lit(entry.key).alias("entry"),
            pl.lit(entry.title).alias("title"),
            pl.lit(kind.value).alias("kind"),
            pl.lit(period.label).alias("period"),
            pl.lit(period.begins_on).alias("begins_on"),
            pl.lit(period.ends_on).alias("ends_on"),
            pl.lit(period.from_on, pl.Date).alias("from_on"),
            pl.lit(period.due_on).alias("due_on"),
            pl.lit(period.due_on).alias("deadline"),
            pl.lit(version.pk.hex).alias("version_id"),
            pl.lit(version.scheme_id).alias("scheme_id"),
            pl.lit(year, pl.Int64).alias("year"),
        )
        .select(*_COLUMNS)
    )


def _pairs(reporters: pl.DataFrame, receivers: pl.DataFrame, entry: Entry) -> pl.DataFrame:
    """Who has to do with whom: the lower one's code cut to the upper one's level."""
    if LEVELS[entry.reporter] >= LEVELS[entry.receiver]:
        _, width = span(0, LEVELS[entry.receiver])
        cut = reporters.with_columns((pl.col("code") // width * width).alias("receiver_code"))
        return cut.join(receivers, on="receiver_code")
    _, width = span(0, LEVELS[entry.reporter])
    cut = receivers.with_columns((pl.col("receiver_code") // width * width).alias("code"))
    return cut.join(reporters, on="code")


def kind_of(entry: Entry) -> Kind:
    """What an entry of a calendar makes: an evaluation of a lower division is an appraisal."""
    is_downward = LEVELS[entry.receiver] > LEVELS[entry.reporter]
    return Kind.APPRAISAL if entry.kind == "evaluation" and is_downward else Kind(entry.kind)


def _places(version: SchemeVersion, due: Iterable[periods.Period]) -> dict[Level, pl.DataFrame]:
    """Of every level that reports or receives, the divisions that have to do with the jurisdiction: id and code."""
    levels = {LEVELS[level] for period in due for level in (period.entry.reporter, period.entry.receiver)}
    return {level: _at(version, level) for level in levels}


def _at(version: SchemeVersion, level: Level) -> pl.DataFrame:
    """Those within the jurisdiction, or the one that it lies in. Of communities only the programme's subjects."""
    jurisdiction = version.jurisdiction
    low, high = jurisdiction.span
    if level == Level.COMMUNITY:
        found = divisions.subjects(version.scheme.subjects, jurisdiction)
    elif level < jurisdiction.level:
        found = divisions.current().filter(level=level, code=code_at(jurisdiction.code, level))
    else:
        found = divisions.current().filter(level=level, code__gte=low, code__lt=high)
    # Rows that the code needs and nobody speaks of (市辖区 of a municipality) report nothing.
    spoken_of = found.exclude(level=Level.CITY, name__in=["市辖区", "县"]).exclude(name__contains="直辖县级")
    rows = list(spoken_of.order_by().values_list("id", "code"))
    return pl.DataFrame(rows, schema={"reporter_id": pl.Int64, "code": pl.Int64}, orient="row")


def _insert(rows: pl.DataFrame) -> int:
    """Add the rows that aren't there yet; how many."""
    if not rows.height:
        return 0
    with connection.cursor() as cursor:
        cursor.execute("drop table if exists pg_temp.planned")
        cursor.execute("create temporary table planned (like reporting_obligation including defaults) on commit drop")
        names = [*rows.columns, "id"]
        bulk.copy_in(Obligation, rows.with_columns(bulk.keys(rows.height).alias("id")), table="planned")
        columns = ", ".join(
            [
                *names,
                "state",
                "extended_reason",
                "texts",
                "typed",
                "returned",
                "reasons",
                "revision",
                "grade",
                "outcome",
                "outcome_url",
            ]
        )
        cursor.execute(
            f"""insert into reporting_obligation ({columns}) select {columns} from planned
                on conflict (scheme_id, entry, period, reporter_id, receiver_id) do nothing"""
        )
        return int(cursor.rowcount)


@transaction.atomic
def hand_down(obligation: Obligation, *, due_on: dt.date, by: Actor, at: dt.datetime | None = None) -> int:
    """Ask everybody directly below for the same report by an earlier day; how many.

    For a report whose scheme names nobody below: the upper day plans the lower ones, which may hand down in turn. Raises Refused.
    """
    held = held_of(obligation.pk)
    act_for(by, held.reporter)
    require_owed(held)
    if not today_in_shanghai(at) <= due_on < held.deadline:
        source = entry_of(held).source
        reason = f"下级的期限应在今天到 {held.deadline}（方案 {source}）的前一天之间，好留出汇总的时间。"
        raise Refused({"due_on": reason})
    if held.kind not in DOCUMENTS:
        raise Refused(f"{held.get_kind_display()}由{held.reporter.name}自己开展，不能布置给下级。")
    if chains.below(held):
        raise Refused("下级已有同期的报送任务，不必再布置。")
    lower = _asked(held)
    if not lower:
        raise Refused(f"{held.reporter.name}没有可以布置的下级。")
    kept = ("version_id", "scheme_id", "entry", "title", "kind", "year", "period", "begins_on", "ends_on")
    same = {name: getattr(held, name) for name in kept}
    Obligation.objects.bulk_create(
        [Obligation(**same, reporter=each, receiver=held.reporter, due_on=due_on, deadline=due_on) for each in lower]
    )
    tell(Event.HANDED_DOWN, held, by, {"due_on": due_on, "obligations": len(lower)}, at)
    return len(lower)


def _asked(held: Obligation) -> list[Division]:
    """Who may be asked for a part of a report; of communities only the programme's subjects."""
    if held.reporter.level == Level.STREET:
        return list(divisions.subjects(held.version.scheme.subjects, held.reporter).order_by("code"))
    return lower_divisions(held.reporter)
