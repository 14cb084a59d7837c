"""A plan's way upward: filed, taken back, received, put in force as a scheme."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from django.db import transaction
from django.utils import timezone

from greenhood.accounts.access import NotAllowed, check
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.divisions import queries as divisions
from greenhood.divisions.models import Division, Level
from greenhood.kit.hashing import digest
from greenhood.planning import drafting, explaining, queries, sections
from greenhood.planning.errors import Overtaken, Refused
from greenhood.planning.events import Event
from greenhood.planning.explaining import LEAST_REASON, LONGEST_REASON
from greenhood.planning.holding import act_for, held_plan, opened, tell
from greenhood.planning.models import Plan, Submission
from greenhood.reporting import actions as reporting
from greenhood.reporting import errors as reporting_errors
from greenhood.reporting.models import Filing, Obligation, State
from greenhood.reporting.sheets import sheet_of
from greenhood.schemes import actions as schemes
from greenhood.schemes import against
from greenhood.schemes.models import SchemeVersion
from greenhood.schemes.problems import Refused as SchemeRefused
from greenhood.schemes.queries import newest_of

AGAIN = "请编制人员在本页点“按新版重新编制”，改好或写明理由后重新报送。"

# --- file ------------------------------------------------------------------------------------------------------------


@transaction.atomic
def submit(plan: Plan, *, signed_by: str, revision: int, by: Actor, at: dt.datetime | None = None) -> Submission:
    """Sign off and file a plan upward: a frozen copy with how it stands to the higher scheme. Late is allowed, and said.

    With the obligation of the higher scheme's calendar where there is one, otherwise to the division above. Raises Refused where
    something is missing, wrong, or loosened without a reason; Overtaken.
    """
    held = opened(plan, revision, by)
    now = at or timezone.now()
    _link(held)
    looked = queries.looked_at(held)
    if problems := looked.in_the_way | ({} if signed_by.strip() else {"signed_by": "请填写签发人姓名。"}):
        raise Refused(problems)
    filing = None
    if held.obligation is not None:
        filing = _file(looked, held.obligation, signed_by, by, at)
    else:
        held.receiver = receiver_of(held.division)
        if held.receiver is None:
            raise Refused("没有可以报送的上级。")
        held.own_state, held.returned = State.FILED, {}
        held.filed_at = held.filed_at or now
    submission = _frozen(looked, filing, signed_by, by, now)
    held.filed_at = held.filed_at or now
    held.revision += 1
    held.save()
    tell(Event.FILED, held, by, {"第几次": submission.number, "签发人": signed_by, "校验值": submission.digest}, at)
    return submission


def _frozen(looked: queries.Looked, filing: Filing | None, signed_by: str, by: Actor, now: dt.datetime) -> Submission:
    held, draft = looked.plan, looked.draft
    return Submission.objects.create(
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
    held = held_plan(plan.pk)
    act_for(by, held.division)
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
    tell(Event.WITHDRAWN, held, by, {"理由": reason.strip()}, at)


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
    tell(
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
    tell(Event.ACCEPTED, held, by, {}, at)


@transaction.atomic
def publish(
    plan: Plan, *, confirmed: bool, approval: str = "", revision: int, by: Actor, at: dt.datetime | None = None
) -> SchemeVersion:
    """Put a plan in force as a scheme of its division: as it was accepted, or on the division's own approval, said in words.

    Own approval serves where no calendar above asks for the plan. Raises Refused, Overtaken.
    """
    held = held_plan(plan.pk)
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
    held.higher = higher
    held.revision += 1
    held.save(update_fields=["version", "published_at", "approval", "higher", "revision"])
    details = {"版本": version.version, "审定依据": approval or "上级备案", "上级方案": str(higher)}
    tell(Event.PUBLISHED, held, by, details, at)
    return version


def _to_publish(held: Plan, approval: str) -> tuple[str, Mapping[str, Any], SchemeVersion]:
    if held.state == State.ACCEPTED:
        filed = held.submissions.select_related("higher").first()
        if filed is None:
            raise Refused("这份方案在报送页面只报了文字，没有固定的方案。请上级退回后，在这里重新报送。")
        return filed.text, filed.chosen, _higher_now(held, filed)
    if held.obligation is not None:
        raise Refused("上级的工作日历要求报送这份方案，备案后才能发布。")
    if held.state != State.OPEN:
        raise Refused(f"方案{held.state_title}，备案后才能发布。")
    if held.submissions.filter(filing__isnull=False).exists():
        raise Refused("这份方案按上级的工作日历报送过，修改后须重新报送，备案后才能发布。")
    if newer := queries.newer_above(held):
        raise Refused({"newer": f"上级现行方案是《{newer.title}》第 {newer.version} 版，请先改按这一版对照，再发布。"})
    if len(approval.strip()) < LEAST_REASON:
        raise Refused({"approval": "没有经上级备案的，请写明本级审定的依据，如会议名称和日期。"})
    looked = queries.looked_at(held)
    if looked.in_the_way:
        raise Refused(looked.in_the_way)
    return looked.draft.text, looked.draft.chosen, held.higher


def _higher_now(held: Plan, filed: Submission) -> SchemeVersion:
    """The higher version that an accepted plan comes in force under: the one in force by now.

    What was taken on file was compared with the version of that day. Raises Refused with everything that a newer one makes looser
    without a reason that was given for it.
    """
    newer = queries.newer_above(held)
    if newer is None:
        return filed.higher
    if newer.scheme_id != filed.higher.scheme_id:
        now, then = f"《{newer.title}》", f"《{filed.higher.title}》"
        raise Refused({"newer": f"现在的上级方案是{now}，不是报送时对照的{then}。{AGAIN}"})
    named = f"上级方案第 {newer.version} 版（报送时是第 {filed.higher.version} 版）"
    try:
        loaded = drafting.reloaded(filed.text, scheme_id=held.scheme_id, higher=newer, chosen=filed.chosen)
    except SchemeRefused as refused:
        said = "；".join(dict.fromkeys(problem.message for problem in refused.problems))
        raise Refused({"newer": f"按{named}，这份方案有不能成立的地方：{said}。{AGAIN}"}) from None
    between = against.compare(filed.higher.scheme, newer.scheme)
    found = against.compare(newer.scheme, loaded.scheme)
    if looser := explaining.unexplained(found, filed.comparison, explaining.eased(between)):
        raise Refused({
            "newer": f"按{named}，这份方案放宽的地方没有理由，不能发布。{AGAIN}",
            **{
                f"newer-{at}": f"{one.title}（{one.source}）：上级“{one.higher}”，本方案“{one.lower}”。"
                for at, one in enumerate(looser, 1)
            },
        })  # fmt: skip
    return newer


@transaction.atomic
def take_up_again(plan: Plan, *, revision: int, by: Actor, at: dt.datetime | None = None) -> Plan:
    """Open a plan that was accepted, and is not in force, under the higher scheme that came meanwhile; it is filed anew.

    What was filed and accepted stays as it is; an obligation that it answered stays answered. Raises Refused, Overtaken.
    """
    held = held_plan(plan.pk)
    act_for(by, held.division)
    if held.state != State.ACCEPTED or held.published_at is not None:
        raise Refused(f"方案{held.state_title}，不能这样办；备案后、发布前上级方案有了新版的，才要重新编制。")
    if held.revision != revision:
        raise Overtaken
    newer = queries.newer_above(held)
    if newer is None:
        raise Refused("上级方案没有更新的版本，按备案的方案发布即可。")
    before, held.higher = held.higher, newer
    held.obligation, held.own_state, held.returned = None, State.OPEN, {}
    held.decided_at = held.decided_by = held.receiver = None
    held.revision += 1
    held.save(
        update_fields=[
            "higher", "obligation", "own_state", "returned", "decided_at", "decided_by", "receiver", "revision",
        ]
    )  # fmt: skip
    tell(Event.TAKEN_UP, held, by, {"原": str(before), "现": str(newer)}, at)
    return held


def _asked_title(held: Plan, key: str) -> str:
    titles = {one.key: one.title for one in queries.entry_sections(held)} or sections.TITLES
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


def _receive_for(by: Actor, held: Plan) -> None:
    assert held.receiver is not None
    check(by, Capability.REPORT, held.receiver)
    if by.post is not None and by.post.division_id != held.receiver_id:
        raise NotAllowed(f"这一步由{held.receiver.name}办理。")


def _filed(plan: Plan, revision: int) -> Plan:
    held = held_plan(plan.pk)
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


def _digest(text: str, chosen: Mapping[str, Any]) -> str:
    return digest(json.dumps({"text": text, "chosen": chosen}, ensure_ascii=False, sort_keys=True).encode())
