"""Bulletins (通报): issued with a number and kept as they were, published to the divisions that they name, withdrawn with a reason."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from greenhood.accounts.access import NotAllowed, check
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.declarations.paging import Page, by_time, page
from greenhood.divisions.models import Division
from greenhood.history import actions as history
from greenhood.kit.dates import today_in_shanghai
from greenhood.kit.hashing import digest
from greenhood.kit.ids import uuid7
from greenhood.reporting import papers, queries
from greenhood.reporting.errors import Overtaken, Refused
from greenhood.reporting.events import Event
from greenhood.reporting.models import Bulletin, BulletinCopy

# 发文字号 by GB/T 9704-2012 7.2.5: the issuer's short name, the year in hexagonal brackets, the number without a leading nought.
NUMBER = re.compile(r"[^\s〔〕\[\]]{1,20}〔(\d{4})〕([1-9]\d{0,4})号")
LONGEST_ASKED = 2000
LONGEST_REASON = 500
LONGEST_NAME = 60


@transaction.atomic
def issue(
    division: Division,
    *,
    year: int,
    counted_to: dt.date,
    number: str,
    signed_by: str,
    asked: str,
    by: Actor,
    at: dt.datetime | None = None,
) -> Bulletin:
    """Issue the bulletin about those directly below, as counted until a day; it goes to all that owed something.

    ``asked`` is what is asked of them, in place of the draft's words. Raises Refused; nothing is kept then.
    """
    _act_for(by, division)
    now = at or timezone.now()
    number = written_number(number)
    problems = _problems(year, counted_to, number, signed_by, asked, today_in_shanghai(now))
    whole, lower = queries.completeness(division, year=year, by=counted_to)
    named = [row.division for row in lower if row.owed]
    if not named:
        problems[""] = f"到 {counted_to} 下级还没有到期应报的，没有可以通报的内容。"
    if problems:
        raise Refused(problems)
    today = today_in_shanghai(now)
    paper = papers.bulletin(
        division, whole, lower, year=year, by=counted_to, issued_on=today, asked=asked, number=number, post=by.post
    )
    bulletin = _kept(
        Bulletin(division=division, year=year, counted_to=counted_to, number=number, paper=paper), signed_by, by, now
    )
    BulletinCopy.objects.bulk_create([BulletinCopy(id=uuid7(), bulletin=bulletin, division=each) for each in named])
    details = {"number": number, "counted_to": counted_to, "divisions": len(named), "digest": bulletin.digest}
    history.record(Event.BULLETIN_ISSUED, bulletin, by=by, division_code=division.code, details=details, at=at)
    return bulletin


def _kept(bulletin: Bulletin, signed_by: str, by: Actor, now: dt.datetime) -> Bulletin:
    """Written down as issued. Raises Refused where its number was used before."""
    bulletin.title = bulletin.paper["title"]
    bulletin.digest = digest(json.dumps(bulletin.paper, ensure_ascii=False, sort_keys=True).encode())
    bulletin.signed_by = signed_by.strip()
    bulletin.issued_at, bulletin.issued_by, bulletin.issued_post = now, by.user, by.post
    try:
        with transaction.atomic():
            bulletin.save(force_insert=True)
    except IntegrityError:
        raise Refused({"number": f"{bulletin.number} 已经用过，请换一个文号。"}) from None
    return bulletin


@transaction.atomic
def withdraw(bulletin: Bulletin, *, reason: str, by: Actor, at: dt.datetime | None = None) -> None:
    """Take a bulletin back; those it went to see that, and why. Raises Refused, and Overtaken where it was withdrawn meanwhile."""
    held = Bulletin.objects.select_for_update(of=("self",)).select_related("division").get(pk=bulletin.pk)
    _act_for(by, held.division)
    if held.withdrawn_at is not None:
        raise Overtaken
    if not reason.strip():
        raise Refused({"reason": "请写明撤回的理由。"})
    if len(reason.strip()) > LONGEST_REASON:
        raise Refused({"reason": f"撤回的理由最多 {LONGEST_REASON} 字。"})
    held.withdrawn_at, held.withdrawn_by, held.withdrawn_reason = at or timezone.now(), by.user, reason.strip()
    held.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_reason"])
    details = {"number": held.number, "reason": held.withdrawn_reason}
    history.record(Event.BULLETIN_WITHDRAWN, held, by=by, division_code=held.division.code, details=details, at=at)


def written_number(text: str) -> str:
    """A number as it has to be written: brackets of any kind around the year become hexagonal ones."""
    return re.sub(r"[\[［(（【](\d{4})[\]］)）】]", r"〔\1〕", "".join(text.split()))


def _problems(
    year: int, counted_to: dt.date, number: str, signed_by: str, asked: str, today: dt.date
) -> dict[str, str]:
    found = {}
    if NUMBER.fullmatch(number) is None:
        found["number"] = "发文字号应写成机关代字、年份、序号，如“成建发〔2026〕12号”。"
    if not signed_by.strip():
        found["signed_by"] = "请填写签发人姓名。"
    elif len(signed_by.strip()) > LONGEST_NAME:
        found["signed_by"] = f"签发人姓名最多 {LONGEST_NAME} 字。"
    if counted_to > today:
        found["by"] = "统计截止日不能晚于今天。"
    elif counted_to.year < year:
        found["by"] = f"统计截止日 {counted_to} 早于 {year} 年。"
    if not asked.strip():
        found["asked"] = "请写明有关要求。"
    elif len(asked.strip()) > LONGEST_ASKED:
        found["asked"] = f"有关要求最多 {LONGEST_ASKED} 字。"
    return found


def issued_by(division: Division, *, after: str = "", before: str = "") -> Page[Bulletin]:
    """What a division has issued, the newest first."""
    return page(
        _brief().filter(division=division), by_time("issued_at", is_descending=True), after=after, before=before
    )


def received_by(division: Division, *, after: str = "", before: str = "") -> Page[Bulletin]:
    """What was published to a division, the newest first."""
    found = _brief().filter(copies__division=division)
    return page(found, by_time("issued_at", is_descending=True), after=after, before=before)


def every(division: Division) -> Iterator[Bulletin]:
    """All that a division issued, then all that was published to it, for a workbook."""
    for found in (_brief().filter(division=division), _brief().filter(copies__division=division)):
        yield from found.order_by("-issued_at", "-pk")


def received_lately(division: Division, *, since: dt.datetime) -> list[Bulletin]:
    """What was published to a division since a moment and still stands, the newest first; a few."""
    found = _brief().filter(copies__division=division, issued_at__gte=since, withdrawn_at=None)
    return list(found.order_by("-issued_at")[:3])


def found(pk: UUID, actor: Actor) -> Bulletin | None:
    """A bulletin for who may see it: the issuer and those above it, and the divisions that it went to."""
    bulletin = (
        Bulletin.objects.select_related("division", "issued_by", "issued_post", "withdrawn_by").filter(pk=pk).first()
    )
    if bulletin is None or actor.may(Capability.VIEW, bulletin.division):
        return bulletin
    own = actor.post.division_id if actor.post and actor.may(Capability.VIEW) else None
    return bulletin if own and bulletin.copies.filter(division=own).exists() else None


def _brief() -> QuerySet[Bulletin]:
    return Bulletin.objects.select_related("division").defer("paper", "division__bigrams")


def _act_for(by: Actor, division: Division) -> None:
    check(by, Capability.REPORT, division)
    if by.post is not None and by.post.division_id != division.pk:
        raise NotAllowed(f"通报由{division.name}自己印发和撤回。")
