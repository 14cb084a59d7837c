"""What people do with an assessment, one verb one function, by noun: answers, evidence, score sheets, and being declared."""

from greenhood.assessments.actions.answers import fill_from_sheet, save_answer, save_answers, start, switch_version
from greenhood.assessments.actions.carrying import carry_evidence, undo_carrying
from greenhood.assessments.actions.declaring import (
    hide_publicly,
    lock,
    relock,
    reopen_items,
    show_publicly,
    unlock,
)
from greenhood.assessments.actions.evidence import attach, describe_evidence, remove_evidence, restore_evidence
from greenhood.assessments.actions.exporting import note_export
from greenhood.assessments.actions.overrides import dispute, rule, withdraw_override
from greenhood.assessments.actions.refreshing import refresh, refresh_now, refresh_open
from greenhood.assessments.actions.scores import (
    agree_with_rest,
    hand_in,
    note_visit,
    open_sheet,
    reopen_sheet,
    save_score,
    save_scores,
)
from greenhood.assessments.actions.sealing import sealed

__all__ = [
    "agree_with_rest",
    "attach",
    "carry_evidence",
    "describe_evidence",
    "dispute",
    "fill_from_sheet",
    "hand_in",
    "hide_publicly",
    "lock",
    "note_export",
    "note_visit",
    "open_sheet",
    "refresh",
    "refresh_now",
    "refresh_open",
    "relock",
    "remove_evidence",
    "reopen_items",
    "reopen_sheet",
    "restore_evidence",
    "rule",
    "save_answer",
    "save_answers",
    "save_score",
    "save_scores",
    "sealed",
    "show_publicly",
    "start",
    "switch_version",
    "undo_carrying",
    "unlock",
    "withdraw_override",
]
