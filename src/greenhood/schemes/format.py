"""The scheme format: what one jurisdiction's policy document can say, as data.

A scheme file is read by people first, so the sections below follow the order of a policy document and every entry cites
the clause that it comes from. These models are the whole vocabulary: a word that is not here cannot be written in a
scheme file, and nothing outside this module gives a scheme file meaning that its models do not name.

Figures that a policy leaves open are written ``{setting: name}`` where they take effect and explained once under
``settings``. They are replaced by the chosen values *before* these models see the file (see ``loading``), so every field
here holds a plain value.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Points = Annotated[Decimal, Field(description="分值，十进制数", max_digits=9, decimal_places=4)]
Share = Annotated[Decimal, Field(ge=0, le=1, description="比例，0 到 1")]
Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*$", description="小写字母、数字、-、_ 组成的标识")]


class Entry(BaseModel):
    """Anything written in a scheme file: unknown words are refused, values never change after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Cited(Entry):
    """An entry that says which clause it comes from, in the document's own numbering (``四(四)``, ``附件1 #15``)."""

    source: Annotated[str, Field(min_length=1, description="出处条款，如 四(四)、附件1 #15")]


class AdminLevel(StrEnum):
    """Administrative levels by the names a scheme uses; ``divisions`` holds the same levels as numbers."""

    NATION = "nation"
    PROVINCE = "province"
    CITY = "city"
    COUNTY = "county"
    STREET = "street"
    COMMUNITY = "community"


# --- head ---------------------------------------------------------------------------------------------------------


class Document(Entry):
    """A policy document that this scheme carries out or rests on."""

    title: str
    number: str | None = None
    issued: date | None = None
    issuer: str | None = None


class Department(Entry):
    """A body that takes part: the name used on this scheme's pages and the level it works at."""

    key: Key
    title: str
    level: AdminLevel


class Subjects(Cited):
    """Which communities are the object of the programme and so the denominator of every share (norms.md §1)."""

    title: str = "城市社区居民委员会所辖空间区域"
    classes: list[int] = [111, 112, 121]
    village_codes: list[tuple[int, int]] = [(1, 199)]
    parent_kinds: list[Literal["街道", "镇", "县城镇", "乡", "其他"]] = ["街道", "镇"]
    include: list[int] = []
    exclude: list[int] = []


class RosterYear(Cited):
    """The communities that a document names for one year, by the name that the document uses."""

    year: int
    communities: list[str]
    codes: list[int] = Field(default=[], description="与 communities 顺序一致的 12 位代码；名称已对上的才写")


class Setting(Cited):
    """A figure that the policy leaves open: a stated default with its reason, chosen when a jurisdiction publishes."""

    key: Key
    title: str
    open: bool = True
    default: Decimal | int | str | bool
    unit: str | None = None
    at_least: Decimal | None = None
    at_most: Decimal | None = None
    choices: list[str] | None = None
    reason: Annotated[str, Field(min_length=4)]


# --- goals, phases, duties, calendar ---------------------------------------------------------------------------------


class Measure(StrEnum):
    """What a goal counts. Participation, reaching the standard and demonstration are three different figures."""

    PARTICIPATING = "participating"
    REACHED = "reached"
    TITLED = "titled"
    PILOTS = "pilots"
    DUTY = "duty"


class Goal(Cited):
    """A share or a count to reach by a date, over the whole jurisdiction or in each division of a lower level."""

    key: Key
    title: str
    measure: Measure
    by: date
    share: Share | None = None
    count: int | None = None
    count_to: int | None = None
    each: AdminLevel | None = None
    kinds: list[Literal["街道", "镇", "县城镇", "乡", "其他"]] = Field(
        default=[], description="each 为 street 时只指这几种乡级单位，如只说街道的写 [街道]；不写是全部"
    )
    award: Key | None = None
    conflict: str | None = Field(default=None, description="原文自相矛盾或与上级不同之处，及取舍")


class Task(Cited):
    """One thing that a phase asks for."""

    title: str
    text: str
    by: str | None = None


class Phase(Cited):
    key: Key
    title: str
    begins: date | None = None
    ends: date | None = None
    tasks: list[Task] = []


class Duty(Cited):
    """Who guides and who carries out one content part."""

    part: str
    text: str | None = None
    guiding: list[str] = []
    implementing: str | None = None


class Frequency(StrEnum):
    ONCE = "once"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    ANNUAL = "annual"


