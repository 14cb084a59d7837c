"""Processes that belong together end together, even when the first of them is killed."""

from __future__ import annotations

import os
import signal
import threading
import time

LOOK_EVERY_SECONDS = 1
GRACE_SECONDS = 10


def end_with_parent() -> None:
    """End this process, gently at first, once the one that started it is gone."""
    parent = os.getppid()
    threading.Thread(target=_watch, args=[parent], daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK_EVERY_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_SECONDS)
    os._exit(1)
