"""Why an action on people or posts is refused; each carries what the page needs."""

from __future__ import annotations


class Refused(Exception):
    """A step that isn't open; ``reason`` is shown to the person, ``field`` names the input it belongs to."""

    def __init__(self, reason: str, field: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.field = field


class PasswordRefused(Refused):
    """The new password breaks a rule; ``reasons`` lists every one."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__("".join(reasons), "new_password")
        self.reasons = reasons
