"""Which kind a request means."""

from __future__ import annotations

from django.http import Http404

from greenhood.facts import kinds
from greenhood.facts.kinds import Kind


def located_kind_or_404(key: str) -> Kind:
    found = next((each for each in kinds.located() if each.key == key), None)
    if found is None:
        raise Http404
    return found
