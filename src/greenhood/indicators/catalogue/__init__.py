"""The catalogue: every indicator with its words, its source and what it counts. Importing it imports all sections."""

from greenhood.indicators.catalogue import (  # noqa: F401 - their entries register themselves
    culture,
    environment,
    governance,
    information,
    infrastructure,
)
from greenhood.indicators.catalogue.entries import SECTIONS, Direction, Indicator, Norm, entries, entry

__all__ = ["SECTIONS", "Direction", "Indicator", "Norm", "entries", "entry"]
