"""Every address, with every role, without sign-in, and from the next county. A new address is covered or this fails."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import transaction
from django.http import HttpResponseBase
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from ninja.operation import PathView

from tests.cast import PEOPLE, Cast, sign_in
from tests.url_samples import OPEN, SAMPLES, Objects

SIGN_IN = "/account/sign-in/"
# The root of the API answers 404 to everyone.
NOT_WALKED = {"api-1:api-root"}
OUTSIDERS = ("neighbour_officer", "neighbour_worker", "neighbour_system_admin", "neighbour_security_admin", "stranger")
# What belongs to the county: whoever is from elsewhere must not read it on a page behind sign-in.
ONE_OF_EACH_ROLE = {role: key for key, _, _, role, _ in reversed(PEOPLE)}
COUNTY_PEOPLE = ("李芳", "王强", "张敏", "吴刚", "何管理", "吕安全")


@dataclass(frozen=True)
class Address:
    name: str
    parameters: tuple[str, ...]
    is_public: bool

    @property
    def names_object(self) -> bool:
        """Whether it is the address of one thing; the format of a file and which of one's own lists are none."""
        return bool(set(self.parameters) - {"kind", "which"})

    @property
    def is_api(self) -> bool:
        return self.name.startswith("api-")


def addresses() -> list[Address]:
    return sorted(_walk(get_resolver(), ""), key=lambda address: address.name)


def _walk(resolver: URLResolver, space: str) -> Iterator[Address]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from _walk(pattern, inner)
        else:
            yield _address(pattern, space)


def _address(pattern: URLPattern, space: str) -> Address:
    assert pattern.name, f"{pattern} has no name, so that it can't be walked"
    name = f"{space}{pattern.name}"
    return Address(name, tuple(pattern.pattern.converters), _is_public(pattern.callback))


def _is_public(view: Callable[..., Any]) -> bool:
    """Pages say it by `login_not_required`; the API asks for sign-in itself, operation by operation."""
    if not getattr(view, "login_required", True):
        return True
    cells = [cell.cell_contents for cell in getattr(view, "__closure__", None) or ()]
    operations = [each for cell in cells if isinstance(cell, PathView) for each in cell.operations]
    return bool(operations) and not any(operation.auth_callbacks for operation in operations)


ADDRESSES = [address for address in addresses() if address.name not in NOT_WALKED]
# An address without its sample is told of once, by the test of samples.
WALKED = [address for address in ADDRESSES if not address.parameters or address.name in SAMPLES]


@pytest.fixture(autouse=True)
def without_log() -> Iterator[None]:
    """Thousands of refusals are what is asked for; writing each down with its traceback takes longer than asking."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def client() -> Client:
    return Client(raise_request_exception=False)


@pytest.fixture
def samples(cast: Cast) -> dict[str, dict[str, Any]]:
    objects = Objects(cast)
    return {address.name: SAMPLES[address.name](objects) for address in ADDRESSES if address.name in SAMPLES}


def ask(client: Client, method: str, address: Address, samples: dict[str, dict[str, Any]]) -> HttpResponseBase:
    """The answer; whatever it changed is undone, so that who was signed in still is."""
    cookies = deepcopy(client.cookies)
    url = reverse(address.name, kwargs=samples.get(address.name, {}))
    with transaction.atomic():
        response = client.post(url) if method == "post" else client.get(url)
        if response.streaming:
            response.streamed = b"".join(response.streaming_content)  # type: ignore[attr-defined]
        transaction.set_rollback(True)
    client.cookies = cookies
    return response


def text_of(response: HttpResponseBase) -> str:
    content = getattr(response, "streamed", None) if response.streaming else response.content
    return (content or b"").decode("utf-8", "replace")


def test_every_address_that_names_an_object_has_a_sample() -> None:
    missing = {
        address.name: address.parameters for address in ADDRESSES if address.parameters and address.name not in SAMPLES
    }

    assert missing == {}, "add these to tests/url_samples.py"


def test_samples_and_open_pages_are_all_addresses() -> None:
    names = {address.name for address in ADDRESSES}

    assert set(SAMPLES) - names == set()
    assert set(OPEN) - names == set()


@pytest.mark.parametrize("method", ["get", "post"])
def test_visitor_reaches_only_public_pages(client: Client, samples, method: str) -> None:
    wrong = {}
    for address in WALKED:
        response = ask(client, method, address, samples)
        if address.is_public:
            is_right = response.status_code < 500
        elif address.is_api:
            is_right = response.status_code == 401
        else:
            is_right = response.status_code == 302 and response["Location"].startswith(SIGN_IN)
        if not is_right:
            wrong[address.name] = response.status_code

    assert wrong == {}


def test_no_page_breaks_for_any_role(client: Client, cast: Cast, samples) -> None:
    wrong = {}
    for role in [*ONE_OF_EACH_ROLE.values(), "stranger"]:
        sign_in(client, cast.actors[role])
        for address in WALKED:
            if (status := ask(client, "get", address, samples).status_code) >= 500:
                wrong[role, address.name] = status

    assert wrong == {}


def test_outsiders_see_nothing_of_the_county(client: Client, cast: Cast, samples) -> None:
    wrong: dict[tuple[str, str], Any] = {}
    for outsider in OUTSIDERS:
        sign_in(client, cast.actors[outsider])
        for address in WALKED:
            if address.is_public or address.name in OPEN:
                continue
            response = ask(client, "get", address, samples)
            seen = [name for name in COUNTY_PEOPLE if name in text_of(response)]
            if address.names_object and response.status_code not in {403, 404, 405}:
                wrong[outsider, address.name] = response.status_code
            elif response.status_code == 200 and seen:
                wrong[outsider, address.name] = seen

    assert wrong == {}


def test_outsiders_change_nothing_of_the_county(client: Client, cast: Cast, samples) -> None:
    wrong = {}
    for outsider in OUTSIDERS:
        sign_in(client, cast.actors[outsider])
        for address in WALKED:
            if not address.names_object or address.is_public:
                continue
            if (status := ask(client, "post", address, samples).status_code) not in {403, 404, 405}:
                wrong[outsider, address.name] = status

    assert wrong == {}
