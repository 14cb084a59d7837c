"""What a name is searched, sorted and compared by: its plain form, its pinyin, its pairs of characters.

Everything works on columns (polars), because a list has 660,000 names: a dictionary with all characters and the words
whose reading differs from their characters' is applied in one pass.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from itertools import pairwise

import polars as pl
from pypinyin import lazy_pinyin

# One body under several wordings; the bureau's list uses all of them.
SAME = {"居民委员会": "居委会", "村民委员会": "村委会", "街道办事处": "街道"}

# Pairs that tens of thousands of names share find nothing and make the index large; they are neither stored nor asked.
COMMON = ("委会", "村委", "居委", "村村", "区居", "社区", "庄村")

# How the parts of a divided unit are told apart: 晋阳东 and 晋阳西, 晋阳一 and 晋阳二, 第一晋阳 and 第二晋阳.
PART = "第?[一二三四五六七八九十]{1,2}|[0-9]{1,2}|[东西南北中上下前后左右]"

# What kind of unit it is, as opposed to which: 崧鑫社区居委会 and 崧鑫居委会 are one.
KINDS = (
    *("社区居委会", "社区居民委员会", "居委会", "居民委员会", "社区"),
    *("村村委会", "村村民委员会", "村委会", "村民委员会", "街道办事处", "街道", "地区"),
    *"省市区县旗盟镇乡村",
)
KIND = re.compile(f"(?:{'|'.join(KINDS)})$")


def plain(name: str) -> str:
    """The name under one wording for each kind of body: 华秀社区居民委员会 → 华秀社区居委会."""
    for long, short in SAME.items():
        name = name.replace(long, short)
    return name


def wordings(text: str) -> list[str]:
    """The text as it may stand in a list: as typed, and under the other wordings of its kind of body."""
    short = plain(text)
    return list(dict.fromkeys([text, short, *(short.replace(each, long) for long, each in SAME.items())]))


def core(name: str) -> str:
    """Which unit, without what kind: 崧鑫社区居委会 → 崧鑫. A core of one character is no name, so it keeps its kind."""
    name = plain(name)
    stem = KIND.sub("", name)
    return stem if len(stem) >= 2 else name


def pairs(text: str) -> list[str]:
    """The pairs of characters by which a name is found; for a single character, the mark of names that begin with it."""
    text = plain(text)
    if len(text) == 1:
        return [f"^{text}"]
    return [pair for pair in dict.fromkeys(map("".join, pairwise(text))) if pair not in COMMON]


def plain_column(name: pl.Expr) -> pl.Expr:
    return name.str.replace_many(list(SAME), list(SAME.values()), leftmost=True)


def core_column(name: pl.Expr) -> pl.Expr:
    stem = plain_column(name).str.replace(KIND.pattern, "")
    return pl.when(stem.str.len_chars() >= 2).then(stem).otherwise(plain_column(name))


def stem_columns(core: pl.Expr) -> list[pl.Expr]:
    """What a core may be a part of: 晋阳东, 东晋阳 and 晋阳第二 of 晋阳; null where it has no such ending or beginning."""
    return [_stem(core, f"(?:{PART})$").alias("stem_before"), _stem(core, f"^(?:{PART})").alias("stem_after")]


def _stem(core: pl.Expr, part: str) -> pl.Expr:
    stem = core.str.replace(part, "")
    return pl.when((stem != core) & (stem.str.len_chars() >= 2)).then(stem)


def with_search_columns(units: pl.DataFrame) -> pl.DataFrame:
    """The units with ``pinyin``, ``initials`` and ``bigrams`` (as the text of a PostgreSQL array), in the same order."""
    words = readings(units["name"])
    whole = ["".join(sound) for sound in words.values()]
    first = ["".join(syllable[0] for syllable in sound) for sound in words.values()]
    name = plain_column(pl.col("name"))
    return _with_pairs(
        units.with_columns(
            pinyin=name.str.replace_many(list(words), whole, leftmost=True).str.to_lowercase(),
            initials=name.str.replace_many(list(words), first, leftmost=True).str.to_lowercase(),
        )
    )


def readings(names: pl.Series) -> dict[str, tuple[str, ...]]:
    """The reading of each word and character in these names, longest words first, so that they win over their parts."""
    own = own_readings()
    others = sorted(_characters(names) - own.keys())
    single = {each: _sound(each) for each in others}
    # What has no reading (signs, letters, private-use characters) is given back as it is and stays.
    return own | {each: sound for each, sound in single.items() if sound != (each,)}


@cache
def _sound(character: str) -> tuple[str, ...]:
    return tuple(lazy_pinyin(character))


@cache
def own_readings() -> dict[str, tuple[str, ...]]:
    text = files(__package__).joinpath("readings.tsv").read_text(encoding="utf-8")
    lines = [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]
    return {word: tuple(sound.split()) for word, sound in sorted(lines, key=lambda line: -len(line[0]))}


def _characters(names: pl.Series) -> set[str]:
    return set(names.str.split("").explode().unique().drop_nulls().to_list()) - {""}


def _with_pairs(units: pl.DataFrame) -> pl.DataFrame:
    """One expression per length of name, since the number of pairs is the length less one."""
    units = units.with_row_index("_row").with_columns(_plain=plain_column(pl.col("name")))
    units = units.with_columns(_length=pl.col("_plain").str.len_chars())
    parts = [part.with_columns(bigrams=_pairs_of(length)) for (length,), part in units.group_by("_length")]
    if not parts:
        return units.with_columns(bigrams=pl.lit("{}")).drop("_row", "_plain", "_length")
    common = [f"{pair}," for pair in COMMON]
    return (
        pl.concat(parts)
        .sort("_row")
        .with_columns(bigrams=pl.col("bigrams").str.replace_many(common, [""] * len(common)))
        .with_columns(bigrams="{" + pl.col("bigrams").str.strip_chars_end(",") + "}")
        .drop("_row", "_plain", "_length")
    )


def _pairs_of(length: object) -> pl.Expr:
    name = pl.col("_plain")
    pairs = [name.str.slice(start, 2) for start in range(int(str(length)) - 1)]
    return pl.concat_str([pl.format("^{}", name.str.slice(0, 1)), *pairs], separator=",") + ","
