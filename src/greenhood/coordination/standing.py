"""Who answers for what: the post that a task, a call or an invitation is addressed to, and the post that gave it."""

from __future__ import annotations

from greenhood.accounts import departments
from greenhood.accounts.access import NotAllowed, check
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.accounts.models import Post, Role
from greenhood.divisions.models import Division


def lines_of(post: Post) -> tuple[str, ...]:
    """The lines of work that a post answers for within its division; "" is the division as a whole.

    A department's own officer answers for the department alone; the division's officers also for the division.
    """
    own = departments.line(post.department, post.division.name)
    whole = () if post.role == Role.DEPARTMENT_OFFICER else ("",)
    return (*whole, own) if own else whole


def answers_for(actor: Actor, division_id: int, line: str) -> bool:
    if actor.is_system:
        return True
    return (
        actor.post is not None
        and actor.may(Capability.RESPOND)
        and actor.post.division_id == division_id
        and line in lines_of(actor.post)
    )


def require_answer(by: Actor, division: Division, line: str, who: str, *, seen_in: Division | None = None) -> None:
    """Raise Http404 or NotAllowed unless the post is the one that is asked.

    ``seen_in`` is the division whose posts may look at the thing, where that isn't the one that is asked.
    """
    if answers_for(by, division.pk, line):
        return
    check(by, Capability.VIEW, seen_in or division)
    raise NotAllowed(f"这一步由{who}办理。您的岗位不是{who}的岗位；部门是按岗位上写的部门名称认定的。")


def gives_for(actor: Actor, division_id: int) -> bool:
    """Whether the post gives tasks, whistles and convenes for this division itself."""
    if actor.is_system:
        return True
    return actor.may(Capability.COORDINATE) and actor.post is not None and actor.post.division_id == division_id


def require_giver(by: Actor, division: Division) -> None:
    check(by, Capability.COORDINATE, division)
    if not gives_for(by, division.pk):
        raise NotAllowed(f"这一步由{division.name}自己办理。")
