"""A paper as a file to answer with: PDF to look at, Word to take along."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from django.http import Http404, HttpResponse

from greenhood.documents import typesetting, word

TYPES: Mapping[str, tuple[str, Callable[[str, Mapping[str, Any]], bytes]]] = {
    "pdf": ("application/pdf", typesetting.pdf),
    "docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", word.docx),
}


def paper_file(layout: str, paper: Mapping[str, Any], name: str, kind: str) -> HttpResponse:
    """A paper of a layout as ``kind`` (pdf, docx); 503 with the reason where its fonts are missing. Raises Http404 for any other kind."""
    if kind not in TYPES:
        raise Http404
    media_type, make = TYPES[kind]
    try:
        made = make(layout, paper)
    except typesetting.FontsMissing as problem:
        return HttpResponse(str(problem), status=503, content_type="text/plain; charset=utf-8")
    place = "inline" if kind == "pdf" else "attachment"
    disposition = f"{place}; filename*=UTF-8''{quote(f'{name}.{kind}')}"
    return HttpResponse(made, content_type=media_type, headers={"Content-Disposition": disposition})
