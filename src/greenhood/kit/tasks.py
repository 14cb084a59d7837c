"""What the clock tidies up every night: sessions that have ended and tasks that are done.

Times of day are in UTC, as procrastinate counts them: 19:50 is 03:50 in Shanghai.
"""

from __future__ import annotations

from asgiref.sync import async_to_sync
from django.core.management import call_command
from procrastinate.contrib.django import app

DONE_HOURS = 7 * 24
FAILED_HOURS = 30 * 24  # somebody may want to see why


@app.periodic(cron="50 19 * * *", periodic_id="kit.remove_ended_sessions")
@app.task(queue="tidying", name="kit.remove_ended_sessions", queueing_lock="kit.remove_ended_sessions")
def remove_ended_sessions(timestamp: int) -> None:
    """Remove sessions whose time is over; nobody could use them any more."""
    call_command("clearsessions")


@app.periodic(cron="55 19 * * *", periodic_id="kit.remove_finished_tasks")
@app.task(queue="tidying", name="kit.remove_finished_tasks", queueing_lock="kit.remove_finished_tasks")
def remove_finished_tasks(timestamp: int) -> None:
    """Remove tasks done or cancelled a week ago, and those that failed a month ago; one task a minute is 1,440 a day."""
    remove = async_to_sync(app.job_manager.delete_old_jobs)
    remove(nb_hours=DONE_HOURS, include_cancelled=True, include_aborted=True)
    remove(nb_hours=FAILED_HOURS, include_failed=True)
