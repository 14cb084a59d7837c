"""Which devices pages may ask for: the camera and the position, for photos taken in the page; nobody else's pages, nothing else."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

POLICY = "camera=(self), geolocation=(self), microphone=(), payment=(), usb=()"


class DeviceAccessMiddleware:
    """Sends the Permissions-Policy header, which Django has no setting for."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", POLICY)
        return response
