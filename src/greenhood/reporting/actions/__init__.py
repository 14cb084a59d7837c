"""What people do with reports, by who does it."""

from greenhood.reporting.actions.carrying_out import carry_out, take_back
from greenhood.reporting.actions.copying import note_copy, note_export
from greenhood.reporting.actions.receiving import accept, extend, give_back
from greenhood.reporting.actions.scheduling import hand_down, kind_of, plan
from greenhood.reporting.actions.writing import draw_up, file, save, withdraw

__all__ = [
    "accept",
    "carry_out",
    "draw_up",
    "extend",
    "file",
    "give_back",
    "hand_down",
    "kind_of",
    "note_copy",
    "note_export",
    "plan",
    "save",
    "take_back",
    "withdraw",
]
