"""The API as a whole: its description is true, and the page of documentation names every address of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db
PAGE = Path(__file__).resolve().parents[2] / "docs" / "api.md"


def described(client: Client) -> set[str]:
    return set(client.get("/api/openapi.json").json()["paths"])


def test_the_documentation_names_every_address(client: Client) -> None:
    written = set(re.findall(r"`(/api/[^`?]*)", PAGE.read_text())) - {"/api/openapi.json"}

    assert written == described(client)


def test_the_documentation_says_truly_which_ask_for_sign_in(client: Client) -> None:
    rows = re.findall(r"\| `(/api/[^`]*)` \| (yes|no) \|", PAGE.read_text())
    values = {"{code}": "510000000000", "{scheme_id}": "sichuan-2020", "{version}": "1", "{year}": "2026"}
    for address, sign_in in rows:
        for name, value in values.items():
            address = address.replace(name, value)
        answer = client.get(address + ("x" if address.endswith("q=") else ""))
        assert (answer.status_code == 401) == (sign_in == "yes"), address
