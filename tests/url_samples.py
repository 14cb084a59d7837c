"""A sample for every address that names an object, all in 武侯区, so that the walk over the addresses can try it.

Whoever adds an address with parameters adds a line to ``SAMPLES``: its name → what to put in. The walk
(tests/accounts/test_every_url.py) fails for an address that isn't here. ``OPEN`` lists the pages without public
access that people of other places may see all the same, each with the reason.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from functools import cached_property
from io import BytesIO
from typing import Any

from django.core.files.base import ContentFile
from django.utils import timezone
from PIL import Image

from greenhood.accounts import actions as accounts
from greenhood.accounts.actor import Actor
from greenhood.accounts.models import Interest
from greenhood.assessments.actions import evidence
from greenhood.assessments.models import Assessment, Evidence, Override
from greenhood.baseline.actions import campaigning
from greenhood.baseline.actions.campaigning import Terms
from greenhood.baseline.models import Campaign
from greenhood.coordination.models import Assignment, Call, Invitation
from greenhood.declarations.actions import awarding, declaring, noticing
from greenhood.declarations.actions.noticing import Complaint
from greenhood.declarations.models import (
    Award,
    Declaration,
    Draw,
    ExpertDraw,
    Notice,
    Objection,
    Panel,
    PanelCase,
    PanelSeat,
)
from greenhood.divisions.models import Change, Division, DivisionList
from greenhood.evidence import actions as attachments
from greenhood.evidence import subjects
from greenhood.evidence.models import Attachment, Seal
from greenhood.exemplars.actions import bases, meetings, practices
from greenhood.exemplars.models import Honour, Meeting, Practice, Visit
from greenhood.exemplars.models import Objection as HonourObjection
from greenhood.experts.actions import appointing, serving, visiting
from greenhood.experts.actions.appointing import Terms as Terms_
from greenhood.experts.actions.visiting import Report
from greenhood.experts.models import Designer, Document
from greenhood.experts.models import Visit as ExpertVisit
from greenhood.facts import workbooks
from greenhood.facts.models import Fact, Import
from greenhood.insight.actions import refresh
from greenhood.kit.dates import today_in_shanghai
from greenhood.kit.ids import uuid7
from greenhood.planning.models import Plan, WorkPlan
from greenhood.programme.actions import goals, pilots
from greenhood.programme.actions.goals import Typed
from greenhood.programme.models import Issue, Pilot
from greenhood.reporting import actions as reporting
from greenhood.reporting.models import Bulletin, Obligation
from greenhood.schemes.models import SchemeVersion
from greenhood.supervision.actions import escalating, ordering, photos
from greenhood.supervision.models import Order
from greenhood.works.actions import money as works_money
from greenhood.works.actions import procurement as works_procurement
from greenhood.works.models import Import as WorksImport
from greenhood.works.models import Movement, Source
from greenhood.works.models import Stage as WorksStage
from greenhood.works.queries import flags as works_flags
from greenhood.works.workbooks import sending as works_books
from tests.cast import Cast
from tests.coordination import stage as coordination
from tests.declarations import stage
from tests.exemplars import stage as exemplars
from tests.experts import conftest as pool
from tests.facts.samples import make as make_fact
from tests.planning import planned
from tests.supervision import stage as supervision
from tests.works import stage as works_set


class Objects:
    """The objects of the samples, each made when it is first asked for."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast

    @property
    def community(self) -> Division:
        return self.cast.community

    @cached_property
    def scheme(self) -> SchemeVersion:
        stage.publish("national-2020")
        return stage.publish("sichuan-2020")

    @cached_property
    def assessment(self) -> Assessment:
        assert self.scheme
        return stage.complete(self.community, self.cast.worker)

    @cached_property
    def obligation(self) -> Obligation:
        """The annual report of the county, as the scheme asks one of cities."""
        obligation = Obligation.objects.create(
            version=self.scheme,
            scheme_id=self.scheme.scheme_id,
            entry="city-annual",
            title="年度总结评估报告",
            year=stage.YEAR,
            period=f"{stage.YEAR}年度",
            begins_on=dt.date(stage.YEAR, 1, 1),
            ends_on=dt.date(stage.YEAR, 12, 31),
            due_on=dt.date(stage.YEAR, 11, 10),
            deadline=dt.date(stage.YEAR, 11, 10),
            reporter=self.cast.county,
            receiver=self.cast.county,
        )
        by = self.cast.county_officer
        texts = {"carried-out": "已开展。", "effect": "良好。", "progress": "一个。"}
        written = reporting.save(obligation, texts=texts, typed={}, revision=1, by=by)
        reporting.file(written, signed_by="张敏", revision=2, by=by, at=stage.moment(stage.YEAR, 11, 3))
        return obligation

    @cached_property
    def goal(self) -> Issue:
        """What the county asks of itself, carrying on a goal of the scheme."""
        assert self.scheme
        refresh(full=True)
        typed = Typed(number=0, by=f"{stage.YEAR + 1}-12-31", amount="60%", reason="继续推进。")
        return goals.set_own(
            self.cast.county, typed, by=self.cast.county_officer, scheme="sichuan-2020", entry="reached-2022"
        )

    @cached_property
    def pilot(self) -> Pilot:
        assert self.scheme
        return pilots.propose(
            self.cast.county,
            self.community,
            reason="有改造项目。",
            willingness="居民会议同意。",
            by=self.cast.county_officer,
        )

    @cached_property
    def bulletin(self) -> Bulletin:
        paper = {
            "title": "关于报送情况的通报",
            "number": "武建发〔2026〕1号",
            "mark": "",
            "addressee": "各街道",
            "body": [
                {
                    "kind": "table",
                    "title": "各地",
                    "columns": ["单位"],
                    "rows": [["浆洗街街道"]],
                    "widths": [1],
                    "numbers": [],
                }
            ],
            "sender": "武侯区",
            "date": "2026年11月20日",
        }
        return Bulletin.objects.create(
            division=self.cast.county,
            year=stage.YEAR,
            counted_to=dt.date(stage.YEAR, 11, 20),
            number=paper["number"],
            title=paper["title"],
            paper=paper,
            digest="sha256:0",
            signed_by="张敏",
            issued_at=stage.moment(stage.YEAR, 11, 20),
        )

    @cached_property
    def evidence(self) -> Evidence:
        file = BytesIO()
        Image.new("RGB", (320, 240), "#3f7a54").save(file, "JPEG")
        return evidence.attach(self.assessment, criterion=1, file=file, name="花园.jpg", by=self.cast.worker).evidence

    @cached_property
    def override(self) -> Override:
        """Against the figure of a check that is computed."""
        return Override.objects.create(
            assessment=self.assessment,
            criterion=16,
            check_no=3,
            kind=Override.Kind.DISPUTE,
            met=True,
            reason="两处新建绿地还没有登记。",
            indicator="green_space_ratio",
            figure=23,
            at=timezone.now(),
            by=self.cast.worker.user,
        )

    @cached_property
    def attachment(self) -> Attachment:
        """A file at a record of a kind that takes any id."""
        subjects.register("samples.record", lambda community, subject: True)
        file = BytesIO()
        Image.new("RGB", (320, 240), "#3f7a54").save(file, "JPEG")
        return attachments.attach(
            file,
            "花园.jpg",
            community=self.community,
            subject_kind="samples.record",
            subject_id=uuid7(),
            by=self.cast.worker,
        ).attachment

    @cached_property
    def rectified(self) -> Order:
        """An order of the county to its community, overdue and before the street, with a photo of what was found."""
        found, by = supervision.found(self.cast), self.cast.county_officer
        photos.take(supervision.picture(), "现场.jpg", kind=photos.FINDING, subject=found.pk, by=by)
        due_on = today_in_shanghai() + dt.timedelta(days=20)
        again = ordering.issue(
            [found], ordering.Demands(self.community, "立即清理。", due_on), issuer=self.cast.county, by=by
        )
        escalating.escalate(at=supervision.noon(again.due_on + dt.timedelta(days=1)))
        return again

    @cached_property
    def supervision_photo(self) -> Attachment:
        assert self.rectified
        return Attachment.objects.get(subject_kind=photos.FINDING)

    @cached_property
    def estate(self) -> Fact:
        return make_fact("estates", self.community, self.cast.worker)

    @cached_property
    def fact_import(self) -> Import:
        """A file that was looked at and refused."""
        sent = ContentFile(b"none")
        row = workbooks.send(sent, "表.xlsx", division=self.community, dated=dt.date(2026, 1, 1), by=self.cast.worker)
        return workbooks.judge(row)

    @cached_property
    def seal(self) -> Seal:
        """Of the declaration's evidence."""
        assert self.declaration
        return Seal.objects.order_by("pk").first()

    @cached_property
    def declaration(self) -> Declaration:
        # Evidence comes first: declaring locks the assessment.
        assert self.evidence
        return declaring.declare(self.assessment, "green-community", stage.PARTICULARS, by=self.cast.worker)

    @cached_property
    def objection(self) -> Objection:
        """To the declaration, during its notice."""
        stage.bring_to(self.declaration, "notice", self.cast)
        notice = noticing.publish([self.declaration.pk], by=self.cast.province_officer, contact="028-12345")
        complaint = Complaint("赵先生", "13800138000", "设施没有全覆盖。")
        return noticing.object_to(notice.entries.get(), complaint, by=Actor.anonymous("203.0.113.7"))

    @property
    def notice(self) -> Notice:
        return self.objection.entry.notice

    @cached_property
    def award(self) -> Award:
        """Of the other community, with everything that came before it."""
        assert self.scheme
        declaration = stage.declare(self.cast.other_community, self.cast.other_worker)
        waiting = stage.bring_to(declaration, "award", self.cast)
        return awarding.award(waiting, by=self.cast.province_officer, revision=waiting.revision, opinion="同意命名。")

    @property
    def draw(self) -> Draw:
        assert self.award
        return Draw.objects.earliest("pk")

    @cached_property
    def case(self) -> PanelCase:
        """Of a panel of the city. No row of the shipped scheme of these places has a panel: the row says it has."""
        assert self.declaration
        panel = Panel.objects.create(
            version=self.scheme,
            step="city-review",
            division=self.cast.city,
            title="市级评审",
            opened_at=timezone.now(),
            opened_by=self.cast.city_officer.user,
        )
        PanelSeat.objects.create(panel=panel, user=self.cast.expert.user, kind="expert")
        return PanelCase.objects.create(panel=panel, declaration=self.declaration)

    @cached_property
    def campaign(self) -> Campaign:
        """A survey of the county's communities."""
        officer = self.cast.county_officer
        terms = Terms("社区底数摸底", today_in_shanghai(), today_in_shanghai())
        return campaigning.open_(campaigning.draft(self.cast.county, terms, by=officer), by=officer)

    @cached_property
    def change(self) -> Change:
        """An abolished street, whose successor is still to be said."""
        read = DivisionList.objects.create(
            title="样例",
            checksum="x",
            as_of="2026-06-30",
            read_at=timezone.now(),
            read_by="样例",
            rows=1,
            added=0,
            provinces=[51],
        )
        street = self.cast.other_street
        return Change.objects.create(
            list=read, kind="abolished", division=street, level=street.level, place=street.code, old_name=street.name
        )

    @cached_property
    def assignment(self) -> Assignment:
        """A task that the county gave to a department of its own."""
        return coordination.task(self.cast)

    @cached_property
    def call(self) -> Call:
        """Of a whistle that the street blew."""
        return coordination.whistle(self.cast).calls.get()

    @cached_property
    def invitation(self) -> Invitation:
        """To a joint meeting of the county."""
        return coordination.meeting(self.cast).invitations.get()

    @cached_property
    def practice(self) -> Practice:
        """A published one with a public photo; the other community wrote it."""
        row = exemplars.drafted(self.cast, self.cast.other_worker)
        shown = exemplars.photo(self.cast, row, practices.KIND, self.cast.other_worker)
        row = practices.submit(row, revision=row.revision, by=self.cast.other_worker)
        by = self.cast.county_officer
        practices.publish(row, revision=row.revision, by=by, photos=[shown.pk], are_checked=True)
        return exemplars.fresh(row)

    @cached_property
    def visit(self) -> Visit:
        """To a base of the community."""
        row = bases.apply(self.community, exemplars.BASE, by=self.cast.worker)
        by, today = self.cast.county_officer, today_in_shanghai()
        row = bases.designate(row, valid_until=dt.date(today.year + 3, 12, 31), revision=row.revision, by=by)
        return bases.note_visit(row, on=today, group="第一小学", people=40, by=by)

    @cached_property
    def meeting(self) -> Meeting:
        """An announced one of the county."""
        row = meetings.plan(self.cast.county, exemplars.plan_of_meeting(self.cast), by=self.cast.county_officer)
        return meetings.announce(row, revision=row.revision, by=self.cast.county_officer)

    @cached_property
    def honour_objection(self) -> HonourObjection:
        """To a unit on the notice of a commendation."""
        return exemplars.objected(self.cast)

    @cached_property
    def honour(self) -> Honour:
        return exemplars.honoured(self.cast)

    @cached_property
    def expert_visit(self) -> ExpertVisit:
        """A visit in the community, with a photo; its request, its expert and a draw from the pool come with it."""
        entry = pool.member(self.cast, None)
        asked = serving.make(self.community, pool.need(), by=self.cast.worker)
        offer = serving.offer(asked, entry, revision=asked.revision, by=self.cast.county_officer)
        request = serving.take(offer.request, revision=offer.request.revision, by=self.cast.county_officer)
        return visiting.record(request, Report(today_in_shanghai(), 5, "保留大树。"), by=self.cast.worker)

    @cached_property
    def expert_document(self) -> Document:
        return Document.objects.create(
            visit=self.expert_visit, blob=self.attachment.blob, name="现场.jpg", uploaded_at=timezone.now()
        )

    @cached_property
    def designer(self) -> Designer:
        terms = Terms_(contact="028-85551234", scope="指导改造", valid_from=today_in_shanghai(), name="周文")
        return appointing.appoint(self.cast.street_division, terms, by=self.cast.county_officer)

    @cached_property
    def expert_draw(self) -> ExpertDraw:
        return ExpertDraw.objects.create(
            version=self.scheme, step=self.scheme.scheme.procedure.steps[1].key, division=self.cast.county, kind="expert", seats=1, seed="x",
            frame_hash="x", drawn_at=timezone.now(),
        )  # fmt: skip

    @cached_property
    def interest(self) -> Interest:
        return accounts.record_interest(
            self.cast.worker.user, by=Actor.system(), division=self.cast.community, reason="曾在此任职"
        )

    @cached_property
    def works_stage(self) -> WorksStage:
        """Of a project of the county over the community, with money, a purchase, a photo and an explained flag."""
        by = self.cast.county_officer
        project = works_set.planned(self.cast)
        source = works_set.source(project, by, budget=10, arrived=5, paid=5)
        works_set.enter(source, "budget", -6, by, reason="核减")
        bought = {"product": "灯具", "amount": Decimal(1000), "dated": dt.date(2026, 3, 2), "is_green": False}
        works_procurement.procure(project, by=by, **bought)
        flag = next(each for each in works_flags.flags_of([project.pk]) if each.code == "overspent")
        works_money.explain(project, code=flag.code, about=flag.about, digest=flag.digest, reason="已报批。", by=by)
        return WorksStage.objects.select_related("project__division").get(project=project, place=1)

    @cached_property
    def works_photo(self) -> Attachment:
        file = BytesIO()
        Image.new("RGB", (320, 240), "#3f7a54").save(file, "JPEG")
        stage_ = self.works_stage
        return attachments.attach(
            file,
            "改造前.jpg",
            community=stage_.project.division,
            subject_kind="works.before",
            subject_id=stage_.before,
            by=self.cast.county_officer,
        ).attachment

    @cached_property
    def works_import(self) -> WorksImport:
        """A file that was looked at and refused."""
        return works_books.send(ContentFile(b"none"), "表.xlsx", division=self.cast.county, by=self.cast.county_officer)

    @cached_property
    def plan(self) -> Plan:
        """The county's, filed with the city."""
        assert self.scheme
        return planned.filed(self.cast)

    @cached_property
    def work_plan(self) -> WorkPlan:
        """The community's, published."""
        assert self.scheme
        return planned.published(self.cast)


