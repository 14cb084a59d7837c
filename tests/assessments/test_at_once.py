"""Several people, or one impatient one, at the same moment: real threads on real connections."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from django.db import connection

from greenhood.assessments import actions
from greenhood.assessments.answers import Fields
from greenhood.assessments.errors import BadAnswer, Closed, Conflict
from greenhood.assessments.models import Answer, Assessment, Evidence, Override
from greenhood.evidence.models import Blob
from tests.assessments.dwellings import set_managed
from tests.cast import Cast
from tests.evidence import files

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*runs: Callable[[], object]) -> Counter[str]:
    """What came of each, by the name of its result or exception."""

    def one(run: Callable[[], object]) -> str:
        try:
            return type(run()).__name__
        except (BadAnswer, Conflict, Closed) as error:
            return type(error).__name__
        finally:
            connection.close()

    with ThreadPoolExecutor(len(runs)) as pool:
        return Counter(pool.map(one, runs))


def test_one_of_two_answers_wins_and_the_other_is_told(cast: Cast, assessment: Assessment) -> None:
    def save(note: str) -> Callable[[], object]:
        return lambda: actions.save_answer(
            assessment, criterion=1, fields=Fields(note=note), revision=0, by=cast.worker
        )

    came = at_once(*(save(f"第{number}人") for number in range(4)))

    assert came == Counter(Answer=1, Conflict=3)
    assert Answer.objects.get().revision == 1


def test_different_items_at_once_all_count(cast: Cast, assessment: Assessment) -> None:
    def save(no: int) -> Callable[[], object]:
        return lambda: actions.save_answer(
            assessment, criterion=no, fields=Fields(checks=(True,)), revision=0, by=cast.worker
        )

    came = at_once(*(save(no) for no in (1, 4, 5, 8, 9)))

    assessment.refresh_from_db()
    assert came == Counter(Answer=5)
    assert assessment.total == Decimal(2 + 5 + 5 + 3 + 3)


def test_same_upload_at_once_is_one_piece(cast: Cast, assessment: Assessment) -> None:
    content = files.jpeg()

    def attach() -> object:
        return actions.attach(assessment, criterion=1, file=files.upload(content), name="a.jpg", by=cast.worker)

    assert at_once(*[attach] * 4) == Counter(Attached=4)
    assert (Evidence.objects.count(), Blob.objects.count()) == (1, 1)


def test_start_at_once_is_one_assessment(cast: Cast, assessment: Assessment) -> None:
    came = at_once(*[lambda: actions.start(cast.community, year=2025, by=cast.worker)] * 4)

    assert came == Counter(Assessment=4)
    assert Assessment.objects.filter(year=2025).count() == 1


def test_lock_and_save_never_pass_each_other(cast: Cast, assessment: Assessment) -> None:
    came = at_once(
        lambda: actions.lock(assessment, by=cast.worker),
        lambda: actions.lock(assessment, by=cast.worker),
        lambda: actions.lock(assessment, by=cast.worker),
    )

    assert came == Counter({"str": 1, Closed.__name__: 2})


# Figures and claims


@pytest.fixture
def short(cast: Cast, assessment: Assessment) -> Assessment:
    """23 % managed, where 30 % are asked, and a photo for item 16."""
    set_managed(cast.community, 23)
    actions.attach(assessment, criterion=23, file=files.upload(files.jpeg()), name="a.jpg", by=cast.worker)
    return assessment


def claim(assessment: Assessment, cast: Cast, reason: str) -> Callable[[], object]:
    return lambda: actions.dispute(
        assessment,
        criterion=23,
        check_no=1,
        kind=Override.Kind.DISPUTE,
        met=True,
        reason=reason,
        by=cast.worker,
    )


def test_one_of_several_claims_stands_and_the_others_are_told(cast: Cast, short: Assessment) -> None:
    came = at_once(*(claim(short, cast, f"理由{number}") for number in range(3)))

    assert came == Counter(Override=1, BadAnswer=2)


def test_claim_sent_twice_is_once(cast: Cast, short: Assessment) -> None:
    assert at_once(*(claim(short, cast, "同一理由") for _ in range(3))) == Counter(Override=3)

    assert Override.objects.count() == 1


def test_declared_figures_and_total_agree_whatever_is_recorded_meanwhile(cast: Cast, short: Assessment) -> None:
    at_once(
        lambda: actions.lock(short, by=cast.worker),
        lambda: set_managed(cast.community, 40),
        actions.refresh_open,
    )

    short.refresh_from_db()
    met = (short.figures or {})["23.1"]["value"] == "40"
    assert short.total == (Decimal(1) if met else 0)


def test_nightly_refresh_never_overwrites_who_saves_meanwhile(cast: Cast, short: Assessment) -> None:
    at_once(
        lambda: actions.save_answer(short, criterion=1, fields=Fields(checks=(True,)), revision=0, by=cast.worker),
        actions.refresh_open,
        actions.refresh_open,
    )

    short.refresh_from_db()
    assert short.total == 2
