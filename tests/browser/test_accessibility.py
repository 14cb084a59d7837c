"""Every page that can be reached, at both widths: nothing for axe to find, nothing wider than the screen.

The pages come from the addresses themselves, with the sample objects of the walk; where pages of several roles are
built alike, one of them is looked at.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page

from tests import cast as casting
from tests.accounts.test_every_url import WALKED, Address
from tests.browser.conftest import WIDTHS, SignIn
from tests.cast import Cast
from tests.url_samples import SAMPLES, Objects

pytestmark = pytest.mark.django_db(transaction=True)

ROLES = (
    "resident", "worker", "street_officer", "county_officer", "province_officer", "expert", "auditor", "system_admin",
    "security_admin", "audit_admin", "stranger",
)  # fmt: skip
TAG = re.compile(r"<(\w+)([^>]*)>")
SHAPING = re.compile(r'\b(?:class|role|type|aria-\w+)="[^"]*"')


@dataclass(frozen=True)
class Look:
    """One page as one role sees it."""

    role: str
    name: str
    url: str


def looks(cast: Cast, samples: dict[str, dict[str, Any]]) -> Iterator[Look]:
    """Pages as HTML that this process answers with, one for each way of being built."""
    seen: set[tuple[str, frozenset[str]]] = set()
    for role in ROLES:
        client = casting.sign_in(Client(raise_request_exception=False), cast.actors[role])
        for address in WALKED:
            url = url_of(address, samples)
            response = client.get(url)
            response.close()
            if response.streaming:
                # Read to its end, for only then is its file closed.
                b"".join(response)
                continue
            if not response.get("Content-Type", "").startswith("text/html"):
                continue
            # Parts of pages, which scripts ask for, are looked at where they are put in.
            if response.status_code in {301, 302, 405} or "<html" not in response.text:
                continue
            # The frame around it differs by role and is the same on every page.
            main = response.text.partition("<main")[2]
            shape = frozenset(f"{tag}{sorted(SHAPING.findall(rest))}" for tag, rest in TAG.findall(main))
            if (address.name, shape) not in seen:
                seen.add((address.name, shape))
                yield Look(role, address.name, url)


def url_of(address: Address, samples: dict[str, dict[str, Any]]) -> str:
    return reverse(address.name, kwargs=samples.get(address.name, {}))


@pytest.fixture
def samples(cast: Cast) -> dict[str, dict[str, Any]]:
    objects = Objects(cast)
    return {address.name: SAMPLES[address.name](objects) for address in WALKED if address.name in SAMPLES}


def test_axe_finds_nothing_on_any_page(
    page: Page,
    cast: Cast,
    samples: dict[str, dict[str, Any]],
    sign_in: SignIn,
    accessibility_problems: Callable[[Page], list[str]],
) -> None:
    found: dict[tuple[str, str, str], list[str]] = {}
    signed_in = "resident"
    for look in looks(cast, samples):
        if look.role != signed_in:
            signed_in = look.role
            actor = cast.actors[look.role]
            sign_in(actor.user, actor.post)
        page.goto(look.url)
        for width, (across, down) in WIDTHS.items():
            page.set_viewport_size({"width": across, "height": down})
            is_wide = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
            if problems := [*accessibility_problems(page), *(["wider than the screen"] if is_wide else [])]:
                found[look.name, look.role, width] = problems

    assert found == {}
