"""Who acts: a person under one post, from one address. Every action takes one as ``by``."""

from __future__ import annotations

from dataclasses import dataclass

from greenhood.accounts.capabilities import CAPABILITIES, Capability
from greenhood.accounts.models import Post, User
from greenhood.divisions.models import Division


@dataclass(frozen=True, slots=True)
class Actor:
    """A person acting under one of their posts. ``Actor.system()`` is a job that nobody started by hand."""

    user: User | None
    post: Post | None = None
    address: str = ""

    @classmethod
    def system(cls) -> Actor:
        return cls(user=None)

    @property
    def is_system(self) -> bool:
        return self.user is None

    @property
    def person_id(self) -> str:
        return str(self.user.pk) if self.user else ""

    @property
    def person_name(self) -> str:
        return str(self.user) if self.user else "系统"

    @property
    def post_id(self) -> str:
        return str(self.post.pk) if self.post else ""

    @property
    def post_title(self) -> str:
        return str(self.post) if self.post else ""

    def may(self, capability: Capability, division: Division | None = None) -> bool:
        """Whether the post has the capability, and ``division`` (when given) lies within the post's own."""
        if self.post is None or capability not in CAPABILITIES[self.post.role]:
            return False
        return division is None or self.post.division.contains(division)
