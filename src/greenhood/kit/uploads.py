"""Take uploads off the wire within bounds: a file over the limit, or one that finds no room, is left unread and named.

A view takes files only under `with_uploads`; everywhere else they are skipped as they come in and never touch the disk.
"""

from __future__ import annotations

import errno
import io
import unicodedata
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import wraps
from pathlib import PurePosixPath
from typing import Any

from django.conf import settings
from django.core.exceptions import NON_FIELD_ERRORS, RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile, TemporaryFileUploadHandler
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt, csrf_protect

# What the system says when there is no room: the disk, the quota, the largest file.
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
NO_ROOM = "服务器存储空间不足，文件没有保存。请稍后再试，并告知系统管理员清理或扩大存储空间。"
CUT = "上传中断，没有收到完整内容，什么也没有保存。请检查网络后重新上传。"
LONGEST_NAME = 200

View = Callable[..., HttpResponseBase]


@dataclass(frozen=True, slots=True)
class RefusedUpload:
    """A file that was not read to its end, by the name of its field, and why."""

    field: str
    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Limit:
    """The largest file in bytes, and what to say of a larger one."""

    most: int
    reason: str


class NoUploads(FileUploadHandler):
    """What handles the files of views that take none: each is skipped."""

    def new_file(self, *arguments: Any, **named: Any) -> None:
        raise SkipFile

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        raise SkipFile

    def file_complete(self, file_size: int) -> None:
        return None


class BoundedUploadHandler(TemporaryFileUploadHandler):
    """Writes each file aside, stops at the limit. What is refused is listed in ``refused``; nothing of it stays."""

    def __init__(self, request: HttpRequest, limit: Limit) -> None:
        super().__init__(request)
        self.limit = limit
        self.refused: list[RefusedUpload] = []
        self.received = 0

    def new_file(self, *arguments: Any, **named: Any) -> None:
        self.received = 0
        # The parser closes the handler's file when one is skipped; that must not be the one before.
        self.__dict__.pop("file", None)
        try:
            super().new_file(*arguments, **named)
        except OSError as error:
            self._refuse_full(error)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.received += len(raw_data)
        if self.received > self.limit.most:
            self._refuse(self.limit.reason)
        try:
            super().receive_data_chunk(raw_data, start)
        except OSError as error:
            self._refuse_full(error)

    def file_complete(self, file_size: int) -> UploadedFile | None:
        try:
            return super().file_complete(file_size)
        except OSError as error:
            with suppress(SkipFile):
                self._refuse_full(error)
            return None

    def _refuse_full(self, error: OSError) -> None:
        if error.errno not in FULL:
            raise error
        self.drop()
        self._refuse(NO_ROOM)

    def drop(self) -> None:
        """Remove the file that is being written."""
        # Closing tries once more to write what is left, and removes the file all the same.
        with suppress(OSError):
            self.__dict__.pop("file", io.BytesIO()).close()

    def _refuse(self, reason: str) -> None:
        self.refused.append(RefusedUpload(self.field_name, clean_name(self.file_name or ""), reason))
        raise SkipFile


def with_uploads(most: int | None = None, too_large: str = "") -> Callable[[View], View]:
    """A view that takes files of up to ``most`` bytes (as set for the installation): ``@with_uploads()``.

    ``request.refused_uploads`` lists those that were not taken; ``say_refused`` puts them at the fields of a form. A body that
    broke off is answered before the view, and nothing of it stays.
    """

    def decorate(view: View) -> View:
        protected = csrf_protect(view)

        @csrf_exempt
        @wraps(view)
        def bounded(request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponseBase:
            if request.method != "POST":
                return protected(request, *arguments, **named)
            limit = most or settings.MAX_UPLOAD_BYTES
            problem = _read(request, Limit(limit, too_large or over(limit)))
            return _broken(request, problem) if problem else protected(request, *arguments, **named)

        return bounded

    return decorate


def say_refused(form: BaseForm, request: HttpRequest) -> None:
    """Put each refused file at its field. Call it before ``is_valid``, which is then False.

    What the field and the form as a whole say for want of that file is left out.
    """
    fields = {form.add_prefix(name): name for name in form.fields}
    for one in refused_uploads(request):
        if one.field in fields:
            form.errors.pop(NON_FIELD_ERRORS, None)
            form.errors.pop(fields[one.field], None)
            form.add_error(fields[one.field], one.reason)


def refused_uploads(request: HttpRequest) -> list[RefusedUpload]:
    """The files of this request that were not taken."""
    return getattr(request, "refused_uploads", [])


def over(most: int, size: int | None = None) -> str:
    """What to say of a file of more than ``most`` bytes; ``size`` where it is known."""
    given = f"（{size / 2**20:.1f} MB）" if size else ""
    return f"文件太大{given}，单个文件最大 {most / 2**20:g} MB。请压缩图片，或把文件拆分后再上传。"


def clean_name(name: str) -> str:
    """The last part of the name, without control characters, shortened before its ending."""
    last = PurePosixPath(name.replace("\\", "/")).name
    plain = "".join(sign for sign in unicodedata.normalize("NFC", last) if unicodedata.category(sign)[0] != "C").strip()
    path = PurePosixPath(plain or "未命名")
    suffix = path.suffix[:20]
    return plain[: LONGEST_NAME - len(suffix)] + suffix if len(plain) > LONGEST_NAME else plain or "未命名"


def wants_json(request: HttpRequest) -> bool:
    """Whether a script asks, and not a page."""
    return "application/json" in request.headers.get("Accept", "")


def _read(request: HttpRequest, limit: Limit) -> str:
    """Read the form, before anything else looks at it, so that a broken request has an answer: what is wrong with it."""
    handler = BoundedUploadHandler(request, limit)
    request.upload_handlers = [handler]
    request.refused_uploads = handler.refused  # type: ignore[attr-defined]
    problem = _problem_of(request)
    if problem:
        handler.drop()
    return problem


def _problem_of(request: HttpRequest) -> str:
    counted = _count(request)
    try:
        request.POST  # noqa: B018
    except TooManyFilesSent:
        return f"一次最多上传 {settings.DATA_UPLOAD_MAX_NUMBER_FILES} 个文件，请分几次上传。"
    except (TooManyFieldsSent, RequestDataTooBig):
        return "提交的内容太多，没有保存。请分部分保存，或减少一次上传的文件。"
    except (MultiPartParserError, UnreadablePostError):
        return CUT
    # Django takes a body that ends early for a whole one.
    is_whole = request.content_type != "multipart/form-data" or counted() >= _announced(request)
    return "" if is_whole else CUT


def _count(request: HttpRequest) -> Callable[[], int]:
    """Count what is read of the body from here on; ask for the number of bytes afterwards."""
    read, total = request.read, 0

    def counting(*arguments: Any, **named: Any) -> bytes:
        nonlocal total
        piece = read(*arguments, **named)
        total += len(piece)
        return piece

    request.read = counting  # type: ignore[method-assign]
    return lambda: total


def _announced(request: HttpRequest) -> int:
    length = request.META.get("CONTENT_LENGTH", "")
    return int(length) if str(length).isdecimal() else 0


def _broken(request: HttpRequest, reason: str) -> HttpResponse:
    if wants_json(request):
        return JsonResponse({"problem": reason}, status=400)
    # Like 400.html the page belongs to whoever lays out the site.
    return render(request, "broken_upload.html", {"reason": reason}, status=400)
