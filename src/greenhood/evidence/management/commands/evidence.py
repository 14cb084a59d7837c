"""Housekeeping of evidence files."""

from __future__ import annotations

import datetime as dt

from django.core.management.base import BaseCommand, CommandError, CommandParser

from greenhood.evidence import sweeping, tasks, verification
from greenhood.evidence.models import Blob, Seal
from greenhood.kit.progress import bar


class Command(BaseCommand):
    help = "证明材料：sweep 清理无人使用的文件，process 补做缩略图和近似照片查找，verify 核对全部封存清单"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=["sweep", "process", "verify"])
        parser.add_argument("--hours", type=int, default=24, help="只清理存放超过这么多小时的文件，默认 24")
        parser.add_argument("--dry-run", action="store_true", help="只统计，不清理")

    def handle(self, *, what: str, hours: int, dry_run: bool, **options: object) -> None:
        if what != "sweep":
            self.process() if what == "process" else self.verify()
            return
        swept = sweeping.sweep(grace=dt.timedelta(hours=max(1, hours)), is_dry=dry_run)
        done = "可清理" if dry_run else "已清理"
        self.stdout.write(
            f"{done}：没传完的部分 {swept.parts} 个，没有登记的文件 {swept.files} 个，无人使用的登记 {swept.rows} 条。"
        )

    def process(self) -> None:
        waiting = Blob.objects.filter(processed_at=None).values_list("pk", flat=True)
        for number, sha256 in enumerate(waiting.iterator(), 1):
            tasks.process(sha256)
            self.stdout.write(f"\r已处理 {number} 个", ending="")
        self.stdout.write("完成。")

    def verify(self) -> None:
        """Every sealed list against the store and against history; each file is hashed once."""
        with bar(verification.files(), "核对文件") as progress:
            findings = list(verification.verify(progress.update))
        for finding in findings:
            self.stderr.write(finding)
        if findings:
            raise CommandError(
                f"材料封存清单核对不一致，发现 {len(findings)} 处问题。请从备份恢复文件，并报告审计管理员。"
            )
        self.stdout.write(f"材料封存清单核对一致：{Seal.objects.count()} 份。")
