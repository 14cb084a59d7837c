"""Sharing a number out among divisions, and reading what people type for it. Plain arithmetic."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from greenhood.programme.lines import needed

NUMBER = re.compile(r"[0-9]{1,7}")
SHARE = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,4})?)\s*[%％]")


@dataclass(frozen=True, slots=True)
class Amount:
    """A number of communities, and the share that was typed where one was."""

    count: int
    share: Decimal | None = None


class Unreadable(ValueError):
    """The text is no amount, or one that can't be; the message says why."""


def largest_remainder(total: int, weights: Sequence[int], most: Sequence[int]) -> list[int]:
    """Share out ``total`` by weights (Hamilton), nobody above their ``most``; what is left over by the caps goes on round."""
    shares = [0] * len(weights)
    left = min(total, sum(most))
    while left > 0:
        open_to = [place for place in range(len(weights)) if shares[place] < most[place] and weights[place] > 0]
        open_to = open_to or [place for place in range(len(weights)) if shares[place] < most[place]]
        whole = sum(weights[place] for place in open_to) or len(open_to)
        exact = {place: Decimal(left * (weights[place] or 1)) / whole for place in open_to}
        given = {place: min(int(exact[place]), most[place] - shares[place]) for place in open_to}
        rest = left - sum(given.values())
        for place in sorted(open_to, key=lambda each: (-(exact[each] % 1), each)):
            if rest > 0 and shares[place] + given[place] < most[place]:
                given[place] += 1
                rest -= 1
        if not any(given.values()):
            break
        for place, number in given.items():
            shares[place] += number
        left = min(total, sum(most)) - sum(shares)
    return shares


def read_amount(text: str, subjects: int) -> Amount:
    """``12`` or ``60%`` of so many subjects. Raises Unreadable with the reason."""
    plain = text.strip().replace(",", "").replace("，", "")
    if found := SHARE.fullmatch(plain):
        share = Decimal(found[1]) / 100
        if share > 1:
            raise Unreadable(f"“{text.strip()}”超过 100%：比例是达到的社区占创建对象的份额，最多 100%。")
        share = share.quantize(Decimal("0.0001"))
        return Amount(needed(share, None, subjects), share)
    if not NUMBER.fullmatch(plain):
        raise Unreadable(f"“{text.strip()[:20]}”不是个数或比例：写整数，如 12，或百分数，如 60%。")
    count = int(plain)
    if count > subjects:
        raise Unreadable(f"{count} 个多于创建对象 {subjects} 个，无法完成。")
    return Amount(count)


def read_day(text: str) -> dt.date:
    """A day as a date field sends it. Raises Unreadable, also for days that no month has."""
    try:
        return dt.date.fromisoformat(text.strip())
    except ValueError:
        raise Unreadable(
            f"“{text.strip()[:20]}”不是一个日期：按 2026-12-31 的样子写；没有的日子（如 2 月 31 日）不能填。"
            if text.strip()
            else "请填写完成期限，如 2026-12-31。"
        ) from None


def read_share(text: str) -> Decimal:
    """``60%`` or ``60`` as a ratio. Raises Unreadable."""
    plain = text.strip().rstrip("%％").strip()
    try:
        share = Decimal(plain) / 100
    except InvalidOperation:
        raise Unreadable(f"“{text.strip()[:20]}”不是百分数：写 60%。") from None
    if not share.is_finite() or not 0 < share <= 1:
        raise Unreadable(f"比例要大于 0%、不超过 100%，“{text.strip()[:20]}”不行。")
    return share.quantize(Decimal("0.0001"))
