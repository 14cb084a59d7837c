"""What can stand in the way of a plan."""

from __future__ import annotations

from collections.abc import Mapping


class Refused(Exception):
    """A step that can't be taken; ``problems`` gives a sentence by field, ``""`` the plan as a whole."""

    def __init__(self, problems: Mapping[str, str] | str) -> None:
        self.problems = {"": problems} if isinstance(problems, str) else dict(problems)
        super().__init__("；".join(self.problems.values()))


class Overtaken(Exception):
    """Somebody else changed the plan meanwhile; what was typed is kept on the page."""

    def __init__(self) -> None:
        super().__init__("刚被他人修改或办理，请刷新页面核对后再办。")
