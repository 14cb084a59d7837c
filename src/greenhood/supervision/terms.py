"""Terms of orders, and when an overdue one goes up: the scheme's figure where it has one, else a stated default with its reason."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from greenhood.divisions.models import Level
from greenhood.kit import dates
from greenhood.schemes.format import Scheme
from greenhood.supervision.errors import Refused

# 方案没有写整改期限的，建议这么多个工作日: three weeks leave time for a quotation and small works; the issuer may choose another day.
DEFAULT_WORKING_DAYS = 15
DEFAULT_REASON = "方案没有规定整改期限，按 15 个工作日提出建议：足够询价和完成小型整改，可按问题大小另定。"
# An overdue order goes to the next level after so many working days more: a week is enough to call, look and report.
ESCALATE_WORKING_DAYS = 5
ESCALATE_REASON = (
    "逾期次日由责任单位的上一级督办；此后每满 5 个工作日仍未报送整改情况的，再上报一级，直到省级。"
    "方案没有规定督办的间隔，5 个工作日留出一周核实和催办。逾期后报送而复查不合格的，督办接着原来的级次，不从头算起。"
)
# 方案没有写复查期限的: two weeks are enough to name somebody, go there and write down what was seen.
RECHECK_WORKING_DAYS = 10
RECHECK_REASON = (
    "方案没有规定复查期限，按报送后 10 个工作日：两周内足够安排人员到现场核实。"
    "逾期没有复查的，次日由发出单位的上一级督办，此后每满 5 个工作日再上报一级；报送本身不等于整改完成。"
)
HIGHEST = Level.PROVINCE
LONGEST_TERM = dt.timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Suggested:
    """A day to suggest as the term, why, and the clause where a scheme says so."""

    day: dt.date
    reason: str
    clause: str = ""


def suggested(scheme: Scheme | None, today: dt.date) -> Suggested:
    upkeep = scheme.upkeep if scheme else None
    if upkeep is None:
        return Suggested(dates.add_working_days(today, DEFAULT_WORKING_DAYS), DEFAULT_REASON)
    working = upkeep.rectification_day_kind == "working"
    add = dates.add_working_days if working else dates.add_calendar_days
    words = f"方案规定的整改期限：{upkeep.rectification_days} 个{'工作日' if working else '自然日'}。"
    return Suggested(add(today, upkeep.rectification_days), words, upkeep.source)


def recheck_by(reported_on: dt.date) -> dt.date:
    """The day by which the issuer has to re-check what was reported."""
    return dates.add_working_days(reported_on, RECHECK_WORKING_DAYS)


def working_days(today: dt.date, due_on: dt.date) -> int:
    """How many working days there are from the day after ``today`` to the term, both included."""
    return dates.working_days_between(today + dates.ONE_DAY, due_on)


def check_term(due_on: dt.date | None, *, today: dt.date, clause: str = "", after: dt.date | None = None) -> dt.date:
    """The day as a term. Raises Refused for none, one in the past, one without a working day before it, one too far off."""
    basis = f"（依据：{clause}“限期整改”）" if clause else ""
    if due_on is None:
        raise Refused(
            {"due_on": f"请填写整改期限，例如 {today + dt.timedelta(days=30)}；没有的日子（如 2 月 31 日）不能填。"}
        )
    if due_on <= today:
        raise Refused({"due_on": f"整改期限 {due_on} 不晚于今天（{today}），期限须在今天之后{basis}。"})
    if after is not None and due_on <= after:
        raise Refused({"due_on": f"新的期限须晚于原期限 {after}。"})
    if not working_days(today, due_on):
        raise Refused({"due_on": f"到 {due_on} 为止没有一个工作日，对方来不及整改，请另定期限{basis}。"})
    if due_on - today > LONGEST_TERM:
        raise Refused({"due_on": f"整改期限 {due_on} 超过一年，请核对年份；确需更久的，到期前延期并写明理由。"})
    return due_on


def read_day(text: str) -> dt.date | None:
    """A day as typed (2026-12-31); None for what is no day, such as 31 February."""
    try:
        return dt.date.fromisoformat(text.strip())
    except ValueError:
        return None


def step_on(due_on: dt.date, today: dt.date) -> int:
    """How many levels an overdue order has gone up by today: 0 until the term is over, 1 on the day after, then one more
    for every ``ESCALATE_WORKING_DAYS`` working days."""
    if today <= due_on:
        return 0
    over = dates.working_days_between(due_on + dates.ONE_DAY + dates.ONE_DAY, today)
    return 1 + over // ESCALATE_WORKING_DAYS
