"""What can stand in the way of a step."""

from __future__ import annotations

from collections.abc import Mapping


class Refused(Exception):
    """A step that can't be taken; ``problems`` gives a sentence by field, ``""`` the thing as a whole."""

    def __init__(self, problems: Mapping[str, str] | str) -> None:
        self.problems = {"": problems} if isinstance(problems, str) else dict(problems)
        super().__init__("；".join(self.problems.values()))


class Overtaken(Refused):
    """Somebody else took a step meanwhile; what was typed is kept on the page."""

    def __init__(self) -> None:
        super().__init__("刚被他人办理过，请核对现在的情况后再办。您填写的内容还在下面。")
