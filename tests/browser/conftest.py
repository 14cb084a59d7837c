"""A Chromium before a live server: `page`, `sign_in`, `accessibility_problems`, `screenshot`.

A page that writes an error to the console (a script that fails, a style that the content policy refuses) fails its test.
Where no Chromium is found, the tests are skipped and say so.
"""

from __future__ import annotations

import base64
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connections
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, sync_playwright

from greenhood.accounts.models import Post, User

# Playwright's synchronous interface runs an event loop in this thread; the tests use the database from it all the same.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

# Its camera shows a test picture.
FLAGS = ["--no-sandbox", "--disable-gpu", "--use-fake-device-for-media-stream"]
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
WIDTHS = {"phone": (390, 844), "desk": (1280, 900)}
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]

SignIn = Callable[..., None]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


def chromium() -> str | None:
    """The Chromium to drive: GREENHOOD_CHROMIUM, or the first one on the path."""
    named = os.environ.get("GREENHOOD_CHROMIUM")
    return named or next(filter(None, (shutil.which(name) for name in NAMES)), None)


def asset(name: str) -> Path:
    """A third-party file of the tests, as `greenhood assets` copied it."""
    path = Path(settings.VAR) / "test-assets" / name
    if not path.is_file():
        pytest.skip(f"{path} is missing: run `greenhood assets` first")
    return path


@pytest.fixture(autouse=True, scope="session")
def no_connection_outlives_its_request() -> None:
    """The live server's threads would keep theirs, and the test database could not be dropped at the end."""
    connections["default"].settings_dict["CONN_MAX_AGE"] = 0


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = chromium()
    if path is None:
        pytest.skip("no Chromium found; install one or set GREENHOOD_CHROMIUM")
    with sync_playwright() as playwright:
        try:
            found = playwright.chromium.launch(executable_path=path, args=FLAGS)
        except Error as error:
            pytest.skip(f"{path} does not start: {error}")
        yield found
        found.close()


@pytest.fixture
def context(browser: Browser, live_server: Any) -> Iterator[BrowserContext]:
    """A fresh browser at desk width, without any cookie."""
    width, height = WIDTHS["desk"]
    found = browser.new_context(
        base_url=live_server.url,
        viewport={"width": width, "height": height},
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        reduced_motion="reduce",
    )
    found.set_default_timeout(30_000)
    yield found
    found.close()


def is_error_of_page(message: ConsoleMessage) -> bool:
    """What the page's own files say; axe is injected without an address, and the policy refuses its styles too."""
    is_missing_file = "Failed to load resource" in message.text
    return message.type == "error" and message.location["url"] != "" and not is_missing_file


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """One page; an error on its console fails the test."""
    found = context.new_page()
    said: list[str] = []
    found.on("console", lambda message: said.append(message.text) if is_error_of_page(message) else None)
    found.on("pageerror", lambda error: said.append(str(error)))
    yield found
    assert said == []


@pytest.fixture
def sign_in(context: BrowserContext, live_server: Any) -> SignIn:
    """`sign_in(user)`, or `sign_in(user, post)`: the browser holds a session of this person from now on."""

    def run(user: User, post: Post | None = None) -> None:
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        if post is not None:
            session = client.session
            session["post"] = str(post.pk)
            session.save()
        value = client.cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies(
            [
                {
                    "name": settings.SESSION_COOKIE_NAME,
                    "value": value,
                    "url": live_server.url,
                }
            ]
        )

    return run


@pytest.fixture
def accessibility_problems() -> Callable[[Page], list[str]]:
    """What axe finds on the page, one line for each rule and place; empty is what we want."""
    script = asset("axe.min.js").read_text(encoding="utf-8")

    def run(page: Page) -> list[str]:
        # Through the protocol, which the content policy of the page does not bind.
        page.evaluate(script)
        options = {
            "runOnly": {"type": "tag", "values": STANDARDS},
            "resultTypes": ["violations"],
        }
        found = page.evaluate("options => axe.run(document, options)", options)
        return [
            f"{rule['id']}: {node['target']} {node['html'][:160]} {node.get('failureSummary', '')[:300]}"
            for rule in found["violations"]
            for node in rule["nodes"]
        ]

    return run


@pytest.fixture
def screenshot(tmp_path: Path) -> Callable[..., Path]:
    """`screenshot(page, "name")` keeps a picture in GREENHOOD_SCREENSHOTS, or among the test's own files."""
    folder = Path(os.environ.get("GREENHOOD_SCREENSHOTS", tmp_path))

    def run(page: Page, name: str) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{name}.png"
        # Playwright's own way adds a style to the page, which the content policy refuses.
        session = page.context.new_cdp_session(page)
        size = session.send("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": min(size["height"], 16_000), "scale": 1}
        taken = session.send("Page.captureScreenshot", {"captureBeyondViewport": True, "clip": clip})
        path.write_bytes(base64.b64decode(taken["data"]))
        session.detach()
        return path

    return run
