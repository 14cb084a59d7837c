"""Projects and money of a province: its overview, today and as of a past day, its list, and its flags, over 50,000 projects with 150,000 sources.

Everything is rolled back, the triggers' rest too: the sums of the sources are written with their movements, as the triggers would have left them.
"""

from __future__ import annotations

from functools import partial

from bench.nation import listed
from bench.overview import TIMES, p95, queries_of, signed_in
from bench.rows import Row
from django.conf import settings
from django.db import connection, transaction
from django.urls import reverse

PROVINCE = 510_000_000_000
PROJECTS = 50_000


def run() -> list[Row]:
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "testserver"]
    with listed(), transaction.atomic():
        made()
        rows = pages()
        transaction.set_rollback(True)
    return rows


def pages() -> list[Row]:
    client = signed_in()
    floor = p95(lambda: client.get(reverse("site:menu")))
    count = f"{PROJECTS:,} projects, {3 * PROJECTS:,} sources"
    plan = reverse("works:plan", args=[PROVINCE])
    asked = {
        f"projects and money of a province, {count}, p95 of {TIMES}; floor: the frame alone": plan,
        "  of one year and source": f"{plan}?year=2026&origin=bank",
        "  as of a past day, from 450,000 movements": f"{plan}?as_of=2026-06-30",
        "  of a city": reverse("works:plan", args=[510_100_000_000]),
        "the list of a province": f"{reverse('works:projects')}?within={PROVINCE}",
        "the flags of a province": f"{reverse('works:flags')}?within={PROVINCE}",
    }
    rows = []
    for what, url in asked.items():
        rows.append(Row(what, p95(partial(client.get, url)), floor, "ms", "—"))
        rows.append(Row("  its queries", queries_of(client, url), None, "queries", "≤ 18"))
    return rows


def made() -> None:
    """The projects of the province's streets and counties, with four stages, three sources and a line of each kind in each."""
    with connection.cursor() as cursor:
        for table in ("works_source", "works_movement"):
            cursor.execute(f"alter table {table} disable trigger user")
        for statement in STATEMENTS:
            cursor.execute(statement, {"low": PROVINCE, "high": PROVINCE + 10**10, "count": PROJECTS})
        for table in ("project", "source", "movement", "covered", "stage"):
            cursor.execute(f"analyze works_{table}")


STATEMENTS = (
    """create temporary table place on commit drop as
       select id, row_number() over (order by code) - 1 as place, count(*) over () as places from divisions_division
       where code >= %(low)s and code < %(high)s and level in (3, 4) and valid_to is null""",
    """insert into works_project (id, number, name, division_id, department, kinds, first_year, last_year, content, investment, owner,
           contractor, planned_start, planned_finish, actual_start, actual_finish, planned_on, halted_from, reason, scheme_id, criteria,
           notes, state, done, next_due_on, revision, created_at, is_demonstration)
       select gen_random_uuid(), 'B' || n, '项目' || n, p.id, '', array[(array['old-estate','energy','sponge','lift'])[1 + mod(n, 4)]],
           2025 + mod(n, 2), 2026, '', 3000000, '', '', date '2026-01-01', date '2026-10-01',
           case when mod(n, 5) > 1 then date '2026-02-01' end, case when mod(n, 5) = 4 then date '2026-09-01' end, date '2025-12-01', '', '', '',
           '{7,13}', '', case mod(n, 5) when 4 then 'finished' when 0 then 'planned' when 1 then 'planned' else 'under-way' end,
           0.5, date '2026-10-01', 1, now() - n * interval '1 minute', false
       from generate_series(1, %(count)s) n join place p on p.place = mod(n, p.places)""",
    """insert into works_stage (id, project_id, place, title, weight, planned_start, planned_finish, actual_start, actual_finish, share, note,
           before, after)
       select gen_random_uuid(), p.id, g, '阶段' || g, 25, date '2026-01-01' + (g - 1) * 60, date '2026-01-01' + g * 60,
           p.actual_start, case when p.state = 'finished' then p.actual_finish end, 0, '', gen_random_uuid(), gen_random_uuid()
       from works_project p cross join generate_series(1, 4) g where p.number like 'B%%'""",
    """insert into works_covered (id, project_id, community_id, kind, thing, name, before)
       select gen_random_uuid(), p.id, c.id, 'estates', gen_random_uuid(), '小区', '{}'
       from works_project p join divisions_division d on d.id = p.division_id
       cross join lateral (select id from divisions_division c where c.code > d.code and c.level = 5 and c.valid_to is null
           order by code limit 2) c
       where p.number like 'B%%'""",
    """insert into works_source (id, project_id, origin, channel, budget, arrived, paid, short, budgeted_on, arrived_on, added_at)
       select gen_random_uuid(), p.id, (array['central','county','bank'])[g], '', 1000000, 600000 + 100000 * mod(g, 3),
           case when p.state = 'planned' then 0 else 600000 end, 0, date '2026-06-01', date '2026-08-01', now()
       from works_project p cross join generate_series(1, 3) g where p.number like 'B%%'""",
    """insert into works_movement (id, source_id, kind, dated, amount, document, payee, purpose, reason, recorded_at)
       select gen_random_uuid(), s.id, m.kind, m.dated, m.amount, s.id || m.kind, 'x', 'x', '', now()
       from works_source s cross join lateral (values ('budget', s.budgeted_on, s.budget), ('arrival', s.arrived_on, s.arrived),
           ('payment', s.arrived_on + 10, s.paid)) m (kind, dated, amount)
       where m.amount > 0 and s.added_at = now()""",
)
