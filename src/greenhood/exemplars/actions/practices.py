"""What people do with practices: write, hand in, review, publish, recommend upward, withdraw, and say that they copied one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from greenhood.accounts.access import NotAllowed
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.divisions.models import Division, Level
from greenhood.exemplars import clauses, contents, library
from greenhood.exemplars.actions.recording import fit_for_public, hold, keep, make_once, reason_of, tell
from greenhood.exemplars.contents import Content
from greenhood.exemplars.curating import act_as_curator, act_as_own, curator_above, curator_of
from greenhood.exemplars.errors import Refused
from greenhood.exemplars.events import Event
from greenhood.exemplars.models import Adoption, Edition, Practice
from greenhood.exemplars.models.practices import WRITTEN
from greenhood.kit.dates import today_in_shanghai
from greenhood.kit.privacy import private_number
from greenhood.schemes.crosswalk import lines_of

KIND = "exemplars.practice"
LONGEST_OUTCOME = 500
# What one person saves again within this time is one line of history.
SITTING = dt.timedelta(minutes=30)
State = Practice.State


# --- write and hand in ------------------------------------------------------------------------------------------------


@transaction.atomic
def begin(
    division: Division, content: Content, *, by: Actor, key: UUID | None = None, at: dt.datetime | None = None
) -> Practice:
    """Begin a practice of one's own division; sent twice under the same ``key`` it is one. Raises Refused with what can't be kept."""
    act_as_own(by, division)
    _check(content)
    if curator_of(division) is None:
        raise Refused("国家级岗位不在本平台撰写经验做法。")
    now = at or timezone.now()
    is_demonstration = bool(by.user and by.user.is_demonstration)
    values = {"division": division, "created_at": now, "edited_at": now, "edited_by": by.user}
    row, is_new = make_once(Practice, key, values | {"is_demonstration": is_demonstration} | content.columns)
    if is_new:
        tell(Event.PRACTICE_WRITTEN, row, by, division, at, {"title": content.title})
    return row


@transaction.atomic
def write(practice: Practice, content: Content, *, revision: int, by: Actor, at: dt.datetime | None = None) -> Practice:
    """Keep what is written. A published practice stays as it is until the new words are published. Raises Refused, Overtaken.

    History says so once a sitting of one person, and whenever the state changes with it.
    """
    row = hold(Practice, practice.pk, revision)
    act_as_own(by, row.division)
    _require_open(row)
    _check(content)
    was, now = row.state, at or timezone.now()
    is_told = by.user is not None and row.edited_by_id == by.user.pk and now - row.edited_at < SITTING
    for name, value in content.columns.items():
        setattr(row, name, value)
    # Returned words stay returned until they are handed in again.
    if row.state != State.RETURNED:
        row.state = State.DRAFT
    row.edited_at, row.edited_by = now, by.user
    keep(row, *WRITTEN, "state", "edited_at", "edited_by")
    if not is_told or row.state != was:
        tell(Event.PRACTICE_CHANGED, row, by, row.division, at, {"title": row.title})
    return row


@transaction.atomic
def submit(practice: Practice, *, revision: int, by: Actor, at: dt.datetime | None = None) -> Practice:
    """Hand a practice in: to the nearest government that curates, later editions to the one that published it.

    Raises Refused with what is missing, Overtaken.
    """
    row = hold(Practice, practice.pk, revision, "published_in")
    act_as_own(by, row.division)
    _require_open(row)
    if row.state == State.PUBLISHED:
        raise Refused("没有改动，不需要再报送。")
    content = content_of(row)
    _check(content)
    if missing := contents.missing(content):
        raise Refused(missing)
    row.waits_at = row.published_in or curator_of(row.division)
    row.state, row.submitted_at, row.reason = State.SUBMITTED, at or timezone.now(), ""
    keep(row, "waits_at", "state", "submitted_at", "reason")
    assert row.waits_at is not None, "whoever could begin it has somebody above"
    tell(Event.PRACTICE_SUBMITTED, row, by, row.division, at, {"title": row.title, "to": row.waits_at.name})
    return row


@transaction.atomic
def recall(practice: Practice, *, revision: int, by: Actor, at: dt.datetime | None = None) -> Practice:
    """Take back what was handed in and not yet reviewed. Raises Refused, Overtaken."""
    row = hold(Practice, practice.pk, revision)
    act_as_own(by, row.division)
    if row.state != State.SUBMITTED:
        raise Refused(f"这篇经验{row.get_state_display()}，没有可以撤回的报送。")
    row.state, row.waits_at = State.DRAFT, None
    keep(row, "state", "waits_at")
    tell(Event.PRACTICE_RECALLED, row, by, row.division, at)
    return row


# --- review -----------------------------------------------------------------------------------------------------------


@transaction.atomic
def give_back(practice: Practice, *, reason: str, revision: int, by: Actor, at: dt.datetime | None = None) -> Practice:
    """Return a practice with the reason. Raises Refused, Overtaken."""
    row = _under_review(practice, revision, by, State.SUBMITTED)
    row.reason = reason_of(reason, "退回")
    row.state, row.waits_at = State.RETURNED, None
    keep(row, "reason", "state", "waits_at")
    tell(Event.PRACTICE_RETURNED, row, by, row.division, at, {"reason": row.reason})
    return row


@transaction.atomic
def publish(
    practice: Practice,
    *,
    revision: int,
    by: Actor,
    photos: Iterable[UUID] = (),
    are_checked: bool = False,
    at: dt.datetime | None = None,
) -> Edition:
    """Publish what was handed in as the next edition, in the library of the post's own division, for everybody to read.

    ``photos`` are the attachments that are shown; ``are_checked`` says that somebody looked at them. Raises Refused, Overtaken.
    """
    row = _under_review(practice, revision, by, State.SUBMITTED)
    shown = fit_for_public(row.division, KIND, row.pk, photos, are_checked=are_checked)
    assert row.waits_at is not None, "what is reviewed waits somewhere"
    edition = Edition.objects.create(
        practice=row,
        number=row.editions.count() + 1,
        photos=shown,
        published_at=at or timezone.now(),
        published_by=by.user,
        published_in=row.waits_at,
        **content_of(row).columns,
    )
    row.published_in, row.state, row.waits_at = row.waits_at, State.PUBLISHED, None
    keep(row, "published_in", "state", "waits_at")
    library.put(row, edition)
    details = {"title": row.title, "number": edition.number, "in": edition.published_in.name, "photos": len(shown)}
    tell(Event.PRACTICE_PUBLISHED, row, by, row.division, at, details)
    return edition


@transaction.atomic
def recommend(practice: Practice, *, revision: int, by: Actor, at: dt.datetime | None = None) -> Practice:
    """Ask the next library above to take a published practice. Raises Refused, Overtaken."""
    row = hold(Practice, practice.pk, revision, "published_in")
    act_as_curator(by, row.published_in)
    if row.state != State.PUBLISHED:
        raise Refused("只有已发布、没有待审改动的经验可以向上推荐。")
    if row.waits_at_id is not None:
        raise Refused("已经推荐给上一级，正等待办理。")
    assert row.published_in is not None, "the row is published"
    row.waits_at = curator_above(row.published_in)
    if row.waits_at is None:
        raise Refused(f"{row.published_in.name}已是最高一级经验库，没有可以推荐的上一级。")
    keep(row, "waits_at")
    tell(Event.PRACTICE_RECOMMENDED, row, by, row.division, at, {"to": row.waits_at.name})
    return row


@transaction.atomic
def take_over(practice: Practice, *, revision: int, by: Actor, at: dt.datetime | None = None) -> Practice:
    """Take a recommended practice into the library of one's own division. Raises Refused, Overtaken."""
    row = _under_review(practice, revision, by, State.PUBLISHED)
    assert row.waits_at is not None, "what is recommended waits somewhere"
    row.published_in, row.waits_at = row.waits_at, None
    keep(row, "published_in", "waits_at")
    row.entry.level = row.published_in.level
    row.entry.save(update_fields=["level"])
    tell(Event.PRACTICE_PUBLISHED, row, by, row.division, at, {"title": row.title, "in": row.published_in.name})
    return row


