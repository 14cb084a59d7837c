"""A report as it is written: its sections with what is returned, its figures live or typed, and what is still missing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Any

from greenhood.divisions.models import Level
from greenhood.kit.dates import today_in_shanghai
from greenhood.reporting import chains, evaluating, figures
from greenhood.reporting.adding_up import Difference, differences
from greenhood.reporting.evaluating import Basis
from greenhood.reporting.models import Obligation, State
from greenhood.schemes.format import Obligation as Entry
from greenhood.schemes.format import Section
from greenhood.schemes.models import scheme_of

LONGEST_TEXT = 20_000
LONGEST_REASON = 500
LARGEST = Decimal(10) ** 12


@dataclass(frozen=True)
class Sheet:
    """One obligation with its entry in the calendar and the figures of today."""

    obligation: Obligation
    entry: Entry
    today: dt.date

    @property
    def receiver_name(self) -> str:
        """Who gets it, as one says it: nobody reports to 全国."""
        receiver = self.obligation.receiver
        return self.entry.receiver_title if receiver.level == Level.NATION else receiver.name

    @property
    def sections(self) -> list[Section]:
        return list(self.entry.sections)

    @property
    def section_keys(self) -> set[str]:
        return {section.key for section in self.entry.sections}

    @property
    def open_sections(self) -> set[str]:
        """What may be written now: all of it, or only what was returned."""
        if self.obligation.state == State.RETURNED:
            return set(self.obligation.returned)
        return self.section_keys if self.obligation.state == State.OPEN else set()

    @cached_property
    def values(self) -> list[figures.Value]:
        return figures.values(self.entry.figures, self.obligation.subject, year=self.obligation.year)

    @cached_property
    def basis(self) -> Basis | None:
        """What an evaluation rests on today; None for anything else."""
        if not self.obligation.is_evaluation:
            return None
        return evaluating.basis(self.obligation, today=self.today)

    @cached_property
    def drafts(self) -> dict[str, str]:
        """What can be put into sections that are open and still empty."""
        if self.basis is None:
            return {}
        found = evaluating.drafts(self.sections, self.basis, today=self.today)
        texts = self.obligation.texts
        return {
            key: text for key, text in found.items() if key in self.open_sections and not texts.get(key, "").strip()
        }

    @cached_property
    def lower(self) -> list[Obligation]:
        """The reports that this one rests on."""
        return chains.below(self.obligation)

    @cached_property
    def differences(self) -> list[Difference]:
        """Where today's figures are not the sum of the reports filed below."""
        return differences(self.values, self.lower)

    @property
    def typed_keys(self) -> set[str]:
        """The figures that the system doesn't know; they are typed, and marked as such."""
        return {value.key for value in self.values if value.is_typed}

    def problems(
        self, texts: Mapping[str, str], typed: Mapping[str, str], reasons: Mapping[str, str]
    ) -> dict[str, str]:
        """What can't be kept even as a draft, a sentence by field."""
        found = {
            f"text-{key}": f"最多 {LONGEST_TEXT} 字，现在有 {len(text)} 字。"
            for key, text in texts.items()
            if len(text) > LONGEST_TEXT
        }
        for key, text in typed.items():
            if text.strip() and number(text) is None:
                found[f"figure-{key}"] = f"“{text.strip()[:20]}”不是数字，请只填阿拉伯数字。"
        for key, reason in reasons.items():
            if len(reason) > LONGEST_REASON:
                found[f"reason-{key}"] = f"原因最多 {LONGEST_REASON} 字。"
        return found

    def missing(self) -> dict[str, str]:
        """What has to be there before it can be filed."""
        texts, typed = self.obligation.texts, self.obligation.typed
        found = {
            f"text-{section.key}": f"“{section.title}”还没有写。"
            for section in self.sections
            if not texts.get(section.key, "").strip()
        }
        found |= {
            f"figure-{key}": "这个数字需要手工填写。" for key in self.typed_keys if not typed.get(key, "").strip()
        }
        if self.entry.grades and self.obligation.grade not in self.entry.grades:
            found["grade"] = f"请选择评估等次：{'、'.join(self.entry.grades)}（方案 {self.entry.source}）。"
        for one in self.differences:
            if one.needs_reason and not self.obligation.reasons.get(one.key, "").strip():
                found[f"reason-{one.key}"] = (
                    f"“{one.title}”现在是 {one.value:f}，下级已报合计 {one.below:f}，相差 {one.difference:+f}，"
                    f"各级数字应当相符（方案 {self.entry.source}），请核对，确有原因的写明原因。"
                )
        return found

    def frozen_differences(self) -> list[dict[str, Any]]:
        """What did not add up when it was filed, each with the reason that was given."""
        return [
            {
                "key": one.key,
                "title": one.title,
                "value": f"{one.value:f}",
                "below": f"{one.below:f}",
                "difference": f"{one.difference:+f}",
                "filed": one.filed,
                "owed": one.owed,
                "reason": self.obligation.reasons.get(one.key, ""),
            }
            for one in self.differences
        ]

    def frozen(self) -> list[dict[str, Any]]:
        """The figures as they are filed, each with what it counts and where it comes from."""
        return [
            {
                "key": value.key,
                "title": value.named.title,
                "unit": value.named.unit,
                "value": self.obligation.typed.get(value.key, "") if value.is_typed else f"{value.value:f}",
                "is_typed": value.is_typed,
                "definition": value.named.definition,
                "url": value.url,
            }
            for value in self.values
        ]


def sheet_of(obligation: Obligation, *, today: dt.date | None = None) -> Sheet:
    return Sheet(obligation, entry_of(obligation), today or today_in_shanghai())


def entry_of(obligation: Obligation) -> Entry:
    """What the scheme says of it, as it stood when it was planned."""
    return next(entry for entry in scheme_of(obligation.version_id).calendar if entry.key == obligation.entry)


def number(text: str) -> Decimal | None:
    """A figure typed by hand; None where it is none, or absurdly large."""
    try:
        value = Decimal(text.strip().replace(",", "").replace("，", ""))
    except InvalidOperation:
        return None
    return value if value.is_finite() and abs(value) < LARGEST else None
