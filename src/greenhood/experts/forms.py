"""Turns what people type into clean values."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from greenhood.accounts.forms import DivisionField
from greenhood.divisions.models import Division
from greenhood.experts import fields
from greenhood.experts.actions.applying import MOST_REGIONS, Particulars
from greenhood.experts.actions.appointing import Terms
from greenhood.experts.actions.serving import Need
from greenhood.experts.actions.visiting import MOST_RESIDENTS, Report
from greenhood.experts.models import MOST_YEARS, Designer, Entry, Kind, Outcome, ServiceRequest
from greenhood.experts.queries import designers, pool, service
from greenhood.experts.queries.clauses import Standing

FIELDS = [(group, list(choices)) for group, choices in fields.GROUPS]
PHONE = r"^\+?[0-9 -]{5,30}$"


def _day(label: str, **options: Any) -> forms.DateField:
    return forms.DateField(
        label=label,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": "请填写存在的日期，例如 2026-11-10；没有的日子（如 2 月 31 日）不能填。"},
        **options,
    )


def _long(label: str, most: int, rows: int = 4, **options: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=most, widget=forms.Textarea(attrs={"rows": rows}), **options)


def _phone(label: str, **options: Any) -> forms.RegexField:
    return forms.RegexField(
        label=label,
        regex=PHONE,
        error_messages={"invalid": "电话只能含数字、空格、短横线和开头的加号，例如 028-85551234。"},
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
        **options,
    )


class SayingForm(forms.Form):
    """Says which field is missing by its own name, and takes a refusal to its field."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for field in self.fields.values():
            if field.error_messages["required"] == forms.Field.default_error_messages["required"]:
                field.error_messages["required"] = f"请填写{field.label}。"

    def refuse(self, reason: str, field: str = "") -> None:
        self.add_error(field if field in self.fields else None, reason)


class RegionsField(forms.CharField):
    """Divisions, one on each line, by code or name."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("widget", forms.Textarea(attrs={"rows": 3}))
        options.setdefault(
            "help_text", "每行一个区划，填名称或 12 位代码；同名时在前面加上级名称。服务全市的填市名即可。"
        )
        super().__init__(max_length=2000, **options)

    def clean(self, value: Any) -> list[Division]:
        text = super().clean(value)
        lines = [line.strip() for part in text.splitlines() for line in part.split("、") if line.strip()]
        if len(lines) > MOST_REGIONS:
            raise ValidationError(f"服务地区最多 {MOST_REGIONS} 个，范围大的请填上级区划。")
        one = DivisionField()
        found: dict[int, Division] = {}
        for line in lines:
            division = one.clean(line[:60])
            if division is not None:
                found[division.pk] = division
        return list(found.values())


class EntryForm(SayingForm):
    """What an entry says; ``particulars`` once it is valid."""

    kind = forms.ChoiceField(label="类别", choices=Kind.choices, widget=forms.RadioSelect, initial=Kind.PERSON)
    name = forms.CharField(label="姓名或机构名称", max_length=120)
    employer = forms.CharField(
        label="工作单位", max_length=120, required=False, help_text="用于核查回避：同一单位的社区和申报不会请您评审。"
    )
    credit_code = forms.RegexField(
        label="统一社会信用代码",
        regex=r"^[0-9A-HJ-NP-RT-UW-Ya-hj-np-rt-uw-y]{18}$",
        required=False,
        help_text="第三方机构填写，18 位。",
        error_messages={"invalid": "统一社会信用代码为 18 位数字和大写字母，不含 I、O、S、V、Z。"},
    )
    contact = forms.CharField(label="机构联系人", max_length=60, required=False, help_text="第三方机构填写。")
    title = forms.CharField(
        label="职称、职业资格或资质",
        max_length=200,
        required=False,
        help_text="例如“高级工程师（给水排水）；注册城乡规划师”。提交前须填写，证明文件保存后上传。",
    )
    fields_ = forms.MultipleChoiceField(
        label="专业领域",
        choices=FIELDS,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "请至少选择一个专业领域。"},
    )
    regions = RegionsField(label="服务地区")
    summary = _long("主要业绩和说明", 2000, required=False)
    phone = _phone("联系电话", required=False, help_text="管理单位和邀请您的社区可以看到，不公开。")
    email = forms.EmailField(label="邮箱", required=False)
    years = forms.IntegerField(
        label="申请年限（年）",
        min_value=1,
        max_value=MOST_YEARS,
        initial=3,
        help_text="实际有效期由管理单位审核时确定。",
    )

    def refuse(self, reason: str, field: str = "") -> None:
        super().refuse(reason, "fields_" if field == "fields" else field)

    @property
    def particulars(self) -> Particulars:
        given = dict(self.cleaned_data)
        given["fields"] = given.pop("fields_")
        given.pop("pool", None)
        return Particulars(**given)


class NewEntryForm(EntryForm):
    """The same, with the pool that it goes to."""

    pool = DivisionField(label="申请加入哪一级的专家库", help_text="省、市或县（区）的名称或代码，例如“武侯区”。")
    field_order = ("pool",)


def entry_initial(entry: Entry) -> dict[str, Any]:
    columns = ("kind", "name", "employer", "credit_code", "contact", "title", "summary", "phone", "email", "years")
    return {
        **{name: getattr(entry, name) for name in columns},
        "fields_": entry.fields,
        "regions": "\n".join(
            f"{row.division.number} {row.division.name}" for row in entry.regions.select_related("division")
        ),
    }


class PoolFilterForm(forms.Form):
    q = forms.CharField(label="姓名、机构或单位", max_length=60, required=False)
    field = forms.ChoiceField(label="专业领域", choices=[("", "全部"), *FIELDS], required=False)
    kind = forms.ChoiceField(label="类别", choices=[("", "全部"), *Kind.choices], required=False)
    state = forms.ChoiceField(label="状态", choices=[("", "全部"), *pool.STATES], required=False)
    region = DivisionField(label="服务地区", required=False, help_text="")
    pool = forms.TypedChoiceField(label="专家库", coerce=int, required=False, empty_value=None)

    def __init__(self, *args: Any, pools: list[tuple[Division, int]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.pools = {place.pk: place for place, _ in pools}
        self.fields["pool"].choices = [  # type: ignore[attr-defined]
            ("", "全部"), *((place.pk, f"{place.name}（{count}）") for place, count in pools),
        ]  # fmt: skip

    @property
    def filters(self) -> pool.Filters:
        """What is valid of the address narrows the list; what isn't is said at its field."""
        self.is_valid()
        given = self.cleaned_data
        return pool.Filters(
            word=given.get("q", ""),
            kind=given.get("kind", ""),
            field=given.get("field", ""),
            state=given.get("state", ""),
            region=given.get("region"),
            pool=self.pools.get(given.get("pool") or -1),
        )


