"""A backup into one file; may run while people work."""

from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from greenhood.kit import backup, postgres


class Command(BaseCommand):
    help = "把数据库和上传的文件备份到一个文件"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="备份文件，例如 greenhood-20260101.tar")

    def handle(self, *, file: Path, **options: object) -> None:
        if file.exists():
            raise CommandError(f"{file} 已存在，不覆盖。请换一个文件名。")
        try:
            size = backup.back_up(file.absolute(), dsn=database_url(), media=media_folder())
        except (backup.BackupError, postgres.ServerError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"已备份到 {file}（{size / 2**20:.1f} MB）。")
        if media_folder() is None:
            self.stdout.write("上传的文件在对象存储中，不在备份里，请由对象存储自行备份。")


def database_url() -> str:
    return postgres.ensure_running(settings.VAR).dsn if settings.USES_EMBEDDED_DATABASE else settings.DATABASE_URL


def media_folder() -> Path | None:
    return None if settings.USES_OBJECT_STORE else Path(settings.MEDIA_ROOT)