class Section(Entry):
    """One part of a report. ``drafts`` names the live account that the draft of it is drawn up from."""

    key: Key
    title: str
    hint: str | None = None
    drafts: Literal["goals", "gaps", "conclusion"] | None = None


class Obligation(Cited):
    """A report or a visit that falls due: who owes what to whom by which day.

    ``due_month`` and ``due_day`` give the day within the year (annual), ``due_day`` alone the day within the month
    (monthly), ``due_date`` a single day (once). ``days_after_period`` is for quarterly reports whose text names no day.
    ``from_month`` and ``from_day`` are the first day where a text gives a span (11月下旬: from 11-21, due 11-30).
    An evaluation of a ``phase`` covers its days; ``grades`` are the words that it may conclude with, where the text names some.
    """

    key: Key
    title: str
    kind: Literal["report", "plan", "visit", "sample", "evaluation"] = "report"
    frequency: Frequency
    reporter: AdminLevel
    reporter_title: str
    receiver: AdminLevel
    receiver_title: str
    due_month: Annotated[int, Field(ge=1, le=12)] | None = None
    due_day: Annotated[int, Field(ge=1, le=31)] | None = None
    due_date: date | None = None
    days_after_period: int | None = None
    from_month: Annotated[int, Field(ge=1, le=12)] | None = None
    from_day: Annotated[int, Field(ge=1, le=31)] | None = None
    phase: Key | None = None
    grades: list[str] = []
    sections: list[Section] = []
    figures: list[str] = []


# --- a local plan ----------------------------------------------------------------------------------------------------


class EntryPoint(Cited):
    """Where a plan begins (切入点): a type of community, the problem that it faces, what is taken up first."""

    community_type: str
    problem: str
    approach: str


class YearTask(Cited):
    """One task of a plan's yearly timetable (年度计划): in which year, by which day, who sees to it."""

    year: Annotated[int, Field(ge=2019, le=2100)]
    title: str
    text: str = ""
    department: str | None = None
    by: date | None = None


class KeyProject(Cited):
    """A key project (重点项目) of a plan. ``money`` is in 万元; ``codes`` are the communities that it serves, where known."""

    title: str
    text: str = ""
    communities: list[str] = []
    codes: list[int] = []
    money: Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=2, description="万元")] | None = None
    funds: str | None = None
    department: str | None = None
    by: date | None = None


class PlanMeasure(Cited):
    """How a plan is carried out (实施措施)."""

    title: str
    text: str = ""
    part: str | None = None


class LocalPlan(Entry):
    """What a lower government's plan says beside goals, phases, duties, standard and calendar (一区一策)."""

    begins: date | None = None
    ends: date | None = None
    entry_points: list[EntryPoint] = []
    yearly: list[YearTask] = []
    key_projects: list[KeyProject] = []
    measures: list[PlanMeasure] = []


# --- the standard ----------------------------------------------------------------------------------------------------


class Where(Entry):
    """Which communities a variant is for. Empty lists leave the question open; all given ones must hold.

    One of the classes, within one of the divisions (12-digit codes), with all of the tags.
    """

    classes: list[int] = []
    within: list[int] = []
    tags: list[str] = []


class ThresholdCase(Entry):
    """One variant of a threshold: for some communities, or from a day on (a target that rises). The last that fits counts."""

    where: Where | None = None
    begins: date | None = None
    value: Decimal


class Threshold(Entry):
    """A figure to compare with: ``at_least`` 达到, ``above`` 大于 (strict), ``at_most`` 不超过, ``below`` 小于."""

    compare: Literal["at_least", "above", "at_most", "below"]
    value: Decimal
    unit: str
    cases: list[ThresholdCase] = []


class Proof(StrEnum):
    """What can prove a check."""

    PHOTO = "photo"
    DOCUMENT = "document"
    RECORD = "record"
    ON_SITE = "on-site"
    INDICATOR = "indicator"


class Sampling(Entry):
    """A sampling rule inside a check: 抽查十名居民, 每类抽三处."""

    count: int
    of: str


class Relation(StrEnum):
    """How a requirement stands to another (``crosswalk`` says what each means)."""

    EQUAL = "equal"
    NARROWER = "narrower"
    WIDER = "wider"
    RELATED = "related"


HigherCheck = Annotated[
    str, Field(pattern=r"^[1-9][0-9]*\.[1-9][0-9]*$", description="上级标准的项号和小项号，如 13.2")
]


