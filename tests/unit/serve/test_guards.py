"""Origins, logs, event-stream format."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from starlette.datastructures import Headers

from beffroi.govern.outbox import OutboxRow
from beffroi.serve import logs
from beffroi.serve.guards import CONTENT_POLICY, same_origin
from beffroi.serve.stream import sse, told
from beffroi.vocabulary.time import UtcNs


@pytest.mark.parametrize(
    ("headers", "public_url", "let_in"),
    [
        ({}, "", True),
        ({"sec-fetch-site": "same-origin"}, "", True),
        ({"sec-fetch-site": "none"}, "", True),
        ({"sec-fetch-site": "same-site"}, "", False),
        ({"sec-fetch-site": "cross-site"}, "", False),
        ({"origin": "http://csu.local:8470", "host": "csu.local:8470"}, "", True),
        ({"origin": "https://csu.local", "host": "csu.local"}, "", True),
        ({"origin": "http://csu.local:8471", "host": "csu.local:8470"}, "", False),
        ({"origin": "http://csu.local.evil.example", "host": "csu.local"}, "", False),
        ({"origin": "null", "host": "csu.local"}, "", False),
        ({"origin": "null"}, "", False),
        ({"origin": ""}, "", False),
        ({"origin": "file://", "host": ""}, "", False),
        ({"origin": "https://csu.example.fr", "host": "127.0.0.1:8470"}, "https://csu.example.fr", True),
        ({"origin": "http://csu.example.fr", "host": "127.0.0.1:8470"}, "https://csu.example.fr", False),
    ],
)
def test_only_our_own_pages_may_change_anything(headers: dict[str, str], public_url: str, let_in: bool) -> None:
    assert same_origin(Headers(headers), public_url=public_url) is let_in


def test_the_content_policy_lets_nothing_inline_in() -> None:
    assert "unsafe" not in CONTENT_POLICY
    assert "*" not in CONTENT_POLICY
    assert "http" not in CONTENT_POLICY


@pytest.fixture
def log_lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    written = io.StringIO()
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    monkeypatch.setattr("sys.stderr", written)
    logs.set_up(level="info", as_json=True)
    yield written
    root.handlers[:] = before
    root.setLevel(level)
    structlog.reset_defaults()


def test_logs_are_json_without_people_addresses_and_credentials(log_lines: io.StringIO) -> None:
    log = structlog.get_logger("test")
    log.info("one", url="rtsp://admin:pw@10.0.0.1/live", username="jeanne", note="free text", route="/queue")
    logging.getLogger("library").warning("failed for %s", "http://u:p@host/x")
    logging.getLogger("httpx").info("HTTP Request: GET http://10.0.0.1/")
    lines = [json.loads(line) for line in log_lines.getvalue().splitlines()]
    assert [line["event"] for line in lines] == ["one", "failed for http://***@host/x"]
    assert lines[0]["url"] == "rtsp://***@10.0.0.1/live"
    assert lines[0]["route"] == "/queue"
    assert lines[0]["level"] == "info"
    assert lines[0]["timestamp"].endswith("Z")
    for secret in ("admin", "pw", "jeanne", "free text"):
        assert secret not in log_lines.getvalue()


def test_a_failure_is_logged_with_its_trace_but_not_its_credentials(log_lines: io.StringIO) -> None:
    try:
        raise ValueError("cannot open rtsp://admin:pw@10.0.0.1/")
    except ValueError:
        structlog.get_logger("test").exception("broke")
    line = json.loads(log_lines.getvalue())
    assert "ValueError" in line["exception"]
    assert "admin" not in line["exception"]


def row(topic: str, payload: dict[str, object]) -> OutboxRow:
    return OutboxRow(seq=7, message_id="m", topic=topic, authorisation_id="", payload=payload, made_at=UtcNs(0))


def test_rows_are_told_as_the_events_of_the_contract() -> None:
    assert told(row("alert.raised", {"alert_id": "a"})) == b'id: 7\nevent: alert\ndata: {"alert_id":"a"}\n\n'
    assert told(row("camera.state", {})).startswith(b"id: 7\nevent: camera\n")
    verdict = told(row("verdict.given", {"verdict": {"v": 1}, "alert": {"a": 1}})).decode()
    assert verdict.split("\n\n")[:2] == [
        'id: 7\nevent: alert\ndata: {"a":1}',
        'id: 7\nevent: verdict\ndata: {"v":1}',
    ]
    assert told(row("something.else", {})) == b""


def test_a_text_with_line_breaks_stays_one_message() -> None:
    assert sse("alert", {"note": "a\n\nevent: reset\ndata: {}"}).count(b"\n\n") == 1
