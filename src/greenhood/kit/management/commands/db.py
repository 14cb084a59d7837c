"""The embedded server by hand."""

import os

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from greenhood.kit import postgres


class Command(BaseCommand):
    help = "内置数据库：start 启动，stop 停止，status 查看，shell 打开 psql"
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=["start", "stop", "status", "shell", "url"])

    def handle(self, *, what: str, **options: object) -> None:
        if not settings.USES_EMBEDDED_DATABASE:
            raise CommandError(
                "已由 DATABASE_URL 指定数据库服务器，内置数据库不使用。打开 psql 请用 greenhood dbshell。"
            )
        try:
            getattr(self, what)()
        except postgres.ServerError as error:
            raise CommandError(str(error)) from error

    def start(self) -> None:
        server = postgres.ensure_running(settings.VAR)
        self.stdout.write(f"{'已启动' if server.started_here else '已在运行'}，进程 {server.pid}。")

    def stop(self) -> None:
        self.stdout.write("已停止。" if postgres.stop(settings.VAR) else "没有在运行。")

    def status(self) -> None:
        server = postgres.status(settings.VAR)
        self.stdout.write(f"在运行，进程 {server.pid}，套接字 {server.socket_folder}。" if server else "没有在运行。")

    def shell(self) -> None:
        server = postgres.ensure_running(settings.VAR)
        command, environment = postgres.call(server.dsn, "psql", "-d")
        os.execve(command[0], command, environment)

    def url(self) -> None:
        self.stdout.write(postgres.ensure_running(settings.VAR).dsn)
