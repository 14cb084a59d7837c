"""What files may be attached to: each room above registers its kinds of record, so that this one knows none of them.

Register in ``AppConfig.ready``. A kind is ``room.model``, as in ``communities.heritageinspection``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from greenhood.accounts.capabilities import Capability
from greenhood.divisions.models import Division

# Whether the community has such a record.
Exists = Callable[[Division, UUID], bool]


@dataclass(frozen=True, slots=True)
class SubjectKind:
    """One kind of record that takes files, and what a post needs in order to attach and remove them.

    ``is_apart``: its room takes its files in and hands them out by itself; the addresses of this one know nothing of them.
    """

    key: str
    exists: Exists
    capability: Capability
    is_apart: bool = False


_kinds: dict[str, SubjectKind] = {}


def register(key: str, exists: Exists, *, capability: Capability = Capability.RECORD) -> None:
    assert len(key) <= 40, f"{key} is longer than the column"
    _kinds[key] = SubjectKind(key, exists, capability)


def register_apart(key: str, *, capability: Capability) -> None:
    """A kind whose files only its own room takes in and hands out, because who may see them is not a matter of the place."""
    assert len(key) <= 40, f"{key} is longer than the column"
    _kinds[key] = SubjectKind(key, lambda community, subject: False, capability, is_apart=True)


def is_apart(key: str) -> bool:
    kind = _kinds.get(key)
    return kind is not None and kind.is_apart


def kind_of(key: str) -> SubjectKind | None:
    return _kinds.get(key)
