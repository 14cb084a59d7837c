"""Where a request comes from, as far as it can be believed."""

from __future__ import annotations

from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """The address of the client.

    Behind ``GREENHOOD_PROXIES`` own proxies it is the last but so many in X-Forwarded-For, since each proxy appends
    whom it saw; what stands before that was sent by the client and may be a lie.
    """
    seen = str(request.META.get("REMOTE_ADDR") or "")
    if proxies := settings.AXES_IPWARE_PROXY_COUNT:
        forwarded = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
        if len(forwarded) >= proxies and _is_address(forwarded[-proxies]):
            return forwarded[-proxies]
    return seen if _is_address(seen) else ""


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
