"""Overdue orders go up a level by themselves."""

from __future__ import annotations

from procrastinate.contrib.django import app

from greenhood.supervision.actions.escalating import escalate


# Every hour from ten past midnight in Shanghai: on the day after the term it is on the list before anybody comes to work,
# and an order that was held by somebody at that moment is an hour late at most.
@app.periodic(cron="10 * * * *", periodic_id="supervision.escalate")
@app.task(queue="reminders", name="supervision.escalate", queueing_lock="supervision.escalate")
def escalate_overdue(timestamp: int) -> None:
    """Put overdue orders before the next level."""
    escalate()
