"""Pages kept for visitors: made once, never anything personal, never for those who have signed in."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.test import RequestFactory, override_settings

from greenhood.kit import public_pages
from greenhood.kit.public_pages import public_page

SESSION = "sessionid"


@pytest.fixture(autouse=True)
def keeping() -> Iterator[None]:
    public_pages.forget()
    with override_settings(PUBLIC_PAGE_SECONDS=30):
        yield
    public_pages.forget()


@pytest.fixture
def view():
    numbers = count(1)

    @public_page
    def page(request: HttpRequest) -> HttpResponse:
        return HttpResponse(f"第 {next(numbers)} 次")

    return page


def ask(view, path: str = "/page/", cookies: dict[str, str] | None = None, **headers: str) -> HttpResponse:
    request = RequestFactory().get(path, headers=headers)
    request.COOKIES = cookies or {}
    return view(request)


def test_page_is_made_once_for_all_visitors(view) -> None:
    assert [ask(view).content.decode() for _ in range(3)] == ["第 1 次"] * 3


def test_another_address_query_or_type_size_is_another_page(view) -> None:
    pages = [ask(view), ask(view, "/page/?q=1"), ask(view, "/other/"), ask(view, cookies={"large-type": "yes"})]

    assert [page.content.decode() for page in pages] == ["第 1 次", "第 2 次", "第 3 次", "第 4 次"]


@pytest.mark.parametrize("cookies", [{SESSION: "x"}, {"messages": "x"}])
def test_page_for_one_person_is_neither_kept_nor_taken(view, cookies: dict[str, str]) -> None:
    ask(view)

    assert ask(view, cookies=cookies).content.decode() == "第 2 次"
    assert ask(view).content.decode() == "第 1 次"


def test_browser_that_has_the_page_gets_no_body(view) -> None:
    tag = ask(view)["ETag"]

    response = ask(view, **{"if-none-match": tag})

    assert (response.status_code, response.content) == (304, b"")


def test_page_is_made_anew_when_its_time_is_over(view, monkeypatch) -> None:
    ask(view)
    moment = public_pages.time.monotonic() + 31
    monkeypatch.setattr(public_pages.time, "monotonic", lambda: moment)

    assert ask(view).content.decode() == "第 2 次"


def test_old_page_is_given_while_another_request_makes_it_anew(monkeypatch) -> None:
    numbers, during = count(1), []

    @public_page
    def page(request: HttpRequest) -> HttpResponse:
        number = next(numbers)
        if number == 2:
            during.append(ask(page).content.decode())
        return HttpResponse(f"第 {number} 次")

    ask(page)
    moment = public_pages.time.monotonic() + 31
    monkeypatch.setattr(public_pages.time, "monotonic", lambda: moment)

    assert ask(page).content.decode() == "第 2 次"
    assert during == ["第 1 次"]


@pytest.mark.parametrize("kind", ["token", "cookie", "missing"])
def test_answer_with_something_personal_is_not_kept(kind: str) -> None:
    numbers = count(1)

    @public_page
    def page(request: HttpRequest) -> HttpResponse:
        response = HttpResponse(f"第 {next(numbers)} 次", status=404 if kind == "missing" else 200)
        if kind == "token":
            get_token(request)
        if kind == "cookie":
            response.set_cookie("x", "1")
        return response

    assert [ask(page).content.decode() for _ in range(2)] == ["第 1 次", "第 2 次"]


def test_nothing_is_kept_where_the_setting_says_so(view) -> None:
    with override_settings(PUBLIC_PAGE_SECONDS=0):
        assert [ask(view).content.decode() for _ in range(2)] == ["第 1 次", "第 2 次"]


def test_only_so_many_pages_are_kept(view, monkeypatch) -> None:
    monkeypatch.setattr(public_pages, "MOST_PAGES", 2)
    for path in ("/a/", "/b/", "/c/"):
        ask(view, path)

    assert ask(view, "/c/").content.decode() == "第 3 次"
    assert ask(view, "/a/").content.decode() == "第 4 次"
