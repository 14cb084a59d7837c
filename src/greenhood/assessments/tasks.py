"""What the clock does: self-assessments follow the facts that they rest on."""

from __future__ import annotations

from procrastinate.contrib.django import app

from greenhood.assessments.actions import refresh_open


# 18:10 UTC is 02:10 in Shanghai, before the overviews are counted.
@app.periodic(cron="10 18 * * *", periodic_id="assessments.refresh_open")
@app.task(name="assessments.refresh_open", queueing_lock="assessments.refresh_open")
def follow_facts(timestamp: int) -> None:
    """Score what is open by last night's facts, and see where what is declared has drifted from them."""
    refresh_open()
