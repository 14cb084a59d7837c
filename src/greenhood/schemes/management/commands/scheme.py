"""``greenhood scheme``: check, read, compare and publish the files that policies are written in."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from greenhood.kit.dates import today_in_shanghai
from greenhood.schemes import actions, checking, coverage, differences, library, loading, printing
from greenhood.schemes.json_schema import json_schema
from greenhood.schemes.loading import Loaded
from greenhood.schemes.messages import nearest
from greenhood.schemes.problems import Problem, Refused


class Command(BaseCommand):
    help = "方案文件：check 检查、show 阅读、diff 比较、publish 发布、schema 输出 JSON Schema、coverage 条款对照"

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="动作")
        one = verbs.add_parser("check", help="检查方案文件：每个问题给出文件、行号和改法")
        one.add_argument("files", nargs="*", metavar="文件", help="方案文件；不写则检查随产品附带的全部方案")
        one = verbs.add_parser("show", help="像读文件一样阅读一个方案")
        one.add_argument("scheme", metavar="标识或文件")
        one = verbs.add_parser("diff", help="两个方案的差别")
        one.add_argument("before", metavar="之前")
        one.add_argument("after", metavar="之后")
        one = verbs.add_parser("publish", help="发布一个方案：内容自此冻结")
        one.add_argument("scheme", metavar="标识或文件")
        one.add_argument("--set", action="append", default=[], metavar="设置=值", help="为开放设置选定的值，可写多次")
        verbs.add_parser("schema", help="方案格式的 JSON Schema")
        one = verbs.add_parser("coverage", help="逐条款对照：在哪里实现，或尚未建成")
        one.add_argument("schemes", nargs="*", metavar="标识或文件", help="不写则为随产品附带的全部方案")
        one.add_argument("--markdown", action="store_true", help="输出 docs/coverage.md 的内容")

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        verbs: dict[str, Callable[..., None]] = {
            "check": self._check,
            "show": self._show,
            "diff": self._diff,
            "publish": self._publish,
            "schema": self._schema,
            "coverage": self._coverage,
        }
        try:
            verbs[verb](**options)
        except Refused as refused:
            self._print_problems(refused.problems)
            raise CommandError(f"{len(refused.problems)} 处错误") from None

    def _check(self, files: list[str], **_: Any) -> None:
        paths = [_path(name) for name in files] or library.files()
        found = list(dict.fromkeys(problem for path in paths for problem in checking.check(path)))
        self._print_problems(found)
        wrong = len(checking.errors(found))
        if wrong:
            raise CommandError(f"检查了 {len(paths)} 个文件：{wrong} 处错误，{len(found) - wrong} 处提示")
        self.stdout.write(f"检查了 {len(paths)} 个文件：没有错误，{len(found)} 处提示")

    def _show(self, scheme: str, **_: Any) -> None:
        self.stdout.write(printing.scheme(_load(scheme), today_in_shanghai()))

    def _diff(self, before: str, after: str, **_: Any) -> None:
        groups = differences.groups(_load(before).scheme, _load(after).scheme)
        self.stdout.write(printing.difference(groups))

    def _publish(self, scheme: str, set: list[str], **_: Any) -> None:
        version = actions.publish(_load(scheme), chosen=_chosen(set), by=None)
        self.stdout.write(f"已发布：{version}")

    def _schema(self, **_: Any) -> None:
        self.stdout.write(json.dumps(json_schema(), ensure_ascii=False, indent=2))

    def _coverage(self, schemes: list[str], markdown: bool = False, **_: Any) -> None:
        names = schemes or [path.stem for path in library.files()]
        if markdown:
            self.stdout.write(coverage.markdown(_load(name).scheme for name in names), ending="")
            return
        for name in names:
            self._print_coverage(_load(name))

    def _print_coverage(self, loaded: Loaded) -> None:
        covered = coverage.coverage(loaded.scheme)
        self.stdout.write(loaded.scheme.title)
        for entry in covered:
            features = "、".join(feature.title for feature in entry.features)
            self.stdout.write(f"  {entry.clause.ref}  {entry.state_title}  {features}")
        counts = coverage.summary(covered)
        self.stdout.write(
            "，".join(f"{coverage.STATE_TITLES[state]} {count} 条" for state, count in counts.items()) + "\n"
        )

    def _print_problems(self, problems: Iterable[Problem]) -> None:
        for problem in problems:
            self.stdout.write(str(problem))


def _load(name: str) -> Loaded:
    return loading.load(_path(name))


def _path(name: str) -> Path:
    """A file by its path, or a shipped scheme by its id."""
    path = Path(name)
    if path.suffix in (".yaml", ".yml") or path.exists():
        return path
    shipped = {file.stem: file for file in library.files()}
    if name not in shipped:
        raise CommandError(f"没有文件或方案“{name}”{nearest(name, shipped)}附带的方案有：{'、'.join(shipped)}")
    return shipped[name]


def _chosen(pairs: Iterable[str]) -> dict[str, str]:
    chosen = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals:
            raise CommandError(f"“{pair}”写成 设置=值，如 --set notice-days=7")
        chosen[key.strip()] = value.strip()
    return chosen
