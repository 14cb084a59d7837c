"""The first administrators, and the way back in, for whoever runs the machine."""

from __future__ import annotations

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from greenhood.accounts import actions, second_factor
from greenhood.accounts.actor import Actor
from greenhood.accounts.models import Post, Role, User
from greenhood.accounts.problems import Refused
from greenhood.accounts.queries import valid_posts
from greenhood.divisions import queries as divisions
from greenhood.divisions.models import Division


class Command(BaseCommand):
    help = "账号：create 建立，grant 授予岗位，reset 重置密码，disable 停用，list 列出；首批管理员由此建立"

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_subparsers(dest="what", required=True)
        creating = what.add_parser("create", help="建立账号并打印一次性密码；可同时授予岗位")
        creating.add_argument("username", help="账号")
        creating.add_argument("name", help="姓名")
        creating.add_argument("--employer", default="", help="工作单位")
        _add_post(creating, is_required=False)
        granting = what.add_parser("grant", help="授予岗位")
        granting.add_argument("username", help="账号")
        _add_post(granting, is_required=True)
        resetting = what.add_parser("reset", help="重置密码并打印一次性密码")
        resetting.add_argument("username", help="账号")
        resetting.add_argument("--second-factor", action="store_true", help="同时停用动态口令")
        disabling = what.add_parser("disable", help="停用账号")
        disabling.add_argument("username", help="账号")
        disabling.add_argument("--reason", required=True, help="原因，写入操作记录")
        listing = what.add_parser("list", help="列出账号和岗位")
        listing.add_argument("--role", choices=Role.values, help="只列出现任此角色的人")

    def handle(self, *, what: str, **options: object) -> None:
        try:
            getattr(self, what)(**options)
        except Refused as refused:
            raise CommandError(refused.reason) from refused

    def create(
        self,
        username: str,
        name: str,
        employer: str,
        role: str | None,
        division: str | None,
        department: str,
        **_: object,
    ) -> None:
        place = _division(division) if division else None
        if role and place is None:
            raise CommandError("授予岗位还须用 --division 指定区划，例如 --division 510107000000；全国为 0。")
        # Without the post that was asked for there is no account either.
        with transaction.atomic():
            created = actions.create_user(
                by=Actor.system(), username=username, name=name, employer=employer, division=place
            )
            if role and place is not None:
                self._grant(created.user, role, place, department)
        self.stdout.write(
            f"已建立账号 {username}，一次性密码 {created.one_time_password}（只显示这一次，首次登录须修改）。"
        )

    def grant(self, username: str, role: str, division: str, department: str, **_: object) -> None:
        self._grant(_user(username), role, _division(division), department)

    def reset(self, username: str, second_factor: bool, **_: object) -> None:
        user = _user(username)
        password = actions.reset_password(user, by=Actor.system())
        if second_factor:
            _remove_second_factor(user)
        self.stdout.write(f"{username} 的一次性密码 {password}（只显示这一次，下次登录须修改）。")

    def disable(self, username: str, reason: str, **_: object) -> None:
        actions.disable_user(_user(username), by=Actor.system(), reason=reason)
        self.stdout.write(f"已停用 {username}。")

    def list(self, role: str | None = None, **_: object) -> None:
        users = User.objects.order_by("username")
        if role:
            users = users.filter(pk__in=Post.objects.filter(role=role).values("user"))
        for user in users.iterator(chunk_size=1_000):
            posts = "；".join(str(post) for post in valid_posts(user)) or "没有岗位"
            self.stdout.write(f"{user.username}  {user.name}  {'' if user.is_active else '（停用）'}{posts}")

    def _grant(self, user: User, role: str, division: Division, department: str) -> None:
        post = actions.grant_post(user, by=Actor.system(), role=Role(role), division=division, department=department)
        self.stdout.write(f"已授予 {user.username}：{post}。")


def _add_post(parser: CommandParser, *, is_required: bool) -> None:
    parser.add_argument("--role", choices=Role.values, required=is_required, help="角色")
    parser.add_argument("--division", required=is_required, help="区划的 12 位代码，全国为 0")
    parser.add_argument("--department", default="", help="部门")


def _user(username: str) -> User:
    user = User.objects.filter(username=username).select_related("managed_in").first()
    if user is None:
        raise CommandError(f"没有账号“{username}”。用 greenhood user list 可列出全部。")
    return user


def _division(code: str) -> Division:
    if not code.isdecimal():
        raise CommandError(f"“{code}”不是区划代码，应为 12 位数字，全国为 0。")
    try:
        return divisions.by_code(int(code))
    except Division.DoesNotExist:
        raise CommandError(f"没有代码为 {code} 的区划。请先导入区划：greenhood divisions import。") from None


def _remove_second_factor(user: User) -> None:
    if user.second_factor_at:
        second_factor.remove(user, by=Actor.system())
