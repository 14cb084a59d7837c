"""The command says in one plain line what came of it, and a mistake in words."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from greenhood.divisions.management.commands import divisions as command
from greenhood.divisions.models import Change, Division
from tests.divisions.conftest import LIST

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_vacuum(monkeypatch: pytest.MonkeyPatch) -> None:
    """VACUUM can't run inside a test's transaction."""
    monkeypatch.setattr(command, "_tidy", lambda: None)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "名单.csv"
    path.write_text(LIST, encoding="utf-8")
    return path


def run(*words: object) -> str:
    out = StringIO()
    call_command("divisions", *map(str, words), stdout=out)
    return out.getvalue().strip()


def test_a_list_is_imported_and_a_newer_one_confirmed(file: Path) -> None:
    assert run("import", file, "--as-of", "2023-06-30") == "读入16个单位，直接载入16个。"
    file.write_text(LIST.replace("华秀社区", "华新社区"), encoding="utf-8")

    assert run("import", file, "--as-of", "2024-06-30").splitlines() == [
        "读入16个单位，直接载入0个。",
        "与现有区划不同的待确认：更名1。在网页“区划变更”里，或用 greenhood divisions changes 查看。",
    ]
    assert run("changes").splitlines() == [
        "更名  310118105012 华秀社区居委会 → 310118105012 华新社区居委会",
        "待确认 1 项。",
    ]
    assert run("confirm", "--within", "3101510") == "确认了 0 项变更。"
    assert run("confirm", "--within", "310118000000") == "确认了 1 项变更。"
    assert run("find", "huaxin") == "310118105012  上海市 / 青浦区 / 赵巷镇 / 华新社区居委会"
    assert run("find", "无此地") == "没有找到。可以输入名称的一部分、拼音、首字母或代码的前几位。"


def test_the_extract_is_loaded_once(file: Path) -> None:
    run("import", file)

    assert run("import", "--extract") == "已有区划，没有再载入。"


def test_a_list_is_checked_without_being_imported(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("check", file) == "没有错误。省级1、市级1、县级2、街道（乡镇）4、社区8。"

    file.write_text(LIST + "1,,甲\n", encoding="utf-8")
    with pytest.raises(CommandError, match="有1处错误。"):
        run("check", file)

    assert "名单.csv 第18行：代码“1”是1位，应为12位。" in capsys.readouterr().err
    assert not Division.objects.exists()


def test_mistakes_are_told_and_nothing_is_imported(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text(LIST + "1,,甲\n", encoding="utf-8")

    with pytest.raises(CommandError, match="没有导入任何内容。"):
        run("import", file)
    with pytest.raises(CommandError, match="没有导入任何内容。"):
        run("import", file.parent / "无.csv")
    with pytest.raises(CommandError, match="二者取一"):
        run("import")

    assert "名单.csv 第18行" in capsys.readouterr().err
    assert not Division.objects.exists()


def test_deciding_on_everything_must_be_said(file: Path) -> None:
    run("import", file, "--as-of", "2023-06-30")
    file.write_text(LIST.replace("华秀社区", "华新社区"), encoding="utf-8")
    run("import", file, "--as-of", "2024-06-30")

    with pytest.raises(CommandError, match="全部办理请写 --all"):
        run("confirm")
    assert run("dismiss", "--kind", "abolished") == "不采纳了 0 项变更。"
    assert run("dismiss", "--all") == "不采纳了 1 项变更。"
    assert Change.objects.get().state == "dismissed"
