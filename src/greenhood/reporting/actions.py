"""What people do with reports: plan a year, write, file, return single sections, accept, extend a day."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

import polars as pl
from django.db import connection, transaction
from django.utils import timezone

from greenhood.accounts.access import NotAllowed, check
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.declarations.procedure import LEVELS
from greenhood.divisions import queries as divisions
from greenhood.divisions.models import Division, Level, code_at, span
from greenhood.history import actions as history
from greenhood.insight.queries import lower_divisions
from greenhood.kit import bulk
from greenhood.kit.dates import today_in_shanghai
from greenhood.kit.hashing import digest
from greenhood.reporting import chains, periods
from greenhood.reporting.errors import Overtaken, Refused
from greenhood.reporting.events import Event
from greenhood.reporting.models import OWED, Filing, Obligation, State
from greenhood.reporting.sheets import sheet_of
from greenhood.schemes.models import SchemeVersion

LONGEST_REASON = 500


# --- plan -------------------------------------------------------------------------------------------------------------


@transaction.atomic
def plan(version: SchemeVersion, year: int, *, by: Actor, at: dt.datetime | None = None) -> int:
    """Make the obligations of a year from the calendar of a scheme; how many are new.

    Every division of the reporter's level within the jurisdiction owes every document that falls due in the year; lower
    jurisdictions with a calendar of their own still owe what the higher one asks. Run again, it adds what is missing.
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
    "reporter_id": pl.Int64, "receiver_id": pl.Int64, "entry": pl.String, "title": pl.String, "period": pl.String,
    "begins_on": pl.Date, "ends_on": pl.Date, "due_on": pl.Date, "deadline": pl.Date, "version_id": pl.String, "scheme_id": pl.String,
    "year": pl.Int64,
}  # fmt: skip


_AS_RECEIVER = {"reporter_id": "receiver_id", "code": "receiver_code"}


def _no_rows() -> pl.DataFrame:
    return pl.DataFrame(schema=_COLUMNS)


