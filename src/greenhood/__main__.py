"""The `greenhood` command: Django's management commands, a readable help, and the embedded server where one is needed."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence

# Whatever reads no rows starts no server: a word alone, or a word with its first argument.
WITHOUT_DATABASE = {
    ("db",),
    ("assets",),
    ("collectstatic",),
    ("help",),
    ("check",),
    ("version",),
    ("--version",),
    ("makemigrations",),
    ("indicators",),
    ("scheme", "check"),
    ("scheme", "show"),
    ("scheme", "diff"),
    ("scheme", "schema"),
    ("scheme", "coverage"),
}

# The order of the commands in the help; a command that isn't named here stands in the last group of its own room.
GROUPS = {
    "运行": ("run", "serve", "worker", "assets", "demo"),
    "方案与数据": ("scheme", "divisions", "overview", "measure", "indicators", "simulate", "distribute"),
    "维护": ("db", "backup", "restore", "history", "user"),
}
DJANGO = ("migrate", "check", "shell", "dbshell", "createcachetable", "clearsessions", "axes_reset", "procrastinate")


def main(arguments: Sequence[str] | None = None) -> None:
    words = list(sys.argv[1:] if arguments is None else arguments)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "greenhood.settings")
    if not words or words[0] in {"-h", "--help"} or words == ["help"]:
        print(overview())
        return
    from django.core.exceptions import ImproperlyConfigured  # noqa: PLC0415 - after the settings' place is known

    try:
        if needs_database(words):
            use_embedded_database()
        _manage(words)
    except ImproperlyConfigured as error:
        sys.exit(f"设置有误：{error}")


def needs_database(words: Sequence[str]) -> bool:
    if {"-h", "--help"} & set(words):
        return False
    return not {tuple(words[:1]), tuple(words[:2])} & WITHOUT_DATABASE


def use_embedded_database() -> None:
    """Start or adopt the embedded server, unless DATABASE_URL names another."""
    from django.conf import settings  # noqa: PLC0415 - settings read the environment when first touched

    from greenhood.kit import postgres  # noqa: PLC0415

    if not settings.USES_EMBEDDED_DATABASE:
        return
    try:
        server = postgres.ensure_running(settings.VAR)
    except postgres.ServerError as error:
        sys.exit(f"数据库没有启动。{error}")
    settings.DATABASES["default"].update(HOST=str(server.socket_folder), PASSWORD=server.password)


def overview() -> str:
    """Every command with one line, by group."""
    import django  # noqa: PLC0415

    django.setup()
    lines = ["greenhood：绿色社区创建平台", "", "用法：greenhood 命令 [参数]；greenhood help 命令 看参数。", ""]
    ours = dict(_own_commands())
    for title, names in _groups(ours):
        lines += [f"{title}", *(f"  {name:<14}{ours[name]}" for name in names), ""]
    lines += ["Django 的命令也可用，例如", f"  {' '.join(DJANGO)}"]
    return "\n".join(lines)


def _own_commands() -> Iterator[tuple[str, str]]:
    from django.core.management import get_commands, load_command_class  # noqa: PLC0415

    for name, application in get_commands().items():
        if isinstance(application, str) and application.startswith("greenhood."):
            yield name, load_command_class(application, name).help.strip().splitlines()[0]


def _groups(ours: dict[str, str]) -> Iterator[tuple[str, list[str]]]:
    for title, names in GROUPS.items():
        if present := [name for name in names if name in ours]:
            yield title, present
    named = {name for names in GROUPS.values() for name in names}
    if others := sorted(set(ours) - named):
        yield "其他", others


def _manage(words: Sequence[str]) -> None:
    from django.core.management import execute_from_command_line  # noqa: PLC0415

    execute_from_command_line(["greenhood", *words])


if __name__ == "__main__":
    main()
