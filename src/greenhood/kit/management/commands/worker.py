"""Background work: thumbnails, timed changes of notices, large exports. Any number of workers may run."""

import asyncio

from django.core.management.base import BaseCommand, CommandParser
from procrastinate import App
from procrastinate.contrib.django import app

from greenhood.kit import processes


class Command(BaseCommand):
    help = "启动后台任务进程（可以启动多个）"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--concurrency", type=int, default=2, help="同时执行的任务数")
        parser.add_argument("--once", action="store_true", help="做完现有任务即结束")
        parser.add_argument("--stop-with-parent", action="store_true", help="启动它的进程结束时随之结束")

    def handle(self, *, concurrency: int, once: bool, stop_with_parent: bool, **options: object) -> None:
        if stop_with_parent:
            processes.end_with_parent()
        with app.replace_connector(app.connector.get_worker_connector()) as worker_app:  # type: ignore[attr-defined]
            asyncio.run(_work(worker_app, concurrency, once=once))


async def _work(worker_app: App, concurrency: int, *, once: bool) -> None:
    async with worker_app.open_async():
        await worker_app.run_worker_async(concurrency=concurrency, wait=not once, shutdown_graceful_timeout=30)
