"""What a newer list says differently: which unit is which, when neither code nor name need be the same.

Units are matched from the top down, because a unit is most surely itself within the same parent: first by code and name,
then by name in the same parent, by name within the parent's parent, and last by code alone. What is left over on the one
side is new, on the other abolished or merged. Everything is a column operation: lists have 660,000 rows.

Nothing here decides: a match that changes something becomes a proposal that a person confirms.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from greenhood.divisions import names
from greenhood.divisions.models import Change
from greenhood.divisions.reading import WIDTHS

Kind = Change.Kind

# Counties and cities are divided by the State Council and seldom; their parts bear names of their own.
DIVISIBLE = (4, 5)

# Columns: of the system's units ``id, code, level, name, urban_rural_class, parent_id``; of the list's, those of ``reading``.
PROPOSAL = {
    "kind": pl.String,
    "division_id": pl.Int64,
    "level": pl.Int64,
    "place": pl.Int64,
    "old_name": pl.String,
    "code": pl.Int64,
    "name": pl.String,
    "urban_rural_class": pl.Int16,
    # The text of a PostgreSQL array: the one that took over, or the parts of a split.
    "successor_codes": pl.String,
}


@dataclass(frozen=True)
class Comparison:
    """``fresh``: units of kinds and provinces that the system has none of, taken as they are. ``proposals``: what waits for a
    person. ``classes``: urban-rural classes of units that had none (``id``, ``urban_rural_class``)."""

    fresh: pl.DataFrame
    proposals: pl.DataFrame
    classes: pl.DataFrame


def compare(held: pl.DataFrame, listed: pl.DataFrame) -> Comparison:
    """Compare what the system holds with a list. Only kinds of units that both have are compared, province by province.

    So a list of one province abolishes nothing elsewhere, and a list without villagers' committees abolishes none.
    """
    held, listed = _with_part(held), _with_part(listed)
    is_new_part = ~pl.col("part").is_in(held["part"].unique().implode())
    fresh = listed.filter(is_new_part)
    match = _matched(held, listed.filter(~is_new_part))
    is_covered = pl.col("part").is_in(listed["part"].unique().implode())
    proposals = pl.concat([_differences(match.pairs), _left_over(match, held.filter(is_covered))])
    filled = pl.col("urban_rural_class").is_null() & pl.col("new_class").is_not_null()
    return Comparison(
        fresh.drop("part"),
        proposals.sort("place", maintain_order=True),
        match.pairs.filter(filled).select("id", urban_rural_class="new_class"),
    )


def _with_part(units: pl.DataFrame) -> pl.DataFrame:
    """Province × kind: the level, and at village level 5 for residents' and 6 for villagers' committees."""
    last = pl.col("code") % 1000
    is_villagers = (pl.col("level") == 5) & (last.is_between(200, 399) | (last >= 500))
    kind = pl.when(is_villagers).then(6).otherwise(pl.col("level"))
    return units.with_columns(part=(pl.col("code") // 10**10 * 10 + kind).cast(pl.Int64))


@dataclass
class _Match:
    """``pairs``: a unit of the system (``id, code, name, …``) with what the list calls it (``new_code, new_name, new_class``).

    ``splits``: a unit that is gone (``id``) and the text of an array of its parts' codes (``successor_codes``).
    """

    pairs: pl.DataFrame
    rest_held: pl.DataFrame
    rest_listed: pl.DataFrame
    splits: pl.DataFrame


def _matched(held: pl.DataFrame, listed: pl.DataFrame) -> _Match:
    held = held.with_columns(plain=names.plain_column(pl.col("name")), core=names.core_column(pl.col("name")))
    listed = listed.rename({"code": "new_code", "name": "new_name", "urban_rural_class": "new_class"}).with_columns(
        plain=names.plain_column(pl.col("new_name")), core=names.core_column(pl.col("new_name"))
    )
    theirs = listed.select("new_code", "new_name", "new_class", "plain", code="new_code")
    pairs = [held.join(theirs, on=["code", "plain"], how="inner").select(_PAIR)]
    rest_held = held.join(pairs[0], on="id", how="anti")
    rest_listed = listed.join(pairs[0], on="new_code", how="anti")
    # Which unit of the system each code of the list stands for; a new unit stands for itself, as its negative code.
    known = pairs[0].select("new_code", "id")
    above = held.select("id", "parent_id")
    for level in range(1, 6):
        mine = _with_ancestors(rest_held.filter(pl.col("level") == level), above)
        theirs = _with_units(rest_listed.filter(pl.col("level") == level), known, level)
        for keys in _KEYS[level]:
            found = _unique_pairs(mine, theirs, keys)
            pairs.append(found.select(_PAIR))
            known = pl.concat([known, found.select("new_code", "id")])
            mine = mine.join(found, on="id", how="anti")
            theirs = theirs.join(found, on="new_code", how="anti")
    every = pl.concat(pairs)
    rest_held = held.join(every, on="id", how="anti")
    rest_listed = listed.join(every, on="new_code", how="anti").pipe(_with_parents, known)
    splits = _splits(rest_held, every, rest_listed)
    # Where one part was given the code of the whole, code alone had made them one.
    freed = every.join(splits, on="id", how="semi")
    if freed.is_empty():
        return _Match(every, rest_held, rest_listed, splits)
    return _Match(
        every.join(freed, on="id", how="anti"),
        pl.concat([rest_held, held.join(freed, on="id", how="semi")]),
        pl.concat([rest_listed, listed.join(freed, on="new_code", how="semi").pipe(_with_parents, known)]),
        splits,
    )


_PAIR = ["id", "parent_id", "code", "level", "name", "urban_rural_class", "new_code", "new_name", "new_class"]

_NEAR, _NEAR_CORE, _WIDER, _CODE = ("parent", "plain"), ("parent", "core"), ("grandparent", "plain"), ("code",)
# A province has no grandparent within which its name could be looked for, and keeps its code or its name.
_KEYS = {1: (_NEAR, _CODE), **dict.fromkeys((2, 3, 4, 5), (_NEAR, _NEAR_CORE, _WIDER, _CODE))}


def _unique_pairs(mine: pl.DataFrame, theirs: pl.DataFrame, keys: tuple[str, ...]) -> pl.DataFrame:
    """Pairs that agree in these columns, where each side has the combination once: a doubt is no match."""
    columns = list(keys)
    mine = mine.filter(pl.struct(columns).is_unique())
    theirs = theirs.with_columns(code=pl.col("new_code")).filter(pl.struct(columns).is_unique())
    return mine.join(theirs.select("new_code", "new_name", "new_class", *columns), on=columns, how="inner")


def _with_ancestors(mine: pl.DataFrame, above: pl.DataFrame) -> pl.DataFrame:
    grand = above.rename({"id": "parent", "parent_id": "grandparent"})
    return mine.with_columns(parent=pl.col("parent_id")).join(grand, on="parent", how="left")


def _with_units(theirs: pl.DataFrame, known: pl.DataFrame, level: int) -> pl.DataFrame:
    """The parent and grandparent that the codes of the list name, as units of the system."""
    for column, up in (("parent", 1), ("grandparent", 2)):
        width = WIDTHS.get(level - up, 10**12)
        theirs = _standing_for(theirs.with_columns(_code=pl.col("new_code") // width * width), known, column)
    return theirs


def _with_parents(theirs: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    parts = [_with_units(theirs.filter(pl.col("level") == level), known, level) for level in range(1, 6)]
    return pl.concat(parts)


def _standing_for(rows: pl.DataFrame, known: pl.DataFrame, column: str) -> pl.DataFrame:
    units = known.select(_code="new_code", _unit="id")
    return (
        rows.join(units, on="_code", how="left")
        .with_columns(pl.coalesce(pl.col("_unit"), -pl.col("_code")).alias(column))
        .drop("_code", "_unit")
    )


# Proposals


def _differences(pairs: pl.DataFrame) -> pl.DataFrame:
    """What differs between the two of a pair. The wording of a kind (居民委员会, 居委会) is no difference."""
    has_moved = pl.col("code") != pl.col("new_code")
    has_new_name = names.plain_column(pl.col("name")) != names.plain_column(pl.col("new_name"))
    has_new_class = (pl.col("new_class") != pl.col("urban_rural_class")).fill_null(value=False)
    kind = (
        pl.when(has_moved)
        .then(pl.lit(Kind.MOVED.value))
        .when(has_new_name)
        .then(pl.lit(Kind.RENAMED.value))
        .when(has_new_class)
        .then(pl.lit(Kind.RECLASSIFIED.value))
    )
    return _as_proposals(
        pairs.with_columns(kind=kind)
        .filter(pl.col("kind").is_not_null())
        .select(
            "kind",
            "level",
            division_id="id",
            place="code",
            old_name="name",
            code="new_code",
            name=pl.when(has_new_name).then("new_name").otherwise("name"),
            urban_rural_class=pl.coalesce("new_class", "urban_rural_class"),
        )
    )


def _left_over(match: _Match, covered: pl.DataFrame) -> pl.DataFrame:
    gone = match.rest_held.join(covered, on="id", how="semi")
    added = match.rest_listed.select(
        kind=pl.lit(Kind.ADDED.value),
        level="level",
        place="new_code",
        code="new_code",
        name="new_name",
        urban_rural_class="new_class",
    )
    divided = match.splits.with_columns(kind=pl.lit(Kind.SPLIT.value))
    merged = _successors(gone.join(divided, on="id", how="anti"), match).with_columns(kind=pl.lit(Kind.MERGED.value))
    lost = gone.join(pl.concat([divided, merged]), on="id", how="left").select(
        kind=pl.col("kind").fill_null(Kind.ABOLISHED.value),
        division_id="id",
        level="level",
        place="code",
        old_name="name",
        successor_codes="successor_codes",
    )
    return pl.concat([_as_proposals(added), _as_proposals(lost)])


def _splits(gone: pl.DataFrame, pairs: pl.DataFrame, new: pl.DataFrame) -> pl.DataFrame:
    """Units that several new ones of the same parent share the name of (``id, successor_codes``): 晋阳 into 晋阳东 and 晋阳西.

    One part may have been given the code of the whole. A unit that kept its name goes on, whatever was taken out of it.
    """
    renamed = pairs.with_columns(
        core=names.core_column(pl.col("name")), new_core=names.core_column(pl.col("new_name"))
    ).filter((pl.col("core") != pl.col("new_core")) & pl.col("level").is_in(DIVISIBLE))
    columns = ["id", "parent_id", "level", "core"]
    wholes = pl.concat([gone.filter(pl.col("level").is_in(DIVISIBLE)).select(columns), renamed.select(columns)]).filter(
        pl.struct("parent_id", "core").is_unique()
    )
    found = wholes.join(
        _stems(new.select("new_code", "level", parent_id="parent", new_core="core")),
        left_on=["parent_id", "level", "core"],
        right_on=["parent_id", "level", "stem"],
    )
    kept_code = _stems(renamed.select("id", "new_code", "core", "new_core")).filter(pl.col("stem") == pl.col("core"))
    parts = pl.concat(
        [found.select("id", "new_code"), kept_code.select("id", "new_code").join(wholes, on="id", how="semi")]
    )
    codes = pl.col("new_code").sort().cast(pl.String)
    return (
        parts.unique()
        .group_by("id")
        .agg(parts=codes)
        .filter(pl.col("parts").list.len() > 1)
        .select("id", successor_codes="{" + pl.col("parts").list.join(",") + "}")
    )


def _stems(units: pl.DataFrame) -> pl.DataFrame:
    """The units once for every name (``stem``) that theirs may be a part of."""
    stems = units.with_columns(stem=pl.concat_list(names.stem_columns(pl.col("new_core"))))
    return stems.explode("stem").filter(pl.col("stem").is_not_null())


def _successors(gone: pl.DataFrame, match: _Match) -> pl.DataFrame:
    """Where a unit that is gone probably went (``id, successor_codes``): to the one in its parent that now bears its name
    within a longer one, or to the only new one where several of its parent are gone."""
    renamed = match.pairs.filter(pl.col("name") != pl.col("new_name"))
    heirs = pl.concat(
        [
            match.rest_listed.select("parent", "new_code", "new_name", is_new=pl.lit(value=True)),
            renamed.select("new_code", "new_name", parent="parent_id", is_new=pl.lit(value=False)).select(
                "parent", "new_code", "new_name", "is_new"
            ),
        ]
    )
    pairs = gone.select("id", "core", parent="parent_id").join(heirs, on="parent", how="inner")
    bearing = pairs.filter(pl.col("new_name").str.contains(pl.col("core"), literal=True)).filter(
        pl.col("id").is_unique()
    )
    crowd = gone.group_by("parent_id").len().filter(pl.col("len") > 1).select(parent="parent_id")
    only = pairs.filter("is_new").join(crowd, on="parent", how="semi").filter(pl.col("id").is_unique())
    return (
        pl.concat([bearing, only])
        .unique("id", keep="first", maintain_order=True)
        .select("id", successor_codes="{" + pl.col("new_code").cast(pl.String) + "}")
    )


def _as_proposals(rows: pl.DataFrame) -> pl.DataFrame:
    if "successor_codes" in rows.columns:
        rows = rows.with_columns(pl.col("successor_codes").fill_null("{}"))
    else:
        rows = rows.with_columns(successor_codes=pl.lit("{}"))
    missing = [pl.lit(None, dtype=kind).alias(name) for name, kind in PROPOSAL.items() if name not in rows.columns]
    return rows.with_columns(missing).select(
        pl.col(name).fill_null("").cast(kind) if kind == pl.String else pl.col(name).cast(kind)
        for name, kind in PROPOSAL.items()
    )
