"""What of this room waits for a post; counted on every page, so each is a plain indexed query."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from greenhood.accounts import waiting
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.exemplars.models import Base, Invitation, Meeting, Nomination, Objection, Round
from greenhood.exemplars.queries import practices
from greenhood.kit.dates import today_in_shanghai


def bases_to_decide(actor: Actor) -> QuerySet[Base] | None:
    """Applications for bases, and changes of designated ones, at the post's own division."""
    if actor.post is None or not actor.may(Capability.CURATE):
        return None
    return Base.objects.filter(waits_at=actor.post.division)


def invitations(actor: Actor) -> QuerySet[Invitation] | None:
    """Meetings ahead that the post's own division was invited to and has not answered."""
    if actor.post is None or not actor.may(Capability.SHARE):
        return None
    return Invitation.objects.filter(
        division=actor.post.division,
        answer=Invitation.Answer.NONE,
        meeting__state=Meeting.State.ANNOUNCED,
        meeting__on__gte=today_in_shanghai(),
    )


def meetings_to_close(actor: Actor) -> QuerySet[Meeting] | None:
    """Meetings of the post's own division whose day is over and whose minutes are missing."""
    if actor.post is None or not actor.may(Capability.SHARE):
        return None
    return Meeting.objects.filter(
        division=actor.post.division, state=Meeting.State.ANNOUNCED, on__lt=today_in_shanghai()
    )


def nominations_to_review(actor: Actor) -> QuerySet[Nomination] | None:
    if actor.post is None or not actor.may(Capability.CURATE):
        return None
    return Nomination.objects.filter(
        round__division=actor.post.division, round__state=Round.State.OPEN, state=Nomination.State.SUBMITTED
    )


def nominations_returned(actor: Actor) -> QuerySet[Nomination] | None:
    if actor.post is None or not actor.may(Capability.SHARE):
        return None
    return Nomination.objects.filter(
        division=actor.post.division, round__state=Round.State.OPEN, state=Nomination.State.RETURNED
    )


def objections(actor: Actor) -> QuerySet[Objection] | None:
    """Unanswered objections to the commendations of the post's own division."""
    if actor.post is None or not actor.may(Capability.HANDLE_OBJECTION):
        return None
    return Objection.objects.filter(nomination__round__division=actor.post.division, answered_at=None)


def rounds_to_decide(actor: Actor) -> QuerySet[Round] | None:
    """Notices of the post's own division that are over without an open objection."""
    if actor.post is None or not actor.may(Capability.CURATE):
        return None
    own = Round.objects.filter(
        division=actor.post.division, state=Round.State.NOTICED, closes_on__lt=today_in_shanghai()
    )
    return own.exclude(nominations__objections__in=Objection.objects.filter(answered_at=None))


def _late() -> Q:
    return Q(due_on__lt=today_in_shanghai())


WAITING = (
    waiting.Kind(
        "practices_to_review", "待审核的经验做法", "篇", "exemplars:mine", practices.to_review, anchor="review"
    ),
    waiting.Kind("practices_returned", "退回修改的经验做法", "篇", "exemplars:mine", practices.returned, anchor="own"),
    waiting.Kind(
        "bases_to_decide", "待认定或核准的教育基地", "个", "exemplars:bases", bases_to_decide, anchor="decide"
    ),
    waiting.Kind("meetings_to_answer", "待回复的现场会通知", "个", "exemplars:meetings", invitations, anchor="invited"),
    waiting.Kind(
        "meetings_to_close", "待登记情况的现场会", "个", "exemplars:meetings", meetings_to_close, anchor="close"
    ),
    waiting.Kind("nominations_to_review", "待审核的表扬推荐", "件", "exemplars:rounds", nominations_to_review),
    waiting.Kind("nominations_returned", "退回补充的表扬推荐", "件", "exemplars:rounds", nominations_returned),
    waiting.Kind("honour_objections", "待答复的表扬异议", "件", "exemplars:rounds", objections, late=_late),
    waiting.Kind("rounds_to_decide", "待公布的表扬", "个", "exemplars:rounds", rounds_to_decide),
)
