"""Made-up values that show every component in every state at `/components/`."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from django import forms

from greenhood.indicators.catalogue import entry
from greenhood.indicators.figures import Figure
from greenhood.kit.dates import SHANGHAI
from greenhood.schemes.models import SchemeVersion

TODAY = dt.date(2026, 11, 20)
LONG = "四川省阿坝藏族羌族自治州汶川县漩口镇群益新村映秀湾水力发电总厂家属区联合社区居民委员会"


@dataclass(frozen=True)
class Piece:
    name: str
    url: str = "#main"
    kind: str = "PDF"
    thumbnail_url: str = ""
    flag: str = ""


@dataclass(frozen=True)
class Score:
    given: Decimal | None
    most: Decimal
    reason: str


class ExampleForm(forms.Form):
    """A form with one field of each kind."""

    leader = forms.CharField(label="社区负责人姓名", max_length=20)
    phone = forms.CharField(
        label="联系电话",
        max_length=20,
        help_text="手机或带区号的座机，例如 028-12345678。",
    )
    profile = forms.CharField(
        label="社区基本情况",
        widget=forms.Textarea,
        required=False,
        help_text="不超过 1000 字。",
    )
    kind = forms.ChoiceField(
        label="结论",
        choices=[("", "请选择"), ("kept", "复查合格"), ("rectify", "责令限期整改")],
    )
    day = forms.DateField(label="盖章日期", widget=forms.DateInput(attrs={"type": "date"}))
    outcome = forms.ChoiceField(
        label="办理意见",
        choices=[("pass", "通过"), ("return", "退回")],
        widget=forms.RadioSelect,
    )
    agreed = forms.BooleanField(label="以上内容属实")


SETTING = {"default": 5, "unit": "工作日", "reason": "原文只要求“公示无异议”，没有写天数；按通行做法先定 5 个工作日。"}
STANDARD = {"title": "示例标准", "scoring": "points", "levels": [], "parts": [], "source": "附件1"}
NOTICE = {"key": "notice", "title": "公示", "verb": "公示", "kind": "notice", "level": "province", "source": "四(四)"}
EXAMPLE_SCHEME = {
    "id": "example", "title": "示例方案", "issuer": "示例单位", "jurisdiction": 0,
    "subjects": {"source": "一"}, "standards": [STANDARD],
    "settings": [
        SETTING | {"key": "notice-days", "title": "公示工作日数", "source": "四(四)"},
        SETTING | {"key": "answer-days", "title": "答复异议的工作日数", "source": "四(四)"},
    ],
    "procedure": {"steps": [NOTICE], "source": "四(四)"},
}  # fmt: skip


@cache
def open_version() -> SchemeVersion:
    """A made-up scheme with one open setting left at its default and one chosen; not stored."""
    effects = {
        "notice-days": ["procedure.steps[0].days"],
        "answer-days": ["procedure.steps[0].answer_days"],
    }
    return SchemeVersion(
        scheme_id="example",
        version=1,
        title="示例方案",
        document=EXAMPLE_SCHEME,
        chosen={"answer-days": 7},
        effects=effects,
    )


def examples() -> dict[str, Any]:
    """What the gallery shows; the day is fixed, so that its pictures can be compared."""
    wrong = ExampleForm(
        {
            "wrong-leader": "",
            "wrong-phone": "123",
            "wrong-day": "2026-13-40",
            "wrong-outcome": "pass",
        },
        prefix="wrong",
    )
    wrong.add_error("phone", "号码位数不对，应为 11 位手机号或带区号的座机。")
    wrong.add_error(None, "社区已经有一份办理中的申报，请先办结或撤回。")
    return {
        "today": TODAY,
        "long": LONG,
        "form": ExampleForm(),
        "open_version": open_version(),
        "wrong_form": wrong,
        "states": [
            ("assessing", "自评中"), ("declared", "申报办理中"), ("returned", "退回修改"), ("rejected", "未通过"),
            ("reached", "已命名"), ("rectifying", "限期整改"), ("delisted", "已除名"), ("withdrawn", "已撤回"),
        ],
        "days": [None, *(TODAY + dt.timedelta(days=left) for left in (-12, 0, 3, 30))],
        "scores": [
            Score(Decimal(6), Decimal(6), "4 项分项要求全部达到。"),
            Score(Decimal("2.5"), Decimal(5), "人均公共绿地 0.82 平方米，不足 1 平方米，扣 2.5 分。"),
            Score(Decimal(0), Decimal(4), "没有提供安防系统验收资料。"),
            Score(None, Decimal(3), ""),
        ],
        "pieces": [
            Piece("社区绿地现场照片 2026-05-01.jpg", kind="照片"),
            Piece("居民公约.docx", kind="Word"),
            Piece("消防通道照片.jpg", kind="照片", flag="与其他社区的照片相近"),
            *(Piece(f"材料{number}.pdf") for number in range(4, 10)),
        ],
        "at": dt.datetime(2026, 11, 20, 10, 20, tzinfo=SHANGHAI),
        "before": "社区有居民 3200 户，绿地率 21%，已建成议事亭 1 处。",
        "after": "社区有居民 3260 户，绿地率 25.4%，已建成议事亭 2 处、口袋公园 1 处。",
        "measured": [
            (
                entry("property_coverage"),
                Figure("property_coverage", Decimal("29.99859"), Decimal(14999), Decimal(49999), TODAY - dt.timedelta(days=90)),
            ),
            (
                entry("resident_satisfaction"),
                Figure(
                    "resident_satisfaction", Decimal(80), Decimal(24), Decimal(30), TODAY,
                    interval=(Decimal("62.6"), Decimal("90.5")), note="有效回答 30 份，样本偏少，误差可能超过 ±10 个百分点",
                ),
            ),
            (entry("disorder_spots"), Figure("disorder_spots", None, because="还没有登记环境巡查。")),
            (
                entry("public_green_per_person"),
                Figure(
                    "public_green_per_person", None, Decimal(3000), Decimal(3000), dt.date(2022, 1, 1),
                    because="数据日期为 2022-01-01，超过 3 年没有更新。", stale=Decimal(1),
                ),
            ),
        ],
        "rows": [
            ("晋阳社区居委会", 92, "已命名", "reached"), (LONG, 1234567, "退回修改", "returned"), ("桂溪社区", 0, "自评中", "assessing"),
        ],
    }  # fmt: skip