Sample = Callable[[Objects], dict[str, Any]]


def _code(objects: Objects) -> dict[str, Any]:
    return {"code": objects.community.code}


def _scheme(objects: Objects) -> dict[str, Any]:
    return {"scheme_id": objects.scheme.scheme_id, "version": objects.scheme.version}


def _worker(objects: Objects) -> dict[str, Any]:
    return {"pk": objects.cast.worker.user.pk}


def _check_sheet(objects: Objects) -> dict[str, Any]:
    return {"pk": objects.rectified.findings.select_related("answer").get().answer.sheet_id}


def _obligation(objects: Objects) -> dict[str, Any]:
    return {"pk": objects.obligation.pk}


def _plan(objects: Objects) -> dict[str, Any]:
    return {"pk": objects.plan.pk}


def _work_plan(objects: Objects) -> dict[str, Any]:
    return {"pk": objects.work_plan.pk}


def _assessment(objects: Objects) -> dict[str, Any]:
    return {"pk": objects.assessment.pk}


def _item(objects: Objects) -> dict[str, Any]:
    return {"pk": objects.assessment.pk, "no": 1}


def _override(objects: Objects) -> dict[str, Any]:
    return {"pk": objects.override.pk}


def _evidence(objects: Objects) -> dict[str, Any]:
    return {"pk": objects.evidence.pk}


