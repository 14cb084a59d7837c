"""What can stand in the way of a step here."""

from __future__ import annotations

from collections.abc import Mapping


class Refused(Exception):
    """A step that can't be taken; ``problems`` gives a sentence by field, ``""`` the record as a whole."""

    def __init__(self, problems: Mapping[str, str] | str) -> None:
        self.problems = {"": problems} if isinstance(problems, str) else dict(problems)
        super().__init__("；".join(self.problems.values()))


class Overtaken(Refused):
    """Somebody else, or the same person's first click, was quicker; what was typed is kept on the page."""

    def __init__(self) -> None:
        super().__init__("这条记录刚被他人办理。您填写的内容还在页面上，请核对现在的情况后再办。")
