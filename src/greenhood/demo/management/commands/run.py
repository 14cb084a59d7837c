"""Everything from nothing: what `make run` does. Each step can be repeated and is quick when there is nothing to do."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.db import connections

from greenhood.kit import postgres, progress
from greenhood.kit.management.commands import serve
from greenhood.schemes import library, loading, queries

RESTART_SECONDS = 5
QUIET = {"migrate", "scheme"}


@dataclass(frozen=True)
class Step:
    """A command of a room, and what it prepares."""

    what: str
    command: str
    arguments: tuple[str, ...] = ()


def steps() -> Iterator[Step]:
    yield Step("数据库结构", "migrate", ("--verbosity=0",))
    yield Step("行政区划", "divisions", ("import", "--extract"))
    for scheme in unpublished():
        yield Step(f"创建方案 {scheme}", "scheme", ("publish", scheme))
    yield Step("前端文件和公文字体", "assets")
    if settings.DEMO:
        yield Step("演示数据", "demo")


def unpublished() -> list[str]:
    """The shipped schemes that no version of is published; a published one is left to those who chose its settings."""
    published = set(queries.newest().values_list("scheme_id", flat=True))
    waiting = [loading.load(path).scheme for path in library.files() if path.stem not in published]
    # A scheme that implements a higher one comes after it.
    return [scheme.id for scheme in sorted(waiting, key=lambda scheme: scheme.jurisdiction)]


class Command(BaseCommand):
    help = "准备好一切并启动：数据库、方案、区划、演示数据、后台任务和网页服务"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--address", default="127.0.0.1", help="监听地址（默认只在本机）")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--prepare-only", action="store_true", help="只做准备，不启动服务")

    def handle(self, *, address: str, port: int, prepare_only: bool, **options: object) -> None:
        serve.refuse_public_demonstration(address)
        if not prepare_only:
            serve.refuse_taken_port(address, port)
        try:
            self.prepare()
            if not prepare_only:
                self.serve(address, port)
        except KeyboardInterrupt:
            self.stderr.write("已中断。再次运行会从中断处继续。")
        finally:
            self.leave()

    def prepare(self) -> None:
        for step in steps():
            started = time.monotonic()
            # A step that shows no progress of its own is seen to go on.
            with progress.step(step.what) if step.command in QUIET else nullcontext():
                call_command(step.command, *step.arguments, stdout=self.stdout)
            self.stdout.write(f"✓ {step.what}（{time.monotonic() - started:.1f} 秒）")

    def serve(self, address: str, port: int) -> None:
        web = serve.server(address, port, workers=min(2, os.cpu_count() or 1), threads=8)
        # Closing the terminal ends the whole, where the server by itself would only reload.
        web.on_startup(lambda: signal.signal(signal.SIGHUP, signal.getsignal(signal.SIGTERM)))
        with background_worker():
            self.announce(address, port)
            web.serve()

    def announce(self, address: str, port: int) -> None:
        self.stdout.write(f"\n绿色社区创建平台：http://{address}:{port}")
        self.stdout.write("按 Ctrl+C 停止。")

    def leave(self) -> None:
        if not settings.USES_EMBEDDED_DATABASE:
            return
        connections.close_all()
        if (server := postgres.status(settings.VAR)) and postgres.stop_if_unused(server, settings.VAR):
            self.stdout.write("内置数据库已停止。")


@contextmanager
def background_worker() -> Iterator[None]:
    """A worker for as long as this lasts; started again where it ends by itself, as after a restart of the database."""
    stopping = threading.Event()
    keeper = threading.Thread(target=_keep_worker, args=[stopping])
    keeper.start()
    try:
        yield
    finally:
        stopping.set()
        keeper.join()


def _keep_worker(stopping: threading.Event) -> None:
    while not stopping.is_set():
        worker = subprocess.Popen(
            [sys.executable, "-m", "greenhood", "worker", "--stop-with-parent"],
            stdin=subprocess.DEVNULL,
            # Ctrl+C at the terminal reaches the web server only, which then ends the worker in order.
            start_new_session=True,
        )
        while worker.poll() is None and not stopping.wait(1):
            pass
        if worker.poll() is None:
            _end(worker)
        else:
            stopping.wait(RESTART_SECONDS)


def _end(worker: subprocess.Popen[bytes]) -> None:
    worker.terminate()
    try:
        worker.wait(35)
    except subprocess.TimeoutExpired:
        worker.kill()
        worker.wait()