def _evidence_copy(objects: Objects) -> dict[str, Any]:
    return {"pk": objects.evidence.pk, "size": 320}


def _attachment(objects: Objects) -> dict[str, Any]:
    return {"pk": objects.attachment.pk}


def _panel(objects: Objects) -> dict[str, Any]:
    return {"pk": objects.case.panel_id}


def _case(objects: Objects) -> dict[str, Any]:
    return {"pk": objects.case.pk}


def _notice(objects: Objects) -> dict[str, Any]:
    return {"pk": objects.notice.pk}


def _objection(objects: Objects) -> dict[str, Any]:
    return {"pk": objects.notice.pk, "objection_pk": objects.objection.pk}


def _campaign(objects: Objects) -> dict[str, Any]:
    return {"pk": objects.campaign.pk}


def _reply(objects: Objects) -> dict[str, Any]:
    return {**_campaign(objects), **_code(objects)}


def _county(objects: Objects) -> dict[str, Any]:
    return {"code": objects.cast.county.code}


def _goal(objects: Objects) -> dict[str, Any]:
    return {"code": objects.cast.county.code, "scheme": objects.goal.scheme, "entry": objects.goal.entry}


def _draw(objects: Objects) -> dict[str, Any]:
    return {"pk": objects.draw.pk}


