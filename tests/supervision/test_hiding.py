"""An unannounced inspection does not exist for those who are inspected until it is over: on no page, in no count, at no address."""

from __future__ import annotations

import datetime as dt
from uuid import uuid4

import pytest
from django.http import Http404
from django.test import Client
from django.urls import reverse

from greenhood.accounts import waiting
from greenhood.accounts.models import Role
from greenhood.evidence.models import Attachment
from greenhood.history import queries as history
from greenhood.history.models import Entry
from greenhood.kit.dates import today_in_shanghai
from greenhood.supervision import seeing
from greenhood.supervision.actions import answering, finding, ordering, planning
from greenhood.supervision.errors import Refused
from greenhood.supervision.models import Answer, Inspection
from greenhood.supervision.queries import choosing, lists, patterns
from greenhood.supervision.queries.lists import Filters
from greenhood.supervision.queries.patterns import Wanted
from tests.cast import Cast, appoint, sign_in
from tests.supervision import stage

pytestmark = pytest.mark.django_db

TITLE = "夜间暗访甲"


@pytest.fixture
def hidden(cast: Cast) -> Inspection:
    """Under way, filled in, with a photo and a finding."""
    inspection = stage.under_way(cast, kind="unannounced", title=TITLE)
    stage.fill(inspection, cast.county_officer, wrong=("t1",))
    answer = Answer.objects.get()
    answering.reopen(answer.sheet, by=cast.county_officer, revision=2)
    stage.photographed(answer, cast.county_officer)
    answering.finish(answer.sheet, by=cast.county_officer, revision=3)
    finding.from_answer(answer, by=cast.county_officer)
    return Inspection.objects.get(pk=inspection.pk)


def status(client: Client, url: str) -> int:
    """What a page answers; a file that it sends is closed."""
    response = client.get(url)
    # Closing the response itself would close the test's connection.
    for close in response._resource_closers:
        close()
    return response.status_code


def addresses(inspection: Inspection) -> list[str]:
    answer = Answer.objects.get()
    found = answer.findings.get()
    photo = Attachment.objects.get()
    return [
        inspection.get_absolute_url(),
        answer.sheet.get_absolute_url(),
        found.get_absolute_url(),
        reverse("supervision:photo", args=[photo.pk]),
        reverse("supervision:photo_copy", args=[photo.pk, 320]),
        reverse("evidence:attachment", args=[photo.pk]),
        reverse("evidence:attachment_copy", args=[photo.pk, 320]),
        reverse("supervision:edit", args=[inspection.pk]),
        reverse("supervision:new_finding", args=[inspection.pk]),
        reverse("supervision:new_order", args=[inspection.pk]),
    ]


@pytest.mark.parametrize(
    "who",
    ["worker", "street_officer", "grid_worker", "property_manager", "other_worker", "neighbour_officer", "stranger"],
)
def test_every_address_of_a_hidden_inspection_is_unknown_below(
    who: str, client: Client, cast: Cast, hidden: Inspection
) -> None:
    sign_in(client, getattr(cast, who))

    answers = {url: status(client, url) for url in addresses(hidden)}

    assert set(answers.values()) == {404}, answers
    answer = Answer.objects.get()
    posts = [
        reverse("supervision:step", args=[hidden.pk, "close"]),
        reverse("supervision:find_from_answer", args=[answer.pk]),
        reverse("supervision:finish_sheet", args=[answer.sheet_id]),
        reverse("supervision:attach", args=["answer", answer.pk]),
        reverse("evidence:attach", args=[cast.county.code, "supervision.answer", answer.pk]),
        reverse("evidence:remove_attachment", args=[Attachment.objects.get().pk]),
        reverse("supervision:remove_photo", args=[Attachment.objects.get().pk]),
    ]
    assert {client.post(url).status_code for url in posts} == {404}


def test_the_same_addresses_answer_to_those_who_inspect(client: Client, cast: Cast, hidden: Inspection) -> None:
    sign_in(client, cast.county_officer)

    answers = [status(client, url) for url in addresses(hidden) if "/evidence/" not in url]

    assert set(answers) <= {200, 302}


@pytest.mark.parametrize("who", ["worker", "street_officer"])
def test_lists_counts_and_exports_say_nothing_of_it(who: str, client: Client, cast: Cast, hidden: Inspection) -> None:
    actor = getattr(cast, who)
    sign_in(client, actor)
    pages = [
        reverse("supervision:inspections"), reverse("supervision:findings"), reverse("supervision:orders"),
        reverse("supervision:mine"), reverse("supervision:community", args=[cast.community.code]),
        reverse("supervision:patterns", args=[actor.post.division.code]), reverse("supervision:export_inspections"),
        reverse("supervision:export_findings"), reverse("supervision:phone_sheets"),
        reverse("site:workbench"), reverse("facts:community", args=[cast.community.code]),
    ]  # fmt: skip

    for url in pages:
        response = client.get(url)
        body = b"".join(response.streaming_content) if response.streaming else response.content
        assert response.status_code == 200, url
        assert TITLE.encode() not in body, url
        assert str(hidden.pk).encode() not in body, url
    assert lists.inspections(actor, Filters()).total.number == 0
    assert lists.findings(actor, Filters()).total.number == 0
    assert patterns.criteria(actor, Wanted(actor.post.division)) == []


