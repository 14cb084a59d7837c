"""Component tags: what they say in each state, and that they refuse what they do not know."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest
from django import forms
from django.template import Context, Template, TemplateSyntaxError
from django.test import RequestFactory

from greenhood.site import gallery
from greenhood.site.templatetags import components

TODAY = dt.date(2026, 11, 20)


def render(text: str, **values: object) -> str:
    return Template("{% load components %}" + text).render(Context(values))


@pytest.mark.parametrize(
    "tag",
    [
        "{% state_badge 'reached' '已命名' colour='red' %}",
        "{% figure '参与率' 1 tooltip='x' %}",
        "{% deadline day color='red' %}",
        "{% data_table captoin='x' %}{% end_data_table %}",
        "{% clause_chip '四(四)' href='/' %}",
        "{% chart name='x' %}{% end_chart %}",
    ],
)
def test_unknown_attribute_is_refused(tag: str) -> None:
    with pytest.raises((TemplateSyntaxError, TypeError)):
        render(tag, day=TODAY)


def test_unknown_icon_and_tone_are_refused() -> None:
    with pytest.raises(TemplateSyntaxError, match="no icon"):
        render("{% icon 'unicorn' %}")
    with pytest.raises(TemplateSyntaxError, match="no tone"):
        render("{% state_badge 'x' 'y' tone='pink' %}")


def test_icons_are_all_in_the_set_that_is_fetched() -> None:
    package = (Path(__file__).parents[2] / "package.json").read_text()

    assert [name for name in components.ICONS.values() if f'"{name}"' not in package] == []


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        ('"procedure.steps" "notice" "days"', "开放设置</span>：默认 5 个工作日</summary>"),
        ('"procedure.steps" "notice" "answer_days"', "默认 5 个工作日（本地选定 7 个工作日）"),
        ('"procedure.steps" "notice"', "</span> 答复异议的工作日数：默认"),
        ('setting="notice-days"', "按通行做法先定 5 个工作日"),
    ],
)
def test_an_open_setting_shows_default_choice_and_reason(names: str, shown: str) -> None:
    assert shown in render("{% open_setting version " + names + " %}", version=gallery.open_version())


@pytest.mark.parametrize("names", ['"upkeep.rectification_days"', '"procedure.steps" "review"', '"procedure.note"'])
def test_a_place_without_open_setting_shows_nothing(names: str) -> None:
    assert render("{% open_setting version " + names + " %}", version=gallery.open_version()).strip() == ""


def test_a_place_that_schemes_do_not_have_is_an_error() -> None:
    with pytest.raises(AttributeError):
        render('{% open_setting version "procedure.stepps" %}', version=gallery.open_version())


@pytest.mark.parametrize(
    ("left", "words", "tone"),
    [(-3, "已逾期 3 天", "bad"), (0, "今天到期", "attend"), (3, "还剩 3 天", "attend"), (4, "还剩 4 天", "none")],
)
def test_deadline_says_how_many_days(left: int, words: str, tone: str) -> None:
    html = render("{% deadline day today=today %}", day=TODAY + dt.timedelta(days=left), today=TODAY)

    assert words in html
    assert f"deadline-{tone}" in html


def test_state_is_said_in_words_and_a_mark_not_only_in_colour() -> None:
    html = render("{% state_badge 'returned' '退回修改' %}")

    assert "退回修改" in html
    assert "state-attend" in html
    assert ">!</span>" in html


@pytest.mark.parametrize(
    ("value", "shown"),
    [(Decimal("12.5000"), "12.5"), (Decimal("8"), "8"), (Decimal(0), "0"), (None, "—"), (100, "100")],
)
def test_points_have_no_trailing_zeros(value: object, shown: str) -> None:
    assert components.points(value) == shown  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("ratio", "shown"),
    [(Decimal("0.6"), "60%"), (Decimal("0.33335"), "33.3%"), (Decimal("0.0005"), "0.1%"), (None, "—")],
)
def test_ratio_is_shown_as_percentage(ratio: Decimal | None, shown: str) -> None:
    assert components.percent(ratio) == shown


def test_score_bar_never_leaves_its_scale() -> None:
    assert 'value="1.0000"' in render("{% score_bar given most %}", given=Decimal(12), most=Decimal(10))
    assert 'value="0.0000"' in render("{% score_bar given most %}", given=Decimal(-1), most=Decimal(0))


def test_difference_says_what_is_gone_and_what_is_new() -> None:
    html = render("{% difference before after %}", before="绿地率 21%", after="绿地率 25%")

    assert "<del>" in html
    assert "<ins>" in html
    assert "没有变化" in render("{% difference before after %}", before="", after="")


def test_pager_keeps_the_filters_and_drops_the_other_direction() -> None:
    request = RequestFactory().get("/", {"status": "active", "before": "x"})

    html = render("{% pager next='k2' shown=50 total=10000 is_capped=True %}", request=request)

    assert 'href="?status=active&amp;after=k2"' in html
    assert "10,000+" in html


def test_values_are_escaped() -> None:
    html = render(
        "{% figure label 1 %}{% data_table caption=label %}{% end_data_table %}"
        "{% confirm_button label=label action='/' title=label %}{{ label }}{% end_confirm_button %}",
        label="<script>alert(1)</script>",
    )

    assert "<script>" not in html


class Particulars(forms.Form):
    phone = forms.CharField(label="联系电话")
    kind = forms.ChoiceField(label="结论", choices=[("a", "合格")], widget=forms.RadioSelect)


def test_field_ties_label_help_and_error_to_the_control() -> None:
    html = render("{% problems form %}{% field form.phone hint='含区号' %}{% field form.kind %}", form=Particulars({}))

    assert 'aria-describedby="id_phone-error id_phone-help"' in html
    assert 'aria-invalid="true"' in html
    assert '<a href="#id_phone">联系电话</a>' in html
    assert "<legend" in html


def test_clause_anchor_is_an_id() -> None:
    assert components.clause_anchor("附件1 #15") == "clause-附件1-15"