class Check(Entry):
    """One numbered sub-requirement of a criterion. Cites the criterion's clause unless it has its own.

    ``refines`` says which checks of the higher standard it carries, and how it stands to them: ``{"13.2": narrower}``.
    Checks of the same words need not be written.

    ``besides`` is what the sentence asks and the figure doesn't say (绿化管理, where the figure is 绿地率): the threshold is
    then necessary and not sufficient, and a person answers for the rest.
    """

    text: str
    evidence: list[Proof] = [Proof.DOCUMENT]
    indicator: Key | None = None
    threshold: Threshold | None = None
    points: Points | None = None
    sampling: Sampling | None = None
    lookback_years: int | None = None
    ask: str | None = None
    besides: str | None = Field(default=None, description="数据反映不了、由人认定的内容，如“绿化管理”")
    refines: dict[HigherCheck, Relation] = {}
    source: str | None = None


class Kind(StrEnum):
    MET = "met"
    POINTS = "points"
    DEDUCTION = "deduction"
    BONUS = "bonus"
    VETO = "veto"


class How(StrEnum):
    """How the answers to a criterion become points."""

    CLAIMED = "claimed"  # the assessor gives points within the range
    ALL = "all"  # every check met: full points, otherwise none
    SHARE = "share"  # points in proportion to the checks met
    EACH = "each"  # every check carries its own points
    AT_LEAST = "at-least"  # k of the n checks: full points, otherwise none
    BANDS = "bands"  # a value falls into a band
    GRADES = "grades"  # a named grade is chosen
    COUNT = "count"  # so many points for every counted case, up to the points of the line
    DEDUCT = "deduct"  # full points less deductions


class Band(Entry):
    """Points for values from ``lower`` (inclusive) up to ``upper`` (exclusive); an open end is left out."""

    lower: Decimal | None = None
    upper: Decimal | None = None
    points: Points


class Grade(Entry):
    key: Key
    title: str
    points: Points


class Deduct(Entry):
    """One deduction rule of a line.

    ``per``: ``fixed`` once when it happens; ``instance`` for every counted case; ``missing`` for every check not met;
    ``step`` for every ``step`` that the value falls short of ``target`` (``over``: exceeds it), counting whole steps or
    every step begun; ``range`` left to the assessor, up to ``points``. The line never falls below zero; ``cap`` limits
    what this rule takes.
    """

    per: Literal["fixed", "instance", "missing", "step", "range"]
    text: str
    points: Points
    cap: Points | None = None
    target: Decimal | None = None
    step: Decimal | None = None
    over: bool = False
    steps: Literal["whole", "begun"] = "whole"


EffortClass = Literal["low", "middle", "high"]


class Efforts(Entry):
    """What it takes to catch up on a criterion of each class, as weights for weighing one against another.

    They are no part of a policy and never enter a score: whoever looks for the least work that reaches a level counts
    with them. ``words.EFFORT_MEANINGS`` says what each class stands for in time and money.
    """

    low: Annotated[Decimal, Field(gt=0, le=1000)] = Decimal(1)
    middle: Annotated[Decimal, Field(gt=0, le=1000)] = Decimal(3)
    high: Annotated[Decimal, Field(gt=0, le=1000)] = Decimal(9)
    reason: Annotated[str, Field(min_length=4)] = (
        "政策没有规定补齐一项要花多少力气。按三倍一级估算：容易补上的几周内办成，记 1；"
        "要几个单位配合的约一个季度，记 3；要工程或专项资金的半年以上，记 9。"
    )

    def weight(self, effort: EffortClass | None) -> Decimal:
        """The weight of a class; a criterion without one counts as middle."""
        weight: Decimal = getattr(self, effort or "middle")
        return weight


class Criterion(Cited):
    """One line of the standard.

    ``how`` left out follows from what is written (bands, grades, deducts, points on the checks, ``needed``), then from
    the standard's ``how``. The text of a veto line states what must hold (近三年未发生…): not met is the veto. On a line
    that also scores, ``veto_when`` is the figure at which the veto falls, besides the points.
    """

    no: Annotated[int, Field(ge=1)]
    title: str
    kind: Kind = Kind.POINTS
    how: How | None = None
    points: Points | None = None
    needed: int | None = None
    points_each: Points | None = None
    value_unit: str | None = None
    bands: list[Band] = []
    grades: list[Grade] = []
    deducts: list[Deduct] = []
    checks: list[Check] = []
    veto_when: Threshold | None = None
    may_not_apply: bool = False
    applies_when: str | None = Field(default=None, description="原文限定适用对象的词句，如“有条件的社区”")
    not_applicable: Literal["leave_out", "full", "zero"] = "leave_out"
    effort: EffortClass | None = None
    refines: list[int] = []
    conflict: str | None = None


