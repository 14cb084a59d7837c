"""Settings from the environment: documented, typed, and safe where nobody set anything."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from greenhood import settings as module
from greenhood.settings import env_flag, env_number, env_text

REPOSITORY = Path(__file__).parents[1]
SOURCE = Path(module.__file__).read_text(encoding="utf-8")
READ = re.compile(r'(?:env_text|env_flag|env_number|environ\.get)\(\s*"([A-Z0-9_]+)"')


def start(tmp_path: Path, expression: str = "settings.DEMO", **environment: str) -> subprocess.CompletedProcess[str]:
    """Read the settings in a new process with this environment only."""
    return subprocess.run(
        [sys.executable, "-c", f"from greenhood import settings; print({expression})"],
        env={"PATH": os.environ["PATH"], "GREENHOOD_VAR": str(tmp_path), **environment},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )


def test_sample_names_every_variable_once_with_a_sentence():
    lines = (REPOSITORY / "dotenv-sample").read_text(encoding="utf-8").splitlines()
    entry = re.compile(r"^# ([A-Z0-9_]+)=")
    named = [match[1] for line in lines if (match := entry.match(line))]

    assert sorted(named) == sorted(set(READ.findall(SOURCE)))
    for number, line in enumerate(lines):
        if entry.match(line):
            assert re.fullmatch(r"# [^=]*[。]", lines[number - 1].split("可用")[0] or "") or lines[number - 1].endswith(
                "。"
            )


def test_missing_variable_is_named_with_the_way_to_set_it(monkeypatch):
    monkeypatch.delenv("GREENHOOD_NOTHING", raising=False)

    with pytest.raises(
        ImproperlyConfigured, match=r"缺少环境变量 GREENHOOD_NOTHING.*GREENHOOD_NOTHING=….*dotenv-sample"
    ):
        env_text("GREENHOOD_NOTHING")


@pytest.mark.parametrize(
    ("read", "value", "complaint"),
    [
        (lambda name: env_flag(name, default=False), "maybe", "应为 yes 或 no"),
        (lambda name: env_number(name, 5, least=1), "0", "不小于 1 的整数"),
        (lambda name: env_number(name, 5), "-3", "不小于 0 的整数"),
        (lambda name: env_number(name, 5), "五", "不小于 0 的整数"),
        (lambda name: env_text(name, choices=("sha256", "sm3")), "md5", "sha256、sm3"),
    ],
)
def test_wrong_value_is_shown_with_what_it_should_be(monkeypatch, read, value, complaint):
    monkeypatch.setenv("GREENHOOD_THING", value)

    with pytest.raises(ImproperlyConfigured) as caught:
        read("GREENHOOD_THING")

    assert f"“{value}”" in str(caught.value)
    assert complaint in str(caught.value)


def test_installation_without_a_key_is_a_demonstration(tmp_path):
    assert start(tmp_path).stdout.strip() == "True"
    assert start(tmp_path, GREENHOOD_SECRET_KEY="x" * 50).stdout.strip() == "False"


def test_demonstration_key_is_made_once_and_closed_to_others(tmp_path):
    first = start(tmp_path, "settings.SECRET_KEY").stdout
    second = start(tmp_path, "settings.SECRET_KEY").stdout

    assert len(first) > 50
    assert first == second
    assert (tmp_path / "secret-key").stat().st_mode & 0o777 == 0o600


def test_production_without_a_key_does_not_start(tmp_path):
    refused = start(tmp_path, GREENHOOD_DEMO="no")

    assert "缺少环境变量 GREENHOOD_SECRET_KEY" in refused.stderr


def test_demonstration_under_a_public_name_does_not_start(tmp_path):
    refused = start(tmp_path, GREENHOOD_HOSTS="green.example.gov.cn")
    allowed = start(tmp_path, GREENHOOD_HOSTS="green.example.gov.cn", GREENHOOD_DEMO_PUBLIC="yes")

    assert "GREENHOOD_DEMO_PUBLIC=yes" in refused.stderr
    assert allowed.stdout.strip() == "True"


def test_dotenv_gives_what_the_environment_lacks(tmp_path):
    (tmp_path / ".env").write_text("# 注释\nGREENHOOD_IDLE_MINUTES=7\nGREENHOOD_HASH='sm3'\n", encoding="utf-8")

    both = start(tmp_path, "settings.SESSION_COOKIE_AGE, settings.HASH", GREENHOOD_HASH="sha256")

    assert both.stdout.strip() == "420 sha256"


@pytest.mark.parametrize("url", ["mysql://root@db/greenhood", "postgresql://[::1", "greenhood"])
def test_database_address_that_is_none_is_refused(tmp_path, url):
    assert "DATABASE_URL 不是 PostgreSQL 地址" in start(tmp_path, DATABASE_URL=url).stderr


def test_database_address_keeps_its_options(tmp_path):
    shown = start(
        tmp_path,
        "[settings.DATABASES['default'][name] for name in ('NAME', 'USER', 'PASSWORD', 'HOST', 'PORT')],"
        " settings.DATABASES['default']['OPTIONS']['sslmode']",
        DATABASE_URL="postgresql://green:p%40ss@db.example:6543/programme?sslmode=require",
    )

    assert shown.stdout.strip() == "['programme', 'green', 'p@ss', 'db.example', '6543'] require"
