"""The catalogue: every indicator with its words, its source and what it counts. Importing it imports all sections."""

from greenhood.indicators.catalogue import (  # noqa: F401 - their entries register themselves, in the order of the pages
    governance,
    infrastructure,
    environment,  # isort: skip
    information,
    culture,  # isort: skip
)
from greenhood.indicators.catalogue.entries import Direction, Indicator, Norm, entries, entry

__all__ = ["Direction", "Indicator", "Norm", "entries", "entry"]
