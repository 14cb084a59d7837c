"""What docs/communities.md says of the kinds is what is registered."""

from __future__ import annotations

from greenhood.facts.kinds import Kind, kinds
from tests.accounts.test_permissions import table


def what(kind: Kind) -> str:
    return "one a community" if kind.is_single else "events" if kind.is_event else "things"


def test_document_lists_every_kind_as_it_is_registered() -> None:
    _, *rows = table("communities.md", "Kinds")

    assert rows == [
        [
            f"`{kind.key}`",
            kind.title,
            kind.section.value,
            what(kind),
            kind.shape.value if kind.is_located else "—",
            str(len(kind.columns)),
            "、".join(column.heading for column in kind.columns if column.is_required) or "—",
        ]
        for kind in kinds()
    ]
