"""The sheets of the workbook: their headings, which of them are required, and what stands in each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from greenhood.works.models import Kind, Origin, State

MOST_ROWS = 20_000
PROJECTS, SOURCES, ARRIVALS, PAYMENTS = "项目", "资金来源", "资金到位", "资金支付"
NUMBER, PLACE, ORIGIN, CHANNEL = "项目编号", "实施区划代码", "资金来源", "资金渠道"
AMOUNT, DATED, INVESTMENT = "金额（元）", "日期", "批复总投资（元）"
TITLES = {state.label: state for state in State if state not in (State.SUSPENDED, State.CANCELLED)}
KIND_OF = {kind.label: kind for kind in Kind}
ORIGIN_OF = {origin.label: origin for origin in Origin}


@dataclass(frozen=True, slots=True)
class Form:
    """One sheet: its headings with what stands in them, the required ones first named."""

    title: str
    columns: Mapping[str, str]
    required: frozenset[str]

    @property
    def needed(self) -> list[str]:
        return [heading for heading in self.columns if heading in self.required]

    @property
    def optional(self) -> list[str]:
        return [heading for heading in self.columns if heading not in self.required]


def _form(title: str, required: Sequence[str], columns: Mapping[str, str]) -> Form:
    return Form(title, columns, frozenset(required))


FORMS = (
    _form(
        PROJECTS,
        (NUMBER, PLACE, "项目名称", "改造类型", "计划起始年度"),
        {
            NUMBER: "立项或批复的编号；同一实施区划内不能重复。已有的编号按编号更新",
            PLACE: "实施项目的街道、区县、市或省的 12 位统计用区划代码",
            "项目名称": "文字",
            "改造类型": "几种用顿号隔开：" + "、".join(KIND_OF),
            "计划起始年度": "四位年份",
            "计划结束年度": "四位年份；留空同起始年度",
            "主管部门": "文字",
            INVESTMENT: "数字，元；也可以写 120万元。列入计划或安排资金的项目必填",
            "建设内容": "文字",
            "建设单位": "文字",
            "施工单位": "文字",
            "计划开工": "日期",
            "计划完工": "日期",
            "状态": "、".join(TITLES) + "；留空为草稿。已登记项目的状态在网页上办理",
            "列入计划日期": "日期；列入计划后的项目必填，留空为导入当天",
            "实际开工": "日期",
            "实际完工": "日期",
            "验收日期": "日期",
            "覆盖范围": "每处一项，用分号隔开：社区代码，或“社区代码 小区名称 已改造楼栋/计划楼栋”，如 510107001001 晋阳苑 4/6",
            "对应标准项": "当地方案标准的项号，用顿号隔开；留空按改造类型自动对应",
            "备注": "文字",
        },
    ),
    _form(
        SOURCES,
        (NUMBER, ORIGIN, "下达（元）", "下达日期"),
        {
            NUMBER: "“项目”表中或已登记的编号",
            PLACE: "不同区划有相同编号时填写",
            ORIGIN: "、".join(ORIGIN_OF),
            CHANNEL: "专项名称或方式，如城镇老旧小区改造；没有的留空",
            "下达（元）": "合计下达的金额；与已登记的不同时按差额调整",
            "下达日期": "日期",
            "文号": "文字",
        },
    ),
    _form(
        ARRIVALS,
        (NUMBER, ORIGIN, DATED, AMOUNT, "文号"),
        {
            NUMBER: "“项目”表中或已登记的编号",
            PLACE: "不同区划有相同编号时填写",
            ORIGIN: "与“资金来源”表一致",
            CHANNEL: "与“资金来源”表一致",
            DATED: "到位日期",
            AMOUNT: "一笔一行",
            "文号": "文字",
        },
    ),
    _form(
        PAYMENTS,
        (NUMBER, ORIGIN, DATED, AMOUNT, "收款单位", "用途"),
        {
            NUMBER: "“项目”表中或已登记的编号",
            PLACE: "不同区划有相同编号时填写",
            ORIGIN: "与“资金来源”表一致",
            CHANNEL: "与“资金来源”表一致",
            DATED: "支付日期",
            AMOUNT: "一笔一行",
            "收款单位": "文字",
            "用途": "文字",
            "凭证号": "文字",
        },
    ),
)
FORM_OF = {form.title: form for form in FORMS}


def numbers(values: Iterable[int]) -> str:
    """Numbers of criteria as a cell says them."""
    return "、".join(map(str, values))
