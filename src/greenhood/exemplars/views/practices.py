"""The library, one practice, how it is written, reviewed and copied, and what is recommended to a community."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from greenhood.accounts.access import require
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.divisions import queries as divisions
from greenhood.divisions.models import Division, Level
from greenhood.evidence.showing import strips_of
from greenhood.exemplars import clauses, words
from greenhood.exemplars.actions import exporting
from greenhood.exemplars.actions import practices as actions
from greenhood.exemplars.curating import act_as_own
from greenhood.exemplars.errors import Refused
from greenhood.exemplars.forms import AdoptForm, PracticeForm, add_problems, number_in
from greenhood.exemplars.models import LibraryEntry, Practice
from greenhood.exemplars.queries import files, library, recommended, suggesting
from greenhood.exemplars.queries import practices as queries
from greenhood.exemplars.views.shared import (
    chosen,
    code_in,
    form_key,
    frame,
    is_insider,
    page_number,
    place_at,
    revision,
    saying,
    version_of,
)
from greenhood.exemplars.vocabulary import CommunityType, Topic, labels
from greenhood.history.queries import timeline
from greenhood.insight.views.overviews import workbook
from greenhood.kit.dates import today_in_shanghai
from greenhood.kit.public_pages import public_page
from greenhood.schemes.models import SchemeVersion
from greenhood.schemes.queries import newest_of, scheme_for

SORTS = (("", "最新发布"), (library.ADOPTED, "采用最多"))
LIBRARIES = ((Level.PROVINCE, "省级"), (Level.CITY, "市级"), (Level.COUNTY, "县级"))


# --- the library ------------------------------------------------------------------------------------------------------


@login_not_required
@require_GET
@public_page
def practices(request: HttpRequest) -> HttpResponse:
    """The library as it is searched and filtered; the whole view lives in the address."""
    actor: Actor = request.actor
    version = _version(request, actor)
    known = clauses.criteria()
    filters = _filters(request, known)
    found = library.find(
        filters, number=page_number(request), after=request.GET.get("after", ""), before=request.GET.get("before", "")
    )
    context = {
        **frame(request, "practices"),
        "page_title": "经验做法",
        "found": found,
        "rows": [_shown(row, found.words) for row in found.rows],
        "filters": filters,
        "asked": request.GET,
        "chosen_line": known.line(request.GET.get("criterion", "")),
        "chosen_version": known.version(request.GET.get("criterion", "")),
        "version": version,
        "schemes": known.versions.values(),
        "parts": version.scheme.standard.parts if version else [],
        "topics": Topic.choices,
        "types": CommunityType.choices,
        "years": library.years(),
        "levels": LIBRARIES,
        "sorts": SORTS,
        "place": place_at(filters.within),
        "within": request.GET.get("within", ""),
        "asking": clauses.asking(version, clauses.PRACTICES),
        "ways": suggesting.ways(filters.text, version) if filters.words and not found.rows else [],
        "is_narrowed": any(
            request.GET.get(name) for name in ("q", "criterion", "part", "topic", "type", "within", "year", "level")
        ),
        "may_share": actor.may(Capability.SHARE),
        "may_export": actor.may(Capability.EXPORT),
        "own_community": actor.post.division if actor.post and actor.post.division.level == Level.COMMUNITY else None,
    }
    return render(request, "exemplars/practices.html", context)


@login_not_required
@require_GET
def for_criterion(request: HttpRequest, scheme_id: str, no: int) -> HttpResponse:
    """What the library has for one criterion: where a page about that criterion leads."""
    query = urlencode({"scheme": scheme_id, "criterion": clauses.tag(scheme_id, no)})
    return redirect(f"{reverse('exemplars:practices')}?{query}")


@require_GET
def export(request: HttpRequest) -> HttpResponseBase:
    """The library as it is filtered, as Excel."""
    actor = require(request, Capability.EXPORT)
    known = clauses.criteria()
    headings = [
        "标题",
        "摘要",
        "撰写单位",
        "区划代码",
        "经验库",
        "发布日期",
        "主题",
        "适用类型",
        "标准项",
        "投入资金（元）",
        "用时（月）",
        "采用的社区数",
        "地址",
    ]
    rows = (
        [
            row.edition.title, row.edition.summary, row.division.name, row.division.number, Level(row.level).label,
            today_in_shanghai(row.published_at), "、".join(labels(Topic, row.edition.topics)),
            "、".join(labels(CommunityType, row.edition.types)), "；".join(clauses.said(row.edition.criteria, known)), row.edition.cost,
            row.edition.months, row.adopted, request.build_absolute_uri(reverse("exemplars:practice", args=[row.pk])),
        ]
        for row in library.every(_filters(request, known))
    )  # fmt: skip
    return workbook("经验做法", headings, rows, partial(exporting.note, "经验做法", by=actor))


def _version(request: HttpRequest, actor: Actor) -> SchemeVersion | None:
    """The scheme by whose criteria the library is filtered: the chosen one, else the one in force for the post."""
    wanted = request.GET.get("scheme", "")
    return (newest_of(wanted) if wanted else None) or version_of(actor)


def _filters(request: HttpRequest, known: clauses.Criteria) -> library.Filters:
    """What the address says; a value that makes no sense narrows nothing."""
    asked = request.GET
    level = number_in(asked.get("level", ""), most_digits=1)
    return library.Filters(
        text=asked.get("q", "")[: words.MOST_CHARACTERS],
        criteria=_tags(asked.get("criterion", ""), asked.get("part", ""), known),
        topic=asked.get("topic", "") if asked.get("topic") in Topic.values else "",
        type=asked.get("type", "") if asked.get("type") in CommunityType.values else "",
        within=code_in(asked.get("within", "")),
        year=number_in(asked.get("year", ""), most_digits=4),
        level=level if level in dict(LIBRARIES) else None,
        sort=asked.get("sort", "") if asked.get("sort") in dict(SORTS) else "",
    )


def _tags(criterion: str, part: str, known: clauses.Criteria) -> tuple[str, ...]:
    """The tags of a criterion and of all that correspond to it elsewhere, or of all criteria of a part."""
    if criterion and known.line(criterion) is not None:
        return tuple(sorted(known.alike(criterion)))
    scheme_id, _, key = part.rpartition("/")
    of_part = known.of_part(scheme_id, key)
    return tuple(sorted({other for tag in of_part for other in known.alike(tag)}))


def _shown(row: LibraryEntry, asked: list[str]) -> dict[str, Any]:
    edition = row.edition
    return {
        "entry": row,
        "edition": edition,
        "title": words.pieces(edition.title, asked),
        "summary": words.pieces(edition.summary, asked),
        "result": words.pieces(words.excerpt(edition.result, asked, most=90), asked),
        "topics": labels(Topic, edition.topics),
        "types": labels(CommunityType, edition.types),
        "level": Level(row.level).label,
    }


# --- one practice -----------------------------------------------------------------------------------------------------


@login_not_required
@require_GET
@public_page
def practice(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A practice as everybody reads it; those who wrote or review it find here what they can do."""
    found = _found(pk)
    actor: Actor = request.actor
    may_read_draft = queries.may_read_draft(found, actor)
    is_published = queries.is_published(found)
    if not is_published and not may_read_draft:
        raise Http404
    may_review = queries.may_review(found, actor)
    looks_at_new = may_review and found.state == Practice.State.SUBMITTED and "published" not in request.GET
    is_draft = may_read_draft and (not is_published or "draft" in request.GET or looks_at_new)
    return _page(request, found, actor, is_draft=is_draft)


