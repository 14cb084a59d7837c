"""What is asked of the expert pool. Rooms above use ``members_for`` and ``ties_of``."""

from __future__ import annotations

from greenhood.experts.queries.pool import members_for
from greenhood.experts.queries.ties import ties_of

__all__ = ["members_for", "ties_of"]
