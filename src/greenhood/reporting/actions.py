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
from greenhood.kit.dates import SHANGHAI, today_in_shanghai
from greenhood.kit.hashing import digest
from greenhood.reporting import chains, periods
from greenhood.reporting.errors import Overtaken, Refused
from greenhood.reporting.events import Event
from greenhood.reporting.models import DOCUMENTS, OWED, Bulletin, Filing, Kind, Obligation, State
from greenhood.reporting.sheets import entry_of, sheet_of
from greenhood.schemes.format import Obligation as Entry
from greenhood.schemes.models import SchemeVersion

LONGEST_REASON = 500
LONGEST_OUTCOME = 2000


# --- plan -------------------------------------------------------------------------------------------------------------


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
    held = _held(obligation.pk)
    _act_for(by, held.reporter)
    _require_owed(held)
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
    grade: str | None = None,
    revision: int,
    by: Actor,
    at: dt.datetime | None = None,
) -> Obligation:
    """Keep a draft as it is; without a grade that one stays. Raises Overtaken when somebody else saved meanwhile, Refused when nothing may be written."""
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
    if grade is not None and grade in ("", *sheet.entry.grades) and held.state == State.OPEN:
        held.grade = grade
    held.revision += 1
    held.edited_at, held.edited_by = at or timezone.now(), by.user
    held.save(update_fields=["texts", "typed", "reasons", "grade", "revision", "edited_at", "edited_by"])
    return held


