"""What people do in a commendation: open a round, nominate, review, publish the notice, decide, withdraw."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils import timezone

from greenhood.accounts.access import NotAllowed
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.declarations.models import Serial
from greenhood.divisions import queries as divisions
from greenhood.divisions.models import Division, Level
from greenhood.exemplars import clauses, noticing
from greenhood.exemplars.actions.recording import keep, reason_of, tell
from greenhood.exemplars.curating import act_as_curator, act_as_own
from greenhood.exemplars.eligibility import flags_of, identity_of, is_weighty, unanswered
from greenhood.exemplars.errors import Overtaken, Refused
from greenhood.exemplars.events import Event
from greenhood.exemplars.models import Honour, Nomination, Objection, Quota, Round
from greenhood.exemplars.models.honours import Kind
from greenhood.kit import dates
from greenhood.kit.dates import today_in_shanghai
from greenhood.schemes.queries import scheme_for

KIND = "exemplars.nomination"
# Words of commendations that need the approval of higher authorities (评比达标表彰活动管理办法).
NEEDS_APPROVAL = ("表彰", "评比", "达标", "评选")
MOST_REASONS, MOST_OPINION = 2000, 500
State, Standing = Round.State, Nomination.State


# --- the round --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Terms:
    """What a round is opened with. ``basis`` is the reference of a clause, ``document`` what allows it where there is none."""

    title: str
    year: int
    nominate_by: dt.date
    contact: str
    basis: str = ""
    document: str = ""
    conditions: str = ""


@transaction.atomic
def open_round(
    division: Division,
    terms: Terms,
    *,
    quotas: Mapping[tuple[int, str], int] | None = None,
    by: Actor,
    at: dt.datetime | None = None,
) -> Round:
    """Open a commendation of one's own government. The notice goes by the scheme in force now. Raises Refused."""
    act_as_own(by, division, Capability.CURATE)
    version = scheme_for(division)
    asking = clauses.asking(version, clauses.HONOURS)
    _check_terms(terms, {one.clause.ref for one in asking}, today_in_shanghai(at))
    rule = noticing.rule_of(version)
    cited = next((one for one in asking if one.clause.ref == terms.basis), None)
    try:
        with transaction.atomic():
            row = Round.objects.create(
                division=division,
                version=cited.version if cited else version,
                title=terms.title.strip(),
                basis=terms.basis or terms.document.strip(),
                year=terms.year,
                nominate_by=terms.nominate_by,
                conditions=terms.conditions.strip(),
                contact=terms.contact.strip(),
                step=rule.step.key if rule.step else "",
                days=rule.days,
                day_kind=rule.day_kind,
                answer_days=rule.answer_days,
                rule_reason=rule.reason,
                document=terms.document.strip() if cited else "",
                is_demonstration=bool(by.user and by.user.is_demonstration),
            )
    except IntegrityError as error:
        raise Refused({"title": f"{terms.year} 年已有同名的表扬，请换一个名称或打开已有的一个。"}) from error
    _set_quotas(row, quotas or {})
    tell(Event.ROUND_OPENED, row, by, division, at, {"title": row.title, "year": row.year, "basis": row.basis})
    return row


def _check_terms(terms: Terms, refs: set[str], today: dt.date) -> None:
    problems = {name: "请填写。" for name in ("title", "contact") if not getattr(terms, name).strip()}
    if terms.nominate_by < today:
        problems["nominate_by"] = f"推荐截止日期不能早于今天（{today}）。"
    if not 2020 <= terms.year <= today.year + 1:
        problems["year"] = f"年度应在 2020 到 {today.year + 1} 之间。"
    if terms.basis and terms.basis not in refs:
        problems["basis"] = "方案里没有这一条，请重新选择。"
    if not terms.basis and not terms.document.strip():
        said = "请选择依据条款。" if refs else "所执行的方案没有写表扬，请填写批准开展表扬的文件名称和文号。"
        problems["basis" if refs else "document"] = said
    used = [word for word in NEEDS_APPROVAL if word in terms.title]
    if used and not terms.document.strip():
        problems["title"] = f"名称里的“{'、'.join(used)}”须经批准才能开展，请填写批准文件；没有批准的改称“表扬”。"
    if problems:
        raise Refused(problems)


