"""Keep the overviews in step by hand: after an import, a restore, or where no worker runs."""

from __future__ import annotations

import time

from django.core.management.base import BaseCommand, CommandParser

from greenhood.insight.actions import refresh
from greenhood.kit import progress


class Command(BaseCommand):
    help = "更新总览统计：refresh 只算有变化的，refresh --full 全部重算"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["refresh"])
        parser.add_argument("--full", action="store_true", help="全部重算")

    def handle(self, *, full: bool, **options: object) -> None:
        started = time.monotonic()
        with progress.step("统计总览"):
            outcome = refresh(full=full)
        kind = "全部重算" if outcome.is_full else "只算有变化的"
        self.stdout.write(f"总览已更新（{kind}）：{outcome.divisions:,} 个区划，{time.monotonic() - started:.1f} 秒。")
