"""What people do with plans: start one, write it section by section, file it upward, receive it, put it in force as a scheme."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from greenhood.accounts.access import NotAllowed, check
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.divisions import queries as divisions
from greenhood.divisions.models import Division, Level
from greenhood.history import actions as history
from greenhood.kit.dates import today_in_shanghai
from greenhood.kit.hashing import digest
from greenhood.planning import drafting, matching, queries, sections, standards
from greenhood.planning.errors import Overtaken, Refused
from greenhood.planning.events import Event
from greenhood.planning.models import Plan, Submission
from greenhood.reporting import actions as reporting
from greenhood.reporting import errors as reporting_errors
from greenhood.reporting.models import Filing, Obligation, State
from greenhood.reporting.sheets import sheet_of
from greenhood.schemes import actions as schemes
from greenhood.schemes import loading
from greenhood.schemes.models import SchemeVersion
from greenhood.schemes.problems import Refused as SchemeRefused
from greenhood.schemes.queries import newest_of

LONGEST_REASON = 500
LEAST_REASON = 4
FIRST_YEAR = sections.FIRST_YEAR
SITTING = dt.timedelta(minutes=30)
SECTION_TITLES = {**{key: one.title for key, one in sections.BY_KEY.items()}, "reasons": "放宽的理由"}


# --- write -----------------------------------------------------------------------------------------------------------


@transaction.atomic
def start(
    division: Division, *, year: int, by: Actor, at: dt.datetime | None = None, is_demonstration: bool = False
) -> Plan:
    """Begin a plan of a year: from the division's last plan or scheme where it has one, otherwise from the higher scheme in force.

    Raises Refused where there is no higher scheme, or a plan is in work already.
    """
    _act_for(by, division)
    if not FIRST_YEAR <= year <= today_in_shanghai(at).year + 1:
        raise Refused({"year": f"年度应在 {FIRST_YEAR} 到 {today_in_shanghai(at).year + 1} 之间。"})
    higher = queries.higher_for(division)
    if higher is None:
        raise Refused("上级还没有发布方案，没有可以落实的依据。请先由上级发布方案。")
    last = queries.last_published(division)
    own = queries.own_scheme(division)
    content = (
        _carried_on(last, year)
        if last is not None and own is not None and last.version_id == own.pk
        else drafting.first_content(division, higher, own, year=year)
    )
    obligation = queries.owed_plan(division, year)
    plan = Plan(
        division=division,
        year=year,
        title=content["head"]["title"],
        scheme_id=own.scheme_id if own else f"plan-{division.code}",
        higher=higher,
        based_on=own,
        content=content,
        obligation=obligation,
        own_state=None if obligation else State.OPEN,
        created_by=by.user,
        is_demonstration=is_demonstration,
    )
    try:
        with transaction.atomic():
            plan.save(force_insert=True)
    except IntegrityError as clash:
        if "plan_one" not in str(clash):
            raise
        raise Refused("已有一份正在编制或报送的方案，请先办完或放弃那一份。") from None
    _tell(Event.STARTED, plan, by, {"年度": year, "上级方案": str(higher), "报送任务": str(obligation or "无")}, at)
    return plan


def _carried_on(last: Plan, year: int) -> dict[str, Any]:
    """Next year's plan begins with the last one's words; its own time and number are new."""
    head = {**last.content["head"], "number": "", "issued": "", "begins": f"{year}-01-01", "ends": f"{year}-12-31"}
    head["title"] = head["title"].replace(f"{last.year}年", f"{year}年")
    return {**last.content, "head": head}


@transaction.atomic
def save_section(
    plan: Plan, key: str, rows: list[sections.Row], *, revision: int, by: Actor, at: dt.datetime | None = None
) -> Plan:
    """Keep one section as it is typed. Raises Refused with a sentence by field, Overtaken."""
    held = _open(plan, revision, by, key)
    section = sections.BY_KEY[key]
    higher = held.higher.scheme
    fields = sections.section_fields(section, higher, drafting.level_of(held.division))
    rows = _with_keys(section, rows)
    if found := sections.problems_of(section, rows, fields, higher):
        raise Refused(found)
    if section is sections.PROJECTS:
        rows = matching.with_codes(rows, held.division)
    held.content = {**held.content, key: rows[0] if section.is_single and rows else rows}
    if section is sections.HEAD:
        held.title = rows[0]["title"]
        begins = sections.day(rows[0]["begins"])
        held.year = begins.year if begins else held.year
    return _save(held, by, key, at)


def _with_keys(section: sections.Section, rows: list[sections.Row]) -> list[sections.Row]:
    """Rows that other versions are compared by keep the key that they were first given."""
    if section.key not in ("goals", "calendar"):
        return rows
    taken = {row["key"] for row in rows if row.get("key")}
    found, following = [], 1
    for row in rows:
        if not row.get("key"):
            while f"{section.key}-{following}" in taken:
                following += 1
            row = {**row, "key": f"{section.key}-{following}"}
            taken.add(row["key"])
        found.append(row)
    return found


@transaction.atomic
def save_standard(
    plan: Plan, given: dict[str, Any], *, revision: int, by: Actor, at: dt.datetime | None = None
) -> Plan:
    """Keep what the plan does to the standard, with the reasons for lines left out. Raises Refused, Overtaken."""
    held = _open(plan, revision, by, "standard")
    if found := standards.problems_of(held, given):
        raise Refused(found)
    given = standards.numbered(held, given)
    reasons = {**held.content.get("reasons", {}), **given.pop("reasons")}
    held.content = {**held.content, "standard": given, "reasons": {key: text for key, text in reasons.items() if text}}
    return _save(held, by, "standard", at)


@transaction.atomic
def save_settings(
    plan: Plan, chosen: Mapping[str, str], *, revision: int, by: Actor, at: dt.datetime | None = None
) -> Plan:
    """Keep the values chosen for open settings; those left empty stay as the higher scheme has them. Raises Refused, Overtaken."""
    held = _open(plan, revision, by, "settings")
    given = {key: text.strip() for key, text in chosen.items() if text.strip()}
    settings = {one.key: one for one in queries.open_settings(held)}
    found = {
        f"setting-{key}": f"{problem.rstrip('。')}（{settings[key].source}）。" if key in settings else problem
        for key, text in given.items()
        for problem in loading.chosen_problems(list(settings.values()), {key: text})
    }
    if found:
        raise Refused(found)
    held.content = {**held.content, "settings": given}
    return _save(held, by, "settings", at)


@transaction.atomic
def save_reasons(
    plan: Plan, reasons: Mapping[str, str], *, revision: int, by: Actor, at: dt.datetime | None = None
) -> Plan:
    """Keep the reasons for what the plan loosens. Raises Refused, Overtaken."""
    held = _open(plan, revision, by)
    given = {key: text.strip() for key, text in reasons.items()}
    if strange := given.keys() - {one.key for one in queries.looked_at(held).loosened}:
        raise Refused(f"方案没有放宽“{'、'.join(sorted(strange))}”，不需要理由。请刷新页面，按现在的对照填写。")
    found = {
        f"reason-{key}": f"理由写 {LEAST_REASON} 到 {LONGEST_REASON} 字。"
        for key, text in given.items()
        if text and not LEAST_REASON <= len(text) <= LONGEST_REASON
    }
    if found:
        raise Refused(found)
    merged = {**held.content.get("reasons", {}), **given}
    held.content = {**held.content, "reasons": {key: text for key, text in merged.items() if text}}
    return _save(held, by, "reasons", at)


@transaction.atomic
def follow_newest(plan: Plan, *, revision: int, by: Actor, at: dt.datetime | None = None) -> Plan:
    """Check the plan against the newest version of the higher scheme from now on. Raises Refused, Overtaken."""
    held = _open(plan, revision, by)
    newest = newest_of(held.higher.scheme_id)
    if newest is None or newest.pk == held.higher_id:
        raise Refused("上级方案没有更新的版本。")
    before, held.higher = held.higher, newest
    held.revision += 1
    held.save(update_fields=["higher", "revision"])
    _tell(Event.REBASED, held, by, {"原": str(before), "现": str(newest)}, at)
    return held


@transaction.atomic
def discard(plan: Plan, *, revision: int, by: Actor, at: dt.datetime | None = None) -> None:
    """Put a draft away that nobody above has. It can be taken up again. Raises Refused, Overtaken."""
    held = _held(plan.pk)
    _act_for(by, held.division)
    if not held.is_open or held.filed_at or (held.obligation and held.obligation.filed_at):
        raise Refused("已经报送过的方案不能放弃。")
    if held.revision != revision:
        raise Overtaken
    held.discarded_at = at or timezone.now()
    held.revision += 1
    held.save(update_fields=["discarded_at", "revision"])
    _tell(Event.DISCARDED, held, by, {}, at)


@transaction.atomic
def restore(plan: Plan, *, by: Actor, at: dt.datetime | None = None) -> None:
    """Take up a draft again that was put away. Raises Refused where another is in work."""
    held = _held(plan.pk)
    _act_for(by, held.division)
    if held.discarded_at is None:
        raise Refused("这份方案没有被放弃。")
    others = Plan.objects.filter(discarded_at=None)
    if others.filter(division=held.division, published_at=None).exists():
        raise Refused("已有另一份正在编制的方案，不能同时恢复这一份。")
    if held.obligation_id and others.filter(obligation=held.obligation_id).exists():
        raise Refused("上级要求的这一份已由另一份方案报送，不能恢复；请按现行方案编制新版。")
    held.discarded_at = None
    held.revision += 1
    held.save(update_fields=["discarded_at", "revision"])
    _tell(Event.RESTORED, held, by, {}, at)


# --- file ------------------------------------------------------------------------------------------------------------


@transaction.atomic
def submit(plan: Plan, *, signed_by: str, revision: int, by: Actor, at: dt.datetime | None = None) -> Submission:
    """Sign off and file a plan upward: a frozen copy with how it stands to the higher scheme. Late is allowed, and said.

    With the obligation of the higher scheme's calendar where there is one, otherwise to the division above. Raises Refused where
    something is missing, wrong, or loosened without a reason; Overtaken.
    """
    held = _open(plan, revision, by)
    now = at or timezone.now()
    _link(held)
    looked = queries.looked_at(held)
    if problems := looked.in_the_way | ({} if signed_by.strip() else {"signed_by": "请填写签发人姓名。"}):
        raise Refused(problems)
    draft = looked.draft
    filing = None
    if held.obligation is not None:
        filing = _file(looked, held.obligation, signed_by, by, at)
    else:
        held.receiver = receiver_of(held.division)
        if held.receiver is None:
            raise Refused("没有可以报送的上级。")
        held.own_state, held.returned = State.FILED, {}
        held.filed_at = held.filed_at or now
    submission = Submission.objects.create(
        plan=held,
        number=held.submissions.count() + 1,
        higher=held.higher,
        text=draft.text,
        chosen=draft.chosen,
        comparison=[asdict(one) for one in looked.comparisons],
        digest=_digest(draft.text, draft.chosen),
        filing=filing,
        late_days=filing.late_days if filing else 0,
        signed_by=signed_by.strip()[:60],
        filed_at=now,
        filed_by=by.user,
        filed_post=by.post,
    )
    held.filed_at = held.filed_at or now
    held.revision += 1
    held.save()
    _tell(Event.FILED, held, by, {"第几次": submission.number, "签发人": signed_by, "校验值": submission.digest}, at)
    return submission


def _file(looked: queries.Looked, obligation: Obligation, signed_by: str, by: Actor, at: dt.datetime | None) -> Filing:
    """File the obligation with the plan's sections as its texts, how it stands to the higher scheme at the end."""
    held, sheet = looked.plan, sheet_of(obligation)
    texts = {key: text for key, text in queries.texts_for(held, sheet.sections).items() if key in sheet.open_sections}
    if texts:
        last = list(texts)[-1]
        texts[last] = queries.closed_with(texts[last], queries.told(looked))
    try:
        written = reporting.save(obligation, texts=texts, typed={}, revision=obligation.revision, by=by, at=at)
        filing = reporting.file(written, signed_by=signed_by, revision=written.revision, by=by, at=at)
    except reporting_errors.Refused as refused:
        raise Refused(refused.problems) from None
    except reporting_errors.Overtaken:
        raise Overtaken from None
    held.obligation = Obligation.objects.get(pk=obligation.pk)
    return filing


