"""One OpenID Connect provider: discovered, asked and believed only as far as its signed token goes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import quote_plus, urlencode

from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc.jwk import KeySet

from beffroi.serve.openid.asking import Asking, is_safe
from beffroi.serve.openid.handshake import Handshake
from beffroi.serve.openid.people import found
from beffroi.serve.openid.settings import DENIED, MISCONFIGURED, TOKEN, UNAVAILABLE, OpenIdError, OpenIdSettings
from beffroi.serve.openid.token import UnknownKeyError, claims_of, keys_of

KNOWN_FOR_S = 3600.0
"""How long a discovery document and a key set are believed before they are read again."""

PAUSE_S = 2.0
"""After a failure the provider is left alone so long: a provider that is down costs the house one wait, not many."""

SEATS = 8
"""Sign-ins that are completed at one time."""

_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class Provider:
    """The provider of the settings. Nothing is asked before somebody wants to sign in there."""

    def __init__(self, settings: OpenIdSettings, clock_s: Callable[[], int]) -> None:
        self.settings = settings
        self._clock_s = clock_s
        self._asking = Asking(settings)
        self._lock = asyncio.Lock()
        self._seats = asyncio.Semaphore(SEATS)
        self._known: dict[str, Any] = {}
        self._keys: KeySet | None = None
        self._known_until = self._keys_until = self._not_before = 0.0

    async def address(self, begun: Handshake) -> str:
        """Where the browser goes to sign in.

        Raises:
            OpenIdError: `oidc_unavailable`.
        """
        known = await self._within(self._discover())
        address = prepare_grant_uri(
            known["authorization_endpoint"],
            client_id=self.settings.client_id,
            response_type="code",
            redirect_uri=begun.redirect_uri,
            scope=" ".join(self.settings.scopes),
            state=begun.state,
            nonce=begun.nonce,
            code_challenge=create_s256_code_challenge(begun.verifier),
            code_challenge_method="S256",
        )
        return str(address)

    async def vouch(self, begun: Handshake, code: str, issuer: str | None) -> dict[str, Any]:
        """What the provider says of the person who came back with ``code``. ``issuer``: who the answer says it is.

        Raises:
            OpenIdError: any of the codes of this package but `outside_state`.
        """
        return await self._within(self._vouch(begun, code, issuer))

    async def _within(self, doing: Awaitable[dict[str, Any]]) -> dict[str, Any]:
        try:
            async with asyncio.timeout(self.settings.timeout_s + 0.5):
                return await doing
        except TimeoutError:
            raise OpenIdError(UNAVAILABLE, f"not done within {self.settings.timeout_s:g} s") from None

    async def _vouch(self, begun: Handshake, code: str, issuer: str | None) -> dict[str, Any]:
        async with self._seats:
            known = await self._discover()
            promised = known.get("authorization_response_iss_parameter_supported") is True
            if issuer != self.settings.issuer and (issuer is not None or promised):
                raise OpenIdError(TOKEN, "the answer names another issuer")  # RFC 9207: mix-up of providers
            tokens = await self._exchange(known, begun, code)
            claims = await self._claims(known, tokens.get("id_token"), begun.nonce)
            return await self._completed(known, claims, tokens.get("access_token"))

    async def _exchange(self, known: Mapping[str, Any], begun: Handshake, code: str) -> dict[str, Any]:
        """Swap the code for tokens. Asked once: a code is good for one use."""
        given = self.settings
        offered = known.get("token_endpoint_auth_methods_supported")
        post = isinstance(offered, list) and "client_secret_basic" not in offered and "client_secret_post" in offered
        method = "none" if not given.client_secret else "client_secret_post" if post else "client_secret_basic"
        parameters = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": begun.redirect_uri,
            "code_verifier": begun.verifier,
        }
        body = urlencode(parameters)
        return await self._take_tokens(known["token_endpoint"], method, body)

    async def _take_tokens(self, url: str, method: str, body: str) -> dict[str, Any]:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        name, secret = self.settings.client_id, self.settings.client_secret
        if method == "client_secret_basic":  # RFC 6749, 2.3.1: both are form-encoded first
            name, secret = quote_plus(name), quote_plus(secret)
        auth = ClientAuth(name, secret or None, method)
        _, headers, body = auth.prepare("POST", url, headers, body)
        status, answer = await self._asking.json("POST", url, headers=headers, body=body)
        if status < 400 and "error" not in answer:
            return answer
        if status == 401 or answer.get("error") in ("invalid_client", "unauthorized_client"):
            raise OpenIdError(MISCONFIGURED, "the provider does not take oidc.client_id and oidc.client_secret")
        if answer.get("error") == "invalid_grant":
            raise OpenIdError(DENIED, "the provider does not take the code")
        raise OpenIdError(UNAVAILABLE, f"the token endpoint answers with status {status}")

    async def _claims(self, known: Mapping[str, Any], raw: object, nonce: str) -> dict[str, Any]:
        """The token's claims, under keys that are read again once when the token names one that is new."""
        expected = {"iss": self.settings.issuer, "aud": self.settings.client_id, "nonce": nonce}
        for fresh in (False, True):
            keys = await self._signing_keys(known, fresh=fresh)
            try:
                return claims_of(raw, keys, expected=expected, now_s=self._clock_s())
            except UnknownKeyError:
                continue
        raise OpenIdError(TOKEN, "the ID token is signed with a key that the provider does not publish")

    async def _completed(self, known: Mapping[str, Any], claims: dict[str, Any], access: object) -> dict[str, Any]:
        """The claims with what the provider only tells when asked again; the token's own claims win."""
        url, given = known.get("userinfo_endpoint"), self.settings
        wanted = [given.role_claim, "preferred_username", *([given.groups_claim] if given.groups_claim else [])]
        if all(found(claims, name) is not None for name in wanted) or not is_safe(url) or not isinstance(access, str):
            return claims
        if not access.isascii() or not access.isprintable():
            raise OpenIdError(TOKEN, "the access token cannot be used")
        status, more = await self._asking.json("GET", str(url), headers={"Authorization": f"Bearer {access}"})
        if status >= 400:
            raise OpenIdError(UNAVAILABLE, f"the userinfo endpoint answers with status {status}")
        if more.get("sub") != claims["sub"]:
            raise OpenIdError(TOKEN, "the userinfo endpoint speaks of somebody else")
        return {**more, **claims}

    async def _discover(self) -> dict[str, Any]:
        """The discovery document: kept for an hour, asked for twice before giving up, an old one better than none."""
        if time.monotonic() < self._known_until:
            return self._known
        async with self._lock:
            if time.monotonic() < self._known_until:
                return self._known
            try:
                if time.monotonic() < self._not_before:
                    raise OpenIdError(UNAVAILABLE, "it failed a moment ago")
                self._known = await self._read_discovery()
            except OpenIdError:
                if not self._known:
                    raise
                self._known_until = time.monotonic() + PAUSE_S
                return self._known
            self._known_until = time.monotonic() + KNOWN_FOR_S
            return self._known

    async def _read_discovery(self) -> dict[str, Any]:
        url = f"{self.settings.issuer.rstrip('/')}/.well-known/openid-configuration"
        self._not_before = time.monotonic() + self.settings.timeout_s + PAUSE_S  # also when this is cancelled
        for last in (False, True):
            try:
                status, document = await self._asking.json("GET", url)
                if status != 200:
                    raise OpenIdError(UNAVAILABLE, f"the discovery address answers with status {status}")
            except OpenIdError:
                if last:
                    self._not_before = time.monotonic() + PAUSE_S
                    raise
                await asyncio.sleep(0.2)
                continue
            self._not_before = time.monotonic() + PAUSE_S
            self._check(document)
            self._not_before = 0.0
            return document
        raise AssertionError(url)

    def _check(self, document: Mapping[str, Any]) -> None:
        if document.get("issuer") != self.settings.issuer:
            raise OpenIdError(UNAVAILABLE, "the discovery document is not that of oidc.issuer, to the letter")
        for name in _ENDPOINTS:
            if not is_safe(document.get(name)):
                raise OpenIdError(UNAVAILABLE, f"the discovery document has no https address as {name}")

    async def _signing_keys(self, known: Mapping[str, Any], *, fresh: bool) -> KeySet:
        if self._keys is not None and not fresh and time.monotonic() < self._keys_until:
            return self._keys
        status, document = await self._asking.json("GET", known["jwks_uri"])
        if status != 200:
            raise OpenIdError(UNAVAILABLE, f"the key address answers with status {status}")
        self._keys = keys_of(document)
        self._keys_until = time.monotonic() + KNOWN_FOR_S
        return self._keys
