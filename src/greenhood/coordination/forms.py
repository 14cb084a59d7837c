"""Turns what people type into clean values; every rule about who may do what when is in the actions."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from typing import Any

from django import forms

from greenhood.coordination import terms
from greenhood.coordination.actions import assigning, convening, whistling
from greenhood.coordination.errors import Refused
from greenhood.coordination.models import Urgency
from greenhood.coordination.queries.offices import Office
from greenhood.declarations.forms import DayInput
from greenhood.divisions.models import Division
from greenhood.kit.dates import SHANGHAI

NO_DAY = {"invalid": "没有这一天，或格式不对。请写成 2026-11-20；2 月 31 日这样的日子不能填。"}
CLOCK = re.compile(r"^([01]\d|2[0-3]):[0-5]\d$")
BETWEEN = re.compile(r"[、,，;；\n]+")


class MomentInput(forms.DateTimeInput):
    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M")


class Named(forms.Form):
    """Says at each field what is missing, and takes the refusal of an action to the field that it names."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            verb = "选择" if isinstance(field, forms.ChoiceField) else "填写"
            field.error_messages["required"] = f"请{verb}{field.label}。"
            field.error_messages.setdefault("max_length", "太长了。")
            if isinstance(field, forms.CharField) and field.max_length:
                field.error_messages["max_length"] = f"不超过 {field.max_length} 字。"

    def refuse(self, problem: Refused) -> None:
        for name, text in problem.problems.items():
            self.add_error(name if name in self.fields else None, text)


def _people(office: Office) -> str:
    if not office.posts:
        return f"{office.title}（平台上没有人员）"
    if office.is_ambiguous:
        names = "、".join(dict.fromkeys(post.department for post in office.posts))
        return f"{office.title}（{office.people}；有几个岗位名称：{names}）"
    return f"{office.title}（{office.people}）"


