"""The tests run on a real PostgreSQL: the server of DATABASE_URL, or the embedded one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import pytest_django
from django.conf import settings
from django.db import connection, connections

from greenhood.kit import postgres


def pytest_configure() -> None:
    # WhiteNoise warns, and a warning is an error here, where nothing was ever collected.
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    # Tests serve the files as they are; the hashed names belong to a collected set.
    settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    # A public page is made anew for each request, so that no test sees what another one left behind.
    settings.PUBLIC_PAGE_SECONDS = 0
    # A response that is closed late ends connections past their age, in the midst of a test's transaction.
    settings.DATABASES["default"]["CONN_MAX_AGE"] = None
    # Argon2 is slow on purpose; the cast of a test signs in many times.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> Iterator[None]:
    """Start or adopt the embedded server before the test database is made."""
    if not settings.USES_EMBEDDED_DATABASE:
        yield
        return
    server = postgres.ensure_running(settings.VAR)
    connections["default"].settings_dict.update(HOST=str(server.socket_folder), PASSWORD=server.password)
    yield


@pytest.fixture(autouse=True, scope="session")
def no_session_left_behind(django_db_setup: None, django_db_blocker: pytest_django.DjangoDbBlocker) -> Iterator[None]:
    """Servers and threads of tests may leave a session open, and PostgreSQL drops no database that has one."""
    yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()"
            " and pid <> pg_backend_pid()"
        )


@pytest.fixture(autouse=True, scope="session")
def media_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Uploads of tests never reach the installation's files."""
    folder = tmp_path_factory.mktemp("media")
    settings.MEDIA_ROOT = folder
    return folder


# The people, the places and `sign_in` of every test.
pytest_plugins = ["tests.cast"]
