"""Every form that a page offers is answered: none leads to an address that isn't there or that the same person may not use."""

from __future__ import annotations

import re

from django.test import Client

_POSTED = re.compile(r'<form[^>]*method="post"[^>]*action="([^"]+)"|formaction="([^"]+)"')


def forms_on(client: Client, url: str, under: str) -> list[str]:
    """The addresses below ``under`` that the forms of a page are sent to, each once, in the page's order."""
    page = client.get(url)
    assert page.status_code == 200, url
    found = (action or other for action, other in _POSTED.findall(page.content.decode()))
    return list(dict.fromkeys(address for address in found if address.startswith(under)))


def unanswered(client: Client, url: str, under: str) -> dict[str, int]:
    """The forms of a page that lead nowhere, with the status: each is sent as if by somebody who was overtaken."""
    sent = {address: client.post(address, {"revision": "0"}).status_code for address in forms_on(client, url, under)}
    return {address: status for address, status in sent.items() if status not in {200, 302, 422}}
