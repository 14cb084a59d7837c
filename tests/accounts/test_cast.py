"""The cast that every test borrows."""

from __future__ import annotations

import pytest

from greenhood.accounts.models import Role, User
from greenhood.history import verification
from tests.cast import Cast, sign_in


def test_cast_has_somebody_in_every_role(cast: Cast) -> None:
    assert {actor.post.role for actor in cast.actors.values() if actor.post} == set(Role.values)


def test_cast_is_in_history(cast: Cast) -> None:
    assert verification.verify() == []


@pytest.mark.django_db(transaction=True)
def test_tables_are_emptied_after_tests_with_real_transactions(cast: Cast) -> None:
    assert User.objects.exists()


def test_cast_signs_in_under_its_post(cast: Cast, client) -> None:
    for actor in (cast.worker, cast.county_officer, cast.stranger, cast.resident):
        request = sign_in(client, actor).get("/healthz").wsgi_request
        assert (request.actor.user, request.actor.post) == (actor.user, actor.post)
