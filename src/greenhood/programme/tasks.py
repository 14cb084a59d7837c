"""The denominators of goals and the ends of months are counted once a night, after the overviews were counted anew."""

from __future__ import annotations

from procrastinate.contrib.django import app

from greenhood.programme.actions import counting


# 19:40 UTC is 03:40 in Shanghai.
@app.periodic(cron="40 19 * * *", periodic_id="programme.count")
@app.task(queue="overview", name="programme.count", queueing_lock="programme.count")
def count(timestamp: int) -> None:
    """Follow every goal's denominator, freeze those whose day is past, and keep the month."""
    counting.count()
