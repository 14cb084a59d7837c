"""A plausible programme at full scale on the real divisions, for trying out pages, reports and speed."""

from __future__ import annotations

import argparse
import time

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from greenhood.accounts.actor import Actor
from greenhood.demo import simulation
from greenhood.divisions.models import Division
from greenhood.insight.actions import refresh
from greenhood.kit.dates import today_in_shanghai


class Command(BaseCommand):
    help = "按真实区划生成全量模拟创建过程（标明模拟），或清除模拟数据"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        place = parser.add_mutually_exclusive_group(required=True)
        place.add_argument("--nation", action="store_true", help="全国")
        place.add_argument("--province", metavar="NN", help="一个省（区、市）：区划代码前两位，如 51")
        place.add_argument("--division", metavar="CODE", help="任一级区划：12 位代码")
        parser.add_argument("--seed", type=int, default=1, help="随机种子；同一种子得到同样的结果")
        parser.add_argument("--clear", action="store_true", help="不生成，清除该范围内的模拟数据")

    def handle(self, **options: object) -> None:
        if not settings.DEMO:
            raise CommandError("模拟数据只能在演示模式下生成，以免混入真实数据。请设置 GREENHOOD_DEMO=yes 后再运行。")
        within = self._division(options)
        started = time.monotonic()
        if options["clear"]:
            gone = simulation.clear(within, by=Actor.system())
            outcome = f"已清除 {within.name} 的模拟数据：{gone:,} 份自评。"
        else:
            try:
                made = simulation.simulate(
                    within, seed=int(str(options["seed"])), today=today_in_shanghai(), by=Actor.system()
                )
            except simulation.AlreadySimulated as problem:
                raise CommandError(f"{problem}（同一命令加 --clear）") from problem
            outcome = (
                f"{within.name}：{made.communities:,} 个城市社区，{made.participating:,} 个参与，{made.answers:,} 项自评，"
                f"{made.declarations:,} 件申报，{made.decisions:,} 次办理，{made.awards:,} 个称号。"
            )
        refresh(full=True)
        self.stdout.write(f"{outcome}用时 {time.monotonic() - started:.1f} 秒。")

    def _division(self, options: dict[str, object]) -> Division:
        code = 0 if options["nation"] else int(str(options["province"] or options["division"]).ljust(12, "0"))
        division = Division.objects.filter(code=code, valid_to=None).first()
        if division is None:
            raise CommandError(f"没有代码为 {code:012d} 的区划。请先运行 greenhood divisions import --extract。")
        return division
