"""Turns what people type about projects and money into clean values."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms

from greenhood.divisions import queries as divisions
from greenhood.divisions.models import Division, Level
from greenhood.facts.forms import DATE
from greenhood.kit.dates import today_in_shanghai
from greenhood.kit.ids import uuid7
from greenhood.schemes.queries import scheme_for
from greenhood.works import rules
from greenhood.works.actions.projects import Terms
from greenhood.works.actions.stages import StageTerms
from greenhood.works.models import Kind, Movement, Origin, Project, Stage

NO_DAY = "日期格式不正确，例如 2026-11-20；没有的日子（如 2 月 31 日）不能填。"
MOST_PLACES = 500
UNITS = {"": Decimal(1), "元": Decimal(1), "万": rules.WAN, "万元": rules.WAN, "亿": rules.WAN**2, "亿元": rules.WAN**2}


def read_money(text: str) -> Decimal:
    """An amount in 元, typed with or without a unit: ``1,200,000``, ``120万元``. Raises ValidationError."""
    plain = (
        text.translate(str.maketrans("，－．０１２３４５６７８９", ",-.0123456789")).replace(",", "").replace(" ", "")
    )
    found = re.fullmatch(r"(-?\d{1,15}(?:\.\d+)?)(元|万元?|亿元?)?", plain)
    if not found:
        raise forms.ValidationError("请填写金额，单位为元，例如 1200000 或 120万元。")
    try:
        amount = Decimal(found[1]) * UNITS[found[2] or ""]
        cents = amount.quantize(Decimal("0.01"))
    except InvalidOperation as error:
        raise forms.ValidationError("金额太大，请核对单位：这里填元，不是万元。") from error
    if amount != cents:
        raise forms.ValidationError("金额最多两位小数（到分）。")
    if abs(cents) >= Decimal(10) ** 12:
        raise forms.ValidationError("金额太大，请核对单位：这里填元，不是万元。")
    return cents


class MoneyField(forms.CharField):
    """An amount in 元; a unit of 万元 or 亿元 may be typed behind it."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("help_text", "单位为元，也可以写 120万元。")
        super().__init__(widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}), **options)

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        return read_money(text) if text else None

    def prepare_value(self, value: Any) -> Any:
        return f"{value:f}" if isinstance(value, Decimal) else value


class ShareField(forms.DecimalField):
    """A share typed in percent, clean as a ratio."""

    def __init__(self, **options: Any) -> None:
        messages = {"invalid": "请填写 0 到 100 的数。", "min_value": "不能小于 0。", "max_value": "不能大于 100。"}
        super().__init__(min_value=0, max_value=100, error_messages=messages, **options)

    def clean(self, value: Any) -> Any:
        given = super().clean(value)
        return Decimal(0) if given is None else (given / 100).quantize(Decimal("0.0001"))

    def prepare_value(self, value: Any) -> Any:
        return f"{value * 100:.2f}".rstrip("0").rstrip(".") if isinstance(value, Decimal) else value


def day(label: str, **options: Any) -> forms.DateField:
    messages = {"required": f"请填写{label}。", "invalid": NO_DAY}
    return forms.DateField(label=label, widget=DATE, error_messages=messages, **options)


def words(label: str, most: int, *, rows: int = 0, **options: Any) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows}) if rows else forms.TextInput()
    messages = {"required": f"请填写{label}。", "max_length": f"最多 {most} 个字，请缩短。"}
    return forms.CharField(label=label, max_length=most, widget=widget, error_messages=messages, **options)


