"""Sign in, take the second hurdle, change the post, sign out."""

from __future__ import annotations

import django_otp
from django.conf import settings
from django.contrib.auth import authenticate, login, logout
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render, resolve_url
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from greenhood.accounts import second_factor, sessions
from greenhood.accounts.forms import RecoveryForm, SignInForm, TokenForm
from greenhood.accounts.hurdles import reachable_before
from greenhood.accounts.middleware import POST_KEY, take_part
from greenhood.accounts.problems import Refused
from greenhood.accounts.queries import chosen_post, demonstration_posts

WRONG = "账号或密码不正确，或账号已停用。请核对大小写后重试；忘记密码请联系本地系统管理员重置。"


@sensitive_post_parameters("password")
@never_cache
@csrf_protect
@login_not_required
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect(next_address(request))
    form = SignInForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        user = authenticate(request, username=form.cleaned_data["username"], password=form.cleaned_data["password"])
        if user is not None:
            return _open_session(request, user)
        # While locked, the lockout page below answers instead, and writes down that.
        if not getattr(request, "axes_locked_out", False):
            sessions.record_failure(form.cleaned_data["username"], by=request.actor, is_locked=False)
        form.add_error(None, WRONG)
    return _sign_in_page(request, form, status=422 if form.errors else 200)


def locked_out(request: HttpRequest, response: HttpResponse, credentials: dict[str, str]) -> HttpResponse:
    """What axes answers with once there were too many wrong passwords."""
    username = str(credentials.get("username", ""))
    sessions.record_failure(username, by=request.actor, is_locked=True)
    until = sessions.locked_until(username, request.actor.address)
    when = f"请在 {timezone.localtime(until):%Y-%m-%d %H:%M} 之后再试" if until else "请稍后再试"
    form = SignInForm(request.POST)
    form.add_error(None, f"密码输错次数过多，账号“{username}”已在此处锁定。{when}，或联系本地系统管理员。")
    return _sign_in_page(request, form, status=429)


@never_cache
@reachable_before
@require_http_methods(["GET", "POST"])
def verify(request: HttpRequest) -> HttpResponse:
    """The second step of signing in: a code from the phone, or a recovery code."""
    if not request.user.second_factor_at or request.user.is_verified():
        return redirect(next_address(request))
    uses_recovery = "code" in request.POST
    token_form = TokenForm(request.POST if request.method == "POST" and not uses_recovery else None)
    code_form = RecoveryForm(request.POST if uses_recovery else None)
    form = code_form if uses_recovery else token_form
    if form.is_valid():
        try:
            device = (
                second_factor.recover(by=request.actor, code=form.cleaned_data["code"])
                if uses_recovery
                else second_factor.verify(by=request.actor, token=form.cleaned_data["token"])
            )
        except Refused as refused:
            form.add_error(refused.field or None, refused.reason)
        else:
            django_otp.login(request, device)
            request.session.cycle_key()
            return redirect(next_address(request))
    context = {
        "page_title": "验证动态口令",
        "form": token_form,
        "code_form": code_form,
        "bound": form,
        "next": next_address(request),
    }
    return render(request, "accounts/verify.html", context, status=422 if form.errors else 200)


@require_POST
@reachable_before
def switch_post(request: HttpRequest) -> HttpResponse:
    """Act under another of one's posts of today; anything else leaves the post as it is."""
    before = chosen_post(request.posts, request.session.get(POST_KEY))
    wanted = request.POST.get("post", "")
    if before is not None and any(str(post.pk) == wanted for post in request.posts) and wanted != str(before.pk):
        with transaction.atomic():
            request.session[POST_KEY] = wanted
            take_part(request)
            sessions.record_switch(before, by=request.actor)
    return redirect(next_address(request))


@require_POST
@reachable_before
def sign_out(request: HttpRequest) -> HttpResponse:
    with transaction.atomic():
        sessions.record_sign_out(by=request.actor)
        logout(request)
    return redirect(settings.LOGOUT_REDIRECT_URL)


def next_address(request: HttpRequest) -> str:
    """Where the person wanted to go, if that is here; else the workbench or home page."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    if url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure()):
        return wanted
    return resolve_url(settings.LOGIN_REDIRECT_URL)


def _open_session(request: HttpRequest, user: object) -> HttpResponseRedirect:
    with transaction.atomic():
        login(request, user)
        take_part(request)
        sessions.record_sign_in(by=request.actor)
    return redirect(next_address(request))


def _sign_in_page(request: HttpRequest, form: SignInForm, *, status: int) -> HttpResponse:
    context = {
        "page_title": "登录",
        "form": form,
        "next": next_address(request),
        "demonstration": demonstration_posts() if settings.DEMO else [],
        "failures": settings.AXES_FAILURE_LIMIT,
        "minutes": round(settings.AXES_COOLOFF_TIME * 60),
    }
    return render(request, "accounts/sign_in.html", context, status=status)
