"""What can stand in the way of supervision."""

from __future__ import annotations

from collections.abc import Mapping


class Refused(Exception):
    """A step that can't be taken; ``problems`` gives a sentence by field, ``""`` the thing as a whole."""

    def __init__(self, problems: Mapping[str, str] | str) -> None:
        self.problems = {"": problems} if isinstance(problems, str) else dict(problems)
        super().__init__("；".join(self.problems.values()))


class Overtaken(Exception):
    """Somebody else changed it meanwhile; what was typed is kept on the page."""

    def __init__(self, words: str = "刚由他人办理，请核对下面的最新情况后再办。") -> None:
        super().__init__(words)