def _declaration(objects: Objects) -> dict[str, Any]:
    return {"pk": objects.declaration.pk}


def _estates(objects: Objects) -> dict[str, Any]:
    return {**_code(objects), "kind": "estates"}


def _estate(objects: Objects) -> dict[str, Any]:
    return {**_estates(objects), "thing": objects.estate.thing}


def _project(objects: Objects) -> dict[str, Any]:
    return {"pk": objects.works_stage.project_id}


def _source(objects: Objects) -> Source:
    return Source.objects.get(project=objects.works_stage.project)


def _movement(objects: Objects) -> dict[str, Any]:
    line = Movement.objects.get(source=_source(objects), kind="payment")
    return {**_project(objects), "movement": line.pk}


def _purchase(objects: Objects) -> dict[str, Any]:
    return {**_project(objects), "item": objects.works_stage.project.procurements.get().pk}


def _covered(objects: Objects) -> dict[str, Any]:
    return {**_project(objects), "covered": objects.works_stage.project.covered.get().pk}


def _works_photo(objects: Objects) -> dict[str, Any]:
    return {"pk": objects.works_photo.pk}


def _works_import(objects: Objects) -> dict[str, Any]:
    return {"pk": objects.works_import.pk}


def _practice(objects: Objects) -> dict[str, Any]:
    return {"pk": objects.practice.pk}