def _rows(
    version: SchemeVersion, period: periods.Period, year: int, places: Mapping[Level, pl.DataFrame]
) -> pl.DataFrame:
    """One period's obligations: a row per reporter that has a receiver above it."""
    entry = period.entry
    if LEVELS[entry.reporter] < version.jurisdiction.level:
        return _no_rows()  # nobody owes a lower government a report
    _, width = span(0, LEVELS[entry.receiver])
    reporters, receivers = places[LEVELS[entry.reporter]], places[LEVELS[entry.receiver]].rename(_AS_RECEIVER)
    return (
        reporters.with_columns((pl.col("code") // width * width).alias("receiver_code"))
        .join(receivers, on="receiver_code")
        .with_columns(
            pl.lit(entry.key).alias("entry"),
            pl.lit(entry.title).alias("title"),
            pl.lit(period.label).alias("period"),
            pl.lit(period.begins_on).alias("begins_on"),
            pl.lit(period.ends_on).alias("ends_on"),
            pl.lit(period.due_on).alias("due_on"),
            pl.lit(period.due_on).alias("deadline"),
            pl.lit(version.pk.hex).alias("version_id"),
            pl.lit(version.scheme_id).alias("scheme_id"),
            pl.lit(year, pl.Int64).alias("year"),
        )
        .select(*_COLUMNS)
    )


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
        columns = ", ".join([*names, "state", "extended_reason", "texts", "typed", "returned", "reasons", "revision"])
        cursor.execute(
            f"""insert into reporting_obligation ({columns}) select {columns} from planned
                on conflict (scheme_id, entry, period, reporter_id) do nothing"""
        )
        return int(cursor.rowcount)


@transaction.atomic
def hand_down(obligation: Obligation, *, due_on: dt.date, by: Actor, at: dt.datetime | None = None) -> int:
    """Ask everybody directly below for the same report by an earlier day; how many.

    For a report whose scheme names nobody below: the upper day plans the lower ones, which may hand down in turn. Raises Refused.
    """
    held = _held(obligation.pk)
    _act_for(by, held.reporter)
    _require_owed(held)
    if not today_in_shanghai(at) <= due_on < held.deadline:
        raise Refused({"due_on": f"下级的期限应在今天到 {held.deadline} 的前一天之间，好留出汇总的时间。"})
    if chains.below(held):
        raise Refused("下级已有同期的报送任务，不必再布置。")
    lower = _asked(held)
    if not lower:
        raise Refused(f"{held.reporter.name}没有可以布置的下级。")
    kept = ("version_id", "scheme_id", "entry", "title", "year", "period", "begins_on", "ends_on")
    same = {name: getattr(held, name) for name in kept}
    Obligation.objects.bulk_create(
        [Obligation(**same, reporter=each, receiver=held.reporter, due_on=due_on, deadline=due_on) for each in lower]
    )
    _tell(Event.HANDED_DOWN, held, by, {"due_on": due_on, "obligations": len(lower)}, at)
    return len(lower)


def _asked(held: Obligation) -> list[Division]:
    """Who may be asked for a part of a report; of communities only the programme's subjects."""
    if held.reporter.level == Level.STREET:
        return list(divisions.subjects(held.version.scheme.subjects, held.reporter).order_by("code"))
    return lower_divisions(held.reporter)


# --- write and file ---------------------------------------------------------------------------------------------------


@transaction.atomic
def save(
    obligation: Obligation,
    *,
    texts: Mapping[str, str],
    typed: Mapping[str, str],
    reasons: Mapping[str, str] | None = None,
    revision: int,
    by: Actor,
    at: dt.datetime | None = None,
) -> Obligation:
    """Keep a draft as it is. Raises Overtaken when somebody else saved meanwhile, Refused when nothing may be written."""
    held = _held(obligation.pk)
    _act_for(by, held.reporter)
    _require_owed(held)
    if held.revision != revision:
        raise Overtaken
    sheet = sheet_of(held)
    if found := sheet.problems(texts, typed, reasons or {}):
        raise Refused(found)
    kept = {key: text.strip().replace("\r\n", "\n") for key, text in texts.items() if key in sheet.open_sections}
    held.texts = {**held.texts, **kept}
    held.typed = {**held.typed, **{key: value.strip() for key, value in typed.items() if key in sheet.typed_keys}}
    known = {value.key for value in sheet.values}
    held.reasons = {**held.reasons, **{key: reason.strip() for key, reason in (reasons or {}).items() if key in known}}
    held.revision += 1
    held.edited_at, held.edited_by = at or timezone.now(), by.user
    held.save(update_fields=["texts", "typed", "reasons", "revision", "edited_at", "edited_by"])
    return held


@transaction.atomic
def file(obligation: Obligation, *, signed_by: str, revision: int, by: Actor, at: dt.datetime | None = None) -> Filing:
    """Sign off and file: a frozen copy with today's figures. Late is allowed, and said.

    Raises Refused where a section, a figure or the reason for one that doesn't add up is missing, the period has not begun, or it is filed already; Overtaken.
    """
    held = _held(obligation.pk)
    _act_for(by, held.reporter)
    now = at or timezone.now()
    today = today_in_shanghai(now)
    _require_owed(held)
    if held.revision != revision:
        raise Overtaken
    if today < held.begins_on:
        raise Refused(f"{held.period}从 {held.begins_on} 开始，现在还不能报送。")
    sheet = sheet_of(held)
    problems = sheet.missing() | ({} if signed_by.strip() else {"signed_by": "请填写签发人姓名。"})
    if problems:
        raise Refused(problems)
    frozen, differing = sheet.frozen(), sheet.frozen_differences()
    filing = Filing.objects.create(
        obligation=held,
        number=held.filings.count() + 1,
        texts=held.texts,
        figures=frozen,
        differences=differing,
        as_of=now,
        digest=_digest(held.texts, frozen, differing),
        # What came in time stays so when a part of it comes back.
        late_days=chains.days_late(held, today),
        signed_by=signed_by.strip()[:60],
        filed_at=now,
        filed_by=by.user,
        filed_post=by.post,
    )
    held.state, held.returned = State.FILED, {}
    held.filed_at = held.filed_at or now
    held.revision += 1
    held.save(update_fields=["state", "returned", "filed_at", "revision"])
    details = {"number": filing.number, "digest": filing.digest, "late_days": filing.late_days, "signed_by": signed_by}
    _tell(Event.FILED, held, by, details, at)
    return filing


# --- receive ----------------------------------------------------------------------------------------------------------


@transaction.atomic
def give_back(
    obligation: Obligation, *, reasons: Mapping[str, str], revision: int, by: Actor, at: dt.datetime | None = None
) -> None:
    """Return single sections, each with its reason; the others stay as they were filed. Raises Refused, Overtaken."""
    held = _held(obligation.pk)
    _act_for(by, held.receiver)
    _require_filed(held, revision)
    sheet = sheet_of(held)
    given = {key: reason.strip() for key, reason in reasons.items() if reason.strip()}
    if not given:
        raise Refused("请选择要退回的部分，并写明理由。")
    if unknown := given.keys() - sheet.section_keys:
        raise Refused(f"报告没有“{'、'.join(sorted(unknown))}”这一部分。")
    if long := next((key for key, reason in given.items() if len(reason) > LONGEST_REASON), None):
        raise Refused({f"return-{long}": f"退回理由最多 {LONGEST_REASON} 字。"})
    held.state, held.returned = State.RETURNED, given
    held.revision += 1
    held.save(update_fields=["state", "returned", "revision"])
    _tell(Event.RETURNED, held, by, {"sections": given}, at)


@transaction.atomic
def accept(obligation: Obligation, *, revision: int, by: Actor, at: dt.datetime | None = None) -> None:
    """Take a report as complete. Raises Refused, Overtaken."""
    held = _held(obligation.pk)
    _act_for(by, held.receiver)
    _require_filed(held, revision)
    held.state, held.accepted_at, held.accepted_by = State.ACCEPTED, at or timezone.now(), by.user
    held.revision += 1
    held.save(update_fields=["state", "accepted_at", "accepted_by", "revision"])
    _tell(Event.ACCEPTED, held, by, {}, at)


@transaction.atomic
def extend(
    obligation: Obligation, *, to: dt.date, reason: str, revision: int, by: Actor, at: dt.datetime | None = None
) -> None:
    """Give one division a later day, with a reason. Raises Refused, Overtaken."""
    held = _held(obligation.pk)
    _act_for(by, held.receiver)
    _require_owed(held)
    if held.revision != revision:
        raise Overtaken
    if to <= held.deadline:
        raise Refused({"to": f"新的期限应晚于现在的期限 {held.deadline}。"})
    if to < today_in_shanghai(at):
        raise Refused({"to": "新的期限不能早于今天。"})
    if not reason.strip():
        raise Refused({"reason": "请写明延期的理由。"})
    details = {"from": held.deadline, "to": to, "reason": reason.strip()}
    held.deadline, held.extended_reason, held.extended_by = to, reason.strip()[:LONGEST_REASON], by.user
    held.revision += 1
    held.save(update_fields=["deadline", "extended_reason", "extended_by", "revision"])
    _tell(Event.EXTENDED, held, by, details, at)


def note_export(division: Division, *, rows: int, by: Actor) -> None:
    """Write down that somebody took the figures of completeness out of the system."""
    check(by, Capability.EXPORT, division)
    history.record(Event.EXPORTED, division, by=by, division_code=division.code, details={"行数": rows})


# --- shared -----------------------------------------------------------------------------------------------------------


def _act_for(by: Actor, division: Division) -> None:
    """Who reports or receives is the division itself: a higher post sees its reports and doesn't write them."""
    check(by, Capability.REPORT, division)
    if by.post is not None and by.post.division_id != division.pk:
        raise NotAllowed(f"这一步由{division.name}自己办理。")


def _held(pk: UUID) -> Obligation:
    return (
        Obligation.objects.select_for_update(of=("self",))
        .select_related("reporter", "receiver", "version__jurisdiction")
        .get(pk=pk)
    )


def _require_owed(held: Obligation) -> None:
    if held.state not in OWED:
        raise Refused(f"这份报告{held.get_state_display()}，不能再改。需要修改的，请上级退回相应部分。")


def _require_filed(held: Obligation, revision: int) -> None:
    if held.state != State.FILED:
        raise Refused(f"这份报告{held.get_state_display()}，现在没有要办的事。请刷新页面。")
    if held.revision != revision:
        raise Overtaken


def _digest(texts: Mapping[str, str], figures: list[dict[str, Any]], differences: list[dict[str, Any]]) -> str:
    content = json.dumps(
        {"texts": texts, "figures": figures, "differences": differences}, ensure_ascii=False, sort_keys=True
    )
    return digest(content.encode())


def _tell(event: Event, held: Obligation, by: Actor, details: Mapping[str, object], at: dt.datetime | None) -> None:
    history.record(event, held, by=by, division_code=held.reporter.code, details=details, at=at)
