"""Reads of the declarations room, by noun."""

from greenhood.declarations.queries.waits import todo_count

__all__ = ["todo_count"]
