"""Take what a phone sends: once, whole or not at all, and with the same answer however often it is sent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO, Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from greenhood.accounts.access import NotAllowed, check
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.baseline.actions import stating
from greenhood.baseline.errors import NotPossible, Refused
from greenhood.baseline.models import SyncedOperation
from greenhood.baseline.operations import Operation, Verb
from greenhood.divisions.models import Division, Level
from greenhood.evidence import actions as attachments
from greenhood.evidence import filetypes
from greenhood.evidence.capture import read as read_capture
from greenhood.facts import actions as facts
from greenhood.facts import queries as known
from greenhood.facts.doubts import doubts
from greenhood.facts.errors import BadFact, Conflict
from greenhood.facts.forms import FactForm, initial_of, plain_number
from greenhood.facts.kinds import Kind
from greenhood.facts.kinds import kind as kind_of
from greenhood.facts.models import CoordinateSystem, Fact, Source

Status = SyncedOperation.Status
_LOCK = 20_2612


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of an operation: ``stored`` with the new version, ``refused`` with a sentence by field, ``conflict`` with theirs."""

    status: Status
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo that belongs to a record. ``id`` is the operation's, ``record`` that of the record sent before.

    ``capture`` is what the page said of its taking, as ``evidence.capture.read`` takes it; empty for one from the album.
    """

    id: UUID
    person: UUID
    post: UUID
    record: UUID
    name: str
    caption: str
    capture: Mapping[str, str]
    digest: str


@transaction.atomic
def take(operation: Operation, *, by: Actor, at: dt.datetime | None = None) -> Answer:
    """Carry out one operation of a phone, or say again what became of it. Raises NotAllowed, Http404, NotPossible.

    Those are not remembered, since they may be otherwise tomorrow: another person is signed in, a post was granted.
    """
    check_owner(operation.person, operation.post, by)
    community = _community(operation.community)
    check(by, Capability.RECORD, community)
    if earlier := answered_before(operation.id, operation.digest):
        return earlier
    try:
        # What is refused leaves nothing behind, but the refusal is remembered.
        with transaction.atomic():
            status, body = Status.STORED, _carry_out(operation, community, by)
    except (BadFact, Refused) as problem:
        status, body = Status.REFUSED, {"problems": problem.problems}
    except NotPossible as problem:
        status, body = Status.REFUSED, {"problems": {problem.field: problem.reason}}
    except Conflict as conflict:
        status, body = Status.CONFLICT, {"theirs": _theirs(conflict.theirs)}
    return remember(operation.id, operation.digest, community, by, operation.kind, operation.thing, status, body, at=at)


def take_photo(photo: Photo, file: IO[bytes], *, by: Actor, at: dt.datetime | None = None) -> Answer:
    """Attach a photo to a record that was sent before. Raises NotAllowed, NotPossible, evidence's StoreFull."""
    check_owner(photo.person, photo.post, by)
    record = SyncedOperation.objects.filter(pk=photo.record, person=photo.person, status=Status.STORED).first()
    if record is None or record.thing is None:
        raise NotPossible("照片所属的记录还没有保存，请先发送记录。")
    check(by, Capability.RECORD, record.community)
    now = at or timezone.now()
    with transaction.atomic():
        if earlier := answered_before(photo.id, photo.digest):
            return earlier
        try:
            attached = attachments.attach(
                file,
                photo.name,
                community=record.community,
                subject_kind=kind_of(record.kind).subject_kind,
                subject_id=record.thing,
                by=by,
                caption=photo.caption,
                capture=read_capture(photo.capture, by=by, now=now),
                at=now,
            )
            status = Status.STORED
            body: dict[str, Any] = {"attachment": str(attached.attachment.pk)}
        except filetypes.Refused as problem:
            status, body = Status.REFUSED, {"problems": {"photo": str(problem)}}
        return remember(
            photo.id, photo.digest, record.community, by, record.kind, record.thing, status, body, record=record, at=now
        )


def check_owner(person: UUID, post: UUID, by: Actor) -> None:
    """What one person collected under one post is sent by the same, not by whoever is signed in on the phone now."""
    if str(person) != by.person_id or str(post) != by.post_id:
        raise NotAllowed("这条记录是另一人或另一岗位填写的，须由本人以原岗位登录后发送。")


def _community(code: int) -> Division:
    found = Division.objects.filter(code=code, valid_to=None, level=Level.COMMUNITY).first()
    if found is None:
        raise NotPossible(f"没有代码为 {code:012d} 的社区，可能已撤并，请刷新社区名单。")
    return found


