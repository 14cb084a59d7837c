"""A self-assessment and a review with every explanation, and a thousand assessments that follow their facts, among eighteen
million facts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

from bench.indicators import p95, seconds
from bench.nation import recorded
from bench.rows import Row
from django.conf import settings
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from greenhood.accounts import actions as accounts
from greenhood.accounts.actor import Actor
from greenhood.accounts.middleware import POST_KEY
from greenhood.accounts.models import Role, User
from greenhood.assessments import actions, computed, standards
from greenhood.assessments.grounds import figures_of_many
from greenhood.assessments.models import Assessment
from greenhood.communities.models import Population
from greenhood.divisions import queries as divisions
from greenhood.divisions.models import Division
from greenhood.kit.dates import today_in_shanghai
from greenhood.schemes.queries import scheme_for

CITY, COUNTY = 510_100_000_000, 510_107_000_000
MANY = 1_000


def run() -> list[Row]:
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "testserver"]
    with recorded(), undone():
        return [*_pages(), *_following()]


@contextmanager
def undone() -> Iterator[None]:
    """What is done within leaves no trace in the database of the measurements."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def _pages() -> list[Row]:
    community = next(iter(_communities(COUNTY)))
    worker, officer = (
        _person("worker", Role.COMMUNITY_WORKER, community),
        _person("officer", Role.COUNTY_OFFICER, COUNTY),
    )
    assessment = actions.start(community, year=today_in_shanghai().year, by=worker)
    standard = standards.standard_of(assessment)
    filled = {
        no: (actions.answers.Fields(checks=(True,) * len(line.checks)), 0)
        for no, line in standards.lines(standard).items()
    }
    actions.save_answers(assessment, filled=filled, by=worker)
    part = max(standard.parts, key=lambda one: sum(len(line.checks) for line in one.criteria)).key
    edit = reverse("assessments:edit", args=[assessment.pk]) + f"?part={part}"
    rows = _page("page of a self-assessment with all explanations", _client(worker), edit)
    actions.lock(assessment, by=worker)
    review = reverse("assessments:review", args=[assessment.pk])
    return rows + _page("page of its review, 28 items at once", _client(officer), review)


def _page(title: str, client: Client, address: str) -> list[Row]:
    assert client.get(address).status_code == 200
    with CaptureQueriesContext(connection) as captured:
        client.get(address)
    queries = len(captured)
    return [
        Row(
            f"{title}, p95; floor: the frame alone",
            p95(lambda: client.get(address)),
            p95(lambda: client.get(reverse("site:menu"))),
            "ms",
            "≤ 200 ms",
        ),
        Row("  its queries", queries, None, "queries", "≤ 20"),
    ]


def _following() -> list[Row]:
    today = today_in_shanghai()
    communities = _communities(CITY)[:MANY]
    version = scheme_for(communities[0])
    assert version is not None, "the schemes are published"
    standard = standards.standard_for(version, communities[0])
    Assessment.objects.bulk_create(
        Assessment(
            community=community,
            version=version,
            scheme_id=version.scheme_id,
            standard_key=standard.key,
            year=today.year,
            started_at=timezone.now(),
        )
        for community in communities
    )
    keys = computed.indicators(standard)
    ids = [community.pk for community in communities]
    with CaptureQueriesContext(connection) as captured:
        whole = seconds(lambda: actions.refresh_open(divisions.by_code(CITY)))
    changed = sum("UPDATE" in query["sql"] for query in captured)
    again = seconds(lambda: actions.refresh_open(divisions.by_code(CITY)))
    floor = seconds(lambda: figures_of_many(ids, keys, today))
    return [
        Row(f"{len(ids):,} open assessments follow their facts, {changed:,} writes", whole, floor, "s", "—"),
        Row("  once more, nothing to write; floor: their figures alone", again, floor, "s", "≤ 5 s"),
    ]


def _communities(code: int) -> list[Division]:
    low, high = divisions.by_code(code).span
    with_facts = Population.objects.filter(until=None).values("community")
    rows = Division.objects.filter(pk__in=with_facts, assessments=None, code__gte=low, code__lt=high)
    return list(rows.order_by("code"))


def _person(name: str, role: Role, place: Division | int) -> Actor:
    division = divisions.by_code(place) if isinstance(place, int) else place
    user = accounts.create_user(by=Actor.system(), username=f"bench_{name}", name="测速").user
    User.objects.filter(pk=user.pk).update(must_change_password=False)
    post = accounts.grant_post(user, by=Actor.system(), role=role, division=division, valid_from=dt.date(2020, 1, 1))
    return Actor(user, post)


def _client(actor: Actor) -> Client:
    assert actor.user is not None
    assert actor.post is not None
    client = Client()
    client.force_login(actor.user, backend="django.contrib.auth.backends.ModelBackend")
    session = client.session
    session[POST_KEY] = str(actor.post.pk)
    session.save()
    return client
