"""What a person reads when a request fails for a reason that passes: the database is away, or the disk is full.

Such a page must not need what has just failed: it asks no database and no session.
"""

from __future__ import annotations

import errno
import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template import loader

NOT_SENT = "这次操作没有完成，已有的数据没有改变。请按浏览器的“返回”回到刚才的页面，内容还在，稍后再提交一次。"
AWAY = "数据库暂时连接不上"
FULL = "服务器的存储空间已满"


def server_error(request: HttpRequest) -> HttpResponse:
    """503 with what to do where the cause is known to pass, else 500."""
    cause = sys.exc_info()[1]
    heading = _passing(cause)
    if heading is None:
        return HttpResponse(loader.get_template("500.html").render(), status=500)
    page = loader.get_template("503.html").render({"heading": heading, "advice": NOT_SENT})
    return HttpResponse(page, status=503, headers={"Retry-After": "30"})


def _passing(cause: BaseException | None) -> str | None:
    if isinstance(cause, OSError) and cause.errno == errno.ENOSPC:
        return FULL
    # PostgreSQL's class 53 is "insufficient resources": the server is there, its disk is not.
    state = getattr(getattr(cause, "__cause__", None), "sqlstate", None) or ""
    if state.startswith("53100"):
        return FULL
    return AWAY if isinstance(cause, OperationalError | InterfaceError) else None
