"""The catalogue: every indicator with its words, its source and its one query. Importing it imports all sections."""

from greenhood.indicators.catalogue import environment  # noqa: F401 - its entries register themselves
from greenhood.indicators.catalogue.entries import Direction, Indicator, Norm, entries, entry

__all__ = ["Direction", "Indicator", "Norm", "entries", "entry"]
