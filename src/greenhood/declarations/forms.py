"""Turns what people type into clean values; every rule about when something may be done is elsewhere."""

from __future__ import annotations

import re
from typing import Any

from django import forms

from greenhood.declarations import procedure
from greenhood.declarations.actions.deciding import OPINION_MOST
from greenhood.declarations.actions.declaring import PROFILE_MOST, Option, Particulars
from greenhood.declarations.actions.drawing import SOURCE_MOST
from greenhood.declarations.actions.joining import DEPARTMENT_MOST
from greenhood.declarations.actions.joining import OPINION_MOST as JOINT_MOST
from greenhood.declarations.actions.moving import Joint
from greenhood.declarations.models import Award, Status
from greenhood.declarations.queries import listing, register
from greenhood.schemes.format import Field_, Scheme, Step

# Mobile numbers, landlines with area code and extension, and 400 numbers; hyphens and blanks may stand between.
PHONE = re.compile(r"^(1[3-9]\d{9}|0\d{2,3}-?\d{7,8}(-\d{1,6})?|400-?\d{3}-?\d{4}|\d{7,8})$")
HONEYPOT = "website"
NO_DAY = {"invalid": "日期格式不正确，例如 2026-11-20。"}


def clean_phone(text: str) -> str:
    plain = re.sub(r"[\s—–－]+", lambda found: "-" if found[0].strip() else "", text)
    if not PHONE.match(plain):
        raise forms.ValidationError("电话号码不完整。手机号为 11 位；固定电话请加区号，例如 028-85551234。")
    return plain


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class DeclareForm(forms.Form):
    """The approval form's own fields, in the words and limits of the scheme's official form."""

    title = forms.ChoiceField(label="拟创建称号")
    leader = forms.CharField(label="社区负责人姓名", max_length=60)
    phone = forms.CharField(label="负责人联系电话", max_length=30)
    address = forms.CharField(label="社区居委会地址", max_length=200)
    profile = forms.CharField(label="社区基本情况", widget=forms.Textarea(attrs={"rows": 12}))

    def __init__(self, scheme: Scheme, options: list[Option], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        titles = self.fields["title"]
        assert isinstance(titles, forms.ChoiceField)
        titles.choices = [("", "请选择")] + [
            (option.title.key, option.title.title) for option in options if option.refusal is None
        ]
        for entry in official_fields(scheme):
            self._take_over(entry)
        self.most = self._profile_most(scheme)
        profile = self.fields["profile"]
        profile.widget.attrs |= {"data-count": str(self.most), "maxlength": str(self.most * 2)}
        for name, field in self.fields.items():
            field.error_messages["required"] = f"请{'选择' if name == 'title' else '填写'}{field.label}。"

    def _take_over(self, entry: Field_) -> None:
        field = self.fields.get(entry.key)
        if field is None:
            return
        field.label, field.required = entry.label, entry.required
        field.help_text = entry.help or field.help_text

    @staticmethod
    def _profile_most(scheme: Scheme) -> int:
        said = [entry.max_length for entry in official_fields(scheme) if entry.key == "profile" and entry.max_length]
        return min([PROFILE_MOST, *said])

    def clean_phone(self) -> str:
        text = self.cleaned_data["phone"]
        return clean_phone(text) if text else ""

    def clean_profile(self) -> str:
        # Browsers send line breaks as two signs; people count one.
        text: str = self.cleaned_data["profile"].replace("\r\n", "\n").strip()
        if len(text) > self.most:
            raise forms.ValidationError(
                f"不超过 {self.most} 字，现有 {len(text)} 字，请删减 {len(text) - self.most} 字。"
            )
        return text

    @property
    def particulars(self) -> Particulars:
        clean = self.cleaned_data
        return Particulars(clean["leader"], clean["phone"], clean["address"], clean["profile"])


def official_fields(scheme: Scheme) -> list[Field_]:
    """The fields of the scheme's first official form that has the declaration's own fields."""
    for form in scheme.forms:
        if any(entry.key == "profile" for entry in form.fields):
            return form.fields
    return []


class OpinionForm(forms.Form):
    """The opinion of a decision and the date of the seal on paper; at a ``step`` that is decided together with other
    departments, what those say."""

    opinion = forms.CharField(
        label="意见", required=False, max_length=OPINION_MOST, widget=forms.Textarea(attrs={"rows": 4})
    )
    seal_date = forms.DateField(label="盖章日期", required=False, widget=DayInput(), error_messages=NO_DAY)
    visited_on = forms.DateField(label="实地考察日期", required=False, widget=DayInput(), error_messages=NO_DAY)
    visitors = forms.CharField(label="考察人员", required=False, max_length=200, help_text="单位和姓名。")

    def __init__(self, *args: Any, step: Step | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._departments = procedure.joint_places(step) if step else []
        for place, department in enumerate(self._departments):
            self.fields[f"joint_department_{place}"] = forms.CharField(
                label="会同部门", required=False, max_length=DEPARTMENT_MOST, initial=department
            )
            self.fields[f"joint_opinion_{place}"] = forms.CharField(
                label="部门意见", required=False, max_length=JOINT_MOST
            )
            self.fields[f"joint_on_{place}"] = forms.DateField(
                label="意见日期", required=False, widget=DayInput(), error_messages=NO_DAY
            )

    @property
    def joint_rows(self) -> list[list[forms.BoundField]]:
        """The fields of each department, for the page."""
        return [
            [self[f"joint_{name}_{place}"] for name in ("department", "opinion", "on")]
            for place in range(len(self._departments))
        ]

    @property
    def is_joint_open(self) -> bool:
        return any(
            self.data.get(f"joint_{name}_{n}") for name in ("opinion", "on") for n in range(len(self._departments))
        )

    @property
    def said(self) -> dict[str, Any]:
        """The clean opinion, days and visitors, as the actions name them."""
        return {name: self.cleaned_data[name] for name in ("opinion", "seal_date", "visited_on", "visitors")}

    @property
    def joint(self) -> list[Joint]:
        """A department each, in the order of the page, the blank ones too."""
        clean = self.cleaned_data
        return [
            Joint(clean[f"joint_department_{place}"], clean[f"joint_opinion_{place}"], clean[f"joint_on_{place}"])
            for place in range(len(self._departments))
        ]


class NoticeForm(forms.Form):
    title = forms.CharField(label="公示标题", required=False, max_length=200, help_text="不填则自动拟题。")
    opens_on = forms.DateField(
        label="公示开始日期", required=False, widget=DayInput(), help_text="不填则从发布的次日开始。"
    )
    contact = forms.CharField(
        label="受理异议的联系方式",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="受理单位、电话、地址和邮箱，公示页上显示。",
        error_messages={"required": "请写明受理异议的联系方式。"},
    )


class ObjectionForm(forms.Form):
    """A real-name objection. ``website`` is a trap: people don't see it, programs fill it in."""

    name = forms.CharField(label="真实姓名", max_length=60, help_text="只有受理单位能看到。")
    contact = forms.CharField(label="联系方式", max_length=100, help_text="手机或邮箱，查询答复时也要用到。")
    reason = forms.CharField(label="异议内容", max_length=2000, widget=forms.Textarea(attrs={"rows": 8}))
    proof = forms.FileField(label="证明材料", required=False, help_text="照片、PDF 或 Office 文件，一个文件。")
    website = forms.CharField(label="网址（请勿填写）", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.error_messages["required"] = f"请填写{field.label}。"
        self.fields["name"].widget.attrs["autocomplete"] = "name"
        self.fields[HONEYPOT].widget.attrs |= {"tabindex": "-1", "autocomplete": "off"}

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"].strip()
        if len(name) < 2 or any(sign.isdigit() for sign in name):
            raise forms.ValidationError("请填写真实姓名，匿名的异议无法受理和答复。")
        return name

    def clean_contact(self) -> str:
        text: str = self.cleaned_data["contact"].strip()
        return text if "@" in text and "." in text.rpartition("@")[2] else clean_phone(text)

    @property
    def is_a_program(self) -> bool:
        return bool(self.data.get(HONEYPOT))


class ReceiptForm(forms.Form):
    receipt = forms.CharField(label="受理编号", max_length=20)
    contact = forms.CharField(label="提交时填写的联系方式", max_length=100)


class AnswerForm(forms.Form):
    upheld = forms.ChoiceField(
        label="处理结果",
        choices=[("no", "异议不成立"), ("yes", "异议成立")],
        widget=forms.RadioSelect,
        error_messages={"required": "请选择处理结果。"},
    )
    answer = forms.CharField(
        label="答复",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": "请写明处理答复。"},
    )


class SourceForm(forms.Form):
    """Where the seed of a draw will come from, announced with its frame."""

    seed_source = forms.CharField(
        label="种子来源",
        required=False,
        max_length=SOURCE_MOST,
        help_text="可用以后才公布的号码，例如“福彩双色球 2026135 期开奖号码，按开奖公告所列顺序”，须写明号码怎样排列；"
        "与抽样框同时公布，以后不能更改。不填则由系统在抽取时产生。",
    )


class SeedForm(forms.Form):
    """The number from the source that was announced."""

    seed = forms.CharField(label="公布的号码", required=False, max_length=200, help_text="只写数字，按公布的来源填写。")


# --- filters ----------------------------------------------------------------------------------------------------------


class FilterForm(forms.Form):
    """The filters of a list of declarations; a value that makes no sense is left out, not complained about."""

    status = forms.ChoiceField(label="状态", required=False, choices=[("", "全部"), *Status.choices])
    step = forms.ChoiceField(label="环节", required=False)
    title = forms.ChoiceField(label="称号", required=False)
    within = forms.ChoiceField(label="所在区划", required=False)
    scheme = forms.ChoiceField(label="方案", required=False)
    year = forms.IntegerField(label="年度", required=False, min_value=2000, max_value=2100)
    q = forms.CharField(label="社区名称", required=False, max_length=40)
    overdue = forms.BooleanField(label="只看逾期", required=False)

    def __init__(self, choices: listing.Choices, *args: Any, without: tuple[str, ...] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        places = {str(place.code): place.name for place in choices.places}
        for name, words in (
            ("step", choices.steps),
            ("title", choices.titles),
            ("scheme", choices.schemes),
            ("within", places),
        ):
            self._offer(name, words)
        for name in without:
            del self.fields[name]
        _dress(self)

    @property
    def is_narrowed(self) -> bool:
        return any(self.data.get(name) for name in self.fields)

    def _offer(self, name: str, words: dict[str, str]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "全部"), *words.items()]
        if len(words) < 2 and name in ("scheme", "title"):
            del self.fields[name]

    @property
    def filters(self) -> listing.Filters:
        self.is_valid()
        clean = self.cleaned_data
        code = clean.get("within") or ""
        return listing.Filters(
            status=clean.get("status") or "",
            step=clean.get("step") or "",
            title=clean.get("title") or "",
            year=clean.get("year"),
            within=int(code) if code else None,
            scheme=clean.get("scheme") or "",
            overdue=bool(clean.get("overdue")),
            text=(clean.get("q") or "").strip(),
        )


class RegisterForm(forms.Form):
    """The filters of the public register."""

    q = forms.CharField(label="社区名称", required=False, max_length=40)
    within = forms.IntegerField(label="区划代码", required=False, min_value=0, max_value=999_999_999_999)
    title = forms.ChoiceField(label="称号", required=False)
    year = forms.IntegerField(label="命名年份", required=False, min_value=2000, max_value=2100)
    state = forms.ChoiceField(label="状态", required=False, choices=[("", "全部"), *Award.State.choices])

    def __init__(self, titles: dict[str, str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["title"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "全部"), *titles.items()]
        _dress(self)

    @property
    def is_narrowed(self) -> bool:
        return any(self.data.get(name) for name in self.fields)

    @property
    def filters(self) -> register.Filters:
        self.is_valid()
        clean = self.cleaned_data
        return register.Filters(
            within=clean.get("within"),
            title=clean.get("title") or "",
            year=clean.get("year"),
            state=clean.get("state") or "",
            text=(clean.get("q") or "").strip(),
        )


def _dress(form: forms.Form) -> None:
    """The classes of the controls: a filter has no help and no errors, so it is shown without the field component."""
    for field in form.fields.values():
        kind = {forms.Select: "form-select", forms.CheckboxInput: "form-check-input"}.get(
            type(field.widget), "form-control"
        )
        field.widget.attrs["class"] = kind
