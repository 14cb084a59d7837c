"""Public pages under 50 clients at once for 30 seconds, served as in production, on this machine's own cores.

The clients are plain sockets in this process and share the cores with the server. Every page is checked for its status and
its length.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import quote

from bench.nation import nation
from bench.rows import Row
from django.db import connection
from django.urls import reverse

from greenhood.declarations.models import Award, Notice
from greenhood.divisions.models import Division, Level

CLIENTS = 50
SECONDS = 30
PATIENCE = 10


@dataclass
class Tally:
    times: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def run() -> list[Row]:
    with nation():
        addresses = pages()
        with served() as port:
            alone = asyncio.run(load(port, ["/healthz"], clients=1, duration=2))
            busy = asyncio.run(load(port, addresses, clients=CLIENTS, duration=SECONDS))
    if busy.errors:
        print(*busy.errors[:5], sep="\n", file=sys.stderr)
    return [
        Row(
            f"public pages, {CLIENTS} clients for {SECONDS} s: requests",
            len(busy.times) / SECONDS,
            None,
            "a second",
            "—",
        ),
        Row(
            "  p99; floor: /healthz by one client", percentile(busy, 0.99), percentile(alone, 0.99), "ms", "≤ 1,000 ms"
        ),
        Row("  p50", percentile(busy, 0.5), None, "ms", "—"),
        Row("  errors", len(busy.errors), None, "requests", "0"),
    ]


def pages() -> list[str]:
    """Two of three visits go to what is new or common, the third to one of a thousand other pages.

    That is how a notice or a plaque is visited: many come for the same few pages, and each of the others for their own community.
    """
    often = ["site:portal", "declarations:register", "declarations:notices", "schemes:list", "declarations:verify_form"]
    newest = Notice.objects.order_by("-opens_on", "pk").values_list("pk", flat=True)[:5]
    common = [
        *(reverse(name) for name in often),
        *(reverse("declarations:notice", args=[pk]) for pk in newest),
        *(reverse("insight:overview", args=[code]) for code in (0, 510_000_000_000, 110_000_000_000)),
    ]
    communities = Award.objects.order_by("code").values_list("community__code", flat=True)[:400]
    plaques = Award.objects.order_by("code").values_list("code", flat=True)[:300]
    places = Division.objects.filter(valid_to=None, level__lte=Level.COUNTY).order_by("pinyin", "code")
    others = [
        *(reverse("insight:community", args=[code]) for code in communities),
        *(reverse("declarations:verify", args=[code]) for code in plaques),
        *(reverse("insight:overview", args=[code]) for code in places.values_list("code", flat=True)[:300]),
    ]
    chance = random.Random(1)
    chance.shuffle(others)
    return [address for other in others for address in (*chance.choices(common, k=2), other)]


@contextmanager
def served() -> Iterator[int]:
    """The production server on a free port, on the database of this connection."""
    port = free_port()
    environment = {**os.environ, "DATABASE_URL": address_of_database(), "GREENHOOD_LOG_LEVEL": "WARNING"}
    command = [sys.executable, "-m", "greenhood", "serve", "--port", str(port), "--workers", "2"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    try:
        wait_for(port, process)
        yield port
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)
        process.kill()


def address_of_database() -> str:
    parts = connection.settings_dict
    password = f":{quote(parts['PASSWORD'], safe='')}" if parts["PASSWORD"] else ""
    host = quote(parts["HOST"], safe="")
    return f"postgresql://{parts['USER']}{password}@/{parts['NAME']}?host={host}&port={parts['PORT'] or 5432}"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        if process.poll() is not None:
            sys.exit("the server ended before it answered")
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    sys.exit("the server did not answer within a minute")


async def load(port: int, addresses: list[str], *, clients: int, duration: float) -> Tally:
    tally, turn = Tally(), itertools.cycle(addresses)
    end = time.perf_counter() + duration
    await asyncio.gather(*(client(port, turn, end, tally) for _ in range(clients)))
    return tally


async def client(port: int, addresses: Iterator[str], end: float, tally: Tally) -> None:
    """One visitor on one kept connection, page after page."""
    reader = writer = None
    while time.perf_counter() < end:
        address, start = next(addresses), time.perf_counter()
        try:
            if writer is None:
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
            assert reader is not None
            async with asyncio.timeout(PATIENCE):
                status, is_kept = await get(reader, writer, address)
            tally.times.append(time.perf_counter() - start)
            if status != 200:
                tally.errors.append(f"{status} {address}")
            if not is_kept:
                writer.close()
                writer = None
        except (TimeoutError, OSError, EOFError, ValueError) as error:
            tally.errors.append(f"{type(error).__name__} {address}")
            writer = None
    if writer is not None:
        writer.close()


async def get(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, address: str) -> tuple[int, bool]:
    writer.write(f"GET {address} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/html\r\n\r\n".encode())
    await writer.drain()
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    status = int(head.split(" ", 2)[1])
    if "transfer-encoding: chunked" in head:
        while size := int(await reader.readline(), 16):
            await reader.readexactly(size + 2)
        await reader.readline()
    elif "content-length: " in head:
        await reader.readexactly(int(head.split("content-length: ")[1].split("\r\n")[0]))
    return status, "connection: close" not in head


def percentile(tally: Tally, share: float) -> float:
    return sorted(tally.times)[int(len(tally.times) * share)] * 1000 if tally.times else float("inf")
