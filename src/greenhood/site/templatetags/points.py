"""A point of a form, clicked on a small map."""

from __future__ import annotations

from django import template
from django.conf import settings
from django.urls import reverse

register = template.Library()


@register.inclusion_tag("site/point_map.html")
def point_map(code: str = "") -> dict[str, str]:
    """A map whose click fills in ``longitude`` and ``latitude`` of the form around it. It stands where ``code`` says (12 digits),
    else where the form's own field ``community`` does. Without a script it is not there, and the two inputs are typed."""
    return {"code": code, "address": reverse("communities:map-data", args=[0]), "tianditu": settings.TIANDITU_KEY}
