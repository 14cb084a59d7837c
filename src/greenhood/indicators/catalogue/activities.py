"""Yearly counts of activities: one shape for all of them, so that they are counted alike."""

from __future__ import annotations

from greenhood.indicators.catalogue.entries import Direction, Indicator, Norm, Records, Tally, number

WITHIN_A_YEAR = "dated > %(as_of)s::date - 365"


def yearly(
    key: str,
    *,
    section: str,
    category: str,
    title: str,
    definition: str,
    norm: Norm,
    remedy: str,
    counts: dict[str, Tally] | None = None,
    **more: object,
) -> Indicator:
    """Activities of one category in the 365 days up to the day asked about, that day included."""
    return Indicator(
        key=key,
        section=section,
        definition=definition,
        formula=f"近一年（截至当日的 365 天）登记的“{title}”次数",
        direction=Direction.HIGHER,
        norm=norm,
        fresh_for=365,
        records=(
            Records(
                kind="activities",
                where=f"category = '{category}' and {WITHIN_A_YEAR}",
                counts={"times": number(), **(counts or {})},
                missing=f"近一年没有登记“{title}”。没有登记不等于没有开展，请补登记。",
            ),
        ),
        value="{times}",
        remedy=remedy,
        **more,  # type: ignore[arg-type]
    )
