"""Loads scheme files: substitutes settings, takes over what a higher scheme says, and validates.

``load`` gives a scheme that is well formed, or raises ``Refused`` with a line for every problem. Whether a well-formed
scheme also makes sense is ``checking``'s question.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from greenhood.schemes import source
from greenhood.schemes.format import Scheme, Setting
from greenhood.schemes.messages import from_validation, nearest
from greenhood.schemes.problems import Position, Problem, Refused, place_text
from greenhood.schemes.source import Source

INHERITED = (
    "departments",
    "subjects",
    "goals",
    "duties",
    "standards",
    "efforts",
    "composite",
    "titles",
    "procedure",
    "upkeep",
    "calendar",
    "forms",
)
"""The sections that come from the higher scheme where a file does not write its own."""

Chosen = Mapping[str, Any]


@dataclass(frozen=True)
class Loaded:
    """A scheme file as loaded.

    ``raw`` is what is written, sections of the higher scheme included, settings not yet substituted; ``marks`` gives
    the line of every place; ``effects`` where each setting takes effect; ``inherited`` the sections that come from
    ``higher``; ``chosen`` the values that replaced the defaults.
    """

    path: Path
    text: str
    raw: dict[str, Any]
    marks: dict[Position, int]
    effects: dict[str, list[Position]]
    scheme: Scheme
    chosen: dict[str, Any] = field(default_factory=dict)
    higher: Loaded | None = None
    inherited: frozenset[str] = frozenset()

    def line(self, place: Position) -> int:
        """The line of a place, or of the nearest thing around it that is written."""
        while place and place not in self.marks:
            place = place[:-1]
        return self.marks.get(place, 1)

    def file(self, place: Position) -> Path:
        """The file that a place is written in: this one, or the higher scheme's."""
        if self.higher and place and place[0] in self.inherited:
            return self.higher.file(place)
        return self.path

    def problem(self, place: Position, message: str, hint: str = "", severity: str = "error") -> Problem:
        return Problem(self.file(place), self.line(place), message, hint, severity, place_text(place))  # type: ignore[arg-type]

    def with_chosen(self, chosen: Chosen) -> Loaded:
        """The same file with other values for its open settings."""
        return _load(self.path, source.parse(self.text, self.path), chosen, self.higher)


def load(path: Path | str, chosen: Chosen | None = None) -> Loaded:
    """Load one scheme file, and the higher scheme that it implements from the same folder."""
    return _load_with(Path(path), chosen or {}, ())


def load_text(text: str, path: Path | str, chosen: Chosen | None = None) -> Loaded:
    """Load the text of a scheme that is no file yet. ``path`` is where it would stand, beside the higher schemes."""
    written = source.parse(text, Path(path))
    return _load(Path(path), written, chosen or {}, _higher(written, ()))


def load_under(text: str, path: Path | str, higher: Loaded | None, chosen: Chosen | None = None) -> Loaded:
    """Load the text of a scheme under a higher one that is at hand (one that was published and is no file beside it)."""
    return _load(Path(path), source.parse(text, Path(path)), chosen or {}, higher)


def load_raw(raw: dict[str, Any], path: Path | str, higher: Loaded | None, chosen: Chosen | None = None) -> Loaded:
    """Load what a form made, as if it had been written in a file: problems then have a place and no line."""
    return _load(Path(path), Source(Path(path), "", raw), chosen or {}, higher)


def load_all(folder: Path | str) -> dict[str, Loaded]:
    """Every scheme of a folder by its id. Raises Refused with the problems of all files together."""
    loaded: dict[str, Loaded] = {}
    problems: dict[Problem, None] = {}
    for path in sorted(Path(folder).glob("*.yaml")):
        try:
            entry = load(path)
        except Refused as refused:
            problems.update(dict.fromkeys(refused.problems))
            continue
        if entry.scheme.id in loaded:
            other = loaded[entry.scheme.id].path.name
            problems[entry.problem(("id",), f"标识 {entry.scheme.id} 与 {other} 重复", "每个方案用自己的标识")] = None
        loaded[entry.scheme.id] = entry
    if problems:
        raise Refused(problems)
    return loaded


