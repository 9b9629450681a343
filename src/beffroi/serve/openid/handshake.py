"""What a browser holds between leaving for the provider and coming back: sealed, short-lived, good for one use."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import threading
from dataclasses import asdict, dataclass, field

from cryptography.fernet import Fernet, InvalidToken

from beffroi.serve.openid.settings import STATE, OpenIdError

LASTS_S = 600
"""How long somebody may take at the provider."""

SPENT_MOST = 20_000
"""Sign-ins remembered as used; over that many in ten minutes none is taken rather than one taken twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handshake:
    """A sign-in that has begun. ``former``: the session that this browser had, which ends when the new one opens."""

    redirect_uri: str
    former: str = field(default="", repr=False)
    state: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    nonce: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48), repr=False)


class Handshakes:
    """Seals and opens them. The key lives as long as the process: after a restart people begin again."""

    def __init__(self) -> None:
        self._box = Fernet(Fernet.generate_key())
        self._spent: dict[bytes, int] = {}
        self._lock = threading.Lock()

    def seal(self, begun: Handshake, *, now_s: int) -> str:
        """What goes into the browser's cookie."""
        return self._box.encrypt_at_time(json.dumps(asdict(begun)).encode(), now_s).decode()

    def spend(self, sealed: str, state: str, *, now_s: int) -> Handshake:
        """The sign-in that an answer belongs to; it cannot be spent again.

        Raises:
            OpenIdError: `outside_state`: none was begun in this browser, another one was, it is over or was used.
        """
        try:
            raw = self._box.decrypt_at_time(sealed.encode("utf-8", "replace"), LASTS_S, now_s)
        except InvalidToken:
            raise OpenIdError(STATE, "no sign-in was begun in this browser, or too long ago") from None
        begun = Handshake(**json.loads(raw))
        if not hmac.compare_digest(begun.state.encode(), state.encode("utf-8", "replace")):
            raise OpenIdError(STATE, "the answer belongs to another sign-in")
        mark = hashlib.sha256(begun.state.encode()).digest()
        with self._lock:
            if len(self._spent) >= SPENT_MOST:
                self._spent = {one: until for one, until in self._spent.items() if until > now_s}
            if mark in self._spent or len(self._spent) >= SPENT_MOST:
                raise OpenIdError(STATE, "the answer was used already")
            self._spent[mark] = now_s + LASTS_S + 1
        return begun
