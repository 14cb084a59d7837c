"""What people do with demonstration education bases: apply, designate, return, change and agree to it, remove, and note who came."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from greenhood.accounts.access import NotAllowed
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.divisions.models import Division
from greenhood.exemplars.actions.recording import fit_for_public, hold, keep, make_once, reason_of, tell
from greenhood.exemplars.contents import private_numbers, wrong_phone
from greenhood.exemplars.curating import act_as_curator, act_as_own, curator_of
from greenhood.exemplars.errors import Refused
from greenhood.exemplars.events import Event
from greenhood.exemplars.models import Base, Visit
from greenhood.exemplars.vocabulary import Topic
from greenhood.kit.dates import today_in_shanghai
from greenhood.kit.privacy import private_number

KIND = "exemplars.base"
MOST_PEOPLE = 5000
# What lies in the country, roughly: enough to find exchanged or mistyped degrees.
LONGITUDES, LATITUDES = (Decimal("73.5"), Decimal("135.1")), (Decimal("3.8"), Decimal("53.6"))
# What a visitor takes for the government's word, in the order of the page; the rest is for whoever runs the base to say.
REVIEWED = ("name", "address", "longitude", "latitude", "intro", "unit")
TEXTS = ("name", "address", "hours", "intro", "unit")
_FIELDS = {field.name: field for field in Base._meta.concrete_fields}
State = Base.State


@dataclass(frozen=True, slots=True)
class Particulars:
    """What is said of a base; degrees both or none."""

    name: str
    address: str
    hours: str
    capacity: int
    intro: str
    unit: str
    phone: str
    themes: tuple[str, ...] = ()
    longitude: Decimal | None = None
    latitude: Decimal | None = None


def _columns(said: Particulars) -> dict[str, object]:
    return asdict(said) | {"themes": list(said.themes)}


def _check(said: Particulars) -> None:
    problems = {name: "请填写。" for name in TEXTS if not getattr(said, name).strip()} | private_numbers(said, TEXTS)
    if phone := wrong_phone(said.phone) if said.phone.strip() else "请填写预约电话。":
        problems["phone"] = phone
    if not 1 <= said.capacity <= MOST_PEOPLE:
        problems["capacity"] = f"每批接待人数应在 1 到 {MOST_PEOPLE} 之间。"
    if set(said.themes) - set(Topic.values):
        problems["themes"] = "请从列出的主题中选择。"
    if (said.longitude is None) is not (said.latitude is None):
        problems["longitude" if said.longitude is None else "latitude"] = "经度和纬度要一起填写，或者都不填。"
    elif said.longitude is not None and said.latitude is not None:
        if not LONGITUDES[0] <= said.longitude <= LONGITUDES[1]:
            problems["longitude"] = "经度应在 73.5 到 135.1 之间；请看看经度和纬度是不是填反了。"
        if not LATITUDES[0] <= said.latitude <= LATITUDES[1]:
            problems["latitude"] = "纬度应在 3.8 到 53.6 之间；请看看经度和纬度是不是填反了。"
    if problems:
        raise Refused(problems)


@transaction.atomic
def apply(
    division: Division, said: Particulars, *, by: Actor, key: UUID | None = None, at: dt.datetime | None = None
) -> Base:
    """Apply for a base in one's own division; the nearest government that curates decides.

    Sent twice under the same ``key`` it is one. Raises Refused.
    """
    act_as_own(by, division)
    _check(said)
    curator = curator_of(division)
    if curator is None:
        raise Refused("国家级岗位不在本平台申请示范教育基地。")
    is_demonstration = bool(by.user and by.user.is_demonstration)
    values = {"division": division, "waits_at": curator, "edited_at": at or timezone.now(), "edited_by": by.user}
    row, is_new = make_once(Base, key, values | {"is_demonstration": is_demonstration} | _columns(said))
    if is_new:
        tell(Event.BASE_APPLIED, row, by, division, at, {"name": row.name, "to": curator.name})
    return row


@transaction.atomic
def change(base: Base, said: Particulars, *, revision: int, by: Actor, at: dt.datetime | None = None) -> Base:
    """Correct what is said of a base; one that was returned is applied for again.

    Of a designated one, ``REVIEWED`` particulars wait for the government that named it, unless that itself changes them; the
    others hold at once. Raises Refused, Overtaken.
    """
    row = hold(Base, base.pk, revision, "designated_in")
    act_as_own(by, row.division)
    if row.state == State.REMOVED:
        raise Refused("基地已取消，不能修改。需要恢复的请重新申请。")
    _check(said)
    columns = _columns(said)
    proposed = _differing(row, columns) if is_looked_at(row, by) else {}
    for name in columns.keys() - proposed.keys():
        setattr(row, name, columns[name])
    row.edited_at, row.edited_by, row.reason = at or timezone.now(), by.user, ""
    if row.state == State.RETURNED:
        row.state, row.waits_at = State.APPLIED, curator_of(row.division)
    if row.state == State.DESIGNATED:
        row.proposed = {name: _plain(value) for name, value in proposed.items()} or None
        row.waits_at = row.designated_in if proposed else None
    keep(row, *columns, "edited_at", "edited_by", "state", "waits_at", "reason", "proposed")
    waits = {"waits": "、".join(labels_of(proposed))} if proposed else {}
    tell(Event.BASE_CHANGED, row, by, row.division, at, {"name": row.name, **waits})
    return row


@transaction.atomic
def agree(base: Base, *, revision: int, by: Actor, at: dt.datetime | None = None) -> Base:
    """Let changed particulars of a designated base become public. Raises Refused, Overtaken."""
    row = _with_changes(base, revision, by)
    said = proposed_of(row)
    for name, value in said.items():
        setattr(row, name, value)
    row.proposed, row.waits_at, row.reason = None, None, ""
    keep(row, *said, "proposed", "waits_at", "reason")
    tell(Event.BASE_CHANGE_AGREED, row, by, row.division, at, {"name": row.name, "changed": "、".join(labels_of(said))})
    return row


@transaction.atomic
def decline(base: Base, *, reason: str, revision: int, by: Actor, at: dt.datetime | None = None) -> Base:
    """Leave the public particulars as they are, with the reason. Raises Refused, Overtaken."""
    row = _with_changes(base, revision, by)
    row.reason = reason_of(reason, "不同意修改")
    row.proposed, row.waits_at = None, None
    keep(row, "proposed", "waits_at", "reason")
    tell(Event.BASE_CHANGE_DECLINED, row, by, row.division, at, {"reason": row.reason})
    return row


def proposed_of(row: Base) -> dict[str, Any]:
    """The particulars that wait to be agreed to, by column, as the columns hold them."""
    said = row.proposed or {}
    return {name: _FIELDS[name].to_python(said[name]) for name in REVIEWED if name in said}


def labels_of(names: Iterable[str]) -> list[str]:
    """What columns are called on the pages."""
    wanted = set(names)
    return [str(_FIELDS[name].verbose_name) for name in REVIEWED if name in wanted]


def _with_changes(base: Base, revision: int, by: Actor) -> Base:
    row = hold(Base, base.pk, revision, "waits_at")
    if row.proposed is None:
        raise Refused("这个基地没有等待核准的修改，请刷新页面。")
    act_as_curator(by, row.waits_at)
    return row


def is_looked_at(row: Base, by: Actor) -> bool:
    """Whether somebody else named the base: what stands on the public page is theirs to let through."""
    own = by.post.division_id if by.post else None
    return row.state == State.DESIGNATED and not (row.designated_in_id == own and by.may(Capability.CURATE))


def _differing(row: Base, columns: Mapping[str, object]) -> dict[str, object]:
    return {name: columns[name] for name in REVIEWED if getattr(row, name) != columns[name]}


def _plain(value: object) -> object:
    return str(value) if isinstance(value, Decimal) else value


@transaction.atomic
def designate(
    base: Base,
    *,
    valid_until: dt.date,
    revision: int,
    by: Actor,
    photos: Iterable[UUID] = (),
    are_checked: bool = False,
    at: dt.datetime | None = None,
) -> Base:
    """Name a base until a day, for everybody to find. Raises Refused, Overtaken."""
    row = hold(Base, base.pk, revision, "waits_at")
    _require(row, State.APPLIED, "认定")
    act_as_curator(by, row.waits_at)
    today = today_in_shanghai(at)
    if valid_until <= today:
        raise Refused({"valid_until": f"有效期应晚于今天（{today}）。"})
    row.photos = fit_for_public(row.division, KIND, row.pk, photos, are_checked=are_checked)
    row.state, row.designated_in, row.designated_on, row.valid_until = (
        State.DESIGNATED,
        row.waits_at,
        today,
        valid_until,
    )
    row.waits_at = None
    keep(row, "photos", "state", "designated_in", "designated_on", "valid_until", "waits_at")
    details = {"name": row.name, "until": valid_until, "photos": len(row.photos)}
    tell(Event.BASE_DESIGNATED, row, by, row.division, at, details)
    return row


@transaction.atomic
def give_back(base: Base, *, reason: str, revision: int, by: Actor, at: dt.datetime | None = None) -> Base:
    """Return an application with the reason. Raises Refused, Overtaken."""
    row = hold(Base, base.pk, revision, "waits_at")
    _require(row, State.APPLIED, "退回")
    act_as_curator(by, row.waits_at)
    row.reason = reason_of(reason, "退回")
    row.state, row.waits_at = State.RETURNED, None
    keep(row, "reason", "state", "waits_at")
    tell(Event.BASE_RETURNED, row, by, row.division, at, {"reason": row.reason})
    return row


@transaction.atomic
def remove(base: Base, *, reason: str, revision: int, by: Actor, at: dt.datetime | None = None) -> Base:
    """Take the name away, by who gave it or above; the visits stay on record. Raises Refused, Overtaken."""
    row = hold(Base, base.pk, revision, "designated_in")
    _require(row, State.DESIGNATED, "取消")
    if row.designated_in is None or not by.may(Capability.CURATE, row.designated_in):
        raise NotAllowed("取消基地由认定它的一级及其上级办理。")
    row.reason = reason_of(reason, "取消")
    if private := private_number(row.reason):
        raise Refused({"reason": private})
    row.state, row.removed_on = State.REMOVED, today_in_shanghai(at)
    row.proposed, row.waits_at = None, None
    keep(row, "reason", "state", "removed_on", "proposed", "waits_at")
    tell(Event.BASE_REMOVED, row, by, row.division, at, {"name": row.name, "reason": row.reason})
    return row


@transaction.atomic
def note_visit(
    base: Base, *, on: dt.date, group: str, people: int, note: str = "", by: Actor, at: dt.datetime | None = None
) -> Visit:
    """Note a group that came. Raises Refused."""
    row = hold(Base, base.pk, None, "designated_in")
    _act_as_keeper(row, by)
    if row.state != State.DESIGNATED or row.designated_on is None or row.valid_until is None:
        raise Refused(f"基地{row.get_state_display()}，不能登记参观。")
    if on > today_in_shanghai(at):
        raise Refused({"on": "参观日期不能晚于今天。"})
    if not row.designated_on <= on <= row.valid_until:
        raise Refused({"on": f"参观日期应在认定期间（{row.designated_on} 至 {row.valid_until}）。"})
    if not group.strip():
        raise Refused({"group": "请填写参观单位。"})
    if not 1 <= people <= MOST_PEOPLE:
        raise Refused({"people": f"人数应在 1 到 {MOST_PEOPLE} 之间。"})
    try:
        with transaction.atomic():
            visit = Visit.objects.create(
                base=row,
                on=on,
                group=group.strip()[:80],
                people=people,
                note=note.strip()[:300],
                noted_at=at or timezone.now(),
                noted_by=by.user,
            )
    except IntegrityError as error:
        raise Refused({"group": f"{on} {group.strip()}已经登记过，不需要再登记。"}) from error
    tell(Event.BASE_VISITED, row, by, row.division, at, {"on": on, "group": visit.group, "people": people})
    return visit


@transaction.atomic
def remove_visit(visit: Visit, *, by: Actor, at: dt.datetime | None = None) -> None:
    """Take a visit back that was entered by mistake; asked again, nothing happens."""
    row = (
        Visit.objects.select_for_update(of=("self",))
        .select_related("base__division", "base__designated_in")
        .get(pk=visit.pk)
    )
    _act_as_keeper(row.base, by)
    if row.removed_at is None:
        row.removed_at = at or timezone.now()
        row.save(update_fields=["removed_at"])
        tell(Event.BASE_VISIT_REMOVED, row.base, by, row.base.division, at, {"on": row.on, "group": row.group})


def is_keeper(row: Base, by: Actor) -> bool:
    """Who notes visits: the division that runs the base, and whoever named it."""
    is_own = by.post is not None and by.post.division_id == row.division_id and by.may(Capability.SHARE)
    return is_own or (row.designated_in is not None and by.may(Capability.CURATE, row.designated_in))


def _act_as_keeper(row: Base, by: Actor) -> None:
    if not is_keeper(row, by):
        raise NotAllowed("参观由基地所在单位和认定单位登记。")


def _require(row: Base, state: str, what: str) -> None:
    if row.state != state:
        raise Refused(f"基地{row.get_state_display()}，不能{what}。请刷新页面。")