def _set_quotas(row: Round, quotas: Mapping[tuple[int, str], int]) -> None:
    wanted = {division for division, _ in quotas}
    inside = set(divisions.within(row.division).filter(pk__in=wanted).values_list("pk", flat=True))
    if wanted - inside:
        raise Refused({"quotas": f"名额只能分给{row.division.name}内的单位。"})
    if any(kind not in Kind.values or not 0 <= most <= 999 for (_, kind), most in quotas.items()):
        raise Refused({"quotas": "名额应是 0 到 999 的整数。"})
    Quota.objects.bulk_create(
        Quota(round=row, division_id=division, kind=kind, most=most) for (division, kind), most in quotas.items()
    )


@transaction.atomic
def cancel_round(round_: Round, *, reason: str, revision: int, by: Actor, at: dt.datetime | None = None) -> Round:
    """End a round without a decision, with the reason. Raises Refused, Overtaken."""
    row = hold_round(round_, revision)
    act_as_curator(by, row.division)
    if row.state not in (State.OPEN, State.NOTICED):
        raise Refused(f"表扬{row.get_state_display()}，不能终止。")
    if open_ := Objection.objects.filter(nomination__round=row, answered_at=None).count():
        raise Refused(f"还有 {open_} 件异议没有答复，答复之后才能终止。")
    row.reason, row.state = reason_of(reason, "终止"), State.CANCELLED
    keep(row, "reason", "state")
    tell(Event.ROUND_CANCELLED, row, by, row.division, at, {"title": row.title, "reason": row.reason})
    return row


# --- nominate and review ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Nominee:
    """Whom a nomination is about. Of a person only name and unit, and since when they agree to be shown."""

    kind: str
    reasons: str
    community: Division | None = None
    name: str = ""
    unit: str = ""
    consented_on: dt.date | None = None


@transaction.atomic
def nominate(round_: Round, who: Nominee, *, by: Actor, at: dt.datetime | None = None) -> Nomination:
    """Nominate within a round that the post's own division lies in. Raises Refused."""
    row = hold_round(round_)
    assert by.post is not None, "a post nominates"
    division = by.post.division
    act_as_own(by, division)
    _require_open(row, division, today_in_shanghai(at))
    _check_nominee(who, division, today_in_shanghai(at))
    _check_quota(row, who.kind, division)
    identity = identity_of(who.kind, who.name, who.unit, who.community)
    try:
        with transaction.atomic():
            made = Nomination.objects.create(
                round=row,
                division=division,
                identity=identity,
                flags=flags_of(who.kind, identity, who.community, year=row.year),
                nominated_at=at or timezone.now(),
                nominated_by=by.user,
                **_columns(who),
            )
    except IntegrityError as error:
        raise Refused({"name": f"{_name(who)}在这次表扬中已被推荐，不能重复推荐。"}) from error
    tell(Event.NOMINATED, made, by, division, at, {"kind": made.get_kind_display(), "round": row.title})
    return made


@transaction.atomic
def supplement(
    nomination: Nomination, who: Nominee, *, revision: int, by: Actor, at: dt.datetime | None = None
) -> Nomination:
    """Correct a nomination that was returned, and hand it in again. Raises Refused, Overtaken."""
    row = hold_nomination(nomination, revision)
    act_as_own(by, row.division)
    if row.state != Standing.RETURNED or row.round.state != State.OPEN:
        raise Refused("只有退回补充、还没有公示的推荐可以修改。")
    _check_nominee(who, row.division, today_in_shanghai(at))
    # It may come back as another kind, of which every place may be taken.
    _check_quota(row.round, who.kind, row.division, but=row)
    row.identity = identity_of(who.kind, who.name, who.unit, who.community)
    row.flags = flags_of(who.kind, row.identity, who.community, year=row.round.year)
    columns = _columns(who)
    for name, value in columns.items():
        setattr(row, name, value)
    row.state, row.opinion = Standing.SUBMITTED, ""
    try:
        with transaction.atomic():
            keep(row, *columns, "identity", "flags", "state", "opinion")
    except IntegrityError as error:
        raise Refused({"name": f"{_name(who)}在这次表扬中已被推荐，不能重复推荐。"}) from error
    tell(Event.NOMINATED, row, by, row.division, at, {"kind": row.get_kind_display(), "round": row.round.title})
    return row