class RequestFilterForm(forms.Form):
    q = forms.CharField(label="需求或社区", max_length=60, required=False)
    field = forms.ChoiceField(label="专业领域", choices=[("", "全部"), *FIELDS], required=False)
    state = forms.ChoiceField(label="状态", choices=[("", "全部"), *service.STATES], required=False)
    outcome = forms.ChoiceField(label="落实情况", choices=[("", "全部"), *Outcome.choices], required=False)
    place = DivisionField(label="所在区划", required=False, help_text="")

    @property
    def filters(self) -> service.Filters:
        self.is_valid()
        given = self.cleaned_data
        return service.Filters(
            word=given.get("q", ""),
            field=given.get("field", ""),
            state=given.get("state", ""),
            outcome=given.get("outcome", ""),
            place=given.get("place"),
        )


class DesignerFilterForm(forms.Form):
    q = forms.CharField(label="街道或设计师", max_length=60, required=False)
    place = DivisionField(label="所在区划", required=False, help_text="")
    lacking = forms.BooleanField(label="只看没有设计师的街道", required=False)

    @property
    def filters(self) -> designers.Filters:
        self.is_valid()
        given = self.cleaned_data
        return designers.Filters(given.get("place"), bool(given.get("lacking")), given.get("q", ""))


class RequestForm(SayingForm):
    """What a community asks for; ``need`` once it is valid."""

    title = forms.CharField(label="需求", max_length=100, help_text="一句话，例如“小微绿地改造方案请设计师指导”。")
    need = _long("具体情况", 2000, help_text="现状、问题、居民的想法，希望专家帮什么。")
    fields_ = forms.MultipleChoiceField(
        label="需要的专业领域",
        choices=FIELDS,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "请至少选择一个专业领域。"},
    )
    criterion = forms.TypedChoiceField(label="服务于标准的哪一项", coerce=int, required=False, empty_value=0)
    wished_from = _day("希望到访自")
    wished_to = _day("希望到访至")
    contact = forms.CharField(label="社区联系人", max_length=60)
    phone = _phone("联系电话", help_text="只有受邀的专家和办理单位可以看到。")

    def __init__(self, *args: Any, standing: Standing, **options: Any) -> None:
        super().__init__(*args, **options)
        lines = [(no, f"{no} {line.title}") for no, line in standing.lines.items()]
        self.fields["criterion"].choices = [("", "不对应某一项"), *lines]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, last = cleaned.get("wished_from"), cleaned.get("wished_to")
        if first and last and last < first:
            self.add_error("wished_to", "希望到访的截止日期不能早于起始日期。")
        return cleaned

    def refuse(self, reason: str, field: str = "") -> None:
        super().refuse(reason, "fields_" if field == "fields" else field)

    @property
    def wanted(self) -> Need:
        given = dict(self.cleaned_data)
        given["fields"] = given.pop("fields_")
        given.pop("community", None)
        return Need(**given)


