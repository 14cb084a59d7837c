"""What stands on a form, taken from live data: one plain value per form, which ``typesetting`` and ``word`` set alike."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from greenhood.assessments import explaining, standards
from greenhood.assessments.explaining import Explained
from greenhood.assessments.grounds import grounds_of
from greenhood.assessments.models import Assessment, Scorer, ScoreSheet
from greenhood.declarations.models import Decision, Declaration, Outcome
from greenhood.divisions import queries as divisions
from greenhood.divisions.models import Division, Level
from greenhood.kit.dates import today_in_shanghai
from greenhood.schemes.format import Criterion, Field_, Form, Opinion, Scheme

SIMULATED, DEMONSTRATION = "模拟数据", "演示数据"
EMPTY_DATE = "　　　年　　月　　日"
REVIEWERS = (Scorer.COUNTY, Scorer.CITY, Scorer.PROVINCE, Scorer.PANEL)


def approval(declaration: Declaration, form: Form) -> dict[str, Any]:
    """审批表 of a declaration: the form's fields, and the newest opinion of each level that has passed it."""
    scheme = declaration.version.scheme
    path = divisions.ancestors(declaration.community)
    values = _values(declaration, scheme, path)
    fields = [(field, values.get(field.key, "")) for field in form.fields]
    opinions = _opinions(declaration)
    return {
        "title": form.title,
        "mark": _mark(declaration),
        "cover": [
            {"label": "社 区 名 称", "value": declaration.community.name},
            {"label": "所在市（州）", "value": _name_at(path, Level.CITY)},
        ],
        "filled_on": f"填报时间：{_official(_day(declaration.declared_at))}",
        "notes": [f"{_numeral(number)}、{note}" for number, note in enumerate(form.notes, 1)],
        "rows": _rows([pair for pair in fields if pair[0].kind != "long-text"]),
        "long": [{"label": field.label, "value": value} for field, value in fields if field.kind == "long-text"],
        "opinions": [_opinion(opinion, opinions.get(opinion.step)) for opinion in form.opinions],
        "footnote": form.footnote or "",
    }


def score_sheet(assessment: Assessment, form: Form) -> dict[str, Any]:
    """自测评分表: every criterion with its checks, the community's own result, and those of the levels that have scored."""
    standard = standards.standard_of(assessment)
    answers = {answer.criterion: answer for answer in assessment.answer_rows.all()}
    grounds = grounds_of(assessment, standard, answers)
    result = standards.result_of(assessment, answers, grounds)
    data = explaining.of_standard(assessment, standard, grounds, answers)
    own = {line.no: line for line in result.criteria}
    sheets = _sheets(assessment)
    given = [{score.criterion: score for score in sheet.scores.all()} for sheet in sheets]
    by_points = standard.scoring == "points"

    def row(line: Criterion) -> dict[str, Any]:
        answer = answers.get(line.no)
        note = answer.reason if answer and not answer.applies else (answer.note if answer else "")
        scores = [
            _own_score(own[line.no], by_points),
            *(_given_score(scores.get(line.no), by_points) for scores in given),
        ]
        return {
            "no": str(line.no),
            "title": line.title,
            "points": _number(line.points) if by_points else "",
            "checks": _checks(line, data),
            "scores": scores,
            "note": note[:80],
        }

    return {
        "title": form.title,
        "mark": _mark(assessment),
        "head": [
            {"label": "社区", "value": assessment.community.name},
            {"label": "所在地", "value": "".join(divisions.path_names(assessment.community)[:-1])},
            {"label": "年度", "value": str(assessment.year)},
        ],
        "points_label": "分值" if by_points else "",
        "scorers": ["自评", *(sheet.get_scorer_display() for sheet in sheets)],
        "parts": [
            {"title": _part_title(part), "criteria": [row(line) for line in part.criteria]} for part in standard.parts
        ],
        "maximum": _number(result.maximum),
        "totals": [_number(result.total), *(_number(sheet.total) for sheet in sheets)],
        "result": result.level_title or "未达到创建要求",
        "sign": [{"label": label, "value": ""} for label in ("填表人", "社区负责人（签字）", "填表日期")],
    }


def application_report(declaration: Declaration, form: Form) -> dict[str, Any]:
    """创建申请报告: a letter to the first body that reviews, with the profile and the outcome of the self-assessment."""
    scheme = declaration.version.scheme
    review = scheme.procedure.steps[1]
    standard = standards.standard_of(declaration.assessment)
    assessment = declaration.assessment
    lines = [line for part in standard.parts for line in part.criteria]
    by_data = _by_data(assessment)
    missed = [f"第 {line.no} 项“{line.title}”" for line in lines if line.no in assessment.missed]
    outcome = (
        f"对照《{standard.title}》，本社区自评"
        f"{_number(declaration.declared_total)}{'分' if standard.scoring == 'points' else '项满足'}"
        f"（共{_number(assessment.maximum)}{'分' if standard.scoring == 'points' else '项'}）。"
    )
    title = scheme.title_of(declaration.title)
    return {
        "title": form.title,
        "mark": _mark(declaration),
        "addressee": review.department or Level[review.level.name].label,
        "sections": [
            {"title": "一、社区基本情况", "text": declaration.profile},
            {
                "title": "二、自评情况",
                "text": outcome
                + (f"尚未完全满足的有：{'；'.join(missed)}。" if missed else "各项均已满足。")
                + by_data,
            },
            {"title": "三、申请事项", "text": f"根据《{scheme.title}》，申请创建“{title.title}”，请予审核。"},
        ],
        "sender": f"{declaration.community.name}（盖章）",
        "date": _official(_day(declaration.declared_at)),
    }


