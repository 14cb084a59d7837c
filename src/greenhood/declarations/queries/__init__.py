"""Reads of the declarations room, by noun."""
