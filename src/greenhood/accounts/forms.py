"""Turns what people type into clean values."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from greenhood.accounts.models import Role, User
from greenhood.divisions import queries as divisions
from greenhood.divisions.models import Division

MOST_CANDIDATES = 8


class DivisionField(forms.CharField):
    """A division by its 12-digit code or its name, within ``within`` where that is set; None where it may be empty.

    Without script the code or the full name is typed; ``division-picker.js`` fills the code from a search.
    """

    within: Division | None = None

    def __init__(self, **options: Any) -> None:
        options.setdefault("max_length", 60)
        options.setdefault("help_text", "填 12 位代码或名称；同名时在前面加上级名称，例如“武侯区 晋阳社区”。")
        super().__init__(**options)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {
            **super().widget_attrs(widget),
            "autocomplete": "off",
            "spellcheck": "false",
            "data-division-picker": "/divisions/find",
        }

    def clean(self, value: Any) -> Division | None:
        text = super().clean(value)
        if not text:
            return None
        # What the picker fills in: 510107001001 晋阳社区居委会
        first = text.split()[0]
        wanted = first if first.isascii() and first.isdecimal() and len(first) == 12 else text
        found = divisions.find(wanted, within=self.within, limit=MOST_CANDIDATES + 1)
        exact = [each for each in found if wanted in {f"{each.code:012d}", each.name}] or found
        if len(exact) == 1:
            return exact[0]
        where = f"“{self.within.name}”范围内" if self.within else ""
        if not exact:
            raise ValidationError(f"{where}没有找到“{text}”。请核对名称，或改填 12 位代码。")
        named = "；".join(f"{each.name}（{each.code:012d}）" for each in exact[:MOST_CANDIDATES])
        more = "等" if len(exact) > MOST_CANDIDATES else ""
        raise ValidationError(f"“{text}”不止一个：{named}{more}。请改填代码。")


class SignInForm(forms.Form):
    username = forms.CharField(
        label="账号",
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )
    password = forms.CharField(
        label="密码",
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class ChangePasswordForm(forms.Form):
    def __init__(self, user: User, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.user = user

    old_password = forms.CharField(
        label="原密码",
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    new_password = forms.CharField(
        label="新密码",
        max_length=200,
        strip=False,
        help_text="至少 8 位，含大写字母、小写字母、数字、其他符号中的三种，不含账号或姓名。可以粘贴。",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    repeated = forms.CharField(
        label="再输入一次新密码",
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean_old_password(self) -> str:
        if not self.user.check_password(self.cleaned_data["old_password"]):
            raise ValidationError("原密码不正确。")
        return str(self.cleaned_data["old_password"])

    def clean_repeated(self) -> str:
        if self.cleaned_data.get("new_password") != self.cleaned_data["repeated"]:
            raise ValidationError("两次输入的新密码不一致。")
        return str(self.cleaned_data["repeated"])


class PasswordForm(forms.Form):
    """Asks for the password again before something that must not be done at an abandoned screen."""

    def __init__(self, user: User, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.user = user

    password = forms.CharField(
        label="当前密码",
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def clean_password(self) -> str:
        if not self.user.check_password(self.cleaned_data["password"]):
            raise ValidationError("密码不正确。")
        return str(self.cleaned_data["password"])


class TokenForm(forms.Form):
    token = forms.CharField(
        label="动态口令",
        max_length=12,
        help_text="手机应用中当前显示的 6 位数字。",
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )

    def clean_token(self) -> str:
        token = "".join(self.cleaned_data["token"].split())
        if not (token.isascii() and token.isdecimal() and len(token) == 6):
            raise ValidationError("应为 6 位数字。")
        return token


class RecoveryForm(forms.Form):
    code = forms.CharField(
        label="恢复码",
        max_length=20,
        help_text="启用动态口令时保存的恢复码，每个只能用一次。",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )


class PersonForm(forms.Form):
    """What is known of a person; the account name is given once."""

    name = forms.CharField(label="姓名", max_length=60, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    employer = forms.CharField(label="工作单位", max_length=120, required=False)
    phone = forms.RegexField(
        label="手机",
        regex=r"^\+?[0-9 -]{5,30}$",
        required=False,
        help_text="仅用于联系，不公开。",
        error_messages={"invalid": "电话只能含数字、空格、短横线和开头的加号。"},
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )
    email = forms.EmailField(label="邮箱", required=False, widget=forms.EmailInput(attrs={"autocomplete": "off"}))


class NewPersonForm(PersonForm):
    username = forms.RegexField(
        label="账号",
        regex=r"^[0-9A-Za-z][0-9A-Za-z._-]{2,59}$",
        help_text="3 至 60 位字母、数字、点、短横线或下划线，建立后不能更改。每人一个，不得共用。",
        error_messages={"invalid": "账号应为 3 至 60 位字母、数字、点、短横线或下划线，以字母或数字开头。"},
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
    division = DivisionField(label="账号管理区划", required=False)
    field_order = ("username", "name", "employer", "phone", "email", "division")

    def __init__(self, *args: Any, taken: set[str] | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.taken = taken

    def clean_username(self) -> str:
        username = str(self.cleaned_data["username"])
        if self._is_taken(username):
            raise ValidationError("该账号已被使用，请换一个。")
        return username

    def _is_taken(self, username: str) -> bool:
        """``taken``, where given, was asked once for many forms."""
        if self.taken is not None:
            return username in self.taken
        return User.objects.filter(username=username).exists()


class ReasonForm(forms.Form):
    reason = forms.CharField(label="原因", max_length=200)


class GrantForm(forms.Form):
    role = forms.ChoiceField(label="角色", choices=[("", "请选择"), *Role.choices])
    division = DivisionField(label="区划")
    department = forms.CharField(label="部门", max_length=120, required=False, help_text="例如“生态环境局”。")
    valid_from = forms.DateField(
        label="任职日期", required=False, help_text="不填为今天。", widget=forms.DateInput(attrs={"type": "date"})
    )
    valid_to = forms.DateField(
        label="离任日期",
        required=False,
        help_text="含当日；不填为长期。",
        widget=forms.DateInput(attrs={"type": "date"}),
    )


class InterestForm(forms.Form):
    division = DivisionField(label="涉及的区划", required=False)
    employer = forms.CharField(label="涉及的单位", max_length=120, required=False)
    reason = forms.CharField(
        label="情形", max_length=200, help_text="例如：曾在该社区任职；配偶在该单位工作；承担过其改造项目。"
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors and not cleaned.get("division") and not cleaned.get("employer"):
            raise ValidationError("请填写涉及的区划或单位，至少一项。")
        return cleaned


class PeopleFilterForm(forms.Form):
    q = forms.CharField(label="姓名或账号", max_length=60, required=False)
    role = forms.ChoiceField(label="角色", choices=[("", "全部"), *Role.choices], required=False)
    state = forms.ChoiceField(
        label="状态",
        choices=[
            ("", "全部"),
            ("active", "启用"),
            ("disabled", "停用"),
            ("fresh", "未改初始密码"),
            ("idle", "没有岗位"),
        ],
        required=False,
    )
    division = DivisionField(label="区划", required=False, help_text="")


class ImportForm(forms.Form):
    file = forms.FileField(label="Excel 文件", help_text="按模板填写的 .xlsx 文件，一次最多 500 人。")


class HistoryFilterForm(forms.Form):
    person = forms.CharField(label="人员姓名", max_length=100, required=False)
    event = forms.ChoiceField(label="事件", required=False)
    result = forms.ChoiceField(
        label="结果",
        choices=[("", "全部"), ("ok", "成功"), ("failed", "失败"), ("refused", "拒绝")],
        required=False,
    )
    subject = forms.CharField(label="对象", max_length=100, required=False)
    division = DivisionField(label="区划", required=False, help_text="")
    first_day = forms.DateField(label="从", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    last_day = forms.DateField(label="到", required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, events: dict[str, str], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["event"].choices = [("", "全部"), *events.items()]  # type: ignore[attr-defined]