def _public_file(objects: Objects) -> dict[str, Any]:
    return {"pk": objects.practice.entry.edition.photos[0]}


def _base(objects: Objects) -> dict[str, Any]:
    return {"pk": objects.visit.base_id}


def _meeting(objects: Objects) -> dict[str, Any]:
    return {"pk": objects.meeting.pk}


def _round(objects: Objects) -> dict[str, Any]:
    return {"pk": objects.honour_objection.nomination.round_id}


def _nomination(objects: Objects) -> dict[str, Any]:
    return {**_round(objects), "nomination_pk": objects.honour_objection.nomination_id}


def _honour(objects: Objects) -> dict[str, Any]:
    return {"pk": objects.honour.pk}


def _entry(objects: Objects) -> dict[str, Any]:
    return {"pk": objects.expert_visit.entry_id}


def _service(objects: Objects) -> dict[str, Any]:
    return {"pk": objects.expert_visit.request_id}


def _designer(objects: Objects) -> dict[str, Any]:
    return {"pk": objects.designer.pk}


def _expert_document(objects: Objects) -> dict[str, Any]:
    return {"pk": objects.expert_document.pk}


def _expert_draw(objects: Objects) -> dict[str, Any]:
    return {"pk": objects.expert_draw.pk}


SAMPLES: dict[str, Sample] = {
    "experts:entry": _entry,
    "experts:edit_entry": _entry,
    "experts:entry_interest": _entry,
    "experts:add_entry_documents": _entry,
    "experts:entry_step": lambda objects: {**_entry(objects), "step": "suspend"},
    "experts:document": _expert_document,
    "experts:document_copy": lambda objects: {**_expert_document(objects), "size": 320},
    "experts:remove_document": _expert_document,
    "experts:restore_document": _expert_document,
    "experts:request": _service,
    "experts:edit_request": _service,
    "experts:record_visit": _service,
    "experts:close_request": _service,
    "experts:request_step": lambda objects: {**_service(objects), "step": "reopen"},
    "experts:add_visit_documents": lambda objects: {"pk": objects.expert_visit.pk},
    "experts:visit_step": lambda objects: {"pk": objects.expert_visit.pk, "step": "retract"},
    "experts:designer": _designer,
    "experts:edit_designer": _designer,
    "experts:end_designer": _designer,
    "experts:place": _code,
    "declarations:draw_for_new_panel": lambda objects: {"version_pk": objects.scheme.pk, "step_key": "county"},
    "declarations:draw_for_panel": lambda objects: {"pk": objects.case.panel_id},
    "declarations:expert_draw": _expert_draw,
    "declarations:decline_draw": _expert_draw,
    "declarations:seat_drawn": _expert_draw,
    "exemplars:for_criterion": lambda objects: {"scheme_id": objects.scheme.scheme_id, "no": 5},
    "exemplars:for_community": _code,
    "exemplars:practice": _practice,
    "exemplars:desk": lambda objects: {"which": "own"},
    "exemplars:export_desk": lambda objects: {"which": "own"},
    "exemplars:edition": lambda objects: {**_practice(objects), "number": 1},
    "exemplars:edit": _practice,
    "exemplars:step": lambda objects: {**_practice(objects), "verb": "withdraw"},
    "exemplars:picture": lambda objects: {**_public_file(objects), "size": 320},
    "exemplars:file": _public_file,
    "exemplars:base": _base,
    "exemplars:edit_base": _base,
    "exemplars:note_visit": _base,
    "exemplars:remove_visit": lambda objects: {**_base(objects), "visit_pk": objects.visit.pk},
    "exemplars:base_step": lambda objects: {**_base(objects), "verb": "remove"},
    "exemplars:meeting": _meeting,
    "exemplars:edit_meeting": _meeting,
    "exemplars:announce": _meeting,
    "exemplars:answer_invitation": _meeting,
    "exemplars:close_meeting": _meeting,
    "exemplars:cancel_meeting": _meeting,
    "exemplars:certificate": _honour,
    "exemplars:withdraw_honour": _honour,
    "exemplars:round": _round,
    "exemplars:nominate": _round,
    "exemplars:publish_notice": _round,
    "exemplars:decide": _round,
    "exemplars:cancel_round": _round,
    "exemplars:honour_objections": _round,
    "exemplars:answer_objection": lambda objects: {**_round(objects), "objection_pk": objects.honour_objection.pk},
    "exemplars:objection_proof": lambda objects: {**_round(objects), "objection_pk": objects.honour_objection.pk},
    "exemplars:nomination": _nomination,
    "exemplars:review_nomination": _nomination,
    "exemplars:recall_nomination": _nomination,
    "exemplars:object": _nomination,
    "works:import": _works_import,
    "works:apply_import": _works_import,
    "works:marked_import": _works_import,
    "works:plan": lambda objects: {"code": objects.cast.county.code},
    "works:export_plan": lambda objects: {"code": objects.cast.county.code},
    "works:community": _code,
    "works:proof": _works_photo,
    "works:proof_copy": lambda objects: {**_works_photo(objects), "size": 320},
    "works:remove_proof": _works_photo,
    "works:restore_proof": _works_photo,
    "works:project": _project,
    "works:edit": _project,
    "works:discard": _project,
    "works:step": lambda objects: {**_project(objects), "step": "start"},
    "works:coverage": _project,
    "works:stages": _project,
    "works:stage": lambda objects: {**_project(objects), "stage": objects.works_stage.pk},
    "works:attach": lambda objects: {**_project(objects), "stage": objects.works_stage.pk, "moment": "before"},
    "works:years": _project,
    "works:procure": _project,
    "works:remove_procurement": _purchase,
    "works:restore_procurement": _purchase,
    "works:add_source": _project,
    "works:enter": lambda objects: {**_project(objects), "source": _source(objects).pk, "kind": "payment"},
    "works:movement": _movement,
    "works:attach_paper": _movement,
    "works:reverse": _movement,
    "works:explain": _project,
    "works:take_explanation_back": lambda objects: {
        **_project(objects),
        "explanation": objects.works_stage.project.explanations.get().pk,
    },
    "works:record": _covered,
    "works:take_back": _covered,
    "accounts:person": _worker,
    "accounts:change": _worker,
    "accounts:disable": _worker,
    "accounts:enable": _worker,
    "accounts:reset_password": _worker,
    "accounts:remove_persons_second_factor": _worker,
    "accounts:grant": _worker,
    "accounts:interests": _worker,
    "accounts:end_post": lambda objects: {"pk": objects.cast.worker.post.pk},
    "accounts:remove_interest": lambda objects: {"pk": objects.interest.pk},
    "api-1:assessment": _assessment,
    "api-1:versions": lambda objects: {"scheme_id": objects.scheme.scheme_id},
    "api-1:document": _scheme,
    "api-1:calendar": lambda objects: {**_scheme(objects), "year": 2026},
    "api-1:coverage": _scheme,
    "programme:cancel": lambda objects: {"pk": objects.goal.pk},
    "programme:pilot": lambda objects: {"pk": objects.pilot.pk},
    "programme:goals_of": _county,
    "programme:export_goals": _county,
    "programme:set_own": _county,
    "programme:roster": _county,
    "programme:export_roster": _county,
    "programme:pilots": _county,
    "programme:export_pilots": _county,
    "programme:confirm_pilots": _county,
    "programme:candidates": _county,
    "programme:export_candidates": _county,
    "programme:choose_pilot": lambda objects: {**_county(objects), "community": objects.community.code},
    "programme:goal": _goal,
    "programme:below": _goal,
    "programme:export_below": _goal,
    "programme:hand_down": _goal,
    "programme:carry_on": _goal,
    **{
        f"planning:{name}": _plan
        for name in (
            "plan",
            "take_project",
            "take_up_again",
            "compare",
            "submit",
            "withdraw",
            "receive",
            "publish",
            "discard",
            "restore",
            "rebase",
        )
    },
    "planning:edit": lambda objects: {**_plan(objects), "key": "goals"},
    "planning:answer": _obligation,
    "planning:submission": lambda objects: {**_plan(objects), "number": 1},
    "planning:plan_file": lambda objects: {**_plan(objects), "kind": "yaml"},
    **{
        f"planning:{name}": _work_plan
        for name in (
            "work_plan",
            "work_edit",
            "work_consult",
            "work_remove",
            "work_restore",
            "work_opinion",
            "work_answer",
            "work_progress",
            "work_publish",
            "work_attach",
        )
    },
    "planning:work_file": lambda objects: {**_work_plan(objects), "kind": "docx"},
    "planning:public": _code,
    "reporting:completeness": lambda objects: {"code": objects.cast.county.code},
    "reporting:export": lambda objects: {"code": objects.cast.county.code},
    "reporting:bulletin": lambda objects: {"code": objects.cast.county.code},
    "reporting:bulletin_file": lambda objects: {"code": objects.cast.county.code, "kind": "docx"},
    "reporting:filing_file": lambda objects: {**_obligation(objects), "number": 1, "kind": "docx"},
    "reporting:evaluations": lambda objects: {"code": objects.cast.county.code},
    "reporting:evaluations_export": lambda objects: {"code": objects.cast.county.code},
    "reporting:issued": lambda objects: {"pk": objects.bulletin.pk},
    "reporting:issued_file": lambda objects: {"pk": objects.bulletin.pk, "kind": "docx"},
    "reporting:withdraw": lambda objects: {"pk": objects.bulletin.pk},
    "reporting:draw_up": _obligation,
    "reporting:export_sheet": _obligation,
    "reporting:carry_out": _obligation,
    "reporting:take_back": _obligation,
    "reporting:report": _obligation,
    "reporting:file": _obligation,
    "reporting:receive": _obligation,
    "reporting:withdraw_report": _obligation,
    "reporting:extend": _obligation,
    "reporting:hand_down": _obligation,
    "reporting:filing": lambda objects: {**_obligation(objects), "number": 1},
    "coordination:task": lambda objects: {"pk": objects.assignment.pk},
    "coordination:task_step": lambda objects: {"pk": objects.assignment.pk, "step": "urge"},
    "coordination:duties": lambda objects: {"code": objects.cast.county.code},
    "coordination:export_duties": lambda objects: {"code": objects.cast.county.code},
    "coordination:name_duty": lambda objects: {"code": objects.cast.county.code},
    "coordination:phases": lambda objects: {"code": objects.cast.county.code},
    "coordination:rates": lambda objects: {"code": objects.cast.county.code},
    "coordination:calls": lambda objects: {"code": objects.cast.county.code},
    "coordination:export_rates": lambda objects: {"code": objects.cast.county.code},
    "coordination:whistle": lambda objects: {"pk": objects.call.whistle_id},
    "coordination:whistle_step": lambda objects: {"pk": objects.call.whistle_id, "step": "withdraw"},
    "coordination:call_step": lambda objects: {"pk": objects.call.pk, "step": "respond"},
    "coordination:meeting": lambda objects: {"pk": objects.invitation.meeting_id},
    "coordination:edit_meeting": lambda objects: {"pk": objects.invitation.meeting_id},
    "coordination:decide": lambda objects: {"pk": objects.invitation.meeting_id},
    "coordination:meeting_step": lambda objects: {"pk": objects.invitation.meeting_id, "step": "hold"},
    "coordination:minutes": lambda objects: {"pk": objects.invitation.meeting_id, "kind": "docx"},
    "coordination:answer": lambda objects: {"pk": objects.invitation.pk},
    "supervision:inspection": lambda objects: {"pk": objects.rectified.inspection_id},
    "supervision:edit": lambda objects: {"pk": objects.rectified.inspection_id},
    "supervision:step": lambda objects: {"pk": objects.rectified.inspection_id, "verb": "publish"},
    "supervision:new_finding": lambda objects: {"pk": objects.rectified.inspection_id},
    "supervision:new_order": lambda objects: {"pk": objects.rectified.inspection_id},
    "supervision:from_calendar": lambda objects: {"pk": objects.rectified.pk},
    "supervision:sheet": _check_sheet,
    "supervision:finish_sheet": _check_sheet,
    "supervision:reopen_sheet": _check_sheet,
    "supervision:find_from_answer": lambda objects: {"pk": objects.rectified.findings.get().answer_id},
    "supervision:finding": lambda objects: {"pk": objects.rectified.findings.get().pk},
    "supervision:withdraw_finding": lambda objects: {"pk": objects.rectified.findings.get().pk},
    "supervision:order": lambda objects: {"pk": objects.rectified.pk},
    "supervision:order_step": lambda objects: {"pk": objects.rectified.pk, "verb": "acknowledge"},
    "supervision:order_paper": lambda objects: {"pk": objects.rectified.pk, "kind": "docx"},
    "supervision:urge": lambda objects: {"pk": objects.rectified.escalations.get().pk},
    "supervision:community": _code,
    "supervision:patterns": lambda objects: {"code": objects.cast.county.code},
    "supervision:pattern_cases": lambda objects: {"code": objects.cast.county.code},
    "supervision:pattern_looks": lambda objects: {"code": objects.cast.county.code},
    "supervision:export_patterns": lambda objects: {"code": objects.cast.county.code, "table": "criteria"},
    "supervision:photo": lambda objects: {"pk": objects.supervision_photo.pk},
    "supervision:photo_copy": lambda objects: {"pk": objects.supervision_photo.pk, "size": 320},
    "supervision:remove_photo": lambda objects: {"pk": objects.supervision_photo.pk},
    "supervision:restore_photo": lambda objects: {"pk": objects.supervision_photo.pk},
    "supervision:attach": lambda objects: {"kind": "round", "subject": objects.rectified.rounds.get().pk},
    "schemes:newest": lambda objects: {"scheme_id": objects.scheme.scheme_id},
    "schemes:detail": _scheme,
    "schemes:standard": _scheme,
    "schemes:calendar": _scheme,
    "schemes:coverage": _scheme,
    "schemes:source": _scheme,
    "assessments:start": _code,
    "assessments:edit": _assessment,
    "assessments:item": _item,
    "assessments:save_item": _item,
    "assessments:upload": _item,
    "assessments:advice": _assessment,
    "assessments:version": _assessment,
    "assessments:dispute": lambda objects: {**_item(objects), "no": 3, "check": 3},
    "assessments:rule": _override,
    "assessments:sheet": _assessment,
    "assessments:review": _assessment,
    "assessments:review_pieces": _item,
    "assessments:comparison": _assessment,
    "assessments:evidence": _evidence,
    "assessments:evidence_copy": _evidence_copy,
    "assessments:public_evidence": _evidence_copy,
    "assessments:remove_evidence": _evidence,
    "assessments:restore_evidence": _evidence,
    "assessments:describe_evidence": _evidence,
    "evidence:attachment": _attachment,
    "evidence:attachment_copy": lambda objects: {**_attachment(objects), "size": 320},
    "evidence:remove_attachment": _attachment,
    "evidence:restore_attachment": _attachment,
    "evidence:seal_list": lambda objects: {"pk": objects.seal.pk},
    "evidence:check_seal": lambda objects: {"pk": objects.seal.pk},
    "evidence:attach": lambda objects: {
        **_code(objects),
        "kind": objects.attachment.subject_kind,
        "subject": objects.attachment.subject_id,
    },
    "facts:community": _code,
    "facts:records": _estates,
    "facts:new": _estates,
    "facts:record": _estate,
    "facts:edit": _estate,
    "facts:retire": _estate,
    "facts:restore": _estate,
    "api-1:facts-summary": _code,
    "api-1:facts-records": lambda objects: {**_code(objects), "kind_key": "estates"},
    "facts:import": lambda objects: {"pk": objects.fact_import.pk},
    "facts:apply-import": lambda objects: {"pk": objects.fact_import.pk},
    "facts:marked-import": lambda objects: {"pk": objects.fact_import.pk},
    "facts:export-csv": lambda objects: {"kind": "estates"},
    "facts:export-xlsx": lambda objects: {"kind": "estates"},
    "communities:map": _code,
    "communities:map-data": _code,
    "communities:draw": lambda objects: {**_code(objects), "kind": "boundary"},
    "communities:redraw": _estate,
    "communities:measure": lambda objects: {**_code(objects), "kind": "boundary"},
    "communities:geojson": _code,
    "communities:geojson-file": _code,
    "baseline:campaign": _campaign,
    "baseline:edit": _campaign,
    "baseline:open": _campaign,
    "baseline:close": _campaign,
    "baseline:discard": _campaign,
    "baseline:take_in": _campaign,
    "baseline:reopen": _campaign,
    "baseline:export": _campaign,
    "baseline:community": _reply,
    "baseline:submit": _reply,
    "baseline:withdraw": _reply,
    "baseline:settle": _reply,
    "baseline:extend": _reply,
    "baseline:phone_data": _code,
    "api-1:completeness_of": _campaign,
    "api-1:communities_of": _campaign,
    "baseline:icon": lambda objects: {"size": 192},
    "baseline:nothing": lambda objects: {**_code(objects), "kind": "heritage"},
    "baseline:take_back_nothing": lambda objects: {**_code(objects), "kind": "heritage"},
    "baseline:confirm": lambda objects: {**_code(objects), "kind": "estates", "thing": objects.cast.worker.user.pk},
    "documents:declaration": _declaration,
    "documents:form_of_declaration": lambda objects: {**_declaration(objects), "key": "approval", "kind": "docx"},
    "documents:form_of_assessment": lambda objects: {**_assessment(objects), "kind": "docx"},
    "declarations:export": lambda objects: {"kind": "csv"},
    "declarations:new": lambda objects: {"assessment_pk": objects.assessment.pk},
    "declarations:detail": _declaration,
    "declarations:decide": _declaration,
    "declarations:review": _declaration,
    "declarations:award": _declaration,
    "declarations:withdraw": _declaration,
    "declarations:resubmit": _declaration,
    "declarations:draw": _draw,
    "declarations:draw_data": lambda objects: {**_draw(objects), "kind": "csv"},
    "declarations:draw_seed": _draw,
    "declarations:new_panel": lambda objects: {"version_pk": objects.scheme.pk, "step_key": "city-review"},
    "declarations:panel": _panel,
    "declarations:close_panel": _panel,
    "declarations:add_member": _panel,
    "declarations:case": _case,
    "declarations:recuse": _case,
    "declarations:notice": _notice,
    "declarations:object": lambda objects: {**_notice(objects), "entry_pk": objects.objection.entry_id},
    "declarations:close_notice": _notice,
    "declarations:objections": _notice,
    "declarations:answer": _objection,
    "declarations:proof": _objection,
    "declarations:award_page": lambda objects: {"pk": objects.award.pk},
    "declarations:upkeep_step": lambda objects: {"pk": objects.award.pk, "verb": "order"},
    "declarations:register_export": lambda objects: {"kind": "csv"},
    "declarations:verify": lambda objects: {"code": objects.award.code},
    "declarations:qr": lambda objects: {"code": objects.award.code},
    "divisions:detail": _code,
    "divisions:by-id": lambda objects: {"pk": objects.community.pk},
    "api-1:detail": _code,
    "api-1:verify": lambda objects: {"code": objects.award.code},
    "api-1:children": lambda objects: {"code": objects.cast.county.code},
    "site:division-successor": lambda objects: {"pk": objects.change.pk},
    "api-1:overview": lambda objects: {"code": objects.cast.county.code},
    "insight:overview": _code,
    "insight:map": lambda objects: {"code": objects.cast.street_division.code},
    "insight:map_data": lambda objects: {"code": objects.cast.street_division.code},
    "insight:community": _code,
    "indicators:detail": lambda objects: {"key": "green_space_ratio"},
    "indicators:export": lambda objects: {"key": "green_space_ratio"},
    "indicators:community": _code,
    "indicators:circle": _code,
    "indicators:export_community": _code,
    "api-1:figures": _code,
    "insight:export_overview": _code,
    "insight:export_communities": _code,
    "site:siblings": _code,
}

# Pages that need sign-in and show people of other places the same as those of this one.
OPEN: dict[str, str] = {
    "indicators:export": "everybody exports the figures of their own division",
    "api-1:versions": "policies are public documents",
    "api-1:document": "policies are public documents",
    "api-1:calendar": "policies are public documents",
    "api-1:coverage": "policies are public documents",
}