def _link(held: Plan) -> None:
    """Join a plan to the obligation that was planned after it was begun."""
    if (
        held.obligation is None
        and held.own_state == State.OPEN
        and (owed := queries.owed_plan(held.division, held.year))
    ):
        held.obligation, held.own_state = owed, None


@transaction.atomic
def withdraw(plan: Plan, *, reason: str, revision: int, by: Actor, at: dt.datetime | None = None) -> None:
    """Take back what was filed and not yet accepted, to go on writing. The frozen copy stays. Raises Refused, Overtaken."""
    held = _held(plan.pk)
    _act_for(by, held.division)
    if held.state != State.FILED:
        raise Refused(f"方案{held.state_title}，不能撤回。")
    if held.revision != revision:
        raise Overtaken
    if len(reason.strip()) < LEAST_REASON:
        raise Refused({"reason": "请写明撤回的理由。"})
    if held.obligation is not None:
        _through_reporting(
            lambda row: reporting.withdraw(row, reason=reason, revision=row.revision, by=by, at=at), held
        )
    else:
        held.own_state, held.filed_at = State.OPEN, None
    held.revision += 1
    held.save(update_fields=["own_state", "filed_at", "revision"])
    _tell(Event.WITHDRAWN, held, by, {"理由": reason.strip()}, at)


