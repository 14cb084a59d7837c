"""The columns of a kind's Excel sheet: the same for the empty form, the filled one, the export and the way back."""

from __future__ import annotations

from dataclasses import dataclass

from greenhood.facts.kinds import Column, Kind

ID, CODE, COMMUNITY = "记录编号", "社区代码", "社区名称"
LONGITUDE, LATITUDE, SYSTEM = "经度", "纬度", "坐标来自"
NOTE = "来源说明"
SYSTEMS = {"CGCS2000": "cgcs2000", "WGS84": "cgcs2000", "GCJ-02": "gcj02", "BD-09": "bd09"}
SYSTEM_WORDS = {"cgcs2000": "CGCS2000", "gcj02": "GCJ-02", "bd09": "BD-09", "": None}
YES, NO = "是", "否"
# What Excel doesn't take in the title of a sheet.
NOT_IN_TITLES = str.maketrans("", "", "[]:*?/\\")


@dataclass(frozen=True, slots=True)
class Layout:
    """Headings by what they hold."""

    kind: Kind

    @property
    def title(self) -> str:
        return self.kind.title.translate(NOT_IN_TITLES)[:31]

    @property
    def dated(self) -> str:
        return "发生日期" if self.kind.is_event else "数据日期"

    @property
    def columns(self) -> dict[str, Column]:
        return {column.heading: column for column in self.kind.columns}

    @property
    def place(self) -> tuple[str, ...]:
        return (LONGITUDE, LATITUDE, SYSTEM) if self.kind.is_located else ()

    @property
    def headings(self) -> list[str]:
        return [ID, CODE, COMMUNITY, *self.columns, *self.place, self.dated, NOTE]

    @property
    def needed(self) -> list[str]:
        """What a file must have; the others may be left out by who fills it."""
        return [CODE, *self.columns, self.dated]

    @property
    def optional(self) -> list[str]:
        return [heading for heading in self.headings if heading not in self.needed]


def identity(kind: Kind) -> tuple[str, ...]:
    """The columns by which a row without a number is known again, beside the community; empty where there is one only.

    A thing with a name: the name, what it belongs to, and what sort it is. What happened: its day and its required figures.
    """
    if kind.is_single:
        return ()
    required = [column for column in kind.columns if column.is_required]
    if kind.is_event or not kind.name:
        return ("dated", *(column.name for column in required))
    belongs = [column.name for column in kind.columns if column.type == "reference"]
    sorts = [column.name for column in required if column.type == "choice"]
    return (kind.name, *belongs, *sorts)
