"""``greenhood scheme`` at a terminal."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from greenhood.schemes import library
from greenhood.schemes.models import SchemeVersion
from tests.schemes.files import LOWER, edited, line_of, write
from tests.schemes.published import make_places

Run = Callable[..., str]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def called(*words: str | Path) -> str:
        call_command("scheme", *map(str, words))
        return capsys.readouterr().out

    return called


def test_check_of_a_sound_file_says_so(run: Run, tmp_path: Path) -> None:
    assert run("check", write(tmp_path)) == "检查了 1 个文件：没有错误，0 处提示\n"


def test_check_prints_file_line_message_and_hint_and_fails(run: Run, tmp_path: Path, capsys: Any) -> None:
    path = write(tmp_path, edited(LOWER, ("maximum: 100", "maximum: 90")))

    with pytest.raises(CommandError, match="检查了 1 个文件：1 处错误，0 处提示"):
        run("check", path)

    said = "错误：满分写 90，各部分合计 100（60 + 40）（核对各部分分值）"
    assert capsys.readouterr().out == f"{path}:{line_of(LOWER, 'maximum')}: {said}\n"


def test_check_without_files_checks_the_shipped_ones(run: Run) -> None:
    assert run("check").splitlines()[-1].startswith(f"检查了 {len(library.files())} 个文件：没有错误")


@pytest.mark.parametrize("verb", ["show", "coverage"])
def test_unreadable_file_is_refused_by_every_verb(verb: str, run: Run, tmp_path: Path, capsys: Any) -> None:
    path = write(tmp_path, "id: [")

    with pytest.raises(CommandError, match="1 处错误"):
        run(verb, path)

    assert "写到一半断了" in capsys.readouterr().out


def test_show_reads_from_top_to_bottom_with_open_settings_where_they_take_effect(run: Run, tmp_path: Path) -> None:
    lines = run("show", write(tmp_path)).splitlines()

    assert lines[0] == "本级方案"
    assert [line for line in lines if line.startswith("# ")] == [
        "# 创建对象（沿用 upper）",
        "# 创建目标（沿用 upper）",
        "# 创建标准",
        "# 称号与名额（沿用 upper）",
        "# 申报程序（沿用 upper）",
        "# 报送与检查（沿用 upper）",
        "# 开放设置",
    ]
    level = lines.index("- 等级“绿色社区”：总分不低于 70 分")
    assert lines[level + 1] == "    ※ 分数线：原文没有规定，未另行选定，按默认：70"
    assert "        投诉，每次扣 5 分" in lines
    assert "        1) 覆盖面不低于40%〔物业管理覆盖面不低于 40%〕" in lines


@pytest.mark.parametrize("path", library.files(), ids=lambda path: path.stem)
def test_every_shipped_scheme_is_shown_whole(path: Path, run: Run) -> None:
    shown = run("show", path.stem)

    assert "# 创建标准" in shown
    assert "# 申报程序" in shown
    assert run("diff", path.stem, path.stem) == "没有差别。\n"


def test_diff_takes_ids_and_files(run: Run, tmp_path: Path) -> None:
    first = write(tmp_path)
    second = tmp_path / "second.yaml"
    second.write_text(edited(LOWER, ("default: 70", "default: 75")), encoding="utf-8")

    assert "    - 默认值：70\n    + 默认值：75\n" in run("diff", first, second)
    assert "# 申报程序" in run("diff", "national-2020", "sichuan-2020")


def test_unknown_scheme_is_said_with_the_nearest(run: Run) -> None:
    with pytest.raises(CommandError, match="没有文件或方案“sichuan-2021”，是不是“sichuan-2020”？"):
        run("show", "sichuan-2021")


def test_schema_is_json(run: Run) -> None:
    assert json.loads(run("schema"))["title"] == "绿色社区创建实施方案"


def test_coverage_lists_every_clause_and_counts(run: Run) -> None:
    lines = run("coverage", "hubei-2021").splitlines()

    assert lines[0] == "湖北省绿色社区创建行动实施方案"
    assert lines[1].startswith("  ")
    assert "尚未建成 " in lines[-1]


@pytest.mark.django_db
def test_publish_freezes_a_version_with_the_chosen_values(run: Run) -> None:
    make_places()

    said = run("publish", "sichuan-2020", "--set", "notice-days=7", "--set", "pass-mark-green=72.5")
    again = run("publish", "sichuan-2020", "--set", "notice-days=7", "--set", "pass-mark-green=72.5")

    version = SchemeVersion.objects.get(scheme_id="sichuan-2020")
    assert said == again == f"已发布：{version}\n"
    assert (version.version, version.scheme.step("notice").days) == (1, 7)
    assert str(version.scheme.standard.levels[0].at_least) == "72.5"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("pair", "message"),
    [("notice-days", "写成 设置=值"), ("notice-days=0", "1 处错误"), ("notice-day=5", "1 处错误")],
)
def test_publish_with_a_wrong_choice_publishes_nothing(pair: str, message: str, run: Run) -> None:
    make_places()

    with pytest.raises(CommandError, match=message):
        run("publish", "sichuan-2020", "--set", pair)

    assert not SchemeVersion.objects.exists()