def answered_before(pk: UUID, digest: str) -> Answer | None:
    """The answer given before; a second request with the same id waits here for the first."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s, %s)", [_LOCK, pk.int % 2**31])
    row = SyncedOperation.objects.filter(pk=pk).first()
    if row is None:
        return None
    if row.digest != digest:
        raise NotPossible("这个编号已用于另一条内容，没有保存。请刷新页面后重新填写。")
    return Answer(Status(row.status), row.answer)


def remember(
    pk: UUID,
    digest: str,
    community: Division,
    by: Actor,
    kind: str,
    thing: UUID | None,
    status: Status,
    body: Mapping[str, Any],
    *,
    record: SyncedOperation | None = None,
    at: dt.datetime | None = None,
) -> Answer:
    """Keep what an operation came to, under the id that the phone gave it."""
    answer = {"operation": str(pk), "status": status.value, **body}
    SyncedOperation.objects.create(
        pk=pk,
        person=UUID(by.person_id),
        post=UUID(by.post_id),
        community=community,
        kind=kind,
        thing=UUID(body["thing"]) if body.get("thing") else thing,
        record=record,
        digest=digest,
        status=status,
        answer=answer,
        received_at=at or timezone.now(),
    )
    return Answer(status, answer)


def _carry_out(operation: Operation, community: Division, by: Actor) -> dict[str, Any]:
    try:
        kind = kind_of(operation.kind)
    except KeyError as error:
        raise Refused({"": f"没有“{operation.kind}”这类信息，请更新页面。"}) from error
    match operation.verb:
        case Verb.NOTHING:
            row = stating.state_nothing(kind, community, by=by, dated=operation.dated)
            return {"dated": row.dated.isoformat()}
        case Verb.CONFIRM:
            thing = _thing(kind, operation, community)
            fact = stating.confirm(
                kind,
                community,
                thing,
                replaces=_replaced(kind, operation, community, thing),
                by=by,
                dated=operation.dated,
            )
            return stored(fact)
        case Verb.RECORD:
            return _record(kind, operation, community, by)


def _record(kind: Kind, operation: Operation, community: Division, by: Actor) -> dict[str, Any]:
    if unknown := operation.values.keys() - {column.name for column in kind.columns}:
        raise Refused({"": f"“{kind.title}”没有这些栏：{'、'.join(sorted(unknown))}。请更新页面。"})
    thing = _thing(kind, operation, community)
    present = known.latest(kind, community, thing)
    form = FactForm(
        kind,
        _typed(kind, operation, thing, present),
        thing=thing,
        present=present,
        things=_referable(kind, community),
    )
    if not form.is_valid():
        raise Refused(
            {name if name != "__all__" else "": " ".join(map(str, texts)) for name, texts in form.errors.items()}
        )
    values = form.values
    fact = facts.record(
        kind,
        community,
        values,
        dated=operation.dated,
        by=by,
        thing=thing,
        replaces=_replaced(kind, operation, community, thing),
        source=Source.SURVEYED,
        source_note=operation.source_note,
    )
    before = known.values_of(present) if present else None
    return stored(fact, [*form.said, *(sentence for _, sentence in doubts(kind, values, before))])


def _thing(kind: Kind, operation: Operation, community: Division) -> UUID:
    if kind.is_single:
        return facts.thing_of(kind, community.pk)
    if operation.thing is None:
        raise Refused({"": "缺少对象的编号，请更新页面后重新填写。"})
    return operation.thing


def _replaced(kind: Kind, operation: Operation, community: Division, thing: UUID) -> UUID | None:
    """The version that the person had before them: the one they read, or the one that an unheard earlier sending made."""
    if not operation.after:
        return operation.replaces
    own = SyncedOperation.objects.filter(pk__in=operation.after, person=operation.person, status=Status.STORED)
    made = {str(answer.get("version")) for answer in own.filter(thing=thing).values_list("answer", flat=True)}
    present = known.latest(kind, community, thing)
    return present.id if present is not None and str(present.id) in made else operation.replaces


def _typed(kind: Kind, operation: Operation, thing: UUID, present: Fact | None) -> dict[str, str]:
    """The operation as the form of the kind takes it. What wasn't sent stays as it is."""
    kept = typed(present) if present is not None else {}
    place = operation.position
    placed = {} if place is None else {"longitude": str(place.longitude), "latitude": str(place.latitude)}
    return {
        **kept,
        **operation.values,
        **placed,
        "captured_in": place.system.value if place else CoordinateSystem.CGCS2000.value,
        "thing": str(thing),
        "dated": operation.dated.isoformat(),
        "source": Source.SURVEYED.value,
        "source_note": operation.source_note,
    }


def _referable(kind: Kind, community: Division) -> dict[str, dict[UUID, str]]:
    targets = {column.refers_to for column in kind.columns if column.refers_to}
    return {target: known.names_of(community.pk, [target]) for target in targets}


def typed(fact: Fact) -> dict[str, str]:
    """A version as its form shows it: text by column, and its place in degrees of CGCS2000."""
    found = {column.name: _text(initial_of(column, getattr(fact, column.name))) for column in fact.kind.columns}
    if fact.kind.is_located and getattr(fact, "longitude", None) is not None:
        found |= {name: repr(getattr(fact, name)) for name in ("longitude", "latitude")}
    return found


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else value.isoformat() if isinstance(value, dt.date) else plain_number(value)


def stored(fact: Fact, notes: list[str] | None = None) -> dict[str, Any]:
    """A version as a phone keeps it."""
    return {
        "thing": str(fact.thing),
        "version": str(fact.id),
        "dated": fact.dated.isoformat(),
        "values": typed(fact),
        "notes": notes or [],
    }


def _theirs(fact: Fact | None) -> dict[str, Any] | None:
    """What is stored now, and by whom; None where the thing is gone."""
    if fact is None:
        return None
    return {
        **stored(fact),
        "person": str(fact.recorded_by) if fact.recorded_by else "系统",
        "recorded_at": fact.recorded_at.isoformat(),
    }
