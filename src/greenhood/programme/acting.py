"""Who acts on goals and pilots: the division itself. Those above look on, and pass goals down to it as their own."""

from __future__ import annotations

from greenhood.accounts.access import NotAllowed, check
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.divisions.models import Division


def acts_for(actor: Actor, division: Division) -> bool:
    """Whether the post sets goals, passes them down and chooses pilots for this division itself."""
    return actor.may(Capability.PLAN, division) and (actor.post is None or actor.post.division_id == division.pk)


def act_as_own(by: Actor, division: Division) -> None:
    """Raise Http404 or NotAllowed unless the post is the division's own."""
    check(by, Capability.PLAN, division)
    if not acts_for(by, division):
        raise NotAllowed(f"{division.name}的目标和试点由{division.name}自己办理；上级可以查看，并向下分解自己的目标。")
