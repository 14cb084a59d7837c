"""Reminders go out once a day, in the morning."""

from __future__ import annotations

from procrastinate.contrib.django import app

from greenhood.reporting.reminding import remind


# 00:30 UTC is 08:30 in Shanghai.
@app.periodic(cron="30 0 * * *", periodic_id="reporting.remind")
@app.task(queue="reminders", name="reporting.remind", queueing_lock="reporting.remind")
def send_reminders(timestamp: int) -> None:
    """Remind whoever has to report soon, today, or should have."""
    remind()
