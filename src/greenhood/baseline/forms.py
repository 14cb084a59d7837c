"""Turns what an office types about a campaign into its terms."""

from __future__ import annotations

from typing import Any

from django import forms

from greenhood.baseline import asking
from greenhood.baseline.actions.campaigning import MOST_CHOSEN, Terms
from greenhood.baseline.models import Campaign
from greenhood.baseline.queries import campaigns
from greenhood.divisions import queries as divisions
from greenhood.divisions.models import Division, Level
from greenhood.kit.dates import add_calendar_days, today_in_shanghai

NO_DAY = "日期格式不正确，例如 2026-11-20。"
USUAL_DAYS = 30


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


def day(label: str, missing: str, **options: Any) -> forms.DateField:
    return forms.DateField(
        label=label, widget=DayInput(), error_messages={"required": missing, "invalid": NO_DAY}, **options
    )


class CampaignForm(forms.Form):
    """Everything about a campaign; what is asked is ticked by kind, and more columns of a kind by ``more``."""

    title = forms.CharField(label="任务名称", max_length=100, error_messages={"required": "请填写任务名称。"})
    division = forms.ChoiceField(label="区划", error_messages={"invalid_choice": "请在列出的区划中选择。"})
    covers = forms.ChoiceField(label="范围", choices=Campaign.Covers, widget=forms.RadioSelect)
    communities = forms.CharField(
        label="指定的社区",
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="只在范围为“指定的社区”时填写：每行一个 12 位代码或完整名称。",
    )
    version = forms.ChoiceField(label="依据的方案", required=False)
    clause = forms.CharField(
        label="依据条款", max_length=100, required=False, help_text="方案中的条款，例如“二”或“附件1 #3”。"
    )
    reason = forms.CharField(label="事由", max_length=300, required=False, help_text="一句话，写明为什么现在摸底。")
    kinds = forms.MultipleChoiceField(
        label="摸底内容",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "请至少选择一类要摸底的内容。", "invalid_choice": "没有这类信息，请重新选择。"},
    )
    more = forms.MultipleChoiceField(
        label="另加的栏目",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "没有这一栏，请重新选择。"},
    )
    fresh_from = day(
        "数据日期不早于",
        "请填写日期。",
        help_text="早于这一天的数据要重新核实；没有变化的，社区点“仍然如此”即可，不必重填。",
    )
    due_on = day("截止日期", "请填写截止日期。")
    instructions = forms.CharField(
        label="填报要求", max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 5})
    )
    revision = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, within: Division, *args: Any, campaign: Campaign | None = None, **kwargs: Any) -> None:
        self.within, self.campaign = within, campaign
        kwargs.setdefault("initial", _initial(campaign, within))
        super().__init__(*args, **kwargs)
        self.places = {str(each.code): each for each in [within, *_lower(within)]}
        if campaign is not None:
            self.places.setdefault(str(campaign.division.code), campaign.division)
        self.versions = {str(each.pk): each for each in campaigns.versions_for(within)}
        self.fields["division"].choices = [(code, each.name) for code, each in self.places.items()]  # type: ignore[attr-defined]
        self.fields["version"].choices = [  # type: ignore[attr-defined]
            ("", "（不引用方案）"),
            *((key, str(each)) for key, each in self.versions.items()),
        ]
        kinds = asking.askable()
        self.fields["kinds"].choices = [(kind.key, kind.title) for kind in kinds]  # type: ignore[attr-defined]
        self.fields["more"].choices = [  # type: ignore[attr-defined]
            (f"{kind.key}.{column.name}", column.title)
            for kind in kinds
            for column in kind.columns
            if not column.is_required
        ]

    def clean_division(self) -> Division:
        return self.places[self.cleaned_data["division"]]

    def clean(self) -> dict[str, Any]:
        clean: dict[str, Any] = super().clean() or {}
        if clean.get("covers") == Campaign.Covers.CHOSEN and "division" in clean:
            self._choose(clean)
        return clean

    def _choose(self, clean: dict[str, Any]) -> None:
        lines = [line.strip() for line in clean.get("communities", "").splitlines() if line.strip()]
        if not lines:
            self.add_error("communities", "请写明要摸底的社区，每行一个。")
            return
        if len(lines) > MOST_CHOSEN:
            self.add_error("communities", f"一次最多指定 {MOST_CHOSEN} 个社区；更多的请按区划下发。")
            return
        found = _named(lines, clean["division"])
        if wrong := [line for line in lines if len(found[line]) != 1]:
            said = "、".join(
                f"“{line[:30]}”{'有多个同名社区，请写代码' if found[line] else '不在所选区划内或名称不完整'}"
                for line in wrong[:5]
            )
            self.add_error("communities", f"{said}{f'等 {len(wrong)} 行' if len(wrong) > 5 else ''}。")
            return
        clean["chosen"] = [found[line][0] for line in lines]

    def terms(self) -> Terms:
        clean = self.cleaned_data
        return Terms(
            title=clean["title"],
            fresh_from=clean["fresh_from"],
            due_on=clean["due_on"],
            asked=asking.chosen(clean["kinds"], clean["more"]),
            covers=clean["covers"],
            communities=clean.get("chosen", ()),
            version=self.versions.get(clean["version"]),
            clause=clean["clause"],
            reason=clean["reason"],
            instructions=clean["instructions"],
        )

    @property
    def by_section(self) -> list[tuple[str, list[dict[str, Any]]]]:
        """The kinds with their columns, by section, and what is ticked."""
        kinds = set(self["kinds"].value() or ())
        more = set(self["more"].value() or ())
        found: dict[str, list[dict[str, Any]]] = {}
        for kind in asking.askable():
            optional = [column for column in kind.columns if not column.is_required]
            found.setdefault(kind.section.value, []).append(
                {
                    "kind": kind,
                    "is_ticked": kind.key in kinds,
                    "required": [column.title for column in kind.columns if column.is_required],
                    "optional": [
                        (f"{kind.key}.{column.name}", column.title, f"{kind.key}.{column.name}" in more)
                        for column in optional
                    ],
                    "is_more": any(f"{kind.key}.{column.name}" in more for column in optional),
                }
            )
        return list(found.items())


