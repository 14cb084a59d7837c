"""Goal pages of a simulated nation: the sheet, the overview of lower divisions, and the nightly count of all denominators."""

from __future__ import annotations

from bench.nation import nation
from bench.overview import p95, queries_of, seconds, signed_in
from bench.rows import Row
from django.conf import settings
from django.urls import reverse

from greenhood.insight.actions import refresh
from greenhood.programme.actions import counting
from greenhood.programme.models import Base, MonthEnd

PLACES = {"nation": 0, "province": 510_000_000_000, "county": 510_107_000_000}
GOAL = ("national-2020", "reached-2022")


def run() -> list[Row]:
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "testserver"]
    with nation():
        refresh(full=True)
        MonthEnd.objects.all().delete()
        Base.objects.all().delete()
        rows = [
            Row("counting every denominator, and 24 months back", seconds(counting.count), None, "s", "—"),
            Row("  the same on the next night", seconds(counting.count), None, "s", "—"),
        ]
        client = signed_in()
        floor = p95(lambda: client.get(reverse("site:menu")))
        for title, code in PLACES.items():
            pages = {
                "goals": reverse("programme:goals_of", args=[code]),
                "one goal": reverse("programme:goal", args=[code, *GOAL]),
                "its lower divisions": reverse("programme:below", args=[code, *GOAL]),
            }
            for page, url in pages.items():
                figure = p95(lambda url=url: client.get(url))
                rows.append(Row(f"{page} of a {title}, p95; floor: the frame alone", figure, floor, "ms", "≤ 200 ms"))
                rows.append(Row("  its queries", queries_of(client, url), None, "queries", "—"))
    return rows
