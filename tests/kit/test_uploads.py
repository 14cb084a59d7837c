"""Uploads are taken within bounds, whatever the browser, the network and the disk do."""

from __future__ import annotations

import io
import json
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from greenhood.kit.uploads import NO_ROOM, refused_uploads, say_refused, with_uploads

LIMIT = 2**20


class FileForm(forms.Form):
    title = forms.CharField()
    file = forms.FileField()


@pytest.fixture
def aside(tmp_path: Path, settings: Any) -> Path:
    """Where files are put while they come in."""
    folder = tmp_path / "aside"
    folder.mkdir()
    settings.FILE_UPLOAD_TEMP_DIR = str(folder)
    settings.MAX_UPLOAD_BYTES = LIMIT
    return folder


class Watched(io.BytesIO):
    """A body that notes how much of it lies on the disk while it is read."""

    def __init__(self, body: bytes, folder: Path) -> None:
        super().__init__(body)
        self.folder, self.most = folder, 0

    def read(self, size: int | None = -1) -> bytes:
        self.most = max(self.most, sum(file.stat().st_size for file in self.folder.iterdir()))
        return super().read(size)


def posted(body: io.BytesIO, *, length: int | None = None) -> HttpRequest:
    size = len(body.getvalue()) if length is None else length
    made = RequestFactory().generic("POST", "/", HTTP_ACCEPT="application/json")
    sent = {"wsgi.input": body, "CONTENT_LENGTH": str(size), "CONTENT_TYPE": MULTIPART_CONTENT}
    return type(made)(made.environ | sent)


def body_of(**fields: Any) -> bytes:
    return encode_multipart(BOUNDARY, fields)


def file(size: int, name: str = "照片.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, b"x" * size)


def sizes(request: HttpRequest) -> dict[str, int]:
    return {name: len(one.read()) for name, one in request.FILES.items()}


def taken(request: HttpRequest) -> tuple[HttpResponse, dict[str, Any]]:
    """What the view saw: the files with their sizes, and those refused."""
    seen: dict[str, Any] = {}

    @with_uploads()
    def view(request: HttpRequest) -> HttpResponse:
        seen.update(files=sizes(request), refused=refused_uploads(request), title=request.POST.get("title"))
        return HttpResponse("seen")

    request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]
    answer = view(request)
    request.close()
    return answer, seen


def test_file_over_the_limit_never_lies_on_the_disk_whole(aside: Path) -> None:
    body = Watched(body_of(title="甲", large=file(8 * LIMIT), small=file(100)), aside)

    _, seen = taken(posted(body))

    assert (seen["files"], seen["title"]) == ({"small": 100}, "甲")
    assert [(one.field, one.name) for one in seen["refused"]] == [("large", "照片.jpg")]
    assert "单个文件最大 1 MB" in seen["refused"][0].reason
    assert body.most <= LIMIT + 2**16
    assert list(aside.iterdir()) == []


def test_file_at_the_limit_is_taken(aside: Path) -> None:
    assert taken(posted(io.BytesIO(body_of(file=file(LIMIT)))))[1]["files"] == {"file": LIMIT}


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.98])
def test_body_that_ends_early_leaves_nothing(aside: Path, kept: float) -> None:
    body = body_of(title="甲", file=file(LIMIT // 2))

    answer, seen = taken(posted(io.BytesIO(body[: int(len(body) * kept)]), length=len(body)))

    assert answer.status_code == 400
    assert json.loads(answer.content)["problem"].startswith("上传中断")
    assert seen == {}
    assert list(aside.iterdir()) == []


def test_body_that_breaks_off_leaves_nothing(aside: Path) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell() > 2**17:
                raise OSError("connection lost")
            return super().read(size)

    body = body_of(file=file(LIMIT // 2))

    answer, seen = taken(posted(Broken(body)))

    assert (answer.status_code, seen) == (400, {})
    assert list(aside.iterdir()) == []


@contextmanager
def no_file_over(size: int) -> Iterator[None]:
    """The system refuses to write more into a file, as it does on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("size", [LIMIT // 2, 2**16 + 100, 5000])
def test_no_room_is_said_and_what_found_room_is_kept(aside: Path, size: int) -> None:
    request = posted(io.BytesIO(body_of(first=file(1000), second=file(size), third=file(1000))))

    with no_file_over(4096):
        _, seen = taken(request)

    assert seen["files"] == {"first": 1000, "third": 1000}
    assert [(one.field, one.reason) for one in seen["refused"]] == [("second", NO_ROOM)]
    assert list(aside.iterdir()) == []


def test_folder_that_cannot_be_used_costs_only_the_files(aside: Path, settings: Any) -> None:
    request = posted(io.BytesIO(body_of(title="甲", file=file(1000))))
    with no_file_over(0):
        _, seen = taken(request)

    assert (seen["files"], seen["title"], len(seen["refused"])) == ({}, "甲", 1)


def test_view_that_takes_no_files_keeps_none(aside: Path) -> None:
    body = Watched(body_of(title="甲", file=file(LIMIT)), aside)
    request = posted(body)

    assert (request.POST["title"], dict(request.FILES), body.most) == ("甲", {}, 0)


def test_refusal_stands_at_the_field_alone(aside: Path) -> None:
    @with_uploads(1000, "文件太大。")
    def view(request: HttpRequest) -> HttpResponse:
        form = FileForm(request.POST, request.FILES)
        say_refused(form, request)
        return HttpResponse("" if form.is_valid() else str(form.errors.get_json_data()))

    request = posted(io.BytesIO(body_of(title="甲", file=file(2000))))
    request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]

    assert view(request).content.decode() == "{'file': [{'message': '文件太大。', 'code': ''}]}"