@transaction.atomic
def decline(practice: Practice, *, reason: str, revision: int, by: Actor, at: dt.datetime | None = None) -> Practice:
    """Leave a recommended practice where it is, with the reason. Raises Refused, Overtaken."""
    row = _under_review(practice, revision, by, State.PUBLISHED)
    row.reason, row.waits_at = reason_of(reason, "不采纳"), None
    keep(row, "reason", "waits_at")
    tell(Event.PRACTICE_DECLINED, row, by, row.division, at, {"reason": row.reason})
    return row


@transaction.atomic
def withdraw(practice: Practice, *, reason: str, revision: int, by: Actor, at: dt.datetime | None = None) -> Practice:
    """Take a published practice out of the library: its own division, or who curates where it was published, or above.

    It can be written, handed in and published again; the editions so far stay withdrawn. Raises Refused, Overtaken.
    """
    row = hold(Practice, practice.pk, revision, "published_in")
    if not may_withdraw(row, by):
        raise NotAllowed("撤下经验由撰写单位，或发布它的一级及其上级办理。")
    if not hasattr(row, "entry"):
        raise Refused("这篇经验没有发布，不需要撤下。")
    row.reason = reason_of(reason, "撤下")
    row.state, row.waits_at = State.WITHDRAWN, None
    keep(row, "reason", "state", "waits_at")
    row.editions.filter(withdrawn_at=None).update(withdrawn_at=at or timezone.now())
    library.remove(row)
    tell(Event.PRACTICE_WITHDRAWN, row, by, row.division, at, {"reason": row.reason})
    return row


