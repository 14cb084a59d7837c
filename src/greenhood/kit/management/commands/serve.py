"""The web server, for production behind a proxy or for a look on one's own machine."""

import ipaddress
import os
import socket

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.mp import MPServer


class Command(BaseCommand):
    help = "启动网页服务"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--address", default="127.0.0.1", help="监听地址（默认只在本机）")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument(
            "--workers", type=int, default=min(4, os.cpu_count() or 1), help="进程数（默认为核数，至多 4）"
        )
        parser.add_argument("--threads", type=int, default=8, help="每个进程同时处理的请求数")
        parser.add_argument("--access-log", action="store_true", help="逐条记录请求")

    def handle(
        self, *, address: str, port: int, workers: int, threads: int, access_log: bool, **options: object
    ) -> None:
        refuse_public_demonstration(address)
        refuse_taken_port(address, port)
        self.stdout.write(f"网页服务：http://{address}:{port}，按 Ctrl+C 停止。")
        server(address, port, workers=workers, threads=threads, access_log=access_log).serve()


def server(address: str, port: int, *, workers: int, threads: int, access_log: bool = False) -> MPServer:
    # Read by the worker processes: each keeps as many connections as it answers requests at a time.
    os.environ.setdefault("GREENHOOD_DATABASE_POOL", str(threads))
    os.environ["GREENHOOD_SERVER"] = str(os.getpid())
    return MPServer(
        "greenhood.wsgi:application",
        address=address,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=threads,
        # Its warnings advise fewer threads than cores, for code that computes; ours waits for the database.
        log_level=LogLevels.error,
        log_access=access_log,
        respawn_failed_workers=True,
    )


def refuse_public_demonstration(address: str) -> None:
    if settings.DEMO and not settings.DEMO_PUBLIC and not is_loopback(address):
        raise CommandError(
            f"演示模式的账号和密码是公开的，不能监听 {address}。"
            "正式使用请设置 GREENHOOD_SECRET_KEY 和 GREENHOOD_DEMO=no；"
            "确要公开演示，请设置 GREENHOOD_DEMO_PUBLIC=yes。"
        )


def refuse_taken_port(address: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            raise CommandError(
                f"不能监听 {address}:{port}（{error.strerror}）。可能已有一个在运行；换一个端口请加 --port {port + 1}。"
            ) from error


def is_loopback(address: str) -> bool:
    if address == "localhost":
        return True
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