@login_not_required
@require_GET
@public_page
def edition(request: HttpRequest, pk: UUID, number: int) -> HttpResponse:
    """An earlier edition, as it was published; one that was withdrawn only for those who wrote or review it."""
    found = _found(pk)
    wanted = found.editions.select_related("published_in").filter(number=number).first()
    if wanted is None:
        raise Http404
    is_public = queries.is_published(found) and wanted.withdrawn_at is None
    if not is_public and not queries.may_read_draft(found, request.actor):
        raise Http404
    context = {
        **frame(request, "practices"),
        **_content(wanted, wanted.criteria),
        "page_title": str(wanted),
        "practice": found,
        "edition": wanted,
        "pieces": [],
        "is_newest": queries.is_published(found) and found.entry.edition_id == wanted.pk,
    }
    return render(request, "exemplars/edition.html", context)


def _page(
    request: HttpRequest,
    found: Practice,
    actor: Actor,
    *,
    is_draft: bool,
    adopting: AdoptForm | None = None,
    status: int = 200,
) -> HttpResponse:
    is_published = queries.is_published(found)
    shown = found if is_draft else found.entry.edition
    own = actor.post.division if actor.post else None
    may_review, is_own, insider = (
        queries.may_review(found, actor),
        queries.is_own(found, actor),
        is_insider(actor, found.division),
    )
    strip = None
    if insider or may_review:
        back = found.get_absolute_url()
        strip = strips_of(found.division, actions.KIND, [found.pk], actor=actor, back=back)[found.pk]
    is_adopter = (
        own is not None and own.level == Level.COMMUNITY and own.pk != found.division_id and actor.may(Capability.SHARE)
    )
    adoption = queries.adoption_of(found, own) if is_adopter and own else None
    context = {
        **frame(request, "practices"),
        **_content(shown, shown.criteria),
        "page_title": shown.title,
        "practice": found,
        "edition": None if is_draft else shown,
        "is_draft": is_draft,
        "is_published": is_published,
        "pieces": [] if is_draft else files.public_pieces(found.division, actions.KIND, found.pk, shown.photos),
        "strip": strip,
        "path": divisions.path_names(found.division),
        "adoptions": queries.adoptions(found) if is_published else [],
        "editions": queries.editions(found, with_withdrawn=insider) if is_published or insider else [],
        # What a community says of it was looked at by nobody: the public sees who and how many.
        "reads_outcomes": actor.user is not None,
        "insider": insider,
        "is_own": is_own,
        "may_review": may_review,
        "may_recommend": is_published
        and found.state == Practice.State.PUBLISHED
        and found.waits_at_id is None
        and own is not None
        and found.published_in_id == own.pk
        and actor.may(Capability.CURATE)
        and own.level > Level.PROVINCE,
        "may_withdraw": is_published and actor.user is not None and actions.may_withdraw(found, actor),
        "is_adopter": is_adopter and is_published,
        "adoption": adoption,
        "adopting": adopting
        or AdoptForm(
            initial={"since": adoption.since, "outcome": adoption.outcome}
            if adoption
            else {"since": today_in_shanghai()}
        ),
        "entries": timeline(found) if insider else [],
    }
    return render(request, "exemplars/practice.html", context, status=status)


