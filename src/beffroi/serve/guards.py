"""What every request passes before a route: its id, its size, where it comes from; and what every answer carries."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from beffroi.serve.problems import Problem

CONTENT_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob: data:",
        "media-src 'self' blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
"""Own files only, live pictures from memory (blob:). No inline script or style, no other site."""

PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"
"""For an SVG that a town supplies: shown as a picture, it may run nothing even when opened by itself."""

HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
log = structlog.get_logger("beffroi.serve")


def same_origin(headers: Headers, *, public_url: str) -> bool:
    """Whether a request that could change something comes from our own pages.

    Browsers send ``Origin``; one that is not ours is refused. Without it (a script, curl) ``Sec-Fetch-Site`` must not
    say that another site asks.
    """
    origin = headers.get("origin")
    if origin is None:
        return headers.get("sec-fetch-site", "none") in {"none", "same-origin"}
    if public_url and origin.rstrip("/") == public_url:
        return True
    asked = urlsplit(origin)
    return asked.scheme in {"http", "https"} and bool(asked.netloc) and asked.netloc == headers.get("host")


class Envelope:
    """Gives each request an id, each answer its protective headers, and the log one line without personal data."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = secrets.token_hex(8)
        scope.setdefault("state", {})["request_id"] = request_id
        structlog.contextvars.bind_contextvars(request_id=request_id)
        begun = time.perf_counter()
        status = 500

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                if scope.get("scheme") == "https":
                    headers.setdefault("Strict-Transport-Security", "max-age=31536000")
                headers["X-Request-ID"] = request_id
            await send(message)

        try:
            await self.app(scope, receive, sending)
        finally:
            taken_s = time.perf_counter() - begun
            route = getattr(scope.get("route"), "path", "other")
            observe = getattr(scope["app"].state, "observe", None) if "app" in scope else None
            if observe is not None:
                observe(scope["method"], route, status, taken_s)
            told = log.debug if scope["method"] in SAFE_METHODS and status < 400 else log.info
            told("request", method=scope["method"], route=route, status=status, ms=round(taken_s * 1000, 1))
            structlog.contextvars.unbind_contextvars("request_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Uploads:
    """Paths whose bodies may be larger (``most`` bytes), for those who are ``welcome`` (asked in a thread) only."""

    most: Mapping[str, int] = field(default_factory=dict)
    welcome: Callable[[HTTPConnection], bool] = lambda _: False


class Gate:
    """Refuses unsafe requests of other sites and bodies over the limit, before anything reads them."""

    def __init__(
        self, app: ASGIApp, *, max_body_bytes: int, public_url: str, https_only: bool, uploads: Uploads | None = None
    ) -> None:
        self.app, self.max_body_bytes = app, max_body_bytes
        self.public_url, self.https_only = public_url, https_only
        self.uploads = uploads or Uploads()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or refuse it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        limit = await self._limit(scope, headers)
        refusal = self._refusal(scope, headers, limit)
        if refusal is not None:
            await refusal.response()(scope, receive, send)
            return
        if scope["method"] in SAFE_METHODS:
            await self.app(scope, receive, send)
            return
        body = await self._body(receive, limit)
        if body is None:
            await self._too_large(limit).response()(scope, receive, send)
            return
        given = False

        async def replay() -> Message:
            nonlocal given
            if not given:
                given = True
                return {"type": "http.request", "body": body, "more_body": False}
            return await receive()

        await self.app(scope, replay, send)

    async def _limit(self, scope: Scope, headers: Headers) -> int:
        """How many bytes this request's body may have: more for a known upload that says its length, by somebody
        who may send it.
        """
        most = self.uploads.most.get(scope["path"], 0)
        length = headers.get("content-length", "")
        asks = most > self.max_body_bytes and length.isascii() and length.isdigit()
        if not asks or not self.max_body_bytes < int(length) <= most:
            return self.max_body_bytes
        welcome = await run_in_threadpool(self.uploads.welcome, HTTPConnection(scope))
        return most if welcome else self.max_body_bytes

    def _refusal(self, scope: Scope, headers: Headers, limit: int) -> Problem | None:
        """Why this request is not served at all."""
        if self.https_only and scope.get("scheme") != "https":
            return Problem(403, "https_only", "this house speaks https only", mend="Use its https address.")
        if scope["method"] not in SAFE_METHODS and not same_origin(headers, public_url=self.public_url):
            mend = "Behind a reverse proxy, pass the Host header on or set server.public_url."
            return Problem(403, "other_origin", "the request comes from another site", mend=mend)
        length = headers.get("content-length", "0")
        if not length.isascii() or not length.isdigit() or int(length) > limit:
            return self._too_large(limit)
        return None

    async def _body(self, receive: Receive, limit: int) -> bytes | None:
        """The whole body, None when it is over the limit (a chunked one says its length to nobody)."""
        parts: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return b""
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            if size > limit:
                return None
            if not message.get("more_body", False):
                return b"".join(parts)

    def _too_large(self, limit: int) -> Problem:
        return Problem(413, "too_large", f"the body is over {limit} bytes", mend="Send less.")
