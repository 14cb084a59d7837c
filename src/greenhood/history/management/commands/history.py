"""Verify, show, and note the heads of history at a terminal."""

from __future__ import annotations

import json
import time
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from greenhood.history import events, queries
from greenhood.history.models import Chain, Entry
from greenhood.history.verification import Head, current_heads, verify
from greenhood.kit.progress import bar


class Command(BaseCommand):
    help = "操作记录：verify 核验全部记录，show 查看，heads 输出链头以便另处留存"

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_subparsers(dest="what", required=True)
        checking = what.add_parser("verify", help="逐条重算散列，找出被改动、删除或调换的记录")
        checking.add_argument("--chain", help="只核验一条链，例如 5101；默认全部")
        checking.add_argument("--heads", type=Path, help="以前用 history heads 留存的文件，用来发现整链重写")
        showing = what.add_parser("show", help="按时间倒序列出记录")
        showing.add_argument("--chain", default="")
        showing.add_argument("--person", default="", help="人员姓名")
        showing.add_argument("--event", default="", help="事件，例如 session.signed_in")
        showing.add_argument("--subject", default="", help="对象名称中的文字，或对象编号")
        showing.add_argument("--most", type=int, default=50)
        what.add_parser("heads", help="以 JSON 输出每条链的长度和末条散列")

    def handle(self, *, what: str, **options: object) -> None:
        getattr(self, what)(**options)

    def verify(self, chain: str | None = None, heads: Path | None = None, **_: object) -> None:
        if chain and not Chain.objects.filter(key=chain).exists() and not Entry.objects.filter(chain=chain).exists():
            raise CommandError(f"没有名为“{chain}”的链。用 greenhood history heads 可列出全部。")
        kept = _read_heads(heads) if heads else {}
        total = sum(head.length for head in current_heads(chain).values())
        began = time.monotonic()
        with bar(total, "核验操作记录") as progress:
            findings = verify(chain, kept=kept, progress=progress.update)
        seconds = time.monotonic() - began
        for finding in findings:
            self.stderr.write(str(finding))
        if findings:
            raise CommandError(f"操作记录核验不通过，发现 {len(findings)} 处问题。请保留数据库原状，报告审计管理员。")
        self.stdout.write(
            f"操作记录核验通过：{total} 条，用时 {seconds:.1f} 秒（每秒 {total / max(seconds, 1e-9):.0f} 条）。"
        )

    def show(
        self, chain: str = "", person: str = "", event: str = "", subject: str = "", most: int = 50, **_: object
    ) -> None:
        if event and event not in events.titles():
            raise CommandError(f"没有名为“{event}”的事件。可用：{'、'.join(events.titles())}。")
        wanted = queries.Filter(chain=chain, person=person, event=event, subject=subject)
        for entry in queries.entries(wanted)[:most]:
            at = timezone.localtime(entry.at)
            who = " ".join(filter(None, [entry.person_name, entry.post_title, entry.address]))
            words = [f"{at:%Y-%m-%d %H:%M:%S}", entry.event_title, entry.result_title, entry.subject_title, who]
            self.stdout.write("  ".join([f"{entry.chain}#{entry.number}", *filter(None, words)]))

    def heads(self, **_: object) -> None:
        noted = {key: {"length": head.length, "hash": head.hash} for key, head in current_heads().items()}
        self.stdout.write(json.dumps({"at": timezone.now().isoformat(), "heads": noted}, ensure_ascii=False, indent=1))


def _read_heads(path: Path) -> dict[str, Head]:
    try:
        noted = json.loads(path.read_text(encoding="utf-8"))["heads"]
        return {key: Head(int(head["length"]), str(head["hash"])) for key, head in noted.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise CommandError(f"{path} 不是 greenhood history heads 输出的文件：{error}") from error
