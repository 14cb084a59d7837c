"""One's own account: posts and what they may do, password, second factor, interests, sign-ins."""

from __future__ import annotations

import django_otp
import segno
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from greenhood.accounts import actions, second_factor, sessions
from greenhood.accounts.capabilities import AWARD_GIVING
from greenhood.accounts.forms import ChangePasswordForm, InterestForm, PasswordForm, TokenForm
from greenhood.accounts.hurdles import Hurdle, reachable_before
from greenhood.accounts.problems import PasswordRefused, Refused
from greenhood.accounts.queries import in_words, interests_of
from greenhood.accounts.views.session import next_address


@never_cache
def profile(request: HttpRequest) -> HttpResponse:
    return _profile_page(request, InterestForm())


@require_POST
def declare_interest(request: HttpRequest) -> HttpResponse:
    form = InterestForm(request.POST)
    if form.is_valid():
        try:
            actions.record_interest(request.user, by=request.actor, **form.cleaned_data)
        except Refused as refused:
            form.add_error(refused.field or None, refused.reason)
        else:
            messages.success(request, "已登记。今后评审和抽查会据此回避。")
            return redirect("accounts:profile")
    return _profile_page(request, form, status=422)


@sensitive_post_parameters()
@never_cache
@reachable_before
@require_http_methods(["GET", "POST"])
def change_password(request: HttpRequest) -> HttpResponse:
    form = ChangePasswordForm(request.user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                actions.change_password(request.user, by=request.actor, new_password=form.cleaned_data["new_password"])
                # This session goes on; every other one of the person ends.
                update_session_auth_hash(request, request.user)
        except PasswordRefused as refused:
            for reason in refused.reasons:
                form.add_error("new_password", reason)
        except Refused as refused:
            form.add_error(refused.field, refused.reason)
        else:
            messages.success(request, "密码已修改，其他设备上的登录已退出。")
            return redirect(next_address(request))
    context = {
        "page_title": "修改密码",
        "form": form,
        "is_forced": request.hurdle is Hurdle.PASSWORD,
        "next": request.GET.get("next") or request.POST.get("next", ""),
    }
    return render(request, "accounts/change_password.html", context, status=422 if form.errors else 200)


@never_cache
@reachable_before
@require_http_methods(["GET", "POST"])
def enrol(request: HttpRequest) -> HttpResponse:
    """Take the second factor into use: scan, type the code, keep the recovery codes."""
    if request.user.second_factor_at:
        return redirect("accounts:profile")
    form = TokenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            device, codes = second_factor.enrol(by=request.actor, token=form.cleaned_data["token"])
        except Refused as refused:
            form.add_error(refused.field or None, refused.reason)
        else:
            django_otp.login(request, device)
            return _codes_page(request, codes)
    device = second_factor.enrolment_of(request.user)
    secret = _secret(device.config_url)
    context = {
        "page_title": "启用动态口令",
        "form": form,
        "is_forced": request.hurdle is Hurdle.ENROL,
        "qr": segno.make(device.config_url, error="l").svg_data_uri(scale=5, border=4),
        "secret": " ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        "next": next_address(request),
    }
    return render(request, "accounts/enrol.html", context, status=422 if form.errors else 200)


@require_POST
@sensitive_post_parameters()
def renew_recovery_codes(request: HttpRequest) -> HttpResponse:
    form = PasswordForm(request.user, request.POST)
    if not form.is_valid():
        messages.error(request, "密码不正确，恢复码没有更换。")
        return redirect("accounts:profile")
    try:
        codes = second_factor.renew_recovery_codes(by=request.actor)
    except Refused as refused:
        messages.error(request, refused.reason)
        return redirect("accounts:profile")
    return _codes_page(request, codes)


@require_POST
@sensitive_post_parameters()
def remove_second_factor(request: HttpRequest) -> HttpResponse:
    form = PasswordForm(request.user, request.POST)
    if not form.is_valid():
        messages.error(request, "密码不正确，动态口令没有停用。")
        return redirect("accounts:profile")
    try:
        second_factor.remove(request.user, by=request.actor)
    except Refused as refused:
        messages.error(request, refused.reason)
    else:
        messages.success(request, "动态口令已停用，今后登录只需密码。")
    return redirect("accounts:profile")


def _profile_page(request: HttpRequest, form: InterestForm, status: int = 200) -> HttpResponse:
    user = request.user
    context = {
        "page_title": "账号与安全",
        "posts": [in_words(post) for post in request.posts],
        "current": request.actor.post,
        "sessions": sessions.own_sessions(user),
        "interests": interests_of(user),
        "form": form,
        "codes_left": second_factor.unused_recovery_codes(user) if user.second_factor_at else 0,
        "gives_awards": any(post.role in AWARD_GIVING for post in request.posts),
    }
    return render(request, "accounts/profile.html", context, status=status)


def _codes_page(request: HttpRequest, codes: list[str]) -> HttpResponse:
    response = render(request, "accounts/recovery_codes.html", {"page_title": "恢复码", "codes": codes})
    response["Cache-Control"] = "no-store"
    return response


def _secret(address: str) -> str:
    return address.partition("secret=")[2].partition("&")[0]
