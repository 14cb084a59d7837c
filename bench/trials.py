"""What if: a scheme, and two versions of it, over every urban community of the nation, from measured figures and answers."""

from __future__ import annotations

import time
from collections.abc import Callable
from decimal import Decimal
from typing import TypeVar

from bench.nation import nation as programme
from bench.nation import recorded
from bench.rows import Row
from django.db import connection
from django.test.utils import CaptureQueriesContext

from greenhood.divisions import queries as divisions
from greenhood.indicators import actions as indicators
from greenhood.indicators.models import Measured
from greenhood.insight import trials
from greenhood.kit.dates import today_in_shanghai
from greenhood.schemes.engine import compile_standard
from greenhood.schemes.format import Scheme
from greenhood.schemes.queries import newest_of

Answer = TypeVar("Answer")


def run() -> list[Row]:
    with recorded():
        rows = _from_figures()
    with programme():
        return [*rows, *_from_answers()]


def _from_figures() -> list[Row]:
    nation = divisions.by_code(0)
    if not Measured.objects.exists():
        indicators.measure_all(nation)
    scheme, other = _two()
    trial, seconds = _timed(lambda: trials.run(scheme, nation, on=today_in_shanghai()))
    wide = trial.wide[0]
    _, floor = _timed(lambda: compile_standard(wide[0]).score_many(wide[1]))
    with CaptureQueriesContext(connection) as queries:
        _, both = _timed(
            lambda: trials.changed(
                trials.run(other, nation, on=today_in_shanghai()), trials.run(scheme, nation, on=today_in_shanghai())
            )
        )
    _, lifting = _timed(lambda: trials.lifting(trial))
    return [
        Row(f"score {trial.communities:,} communities under sichuan-2020 from figures", seconds, floor, "s", "<= 5 s"),
        Row(f"what-if of two versions, {len(queries)} queries", both, 2 * floor, "s", "<= 5 s"),
        Row("which line lifts most communities (28 scorings)", lifting, 28 * floor, "s", "printed"),
    ]


def _from_answers() -> list[Row]:
    scheme, other = _two()
    nation = divisions.by_code(0)
    _, seconds = _timed(
        lambda: trials.changed(
            trials.run(other, nation, on=today_in_shanghai()), trials.run(scheme, nation, on=today_in_shanghai())
        )
    )
    return [Row("what-if of two versions with the answers of a simulated programme", seconds, None, "s", "<= 5 s")]


def _two() -> tuple[Scheme, Scheme]:
    """The scheme as published, and with a lower pass mark."""
    version = newest_of("sichuan-2020")
    assert version is not None
    return version.scheme, _with_pass_mark(version.scheme, Decimal(60))


def _with_pass_mark(scheme: Scheme, mark: Decimal) -> Scheme:
    standard = scheme.standard
    levels = [level.model_copy(update={"at_least": mark}) if level.at_least else level for level in standard.levels]
    return scheme.model_copy(update={"standards": [standard.model_copy(update={"levels": levels})]})


def _timed(work: Callable[[], Answer]) -> tuple[Answer, float]:
    begun = time.perf_counter()
    return work(), time.perf_counter() - begun
