"""Two administrators at once can't do together what neither may do alone."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from greenhood.accounts import actions, second_factor
from greenhood.accounts.actor import Actor
from greenhood.accounts.models import Post, Role, User
from greenhood.accounts.problems import Refused
from greenhood.history import verification
from tests.cast import Cast

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*acts: Callable[[], object]) -> list[bool]:
    """Whether each was done, or refused."""

    def run(act: Callable[[], object]) -> bool:
        try:
            act()
        except Refused:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def test_two_grants_at_once_never_unite_what_is_kept_apart(cast: Cast) -> None:
    person = actions.create_user(by=cast.system_admin, username="both.of.them", name="某人").user

    done = at_once(
        *(
            lambda role=role: actions.grant_post(person, by=Actor.system(), role=role, division=cast.county)
            for role in (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN, Role.COUNTY_OFFICER)
        )
    )

    assert sum(done) == 1
    assert Post.objects.filter(user=person).count() == 1
    assert verification.verify() == []


def test_same_name_at_once_is_given_once(cast: Cast) -> None:
    done = at_once(
        *(
            lambda: actions.create_user(by=cast.system_admin, username="same.name", name="某人"),
            lambda: actions.create_user(by=cast.neighbour_system_admin, username="same.name", name="他人"),
        )
    )

    assert sum(done) == 1
    assert User.objects.filter(username="same.name").count() == 1
    assert verification.verify() == []


def test_recovery_code_used_at_once_opens_one_session(cast: Cast) -> None:
    device = second_factor.enrolment_of(cast.worker.user)
    device.confirmed = True
    device.save()
    code = second_factor.renew_recovery_codes(by=cast.worker)[0]

    done = at_once(*(lambda: second_factor.recover(by=cast.worker, code=code) for _ in range(4)))

    assert sum(done) == 1
