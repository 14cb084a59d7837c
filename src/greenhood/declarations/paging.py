"""Keyset paging as the lists of declarations use it: ``kit.paging``."""

from __future__ import annotations

from greenhood.kit.paging import MOST_COUNTED, PAGE, Count, Order, Page, by_day, by_time, count, page

__all__ = ["MOST_COUNTED", "PAGE", "Count", "Order", "Page", "by_day", "by_time", "count", "page"]
