"""What an applicant does, and an officer for somebody without an account: write, submit, withdraw, keep, add files."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from greenhood.accounts import actions as accounts
from greenhood.accounts.access import NotAllowed, check
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.divisions.models import Division, Level
from greenhood.evidence.models import Blob
from greenhood.experts.actions import filing
from greenhood.experts.actions.changing import said
from greenhood.experts.errors import Overtaken, Refused
from greenhood.experts.events import Event
from greenhood.experts.fields import known
from greenhood.experts.models import ACCEPTED, MOST_YEARS, OVER, WRITTEN, Document, Entry, Kind, Region, State
from greenhood.experts.queries.pool import rights
from greenhood.history import actions as history

MOST_REGIONS = 20
# The levels that keep a pool: those whose officers may.
POOL_LEVELS = (Level.PROVINCE, Level.CITY, Level.COUNTY)
# What was vetted changes only through those who vetted it.
VETTED = {"name": "姓名或机构名称", "title": "职称资格", "fields": "专业领域", "credit_code": "统一社会信用代码"}


@dataclass(frozen=True, slots=True)
class Particulars:
    """What an entry says. ``fields`` are codes of ``fields.TITLES``; ``years`` the term that is asked for."""

    name: str
    fields: Sequence[str]
    regions: Sequence[Division]
    kind: str = Kind.PERSON
    contact: str = ""
    credit_code: str = ""
    employer: str = ""
    title: str = ""
    summary: str = ""
    phone: str = ""
    email: str = ""
    years: int = 3


@transaction.atomic
def begin(
    pool: Division,
    particulars: Particulars,
    *,
    by: Actor,
    at: dt.datetime | None = None,
    is_demonstration: bool = False,
) -> Entry:
    """A signed-in person writes an application to a pool. It is a draft until it is submitted. Raises Refused."""
    if by.user is None:
        raise NotAllowed("请先登录，再申请入库。")
    return _create(pool, particulars, State.DRAFT, Event.ENTRY_BEGUN, by, at, is_demonstration, user_id=by.user.pk)


@transaction.atomic
def enter(
    pool: Division,
    particulars: Particulars,
    *,
    by: Actor,
    at: dt.datetime | None = None,
    is_demonstration: bool = False,
) -> Entry:
    """Who keeps a pool enters somebody who has no account: it waits to be vetted like any application."""
    check(by, Capability.KEEP_POOL, pool)
    if by.post is not None and by.post.division_id != pool.pk:
        raise NotAllowed(f"{pool.name}的专家库由{pool.name}自己登记。")
    return _create(pool, particulars, State.SUBMITTED, Event.ENTRY_SUBMITTED, by, at, is_demonstration, user_id=None)


def _create(
    pool: Division,
    particulars: Particulars,
    state: str,
    event: Event,
    by: Actor,
    at: dt.datetime | None,
    is_demonstration: bool,
    *,
    user_id: UUID | None,
) -> Entry:
    if pool.level not in POOL_LEVELS or pool.valid_to is not None:
        raise Refused(f"专家库设在省、市、县三级，{pool.name}不设专家库。请选择所在的县（区）、市或省。", field="pool")
    _check(particulars)
    now = at or timezone.now()
    entry = Entry(
        pool=pool,
        user_id=user_id,
        state=state,
        submitted_at=now if state == State.SUBMITTED else None,
        created_by=by.user,
        changed_at=now,
        is_demonstration=is_demonstration,
        **_columns(particulars),
    )
    _save_once(entry)
    _set_regions(entry, particulars.regions)
    tell(event, entry, by, {"专业领域": entry.field_words}, at)
    return entry


def _save_once(entry: Entry) -> None:
    try:
        with transaction.atomic():
            entry.save(force_insert=True)
    except IntegrityError as error:
        if "firm_once" in str(error):
            raise Refused("该机构在这个专家库已有一份登记，请不要重复登记。", field="credit_code") from error
        raise Refused(f"您在{entry.pool.name}专家库已有一份申请或登记，请在“我的专家服务”里办理。") from error


def _check(given: Particulars) -> None:
    if not given.name.strip():
        raise Refused("请填写姓名或机构名称。", field="name")
    if not known(given.fields):
        raise Refused("请至少选择一个专业领域。", field="fields")
    if not given.regions:
        raise Refused("请至少填写一个服务地区。", field="regions")
    if len(given.regions) > MOST_REGIONS:
        raise Refused(f"服务地区最多 {MOST_REGIONS} 个，范围大的请填上级区划。", field="regions")
    if not 1 <= given.years <= MOST_YEARS:
        raise Refused(f"申请年限应为 1 至 {MOST_YEARS} 年。", field="years")
    if given.kind == Kind.FIRM and not given.credit_code.strip():
        raise Refused("第三方机构须填写统一社会信用代码。", field="credit_code")


def _columns(given: Particulars) -> dict[str, Any]:
    return {
        "kind": Kind(given.kind),
        "name": given.name.strip()[:120],
        "contact": given.contact.strip()[:60],
        "credit_code": given.credit_code.strip().upper()[:18] if given.kind == Kind.FIRM else "",
        "employer": given.employer.strip()[:120],
        "title": given.title.strip()[:200],
        "fields": known(given.fields),
        "summary": given.summary.strip()[:2000],
        "phone": given.phone.strip()[:30],
        "email": given.email.strip(),
        "years": given.years,
    }


def _set_regions(entry: Entry, regions: Sequence[Division]) -> None:
    wanted = {region.pk for region in regions}
    entry.regions.exclude(division__in=wanted).delete()
    Region.objects.bulk_create([Region(entry=entry, division_id=pk) for pk in sorted(wanted)], ignore_conflicts=True)


@transaction.atomic
def save(entry: Entry, particulars: Particulars, *, revision: int, by: Actor, at: dt.datetime | None = None) -> Entry:
    """Write an application anew, or keep an entry up to date. What was vetted only its pool changes. Raises Refused."""
    held = hold(entry.pk, revision)
    may = rights(by, held)
    if not (may.is_own or may.keeps):
        raise NotAllowed("只有本人和专家库的管理单位可以修改。")
    if held.state in OVER or (may.is_own and held.state == State.SUBMITTED):
        raise Refused(f"现在是“{held.get_state_display()}”，不能修改。" + _hint(held))
    _check(particulars)
    wanted = _columns(particulars) | {"kind": held.kind}
    if may.is_own and held.state in ACCEPTED:
        _keep_vetted(held, wanted)
    changes = {name: value for name, value in wanted.items() if getattr(held, name) != value}
    before = {name: getattr(held, name) for name in changes}
    for name, value in changes.items():
        setattr(held, name, value)
    touch(held, at, *changes)
    _set_regions(held, particulars.regions)
    tell(Event.ENTRY_SAVED, held, by, {"原": said(held, before), "现": said(held, changes)} if changes else {}, at)
    return held


def _hint(held: Entry) -> str:
    return "请先撤回，改好后再提交。" if held.state == State.SUBMITTED else ""


def _keep_vetted(held: Entry, wanted: Mapping[str, Any]) -> None:
    for name, title in VETTED.items():
        if getattr(held, name) != wanted[name]:
            raise Refused(f"“{title}”已经审核，由专家库管理单位核实后修改。其他内容可以自己更新。", field=name)


@transaction.atomic
def submit(entry: Entry, *, revision: int, by: Actor, at: dt.datetime | None = None) -> Entry:
    """Hand an application to who keeps the pool. Raises Refused where something that is vetted is missing."""
    held = _own(entry, revision, by)
    if held.state not in WRITTEN:
        raise Refused(f"现在是“{held.get_state_display()}”，不需要再提交。")
    if not held.title:
        raise Refused("请填写职称、职业资格或资质。", field="title")
    if not held.phone:
        raise Refused("请填写联系电话，审核和邀请都要用到。", field="phone")
    held.state, held.submitted_at, held.reason = State.SUBMITTED, at or timezone.now(), ""
    touch(held, at, "state", "submitted_at", "reason")
    tell(Event.ENTRY_SUBMITTED, held, by, {"专家库": held.pool.name}, at)
    return held


@transaction.atomic
def withdraw(entry: Entry, *, revision: int, by: Actor, at: dt.datetime | None = None) -> Entry:
    """Take a submitted application back to a draft, or give a draft up."""
    held = _own(entry, revision, by)
    if held.state not in (*WRITTEN, State.SUBMITTED):
        raise Refused(f"现在是“{held.get_state_display()}”，不能撤回。要退出专家库，请告知管理单位。")
    held.state = State.DRAFT if held.state == State.SUBMITTED else State.WITHDRAWN
    touch(held, at, "state")
    tell(Event.ENTRY_WITHDRAWN, held, by, {}, at)
    return held


@transaction.atomic
def ask_renewal(entry: Entry, *, revision: int, by: Actor, at: dt.datetime | None = None) -> Entry:
    """An expert asks to stay in the pool beyond the term. Asking twice changes nothing."""
    held = _own(entry, revision, by)
    if held.state not in ACCEPTED:
        raise Refused("只有在库的专家可以申请续期。")
    if held.renewal_asked_at is None:
        held.renewal_asked_at = at or timezone.now()
        touch(held, at, "renewal_asked_at")
        tell(Event.RENEWAL_ASKED, held, by, {"有效期至": held.valid_to}, at)
    return held


@transaction.atomic
def note_interest(
    entry: Entry,
    *,
    reason: str,
    revision: int,
    by: Actor,
    division: Division | None = None,
    employer: str = "",
    at: dt.datetime | None = None,
) -> None:
    """Note why an expert must not be asked about a place or an employer: with the account where there is one."""
    held = hold(entry.pk, revision)
    may = rights(by, held)
    if not (may.is_own or may.keeps):
        raise NotAllowed("只有本人和专家库的管理单位可以登记利害关系。")
    if not reason.strip():
        raise Refused("请写明情形。", field="reason")
    if division is None and not employer.strip():
        raise Refused("请填写涉及的区划或单位，至少一项。", field="division")
    if held.user is not None:
        # Who keeps the pool may not grant posts, and an applicant may hold none: what they may note here is the pool's matter.
        noting = by if may.is_own else Actor.system()
        accounts.record_interest(
            held.user, by=noting, division=division, employer=employer.strip(), reason=reason.strip(), at=at
        )
    else:
        held.interests = [
            *held.interests,
            {"division": division.pk if division else None, "employer": employer.strip(), "reason": reason.strip()},
        ]
    touch(held, at, "interests")
    about = "、".join(filter(None, [division.name if division else "", employer.strip()]))
    tell(Event.INTEREST_NOTED, held, by, {"涉及": about, "情形": reason.strip()}, at)


# --- files -------------------------------------------------------------------------------------------------------------


@transaction.atomic
def add_document(entry: Entry, blob: Blob, name: str, *, by: Actor, at: dt.datetime | None = None) -> Document:
    """Put a kept file (``evidence.keeping.keep``) with an entry. The same file again is the same document."""
    held = hold(entry.pk, None)
    check_documents(held, by)
    document, is_new = filing.put(blob, name, by=by, at=at, entry=held)
    if is_new:
        tell(Event.DOCUMENT_ADDED, held, by, {"文件": document.name, "sha256": document.blob_id}, at)
    return document


@transaction.atomic
def remove_document(document: Document, *, by: Actor, restore: bool = False) -> Document:
    """Take a file of an entry away, or bring it back; it stays in the history."""
    assert document.entry_id is not None
    held = hold(document.entry_id, None)
    check_documents(held, by)
    row = Document.objects.select_for_update().get(pk=document.pk)
    if filing.turn(row, is_removed=not restore):
        tell(Event.DOCUMENT_RESTORED if restore else Event.DOCUMENT_REMOVED, held, by, {"文件": row.name}, None)
    return row


def check_documents(held: Entry, by: Actor) -> None:
    """Raise unless the actor may add and remove the files of an entry now."""
    may = rights(by, held)
    if not (may.is_own or may.keeps):
        raise NotAllowed("只有本人和专家库的管理单位可以增减证明文件。")
    if held.state in OVER:
        raise Refused(f"现在是“{held.get_state_display()}”，不能增减证明文件。")


# --- shared ------------------------------------------------------------------------------------------------------------


def hold(pk: UUID, revision: int | None) -> Entry:
    """The entry, held until the transaction ends, as the actor saw it. Raises Overtaken."""
    held = Entry.objects.select_for_update(of=("self",)).select_related("pool", "user").get(pk=pk)
    if revision is not None and held.revision != revision:
        raise Overtaken("专家信息")
    return held


def _own(entry: Entry, revision: int, by: Actor) -> Entry:
    held = hold(entry.pk, revision)
    if not rights(by, held).is_own:
        raise NotAllowed("这一步由申请人本人办理。")
    return held


def touch(held: Entry, at: dt.datetime | None, *columns: str) -> None:
    held.changed_at = at or timezone.now()
    held.revision += 1
    held.save(update_fields=[*columns, "changed_at", "revision"])


def tell(event: Event, held: Entry, by: Actor, details: Mapping[str, Any], at: dt.datetime | None) -> None:
    history.record(event, held, by=by, division_code=held.pool.code, details=details, at=at)


def note_export(division: Division, *, what: str, rows: int, by: Actor) -> None:
    """Write down that somebody took a list of this room away as a file."""
    check(by, Capability.EXPORT, division)
    history.record(Event.EXPORTED, division, by=by, division_code=division.code, details={"名单": what, "行数": rows})