# --- receive ---------------------------------------------------------------------------------------------------------


@transaction.atomic
def give_back(
    plan: Plan, *, reasons: Mapping[str, str], revision: int, by: Actor, at: dt.datetime | None = None
) -> None:
    """Return single sections, each with its reason; the others stay as they were filed. Raises Refused, Overtaken.

    Where the calendar asks for the plan, ``reasons`` goes by the sections of its entry, otherwise by the plan's own.
    """
    held = _filed(plan, revision)
    given = {key: text.strip()[:LONGEST_REASON] for key, text in reasons.items() if text.strip()}
    if held.obligation is not None:
        _through_reporting(
            lambda row: reporting.give_back(row, reasons=given, revision=row.revision, by=by, at=at), held
        )
    else:
        _receive_for(by, held)
        if not given:
            raise Refused("请选择要退回的部分，并写明理由。")
        if unknown := given.keys() - sections.BY_KEY.keys():
            raise Refused(f"方案没有“{'、'.join(sorted(unknown))}”这一部分。")
        held.own_state, held.returned = State.RETURNED, given
    held.revision += 1
    held.save(update_fields=["own_state", "returned", "revision"])
    _tell(
        Event.RETURNED,
        held,
        by,
        {"退回": "；".join(f"{_asked_title(held, key)}：{text}" for key, text in given.items())},
        at,
    )


