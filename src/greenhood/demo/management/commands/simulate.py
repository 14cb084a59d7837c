"""A plausible programme, or plausible facts, at full scale on the real divisions: for trying out pages, reports and speed."""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from greenhood.accounts.actor import Actor
from greenhood.demo import facts_simulation, simulation
from greenhood.divisions.models import Division
from greenhood.indicators.actions import measure_all
from greenhood.insight.actions import refresh
from greenhood.kit.dates import today_in_shanghai


class Command(BaseCommand):
    help = "按真实区划生成全量模拟创建过程或模拟社区信息（标明模拟），或清除模拟数据"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        place = parser.add_mutually_exclusive_group(required=True)
        place.add_argument("--nation", action="store_true", help="全国")
        place.add_argument("--province", metavar="NN", help="一个省（区、市）：区划代码前两位，如 51")
        place.add_argument("--division", metavar="CODE", help="任一级区划：12 位代码")
        parser.add_argument("--seed", type=int, default=1, help="随机种子；同一种子得到同样的结果")
        parser.add_argument(
            "--facts", action="store_true", help="生成各类社区信息（每个社区约 180 条），不生成创建过程"
        )
        parser.add_argument(
            "--scale", type=float, default=1.0, help="与 --facts 同用：每个社区的条数按此比例减少，如 0.2"
        )
        parser.add_argument("--clear", action="store_true", help="不生成，清除该范围内的模拟数据")

    def handle(self, **options: object) -> None:
        if not settings.DEMO:
            raise CommandError("模拟数据只能在演示模式下生成，以免混入真实数据。请设置 GREENHOOD_DEMO=yes 后再运行。")
        within = self._division(options)
        started = time.monotonic()
        try:
            outcome = self._facts(within, options) if options["facts"] else self._programme(within, options)
        except simulation.AlreadySimulated as problem:
            raise CommandError(f"{problem}（同一命令加 --clear）") from problem
        self.stdout.write(f"{outcome}用时 {time.monotonic() - started:.1f} 秒。")

    def _programme(self, within: Division, options: Mapping[str, object]) -> str:
        if options["clear"]:
            gone = simulation.clear(within, by=Actor.system())
            refresh(full=True)
            return f"已清除 {within.name} 的模拟数据：{gone:,} 份自评。"
        seed = int(str(options["seed"]))
        made = simulation.simulate(within, seed=seed, today=today_in_shanghai(), by=Actor.system())
        refresh(full=True)
        return (
            f"{within.name}：{made.communities:,} 个城市社区，{made.participating:,} 个参与，{made.answers:,} 项自评，"
            f"{made.declarations:,} 件申报，{made.decisions:,} 次办理，{made.awards:,} 个称号。"
        )

    def _facts(self, within: Division, options: Mapping[str, object]) -> str:
        if options["clear"]:
            gone = facts_simulation.clear_facts(within, by=Actor.system())
            measure_all(within)
            return f"已清除 {within.name} 的模拟社区信息：{gone:,} 条。"
        scale = float(str(options["scale"]))
        if not 0 < scale <= 1:
            raise CommandError(f"--scale 应大于 0、不大于 1，收到的是 {scale:g}。")
        seed = int(str(options["seed"]))
        made = facts_simulation.simulate_facts(
            within, seed=seed, today=today_in_shanghai(), by=Actor.system(), scale=scale
        )
        measured = measure_all(within)
        return f"{within.name}：{made.communities:,} 个城市社区，{made.rows:,} 条社区信息，已测算 {measured:,} 个社区的指标。"

    def _division(self, options: dict[str, object]) -> Division:
        code = 0 if options["nation"] else int(str(options["province"] or options["division"]).ljust(12, "0"))
        division = Division.objects.filter(code=code, valid_to=None).first()
        if division is None:
            raise CommandError(f"没有代码为 {code:012d} 的区划。请先运行 greenhood divisions import --extract。")
        return division
