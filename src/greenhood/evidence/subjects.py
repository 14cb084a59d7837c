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
    """One kind of record that takes files, and what a post needs in order to attach and remove them."""

    key: str
    exists: Exists
    capability: Capability


_kinds: dict[str, SubjectKind] = {}


def register(key: str, exists: Exists, *, capability: Capability = Capability.RECORD) -> None:
    assert len(key) <= 40, f"{key} is longer than the column"
    _kinds[key] = SubjectKind(key, exists, capability)


def kind_of(key: str) -> SubjectKind | None:
    return _kinds.get(key)
