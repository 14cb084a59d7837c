"""Reminders over HTTP: real posts to a real server over TLS, with a certificate of an authority of one's own."""

from __future__ import annotations

import json
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from greenhood.reporting.channels import Message, channels
from greenhood.reporting.gateways import ROBOT_BYTES, ROBOT_MESSAGES, Sms, Wecom

SECRET = "key=3f7a54d1"
CHENGDU, WUHAN = 510_100_000_000, 420_100_000_000


def message(
    name: str, division: int = CHENGDU, phone: str = "13800000000", line: str = "成都市：年度总结评估报告"
) -> Message:
    return Message(name, phone, "", "还有 3 天到期", f"{name}：\n{line}", [line], division)


@dataclass
class Gateway:
    """A server on this machine: what it was sent, and how it answers."""

    url: str = ""
    status: int = 200
    answer: Any = field(default_factory=lambda: {"errcode": 0, "code": 0})
    location: str = ""
    hangs: bool = False
    asked: list[tuple[str, dict[str, str], Any]] = field(default_factory=list)
    over: Event = field(default_factory=Event)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    if shutil.which("openssl") is None:
        pytest.skip("openssl makes the certificate")
    folder = tmp_path_factory.mktemp("tls")
    key, cert = folder / "key.pem", folder / "cert.pem"
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    subprocess.run(
        [*made, "-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(cert)],
        check=True,
        capture_output=True,
    )
    return key, cert


@pytest.fixture
def gateway(certificate: tuple[Path, Path], settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gateway]:
    held = Gateway()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            held.asked.append((self.path, dict(self.headers), json.loads(body)))
            if held.hangs:
                held.over.wait(5)
            self.send_response(held.status)
            if held.location:
                self.send_header("Location", held.location)
            self.end_headers()
            self.wfile.write(held.answer if isinstance(held.answer, bytes) else json.dumps(held.answer).encode())

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    key, cert = certificate
    context.load_cert_chain(cert, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("NO_PROXY", "localhost")
    held.url = f"https://localhost:{server.server_port}/send?{SECRET}"
    settings.CHANNEL_HOSTS, settings.CHANNEL_CA, settings.CHANNEL_TIMEOUT = ["localhost"], str(cert), 1
    settings.WECOM_ROBOTS = [held.url]
    settings.SMS_URL = held.url
    settings.SMS_BODY = '{"to": ["{phone}"], "sign": {"text": "{name}：{title}"}, "type": 1}'
    settings.SMS_HEADERS = '{"Authorization": "Bearer x"}'
    settings.SMS_SUCCESS = "code=0"
    yield held
    held.over.set()
    server.shutdown()
    server.server_close()


def test_a_group_is_told_each_report_once_in_markdown(gateway: Gateway) -> None:
    assert Wecom().send([message("陈静"), message("王强")]) == 2

    [(path, headers, body)] = gateway.asked
    assert path.endswith(SECRET)
    assert headers["Content-Type"].startswith("application/json")
    assert body["msgtype"] == "markdown"
    assert body["markdown"]["content"].count("成都市：年度总结评估报告") == 1
    assert "陈静" not in body["markdown"]["content"]


def test_a_robot_of_a_place_is_told_of_that_place_alone(gateway: Gateway, settings: Any) -> None:
    settings.WECOM_ROBOTS = [f"5101={gateway.url}"]

    assert Wecom().send([message("陈静"), message("李明", WUHAN, line="武汉市：月报")]) == 1

    assert "武汉市" not in gateway.asked[0][2]["markdown"]["content"]


def test_many_reports_go_in_pieces_that_a_robot_may_send(gateway: Gateway) -> None:
    many = [message("陈静", line=f"第 {number} 个街道：年度总结评估报告，期限 2026-11-10") for number in range(2000)]

    Wecom().send(many)

    pieces = [body["markdown"]["content"] for _, _, body in gateway.asked]
    assert len(pieces) == ROBOT_MESSAGES
    assert max(len(piece.encode()) for piece in pieces) <= ROBOT_BYTES
    assert "请登录平台查看" in pieces[-1]


def test_what_a_message_says_cannot_mention_people_or_change_the_json(gateway: Gateway) -> None:
    Wecom().send([message("陈静", line='<@all> ", "x": 1')])
    Sms().send([message('陈"静{phone}')])

    assert "<@all>" not in gateway.asked[0][2]["markdown"]["content"]
    assert gateway.asked[1][2] == {
        "to": ["13800000000"], "sign": {"text": '陈"静{phone}：还有 3 天到期'}, "type": 1,
    }  # fmt: skip
    assert gateway.asked[1][1]["Authorization"] == "Bearer x"


def test_who_has_no_phone_is_left_out_and_only_what_was_taken_counts(gateway: Gateway) -> None:
    assert Sms().send([message("陈静"), message("王强", phone="")]) == 1

    gateway.answer = {"code": 7}
    assert Sms().send([message("陈静")]) == 0
    gateway.answer = {"errcode": 93000, "errmsg": "invalid webhook url"}
    assert Wecom().send([message("陈静")]) == 0


@pytest.mark.parametrize(
    "broken",
    [{"status": 500}, {"answer": b"<html>"}, {"hangs": True}, {"status": 302, "location": "https://localhost:1/"}],
    ids=lambda broken: next(iter(broken)),
)
def test_a_gateway_that_fails_is_logged_without_its_key_and_stops_nothing(
    gateway: Gateway, broken: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    for name, value in broken.items():
        setattr(gateway, name, value)

    assert Wecom().send([message("陈静")]) == 0
    assert Sms().send([message("陈静")]) == 0

    assert "localhost" in caplog.text
    assert SECRET not in caplog.text
    assert "13800000000" not in caplog.text
    assert len(gateway.asked) == 2


def test_a_gateway_that_is_down_is_given_up_after_some_tries(gateway: Gateway) -> None:
    gateway.status = 503

    assert Sms().send([message("陈静")] * 9) == 0
    assert len(gateway.asked) == 5


def test_a_certificate_that_nobody_vouches_for_gets_nothing(gateway: Gateway, settings: Any) -> None:
    settings.CHANNEL_CA = ""

    assert Sms().send([message("陈静")]) == 0
    assert gateway.asked == []


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"SMS_URL": "http://localhost/send"}, "https://"),
        ({"SMS_URL": "https://10.0.0.1/send"}, "GREENHOOD_CHANNEL_HOSTS"),
        ({"SMS_URL": ""}, "GREENHOOD_SMS_URL"),
        ({"SMS_BODY": "{phone}"}, "不是正确的 JSON"),
        ({"WECOM_ROBOTS": []}, "GREENHOOD_WECOM_ROBOTS"),
        ({"WECOM_ROBOTS": ["四川=https://localhost/"]}, "区划代码开头"),
        ({"WECOM_ROBOTS": ["https://localhost.example.com/"]}, "GREENHOOD_CHANNEL_HOSTS"),
    ],
)
def test_a_wrong_setting_is_refused_before_anything_is_sent(
    gateway: Gateway, settings: Any, changed: dict[str, Any], reason: str
) -> None:
    settings.REMINDER_CHANNELS = ["wecom", "sms"]
    assert set(channels()) == {"wecom", "sms"}
    for name, value in changed.items():
        setattr(settings, name, value)

    with pytest.raises(ImproperlyConfigured, match=reason):
        channels()
