"""Money as pages show it: 万元 to read, 元 to be exact."""

from __future__ import annotations

from decimal import Decimal

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from greenhood.works import rules

register = template.Library()


@register.simple_tag
def wan(amount: Decimal | None, *, unit: str = "") -> SafeString:
    """12.35 of 123,456.78 元: what a table shows, with the exact figure behind it."""
    if amount is None:
        return format_html('<span class="quiet">—</span>')
    return format_html(
        '<data value="{}" title="{}">{}{}</data>', f"{amount:.2f}", rules.yuan(amount), rules.wan(amount), unit
    )


@register.filter
def yuan(amount: Decimal | None) -> str:
    """1,234,567.00 元."""
    return "—" if amount is None else rules.yuan(amount)


@register.filter
def in_wan(amount: Decimal) -> str:
    """The figure of a chart: 万元, two decimals, no separators."""
    return f"{(amount / rules.WAN).quantize(Decimal('0.01'))}"
