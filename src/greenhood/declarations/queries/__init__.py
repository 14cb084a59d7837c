"""Reads of the declarations room, by noun."""

from greenhood.declarations.queries.listing import todo_count

__all__ = ["todo_count"]
