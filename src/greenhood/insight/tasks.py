"""The overviews follow the programme within a minute, and are counted from the ground up every night."""

from __future__ import annotations

from procrastinate.contrib.django import app

from greenhood.insight.actions import refresh


@app.periodic(cron="* * * * *", periodic_id="insight.refresh")
@app.task(queue="overview", name="insight.refresh", queueing_lock="insight.refresh")
def refresh_changed(timestamp: int) -> None:
    """Count what has changed. A run that is still going makes the next one unnecessary."""
    refresh()


# 19:10 UTC is 03:10 in Shanghai.
@app.periodic(cron="10 19 * * *", periodic_id="insight.refresh_all")
@app.task(queue="overview", name="insight.refresh_all", queueing_lock="insight.refresh_all")
def refresh_all(timestamp: int) -> None:
    """Count everything: divisions may have been merged, split or abolished."""
    refresh(full=True)
