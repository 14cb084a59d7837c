"""A backup put back."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, connections

from greenhood.kit import backup, postgres
from greenhood.kit.management.commands.backup import database_url, media_folder


class Command(BaseCommand):
    help = "从备份文件恢复数据库和上传的文件（先停止网页服务和后台任务）"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--replace", action="store_true", help="清除现有数据后恢复")

    def handle(self, *, file: Path, replace: bool, **options: object) -> None:
        if not file.is_file():
            raise CommandError(f"找不到备份文件 {file}。")
        if connection.introspection.table_names() and not replace:
            raise CommandError("数据库中已有数据。确要清除并以备份代替，请先另作备份，再加 --replace。")
        connections.close_all()
        try:
            count = backup.restore(file, dsn=database_url(), media=media_folder())
        except (backup.BackupError, postgres.ServerError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"已恢复数据库和 {count} 个文件。请接着运行 greenhood migrate 和 greenhood history verify。")