def may_withdraw(row: Practice, by: Actor) -> bool:
    is_own = by.post is not None and by.post.division_id == row.division_id and by.may(Capability.SHARE)
    return is_own or (row.published_in is not None and by.may(Capability.CURATE, row.published_in))


# --- 我们也用了 -----------------------------------------------------------------------------------------------------------


@transaction.atomic
def adopt(
    practice: Practice,
    community: Division,
    *,
    since: dt.date,
    outcome: str,
    by: Actor,
    at: dt.datetime | None = None,
) -> Adoption:
    """Note that a community copied a practice, since when, and what came of it; noted again it is corrected. Raises Refused."""
    act_as_own(by, community)
    row = hold(Practice, practice.pk)
    if community.level != Level.COMMUNITY:
        raise Refused("由采用这个做法的社区登记。")
    if not hasattr(row, "entry"):
        raise Refused("这篇经验已撤下，不能再登记采用。")
    if row.division_id == community.pk:
        raise Refused("这是本社区自己的经验，不算采用。")
    if since > today_in_shanghai(at):
        raise Refused({"since": "开始时间不能晚于今天；打算采用的，等用起来以后再登记。"})
    if len(outcome.strip()) > LONGEST_OUTCOME:
        raise Refused({"outcome": f"效果最多 {LONGEST_OUTCOME} 字。"})
    if private := private_number(outcome):
        raise Refused({"outcome": private})
    adoption, _is_new = Adoption.objects.update_or_create(
        practice=row,
        community=community,
        defaults={
            "since": since,
            "outcome": outcome.strip(),
            "noted_at": at or timezone.now(),
            "noted_by": by.user,
        },
    )
    library.recount(row)
    tell(Event.PRACTICE_ADOPTED, row, by, community, at, {"community": community.name, "since": since})
    return adoption


@transaction.atomic
def drop(adoption: Adoption, *, by: Actor, at: dt.datetime | None = None) -> None:
    """Take a note of adoption back."""
    row = Adoption.objects.select_for_update(of=("self",)).select_related("practice", "community").get(pk=adoption.pk)
    act_as_own(by, row.community)
    row.delete()
    library.recount(row.practice)
    tell(Event.PRACTICE_DROPPED, row.practice, by, row.community, at, {"community": row.community.name})


# --- shared -----------------------------------------------------------------------------------------------------------


def content_of(row: Practice | Edition) -> Content:
    values: dict[str, Any] = {name: getattr(row, name) for name in WRITTEN}
    frozen: dict[str, Any] = {name: tuple(one) if isinstance(one, list) else one for name, one in values.items()}
    return Content(**frozen)


def _check(content: Content) -> None:
    known = {
        clauses.tag(scheme.id, line.criterion.no)
        for scheme in clauses.criteria().crosswalk.schemes.values()
        for line in lines_of(scheme)
    }
    if found := contents.problems(content, known):
        raise Refused(found)


def _require_open(row: Practice) -> None:
    if row.state == State.SUBMITTED:
        raise Refused("已经报送，审核期间不能修改。需要修改的请先撤回。")
    if row.waits_at_id is not None:
        raise Refused("已向上一级推荐，等待办理期间不能修改。")


def _under_review(practice: Practice, revision: int, by: Actor, state: str) -> Practice:
    row = hold(Practice, practice.pk, revision, "waits_at")
    if row.state != state or row.waits_at is None:
        raise Refused(f"这篇经验{row.get_state_display()}，现在没有需要审核的内容，请刷新页面。")
    act_as_curator(by, row.waits_at)
    return row