# --- pieces -----------------------------------------------------------------------------------------------------------


def _values(declaration: Declaration, scheme: Scheme, path: Sequence[Division]) -> Mapping[str, str]:
    below_province = "".join(division.name for division in path if division.level > Level.PROVINCE)
    return {
        "community": declaration.community.name,
        "title": scheme.title_of(declaration.title).title,
        "division": below_province,
        "leader": declaration.leader,
        "phone": declaration.phone,
        "address": declaration.address,
        "profile": declaration.profile,
    }


def _rows(fields: Sequence[tuple[Field_, str]]) -> list[list[dict[str, str]]]:
    """One row a field; a phone shares the row of the name before it, as on the printed form."""
    rows: list[list[dict[str, str]]] = []
    for field, value in fields:
        cell = {"label": field.label, "value": value}
        if field.kind == "phone" and rows and len(rows[-1]) == 1:
            rows[-1].append(cell)
        else:
            rows.append([cell])
    return rows


def _opinions(declaration: Declaration) -> dict[str, Decision]:
    passed = declaration.decisions.filter(outcome__in=[Outcome.PASS, Outcome.SKIP]).order_by("revision")
    return {decision.step: decision for decision in passed}


def _opinion(opinion: Opinion, decision: Decision | None) -> dict[str, str]:
    if decision is None:
        return {"title": opinion.title, "text": "", "signed": "经办人：", "date": EMPTY_DATE}
    day = decision.seal_date or _day(decision.at)
    return {
        "title": opinion.title,
        "text": "\n".join(line for line in (decision.opinion, *_joint(decision)) if line),
        "signed": f"经办人：{decision.person_name}",
        "date": _official(day),
    }


def _joint(decision: Decision) -> list[str]:
    """What the departments said that decided together (会同)."""
    return [
        f"{one['department']}意见：{one['opinion']}（{_official(dt.date.fromisoformat(one['on']))}）"
        for one in decision.joint
    ]


def _sheets(assessment: Assessment) -> list[ScoreSheet]:
    """The newest handed-in sheet of each level that reviews."""
    handed_in = assessment.sheets.filter(handed_in_at__isnull=False, scorer__in=REVIEWERS)
    newest: dict[str, ScoreSheet] = {}
    for sheet in handed_in.order_by("handed_in_at").prefetch_related("scores"):
        newest[sheet.scorer] = sheet
    return [newest[scorer] for scorer in REVIEWERS if scorer in newest]


def _own_score(line: Any, by_points: bool) -> str:
    if line.state == "unanswered":
        return ""
    if line.state == "not_applicable":
        return "不适用"
    return _number(line.points) if by_points else ("满足" if line.state == "met" else "未满足")


def _given_score(score: Any, by_points: bool) -> str:
    if score is None:
        return ""
    return _number(score.points) if by_points else {True: "满足", False: "未满足", None: ""}[score.met]


def _by_data(assessment: Assessment) -> str:
    """How many checks were decided by recorded data, and how many could not be; empty where none is."""
    standard = standards.standard_of(assessment)
    answers = {answer.criterion: answer for answer in assessment.answer_rows.all()}
    grounds = grounds_of(assessment, standard, answers)
    verdicts = Counter(one.verdict for one in explaining.of_standard(assessment, standard, grounds, answers).values())
    if not verdicts:
        return ""
    return (
        f"其中由登记数据判定的小项：达到 {verdicts['met']}，未达到 {verdicts['not_met']}，"
        f"没有数据、按人工填报的 {verdicts['unknown']}。"
    )


def _checks(line: Criterion, data: Mapping[tuple[int, int], Explained]) -> list[str]:
    """The checks, and below each that is decided by data what the figures were."""
    shown = []
    for number, check in enumerate(line.checks, 1):
        shown.append(check.text if len(line.checks) == 1 else f"{number}）{check.text}")
        if figure := data.get((line.no, number)):
            shown.append(f"【数据】{figure.in_a_line}")
    return shown


def _part_title(part: Any) -> str:
    return f"{part.title}（{_number(part.points)}分）" if part.points else part.title


def _name_at(path: Iterable[Division], level: Level) -> str:
    return next((division.name for division in path if division.level == level), "")


def _mark(row: Declaration | Assessment) -> str:
    return SIMULATED if row.is_simulated else (DEMONSTRATION if row.is_demonstration else "")


def _number(number: Decimal | None) -> str:
    """Arabic numerals without needless zeros: 3.5, 100."""
    return "" if number is None else f"{number.normalize():f}"


def _day(moment: dt.datetime) -> dt.date:
    return today_in_shanghai(moment)


def _official(day: dt.date) -> str:
    """成文日期 in Arabic numerals without leading zeros (GB/T 9704-2012, 7.3.5)."""
    return f"{day.year}年{day.month}月{day.day}日"


def _numeral(number: int) -> str:
    return "〇一二三四五六七八九十"[number] if number <= 10 else f"十{'一二三四五六七八九'[number - 11]}"