def resolve(raw: Any, chosen: Chosen) -> Any:
    """A copy of ``raw`` with every ``{setting: name}`` replaced by the chosen value or the default."""
    values = {**defaults(raw), **chosen}
    return {key: part if key == "settings" else _substitute(part, values) for key, part in raw.items()}


def defaults(raw: Mapping[str, Any]) -> dict[str, Any]:
    """The default of every setting that ``raw`` explains."""
    return {entry["key"]: entry["default"] for entry in _settings(raw) if {"key", "default"} <= entry.keys()}


def effects(raw: Mapping[str, Any]) -> dict[str, list[Position]]:
    """Where each setting takes effect: setting key -> places."""
    found: dict[str, list[Position]] = {}
    for place, key in _references(raw, ()):
        found.setdefault(key, []).append(place)
    return found


def chosen_problems(settings: list[Setting], chosen: Chosen) -> list[str]:
    """What is wrong with the values that a jurisdiction wants to publish with, in plain words."""
    known = {setting.key: setting for setting in settings}
    problems = []
    for key, value in chosen.items():
        if key not in known:
            problems.append(f"没有开放设置“{key}”{nearest(key, known)}")
        elif problem := _choice_problem(known[key], value):
            problems.append(f"“{known[key].title}”：{problem}")
    return problems


def coerce(setting: Setting, value: Any) -> Any:
    """A chosen value (typed text, JSON) in the kind of the setting's default; raises ValueError with the reason."""
    if isinstance(setting.default, bool):
        return _as_bool(value)
    if isinstance(setting.default, (int, Decimal)):
        return _as_number(value)
    return str(value)


def _load_with(path: Path, chosen: Chosen, above: tuple[str, ...]) -> Loaded:
    written = source.read(path)
    return _load(path, written, chosen, _higher(written, above))


def _higher(written: Source, above: tuple[str, ...]) -> Loaded | None:
    name = written.raw.get("implements")
    if name is None:
        return None
    line = written.lines.get(("implements",), 1)
    if not isinstance(name, str) or "/" in name or "\\" in name:
        raise Refused([Problem(written.path, line, "implements 要写上级方案的标识", "如 implements: national-2020")])
    path = written.path.with_name(f"{name}.yaml")
    if name == written.raw.get("id") or name in above:
        raise Refused([Problem(written.path, line, f"上级方案绕成一圈：{name}", "implements 只写真正的上级方案")])
    if not path.exists():
        ids = sorted(file.stem for file in written.path.parent.glob("*.yaml"))
        raise Refused(
            [Problem(written.path, line, f"没有上级方案 {name}{nearest(name, ids)}", f"应有文件 {path.name}")]
        )
    return _load_with(path, {}, (*above, str(written.raw.get("id"))))


def _load(path: Path, written: Source, chosen: Chosen, higher: Loaded | None) -> Loaded:
    raw, marks, inherited = _merged(written, higher)
    found = effects(raw)
    values = _chosen_values(path, raw, marks, chosen)
    draft = Loaded(path, written.text, raw, marks, found, _EMPTY, values, higher, inherited)
    if unknown := _unknown_settings(draft):
        raise Refused(unknown)
    try:
        scheme = Scheme.model_validate(resolve(raw, values))
    except ValidationError as error:
        raise Refused(from_validation(error, raw, draft.problem)) from None
    return Loaded(path, written.text, raw, marks, found, scheme, values, higher, inherited)


_EMPTY: Any = None


def _merged(written: Source, higher: Loaded | None) -> tuple[dict[str, Any], dict[Position, int], frozenset[str]]:
    raw, marks = dict(written.raw), dict(written.lines)
    if higher is None:
        return raw, marks, frozenset()
    inherited = frozenset(name for name in INHERITED if name not in raw and name in higher.raw)
    raw |= {name: higher.raw[name] for name in INHERITED if name in inherited}
    marks |= {place: line for place, line in higher.marks.items() if place and place[0] in inherited}
    if borrowed := _borrowed_settings(raw, higher):
        raw["settings"] = [*_settings(raw), *borrowed]
    return raw, marks, inherited