@transaction.atomic
def recall(nomination: Nomination, *, revision: int, by: Actor, at: dt.datetime | None = None) -> Nomination:
    """Take a nomination back before the notice. Raises Refused, Overtaken."""
    row = hold_nomination(nomination, revision)
    act_as_own(by, row.division)
    if row.round.state != State.OPEN or row.state not in (Standing.SUBMITTED, Standing.RETURNED, Standing.CHOSEN):
        raise Refused(f"推荐{row.get_state_display()}，不能撤回。")
    row.state = Standing.RECALLED
    keep(row, "state")
    tell(Event.NOMINATION_RECALLED, row, by, row.division, at, {"kind": row.get_kind_display()})
    return row


# What a reviewer may do, and where it leads.
OUTCOMES = {"choose": Standing.CHOSEN, "return": Standing.RETURNED, "refuse": Standing.REFUSED}


@transaction.atomic
def review(
    nomination: Nomination, outcome: str, *, opinion: str = "", revision: int, by: Actor, at: dt.datetime | None = None
) -> Nomination:
    """Choose, return or refuse. Eligibility is looked at again; against an open rectification or a delisting the reviewer
    says why in words. Raises Refused, Overtaken."""
    row = hold_nomination(nomination, revision)
    act_as_curator(by, row.round.division)
    said = opinion.strip()
    row.flags = flags_of(row.kind, row.identity, row.community, year=row.round.year)
    _check_review(row, outcome, said)
    row.state, row.opinion, row.reviewed_at = OUTCOMES[outcome], said, at or timezone.now()
    keep(row, "flags", "state", "opinion", "reviewed_at")
    details = {"kind": row.get_kind_display(), "outcome": row.get_state_display(), "opinion": said}
    tell(Event.NOMINATION_REVIEWED, row, by, row.division, at, details)
    return row


def _check_review(row: Nomination, outcome: str, said: str) -> None:
    if outcome not in OUTCOMES:
        raise Refused("请选择审核结果。")
    is_noticed = row.round.state == State.NOTICED
    if row.round.state != State.OPEN and not (is_noticed and row.state == Standing.CHOSEN and outcome != "return"):
        raise Refused("名单已公示或公布，只能在公布之前取消不符合条件的，或就新出现的情况写明理由。")
    if is_noticed and outcome == "choose" and not is_weighty(row.flags):
        raise Refused("资格核对没有须写明理由的情况，不需要再审核。")
    if row.state not in (Standing.SUBMITTED, Standing.CHOSEN):
        raise Refused(f"推荐{row.get_state_display()}，现在不需要审核。")
    if outcome != "choose" and not said:
        raise Refused({"opinion": "请写明理由。"})
    if outcome == "choose" and is_weighty(row.flags) and not said:
        found = "；".join(one["text"] for one in row.flags)
        raise Refused({"opinion": f"资格核对有情况（{found}），仍拟表扬的请写明理由。"})
    if len(said) > MOST_OPINION:
        raise Refused({"opinion": f"意见最多 {MOST_OPINION} 字。"})


# --- notice --------------------------------------------------------------------------------------------


@transaction.atomic
def publish_notice(
    round_: Round, *, revision: int, by: Actor, opens_on: dt.date | None = None, at: dt.datetime | None = None
) -> Round:
    """Show those chosen to everybody for the days of the round. It begins the day after unless a later day is named.

    What was returned and did not come again falls away. Raises Refused, Overtaken.
    """
    now = at or timezone.now()
    row = hold_round(round_, revision)
    act_as_curator(by, row.division)
    act_as_own(by, row.division, Capability.PUBLISH_NOTICE)
    if row.state != State.OPEN:
        raise Refused(f"表扬{row.get_state_display()}，不能再公示。")
    today = today_in_shanghai(now)
    if opens_on is not None and opens_on < today:
        raise Refused({"opens_on": f"公示开始日期不能早于今天（{today}）。"})
    if waiting := row.nominations.filter(state=Standing.SUBMITTED).count():
        raise Refused(f"还有 {waiting} 件推荐没有审核，审核完再公示。")
    chosen = list(row.nominations.filter(state=Standing.CHOSEN))
    if not chosen:
        raise Refused("还没有拟表扬的对象。")
    _require_answered(chosen)
    row.nominations.filter(state=Standing.RETURNED).update(state=Standing.REFUSED, opinion="公示前没有补充。")
    row.opens_on, row.closes_on = noticing.span_of(row.days, row.day_kind, opens_on or today + dates.ONE_DAY)
    row.published_at, row.state = now, State.NOTICED
    keep(row, "opens_on", "closes_on", "published_at", "state")
    details = {"entries": len(chosen), "opens_on": row.opens_on, "closes_on": row.closes_on}
    tell(Event.HONOURS_NOTICED, row, by, row.division, at, details)
    return row


