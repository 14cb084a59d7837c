"""Reminders over HTTP: the robot of a 企业微信 group, and an SMS gateway that takes JSON.

Both post only over https, only to hosts that the settings name, follow no redirect, and give up after a time-out. What fails is logged by
host and reason, never with an address's key, a number or a name. The class is made once a run from the settings and says at once what is missing.
"""

from __future__ import annotations

import json
import logging
import re
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from http.client import HTTPException
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from greenhood.reporting.messages import Message

logger = logging.getLogger("greenhood.reporting")

LONGEST_ANSWER = 65_536
# What the makers of 企业微信 allow a group's robot: bytes of markdown in a message, messages a minute.
ROBOT_BYTES = 4096
ROBOT_MESSAGES = 20
# A gateway that fails this often in a row is down; waiting for every time-out would hold up the morning.
MOST_FAILURES = 5
_ROBOT = re.compile(r"(?:(\d{1,12})=)?(https://\S+)")
_PLACEHOLDER = re.compile(r"\{(phone|name|title|text)\}")


class Failed(Exception):
    """A post that did not get through, with a reason that may be logged."""


class Wecom:
    """Tells each group of 企业微信 what the divisions of its robot have to file: ``GREENHOOD_WECOM_ROBOTS``."""

    def __init__(self) -> None:
        self.robots = list(_robots(settings.WECOM_ROBOTS))
        self.post = Post()
        for _, url in self.robots:
            self.post.check(url, "GREENHOOD_WECOM_ROBOTS")

    def send(self, messages: Sequence[Message]) -> int:
        taken = 0
        for prefix, url in self.robots:
            meant = [each for each in messages if f"{each.division:012d}".startswith(prefix)]
            try:
                for content in _markdown(meant):
                    answer = self.post.json(url, {"msgtype": "markdown", "markdown": {"content": content}})
                    if answer.get("errcode") != 0:
                        raise Failed(f"errcode {answer.get('errcode')!r}")
                taken += len(meant)
            except Failed as problem:
                logger.warning("wecom robot of %s failed: %s", prefix or "everybody", problem)
        return taken


class Sms:
    """Sends one short message to everybody with a phone, through the gateway of ``GREENHOOD_SMS_URL``."""

    def __init__(self) -> None:
        self.url = settings.SMS_URL
        self.body = _read_json("GREENHOOD_SMS_BODY", settings.SMS_BODY)
        self.headers = _read_json("GREENHOOD_SMS_HEADERS", settings.SMS_HEADERS or "{}")
        self.field, _, self.good = settings.SMS_SUCCESS.partition("=")
        self.post = Post()
        if not self.url or not self.body:
            raise ImproperlyConfigured(
                "用短信提醒要设置 GREENHOOD_SMS_URL 和 GREENHOOD_SMS_BODY，见 docs/operations.md。"
            )
        self.post.check(self.url, "GREENHOOD_SMS_URL")

    def send(self, messages: Sequence[Message]) -> int:
        taken = failures = 0
        for message in messages:
            if not message.phone:
                continue
            try:
                self._send(message)
                taken, failures = taken + 1, 0
            except Failed as problem:
                failures += 1
                logger.warning("an SMS was not taken: %s", problem)
            if failures == MOST_FAILURES:
                logger.error("the SMS gateway failed %s times in a row, the rest is left out", failures)
                break
        return taken

    def _send(self, message: Message) -> None:
        answer = self.post.json(self.url, _filled(self.body, message), self.headers)
        if self.field and str(answer.get(self.field)) != self.good:
            raise Failed(f"{self.field} is {str(answer.get(self.field))[:40]!r}")


class Post:
    """JSON over https to hosts that are allowed."""

    def __init__(self) -> None:
        self.hosts = set(settings.CHANNEL_HOSTS)
        context = ssl.create_default_context(cafile=settings.CHANNEL_CA or None)
        self.opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=context), _NoRedirects())

    def check(self, url: str, setting: str) -> None:
        """Raises ImproperlyConfigured for an address that nothing may be sent to."""
        parts = urlsplit(url)
        if parts.scheme != "https":
            raise ImproperlyConfigured(f"{setting} 的网址应以 https:// 开头。")
        if parts.hostname not in self.hosts:
            raise ImproperlyConfigured(f"{setting} 的主机 {parts.hostname} 不在 GREENHOOD_CHANNEL_HOSTS 里。")

    def json(self, url: str, body: object, headers: Mapping[str, str] | None = None) -> Mapping[str, Any]:
        """What the other side answers. Raises Failed."""
        content = json.dumps(body, ensure_ascii=False).encode()
        sent = {"Content-Type": "application/json; charset=utf-8", **(headers or {})}
        request = urllib.request.Request(url, content, sent, method="POST")
        host = urlsplit(url).hostname
        try:
            with self.opener.open(request, timeout=settings.CHANNEL_TIMEOUT) as response:
                answer = json.loads(response.read(LONGEST_ANSWER) or b"{}")
        except urllib.error.HTTPError as problem:
            raise Failed(f"{host} answered {problem.code}") from None
        except (OSError, HTTPException, ValueError) as problem:
            raise Failed(f"{host}: {type(problem).__name__}") from None
        return answer if isinstance(answer, dict) else {}


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirect would lead past the list of hosts, with the message."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


def _robots(texts: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The beginning of the codes that a robot is for (nothing: everybody), and its address."""
    if not texts:
        raise ImproperlyConfigured("用企业微信提醒要设置 GREENHOOD_WECOM_ROBOTS，见 docs/operations.md。")
    for text in texts:
        found = _ROBOT.fullmatch(text)
        if found is None:
            raise ImproperlyConfigured(
                "GREENHOOD_WECOM_ROBOTS 应写成“网址”或“区划代码开头=网址”，网址以 https:// 开头。"
            )
        yield "" if not found[1] or int(found[1]) == 0 else found[1], found[2]


def _markdown(messages: Sequence[Message]) -> Iterator[str]:
    """What a group is told, each division once, in as many pieces as a robot may send."""
    lines = list(dict.fromkeys(_plain(line) for message in messages for line in message.lines))
    piece, sent = "**绿色社区创建报送提醒**", 0
    for place, line in enumerate(lines):
        entry = f"\n> {line}"[: ROBOT_BYTES // 8]
        rest = f"\n另有 {len(lines) - place} 份，请登录平台查看。"
        if len((piece + entry + rest).encode()) > ROBOT_BYTES:
            if sent == ROBOT_MESSAGES - 1:
                yield piece + rest
                return
            yield piece
            piece, sent = "**绿色社区创建报送提醒（续）**", sent + 1
        piece += entry
    if lines:
        yield piece


def _plain(line: str) -> str:
    """Without what markdown would read as a mention or a tag."""
    return line.replace("<", "＜").replace(">", "＞").replace("\n", " ")


def _filled(template: Any, message: Message) -> Any:
    """The template with every placeholder in its texts replaced; what a message says can't become structure."""
    values = {"phone": message.phone, "name": message.name, "title": message.title, "text": message.text}
    if isinstance(template, str):
        return _PLACEHOLDER.sub(lambda found: values[found[1]], template)
    if isinstance(template, dict):
        return {key: _filled(value, message) for key, value in template.items()}
    if isinstance(template, list):
        return [_filled(value, message) for value in template]
    return template


def _read_json(name: str, text: str) -> Any:
    try:
        return json.loads(text) if text else None
    except ValueError:
        raise ImproperlyConfigured(f"{name} 不是正确的 JSON。") from None
