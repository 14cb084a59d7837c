"""A scheme as text for a terminal: what the pages show, as a person would read it from top to bottom."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator

from greenhood.schemes import loading, words
from greenhood.schemes.differences import Change, Group
from greenhood.schemes.format import Cited, Kind
from greenhood.schemes.loading import Loaded
from greenhood.schemes.models import SchemeVersion
from greenhood.schemes.opens import Open
from greenhood.schemes.problems import place_text
from greenhood.schemes.reading import SECTIONS, CriterionLine, Reading, StandardSheet
from greenhood.schemes.reasons import band_words, deduct_words, number, threshold

BADGES = {Kind.DEDUCTION: "扣分", Kind.BONUS: "加分", Kind.VETO: "一票否决"}


def unpublished(loaded: Loaded) -> SchemeVersion:
    """A file as a version that is not stored, so that it reads like a published one."""
    return SchemeVersion(
        scheme_id=loaded.scheme.id,
        version=0,
        title=loaded.scheme.title,
        document=loading.as_document(loaded.scheme),
        chosen=loaded.chosen,
        effects={key: [place_text(place) for place in places] for key, places in loaded.effects.items()},
        inherited=sorted(loaded.inherited),
        source_text=loaded.text,
    )


def scheme(loaded: Loaded, today: dt.date) -> str:
    """The whole scheme, section by section; sections with nothing in them are left out."""
    reading = Reading(unpublished(loaded), today)
    lines = [loaded.scheme.title, *_head(reading)]
    for key, title, written in _sections(reading):
        if body := list(written):
            inherited = f"（沿用 {loaded.scheme.implements}）" if key in loaded.inherited else ""
            lines += ["", f"# {title}{inherited}", *body]
    return "\n".join(lines)


def difference(groups: Iterable[Group]) -> str:
    """What differs, section by section."""
    lines: list[str] = []
    for group in groups:
        lines += ["", f"# {group.title}", *(line for change in group.changes for line in _change(change))]
    return "\n".join(lines).lstrip("\n") or "没有差别。"


def _change(change: Change) -> Iterator[str]:
    yield f"{change.kind_title}  {change.title}"
    yield from (f"    - {line}" for line in change.before.splitlines())
    yield from (f"    + {line}" for line in change.after.splitlines())


def _sections(reading: Reading) -> list[tuple[str, str, Iterator[str]]]:
    return [
        ("subjects", SECTIONS["subjects"], _subjects(reading)),
        ("goals", SECTIONS["goals"], _goals(reading)),
        ("roster", "创建名单", _roster(reading)),
        ("phases", "实施步骤", _phases(reading)),
        ("duties", SECTIONS["duties"], _duties(reading)),
        ("standards", SECTIONS["standards"], _standards(reading)),
        ("titles", SECTIONS["titles"], _titles(reading)),
        ("procedure", SECTIONS["procedure"], _steps(reading)),
        ("upkeep", SECTIONS["upkeep"], _upkeep(reading)),
        ("calendar", SECTIONS["calendar"], _calendar(reading)),
        ("forms", SECTIONS["forms"], _forms(reading)),
        ("settings", "开放设置", _settings(reading)),
    ]


def _head(reading: Reading) -> Iterator[str]:
    scheme = reading.scheme
    place = "全国" if scheme.jurisdiction == 0 else f"{scheme.jurisdiction:012d}"
    facts = {
        "标识": scheme.id,
        "发文": scheme.issuer,
        "文号": scheme.number,
        "区划": place,
        "上级方案": scheme.implements,
    }
    yield "；".join(f"{label} {said}" for label, said in facts.items() if said)
    yield from (f"依据《{basis.title}》{f'（{basis.number}）' if basis.number else ''}" for basis in scheme.basis)


def _subjects(reading: Reading) -> Iterator[str]:
    rule = reading.scheme.subjects
    yield f"{rule.title}{_source(rule)}"
    yield from _indented(reading.subject_rule)


def _goals(reading: Reading) -> Iterator[str]:
    for line in reading.goals:
        yield f"- {line.goal.title}{_source(line.goal)}"
        yield f"    {line.goal.by} 前：{line.measure} {line.amount}，{line.scope}"
        yield from _opens(line.opens)


def _roster(reading: Reading) -> Iterator[str]:
    for year, source, communities in reading.roster:
        yield f"- {year} 年：{'、'.join(line.name for line in communities)}〔{source}〕"


def _phases(reading: Reading) -> Iterator[str]:
    for phase in reading.scheme.phases:
        yield f"- {phase.title}{_source(phase)}"
        yield from _indented(f"{task.title}：{task.text}" for task in phase.tasks)


def _duties(reading: Reading) -> Iterator[str]:
    for duty in reading.duties:
        yield f"- {duty.part}{_source(duty)}"
        said = (duty.text, f"指导：{'、'.join(duty.guiding)}" if duty.guiding else None, duty.implementing)
        yield from _indented(filter(None, said))


def _standards(reading: Reading) -> Iterator[str]:
    for sheet in reading.sheets:
        yield from _sheet(sheet)


def _sheet(sheet: StandardSheet) -> Iterator[str]:
    full = f"，满分 {sheet.maximum} 分" if sheet.maximum else ""
    yield f"{sheet.standard.title}：{sheet.count} 项{full}{_source(sheet.standard)}"
    for level in sheet.levels:
        yield f"- 等级“{level.level.title}”：{level.terms}"
        yield from _opens(level.opens)
    for part in sheet.parts:
        yield f"- {part.part.title}{f'（{part.points} 分）' if part.points else ''}{_source(part.part)}"
        for line in part.lines:
            yield from _indented(_criterion(line))


def _criterion(line: CriterionLine) -> Iterator[str]:
    criterion = line.criterion
    marks = [f"{line.points} 分" if line.points else "", BADGES.get(criterion.kind, ""), line.how]
    shown = "，".join(filter(None, marks))
    yield f"{criterion.no}. {criterion.title.rstrip('。')}{f'（{shown}）' if shown else ''}{_source(criterion)}"
    for index, check in enumerate(line.checks, 1):
        if len(line.checks) > 1 or check.threshold:
            mark = f"〔{check.indicator}{check.threshold}〕" if check.threshold else ""
            yield f"    {index}) {check.check.text.rstrip('；。')}{mark}"
        yield from _opens(check.opens)
    yield from _indented(f"{band_words(band)}：{number(band.points)} 分" for band in criterion.bands)
    yield from _indented(f"{grade.title}：{number(grade.points)} 分" for grade in criterion.grades)
    yield from _indented(map(deduct_words, criterion.deducts))
    if criterion.veto_when:
        yield f"    {threshold(criterion.veto_when)}的，一票否决"
    if criterion.may_not_apply:
        yield f"    可以不涉及{f'：{criterion.applies_when}' if criterion.applies_when else ''}"
    yield from _opens(line.opens)


def _titles(reading: Reading) -> Iterator[str]:
    for line in reading.titles:
        yield f"- {line.title.title}：达到“{line.level}”{_source(line.title)}"
        if line.requires:
            yield f"    须先获得{'、'.join(line.requires)}"
        yield from _indented(f"名额：{said}" for _, said in line.quotas)


def _steps(reading: Reading) -> Iterator[str]:
    procedure = reading.scheme.procedure
    yield f"{procedure.applicant}申报{f'；{procedure.principle}' if procedure.principle else ''}{_source(procedure)}"
    for line in reading.steps:
        yield f"{line.number}. {line.step.title}（{line.level}）{_source(line.step)}"
        if line.terms:
            yield f"    {'；'.join(line.terms)}"
        yield from _opens(line.opens)


def _upkeep(reading: Reading) -> Iterator[str]:
    if reading.upkeep:
        yield f"{'；'.join(reading.upkeep)}{_source(reading.scheme.upkeep)}"
        yield from _opens(reading.upkeep_opens)


def _calendar(reading: Reading) -> Iterator[str]:
    for line in reading.obligations:
        obligation = line.obligation
        yield f"- {obligation.title}（{line.kind}）{_source(obligation)}"
        yield f"    {line.due}，{obligation.reporter_title} → {obligation.receiver_title}"
        yield from _opens(line.opens)


def _forms(reading: Reading) -> Iterator[str]:
    for form in reading.scheme.forms:
        yield f"- {form.title}{_source(form)}"
        if form.fields:
            yield f"    {'、'.join(entry.label for entry in form.fields)}"


def _settings(reading: Reading) -> Iterator[str]:
    for entry in reading.settings:
        setting = entry.setting
        chosen = "" if entry.value == entry.default else f"，选定 {entry.value}"
        choices = f"，可选 {'、'.join(map(words.setting_value, setting.choices))}" if setting.choices else ""
        yield f"- {setting.title}（{setting.key}）：默认 {entry.default}{chosen}{choices}{_source(setting)}"
        yield f"    {setting.reason}"


def _opens(opens: Iterable[Open]) -> Iterator[str]:
    for entry in opens:
        yield f"    ※ {entry.setting.title}：{entry.note}"


def _indented(lines: Iterable[str]) -> Iterator[str]:
    return (f"    {line}" for line in lines)


def _source(entry: Cited | None) -> str:
    return f"〔{entry.source}〕" if entry else ""
