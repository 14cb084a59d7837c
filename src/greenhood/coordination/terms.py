"""Within which time a called department has to respond.

None of the five documents has a figure: 北京四(一) asks that 街乡吹哨、部门报到 work, and says no more. The defaults rest on what the
words of a whistle mean: what endangers people can't wait for the next office hours, what is pressing waits a day, the
rest is seen to within the three working days in which an office answers a letter. A caller may set another moment, which
then stands on the page instead.
"""

from __future__ import annotations

import datetime as dt

from greenhood.coordination.models import Urgency
from greenhood.kit.dates import add_working_days, end_of_day, today_in_shanghai

HOURS = {Urgency.URGENT: 2, Urgency.SOON: 24}
WORKING_DAYS = 3
WORDS = {
    Urgency.URGENT: "2 小时内报到（有安全隐患、不能等的）",
    Urgency.SOON: "24 小时内报到（影响居民生活、应尽快处置的）",
    Urgency.USUAL: "3 个工作日内报到（其他）",
}
LONGEST = dt.timedelta(days=30)
WHY = "方案没有规定报到时限，这些是平台默认：有安全隐患的按小时，其余按工作日；也可以另定时间。"
WHENCE = "方案没有规定报到时限，按平台默认的紧急程度或吹哨时另定的时间。"


def respond_by(urgency: str, at: dt.datetime) -> dt.datetime:
    """The last moment to respond to a whistle that is blown at a time."""
    if hours := HOURS.get(Urgency(urgency)):
        return at + dt.timedelta(hours=hours)
    return end_of_day(add_working_days(today_in_shanghai(at), WORKING_DAYS)) - dt.timedelta(minutes=1)
