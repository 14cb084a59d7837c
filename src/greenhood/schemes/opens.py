"""What a policy leaves open and a jurisdiction chose: shown as such wherever the figure takes effect."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from greenhood.schemes import words
from greenhood.schemes.format import Scheme, Setting
from greenhood.schemes.models import SchemeVersion


@dataclass(frozen=True, slots=True)
class Open:
    """One open setting as it shows wherever it takes effect."""

    setting: Setting
    value: str
    default: str
    is_chosen: bool

    @property
    def note(self) -> str:
        kept = "发布时选定" if self.is_chosen else "未另行选定，按默认"
        return f"原文没有规定，{kept}：{self.value}"


def of(version: SchemeVersion) -> dict[str, Open]:
    """Every open setting of a version by its key, in the order of the file."""
    return {setting.key: _open(setting, version.chosen) for setting in version.scheme.settings}


def at(version: SchemeVersion, *places: str) -> tuple[Open, ...]:
    """The open settings that take effect at or below any of the places (``procedure.steps[5].days``, ``upkeep``)."""
    found = of(version)
    return tuple(
        found[key]
        for key, effects in version.effects.items()
        if key in found and any(_lies_within(effect, place) for effect in effects for place in places)
    )


def place(scheme: Scheme, *names: object) -> str | None:
    """The place that names lead to, entries of a list by their key or number; None where there is no such entry.

    ``place(scheme, "procedure.steps", "notice", "days")`` is ``procedure.steps[5].days``.
    """
    value: Any = scheme
    text = ""
    for name in ".".join(map(str, names)).split("."):
        if value is None:
            return None
        if isinstance(value, list):
            index = _index(value, name)
            if index is None:
                return None
            text, value = f"{text}[{index}]", value[index]
        else:
            text, value = f"{text}.{name}" if text else name, getattr(value, name)
    return text


def _index(entries: Iterable[Any], name: str) -> int | None:
    named = (getattr(entry, "key", None) or getattr(entry, "no", None) for entry in entries)
    return next((index for index, own in enumerate(named) if str(own) == name), None)


def _open(setting: Setting, chosen: dict[str, Any]) -> Open:
    return Open(
        setting,
        words.setting_value(chosen.get(setting.key, setting.default), setting.unit),
        words.setting_value(setting.default, setting.unit),
        setting.key in chosen,
    )


def _lies_within(effect: str, place: str) -> bool:
    return effect == place or effect.startswith((f"{place}.", f"{place}["))
