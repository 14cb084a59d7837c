"""How a community declares: for one title, on one self-assessment, with the fields of the approval form."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils import timezone

from greenhood.accounts.access import check
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.assessments.models import Assessment
from greenhood.declarations import procedure
from greenhood.declarations.actions import moving, papers
from greenhood.declarations.actions.moving import Move
from greenhood.declarations.errors import Refused
from greenhood.declarations.models import LIVE, Award, Declaration, Outcome
from greenhood.kit.dates import today_in_shanghai
from greenhood.kit.ids import uuid7
from greenhood.schemes.format import Title
from greenhood.schemes.models import scheme_of

PROFILE_MOST = 1000


@dataclass(frozen=True, slots=True)
class Particulars:
    """The approval form's own fields, already clean; everything else on the form is live data."""

    leader: str
    phone: str
    address: str
    profile: str


@dataclass(frozen=True, slots=True)
class Option:
    """A title, and why the community can't declare for it now (None where it can)."""

    title: Title
    refusal: str | None


def options(assessment: Assessment, *, at: dt.datetime | None = None) -> list[Option]:
    """The titles of the scheme, each with the reason that stands in the way."""
    scheme = scheme_of(assessment.version_id)
    awards = list(
        Award.objects.filter(community=assessment.community_id, scheme_id=assessment.scheme_id).values_list(
            "title", "state"
        )
    )
    held = {title for title, state in awards if state in Award.IN_FORCE}
    ever = Counter(title for title, _ in awards)
    live = set(
        Declaration.objects.filter(
            community=assessment.community_id, scheme_id=assessment.scheme_id, status__in=LIVE
        ).values_list("title", flat=True)
    )
    late = procedure.too_early_or_late(scheme.procedure, assessment.year, today_in_shanghai(at))
    return [
        Option(title, _in_the_way(assessment, title, title.key in live, late, held, ever))
        for title in procedure.declarable(scheme)
    ]


def _in_the_way(
    assessment: Assessment, title: Title, is_live: bool, late: str | None, held: set[str], ever: Counter[str]
) -> str | None:
    scheme = scheme_of(assessment.version_id)
    if is_live:
        return f"“{title.title}”的申报正在办理，不能重复申报。"
    if reason := procedure.cannot_declare(scheme, title, held=held, ever=ever):
        return reason
    step = procedure.first(scheme)
    if step.needs_level and not procedure.reaches(scheme, title.key, assessment.level, assessment.standard_key):
        return f"自评没有达到“{title.title}”要求的等级{procedure.cited(step)}。"
    return late


@transaction.atomic
def declare(
    assessment: Assessment, title: str, particulars: Particulars, *, by: Actor, at: dt.datetime | None = None
) -> Declaration:
    """Declare for a title. The self-assessment is closed, its evidence sealed; the first reviewing step has it."""
    # Held so that two clicks stand in line and the second one finds the declaration of the first.
    Assessment.objects.select_for_update().only("pk").get(pk=assessment.pk)
    held = Assessment.objects.select_related("community").get(pk=assessment.pk)
    check(by, Capability.DECLARE, held.community)
    _check_particulars(particulars)
    papers.check_complete(held)
    option = next((option for option in options(held, at=at) if option.title.key == title), None)
    if option is None:
        raise Refused("请选择拟创建的称号。", field="title")
    if option.refusal:
        raise Refused(option.refusal, field="title")
    declaration = _create(held, title, particulars, by, at or timezone.now())
    move = Move(declaration, Outcome.DECLARE)
    moving.make([move], by=by, at=at)
    papers.close(declaration, by=by, at=at)
    moving.tell([move], by=by, at=at)
    return declaration


def _create(assessment: Assessment, title: str, particulars: Particulars, by: Actor, now: dt.datetime) -> Declaration:
    scheme = scheme_of(assessment.version_id)
    declaration = Declaration(
        pk=uuid7(),
        assessment=assessment,
        community=assessment.community,
        version_id=assessment.version_id,
        scheme_id=assessment.scheme_id,
        year=assessment.year,
        title=title,
        leader=particulars.leader,
        phone=particulars.phone,
        address=particulars.address,
        profile=particulars.profile,
        since=now,
        declared_at=now,
        declared_by=by.user,
        declared_total=assessment.total,
        is_simulated=assessment.is_simulated,
        is_demonstration=assessment.is_demonstration,
    )
    step = procedure.after(scheme, procedure.first(scheme).key)
    assert step is not None, "a procedure has a step after the declaration"
    place = moving.arrival(step, declaration, now, sampled=None)
    declaration.step, declaration.level = place.step, place.level
    declaration.department, declaration.due_on = place.department, place.due_on
    try:
        with transaction.atomic():
            declaration.save(force_insert=True)
    except IntegrityError as error:
        raise Refused("本社区的同一称号已有正在办理的申报，不能重复申报。", field="title") from error
    return declaration


def _check_particulars(particulars: Particulars) -> None:
    """The form says the same at the field; this holds for every other caller."""
    for name, label in (("leader", "社区负责人姓名"), ("phone", "负责人联系电话"), ("address", "社区居委会地址")):
        if not getattr(particulars, name).strip():
            raise Refused(f"请填写{label}。", field=name)
    if not particulars.profile.strip():
        raise Refused("请填写社区基本情况。", field="profile")
    if len(particulars.profile) > PROFILE_MOST:
        raise Refused(f"社区基本情况不超过 {PROFILE_MOST} 字，现有 {len(particulars.profile)} 字。", field="profile")