def _content(shown: Any, tags: list[str]) -> dict[str, Any]:
    return {
        "shown": shown,
        "cited": queries.cited(tags, clauses.criteria()),
        "topic_labels": labels(Topic, shown.topics),
        "type_labels": labels(CommunityType, shown.types),
    }


def _found(pk: UUID) -> Practice:
    found = queries.by_pk(pk)
    if found is None:
        raise Http404
    return found


# --- writing ----------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Begin a practice of one's own division."""
    actor = require(request, Capability.SHARE)
    division, version = actor.post.division, scheme_for(actor.post.division)
    form = PracticeForm(request.POST or None, version=version)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.begin(division, form.content, by=actor, key=form_key(request))
        except Refused as problem:
            add_problems(form, problem)
        else:
            messages.success(request, "草稿已保存。可以上传照片和文件，写好后报送。")
            return redirect("exemplars:edit", made.pk)
    context = {
        "page_title": "写一篇经验",
        "form": form,
        "key": form_key(request),
        "practice": None,
        "version": version,
        "division": division,
    }
    return render(request, "exemplars/edit.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Write on; saving and handing in are two buttons of one form, so that nothing typed is lost."""
    found = _found(pk)
    actor = require(request, Capability.SHARE, found.division)
    act_as_own(actor, found.division)
    version = scheme_for(found.division)
    form = PracticeForm(request.POST or None, version=version, content=actions.content_of(found))
    if request.method == "POST" and form.is_valid():
        try:
            saved = actions.write(found, form.content, revision=revision(request), by=actor)
            if request.POST.get("then") == "submit":
                actions.submit(saved, revision=saved.revision, by=actor)
                messages.success(request, "已报送，审核结果会出现在待办里。")
                return redirect(found)
        except Refused as problem:
            add_problems(form, problem)
        else:
            messages.success(request, "已保存。")
            return redirect("exemplars:edit", found.pk)
        # What could be kept is kept, also where it could not be handed in.
        found = _found(pk)
    strip = strips_of(found.division, actions.KIND, [found.pk], actor=actor, back=request.path, title="照片和文件")[
        found.pk
    ]
    context = {
        "page_title": f"修改：{found.title}",
        "form": form,
        "practice": found,
        "version": version,
        "division": found.division,
        "strip": strip,
    }
    request.place = found.division
    return render(request, "exemplars/edit.html", context, status=422 if form.errors else 200)


@require_POST
def step(request: HttpRequest, pk: UUID, verb: str) -> HttpResponse:
    """One step of the life of a practice, by its verb."""
    found = _found(pk)
    actor: Actor = request.actor
    if not (queries.is_published(found) or queries.may_read_draft(found, actor)):
        raise Http404
    require(request, Capability.SHARE, found.division)
    if verb not in STEPS:
        raise Http404
    done, act = STEPS[verb]
    with saying(request, done):
        act(request, found, actor)
    found = _found(pk)
    is_readable = queries.is_published(found) or queries.may_read_draft(found, actor)
    return redirect(found) if is_readable else redirect("exemplars:mine")


def _plainly(action: Callable[..., Any]) -> Callable[..., Any]:
    return lambda request, found, actor: action(found, revision=revision(request), by=actor)


def _with_reason(action: Callable[..., Any]) -> Callable[..., Any]:
    return lambda request, found, actor: action(
        found, reason=request.POST.get("reason", ""), revision=revision(request), by=actor
    )


def _publish(request: HttpRequest, found: Practice, actor: Actor) -> None:
    actions.publish(
        found, revision=revision(request), by=actor, photos=chosen(request), are_checked="are_checked" in request.POST
    )


STEPS: dict[str, tuple[str, Callable[..., Any]]] = {
    "submit": ("已报送。", _plainly(actions.submit)),
    "recall": ("已撤回，可以继续修改。", _plainly(actions.recall)),
    "return": ("已退回，撰写单位会在待办里看到理由。", _with_reason(actions.give_back)),
    "publish": ("已发布，任何人都可以查看和搜索。", _publish),
    "recommend": ("已推荐给上一级。", _plainly(actions.recommend)),
    "take-over": ("已收入本级经验库。", _plainly(actions.take_over)),
    "decline": ("已回复，不收入本级经验库。", _with_reason(actions.decline)),
    "withdraw": ("已撤下，公众不再看到；修改后可以重新报送。", _with_reason(actions.withdraw)),
}


# --- copying ----------------------------------------------------------------------------------------------------------


@require_POST
def adopt(request: HttpRequest) -> HttpResponse:
    """我们也用了: the post's own community copied what another one, anywhere, published."""
    found = _named(request)
    actor = require(request, Capability.SHARE)
    if not (queries.is_published(found) or queries.may_read_draft(found, actor)):
        raise Http404
    form = AdoptForm(request.POST)
    if form.is_valid():
        try:
            actions.adopt(found, actor.post.division, **form.cleaned_data, by=actor)
        except Refused as problem:
            add_problems(form, problem)
        else:
            messages.success(request, "已登记采用。效果以后还可以补充。")
            return redirect(found)
    if not queries.is_published(found):
        messages.error(request, "；".join(error for errors in form.errors.values() for error in errors))
        return redirect("exemplars:mine")
    return _page(request, found, actor, is_draft=False, adopting=form, status=422)


@require_POST
def drop(request: HttpRequest) -> HttpResponse:
    """Take the note back."""
    found = _named(request)
    actor = require(request, Capability.SHARE)
    adoption = queries.adoption_of(found, actor.post.division)
    if adoption is None:
        raise Http404
    actions.drop(adoption, by=actor)
    messages.success(request, "已取消采用登记；需要时可以重新登记。")
    return redirect(found if queries.is_published(found) else "exemplars:practices")


def _named(request: HttpRequest) -> Practice:
    """The practice that the form names."""
    try:
        return _found(UUID(request.POST.get("practice", "")))
    except ValueError:
        raise Http404 from None


@require_GET
def for_community(request: HttpRequest, code: int) -> HttpResponse:
    """为您推荐: practices for what the community's self-assessment misses, each with why."""
    try:
        community = divisions.by_code(code)
    except Division.DoesNotExist:
        raise Http404 from None
    require(request, Capability.VIEW, community)
    if community.level != Level.COMMUNITY:
        raise Http404
    request.place = community
    found = recommended.recommended(community, clauses.criteria())
    context = {
        "page_title": f"为{community.name}推荐的经验",
        "community": community,
        "found": found,
        "used": queries.used_in(community),
        "own_type": recommended.type_of(community),
        "types": dict(CommunityType.choices),
    }
    return render(request, "exemplars/recommended.html", context)
