"""One item of a standard as a page shows it: what is asked, what is filled in, what it comes to, and its evidence."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from uuid import UUID

from django.urls import reverse

from greenhood.assessments import answers, forms
from greenhood.assessments.answers import Fields
from greenhood.assessments.explaining import Explained
from greenhood.assessments.models import Answer, Evidence
from greenhood.assessments.queries.carrying import Carriable, Served
from greenhood.assessments.queries.evidence import Use
from greenhood.evidence import photos
from greenhood.evidence.flags import Flag
from greenhood.evidence.showing import kind_of, provenance_words, shown_size, shown_time
from greenhood.schemes import engine
from greenhood.schemes.format import Check, Criterion, Kind, Proof, Standard

PROOFS = {
    Proof.PHOTO: "照片",
    Proof.DOCUMENT: "文件",
    Proof.RECORD: "记录",
    Proof.ON_SITE: "现场查看",
    Proof.INDICATOR: "指标数据",
}
STATES = {
    "met": ("满足", "good"),
    "partly": ("部分满足", "attend"),
    "not_met": ("未满足", "bad"),
    "unanswered": ("未填完", "none"),
    "not_applicable": ("不适用", "none"),
    "vetoed": ("一票否决", "bad"),
}
CHOICES = (("yes", "满足"), ("no", "不满足"), ("", "未填"))


@dataclass(frozen=True, slots=True)
class Control:
    """One field: its name on the page, what is typed in it, and what is wrong with it."""

    name: str
    label: str
    typed: str = ""
    problem: str = ""
    unit: str = ""
    most: str = ""

    @property
    def id(self) -> str:
        return f"id-{self.name}"

    @property
    def key(self) -> str:
        """The field without its item: ``c7-count-2`` → ``count-2``."""
        return self.name.partition("-")[2]


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One numbered requirement with its three-state answer, and a figure where it is judged by one."""

    no: int
    text: str
    proofs: str
    hint: str
    answer: Control
    figure: Control | None
    data: Explained | None = None

    @property
    def is_closed(self) -> bool:
        """Whether it is decided by data or by a claim, and can't be filled in."""
        return self.data is not None and self.data.is_closed


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    label: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of evidence as shown."""

    id: UUID
    name: str
    caption: str
    is_public: bool
    is_image: bool
    check_no: int | None
    url: str
    thumbnail_url: str
    large_url: str
    kind: str
    size: str
    facts: str
    uploaded: str
    is_new: bool = False
    uses: tuple[Use, ...] = ()
    is_carried: bool = False
    flags: tuple[Flag, ...] = ()

    @property
    def flag(self) -> str:
        """The reasons to look twice in a few words, for a narrow strip."""
        return "、".join(flag.title for flag in self.flags)


@dataclass(frozen=True, slots=True)
class Difference:
    """A field on which two people differ."""

    title: str
    theirs: str
    yours: str


@dataclass(slots=True)
class Item:
    """Everything that a page needs of one item. ``is_open`` says whether it can be edited."""

    no: int
    title: str
    source: str
    conflict_in_source: str
    applies_when: str
    kind_words: str
    part: str
    revision: int
    is_open: bool
    reopened_reason: str
    edited: str
    result: engine.CriterionResult
    possible: Decimal | None
    away: Control | None
    reason: Control
    met: Control | None
    checks: list[CheckRow]
    claimed: Control | None
    value: Control | None
    counts: list[tuple[Control, bool]]
    grade: Control | None
    grades: list[Choice]
    note: Control
    pieces: list[Piece] = field(default_factory=list)
    problems: dict[str, str] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)
    served: list[Served] = field(default_factory=list)
    carriable: list[Carriable] = field(default_factory=list)
    theirs_by: str = ""
    is_saved: bool = False
    has_changed: bool = False

    @property
    def prefix(self) -> str:
        return forms.prefix(self.no)

    @property
    def state_words(self) -> str:
        return STATES[self.result.state][0]

    @property
    def tone(self) -> str:
        return STATES[self.result.state][1]

    @property
    def is_away(self) -> bool:
        return self.away is not None and self.away.typed == "1"

    @property
    def problem_list(self) -> list[tuple[str, str]]:
        """(id of the field, sentence) for the list on top."""
        return [(f"id-{self.prefix}{name}", text) for name, text in self.problems.items()]

    @property
    def is_carried(self) -> bool:
        return any(piece.is_carried for piece in self.pieces)

    @property
    def choices(self) -> tuple[tuple[str, str], ...]:
        return CHOICES


def item(
    standard: Standard,
    part: str,
    line: Criterion,
    answer: Answer | None,
    result: engine.CriterionResult,
    *,
    is_open: bool,
    pieces: Iterable[Piece] = (),
    filled: forms.Filled | None = None,
    problems: Mapping[str, str] | None = None,
    explained: Mapping[int, Explained] | None = None,
) -> Item:
    """Show an item as it is stored, or, with ``filled``, as somebody just typed it. ``explained`` are its computed checks."""
    fields = answers.trimmed(standard, line, answers.fields_of(answer))
    typed = dict(filled.typed) if filled else forms.typed_of(fields)
    wrong = dict(problems or {})
    asked = answers.asked(standard, line)
    start = forms.prefix(line.no)

    def control(name: str, label: str, unit: str = "", most: str = "") -> Control:
        return Control(start + name, label, typed.get(name, ""), wrong.get(name, ""), unit, most)

    most = answers.most_points(standard, line)
    return Item(
        no=line.no,
        title=line.title,
        source=line.source,
        conflict_in_source=line.conflict or "",
        applies_when=line.applies_when or "",
        kind_words=kind_words(standard, line),
        part=part,
        revision=answer.revision if answer else 0,
        is_open=is_open,
        reopened_reason=answer.reopened_reason if answer else "",
        edited=_edited(answer),
        result=result,
        possible=line.points,
        away=control("away", "不适用") if line.may_not_apply else None,
        reason=control("reason", "不适用的理由"),
        met=control("met", "满足情况") if "met" in asked else None,
        checks=[
            _check_row(number, check, control, (explained or {}).get(number))
            for number, check in enumerate(line.checks, 1)
        ],
        claimed=control("claimed", _claimed_label(line), "分", "" if most is None else f"{most.normalize():f}")
        if "claimed" in asked
        else None,
        value=control("value", "数值", line.value_unit or "") if "value" in asked else None,
        counts=[
            (control(f"count-{number}", text, "次"), kind == "fixed")
            for number, kind, text in answers.counted_rules(line)
            if "counts" in asked
        ],
        grade=control("grade", "等次") if "grade" in asked else None,
        grades=[
            Choice(grade.key, f"{grade.title}（{grade.points.normalize():f} 分）", grade.key == typed.get("grade"))
            for grade in line.grades
        ],
        note=control("note", "说明"),
        pieces=list(pieces),
        problems=wrong,
    )


def kind_words(standard: Standard, line: Criterion) -> str:
    if line.kind is Kind.VETO:
        return "一票否决项"
    if line.kind is Kind.BONUS:
        return "加分项" if line.points is None else f"加分项，最多 {line.points.normalize():f} 分"
    if line.kind is Kind.DEDUCTION:
        return "扣分项"
    if standard.scoring == "checklist" or line.points is None:
        return "须满足"
    return f"{line.points.normalize():f} 分"


def _claimed_label(line: Criterion) -> str:
    return "扣分" if line.kind is Kind.DEDUCTION or any(rule.per == "range" for rule in line.deducts) else "自评得分"


def _check_row(number: int, check: Check, control: Callable[..., Control], data: Explained | None) -> CheckRow:
    hints = [check.ask or ""]
    if check.threshold and data is None:
        hints.append(f"要求{answers.in_words(check.threshold)}")
    if check.sampling:
        hints.append(f"抽查{check.sampling.of} {check.sampling.count} 处（人）")
    if check.lookback_years:
        hints.append(f"看近 {check.lookback_years} 年")
    return CheckRow(
        number,
        check.text,
        "、".join(PROOFS[proof] for proof in check.evidence),
        "；".join(hint.rstrip("。") for hint in hints if hint),
        control(f"check-{number}", f"（{number}）"),
        control(f"value-{number}", "数值", check.threshold.unit) if check.threshold else None,
        data,
    )


def _edited(answer: Answer | None) -> str:
    if answer is None or answer.edited_at is None:
        return ""
    who = str(answer.edited_by) if answer.edited_by else "系统"
    return f"{who} {shown_time(answer.edited_at)}"


def piece(evidence: Evidence, *, is_new: bool = False, uses: Iterable[Use] = (), flags: Iterable[Flag] = ()) -> Piece:
    blob = evidence.blob
    address = _address(evidence.pk)
    small, large = (f"{address}{size}/" if blob.is_image else "" for size in photos.SIZES)
    facts = []
    if blob.width and blob.height:
        facts.append(f"{blob.width}×{blob.height}")
    if blob.is_image:
        facts.append(provenance_words(evidence, blob))
    who = str(evidence.uploaded_by) if evidence.uploaded_by else "系统"
    return Piece(
        id=evidence.pk,
        name=evidence.name,
        caption=evidence.caption,
        is_public=evidence.is_public,
        is_image=blob.is_image,
        check_no=evidence.check_no,
        url=address,
        thumbnail_url=small,
        large_url=large,
        kind=kind_of(evidence.name),
        size=shown_size(blob.size),
        facts="，".join(facts),
        uploaded=f"{who} {shown_time(evidence.uploaded_at)}",
        is_new=is_new,
        uses=tuple(uses),
        flags=tuple(flags),
        is_carried=evidence.carried_from_id is not None,
    )


def _address(pk: UUID) -> str:
    """The address of a piece; those of its copies stand below it. A page may hold thousands, so it is resolved once."""
    return _pattern().replace(str(_NOBODY), str(pk))


_NOBODY = UUID(int=0)


@cache
def _pattern() -> str:
    return reverse("assessments:evidence", args=[_NOBODY])


def differences(standard: Standard, line: Criterion, theirs: Fields, yours: Fields) -> list[Difference]:
    """The fields on which two answers differ, in words."""
    found = []
    for name, (one, other) in answers.changes(theirs, yours).items():
        if name in {"checks", "values"}:
            found += _check_differences(line, name, getattr(theirs, name), getattr(yours, name))
            continue
        found.append(Difference(answers.TITLES[name], in_words(name, one), in_words(name, other)))
    return found


def _check_differences(
    line: Criterion, name: str, theirs: tuple[object, ...], yours: tuple[object, ...]
) -> list[Difference]:
    what = "" if name == "checks" else "的数值"
    pairs = [
        (at, theirs[at - 1] if at <= len(theirs) else None, yours[at - 1] if at <= len(yours) else None)
        for at in range(1, len(line.checks) + 1)
    ]
    return [
        Difference(f"第（{at}）项要求{what}", in_words(name, one), in_words(name, other))
        for at, one, other in pairs
        if one != other
    ]


def in_words(name: str, value: object) -> str:
    if value is None or value == "" or value == []:
        return "未填"
    if name == "applies":
        return "适用" if value else "不适用"
    if isinstance(value, bool):
        return "满足" if value else "不满足"
    if isinstance(value, list):
        return "、".join("未填" if one is None else str(one) for one in value)
    return str(value)
