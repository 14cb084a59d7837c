"""A certificate of commendation as plain data for ``documents``."""

from __future__ import annotations

from typing import Any

from greenhood.exemplars.models import Honour
from greenhood.exemplars.models.honours import Kind

CERTIFICATE = "certificate"


def certificate(honour: Honour) -> dict[str, Any]:
    """What stands on the certificate; withdrawn or of the demonstration, it says so across the page."""
    round_ = honour.round
    whom = {Kind.PERSON: f"{honour.name}同志", Kind.UNIT: honour.name, Kind.COMMUNITY: honour.name}[Kind(honour.kind)]
    mark = "演示数据" if round_.is_demonstration else ""
    return {
        "title": "表扬证书",
        "mark": "已撤销" if honour.state == Honour.State.WITHDRAWN else mark,
        "whom": whom,
        "unit": honour.unit,
        "text": f"在{honour.year}年绿色社区创建行动中表现突出，列入“{round_.title}”名单，特发此证，予以表扬。",
        "number": honour.number,
        "document": round_.document,
        "sender": honour.division.name,
        "date": f"{honour.honoured_on.year}年{honour.honoured_on.month}月{honour.honoured_on.day}日",
    }
