"""People and their posts, for the administrators: who opens accounts grants no posts, who grants posts opens no accounts."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from greenhood.accounts import actions, people_files, queries, second_factor
from greenhood.accounts.access import require
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.accounts.events import Event
from greenhood.accounts.forms import (
    GrantForm,
    ImportForm,
    InterestForm,
    NewPersonForm,
    PeopleFilterForm,
    PersonForm,
    ReasonForm,
)
from greenhood.accounts.models import Interest, Post, Role, User
from greenhood.accounts.problems import Refused
from greenhood.accounts.views.downloads import workbook
from greenhood.history import queries as history
from greenhood.history.actions import record
from greenhood.kit.dates import today_in_shanghai
from greenhood.kit.excel import ExcelError
from greenhood.kit.uploads import say_refused, with_uploads


@require_GET
def people(request: HttpRequest) -> HttpResponse:
    actor = _administrator(request)
    form = PeopleFilterForm(request.GET or None)
    found = queries.people(queries.people_for(actor), _wanted(form))
    page = queries.page_of_people(found, after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    total, is_capped = queries.count_people(found)
    context = {
        "page_title": "人员岗位",
        "form": form,
        "page": page,
        "total": total,
        "is_capped": is_capped,
        "is_filtered": any(value for key, value in request.GET.items() if key not in {"after", "before"}),
        **_abilities(actor),
    }
    name = "accounts/people.html#rows" if request.htmx else "accounts/people.html"
    return render(request, name, context)


@never_cache
@require_GET
def person(request: HttpRequest, pk: UUID) -> HttpResponse:
    actor = _administrator(request)
    return _person_page(request, actor, queries.person_for(actor, pk))


@never_cache
@require_http_methods(["GET", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    actor = require(request, Capability.MANAGE_PEOPLE)
    form = NewPersonForm(request.POST or None)
    form.fields["division"].within = actor.post.division
    if request.method == "POST" and form.is_valid():
        try:
            created = actions.create_user(by=actor, **form.cleaned_data)
        except Refused as refused:
            form.add_error(refused.field or None, refused.reason)
        else:
            return _passwords_page(request, [created])
    context = {"page_title": "建立账号", "form": form, "own_division": actor.post.division}
    return render(request, "accounts/create.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, pk: UUID) -> HttpResponse:
    actor = require(request, Capability.MANAGE_PEOPLE)
    user = queries.person_for(actor, pk)
    initial = {field: getattr(user, field) for field in actions.EDITABLE}
    form = PersonForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        actions.change_user(user, by=actor, **form.cleaned_data)
        messages.success(request, "已保存。")
        return redirect("accounts:person", pk)
    context = {"page_title": f"修改资料：{user.name}", "form": form, "person": user}
    return render(request, "accounts/change.html", context, status=422 if form.errors else 200)


@require_POST
def disable(request: HttpRequest, pk: UUID) -> HttpResponse:
    return _with_reason(request, pk, actions.disable_user, "账号已停用，其登录立即失效。")


@require_POST
def enable(request: HttpRequest, pk: UUID) -> HttpResponse:
    return _with_reason(request, pk, actions.enable_user, "账号已恢复。")


@never_cache
@require_POST
def reset_password(request: HttpRequest, pk: UUID) -> HttpResponse:
    actor = require(request, Capability.MANAGE_PEOPLE)
    user = queries.person_for(actor, pk)
    try:
        password = actions.reset_password(user, by=actor)
    except Refused as refused:
        messages.error(request, refused.reason)
        return redirect("accounts:person", pk)
    return _passwords_page(request, [actions.Created(user, password)])


@require_POST
def remove_second_factor(request: HttpRequest, pk: UUID) -> HttpResponse:
    actor = require(request, Capability.MANAGE_PEOPLE)
    user = queries.person_for(actor, pk)
    try:
        second_factor.remove(user, by=actor)
    except Refused as refused:
        messages.error(request, refused.reason)
    else:
        messages.success(request, "动态口令已停用。本人下次登录后可以重新启用。")
    return redirect("accounts:person", pk)


@require_POST
def grant(request: HttpRequest, pk: UUID) -> HttpResponse:
    actor = require(request, Capability.GRANT_POSTS)
    user = queries.person_for(actor, pk)
    form = GrantForm(request.POST)
    form.fields["division"].within = actor.post.division
    if form.is_valid():
        cleaned = form.cleaned_data
        try:
            post = actions.grant_post(user, by=actor, **{**cleaned, "role": Role(cleaned["role"])})
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.reason)
        else:
            messages.success(request, f"已授予“{post}”。")
            return redirect("accounts:person", pk)
    return _person_page(request, actor, user, grant_form=form, status=422)


@require_POST
def end_post(request: HttpRequest, pk: UUID) -> HttpResponse:
    post = get_object_or_404(Post.objects.select_related("division", "user"), pk=pk)
    actor = require(request, Capability.GRANT_POSTS, post.division)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        messages.error(request, "岗位没有终止：请填写原因。")
        return redirect("accounts:person", post.user_id)
    try:
        actions.end_post(post, by=actor, reason=form.cleaned_data["reason"])
    except Refused as refused:
        messages.error(request, refused.reason)
    else:
        messages.success(request, f"“{post}”已终止，立即生效。")
    return redirect("accounts:person", post.user_id)


@require_http_methods(["GET", "POST"])
def interests(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The noted interests of a person, for those who grant posts or run panels."""
    actor = request.actor
    if not actor.may(Capability.RUN_PANEL):
        require(request, Capability.GRANT_POSTS)
    user = get_object_or_404(queries.people_whose_interests_are_noted_by(actor), pk=pk)
    form = InterestForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.record_interest(user, by=actor, **form.cleaned_data)
        except Refused as refused:
            form.add_error(refused.field or None, refused.reason)
        else:
            messages.success(request, "已登记。")
            return redirect("accounts:interests", pk)
    context = {
        "page_title": f"利害关系登记：{user.name}",
        "person": user,
        "form": form,
        "interests": queries.interests_of(user),
        **_abilities(actor),
    }
    return render(request, "accounts/interests.html", context, status=422 if form.errors else 200)


