"""The embedded server: started, adopted, restarted after a kill, and nobody else's process touched."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import psycopg
import pytest

from greenhood.kit import postgres


@pytest.fixture(scope="module")
def var() -> Iterator[Path]:
    """A state folder with a server of its own; in a short path, where a socket fits, that others may enter."""
    folder = Path(tempfile.mkdtemp(prefix="gh-"))
    folder.chmod(0o755)
    yield folder
    postgres.stop(folder)
    shutil.rmtree(folder)


def kill(pid: int) -> None:
    """End the server as a power cut would, with all its backends."""
    server = psutil.Process(pid)
    family = [server, *server.children(recursive=True)]
    for process in family:
        process.kill()
    psutil.wait_procs(family, timeout=10)


def ask(server: postgres.Server, question: str) -> object:
    with psycopg.connect(server.dsn) as connection:
        row = connection.execute(question).fetchone()
    assert row is not None
    return row[0]


def test_server_starts_on_a_new_folder_and_is_durable(var: Path):
    server = postgres.ensure_running(var)

    assert ask(server, "select current_database()") == "greenhood"
    assert ask(server, "show fsync") == "on"
    assert ask(server, "show listen_addresses") == ""
    assert ask(server, "show server_encoding") == "UTF8"
    assert ask(server, "select datlocale from pg_database where datname = current_database()") == "C.UTF-8"


def test_server_that_runs_is_adopted(var: Path):
    first = postgres.ensure_running(var)

    second = postgres.ensure_running(var)

    assert (second.pid, second.started_here) == (first.pid, False)
    assert postgres.status(var) == second
    assert postgres.address(var) == first.dsn


def test_socket_and_password_are_closed_to_others(var: Path):
    server = postgres.ensure_running(var)

    assert server.socket_folder.stat().st_mode & 0o777 == 0o700
    assert (var / "postgres.password").stat().st_mode & 0o777 == 0o600
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(postgres.dsn(server.socket_folder, "wrong"))


def test_restart_takes_less_than_two_seconds_and_keeps_the_data(var: Path):
    server = postgres.ensure_running(var)
    with psycopg.connect(server.dsn) as connection:
        connection.execute("create table kept as select 7 as seven")
    assert postgres.stop(var)
    assert postgres.status(var) is None

    started = time.monotonic()
    again = postgres.ensure_running(var)

    assert time.monotonic() - started < 2
    assert again.started_here
    assert ask(again, "select seven from kept") == 7


def test_killed_server_is_started_again(var: Path):
    killed = postgres.ensure_running(var)
    kill(killed.pid)

    again = postgres.ensure_running(var)

    assert again.started_here
    assert again.pid != killed.pid
    assert ask(again, "select 1") == 1


def test_process_that_has_the_number_of_a_stale_pid_file_is_left_alone(var: Path):
    postgres.ensure_running(var)
    pid_file = postgres._home(var).data / "postmaster.pid"
    content = pid_file.read_text()
    postgres.stop(var)
    stranger = subprocess.Popen(["sleep", "60"])
    pid_file.write_text(content.replace(content.split("\n", 1)[0], str(stranger.pid), 1))

    try:
        assert postgres.status(var) is None
        assert postgres.stop(var) is False
        server = postgres.ensure_running(var)

        assert server.pid != stranger.pid
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_two_at_once_start_one_server(var: Path):
    postgres.stop(var)

    with ThreadPoolExecutor(2) as pool:
        servers = list(pool.map(postgres.ensure_running, [var, var]))

    assert servers[0].pid == servers[1].pid
    assert sorted(server.started_here for server in servers) == [False, True]


def test_server_in_use_is_not_stopped(var: Path):
    server = postgres.ensure_running(var)

    with psycopg.connect(server.dsn):
        assert postgres.stop_if_unused(server, var) is False
    assert postgres.stop_if_unused(server, var) is True
    assert postgres.status(var) is None


def test_interrupted_first_start_is_repeated(var: Path):
    home = postgres._home(var)
    postgres.stop(var)
    shutil.rmtree(home.data)
    part = home.folder / "data.part"
    part.mkdir()
    (part / "PG_VERSION").write_text("18\n")

    server = postgres.ensure_running(var)

    assert ask(server, "select 1") == 1
    assert not part.exists()


def test_data_of_another_version_is_refused_with_the_way_out(var: Path):
    postgres.stop(var)
    version = postgres._home(var).data / "PG_VERSION"
    ours = version.read_text()
    version.write_text("9\n")

    try:
        with pytest.raises(postgres.ServerError, match="greenhood backup"):
            postgres.ensure_running(var)
    finally:
        version.write_text(ours)


def test_broken_configuration_says_what_the_server_said(var: Path):
    postgres.stop(var)
    configuration = postgres._home(var).data / "postgresql.conf"
    before = configuration.read_text()
    configuration.write_text(f"{before}\nnonsense = 1\n")

    try:
        with pytest.raises(postgres.ServerError, match="nonsense"):
            postgres.ensure_running(var)
    finally:
        configuration.write_text(before)


def test_long_path_gets_its_socket_elsewhere(tmp_path: Path):
    deep = tmp_path / ("很" * 40)
    with tempfile.TemporaryDirectory() as folder:
        home = postgres.Home(deep, deep, None)
        short = postgres._socket_folder(home)
        assert len(os.fsencode(short)) < 90
        assert short.stat().st_mode & 0o777 == 0o700
        short.rmdir()
        assert postgres._socket_folder(postgres.Home(Path(folder), Path(folder), None)) == Path(folder) / "run"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has a folder that the server's user can't reach")
def test_root_keeps_the_server_where_its_user_can_reach_it():
    closed = Path(tempfile.mkdtemp(prefix="gh-closed-"))
    closed.chmod(0o700)
    try:
        server = postgres.ensure_running(closed / "var")
        home = postgres._home((closed / "var").resolve())

        assert psutil.Process(server.pid).username() != "root"
        assert not home.folder.is_relative_to(closed)
        assert postgres.ensure_running(closed / "var").pid == server.pid
        postgres.stop(closed / "var")
        shutil.rmtree(home.folder)
    finally:
        shutil.rmtree(closed)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_unprivileged_user_runs_a_server_of_its_own():
    folder = Path(tempfile.mkdtemp(prefix="gh-user-"))
    nobody = pwd.getpwnam(postgres.UNPRIVILEGED)
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    if not postgres._can_reach(nobody, postgres.program("initdb")):
        pytest.skip("the environment lies in a folder that others can't enter")
    # Python itself may lie where the user can't start it, so the user is changed after it has started.
    script = f"""
import os, psutil
from pathlib import Path
from greenhood.kit import postgres
os.setgroups([]); os.setgid({nobody.pw_gid}); os.setuid({nobody.pw_uid})
var = Path({str(folder)!r})
server = postgres.ensure_running(var)
print(psutil.Process(server.pid).uids().real, postgres.stop(var))
"""

    done = subprocess.run([sys.executable, "-c", script], cwd="/", capture_output=True, text=True, check=False)

    shutil.rmtree(folder)
    assert done.stdout.split() == [str(nobody.pw_uid), "True"], done.stderr
