"""Progress bars on a terminal; nothing where output goes to a file or another program."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import cycle
from typing import Any, TypeVar

from tqdm import tqdm

Row = TypeVar("Row")

BAR = "{desc}：{percentage:3.0f}%|{bar:30}| {n_fmt}/{total_fmt} {unit}，已用 {elapsed}，还需 {remaining}"
COUNTER = "{desc}：{n_fmt} {unit}，已用 {elapsed}"


def bar(total: int | None, what: str, *, unit: str = "条") -> tqdm[Any]:
    """A bar to be moved by `update(count)`; a context manager. Without a total it only counts."""
    return tqdm(
        total=total,
        desc=what,
        unit=unit,
        bar_format=COUNTER if total is None else BAR,
        disable=not sys.stderr.isatty(),
        delay=0.5,
        leave=False,
    )


def over(rows: Iterable[Row], what: str, *, total: int | None = None, unit: str = "条") -> Iterator[Row]:
    """The rows themselves, with a bar that moves as they are taken."""
    with bar(total, what, unit=unit) as progress:
        for row in rows:
            yield row
            progress.update(1)


@contextmanager
def step(what: str) -> Iterator[None]:
    """A line for a step without measurable parts: it turns and counts the seconds while the step goes on."""
    if not sys.stderr.isatty():
        yield
        return
    done = threading.Event()
    turning = threading.Thread(target=_turn, args=[what, done], daemon=True)
    turning.start()
    try:
        yield
    finally:
        done.set()
        turning.join()
        print("\r\033[K", end="", flush=True, file=sys.stderr)


def _turn(what: str, done: threading.Event) -> None:
    started = time.monotonic()
    for sign in cycle("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"):
        print(f"\r{sign} {what}，已用 {time.monotonic() - started:.0f} 秒", end="", flush=True, file=sys.stderr)
        if done.wait(0.2):
            return
