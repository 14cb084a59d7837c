"""Turns what people type into clean values; every rule is elsewhere, and what it refuses is shown at its field."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms

from greenhood.declarations.forms import NO_DAY, DayInput
from greenhood.exemplars import clauses
from greenhood.exemplars.actions.bases import Particulars
from greenhood.exemplars.actions.meetings import CAME
from greenhood.exemplars.contents import LIMITS, MOST_FIGURES, Content
from greenhood.exemplars.errors import Refused
from greenhood.exemplars.models import Invitation, Meeting
from greenhood.exemplars.models.honours import Kind
from greenhood.exemplars.vocabulary import CommunityType, Topic
from greenhood.schemes.crosswalk import lines_of
from greenhood.schemes.models import SchemeVersion

FIGURE_PARTS = ("name", "before", "after", "unit")
NO_NUMBER = {
    "invalid": "请填写数字。",
    "min_value": "不能小于 %(limit_value)s。",
    "max_value": "不能大于 %(limit_value)s。",
}


def add_problems(form: forms.Form, problem: Refused) -> None:
    """Show why an action refused, at the field where there is one."""
    for name, text in problem.problems.items():
        form.add_error(name if name in form.fields else None, text)


def _text(label: str, most: int, *, rows: int = 0, required: bool = True, help_text: str = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=most,
        required=required,
        help_text=help_text,
        widget=forms.Textarea(attrs={"rows": rows}) if rows else None,
        error_messages={
            "required": f"请填写{label}。",
            "max_length": f"{label}最多 %(limit_value)s 字，现有 %(show_value)s 字。",
        },
    )


def _day(label: str, *, required: bool = True, help_text: str = "") -> forms.DateField:
    return forms.DateField(
        label=label,
        required=required,
        widget=DayInput(),
        help_text=help_text,
        error_messages={**NO_DAY, "required": f"请填写{label}。"},
    )


def _number(label: str, least: int, most: int, *, required: bool = True, help_text: str = "") -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        min_value=least,
        max_value=most,
        required=required,
        help_text=help_text,
        error_messages={**NO_NUMBER, "required": f"请填写{label}。"},
    )


def _several(label: str, choices: Iterable[Any], help_text: str = "") -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label,
        choices=list(choices),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=help_text,
        error_messages={"invalid_choice": "所选的有一项已经没有了，请核对后重新选择。"},
    )


# --- practices --------------------------------------------------------------------------------------------------------


class PracticeForm(forms.Form):
    """A practice as a draft: only the title is needed to keep it; what is missing is said when it is handed in."""

    title = _text(
        "标题", LIMITS["title"][1], help_text="用一句话说清做了什么，例如“议事会牵头，把边角地改成口袋公园”。"
    )
    summary = _text(
        "摘要", LIMITS["summary"][1], rows=3, required=False, help_text="200 字以内，列表和搜索结果里显示。"
    )
    problem = _text("解决什么问题", LIMITS["problem"][1], rows=4, required=False)
    done = _text(
        "做法", LIMITS["done"][1], rows=8, required=False, help_text="按步骤写：谁牵头、怎么商量、怎么做、怎么管。"
    )
    result = _text("成效", LIMITS["result"][1], rows=5, required=False)
    cost = forms.DecimalField(
        label="投入资金（元）", required=False, max_digits=14, decimal_places=2,
        error_messages={"invalid": "请填写数字，以元为单位。"},
    )  # fmt: skip
    months = _number("用时（月）", 0, 240, required=False)
    conditions = _text(
        "推广条件", LIMITS["conditions"][1], rows=4, required=False, help_text="别的社区要照着做，需要具备什么。"
    )
    criteria = _several("对应的标准项", [], "所执行方案的标准项；其他地方的社区通过标准对照也能找到。")
    topics = _several("主题", Topic.choices)
    types = _several("适用的社区类型", CommunityType.choices)
    unit = _text("联系单位", LIMITS["unit"][1], required=False)
    phone = _text("办公电话", LIMITS["phone"][1], required=False, help_text="会公开，请不要填写个人手机号。")

    def __init__(
        self, *args: Any, version: SchemeVersion | None, content: Content | None = None, **kwargs: Any
    ) -> None:
        initial = (
            None if content is None else {name: value for name, value in content.columns.items() if value is not None}
        )
        super().__init__(*args, initial=initial, **kwargs)
        criteria = self.fields["criteria"]
        assert isinstance(criteria, forms.MultipleChoiceField)
        criteria.choices = criterion_choices(version, content.criteria if content else ())
        if not criteria.choices:
            del self.fields["criteria"]
        self._kept = content.figures if content else ()

    @property
    def figure_rows(self) -> list[dict[str, str]]:
        """Six rows of a comparison as typed, or as kept, the blank ones too."""
        if self.is_bound:
            return [self._typed(place) for place in range(MOST_FIGURES)]
        rows = [{part: row.get(part, "") for part in FIGURE_PARTS} for row in self._kept]
        return [*rows, *(dict.fromkeys(FIGURE_PARTS, "") for _ in range(MOST_FIGURES - len(rows)))]

    def _typed(self, place: int) -> dict[str, str]:
        return {part: self.data.get(f"figure-{place}-{part}", "").strip()[:60] for part in FIGURE_PARTS}

    @property
    def content(self) -> Content:
        clean = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in self.cleaned_data.items()
            if name in Content.__dataclass_fields__
        }
        figures = tuple(row for place in range(MOST_FIGURES) if any((row := self._typed(place)).values()))
        texts = {name: value.strip().replace("\r\n", "\n") for name, value in clean.items() if isinstance(value, str)}
        return Content(**{**clean, **texts, "figures": figures})


def criterion_choices(version: SchemeVersion | None, kept: Iterable[str] = ()) -> list[Any]:
    """The criteria of a scheme by part, and those that were chosen under another one."""
    groups: dict[str, list[tuple[str, str]]] = {}
    if version is not None:
        for line in lines_of(version.scheme):
            tag = clauses.tag(version.scheme_id, line.criterion.no)
            groups.setdefault(line.part.title, []).append((tag, f"{line.criterion.no} {line.criterion.title}"))
    there = {tag for choices in groups.values() for tag, _ in choices}
    if others := [tag for tag in kept if tag not in there]:
        known = clauses.criteria()
        groups["其他方案的标准项"] = [
            (tag, next(iter(clauses.said([tag], known)), "已不在现行标准中的一项，请去掉")) for tag in others
        ]
    return list(groups.items())


class AdoptForm(forms.Form):
    since = _day("从什么时候开始用")
    outcome = _text(
        "效果", 500, rows=3, required=False,
        help_text="用下来怎么样，做了哪些调整。登录的用户都能看到，不要写个人的姓名、手机号。",
    )  # fmt: skip


class ReasonForm(forms.Form):
    reason = _text("理由", 500, rows=3)


# --- bases ------------------------------------------------------------------------------------------------------------


class BaseForm(forms.Form):
    name = _text("名称", 60)
    address = _text("地址", 200)
    longitude = forms.DecimalField(
        label="经度", required=False, max_digits=9, decimal_places=6, error_messages={"invalid": "请填写数字，例如 104.066541。"},
        help_text="CGCS2000 或 WGS 84，十进制度数；不填则只在列表中显示。",
    )  # fmt: skip
    latitude = forms.DecimalField(
        label="纬度",
        required=False,
        max_digits=9,
        decimal_places=6,
        error_messages={"invalid": "请填写数字，例如 30.572269。"},
    )
    hours = _text("开放时间", 200, help_text="例如“工作日 9:00–17:00，团体请提前 3 天预约”。")
    capacity = _number("每批接待人数", 1, 5000)
    themes = _several("主题", Topic.choices)
    intro = _text("介绍", 2000, rows=6, help_text="能看到什么、怎么讲解、适合谁来。")
    unit = _text("联系单位", 60)
    phone = _text("预约电话", 30, help_text="会公开，请填写办公电话。")

    @property
    def particulars(self) -> Particulars:
        clean = self.cleaned_data
        return Particulars(**{**clean, "themes": tuple(clean["themes"])})


class DesignateForm(forms.Form):
    valid_until = _day("有效期至", help_text="方案没有规定有效期，由认定单位按实际填写。")


class VisitForm(forms.Form):
    on = _day("日期")
    group = _text("参观单位", 80)
    people = _number("人数", 1, 5000)
    note = _text("备注", 300, required=False)


# --- meetings ---------------------------------------------------------------------------------------------------------


class MeetingForm(forms.Form):
    kind = forms.ChoiceField(label="形式", choices=Meeting.Kind.choices, widget=forms.RadioSelect)
    title = _text("名称", 80)
    on = _day("日期")
    begins = forms.TimeField(
        label="开始时间", widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"), error_messages={"invalid": "例如 09:30。", "required": "请填写开始时间。"}
    )  # fmt: skip
    place = _text("地点", 200)
    base = forms.ChoiceField(
        label="在哪个示范教育基地", required=False,
        error_messages={"invalid_choice": "这个基地已不在有效名单里，请重新选择。"},
    )  # fmt: skip
    community = forms.ChoiceField(label="在哪个社区现场", required=False)
    practices = _several("展示的经验", [])
    agenda = _text("议程", 2000, rows=5, required=False)
    reply_by = _day("回复期限")
    unit = _text("联系单位", 60)
    phone = _text("办公电话", 30, help_text="会公开，请不要填写个人手机号。")
    invited = _several("邀请的单位", [])

    def __init__(
        self,
        *args: Any,
        bases: Iterable[tuple[str, str]],
        communities: Iterable[tuple[str, str]],
        practices: Iterable[tuple[str, str]],
        invited: Iterable[tuple[str, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        for name, choices in (
            ("base", [("", "不在基地"), *bases]),
            ("community", [("", "不在社区现场"), *communities]),
        ):
            self._offer(name, choices)
        self._offer("practices", practices)
        self._offer("invited", invited)

    def _offer(self, name: str, choices: Iterable[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = list(choices)


class AnswerInvitationForm(forms.Form):
    coming = forms.ChoiceField(
        label="是否参加", choices=[("yes", "参加"), ("no", "不能参加")], widget=forms.RadioSelect,
        error_messages={"required": "请选择是否参加。"},
    )  # fmt: skip
    people = _number("参加人数", 0, 500, required=False)
    note = _text("说明", 200, required=False)


class HeldForm(forms.Form):
    """The minutes, and a number for every invited division: nothing that was mistyped counts as nobody."""

    minutes = _text("纪要", 10_000, rows=12, help_text="会公开，公布后不能再改。请写清交流了什么、议定了什么。")

    def __init__(self, *args: Any, invitations: Iterable[Invitation], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._divisions = []
        for one in invitations:
            field = _number(f"{one.division.name}到会人数", 0, 500)
            field.initial = one.people
            field.error_messages |= {"invalid": CAME, "required": "请填写；没有来的填 0。"}
            self.fields[f"came-{one.division_id}"] = field
            self._divisions.append(one)

    @property
    def rows(self) -> list[tuple[Invitation, forms.BoundField]]:
        return [(one, self[f"came-{one.division_id}"]) for one in self._divisions]

    @property
    def came(self) -> dict[int, int]:
        """People by the id of the division."""
        return {one.division_id: self.cleaned_data[f"came-{one.division_id}"] for one in self._divisions}


# --- commendation -----------------------------------------------------------------------------------------------------


class RoundForm(forms.Form):
    title = _text("名称", 80, help_text="例如“2026 年绿色社区创建行动表扬”。不得使用未经批准的评选名称。")
    year = _number("年度", 2020, 2100)
    basis = forms.ChoiceField(label="依据条款", required=False)
    document = _text("批准文件", 200, required=False, help_text="方案没有写表扬的，填写批准开展表扬的文件名称和文号。")
    nominate_by = _day("推荐截止日期")
    conditions = _text("条件", 2000, rows=4, required=False)
    contact = _text("受理异议的联系方式", 300, rows=2, help_text="受理单位、电话和地址，公示页上显示。")

    def __init__(self, *args: Any, bases: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        basis = self.fields["basis"]
        assert isinstance(basis, forms.ChoiceField)
        basis.choices = list(bases)
        if not basis.choices:
            del self.fields["basis"]

    def quotas(self) -> Mapping[tuple[int, str], int]:
        """How many each lower division may nominate, by division and kind; a number that makes no sense is a problem."""
        found: dict[tuple[int, str], int] = {}
        for name, text in self.data.items():
            _, _, rest = name.partition("quota-")
            division, _, kind = rest.partition("-")
            if not text.strip() or kind not in Kind.values or not division.isdecimal():
                continue
            if not text.strip().isdecimal() or len(text.strip()) > 3:
                raise Refused(f"名额请填写 0 到 999 的整数，“{text}”不是。")
            found[int(division), kind] = int(text)
        return found


class NominationForm(forms.Form):
    kind = forms.ChoiceField(
        label="类别", choices=Kind.choices, widget=forms.RadioSelect, error_messages={"required": "请选择类别。"}
    )
    community = forms.ChoiceField(label="社区", required=False, help_text="推荐社区的选择；推荐单位、个人的不填。")
    name = _text("单位名称或姓名", 60, required=False, help_text="推荐社区的不填。个人只填姓名，不填身份证号、电话。")
    unit = _text("个人所在单位", 80, required=False)
    consented_on = _day(
        "本人同意公示的日期", required=False, help_text="推荐个人的须先征得本人同意，公示时只显示姓名和单位。"
    )
    reasons = _text("事迹", 2000, rows=6)

    def __init__(self, *args: Any, communities: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        community = self.fields["community"]
        assert isinstance(community, forms.ChoiceField)
        community.choices = [("", "请选择"), *communities]


class NoticeForm(forms.Form):
    opens_on = _day(
        "公示开始日期", required=False, help_text="不填则从发布的次日开始；按工作日公示的从第一个工作日开始。"
    )


class DecideForm(forms.Form):
    document = _text("决定文号", 80, required=False)


# --- filters ----------------------------------------------------------------------------------------------------------


def number_in(text: str, *, most_digits: int = 12) -> int | None:
    """A whole number of an address; None for what is none."""
    return int(text) if text.isdecimal() and len(text) <= most_digits else None
