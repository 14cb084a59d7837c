"""Reminders of tasks go out once a day, in the morning, after those of reports."""

from __future__ import annotations

from procrastinate.contrib.django import app

from greenhood.coordination.reminding import remind


# 00:35 UTC is 08:35 in Shanghai.
@app.periodic(cron="35 0 * * *", periodic_id="coordination.remind")
@app.task(queue="reminders", name="coordination.remind", queueing_lock="coordination.remind")
def send_reminders(timestamp: int) -> None:
    """Remind whoever has a task to do soon, today, or should have."""
    remind()
