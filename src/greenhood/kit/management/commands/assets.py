"""Front-end files, ready to serve. Skips what is up to date."""

from hashlib import sha256

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from greenhood.kit import assets, progress


class Command(BaseCommand):
    help = "取得第三方前端文件，并汇集全部静态文件"
    requires_system_checks = ()

    def handle(self, **options: object) -> None:
        try:
            fetched = assets.fetch(
                settings.REPOSITORY,
                settings.VENDOR_ROOT,
                test_target=settings.VAR / "test-assets",
                font_target=settings.FONTS_ROOT,
            )
        except assets.AssetsError as error:
            raise CommandError(str(error)) from error
        collected = collect()
        self.stdout.write("前端文件已就绪。" if fetched or collected else "前端文件没有变化。")


def collect() -> bool:
    """Collect static files under hashed names; False where none has changed since the last time."""
    stamp = settings.VAR / "static.stamp"
    fingerprint = _fingerprint()
    if stamp.exists() and stamp.read_text() == fingerprint:
        return False
    with progress.step("汇集静态文件"):
        call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    stamp.write_text(fingerprint)
    return True


def _fingerprint() -> str:
    """Over name, size and time of every file that would be collected."""
    hasher = sha256(str(settings.STATIC_ROOT).encode())
    for finder in get_finders():
        for name, storage in finder.list(["CVS", ".*", "*~"]):
            hasher.update(f"{name} {storage.size(name)} {storage.get_modified_time(name)}\n".encode())
    return hasher.hexdigest()
