"""What the clock does: ends notices and titles whose last day has passed, and follows self-assessments written in bulk."""

from __future__ import annotations

from procrastinate.contrib.django import app

from greenhood.declarations import standing
from greenhood.declarations.actions import noticing, upkeep


@app.periodic(cron="*/10 * * * *")
@app.task(queueing_lock="declarations.end_of_day", pass_context=False)
def end_of_day(timestamp: int) -> None:
    """Several times an hour, since it costs two small queries and a notice ends at midnight in Shanghai."""
    noticing.close_due()
    upkeep.expire()
    standing.catch_up()
