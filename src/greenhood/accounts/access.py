"""The first line of a view: may this post see the thing at all, and may it do this to it?

Strangers get 404, so that they learn nothing; those who may look but not act get 403 with the reason.
"""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest

from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import TITLES, Capability
from greenhood.divisions.models import Division


class NotAllowed(PermissionDenied):
    """The post may look but not do this; ``reason`` is shown to the person."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def require(request: HttpRequest, capability: Capability, division: Division | None = None) -> Actor:
    """The acting person and post of this request, or 404 (a stranger) or 403 with the reason (a reader)."""
    actor: Actor = request.actor
    check(actor, capability, division)
    return actor


def check(actor: Actor, capability: Capability, division: Division | None = None) -> None:
    """Raise Http404 or NotAllowed unless the actor may do this within the division. Actions call this too."""
    if actor.may(capability, division):
        return
    if actor.is_anonymous:
        raise NotAllowed("请先登录，再办理此事项。")
    if division is not None and not actor.may(Capability.VIEW, division):
        raise Http404
    held = str(actor.post) if actor.post else "没有岗位"
    raise NotAllowed(f"您当前的岗位（{held}）没有“{TITLES[capability]}”的权限。如确需办理，请联系安全管理员调整岗位。")


def scope(actor: Actor, capability: Capability = Capability.VIEW, field: str = "community") -> Q:
    """A filter that keeps rows whose division (``field``) lies within the post's own. Nothing for those without.

    An empty ``field`` filters divisions themselves. The system's own filter keeps everything.
    """
    if not actor.may(capability):
        return Q(pk__in=[])
    if actor.post is None:
        return Q()
    low, high = actor.post.division.span
    code = f"{field}__code" if field else "code"
    return Q(**{f"{code}__gte": low, f"{code}__lt": high})