@transaction.atomic
def accept(plan: Plan, *, revision: int, by: Actor, at: dt.datetime | None = None) -> None:
    """Take a plan on file (备案). Raises Refused, Overtaken."""
    held = _filed(plan, revision)
    if held.obligation is not None:
        _through_reporting(lambda row: reporting.accept(row, revision=row.revision, by=by, at=at), held)
    else:
        _receive_for(by, held)
        held.own_state = State.ACCEPTED
    held.decided_at, held.decided_by = at or timezone.now(), by.user
    held.revision += 1
    held.save(update_fields=["own_state", "decided_at", "decided_by", "revision"])
    _tell(Event.ACCEPTED, held, by, {}, at)


@transaction.atomic
def publish(
    plan: Plan, *, confirmed: bool, approval: str = "", revision: int, by: Actor, at: dt.datetime | None = None
) -> SchemeVersion:
    """Put a plan in force as a scheme of its division: as it was accepted, or on the division's own approval, said in words.

    Own approval serves where no calendar above asks for the plan. Raises Refused, Overtaken.
    """
    held = _held(plan.pk)
    check(by, Capability.PUBLISH_SCHEME, held.division)
    if held.revision != revision:
        raise Overtaken
    if held.published_at is not None or held.discarded_at is not None:
        raise Refused(f"方案{held.state_title}，不能再发布。")
    if not confirmed:
        raise Refused({"confirmed": "发布前请勾选确认。"})
    text, chosen, higher = _to_publish(held, approval)
    loaded = drafting.reloaded(text, scheme_id=held.scheme_id, higher=higher, chosen=chosen)
    newest = newest_of(held.scheme_id)
    try:
        version = schemes.publish(loaded, chosen=loaded.chosen, by=by, based_on=newest.version if newest else 0)
    except SchemeRefused as refused:
        raise Refused("；".join(dict.fromkeys(problem.message for problem in refused.problems))) from None
    except schemes.Overtaken:
        raise Overtaken from None
    held.version, held.published_at, held.approval = version, at or timezone.now(), approval.strip()[:300]
    held.revision += 1
    held.save(update_fields=["version", "published_at", "approval", "revision"])
    _tell(Event.PUBLISHED, held, by, {"版本": version.version, "审定依据": approval or "上级备案"}, at)
    return version


