"""The catalogue as a page of the documentation, made of the same entries as the pages of the site."""

from __future__ import annotations

from collections.abc import Iterable

from greenhood.indicators.catalogue import SECTIONS, Indicator
from greenhood.indicators.figures import span_words


def markdown(indicators: Iterable[Indicator]) -> str:
    found = list(indicators)
    lines = [
        "# 指标",
        "",
        "由 `greenhood indicators --markdown` 生成，测试保证与目录（`src/greenhood/indicators/catalogue/`）一致。",
        "",
        "每个数值都由登记的社区信息算出，注明数据日期；缺数据或数据过期的为“未知”并写明原因，不当作零。比例先乘后除，保留八位小数，不进位。",
    ]
    for title in SECTIONS:
        of_section = [one for one in found if one.section == title]
        lines += ["", f"## {title}"]
        for one in of_section:
            lines += ["", *_entry(one)]
    return "\n".join(lines) + "\n"


def _entry(one: Indicator) -> list[str]:
    note = f"（编者说明：{one.norm.note}）" if one.norm.note else ""
    return [
        f"### {one.title} `{one.key}`",
        "",
        one.definition,
        "",
        f"- 计算：{one.formula}",
        f"- 单位：{one.unit}，{one.direction.value}",
        f"- 依据：{one.norm.title} {one.norm.clause}{note}",
        f"- 有效期：{span_words(one.fresh_for)}",
        f"- 数据来自：{'、'.join(kind.title for kind in one.kinds)}",
        f"- 未达到时：{one.remedy.replace('{short}', '……')}",
        "- 未知的原因：" + " ".join(one.why_unknown),
    ]
