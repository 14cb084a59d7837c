"""The demonstration data: made once, marked everywhere."""

from __future__ import annotations

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from greenhood.accounts.actor import Actor
from greenhood.declarations.actions import alerting
from greenhood.demo import demonstration, people
from greenhood.divisions import queries
from greenhood.indicators.actions import measure_all
from greenhood.insight.actions import refresh
from greenhood.programme.actions import counting


class Command(BaseCommand):
    help = "生成演示数据和演示账号（仅演示模式）"

    def handle(self, **options: object) -> None:
        if not settings.DEMO:
            raise CommandError("演示数据和公开密码的账号只能在演示模式下生成。请设置 GREENHOOD_DEMO=yes 后再运行。")
        try:
            if demonstration.build(timezone.now()):
                nation = queries.by_code(0)
                measure_all(nation)
                alerting.watch(nation, by=Actor.system())
                refresh(full=True)
                counting.count()
        except demonstration.HasSimulation as reason:
            self.stdout.write(str(reason))
            return
        self.stdout.write(f"演示账号（密码都是 {people.PASSWORD}）：")
        for line in people.table():
            self.stdout.write(f"  {line}")
