"""Whatever stands in an address, a list answers with a page: nobody gets a failure for a filter that was mistyped."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from tests.accounts.test_every_url import WALKED, Address
from tests.cast import Cast, sign_in
from tests.url_samples import SAMPLES, Objects

FORM = re.compile(r'<form[^>]*method="get".*?</form>', re.S)
FIELD = re.compile(r'<(?:input|select|textarea)[^>]*?\sname="([\w-]+)"')
MISTYPED = (
    "\x00",
    "x" * 3000,
    "-1",
    "2026-02-31",
    "9" * 30,
    "00000000-0000-0000-0000-000000000000",
    "'; drop table",
    "，",
    "%",
)
# The page of every component shows forms that lead nowhere.
LISTS = [each for each in WALKED if not each.is_api and each.name != "site:components"]


def fields_of(client: Client, url: str) -> list[str]:
    response = client.get(url)
    if response.streaming:
        b"".join(response.streaming_content)  # type: ignore[attr-defined] - a file is closed once it is read
        return []
    if response.status_code != 200 or "html" not in response.headers.get("Content-Type", ""):
        return []
    return sorted(set(FIELD.findall("".join(FORM.findall(response.content.decode())))))


def address_of(each: Address, objects: Objects) -> str:
    return reverse(each.name, kwargs=SAMPLES[each.name](objects) if each.parameters else {})


@pytest.fixture
def quiet() -> Iterator[None]:
    """Hundreds of refusals are what is asked for."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.django_db
def test_no_filter_of_any_page_fails(client: Client, cast: Cast, quiet: None) -> None:
    objects = Objects(cast)
    sign_in(client, cast.county_officer)
    client.raise_request_exception = False
    failed = []
    for each in LISTS:
        url = address_of(each, objects)
        with transaction.atomic():
            fields = fields_of(client, url)
            failed += [
                (each.name, text[:12])
                for text in MISTYPED
                if fields and client.get(url, dict.fromkeys(fields, text)).status_code >= 500
            ]
            transaction.set_rollback(True)

    assert failed == []


@pytest.mark.django_db
def test_a_null_character_in_a_search_is_read_over(client: Client, cast: Cast) -> None:
    sign_in(client, cast.city_officer)
    found = client.get("/communities/?q=%00晋阳").content.decode()

    assert cast.community.name in found