def _borrowed_settings(raw: Mapping[str, Any], higher: Loaded) -> list[dict[str, Any]]:
    """Settings that inherited sections use and the file does not set itself."""
    own = {entry.get("key") for entry in _settings(raw)}
    used = effects(raw).keys()
    return [
        # What the higher jurisdiction chose is what its lower ones begin with.
        {**entry, "default": higher.chosen[entry["key"]]} if entry.get("key") in higher.chosen else entry
        for entry in _settings(higher.raw)
        if entry.get("key") in used and entry.get("key") not in own
    ]


def _settings(raw: Mapping[str, Any]) -> list[dict[str, Any]]:
    settings = raw.get("settings") or []
    return [entry for entry in settings if isinstance(entry, dict)] if isinstance(settings, list) else []


def _chosen_values(path: Path, raw: Mapping[str, Any], marks: Mapping[Position, int], chosen: Chosen) -> dict[str, Any]:
    if not chosen:
        return {}
    try:
        settings = [Setting.model_validate(entry) for entry in _settings(raw)]
    except ValidationError:
        return {}  # the file itself is refused, with the lines
    line = marks.get(("settings",), 1)
    if problems := chosen_problems(settings, chosen):
        raise Refused([Problem(path, line, problem, "按开放设置的单位和范围选定") for problem in problems])
    return {setting.key: coerce(setting, chosen[setting.key]) for setting in settings if setting.key in chosen}


def _unknown_settings(draft: Loaded) -> list[Problem]:
    known = {entry.get("key") for entry in _settings(draft.raw)}
    return [
        draft.problem(place, f"没有开放设置“{key}”{nearest(key, known)}", "先在 settings 里写明它的默认值和理由")
        for key, places in draft.effects.items()
        if key not in known
        for place in places
    ]


def _choice_problem(setting: Setting, value: Any) -> str:
    try:
        value = coerce(setting, value)
    except ValueError as error:
        return str(error)
    if setting.choices is not None and str(value) not in setting.choices:
        return f"只能选 {'、'.join(setting.choices)}，不能是 {value}"
    if setting.at_least is not None and value < setting.at_least:
        return f"不能小于 {setting.at_least}，现为 {value}"
    if setting.at_most is not None and value > setting.at_most:
        return f"不能大于 {setting.at_most}，现为 {value}"
    return "" if setting.open or value == setting.default else "文件已经定死，发布时不能改"


def _as_bool(value: Any) -> bool:
    words = {"true": True, "false": False, "是": True, "否": False}
    if isinstance(value, bool):
        return value
    if str(value).lower() in words:
        return words[str(value).lower()]
    raise ValueError(f"只能是“是”或“否”，不能是 {value}")


def _as_number(value: Any) -> Decimal | int:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise ValueError(f"要写数字，不能是 {value}") from None
    if not number.is_finite():
        raise ValueError(f"要写数字，不能是 {value}")
    return int(number) if number == number.to_integral_value() else number


def _is_reference(value: Any) -> bool:
    return isinstance(value, dict) and value.keys() == {"setting"} and isinstance(value["setting"], str)


def _substitute(value: Any, values: Mapping[str, Any]) -> Any:
    if _is_reference(value):
        return values.get(value["setting"], value)
    if isinstance(value, dict):
        return {key: _substitute(part, values) for key, part in value.items()}
    if isinstance(value, list):
        return [_substitute(part, values) for part in value]
    return value


def _references(value: Any, place: Position) -> Iterator[tuple[Position, str]]:
    if place == ("settings",):
        return
    if _is_reference(value):
        yield place, value["setting"]
    elif isinstance(value, dict):
        for key, part in value.items():
            yield from _references(part, (*place, key))
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from _references(part, (*place, index))


def as_document(scheme: Scheme) -> dict[str, Any]:
    """A scheme as JSON values, to be frozen in a published version; ``Scheme.model_validate`` reads it back."""
    return scheme.model_dump(mode="json", exclude_defaults=True)