def test_nothing_of_it_waits_for_those_below(cast: Cast, hidden: Inspection) -> None:
    for actor in (cast.worker, cast.street_officer):
        for kind in waiting.kinds():
            rows = kind.rows(actor) if kind.url_name.startswith("supervision:") else None
            assert rows is None or rows.count() == 0, kind.key


def test_history_below_holds_no_entry_of_it(client: Client, cast: Cast, hidden: Inspection) -> None:
    street_auditor = appoint("街道审计", "street_auditor", Role.AUDITOR, cast.street_division)
    low, high = cast.street_division.span

    below = history.entries(history.Filter(), within=(low, high))

    assert not below.filter(event__startswith="inspection.").exists()
    assert not below.filter(event__startswith="sheet.").exists()
    assert not below.filter(event__startswith="finding.").exists()
    assert not below.filter(event__startswith="attachment.").exists()
    assert not below.filter(details__icontains=str(hidden.pk)).exists()
    assert not below.filter(subject_title__contains=TITLE).exists()
    assert Entry.objects.filter(event="sheet.answered", division_code=cast.county.code).exists()
    sign_in(client, street_auditor)
    assert TITLE not in client.get(reverse("history:list")).content.decode()
    assert client.get(hidden.get_absolute_url()).status_code == 404


def test_attachments_are_kept_under_the_inspecting_division(cast: Cast, hidden: Inspection) -> None:
    assert Attachment.objects.get().community_id == cast.county.pk


def test_phone_of_the_inspected_can_not_reach_its_sheet(client: Client, cast: Cast, hidden: Inspection) -> None:
    sign_in(client, cast.worker)
    sent = {
        "operation": str(uuid4()), "person": cast.worker.person_id, "post": cast.worker.post_id,
        "sheet": str(Answer.objects.get().sheet_id), "key": "t1", "result": "met",
    }  # fmt: skip

    assert client.post(reverse("supervision:sync"), sent, content_type="application/json").status_code == 404


def test_it_comes_into_the_open_when_closed_and_its_results_when_published(
    client: Client, cast: Cast, hidden: Inspection
) -> None:
    sheet, photo = Answer.objects.get().sheet, Attachment.objects.get()
    found = Answer.objects.get().findings.get()
    stage.close(hidden, cast.county_officer)

    sign_in(client, cast.worker)
    assert client.get(hidden.get_absolute_url()).status_code == 200
    assert "还没有反馈" in client.get(sheet.get_absolute_url()).content.decode()
    assert client.get(found.get_absolute_url()).status_code == 404
    assert status(client, reverse("supervision:photo", args=[photo.pk])) == 404
    stage.publish(hidden, cast.county_officer)

    assert "t1 不符合" in client.get(sheet.get_absolute_url()).content.decode()
    assert client.get(found.get_absolute_url()).status_code == 200
    assert status(client, reverse("supervision:photo", args=[photo.pk])) == 200
    sign_in(client, cast.other_worker)
    assert client.get(found.get_absolute_url()).status_code == 404
    assert client.get(sheet.get_absolute_url()).status_code == 404


def test_cancelled_one_never_comes_into_the_open(cast: Cast, hidden: Inspection) -> None:
    planning.cancel(hidden, by=cast.county_officer, revision=hidden.revision, reason="人员变动")

    with pytest.raises(Http404):
        seeing.inspection_for(cast.worker, hidden.pk)


def test_routine_one_is_announced_without_its_results(client: Client, cast: Cast) -> None:
    inspection = stage.under_way(cast)
    stage.fill(inspection, cast.county_officer, wrong=("t1",))
    sign_in(client, cast.worker)

    assert client.get(inspection.get_absolute_url()).status_code == 200
    assert "t1 不符合" not in client.get(stage.sheet_of(inspection).get_absolute_url()).content.decode()


def test_whoever_works_in_the_place_can_not_be_named_for_it(cast: Cast) -> None:
    with pytest.raises(Refused, match="王强"):
        stage.plan(cast, kind="unannounced", inspectors=[cast.county_officer.user, cast.street_officer.user])


def test_named_expert_sees_it_without_a_post_that_looks(client: Client, cast: Cast) -> None:
    inspection = stage.under_way(cast, kind="unannounced", title=TITLE, inspectors=[cast.expert.user])
    sign_in(client, cast.expert)

    assert client.get(stage.sheet_of(inspection).get_absolute_url()).status_code == 200
    assert client.get(reverse("supervision:inspections")).status_code == 200
    sign_in(client, cast.other_expert)
    assert client.get(inspection.get_absolute_url()).status_code == 404


def test_order_before_it_is_over_is_refused(cast: Cast, hidden: Inspection) -> None:
    row = Answer.objects.get().findings.get()
    wanted = ordering.Demands(cast.community, "整改", today_in_shanghai() + dt.timedelta(days=20))

    with pytest.raises(Refused, match="请先办结"):
        ordering.issue([row], wanted, issuer=cast.county, by=cast.county_officer)


def test_choosing_communities_not_inspected_lately_does_not_tell_of_one_from_above(cast: Cast) -> None:
    inspection = stage.under_way(cast, kind="unannounced", by=cast.city_officer)
    stage.fill(inspection, cast.city_officer)

    by_county = choosing.narrowed(cast.communities, "unseen", None, cast.county, actor=cast.county_officer)
    by_city = choosing.narrowed(cast.communities, "unseen", None, cast.city, actor=cast.city_officer)

    assert cast.community in by_county
    assert cast.community not in by_city
