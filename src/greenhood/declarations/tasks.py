"""What the clock does: ends notices and titles whose last day has passed, and follows self-assessments written in bulk."""

from __future__ import annotations

from procrastinate.contrib.django import app

from greenhood.accounts.actor import Actor
from greenhood.declarations import standing
from greenhood.declarations.actions import alerting, noticing, upkeep
from greenhood.divisions import queries as divisions


@app.periodic(cron="*/10 * * * *")
@app.task(queueing_lock="declarations.end_of_day", pass_context=False)
def end_of_day(timestamp: int) -> None:
    """Several times an hour, since it costs two small queries and a notice ends at midnight in Shanghai."""
    noticing.close_due()
    upkeep.expire()
    standing.catch_up()


@app.periodic(cron="30 19 * * *")
@app.task(queueing_lock="declarations.watch", pass_context=False)
def watch(timestamp: int) -> None:
    """Half past three at night in Shanghai, when the figures of the day have been measured."""
    alerting.watch(divisions.by_code(0), by=Actor.system())
