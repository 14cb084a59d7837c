"""A stratified random draw that anyone can replay: plain values in, plain values out, nothing left to chance but the seed.

The order within a stratum is that of SHA-256(seed:key) for each member. ``site/static/js/replay-draw.js`` computes the
same in the reader's browser from the published data.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Member:
    """One row of the frame. ``key`` is unique in it; ``stratum`` is a division's code."""

    key: str
    stratum: str
    times_sampled: int = 0


@dataclass(frozen=True, slots=True)
class Method:
    """How many are drawn and from where: by a share, by a confidence against a tolerated bad share, or all."""

    share: Decimal | None = None
    confidence: Decimal | None = None
    tolerated: Decimal | None = None
    never_sampled_first: bool = False


@dataclass(frozen=True, slots=True)
class Draw:
    """The outcome: how many in all and by stratum, and the keys drawn, in the order of the frame."""

    size: int
    allocation: dict[str, int]
    selected: list[str]


def frame_hash(members: Iterable[Member]) -> str:
    """SHA-256 over the frame, one line ``key,stratum,times`` for each member, in its order, each ended by a newline."""
    text = "".join(f"{member.key},{member.stratum},{member.times_sampled}\n" for member in members)
    return hashlib.sha256(text.encode()).hexdigest()


def rank(seed: str, key: str) -> str:
    """Where the seed puts a member: the hexadecimal SHA-256 of ``seed:key``, smallest first."""
    return hashlib.sha256(f"{seed}:{key}".encode()).hexdigest()


def draw(members: Sequence[Member], method: Method, seed: str) -> Draw:
    """Draw from a frozen frame."""
    strata: dict[str, list[Member]] = defaultdict(list)
    for member in members:
        strata[member.stratum].append(member)
    sizes = {stratum: len(rows) for stratum, rows in strata.items()}
    size = sample_size(len(members), method, len(strata))
    allocation = allocate(sizes, size)
    chosen = {
        member.key
        for stratum, rows in strata.items()
        for member in ordered(rows, seed, never_sampled_first=method.never_sampled_first)[: allocation[stratum]]
    }
    return Draw(size, allocation, [member.key for member in members if member.key in chosen])


def ordered(rows: Iterable[Member], seed: str, *, never_sampled_first: bool) -> list[Member]:
    """The members of a stratum in the order in which the seed draws them."""
    return sorted(rows, key=lambda member: (never_sampled_first and member.times_sampled > 0, rank(seed, member.key)))


def sample_size(population: int, method: Method, strata: int = 1) -> int:
    """How many to draw from so many: at least one for each stratum, never more than there are.

    Where both a share and a confidence are given, the larger number counts; where neither is, all are drawn.
    """
    wanted = []
    if method.share is not None:
        wanted.append(int((method.share * population).to_integral_value(ROUND_CEILING)))
    if method.confidence is not None and method.tolerated is not None:
        wanted.append(zero_failure_size(population, method.confidence, method.tolerated))
    return min(population, max([*wanted, strata])) if wanted else population


def zero_failure_size(population: int, confidence: Decimal, tolerated: Decimal) -> int:
    """The smallest sample in which, were the tolerated share or more bad, at least one bad one shows with this confidence.

    Without putting back (hypergeometric): C(N-D, n) / C(N, n) <= 1 - confidence, with D = ceil(tolerated * N). If none of
    the sample fails, fewer than the tolerated share of all are bad, with this confidence.
    """
    bad = int((tolerated * population).to_integral_value(ROUND_CEILING))
    if bad <= 0 or confidence >= 1:
        return population
    missed, most = Fraction(1), 1 - Fraction(confidence)
    for drawn in range(population):
        if missed <= most:
            return drawn
        missed *= Fraction(max(population - bad - drawn, 0), population - drawn)
    return population


def allocate(sizes: Mapping[str, int], total: int) -> dict[str, int]:
    """Share a sample out over strata by largest remainder, at least one in each; equal remainders by code.

    ``total`` is at least the number of strata and at most the sum of the sizes.
    """
    population = sum(sizes.values())
    if not population:
        return {}
    exact = {stratum: Fraction(total * size, population) for stratum, size in sizes.items()}
    given = {stratum: max(1, int(share)) for stratum, share in exact.items()}
    # Lifting small strata to one may have given out too many: the largest surplus over the exact share gives back.
    while sum(given.values()) > total:
        candidates = [stratum for stratum in given if given[stratum] > 1]
        given[min(candidates, key=lambda stratum: (exact[stratum] - given[stratum], stratum))] -= 1
    while sum(given.values()) < total:
        open_strata = [stratum for stratum in given if given[stratum] < sizes[stratum]]
        given[min(open_strata, key=lambda stratum: (given[stratum] - exact[stratum], stratum))] += 1
    return given


def words(method: Method, population: int, outcome: Draw, strata_title: str) -> str:
    """The method in a sentence, as it stands on the public page."""
    parts = []
    if method.share is not None:
        parts.append(f"按 {_percent(method.share)} 的比例（不足一个的进一）")
    if method.confidence is not None and method.tolerated is not None:
        parts.append(
            f"按零失败抽样：若不合格的达到 {_percent(method.tolerated)}，以 {_percent(method.confidence)} 的把握至少抽中一个（有限总体）"
        )
    how = "，取两者中较大的数，".join(parts) if parts else "全部检查，"
    where = f"；按{strata_title}分层，每层至少一个，按最大余数法分配" if strata_title else ""
    first = "；从未抽中过的优先" if method.never_sampled_first else ""
    return (
        f"从 {population} 个申报中{how}抽取 {outcome.size} 个{where}{first}；"
        "层内按“种子:编号”的 SHA-256 值从小到大排列，取排在前面的。"
    )


def _percent(ratio: Decimal) -> str:
    return f"{(ratio * 100).normalize():f}%"
