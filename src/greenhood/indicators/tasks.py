"""Stored figures follow the facts within a minute, and all are measured anew every night: facts grow old by themselves."""

from __future__ import annotations

from procrastinate.contrib.django import app

from greenhood.divisions import queries as divisions
from greenhood.divisions.models import Division
from greenhood.indicators.actions import measure_all, measure_changed


@app.periodic(cron="* * * * *", periodic_id="indicators.changed")
@app.task(queue="overview", name="indicators.changed", queueing_lock="indicators.changed")
def follow_changes(timestamp: int) -> None:
    """Measure what has changed, in pieces until nothing waits."""
    while measure_changed():
        pass


# 18:40 UTC is 02:40 in Shanghai, before the overviews are counted and awarded communities are looked at.
@app.periodic(cron="40 18 * * *", periodic_id="indicators.all")
@app.task(queue="overview", name="indicators.all", queueing_lock="indicators.all")
def measure_everything(timestamp: int) -> None:
    try:
        nation = divisions.by_code(0)
    except Division.DoesNotExist:
        return
    measure_all(nation)
