"""Many writers at once: no entry is lost, none is doubled, no number is missing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from greenhood.history import actions, verification
from greenhood.history.actions import Happening
from greenhood.history.models import Chain

CODES = (510100000000, 310100000000, 0)
WRITERS, EACH = 8, 5


def write(writer: int) -> None:
    try:
        for number in range(EACH):
            # Each in another order: chains are held in the order of their keys, so that nobody waits in a circle.
            codes = CODES if (writer + number) % 2 else CODES[::-1]
            actions.record_many(Happening("test.at_once", division_code=code) for code in codes)
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
def test_writers_at_once_leave_every_chain_whole() -> None:
    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(write, range(WRITERS)))

    lengths = dict(Chain.objects.values_list("key", "length"))
    assert lengths == {"5101": WRITERS * EACH, "3101": WRITERS * EACH, "0000": WRITERS * EACH}
    assert verification.verify() == []