# --- decide -----------------------------------------------------------------------------------------------------------


@transaction.atomic
def decide(
    round_: Round, *, document: str = "", revision: int, by: Actor, at: dt.datetime | None = None
) -> list[Honour]:
    """Publish the decision once the notice is over and every objection is answered; each gets a number. Raises Refused, Overtaken."""
    now = at or timezone.now()
    row = hold_round(round_, revision)
    act_as_curator(by, row.division)
    if row.state != State.NOTICED or row.closes_on is None:
        raise Refused(f"表扬{row.get_state_display()}，不能公布。")
    if not dates.has_passed(row.closes_on, now):
        raise Refused(f"公示期到 {row.closes_on} 结束，期满之前不能公布。")
    if open_ := Objection.objects.filter(nomination__round=row, answered_at=None).count():
        raise Refused(f"还有 {open_} 件异议没有答复，答复之前不能公布。")
    chosen = list(row.nominations.select_for_update().filter(state=Standing.CHOSEN).order_by("kind", "pk"))
    if not chosen:
        raise Refused("名单上已没有拟表扬的对象，请终止这次表扬。")
    _require_answered(chosen)
    first = _serials(row, len(chosen))
    day = today_in_shanghai(now)
    honours = Honour.objects.bulk_create(
        Honour(
            nomination=one,
            round=row,
            division=row.division,
            number=f"BY{row.year}-{row.division.number[:9]}-{first + place:04d}",
            kind=one.kind,
            name=one.name,
            unit=one.unit,
            year=row.year,
            honoured_on=day,
        )
        for place, one in enumerate(chosen)
    )
    Nomination.objects.filter(pk__in=[one.pk for one in chosen]).update(state=Standing.HONOURED)
    row.state, row.decided_at, row.document = State.DECIDED, now, document.strip()[:80] or row.document
    keep(row, "state", "decided_at", "document")
    tell(Event.HONOURS_DECIDED, row, by, row.division, at, {"honours": len(honours), "document": row.document})
    return honours


def _require_answered(chosen: Sequence[Nomination]) -> None:
    """Nobody goes on while a rectification or a delisting has come up of which the reviewer has said nothing."""
    new = unanswered(chosen)
    if new:
        said = "；".join(f"{one.name}：{'、'.join(new[one.pk])}" for one in chosen if one.pk in new)
        raise Refused(f"审核之后有新的情况：{said}。请打开这件推荐，写明仍拟表扬的理由，或者不再列入名单，然后再办。")


def _serials(row: Round, count: int) -> int:
    """The first of so many numbers of a government and year, taken under a lock."""
    key = f"honour:{row.division_id}:{row.year}"
    Serial.objects.get_or_create(key=key)
    serial = Serial.objects.select_for_update().get(key=key)
    first = serial.last + 1
    serial.last += count
    serial.save(update_fields=["last"])
    return first


@transaction.atomic
def withdraw(honour: Honour, *, reason: str, by: Actor, at: dt.datetime | None = None) -> Honour:
    """Take a commendation back, with the reason: who gave it, or above. It stays listed as withdrawn. Raises Refused."""
    row = Honour.objects.select_for_update(of=("self",)).select_related("division", "round").get(pk=honour.pk)
    if not by.may(Capability.CURATE, row.division):
        raise NotAllowed("撤销表扬由作出决定的一级及其上级办理。")
    if row.state != Honour.State.VALID:
        raise Refused("这项表扬已经撤销，无需重复办理。")
    row.reason = reason_of(reason, "撤销")
    row.state, row.withdrawn_on = Honour.State.WITHDRAWN, today_in_shanghai(at)
    row.save(update_fields=["reason", "state", "withdrawn_on"])
    tell(Event.HONOUR_WITHDRAWN, row, by, row.division, at, {"number": row.number, "reason": row.reason})
    return row


