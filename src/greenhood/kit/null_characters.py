"""PostgreSQL's text holds no null characters, and nobody types them: they are taken out of addresses before a page reads them."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

ENCODED = "%00"


class NullCharactersMiddleware:
    """Reads ``?q=%00晋阳`` as ``?q=晋阳``. What is sent by forms is refused by the forms themselves, at the field."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        asked = request.META.get("QUERY_STRING", "")
        if ENCODED in asked:
            request.META["QUERY_STRING"] = asked.replace(ENCODED, "")
        return self._get_response(request)