class UntilForm(forms.Form):
    """Another day, and why: to give one community longer, or to reopen a campaign."""

    due_on = day("新的截止日期", "请填写日期。")
    reason = forms.CharField(
        label="原因",
        max_length=300,
        error_messages={"required": "请写明原因。"},
        widget=forms.Textarea(attrs={"rows": 2}),
    )


def _initial(campaign: Campaign | None, within: Division) -> dict[str, Any]:
    today = today_in_shanghai()
    if campaign is None:
        return {
            "division": str(within.code),
            "covers": Campaign.Covers.SUBJECTS,
            "kinds": list(asking.usual()),
            "fresh_from": today.replace(month=1, day=1),
            "due_on": add_calendar_days(today, USUAL_DAYS),
        }
    chosen = campaign.replies.filter(campaign__covers=Campaign.Covers.CHOSEN).values_list("community__code", flat=True)
    required = {f"{kind.key}.{name}" for kind in asking.askable() for name in kind.required}
    asked = {f"{key}.{name}" for key, names in campaign.asked.items() for name in names}
    return {
        "title": campaign.title,
        "division": str(campaign.division.code),
        "covers": campaign.covers,
        "communities": "\n".join(f"{code:012d}" for code in sorted(chosen)),
        "version": str(campaign.version_id or ""),
        "clause": campaign.clause,
        "reason": campaign.reason,
        "kinds": list(campaign.asked),
        "more": sorted(asked - required),
        "fresh_from": campaign.fresh_from,
        "due_on": campaign.due_on,
        "instructions": campaign.instructions,
        "revision": campaign.revision,
    }


def _lower(within: Division) -> list[Division]:
    return [] if within.level >= Level.STREET else list(divisions.children(within)[:200])


def _named(lines: list[str], within: Division) -> dict[str, list[Division]]:
    """The communities of a division that each line names, by code or whole name. One query."""
    low, high = within.span
    codes = {int(line) for line in lines if line.isascii() and line.isdecimal() and len(line) == 12}
    here = Division.objects.filter(code__gte=low, code__lt=high, level=Level.COMMUNITY, valid_to=None).defer("bigrams")
    rows = list(here.filter(code__in=codes)) + list(here.filter(name__in=lines))
    found: dict[str, list[Division]] = {line: [] for line in lines}
    for row in rows:
        for key in (row.number, row.name):
            if key in found and row not in found[key]:
                found[key].append(row)
    return found