# --- shared -----------------------------------------------------------------------------------------------------------


def hold_round(round_: Round, revision: int | None = None) -> Round:
    row = Round.objects.select_for_update(of=("self",)).select_related("division").get(pk=round_.pk)
    if revision is not None and row.revision != revision:
        raise Overtaken
    return row


def hold_nomination(nomination: Nomination, revision: int | None = None) -> Nomination:
    """The nomination, after its round is held: always in this order."""
    found = Nomination.objects.values_list("round", flat=True).get(pk=nomination.pk)
    round_ = hold_round(Round(pk=found))
    row = (
        Nomination.objects.select_for_update(of=("self",)).select_related("division", "community").get(pk=nomination.pk)
    )
    row.round = round_
    if revision is not None and row.revision != revision:
        raise Overtaken
    return row


def _require_open(row: Round, division: Division, today: dt.date) -> None:
    if not row.division.contains(division):
        raise NotAllowed(f"这次表扬由{row.division.name}及其下级推荐。")
    if row.state != State.OPEN:
        raise Refused(f"表扬{row.get_state_display()}，不再接受推荐。")
    if row.nominate_by < today:
        raise Refused(f"推荐已于 {row.nominate_by} 截止。")


def _check_nominee(who: Nominee, division: Division, today: dt.date) -> None:
    problems: dict[str, str] = {}
    match who.kind:
        case Kind.COMMUNITY:
            problems |= _about_community(who.community, division)
        case Kind.UNIT:
            problems |= {} if who.name.strip() else {"name": "请填写单位名称。"}
        case Kind.PERSON:
            problems |= _about_person(who, today)
        case _:
            problems["kind"] = "请选择类别。"
    if not who.reasons.strip():
        problems["reasons"] = "请填写事迹。"
    elif len(who.reasons.strip()) > MOST_REASONS:
        problems["reasons"] = f"事迹最多 {MOST_REASONS} 字。"
    if problems:
        raise Refused(problems)


def _about_community(community: Division | None, division: Division) -> dict[str, str]:
    if community is None or community.level != Level.COMMUNITY:
        return {"community": "请选择社区。"}
    if not division.contains(community):
        return {"community": f"请选择{division.name}内的社区。"}
    return {}


def _about_person(who: Nominee, today: dt.date) -> dict[str, str]:
    found = {}
    if len(who.name.strip()) < 2 or any(sign.isdigit() for sign in who.name):
        found["name"] = "请填写姓名，不要填写身份证号或电话。"
    if not who.unit.strip():
        found["unit"] = "请填写所在单位。"
    if who.consented_on is None:
        found["consented_on"] = "推荐个人的须先征得本人同意公示，请填写同意的日期。"
    elif who.consented_on > today:
        found["consented_on"] = "本人同意的日期不能晚于今天。"
    return found


def _check_quota(row: Round, kind: str, division: Division, *, but: Nomination | None = None) -> None:
    """Whether everybody whose quota this is has a place left; the round is held, so that two can't take the last one."""
    others = row.nominations.filter(kind=kind, state__in=Nomination.ALIVE)
    if but is not None:
        others = others.exclude(pk=but.pk)
    for quota in row.quotas.filter(kind=kind).select_related("division"):
        if not quota.division.contains(division):
            continue
        low, high = quota.division.span
        taken = others.filter(division__code__gte=low, division__code__lt=high).count()
        if taken >= quota.most:
            label = Kind(kind).label
            raise Refused({"kind": f"{quota.division.name}的{label}推荐名额为 {quota.most} 个，已推荐 {taken} 个。"})


def _columns(who: Nominee) -> dict[str, object]:
    is_person = who.kind == Kind.PERSON
    return {
        "kind": who.kind,
        "community": who.community if who.kind == Kind.COMMUNITY else None,
        "name": _name(who),
        "unit": who.unit.strip() if is_person else "",
        "consented_on": who.consented_on if is_person else None,
        "reasons": who.reasons.strip(),
    }


def _name(who: Nominee) -> str:
    return who.community.name if who.kind == Kind.COMMUNITY and who.community else who.name.strip()[:60]