class Part(Cited):
    """One content part (建立健全社区人居环境建设和整治机制 …) with its criteria."""

    key: Key
    title: str
    points: Points | None = None
    weight: Decimal = Decimal(1)
    criteria: list[Criterion]


class Floor(Entry):
    """The least a part must reach: in points, or as a share of what the part can give."""

    part: Key
    at_least: Points | None = None
    share: Share | None = None


class Level(Entry):
    """A level that a total can reach; levels are listed from the lowest to the highest."""

    key: Key
    title: str
    at_least: Points | None = None
    above: Points | None = None
    no_veto: bool = True
    all_met: bool = False
    each_part_at_least: Share | None = None
    floors: list[Floor] = []
    must: list[int] = []
    source: str | None = None


class Rounding(Entry):
    """How a line, a part and a total are rounded."""

    places: Annotated[int, Field(ge=0, le=4)] = 2
    mode: Literal["half-up", "half-even", "down", "up"] = "half-up"


class Scorer(Entry):
    """A scorer whose sheet counts towards the composite total."""

    key: Key
    title: str
    weight: Decimal


class Standard(Cited):
    """A standard: parts of criteria, the scoring and the levels. A scheme may hold several, each for its objects."""

    key: Key = "standard"
    title: str
    object: Literal["community", "estate", "street", "county"] = "community"
    where: Where = Where()
    scoring: Literal["checklist", "points"]
    how: How | None = None
    maximum: Points | None = None
    rounding: Rounding = Rounding()
    scale_when_left_out: bool = True
    bonus_cap: Points | None = None
    bonus_over_maximum: bool = False
    levels: list[Level]
    parts: list[Part]
    scorers: list[Scorer] = []
    factor: Decimal = Decimal(1)
    review_due: date | None = None


class Sheet(Entry):
    standard: Key
    weight: Decimal


# --- titles and procedure --------------------------------------------------------------------------------------------


class Quota(Cited):
    """A limit on how many may hold a title.

    ``share`` of the subjects of each division at ``within``; ``count`` in each division at ``within``; ``rank``: only the
    first so many of a batch. ``years`` is the window of awards that count together (连续三年累计).
    """

    kind: Literal["share", "count", "rank"]
    within: AdminLevel
    share: Share | None = None
    count: int | None = None
    years: int | None = None
    text: str


class FromChildren(Cited):
    """A title of a parent that follows from its children: all of ``all_hold``, and at least a share of ``share_hold``."""

    level: AdminLevel
    all_hold: Key | None = None
    share_hold: Key | None = None
    share: Share | None = None


class Plaque(Entry):
    title: str
    number: str = "{scheme}-{year}-{serial:05d}"


class Title(Cited):
    """What can be awarded."""

    key: Key
    title: str
    level: Key
    requires: list[Key] = []
    requires_count: int | None = None
    quotas: list[Quota] = []
    valid_years: int | None = None
    plaque: Plaque | None = None
    from_children: FromChildren | None = None
    note: str | None = None


class StepKind(StrEnum):
    """The mechanics a step can have; its words come from its title."""

    DECLARE = "declare"
    REVIEW = "review"
    SAMPLE = "sample"
    PANEL = "panel"
    NOTICE = "notice"
    AWARD = "award"


class Outcome(StrEnum):
    """What a deciding post may do at a step."""

    PASS = "pass"
    RETURN = "return"
    REJECT = "reject"


class Seat(Entry):
    kind: Literal["expert", "foreign-expert", "deputy", "citizen", "officer"]
    title: str
    count: Annotated[int, Field(ge=1)]


class DueDay(Entry):
    """By when a step must be done: a day of the year, or so many days after it began."""

    month: Annotated[int, Field(ge=1, le=12)] | None = None
    day: Annotated[int, Field(ge=1, le=31)] | None = None
    days: int | None = None
    day_kind: Literal["calendar", "working"] = "calendar"


