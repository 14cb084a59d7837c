"""The catalogue at a terminal, and as the page of the documentation."""

from __future__ import annotations

from django.core.management.base import BaseCommand, CommandParser

from greenhood.indicators.catalogue import entries
from greenhood.indicators.markdown import markdown as document


class Command(BaseCommand):
    help = "列出全部指标；--markdown 输出 docs/indicators.md 的内容"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--markdown", action="store_true", help="输出文档")

    def handle(self, *, markdown: bool, **options: object) -> None:
        found = entries()
        lines = (f"{key}  {one.title}（{one.unit}）" for key, one in found.items())
        self.stdout.write(document(found.values()).rstrip("\n") if markdown else "\n".join(lines))
