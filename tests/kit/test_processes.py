"""A process that belongs to another ends with it, even when that one is killed."""

from __future__ import annotations

import subprocess
import sys
import time

import psutil

CHILD = "import time; from greenhood.kit import processes; processes.end_with_parent(); print('up', flush=True); time.sleep(60)"
PARENT = (
    "import subprocess, sys, time;"
    f"child = subprocess.Popen([sys.executable, '-c', {CHILD!r}], stdout=subprocess.PIPE, text=True);"
    "child.stdout.readline(); print(child.pid, flush=True); time.sleep(60)"
)


def test_child_ends_after_its_parent_is_killed():
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        child = psutil.Process(int(parent.stdout.readline()))
        time.sleep(1.5)
        assert is_alive(child)

        parent.kill()
        parent.wait()

    deadline = time.monotonic() + 10
    while is_alive(child) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not is_alive(child)


def is_alive(process: psutil.Process) -> bool:
    """A process that nobody has asked for its end yet has ended all the same."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
