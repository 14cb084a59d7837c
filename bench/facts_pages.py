"""The pages of a community's record at a realistic size: 30 kinds, 150 things, as a signed-in officer gets them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from bench.facts_excel import community_code, ground
from bench.overview import p95, queries_of
from bench.rows import Row
from django.conf import settings
from django.test import Client
from django.urls import reverse

from greenhood.accounts.actor import Actor
from greenhood.accounts.middleware import POST_KEY
from greenhood.accounts.models import Post, User
from greenhood.divisions.models import Division
from greenhood.facts import actions
from greenhood.facts.forms import bounds
from greenhood.facts.kinds import Column, kinds

DAY = dt.date(2026, 5, 1)
TIMES = 100
THINGS = 6
# What the other figures must fit into.
WHOLES: dict[str, dict[str, Any]] = {"boundary": {"area": Decimal(10**6)}, "population": {"households": 2000}}


def run() -> list[Row]:
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "testserver"]
    with ground():
        community = Division.objects.get(code=community_code(0))
        user = User.objects.get(username="bench_facts")
        post = Post.objects.select_related("division").get(user=user)
        estate = fill(community, Actor(user, post))
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        session = client.session
        session[POST_KEY] = str(post.pk)
        session.save()
        floor = p95(lambda: client.get(reverse("site:menu")))
        pages = {
            "a community's record, 30 kinds, 150 things": (reverse("facts:community", args=[community.code]), "≤ 20"),
            "the same as of a day": (reverse("facts:community", args=[community.code]) + "?as_of=2026-05-02", "≤ 20"),
            "the estates of a community": (reverse("facts:records", args=[community.code, "estates"]), "≤ 20"),
            "one estate with its versions": (reverse("facts:record", args=[community.code, "estates", estate]), "≤ 20"),
            "the form of an estate": (reverse("facts:edit", args=[community.code, "estates", estate]), "≤ 20"),
            "50 of a city's communities": (reverse("facts:communities"), "≤ 20"),
        }
        rows: list[Row] = []
        for title, (url, most) in pages.items():
            figure, count = p95(lambda url=url: client.get(url)), queries_of(client, url)
            rows.append(Row(f"{title}, p95 of {TIMES}; floor: the frame alone", figure, floor, "ms", "≤ 200 ms"))
            rows.append(Row("  its queries", count, None, "queries", most))
    return rows


def fill(community: Division, by: Actor) -> Any:
    """Things of every kind; the id of an estate."""
    made: dict[str, Any] = {}
    for kind in kinds():
        for number in range(1 if kind.is_single else THINGS):
            values = {column.name: value(column, number, made) for column in kind.columns}
            for part, whole in kind.not_more:
                values[part] = min(values[part], values[whole])
            values |= WHOLES.get(kind.key, {})
            made[kind.key] = actions.record(kind, community, values, dated=DAY, by=by).thing
    return made["estates"]


def value(column: Column, number: int, made: dict[str, Any]) -> Any:
    if column.type == "choice":
        return column.choices[number % len(column.choices)][0]
    if column.type == "yes-no":
        return number % 2 == 0
    if column.type == "date":
        return DAY
    if column.type == "reference":
        return made.get(column.refers_to)
    if column.type == "count":
        return max(int(bounds(column)[0] or 0), 5)
    if column.type == "amount":
        return Decimal("120.50")
    return f"一个名称比较长的{column.title}，编号{number + 1}"