@require_POST
def remove_interest(request: HttpRequest, pk: UUID) -> HttpResponse:
    actor = require(request, Capability.GRANT_POSTS)
    found = Interest.objects.filter(user__in=queries.people_for(actor))
    interest = get_object_or_404(found.select_related("user", "division"), pk=pk)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        messages.error(request, "登记没有撤销：请填写原因。")
        return redirect("accounts:interests", interest.user_id)
    try:
        actions.remove_interest(interest, by=actor, reason=form.cleaned_data["reason"])
    except Refused as refused:
        messages.error(request, refused.reason)
    else:
        messages.success(request, "登记已撤销。")
    return redirect("accounts:interests", interest.user_id)


@never_cache
@with_uploads()
@require_http_methods(["GET", "POST"])
def import_people(request: HttpRequest) -> HttpResponse:
    actor = require(request, Capability.MANAGE_PEOPLE)
    form = ImportForm(request.POST, request.FILES) if request.method == "POST" else ImportForm()
    say_refused(form, request)
    problems = []
    if request.method == "POST" and form.is_valid():
        try:
            return _passwords_page(request, people_files.import_people(form.cleaned_data["file"], by=actor))
        except ExcelError as error:
            problems = error.problems
        except Refused as refused:
            form.add_error(None, refused.reason)
    context = {
        "page_title": "从 Excel 导入人员",
        "form": form,
        "problems_found": problems,
        "most": people_files.MOST_PEOPLE,
        "columns": tuple(people_files.COLUMNS),
        "division": actor.post.division,
    }
    return render(request, "accounts/import.html", context, status=422 if problems or form.errors else 200)


@require_GET
def template(request: HttpRequest) -> FileResponse:
    require(request, Capability.MANAGE_PEOPLE)
    return workbook("人员导入模板", people_files.write_template)


@require_GET
def export(request: HttpRequest) -> FileResponse:
    actor = require(request, Capability.MANAGE_PEOPLE)
    wanted = _wanted(PeopleFilterForm(request.GET or None))
    record(Event.PEOPLE_EXPORTED, by=actor, details={"条件": request.GET.urlencode()})
    return workbook(f"人员 {today_in_shanghai()}", partial(people_files.write_people, actor=actor, wanted=wanted))


def _administrator(request: HttpRequest) -> Actor:
    if request.actor.may(Capability.GRANT_POSTS):
        return request.actor
    return require(request, Capability.MANAGE_PEOPLE)


def _abilities(actor: Actor) -> dict[str, bool]:
    return {
        "may_manage": actor.may(Capability.MANAGE_PEOPLE),
        "may_grant": actor.may(Capability.GRANT_POSTS),
    }


def _wanted(form: PeopleFilterForm) -> queries.PeopleFilter:
    form.is_valid()
    # What can be read still counts; the field says what is wrong with the rest.
    cleaned = getattr(form, "cleaned_data", {})
    return queries.PeopleFilter(
        cleaned.get("q", ""), cleaned.get("role", ""), cleaned.get("state", ""), cleaned.get("division")
    )


def _person_page(
    request: HttpRequest, actor: Actor, user: User, *, grant_form: GrantForm | None = None, status: int = 200
) -> HttpResponse:
    today = today_in_shanghai()
    posts = queries.posts_of(user)
    context = {
        "page_title": user.name,
        "person": user,
        "is_oneself": actor.user is not None and actor.user.pk == user.pk,
        "posts": [(post, post.is_held_on(today), post.valid_from > today) for post in posts],
        "interests": queries.interests_of(user),
        "grant_form": grant_form or GrantForm(),
        "entries": history.timeline(user, most=50),
        **_abilities(actor),
    }
    context["may_manage"] = context["may_manage"] and _is_managed_by(actor, user)
    return render(request, "accounts/person.html", context, status=status)


def _is_managed_by(actor: Actor, user: User) -> bool:
    if actor.post is None or user.managed_in is None:
        return actor.post is None or actor.post.division.level == 0
    return actor.post.division.contains(user.managed_in)


def _with_reason(request: HttpRequest, pk: UUID, action, said: str) -> HttpResponse:
    actor = require(request, Capability.MANAGE_PEOPLE)
    user = queries.person_for(actor, pk)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        messages.error(request, "没有办理：请填写原因。")
        return redirect("accounts:person", pk)
    try:
        action(user, by=actor, reason=form.cleaned_data["reason"])
    except Refused as refused:
        messages.error(request, refused.reason)
    else:
        messages.success(request, said)
    return redirect("accounts:person", pk)


def _passwords_page(request: HttpRequest, created: list[actions.Created]) -> HttpResponse:
    """The one time that one-time passwords are shown."""
    context = {"page_title": "一次性密码", "created": created}
    response = render(request, "accounts/passwords.html", context)
    response["Cache-Control"] = "no-store"
    return response
