"""Asking a provider over HTTP: JSON only, of bounded size, in bounded time, no redirect followed."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx

from beffroi.serve.openid.settings import UNAVAILABLE, OpenIdError, OpenIdSettings

MOST_BYTES = 1_000_000
"""A discovery document or key set is some kilobytes; nothing near this is honest."""

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def is_safe(url: object) -> bool:
    """Whether secrets may go to an address: https, or this machine itself.

    >>> is_safe("https://id.town.example/token"), is_safe("http://127.0.0.1:9/token"), is_safe("http://id.town/token")
    (True, True, False)
    """
    if not isinstance(url, str) or any(mark.isspace() or not mark.isprintable() for mark in url):
        return False
    try:
        parts = urlsplit(url)
        host, named = parts.hostname, "@" in parts.netloc
    except ValueError:
        return False
    return not named and bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK))


class Asking:
    """One provider's HTTP side. The environment's proxies are not asked: the settings name one or none."""

    def __init__(self, settings: OpenIdSettings) -> None:
        self._settings = settings
        self._tls: ssl.SSLContext | None = None

    async def json(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, body: str | None = None
    ) -> tuple[int, dict[str, Any]]:
        """Status and JSON object of an answer.

        Raises:
            OpenIdError: `oidc_unavailable`: not reached, too late, too long, a failure of its own, or no JSON object.
        """
        try:
            async with asyncio.timeout(self._settings.timeout_s), self._client() as client:
                asked = {"Accept": "application/json", **(headers or {})}
                async with client.stream(method, url, headers=asked, content=body) as answer:
                    status, raw = answer.status_code, await _bounded(answer)
        except TimeoutError:
            raise OpenIdError(UNAVAILABLE, f"no answer within {self._settings.timeout_s:g} s") from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise OpenIdError(UNAVAILABLE, f"cannot be reached: {type(error).__name__}") from None
        if status >= 500 or 300 <= status < 400:
            raise OpenIdError(UNAVAILABLE, f"answers with status {status}")
        try:
            found = json.loads(raw)
        except (ValueError, RecursionError):
            raise OpenIdError(UNAVAILABLE, f"does not answer with JSON (status {status})") from None
        if not isinstance(found, dict):
            raise OpenIdError(UNAVAILABLE, "does not answer with a JSON object")
        return status, found

    def _client(self) -> httpx.AsyncClient:
        given = self._settings
        if self._tls is None:
            self._tls = ssl.create_default_context(cafile=given.ca_file or None)
        return httpx.AsyncClient(
            verify=self._tls,
            timeout=given.timeout_s,
            proxy=given.proxy or None,
            trust_env=False,
            follow_redirects=False,
        )


async def _bounded(answer: httpx.Response) -> bytes:
    raw = b""
    async for part in answer.aiter_bytes():
        raw += part
        if len(raw) > MOST_BYTES:
            raise OpenIdError(UNAVAILABLE, f"answers with more than {MOST_BYTES} bytes")
    return raw