class ProjectForm(forms.Form):
    """Everything about a project; its criteria are those of the scheme in force where it is run."""

    key = forms.UUIDField(widget=forms.HiddenInput, required=False)
    revision = forms.IntegerField(widget=forms.HiddenInput, required=False)
    name = words("项目名称", 120)
    number = words("项目编号", 40, required=False, help_text="立项或批复的编号；不填时由系统编号。")
    division = forms.ChoiceField(label="实施区划", error_messages={"invalid_choice": "请在列出的区划中选择。"})
    department = words(
        "主管部门", 120, required=False, help_text="例如：住房和城乡建设局。部门岗位只能办理本部门的项目。"
    )
    kinds = forms.MultipleChoiceField(
        label="改造类型",
        choices=Kind.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "请至少选择一种改造类型。", "invalid_choice": "没有这种类型，请重新选择。"},
    )
    first_year = forms.IntegerField(
        label="计划起始年度", error_messages={"required": "请填写年度。", "invalid": "请填写四位年份。"}
    )
    last_year = forms.IntegerField(
        label="计划结束年度", error_messages={"required": "请填写年度。", "invalid": "请填写四位年份。"}
    )
    content = words("建设内容", 2000, rows=4, required=False)
    investment = MoneyField(
        label="批复总投资", required=False, help_text="单位为元，也可以写 120万元。草稿可以先不填，列入计划前必填。"
    )
    owner = words("建设单位", 120, required=False)
    contractor = words("施工单位", 120, required=False)
    planned_start = day("计划开工", required=False)
    planned_finish = day("计划完工", required=False)
    criteria = forms.TypedMultipleChoiceField(
        label="对应的创建标准",
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "标准中没有这一项，请重新选择。"},
    )
    notes = words("备注", 1000, rows=2, required=False)

    def __init__(
        self, within: Division, *args: Any, project: Project | None = None, department: str = "", **kwargs: Any
    ) -> None:
        self.project = project
        kwargs.setdefault("initial", _initial(project, within, department))
        super().__init__(*args, **kwargs)
        self.places = {str(each.code): each for each in ([project.division] if project else _places(within))}
        self.fields["division"].choices = [(code, each.name) for code, each in self.places.items()]
        self.version = scheme_for(project.division if project else within)
        self.suggested = rules.suggested(self.version.scheme, Kind.values) if self.version else {}
        known = rules.criteria_of(self.version.scheme) if self.version else []
        self.fields["criteria"].choices = [(each.no, each.title) for _, part in known for each in part]

    def clean_division(self) -> Division:
        return self.places[self.cleaned_data["division"]]

    @property
    def terms(self) -> Terms:
        clean = self.cleaned_data
        # A new project takes what its kinds suggest unless somebody ticked; where another place's scheme is in force, too.
        chosen = clean["criteria"] if self.project or clean["division"].code == int(self.initial["division"]) else []
        return Terms(
            name=clean["name"],
            kinds=clean["kinds"],
            first_year=clean["first_year"],
            last_year=clean["last_year"],
            number=clean["number"],
            department=clean["department"],
            content=clean["content"],
            investment=clean["investment"] or Decimal(0),
            owner=clean["owner"],
            contractor=clean["contractor"],
            planned_start=clean["planned_start"],
            planned_finish=clean["planned_finish"],
            criteria=chosen or (None if self.project is None else []),
            notes=clean["notes"],
        )

    @property
    def parts(self) -> list[tuple[str, list[dict[str, Any]]]]:
        """The criteria by part: what is ticked, and by which kinds each is suggested."""
        ticked = {str(each) for each in self["criteria"].value() or ()}
        kinds = {str(each) for each in self["kinds"].value() or ()}
        known = rules.criteria_of(self.version.scheme) if self.version else []
        return [
            (
                title,
                [
                    {
                        "criterion": each,
                        "is_ticked": str(each.no) in ticked,
                        "kinds": " ".join(self.suggested.get(each.no, ())),
                        "suggested_by": [kind.label for kind in self.suggested.get(each.no, ()) if kind in kinds],
                    }
                    for each in part
                ],
            )
            for title, part in known
        ]


def _initial(project: Project | None, within: Division, department: str) -> dict[str, Any]:
    year = today_in_shanghai().year
    if project is None:
        return {
            "key": uuid7(), "division": str(within.code), "first_year": year, "last_year": year, "department": department,
        }  # fmt: skip
    names = [name for name in ProjectForm.base_fields if name not in {"key", "division"}]
    return {name: getattr(project, name) for name in names} | {"division": str(project.division.code)}


def _places(within: Division) -> list[Division]:
    lower = [] if within.level >= Level.STREET else list(divisions.children(within)[:MOST_PLACES])
    return [within, *lower]


def total() -> MoneyField:
    """The approved total, asked for where a project has none yet."""
    return MoneyField(
        label="批复总投资",
        help_text="单位为元，也可以写 120万元。项目还没有填写，保存后记入项目。",
        error_messages={"required": "请填写批复总投资：没有它，看不出资金合计是否超过批复。"},
    )


class StepForm(forms.Form):
    """What a step asks: its day, its reason, and where a project is planned without one the approved total."""

    # What is missing is said on the page, in its own words.
    use_required_attribute = False

    revision = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, step: rules.Step, project: Project, data: Any = None) -> None:
        super().__init__(data, auto_id=f"{step.key}-%s", initial={"revision": project.revision})
        self.step = step
        if step.day:
            self.fields["day"] = day(step.day, initial=today_in_shanghai)
        if step.reasoned:
            self.fields["reason"] = words("原因", 300, rows=2)
            self.fields["reason"].error_messages["required"] = f"请写明{step.verb}的原因。"
        if step.key == "plan" and not project.investment:
            self.fields["investment"] = total()


