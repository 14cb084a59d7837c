"""Entries of the library follow their divisions to other codes, once a night."""

from __future__ import annotations

from procrastinate.contrib.django import app

from greenhood.exemplars.library import follow_divisions


# 19:20 UTC is 03:20 in Shanghai.
@app.periodic(cron="20 19 * * *", periodic_id="exemplars.follow")
@app.task(queue="overview", name="exemplars.follow", queueing_lock="exemplars.follow")
def follow(timestamp: int) -> None:
    """Give entries the present codes of their divisions."""
    follow_divisions()
