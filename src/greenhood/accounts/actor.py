"""Who acts: a person under one post, from one address. Every action takes one as ``by``."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from greenhood.accounts.capabilities import CAPABILITIES, Capability
from greenhood.accounts.models import Post, Role, User
from greenhood.divisions.models import Division


class Kind(Enum):
    PERSON = "person"
    SYSTEM = "system"
    ANONYMOUS = "anonymous"


@dataclass(frozen=True, slots=True)
class Actor:
    """A person acting under one of their posts.

    ``Actor.system()`` is a job or a command of the operator and may do everything; ``Actor.anonymous()`` is a visitor
    who hasn't signed in and may do nothing. An actor without a user is a visitor unless made by ``system()``.
    """

    user: User | None
    post: Post | None = None
    address: str = ""
    kind: Kind = Kind.PERSON

    def __post_init__(self) -> None:
        assert self.kind is Kind.PERSON or self.user is None, "only a person has a user"
        assert self.post is None or self.user is not None, "a post is held by a person"
        if self.user is None and self.kind is Kind.PERSON:
            object.__setattr__(self, "kind", Kind.ANONYMOUS)

    @classmethod
    def system(cls) -> Actor:
        return cls(user=None, kind=Kind.SYSTEM)

    @classmethod
    def anonymous(cls, address: str = "") -> Actor:
        return cls(user=None, address=address, kind=Kind.ANONYMOUS)

    @property
    def is_system(self) -> bool:
        return self.kind is Kind.SYSTEM

    @property
    def is_anonymous(self) -> bool:
        return self.kind is Kind.ANONYMOUS

    @property
    def person_id(self) -> str:
        return str(self.user.pk) if self.user else ""

    @property
    def person_name(self) -> str:
        if self.user:
            return str(self.user)
        return "系统" if self.is_system else "未登录访客"

    @property
    def post_id(self) -> str:
        return str(self.post.pk) if self.post else ""

    @property
    def post_title(self) -> str:
        return str(self.post) if self.post else ""

    @property
    def division_code(self) -> int:
        """The code of the post's division; 0 without a post. History takes it where an action names no place."""
        return self.post.division.code if self.post else 0

    def may(self, capability: Capability, division: Division | None = None) -> bool:
        """Whether the post has the capability, and ``division`` (when given) lies within the post's own.

        The system itself may do everything.
        """
        if self.is_system:
            return True
        if self.post is None or capability not in CAPABILITIES[Role(self.post.role)]:
            return False
        return division is None or self.post.division.contains(division)
