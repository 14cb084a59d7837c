"""Approval forms set as PDF on one core, beside one sentence set by the same typesetter with the same font."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

import django
import typst
from bench.rows import Row

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "greenhood.settings")
os.environ.setdefault("GREENHOOD_DEMO", "yes")
django.setup()

from django.conf import settings  # noqa: E402

from greenhood.documents import typesetting, word  # noqa: E402

FORMS = 150
LEVELS = ("街道", "县（市、区）", "市（州）", "省级")


def form(number: int) -> dict[str, Any]:
    """A form unlike any other, with a profile of 0 to 1,000 characters."""
    profile = f"第{number}社区共有居民{3000 + number}户，绿地率达到25%，人均公共绿地面积1.2平方米。" * (number % 25)
    return {
        "title": "四川省绿色社区创建审批表",
        "mark": "",
        "cover": [{"label": "社 区 名 称", "value": f"第{number}社区"}, {"label": "所在市（州）", "value": "成都市"}],
        "filled_on": "填报时间：2026年3月5日",
        "notes": [f"第{note}条说明，本表以 A4 纸双面打印填写。" for note in range(10)],
        "rows": [
            [{"label": "社区名称", "value": f"第{number}社区"}],
            [{"label": "拟创建称号", "value": "四川省绿色社区"}],
        ],
        "long": [{"label": "社区基本情况", "value": profile[:1000]}],
        "opinions": [
            {"title": level, "text": f"经审核同意，编号{number}。", "signed": "经办人：李明", "date": "2026年3月9日"}
            for level in LEVELS
        ],
        "footnote": "注：省级示范绿色社区创建申报程序一致。",
    }


def run() -> list[Row]:
    bare = typst.Compiler(
        root=str(typesetting.LAYOUTS), font_paths=[str(settings.FONTS_ROOT)], ignore_system_fonts=True
    )

    def sentence(number: int) -> object:
        source = f'#set text(font: "Noto Serif SC")\n第{number}社区'.encode()
        return bare.compile(input=source, timestamp=0)

    figure = per_second(lambda number: typesetting.pdf("approval", form(number)))
    return [
        Row("approval form as PDF, one core", figure, per_second(sentence), "a second", "≥ 50"),
        Row(
            "approval form as Word, one core",
            per_second(lambda n: word.docx("approval", form(n))),
            None,
            "a second",
            "–",
        ),
    ]


def per_second(make: Callable[[int], object]) -> float:
    """Processor time, so that typesetting threads beside the first count as well."""
    make(0)
    begun = time.process_time()
    for number in range(1, FORMS + 1):
        make(number)
    return FORMS / (time.process_time() - begun)