def _to_publish(held: Plan, approval: str) -> tuple[str, Mapping[str, Any], SchemeVersion]:
    if held.state == State.ACCEPTED:
        filed = held.submissions.select_related("higher").first()
        if filed is None:
            raise Refused("这份方案在报送页面只报了文字，没有固定的方案。请上级退回后，在这里重新报送。")
        return filed.text, filed.chosen, filed.higher
    if held.obligation is not None:
        raise Refused("上级的工作日历要求报送这份方案，备案后才能发布。")
    if held.state != State.OPEN:
        raise Refused(f"方案{held.state_title}，备案后才能发布。")
    if len(approval.strip()) < LEAST_REASON:
        raise Refused({"approval": "没有经上级备案的，请写明本级审定的依据，如会议名称和日期。"})
    looked = queries.looked_at(held)
    if looked.in_the_way:
        raise Refused(looked.in_the_way)
    return looked.draft.text, looked.draft.chosen, held.higher


def note_export(division: Division, *, rows: int, by: Actor) -> None:
    """Write down that somebody took the list of plans out of the system."""
    check(by, Capability.EXPORT, division)
    history.record(Event.EXPORTED, division, by=by, division_code=division.code, details={"行数": rows})


def _asked_title(held: Plan, key: str) -> str:
    titles = {one.key: one.title for one in queries.entry_sections(held)} or SECTION_TITLES
    return titles.get(key, key)


# --- shared ----------------------------------------------------------------------------------------------------------


def receiver_of(division: Division) -> Division | None:
    """The division above that people speak of: a county of a municipality reports to the municipality."""
    above = [
        one
        for one in divisions.ancestors(division)
        if one.pk != division.pk and not (one.level == Level.CITY and one.name in ("市辖区", "县"))
    ]
    return above[-1] if above else None


def _act_for(by: Actor, division: Division) -> None:
    check(by, Capability.PLAN, division)
    if by.post is not None and by.post.division_id != division.pk:
        raise NotAllowed(f"这份方案由{division.name}自己编制。")


def _receive_for(by: Actor, held: Plan) -> None:
    assert held.receiver is not None
    check(by, Capability.REPORT, held.receiver)
    if by.post is not None and by.post.division_id != held.receiver_id:
        raise NotAllowed(f"这一步由{held.receiver.name}办理。")


def _held(pk: UUID) -> Plan:
    """The plan, and the obligation that says where it stands, held until the end."""
    row = (
        Plan.objects.select_for_update(of=("self",))
        .select_related("division", "receiver", "higher__jurisdiction", "based_on", "version")
        .get(pk=pk)
    )
    if row.obligation_id:
        row.obligation = (
            Obligation.objects.select_for_update(of=("self",))
            .select_related("reporter", "receiver", "version")
            .get(pk=row.obligation_id)
        )
    return row


def _open(plan: Plan, revision: int, by: Actor, key: str = "") -> Plan:
    held = _held(plan.pk)
    _act_for(by, held.division)
    if not held.is_open:
        raise Refused(f"方案{held.state_title}，不能再改。需要修改的，请撤回，或请上级退回相应部分。")
    if held.revision != revision:
        raise Overtaken
    if key and key not in queries.open_sections(held):
        raise Refused("这一部分没有退回，不能改。")
    return held


def _filed(plan: Plan, revision: int) -> Plan:
    held = _held(plan.pk)
    if held.state != State.FILED:
        raise Refused(f"方案{held.state_title}，现在没有要办的事。请刷新页面。")
    if held.revision != revision:
        raise Overtaken
    return held


def _through_reporting(step: Any, held: Plan) -> None:
    """Take a step with the obligation, which is where such a plan stands; its refusals are the plan's."""
    try:
        step(held.obligation)
    except reporting_errors.Refused as refused:
        raise Refused(refused.problems) from None
    except reporting_errors.Overtaken:
        raise Overtaken from None


def _save(held: Plan, by: Actor, key: str, at: dt.datetime | None) -> Plan:
    now = at or timezone.now()
    # A form saves itself every few seconds: one line of history for a sitting of one person.
    is_sitting = held.edited_at is not None and now - held.edited_at < SITTING
    is_told = is_sitting and by.user is not None and held.edited_by_id == by.user.pk
    held.revision += 1
    held.edited_at, held.edited_by = now, by.user
    held.save(update_fields=["content", "title", "year", "revision", "edited_at", "edited_by"])
    if not is_told:
        _tell(Event.SAVED, held, by, {"部分": SECTION_TITLES.get(key, key), "版次": held.revision}, at)
    return held


def _digest(text: str, chosen: Mapping[str, Any]) -> str:
    return digest(json.dumps({"text": text, "chosen": chosen}, ensure_ascii=False, sort_keys=True).encode())


def _tell(event: Event, held: Plan, by: Actor, details: Mapping[str, object], at: dt.datetime | None) -> None:
    history.record(event, held, by=by, division_code=held.division.code, details=details, at=at)