@transaction.atomic
def draw_up(obligation: Obligation, *, revision: int, by: Actor, at: dt.datetime | None = None) -> Obligation:
    """Fill the empty sections of an evaluation with drafts from today's figures. What is written stays. Raises Refused, Overtaken."""
    held = _held(obligation.pk)
    _act_for(by, held.reporter)
    _require_owed(held)
    if held.revision != revision:
        raise Overtaken
    drafts = sheet_of(held, today=today_in_shanghai(at)).drafts
    if not drafts:
        raise Refused("没有可以拟稿的空白部分；已经写好的不会改动。")
    held.texts = {**held.texts, **drafts}
    held.revision += 1
    held.edited_at, held.edited_by = at or timezone.now(), by.user
    held.save(update_fields=["texts", "revision", "edited_at", "edited_by"])
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
        raise Refused(f"{held.period}从 {held.begins_on} 开始（方案 {entry_of(held).source}），现在还不能报送。")
    sheet = sheet_of(held, today=today)
    problems = sheet.missing() | ({} if signed_by.strip() else {"signed_by": "请填写签发人姓名。"})
    if problems:
        raise Refused(problems)
    frozen, differing = sheet.frozen(), sheet.frozen_differences()
    rests_on = sheet.basis.frozen() if sheet.basis else {}
    filing = Filing.objects.create(
        obligation=held,
        number=held.filings.count() + 1,
        texts=held.texts,
        figures=frozen,
        differences=differing,
        basis=rests_on,
        grade=held.grade,
        as_of=now,
        digest=_digest(held.texts, frozen, differing, rests_on, held.grade),
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


@transaction.atomic
def withdraw(obligation: Obligation, *, reason: str, revision: int, by: Actor, at: dt.datetime | None = None) -> None:
    """Take back what was filed and not yet accepted. The frozen copy stays; until it is filed again it counts as not filed.

    Raises Refused, Overtaken.
    """
    held = _held(obligation.pk)
    _act_for(by, held.reporter)
    _require_filed(held, revision)
    held.state, held.filed_at, held.returned = State.OPEN, None, {}
    held.revision += 1
    held.save(update_fields=["state", "filed_at", "returned", "revision"])
    _tell(Event.WITHDRAWN, held, by, {"reason": reason.strip()[:LONGEST_REASON]}, at)


# --- receive ----------------------------------------------------------------------------------------------------------


@transaction.atomic
def give_back(
    obligation: Obligation, *, reasons: Mapping[str, str], revision: int, by: Actor, at: dt.datetime | None = None
) -> None:
    """Return single sections, each with its reason; the others stay as they were filed. Raises Refused, Overtaken."""
    held = _held(obligation.pk)
    _act_for(by, held.receiver)
    _require_filed(held, revision)
    if held.kind == Kind.APPRAISAL:
        raise Refused("这是上级的考核结论，只能确认收到；有不同意见的请向作出考核的一级反映。")
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
    said = {section.title: given[section.key] for section in sheet.entry.sections if section.key in given}
    _tell(Event.RETURNED, held, by, {"sections": said}, at)


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
    _require_extendable(held)
    if held.revision != revision:
        raise Overtaken
    if to <= held.deadline:
        source = entry_of(held).source
        raise Refused({"to": f"新的期限应晚于现在的期限 {held.deadline}（方案 {source} 规定 {held.due_on}）。"})
    if to < today_in_shanghai(at):
        raise Refused({"to": "新的期限不能早于今天。"})
    if not reason.strip():
        raise Refused({"reason": "请写明延期的理由。"})
    details = {"from": held.deadline, "to": to, "reason": reason.strip()}
    held.deadline, held.extended_reason, held.extended_by = to, reason.strip()[:LONGEST_REASON], by.user
    held.revision += 1
    held.save(update_fields=["deadline", "extended_reason", "extended_by", "revision"])
    _tell(Event.EXTENDED, held, by, details, at)


# --- carry out --------------------------------------------------------------------------------------------------------


@transaction.atomic
def carry_out(
    obligation: Obligation,
    *,
    text: str,
    done_on: dt.date | None = None,
    url: str = "",
    revision: int | None = None,
    by: Actor,
    at: dt.datetime | None = None,
) -> Obligation:
    """Mark a visit or a sample as carried out, on a day (today where none is given), with what came of it.

    For whoever carries it out by hand, and for rooms that know that it was: ``url`` is the address in the system of what was done (an
    inspection). Without a ``revision`` nobody is asked whether somebody else was quicker. Raises Refused, Overtaken.
    """
    held = _held(obligation.pk)
    _act_for(by, held.reporter)
    today = today_in_shanghai(at)
    day = done_on or today
    if problems := _why_not_carried_out(held, day, today, text.strip(), url):
        raise Refused(problems)
    if revision is not None and held.revision != revision:
        raise Overtaken
    held.state, held.filed_at = State.DONE, dt.datetime.combine(day, dt.time(12), SHANGHAI)
    held.outcome, held.outcome_url = text.strip(), url
    held.edited_at, held.edited_by = at or timezone.now(), by.user
    held.revision += 1
    held.save(update_fields=["state", "filed_at", "outcome", "outcome_url", "edited_at", "edited_by", "revision"])
    details = {"done_on": day, "text": held.outcome, "url": url, "late_days": chains.days_late(held, today)}
    _tell(Event.CARRIED_OUT, held, by, details, at)
    return held


def _why_not_carried_out(held: Obligation, day: dt.date, today: dt.date, text: str, url: str) -> dict[str, str]:
    if not held.is_round:
        return {"": f"这是{held.get_kind_display()}，写好后报送，不能只标记为已开展。"}
    if held.state != State.OPEN:
        return {"": f"{held.done_on} 已经登记为开展，不能再登记一次。需要更正的，先撤回原来的登记。"}
    found = {}
    if day > today:
        found["done_on"] = "开展日期不能晚于今天。"
    elif day < held.begins_on:
        source = entry_of(held).source
        found["done_on"] = f"{held.period}从 {held.begins_on} 开始（方案 {source}），开展日期不能更早。"
    if not text:
        found["text"] = "请写明开展情况：考察、抽取了哪些社区，结果怎样。"
    elif len(text) > LONGEST_OUTCOME:
        found["text"] = f"开展情况最多 {LONGEST_OUTCOME} 字，现在有 {len(text)} 字。"
    if url and (not url.startswith("/") or url.startswith("//") or len(url) > LONGEST_REASON):
        found["url"] = "开展记录应是本平台内的网址，以 / 开头。"
    return found


@transaction.atomic
def take_back(obligation: Obligation, *, reason: str, revision: int, by: Actor, at: dt.datetime | None = None) -> None:
    """Open again what was marked as carried out by mistake; history keeps what was said. Raises Refused, Overtaken."""
    held = _held(obligation.pk)
    _act_for(by, held.reporter)
    if held.state != State.DONE:
        raise Refused("还没有登记为已开展，没有可以撤回的。")
    if held.revision != revision:
        raise Overtaken
    if not reason.strip():
        raise Refused({"reason": "请写明撤回的理由。"})
    details = {"done_on": held.done_on, "text": held.outcome, "reason": reason.strip()[:LONGEST_REASON]}
    held.state, held.filed_at, held.outcome, held.outcome_url = State.OPEN, None, "", ""
    held.revision += 1
    held.save(update_fields=["state", "filed_at", "outcome", "outcome_url", "revision"])
    _tell(Event.REOPENED, held, by, details, at)


def note_copy(subject: Obligation | Bulletin, place: Division, *, kind: str, by: Actor, rows: int = 1) -> None:
    """Write down that somebody who may see a filed report or an issued bulletin took a copy: Excel, Word or PDF alike."""
    check(by, Capability.VIEW)
    history.record(Event.EXPORTED, subject, by=by, division_code=place.code, details={"格式": kind, "行数": rows})


def note_export(division: Division, *, rows: int, by: Actor) -> None:
    """Write down that somebody took reports or their figures out of the system, as Excel, Word or PDF."""
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
    if held.is_round:
        raise Refused(f"{held.get_kind_display()}不用报送，开展后登记即可。")
    if held.state not in OWED:
        source = entry_of(held).source
        raise Refused(
            f"“{held.heading}”只报一次（方案 {source}），现在{held.state_label}，不能再改、再报。需要修改的，请上级退回相应部分。"
        )


def _require_extendable(held: Obligation) -> None:
    if held.receiver.level > held.reporter.level:
        source = entry_of(held).source
        raise Refused(f"这是上级对下级开展的，期限由方案规定（{source}），下级不能延长。")
    if held.state not in OWED:
        raise Refused(f"这一项{held.get_state_display()}，不必再延长。")


def _require_filed(held: Obligation, revision: int) -> None:
    if held.state != State.FILED:
        raise Refused(f"这份报告{held.get_state_display()}，现在没有要办的事。请刷新页面。")
    if held.revision != revision:
        raise Overtaken


def _digest(
    texts: Mapping[str, str],
    figures: list[dict[str, Any]],
    differences: list[dict[str, Any]],
    basis: dict[str, Any],
    grade: str,
) -> str:
    """Over all that is frozen; what only evaluations have is left out of the others."""
    content: dict[str, object] = {"texts": texts, "figures": figures, "differences": differences}
    if basis:
        content |= {"basis": basis, "grade": grade}
    return digest(json.dumps(content, ensure_ascii=False, sort_keys=True).encode())


def _tell(event: Event, held: Obligation, by: Actor, details: Mapping[str, object], at: dt.datetime | None) -> None:
    history.record(event, held, by=by, division_code=held.reporter.code, details=details, at=at)