class StageForm(forms.Form):
    """One stage; a row without a title is none."""

    id = forms.UUIDField(widget=forms.HiddenInput, required=False)
    title = words("阶段", 40, required=False)
    weight = forms.IntegerField(label="权重（%）", required=False, min_value=0, max_value=100)
    planned_start = day("计划开始", required=False)
    planned_finish = day("计划完成", required=False)
    actual_start = day("实际开始", required=False)
    actual_finish = day("实际完成", required=False)
    share = ShareField(label="已完成（%）", required=False)
    note = words("说明", 300, required=False)

    @property
    def terms(self) -> StageTerms | None:
        clean = dict(self.cleaned_data)
        if not clean.get("title"):
            return None
        return StageTerms(**{**clean, "weight": clean["weight"] or 0})


StageForms = forms.formset_factory(StageForm, extra=2, max_num=20, absolute_max=20)


def stage_initial(stages: list[Stage]) -> list[dict[str, Any]]:
    names = [name for name in StageForm.base_fields if name != "id"]
    return [{"id": stage.pk, **{name: getattr(stage, name) for name in names}} for stage in stages]


class YearForm(forms.Form):
    """One year of a project's plan."""

    year = forms.IntegerField(widget=forms.HiddenInput)
    content = words("当年建设内容", 500, required=False)
    amount = MoneyField(label="当年计划投资", required=False, help_text="")
    share = ShareField(label="年底累计完成（%）", required=False)


class TotalForm(forms.Form):
    """The approved total, beside a plan of years; not required where no year costs anything."""

    investment = total()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["investment"].required = False


YearForms = forms.formset_factory(YearForm, extra=0, max_num=101, absolute_max=101)


class ProcurementForm(forms.Form):
    key = forms.UUIDField(widget=forms.HiddenInput, required=False, initial=uuid7)
    product = words("产品或服务", 120)
    is_green = forms.BooleanField(label="绿色产品", required=False)
    standard = words(
        "认证或标准",
        200,
        required=False,
        help_text="绿色产品必填，例如：中国绿色产品认证、绿色建材评价标识、GB/T 标准号。",
    )
    quantity = words("数量", 60, required=False)
    amount = MoneyField(label="金额", error_messages={"required": "请填写金额。"})
    supplier = words("供应单位", 120, required=False)
    dated = day("采购日期", initial=today_in_shanghai)


class SourceForm(forms.Form):
    """A source with what it grants at first."""

    key = forms.UUIDField(widget=forms.HiddenInput, required=False, initial=uuid7)
    origin = forms.ChoiceField(label="资金来源", choices=Origin.choices)
    channel = words(
        "资金渠道", 120, required=False, help_text="专项名称或方式，例如：城镇老旧小区改造、“改造+运营+物业”。"
    )
    budget = MoneyField(label="下达（计划）金额", error_messages={"required": "请填写金额。"})
    dated = day("下达日期", initial=today_in_shanghai)
    document = words("文号", 80, required=False)

    def __init__(self, project: Project, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.channels = list(rules.channels(project.version.scheme if project.version else None))
        if not project.investment:
            self.fields["investment"] = total()
        self.fields["channel"].widget.attrs["list"] = "channels"


class MovementForm(forms.Form):
    """A line of a source's ledger."""

    key = forms.UUIDField(widget=forms.HiddenInput, required=False, initial=uuid7)
    kind = forms.ChoiceField(label="类别", choices=Movement.Kind.choices, widget=forms.HiddenInput)
    amount = MoneyField(label="金额", error_messages={"required": "请填写金额。"})
    dated = day("日期", initial=today_in_shanghai)
    document = words("文号或凭证号", 80, required=False)
    payee = words("收款单位", 120, required=False)
    purpose = words("用途", 200, required=False)
    reason = words("原因", 300, required=False, help_text="核减（填负数）时必填。")

    WANTED = {
        Movement.Kind.BUDGET: ("amount", "dated", "document", "reason"),
        Movement.Kind.ARRIVAL: ("amount", "dated", "document"),
        Movement.Kind.PAYMENT: ("amount", "dated", "payee", "purpose", "document"),
    }

    def __init__(self, kind: str, project: Project, data: Any = None) -> None:
        super().__init__(None if data is None else {**data.dict(), "kind": kind}, initial={"kind": kind})
        self.kind = Movement.Kind(kind)
        if self.kind == Movement.Kind.BUDGET and not project.investment:
            self.fields["investment"] = total()

    @property
    def asked(self) -> list[Any]:
        """The fields of its kind."""
        added = ("investment",) if "investment" in self.fields else ()
        return [self[name] for name in (*self.WANTED[self.kind], *added)]
