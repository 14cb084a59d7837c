"""Tables that become blocks on a phone: each cell says what its column says."""

from __future__ import annotations

from greenhood.site.stacking import labelled


def table(
    row: str, head: str = '<th scope="col">项目</th><th scope="col" class="number">金额 <small>（元）</small></th>'
) -> str:
    return f"<thead><tr>{head}</tr></thead><tbody>{row}</tbody>"


def test_a_cell_says_what_its_column_says_and_the_first_heads_its_row() -> None:
    made = labelled(table('<tr><th scope="row">加装电梯</th><td class="number">12</td></tr>' * 2))

    assert made.count('<td data-label="金额 （元）" class="number">12</td>') == 2
    assert made.count("data-label") == 2


def test_labels_follow_cells_that_span_columns() -> None:
    head = '<th scope="col">甲</th><th scope="col" colspan="2">乙</th><th scope="col">丙</th>'

    made = labelled(table('<tr><td>1</td><td colspan="2">2</td><td>3</td></tr>', head))

    assert '<td colspan="2">2</td><td data-label="丙">3</td>' in made


def test_what_is_labelled_or_has_no_title_stays_and_quotes_are_escaped() -> None:
    head = '<th scope="col">甲</th><th scope="col"></th><th scope="col">“乙” "丙"&amp;</th><th scope="col">丁</th>'

    made = labelled(table('<tr><td>1</td><td>2</td><td>3</td><td data-label="戊">4</td></tr>', head))

    assert '<td>2</td><td data-label="“乙” &quot;丙&quot;&amp;">3</td><td data-label="戊">4</td>' in made


def test_a_table_without_a_head_is_left_alone() -> None:
    assert labelled("<tbody><tr><td>1</td></tr></tbody>") == "<tbody><tr><td>1</td></tr></tbody>"
