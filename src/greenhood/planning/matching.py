"""Names in a plan and the places that they mean."""

from __future__ import annotations

from collections import defaultdict

from greenhood.divisions import queries as divisions
from greenhood.divisions.models import Division, Level
from greenhood.planning.sections import Row, names

ENDINGS = ("社区居民委员会", "社区居委会", "居民委员会", "居委会", "社区")


def with_codes(rows: list[Row], division: Division) -> list[Row]:
    """Projects with the codes of the communities that they name, where a name means exactly one. One query."""
    wanted = {name for row in rows for name in names(row.get("communities", ""))}
    if not wanted:
        return [{**row, "codes": ""} for row in rows]
    low, high = division.span
    found: dict[str, list[int]] = defaultdict(list)
    bare_wanted = {bare(name) for name in wanted}
    spelled = {name + ending for name in bare_wanted for ending in ("", *ENDINGS)}
    places = divisions.current().filter(level=Level.COMMUNITY, code__gte=low, code__lt=high, name__in=spelled)
    for code, name in places.order_by().values_list("code", "name"):
        if bare(name) in bare_wanted:
            found[bare(name)].append(code)
    return [
        {
            **row,
            "codes": "、".join(
                str(found[bare(name)][0]) for name in names(row.get("communities", "")) if len(found[bare(name)]) == 1
            ),
        }
        for row in rows
    ]


def bare(name: str) -> str:
    """``晋阳社区居委会`` and ``晋阳社区`` are the same place."""
    for ending in ENDINGS:
        if name.endswith(ending) and len(name) > len(ending):
            return name.removesuffix(ending)
    return name
