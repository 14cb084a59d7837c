"""A plan may change every standard of the higher scheme, and every variant of a figure; what loosens any of them is told."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from greenhood.planning import actions, annex, filing, queries, standards
from greenhood.planning.errors import Refused
from greenhood.planning.models import Plan
from greenhood.schemes import actions as schemes
from greenhood.schemes import loading
from tests.cast import Cast, sign_in
from tests.declarations import stage
from tests.planning.planned import YEAR, change_standard, write

pytestmark = pytest.mark.django_db

STREETS = """
  - key: streets
    title: 街道标准
    object: street
    scoring: points
    maximum: 10
    source: 附件1
    levels: [{key: good, title: 良好, at_least: 8, source: 附件1}]
    parts:
      - key: all
        title: 街道工作
        points: 10
        source: 附件1
        criteria:
          - no: 1
            title: 组织推动
            points: 10
            how: all
            source: "附件1 #1"
            checks:
              - {text: 辖区社区参与率达到要求, evidence: [document], threshold: {compare: at_least, value: 60, unit: "%", cases: [{where: {tags: [new]}, value: 80}, {begins: 2027-01-01, value: 90}]}}
"""


@pytest.fixture
def two(cast: Cast) -> Any:
    """四川's scheme with a second standard, that of its streets."""
    stage.publish("national-2020")
    path = stage.FOLDER / "sichuan-2020.yaml"
    text = path.read_text(encoding="utf-8")
    start = text.index("\nstandards:")
    end = next(at for at in range(start + 2, len(text)) if text[at - 1] == "\n" and text[at].isalpha())
    text = f"{text[:end].rstrip()}\n{STREETS.strip(chr(10))}\n\n{text[end:]}"
    return schemes.publish(loading.load_text(text, path), chosen={}, by=None)


@pytest.fixture
def plan(cast: Cast, two: Any) -> Plan:
    return write(actions.start(cast.county, year=YEAR, by=cast.county_officer), cast.county_officer)


def looked(plan: Plan) -> queries.Looked:
    return queries.looked_at(queries.with_all().get(pk=plan.pk))


def streets(**given: Any) -> dict[str, Any]:
    return {"others": {"streets": {"marks": {}, "levels": {}, "dropped": [], "checks": [], "criteria": [], **given}}}


def test_a_standard_that_is_left_alone_is_unchanged(plan: Plan) -> None:
    found = looked(plan)

    assert found.errors == []
    assert {str(one.outcome) for one in found.comparisons if one.key.startswith("standards.")} == {"unchanged"}


def test_the_form_offers_every_standard_and_every_variant(cast: Cast, plan: Plan, client: Client) -> None:
    sign_in(client, cast.county_officer)
    address = reverse("planning:edit", args=[plan.pk, "standard"])

    page = client.get(address).content.decode()
    fresh = queries.with_all().get(pk=plan.pk)
    typed = {"revision": fresh.revision, "mark-3.3": "95", "mark-streets~1.1.1": "85", "level-streets~good": "9"}
    saved = client.post(address, typed)
    refused = client.post(address, {"revision": fresh.revision + 1, "mark-streets~1.1.2": "120"})

    names = ('name="mark-streets~1.1"', 'name="mark-streets~1.1.1"', 'name="mark-streets~1.1.2"', 'name="mark-3.3"')
    assert all(name in page for name in names)
    assert ("标为“new”的" in page, "2027-01-01 起" in page) == (True, True)
    assert saved.status_code == 302
    kept = queries.with_all().get(pk=plan.pk).content["standard"]
    assert (kept["marks"], kept["others"]["streets"]["marks"]) == ({"3.3": "95"}, {"1.1.1": "85"})
    assert refused.status_code == 422
    assert 'id="error-mark-streets~1.1.2"' in refused.content.decode()


def test_a_variant_that_is_tightened_is_told_and_nothing_else_changes(cast: Cast, plan: Plan) -> None:
    change_standard(plan, cast.county_officer, **streets(marks={"1.1.1": "85"}, levels={"good": "9"}))

    found = looked(plan)

    assert (found.errors, found.loosened) == ([], [])
    told = {
        one.key: one for one in found.comparisons if one.outcome == "tightened" and one.key.startswith("standards.")
    }
    assert set(told) == {"standards.streets.1", "standards.streets.good"}
    assert ("85%" in told["standards.streets.1"].lower, "80%" in told["standards.streets.1"].higher) == (True, True)
    assert found.draft.loaded is not None
    second = found.draft.loaded.scheme.standards[1]
    mark = second.parts[0].criteria[0].checks[0].threshold
    assert mark is not None
    assert (mark.value, [case.value for case in mark.cases], second.levels[0].at_least) == (60, [85, 90], 9)


def test_a_variant_that_is_loosened_asks_for_a_reason_at_its_line(cast: Cast, plan: Plan) -> None:
    change_standard(plan, cast.county_officer, **streets(marks={"1.1.1": "70", "1.1.2": "95"}))
    held = queries.with_all().get(pk=plan.pk)

    with pytest.raises(Refused) as refused:
        filing.submit(held, signed_by="张敏", revision=held.revision, by=cast.county_officer)
    actions.save_reasons(
        held, {"standards.streets.1": "新建社区入住率低。"}, revision=held.revision, by=cast.county_officer
    )
    held = queries.with_all().get(pk=plan.pk)

    assert set(refused.value.problems) == {"reason-standards.streets.1"}
    assert "附件1 #1" in refused.value.problems["reason-standards.streets.1"]
    assert filing.submit(held, signed_by="张敏", revision=held.revision, by=cast.county_officer)


def test_lines_are_added_to_and_left_out_of_a_standard_beside_the_first(cast: Cast, plan: Plan) -> None:
    row = {"no": "", "part": "街道工作", "title": "设低碳驿站", "kind": "met", "points": "", "checks": ""}
    with pytest.raises(Refused) as refused:
        change_standard(plan, cast.county_officer, **streets(dropped=[1]))
    change_standard(plan, cast.county_officer, **streets(criteria=[row]))

    found = looked(plan)

    assert set(refused.value.problems) == {"reason-standards.streets.1"}
    assert found.errors == []
    added = [one for one in found.comparisons if one.outcome == "added" and one.section == "创建标准：街道标准"]
    assert [one.title for one in added] == ["第 29 项 设低碳驿站"]


def test_a_standard_that_the_scheme_has_not_is_refused(cast: Cast, plan: Plan) -> None:
    with pytest.raises(Refused, match="没有“estates”这套标准"):
        change_standard(plan, cast.county_officer, others={"estates": {"marks": {"1.1": "5"}, "criteria": []}})


def test_names_on_the_page_read_back_as_what_a_standard_keeps() -> None:
    post = {"mark-3.3": " 95 ", "mark-streets~1.1.2": "90", "drop-streets~1": "yes", "drop-28": "yes", "reason-#28": "不适用",
            "reason-standards.streets.1": "理由", "check-streets~0-no": "1", "check-streets~0-text": "要求", "level-green": "75"}  # fmt: skip

    found = standards.typed(post)

    assert (found["marks"], found["levels"], found["dropped"]) == ({"3.3": "95"}, {"green": "75"}, [28])
    second = annex.of_standard(found, "streets")
    assert (second["marks"], second["dropped"], second["checks"][0]["text"]) == ({"1.1.2": "90"}, [1], "要求")
    assert found["reasons"] == {"#28": "不适用", "standards.streets.1": "理由"}