class ToForm(Named):
    """Whom something goes to: departments of the division, and divisions below as wholes or for one department."""

    own = forms.MultipleChoiceField(label="本级部门", required=False, widget=forms.CheckboxSelectMultiple)
    other = forms.CharField(label="其他本级部门", required=False, max_length=200)
    lower = forms.MultipleChoiceField(label="下级", required=False, widget=forms.CheckboxSelectMultiple)
    all_lower = forms.BooleanField(label="全部下级", required=False)
    lower_department = forms.CharField(label="下级的部门", required=False, max_length=assigning.NAME_MOST)

    def __init__(
        self, division: Division, offices: Sequence[Office], lower: Sequence[Division], *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.division, self.below = division, {str(each.code): each for each in lower}
        own, below = self.fields["own"], self.fields["lower"]
        assert isinstance(own, forms.MultipleChoiceField)
        assert isinstance(below, forms.MultipleChoiceField)
        own.choices = [(each.title, _people(each)) for each in offices]
        below.choices = [(code, each.name) for code, each in self.below.items()]
        self.fields["other"].help_text = "上面没有的写在这里，几个之间用顿号分开。"
        self.fields[
            "lower_department"
        ].help_text = "只交给下级的某个部门时填写，如“住房城乡建设局”；不填就是交给下级整体。"
        for name in ("own", "lower"):
            if not self.fields[name].choices:  # type: ignore[attr-defined]
                del self.fields[name]
        if not self.below:
            del self.fields["lower_department"]
            del self.fields["all_lower"]

    @property
    def to(self) -> list[assigning.To]:
        clean = self.cleaned_data
        names = [*clean.get("own", []), *split(clean.get("other", ""))]
        department = clean.get("lower_department", "")
        lower = list(self.below) if clean.get("all_lower") else clean.get("lower", [])
        return [
            *(assigning.To(self.division, name) for name in dict.fromkeys(names)),
            *(assigning.To(self.below[code], department) for code in lower),
        ]

    def refuse(self, problem: Refused) -> None:
        first = "own" if "own" in self.fields else "other"
        super().refuse(Refused({first if name == "to" else name: text for name, text in problem.problems.items()}))


class TaskForm(ToForm):
    title = forms.CharField(label="任务名称", max_length=assigning.TITLE_MOST)
    text = forms.CharField(
        label="要求", required=False, max_length=assigning.TEXT_MOST, widget=forms.Textarea(attrs={"rows": 5})
    )
    due_on = forms.DateField(label="完成期限", widget=DayInput(), error_messages=NO_DAY)
    follower = forms.CharField(label="跟办人", required=False, max_length=assigning.NAME_MOST)
    batch = forms.UUIDField(widget=forms.HiddenInput, required=False)
    field_order = ("title", "text", "due_on", "follower", "own", "other", "lower", "all_lower", "lower_department")


class DecisionForm(ToForm):
    text = forms.CharField(label="议定事项", max_length=500, widget=forms.Textarea(attrs={"rows": 3}))
    due_on = forms.DateField(
        label="完成期限", required=False, widget=DayInput(), error_messages=NO_DAY,
        help_text="写了期限和责任单位的，立即成为交办任务；都不写的只记入纪要。",
    )  # fmt: skip
    field_order = ("text", "due_on", "own", "other", "lower", "all_lower", "lower_department")


class MeetingForm(ToForm):
    title = forms.CharField(label="会议名称", max_length=convening.TITLE_MOST)
    on = forms.DateField(label="会议日期", widget=DayInput(), error_messages=NO_DAY)
    at = forms.CharField(label="时间", required=False, max_length=5, help_text="24 小时制，如 14:30。")
    place = forms.CharField(label="地点", max_length=convening.TITLE_MOST)
    chair = forms.CharField(label="主持人", max_length=convening.NAME_MOST)
    agenda = forms.CharField(
        label="议程", max_length=5000, widget=forms.Textarea(attrs={"rows": 6}),
        help_text="一行一个议题；有汇报人的写在竖线后面，如“试点进展｜住建局”。",
    )  # fmt: skip
    key = forms.UUIDField(widget=forms.HiddenInput, required=False)
    field_order = (
        "title",
        "on",
        "at",
        "place",
        "chair",
        "agenda",
        "own",
        "other",
        "lower",
        "all_lower",
        "lower_department",
    )

    def clean_at(self) -> str:
        text: str = self.cleaned_data["at"].strip().replace("：", ":")
        if text and not CLOCK.match(text):
            raise forms.ValidationError("时间写成 24 小时制，如 09:00、14:30。")
        return text

    @property
    def notice(self) -> convening.Notice:
        clean = self.cleaned_data
        lines = [line.strip() for line in clean["agenda"].splitlines() if line.strip()]
        agenda = [tuple(part.strip() for part in re.split(r"[|｜]", f"{line}|", maxsplit=1)) for line in lines]
        return convening.Notice(
            clean["title"], clean["on"], clean["place"], clean["chair"], clean["at"],
            [(title, speaker.strip("|｜ ")) for title, speaker in agenda],
        )  # fmt: skip


class WhistleForm(Named):
    title = forms.CharField(label="问题", max_length=whistling.TITLE_MOST)
    text = forms.CharField(
        label="情况", required=False, max_length=whistling.TEXT_MOST, widget=forms.Textarea(attrs={"rows": 4})
    )
    community = forms.ChoiceField(label="所在社区", required=False)
    place = forms.CharField(
        label="地点", max_length=whistling.TITLE_MOST, help_text="写到能找着的程度，如“晋阳社区三号院南门”。"
    )
    longitude = forms.DecimalField(label="经度", required=False, max_digits=9, decimal_places=6)
    latitude = forms.DecimalField(label="纬度", required=False, max_digits=9, decimal_places=6)
    problem = forms.ChoiceField(label="关联的问题处置记录", required=False)
    urgency = forms.ChoiceField(label="紧急程度", widget=forms.RadioSelect)
    respond_by = forms.DateTimeField(
        label="另定报到期限", required=False, widget=MomentInput(), input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
        error_messages={"invalid": "没有这个时间，或格式不对。请写成 2026-11-20 14:30；2 月 31 日这样的日子不能填。"},
    )  # fmt: skip
    to = forms.MultipleChoiceField(label="呼叫的部门", widget=forms.CheckboxSelectMultiple)
    key = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(
        self,
        offices: Sequence[Office],
        communities: Sequence[Division],
        problems: Iterable[tuple[str, str]],
        *args: Any,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.offices = {each.value: each for each in offices}
        self.communities = {str(each.code): each for each in communities}
        choices: dict[str, list[tuple[str, Any]]] = {
            "urgency": [(value, f"{label}：{terms.WORDS[Urgency(value)]}") for value, label in Urgency.choices],
            "community": [("", "不限于一个社区"), *((code, each.name) for code, each in self.communities.items())],
            "problem": [("", "不关联"), *problems],
            "to": [(value, f"{each.division.name}　{_people(each)}") for value, each in self.offices.items()],
        }
        for name, options in choices.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = options
        if len(choices["problem"]) == 1:
            del self.fields["problem"]

    @property
    def blast(self) -> whistling.Blast:
        clean = self.cleaned_data
        code, _, thing = (clean.get("problem") or "").partition("/")
        return whistling.Blast(
            title=clean["title"], place=clean["place"], text=clean["text"], urgency=clean["urgency"],
            community=self.communities.get(code or clean["community"]), longitude=clean["longitude"],
            latitude=clean["latitude"], problem=forms.UUIDField().clean(thing) if thing else None,
            respond_by=clean["respond_by"] and _in_shanghai(clean["respond_by"]),
        )  # fmt: skip

    @property
    def called(self) -> list[whistling.To]:
        found = (self.offices[value] for value in self.cleaned_data["to"])
        return [whistling.To(each.division, each.title) for each in found]


def _in_shanghai(moment: dt.datetime) -> dt.datetime:
    return moment.replace(tzinfo=SHANGHAI)


def split(text: str) -> list[str]:
    return [part.strip() for part in BETWEEN.split(text) if part.strip()]
