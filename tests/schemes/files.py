"""Scheme files for tests: a small complete one, written to a folder with its higher scheme."""

from __future__ import annotations

from pathlib import Path

HIGHER = """\
id: upper
title: 上级方案
issuer: 上级
jurisdiction: 0
subjects:
  classes: [111, 112, 121]
  source: 一
goals:
  - {key: reached, title: 六成达到, measure: reached, by: 2022-12-31, share: 0.6, source: 一}
standards:
  - title: 上级标准
    scoring: checklist
    source: 附件
    levels:
      - {key: green, title: 绿色社区, all_met: true}
    parts:
      - key: all
        title: 全部
        source: 附件
        criteria:
          - {no: 1, title: 计划, kind: met, source: "附件 #1"}
          - no: 2
            title: 物业覆盖
            kind: met
            source: "附件 #2"
            checks:
              - text: 覆盖面不低于30%
                indicator: property_coverage
                threshold: {compare: at_least, value: 30, unit: "%"}
titles:
  - {key: green-community, title: 绿色社区, level: green, source: 一}
procedure:
  source: 三
  steps:
    - {key: declare, title: 申报, verb: 申报, kind: declare, level: community, outcomes: [pass], source: 三}
    - {key: notice, title: 公示, verb: 公示, kind: notice, level: county, days: {setting: notice-days}, source: 三}
    - {key: award, title: 命名, verb: 命名, kind: award, level: city, source: 三}
settings:
  - {key: notice-days, title: 公示天数, default: 5, unit: 工作日, at_least: 1, at_most: 30, reason: 原文没有规定, source: 三}
calendar:
  - key: annual
    title: 年度报告
    frequency: annual
    reporter: city
    reporter_title: 市
    receiver: province
    receiver_title: 省
    due_month: 11
    due_day: 30
    source: 四
"""

LOWER = """\
id: lower
title: 本级方案
issuer: 本级
jurisdiction: 510000000000
implements: upper
settings:
  - {key: pass-mark, title: 分数线, default: 70, at_least: 0, at_most: 100, reason: 原文没有规定分数, source: 附件}
  - {key: method, title: 小项得分, default: share, choices: [share, all], reason: 原文没有小项分值, source: 附件}
standards:
  - title: 本级标准
    scoring: points
    maximum: 100
    source: 附件
    levels:
      - {key: green, title: 绿色社区, at_least: {setting: pass-mark}}
    parts:
      - key: first
        title: 第一部分
        points: 60
        source: 附件
        criteria:
          - {no: 1, title: 计划, points: 40, how: {setting: method}, refines: [1], source: "附件 #1", checks: [{text: 有}, {text: 好}]}
          - {no: 2, title: 投诉, points: 20, source: "附件 #2", deducts: [{per: instance, text: 投诉, points: 5}]}
      - key: second
        title: 第二部分
        points: 40
        source: 附件
        criteria:
          - no: 3
            title: 物业覆盖
            points: 40
            how: all
            refines: [2]
            source: "附件 #3"
            checks:
              - text: 覆盖面不低于40%
                indicator: property_coverage
                threshold: {compare: at_least, value: 40, unit: "%"}
"""


def write(folder: Path, lower: str = LOWER, higher: str = HIGHER) -> Path:
    """Both files in a folder; the path of the lower one."""
    (folder / "upper.yaml").write_text(higher, encoding="utf-8")
    path = folder / "lower.yaml"
    path.write_text(lower, encoding="utf-8")
    return path


def edited(text: str, *edits: tuple[str, str]) -> str:
    """A text with replacements, each of which must find its words exactly once."""
    for old, new in edits:
        assert text.count(old) == 1, f"{text.count(old)} × {old}"
        text = text.replace(old, new)
    return text


def line_of(text: str, words: str) -> int:
    """The number of the line that holds the words."""
    return next(number for number, line in enumerate(text.splitlines(), 1) if words in line)