class Step(Cited):
    """One step of the procedure: who, at which level, does what, by which day, on what evidence."""

    key: Key
    title: str
    verb: str
    kind: StepKind
    level: AdminLevel
    department: str | None = None
    together_with: list[str] = []
    due: DueDay | None = None
    outcomes: list[Outcome] = [Outcome.PASS, Outcome.RETURN, Outcome.REJECT]
    return_items: bool = True
    scores: bool = False
    on_site: bool = False
    seal: bool = False
    opinion_required: bool = True
    needs_level: bool = False
    note: str | None = Field(default=None, description="原文没有写明、由编者补上的，在此说明")
    # sample; a panel with a share sits on a sample only (实地抽样考评)
    share: Share | None = None
    confidence: Share | None = None
    tolerated: Share | None = None
    stratify_by: AdminLevel | None = None
    never_sampled_first: bool = False
    # panel
    seats: list[Seat] = []
    aggregate: Literal["mean", "trimmed-mean", "median"] = "mean"
    blind: bool = True
    # notice
    days: int | None = None
    day_kind: Literal["calendar", "working"] = "calendar"
    show_scores: Literal["none", "total", "parts"] = "total"
    real_name: bool = True
    answer_days: int | None = None


class Batch(Entry):
    title: str
    opens: DueDay | None = None
    declare_by: DueDay


class Procedure(Cited):
    applicant: str = "社区居民委员会"
    principle: str | None = None
    batches: list[Batch] = []
    steps: list[Step]
    note: str | None = None


class Upkeep(Cited):
    """What happens to a title after it is awarded."""

    reexamine_months: int | None = None
    rectification_days: int
    rectification_day_kind: Literal["calendar", "working"] = "calendar"
    supervised_by: AdminLevel
    delist_by: AdminLevel
    text: str


# --- forms and coverage ----------------------------------------------------------------------------------------------


class Field_(Entry):  # noqa: N801 - the underscore keeps it apart from pydantic's Field
    key: Key
    label: str
    kind: Literal["text", "long-text", "phone", "date", "choice", "title", "division", "number"] = "text"
    required: bool = True
    max_length: int | None = None
    help: str | None = None
    fills: Literal["community", "division-path", "title", "typed"] = "typed"


class Opinion(Entry):
    title: str
    level: AdminLevel
    step: Key


class Form(Cited):
    key: Key
    title: str
    layout: Literal["approval", "score-sheet", "application-report"]
    notes: list[str] = []
    fields: list[Field_] = []
    opinions: list[Opinion] = []
    footnote: str | None = None


class Clause(Entry):
    """One clause of the document, what it asks, and the features that carry it out (see ``schemes.coverage``)."""

    ref: str
    title: str | None = Field(default=None, description="条款标题，如“（四）规范申报程序”")
    text: str
    works_in: list[Key] = []
    note: str | None = None
    conflict: str | None = Field(default=None, description="原文自相矛盾之处，两个说法与取舍")


class Scheme(Entry):
    """One jurisdiction's policy.

    ``implements`` names the higher scheme, whose sections stand where the file does not write its own. ``replaces`` gives
    the reason for what the file replaces, leaves out or loosens of it: the name of a section, one of its entries
    (``goals.reached-2022``, ``levels.green``), or ``"#5"`` for a line of its standard.
    Of several standards for the same object the first that fits a community's class, place and tags counts.
    """

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    title: str
    issuer: str
    number: str | None = None
    issued: date | None = None
    text_file: str | None = None
    jurisdiction: Annotated[int, Field(ge=0, le=999_999_999_999, description="12 位统计用区划代码；全国为 0")]
    implements: str | None = None
    basis: list[Document] = []
    departments: list[Department] = []
    subjects: Subjects
    roster: list[RosterYear] = []
    settings: list[Setting] = []
    goals: list[Goal] = []
    phases: list[Phase] = []
    duties: list[Duty] = []
    plan: LocalPlan | None = None
    standards: Annotated[list[Standard], Field(min_length=1)]
    efforts: Efforts = Efforts()
    composite: list[Sheet] = []
    titles: list[Title] = []
    procedure: Procedure
    upkeep: Upkeep | None = None
    calendar: list[Obligation] = []
    forms: list[Form] = []
    replaces: dict[str, str] = {}
    clauses: list[Clause] = []

    @property
    def standard(self) -> Standard:
        """The standard that communities are judged by when the scheme has only one."""
        return self.standards[0]

    def step(self, key: str) -> Step:
        return next(step for step in self.procedure.steps if step.key == key)

    def title_of(self, key: str) -> Title:
        return next(title for title in self.titles if title.key == key)
