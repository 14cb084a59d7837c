"""What can stand in the way, in sentences for the person who asked."""

from __future__ import annotations


class Refused(Exception):
    """A step that can't be taken; ``field`` names the form field at fault, if there is one."""

    def __init__(self, reason: str, *, field: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.field = field


class Overtaken(Refused):
    """Somebody else, or the same person's first click, was quicker."""

    def __init__(self, what: str = "内容") -> None:
        super().__init__(f"这条{what}刚被他人修改，本次没有保存。请核对现在的内容后再办理。")