class NewRequestForm(RequestForm):
    """The same, with the community that asks where the post has more than one."""

    community = DivisionField(label="社区")
    field_order = ("community",)


def request_initial(request: ServiceRequest) -> dict[str, Any]:
    columns = ("title", "need", "criterion", "wished_from", "wished_to", "contact", "phone")
    return {**{name: getattr(request, name) for name in columns}, "fields_": request.fields}


class VisitForm(SayingForm):
    day = _day("到访日期")
    residents = forms.IntegerField(label="到场居民（人）", min_value=0, max_value=MOST_RESIDENTS)
    people = forms.CharField(
        label="其他参加人员", max_length=300, required=False, help_text="例如“社区书记李芳、业委会 2 人、物业 1 人”。"
    )
    advice = _long("意见建议", 3000, rows=5)
    next_step = _long("下一步", 1000, rows=2, required=False)

    @property
    def report(self) -> Report:
        return Report(**self.cleaned_data)


class CloseForm(SayingForm):
    outcome = forms.ChoiceField(label="落实情况", choices=Outcome.choices, widget=forms.RadioSelect)
    text = _long("落实说明", 2000, rows=3, help_text="落实了什么、花了多少、居民怎么看；没有落实的写明原因。")
    record = forms.ChoiceField(
        label="对应的社区登记", required=False, help_text="意见落实后登记的小区、绿地、设施等，选了就能从这里打开。"
    )
    rating = forms.TypedChoiceField(
        label="评价",
        coerce=int,
        choices=[(5, "5 很满意"), (4, "4 满意"), (3, "3 一般"), (2, "2 不满意"), (1, "1 很不满意")],
        widget=forms.RadioSelect,
    )
    rating_text = forms.CharField(label="评价说明", max_length=500, required=False)

    def __init__(self, *args: Any, records: list[tuple[str, list[tuple[str, str]]]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["record"].choices = [("", "不对应某一条登记"), *records]  # type: ignore[attr-defined]


class MemberField(forms.ModelChoiceField):
    """A member of the pool, told apart from others of the same name by employer and fields."""

    def label_from_instance(self, obj: Entry) -> str:
        return f"{obj.name}（{'，'.join(filter(None, [obj.employer, obj.field_words]))}）"


class DesignerForm(SayingForm):
    """The terms of an appointment; ``terms`` once it is valid."""

    division = DivisionField(label="街道（乡镇）或社区")
    entry = MemberField(
        label="从专家库选择", queryset=Entry.objects.none(), required=False, empty_label="不从专家库选，在下面填写姓名"
    )
    name = forms.CharField(label="姓名或机构名称", max_length=120, required=False, help_text="从专家库选择的不用填。")
    employer = forms.CharField(label="工作单位", max_length=120, required=False)
    contact = forms.CharField(
        label="向居民公开的联系方式",
        max_length=120,
        help_text="写办公电话或工作邮箱，会在社区页面公开；不要写私人手机。",
    )
    scope = _long(
        "职责范围", 1000, rows=3, help_text="例如：参与老旧小区改造方案审查，每月到街道坐班一天，指导居民议事。"
    )
    valid_from = _day("聘任自")
    valid_to = _day("聘任至", required=False, help_text="不填为长期。")
    beside = forms.CharField(
        label="同时聘任的理由", max_length=300, required=False, help_text="这里已有在任的设计师、确需再聘时填写。"
    )

    def __init__(self, *args: Any, members: QuerySet[Entry], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["entry"].queryset = members  # type: ignore[attr-defined]

    @property
    def terms(self) -> Terms:
        given = dict(self.cleaned_data)
        for name in ("division", "entry"):
            given.pop(name, None)
        return Terms(**given)


class DesignerChangeForm(DesignerForm):
    """The same for one that is appointed: the person and the place stay."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, members=Entry.objects.none(), **options)
        for name in ("division", "entry", "name", "employer"):
            del self.fields[name]


def designer_initial(designer: Designer) -> dict[str, Any]:
    return {name: getattr(designer, name) for name in ("contact", "scope", "valid_from", "valid_to", "beside")}


def day_of(text: str) -> dt.date | None:
    """A day as a form sends it; None for what is none."""
    try:
        return dt.date.fromisoformat(text.strip())
    except ValueError:
        return None
