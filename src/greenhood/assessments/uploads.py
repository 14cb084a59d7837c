"""Take uploads off the wire within bounds: a file over the limit, or one that finds no room, is left unread and named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.core.files.uploadhandler import SkipFile, TemporaryFileUploadHandler
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from greenhood.assessments.actions.evidence import clean_name, too_large
from greenhood.assessments.store import FULL, StoreFull

View = Callable[..., HttpResponseBase]


@dataclass(frozen=True, slots=True)
class RefusedUpload:
    """A file that was not read to its end, by the name of its field, and why."""

    field: str
    name: str
    reason: str


class BoundedUploadHandler(TemporaryFileUploadHandler):
    """Writes each file aside, stops at the limit. What is refused is listed in ``refused``; nothing of it stays."""

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        self.refused: list[RefusedUpload] = []
        self.received = 0

    def new_file(self, *arguments: Any, **named: Any) -> None:
        self.received = 0
        try:
            super().new_file(*arguments, **named)
        except OSError as error:
            self._refuse_full(error)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.received += len(raw_data)
        if self.received > settings.MAX_UPLOAD_BYTES:
            self._refuse(too_large())
        try:
            super().receive_data_chunk(raw_data, start)
        except OSError as error:
            self._refuse_full(error)

    def _refuse_full(self, error: OSError) -> None:
        if error.errno not in FULL:
            raise error
        self._refuse(str(StoreFull()))

    def _refuse(self, reason: str) -> None:
        self.refused.append(RefusedUpload(self.field_name, clean_name(self.file_name or ""), reason))
        raise SkipFile


def with_uploads(view: View) -> View:
    """A view that takes files: ``request.refused_uploads`` lists those that were not taken."""
    protected = csrf_protect(view)

    @csrf_exempt
    @wraps(view)
    def bounded(request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponseBase:
        if request.method != "POST":
            return protected(request, *arguments, **named)
        handler = BoundedUploadHandler(request)
        request.upload_handlers = [handler]
        request.refused_uploads = handler.refused  # type: ignore[attr-defined]
        try:
            # Read here, before anything else looks at the form, so that a broken request has an answer.
            request.POST  # noqa: B018
        except TooManyFilesSent:
            return _broken(request, f"一次最多上传 {settings.DATA_UPLOAD_MAX_NUMBER_FILES} 个文件，请分几次上传。")
        except (TooManyFieldsSent, RequestDataTooBig):
            return _broken(request, "提交的内容太多，没有保存。请分部分保存，或减少一次上传的文件。")
        except (MultiPartParserError, UnreadablePostError):
            return _broken(request, "上传中断，没有收到完整内容，什么也没有保存。请检查网络后重新上传。")
        return protected(request, *arguments, **named)

    return bounded


def wants_json(request: HttpRequest) -> bool:
    """Whether a script asks, and not a page."""
    return "application/json" in request.headers.get("Accept", "")


def _broken(request: HttpRequest, reason: str) -> HttpResponse:
    if wants_json(request):
        return JsonResponse({"problem": reason}, status=400)
    return render(request, "assessments/broken.html", {"page_title": "没有收到", "reason": reason}, status=400)
