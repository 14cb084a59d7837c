"""Measure by hand: after an import or a restore, for another day, or where no worker runs."""

from __future__ import annotations

import datetime as dt
import time

from django.core.management.base import BaseCommand, CommandError, CommandParser

from greenhood.divisions import queries as divisions
from greenhood.divisions.models import Division
from greenhood.indicators.actions import measure_all
from greenhood.kit import progress
from greenhood.kit.dates import today_in_shanghai


class Command(BaseCommand):
    help = "测算全部社区的指标，供排名、地图和试算使用；平时由后台任务自动进行"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--within", type=int, default=0, metavar="代码", help="只测算这个区划，不写为全国")
        parser.add_argument(
            "--as-of", type=dt.date.fromisoformat, metavar="日期", help="按哪一天，如 2026-06-30；不写为今天"
        )

    def handle(self, *, within: int, as_of: dt.date | None, **options: object) -> None:
        day = as_of or today_in_shanghai()
        if day > today_in_shanghai():
            raise CommandError(f"{day} 还没有到。")
        try:
            division = divisions.by_code(within)
        except Division.DoesNotExist:
            raise CommandError(f"没有代码为 {within} 的区划。先用 greenhood divisions find 查找。") from None
        started = time.monotonic()
        with progress.step("测算指标"):
            count = measure_all(division, day)
        self.stdout.write(f"{division.name}：按 {day} 测算了 {count:,} 个社区，{time.monotonic() - started:.1f} 秒。")
