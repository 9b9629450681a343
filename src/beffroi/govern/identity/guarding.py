"""What stands before a secret: argon2 hashes, rules for passwords, and a lock-out that grows."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from beffroi.govern.accounts import LockedOutError
from beffroi.govern.passage import Passage
from beffroi.govern.settings import GovernanceSettings
from beffroi.keep.store import users
from beffroi.keep.store.users import KeptUser
from beffroi.vocabulary.errors import InvalidInputError
from beffroi.vocabulary.time import UtcNs, ns_to_seconds, seconds_to_ns

_PASSWORD_MAX = 256
_STRANGERS_MAX = 4096


class Guard:
    """Checks secrets, and counts who fails to give them. Wrong passwords and wrong codes count alike."""

    def __init__(self, passage: Passage, settings: GovernanceSettings) -> None:
        self._passage = passage
        self._settings = settings
        self._hasher = PasswordHasher(
            time_cost=settings.argon2_time_cost,
            memory_cost=settings.argon2_memory_kib,
            parallelism=settings.argon2_lanes,
        )
        self._nobody = self._hasher.hash(secrets.token_urlsafe(16))
        self._strangers = _Strangers()

    def hash(self, password: str) -> str:
        """A password as it is stored."""
        return self._hasher.hash(password)

    def is_old(self, password_hash: str) -> bool:
        """Whether a hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(password_hash)

    def verify(self, known: KeptUser | None, password: str) -> bool:
        """Whether a password is the account's. No account, or one without a password, costs the same time."""
        password_hash = known.password_hash if known and known.password_hash else self._nobody
        try:
            right = self._hasher.verify(password_hash, password[:_PASSWORD_MAX])
        except (Argon2Error, InvalidHashError):
            return False
        return right and password_hash is not self._nobody

    def reserve_attempt(self, name: str) -> KeptUser | None:
        """Count an attempt as failed before its secret is looked at, so that many at once gain nothing.

        Raises:
            LockedOutError: too many have failed; names nobody knows are locked out alike.
        """
        with self._passage.signing("unknown") as writing:
            known = users.get_user(writing.connection, name)
            failures, locked_until = (known.failures, known.locked_until) if known else self._strangers.get(name)
            # a lock farther off than the longest there is was set by a clock that has gone back since
            if writing.now < locked_until <= writing.now + seconds_to_ns(self._settings.lock_max_s):
                raise LockedOutError(ns_to_seconds(locked_until - writing.now))
            failures += 1
            over = failures - self._settings.failures_before_lock
            wait_s = min(self._settings.lock_first_s * 2.0 ** min(over, 30), self._settings.lock_max_s)
            until = UtcNs(writing.now + seconds_to_ns(wait_s)) if over >= 0 else UtcNs(0)
            if known:
                users.set_failures(writing.connection, name, failures, until)
            else:
                self._strangers.set(name, failures, until)
            return known

    def check_password(self, username: str, password: str) -> None:
        """Do nothing when a password may be used.

        Raises:
            InvalidInputError: it is too weak; says why and what to choose.
        """
        least = self._settings.password_min_length
        folded = password.lower()
        faults = (
            (len(password) < least, f"it has fewer than {least} characters"),
            (len(password) > _PASSWORD_MAX, f"it has more than {_PASSWORD_MAX} characters"),
            (len(set(folded)) < 6, "it repeats fewer than 6 different characters"),
            (bool(username) and username in folded, "it holds the user name"),
        )
        for stands, fault in faults:
            if stands:
                mend = f"Choose {least} characters or more that nobody would guess; several words are fine."
                raise InvalidInputError(f"the password cannot be used: {fault}", where="password", mend=mend)


class _Strangers:
    """Failed attempts at names that no account has: locked out alike, so that a lock betrays nothing. Bounded."""

    def __init__(self) -> None:
        self._seen: OrderedDict[str, tuple[int, UtcNs]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, name: str) -> tuple[int, UtcNs]:
        with self._lock:
            return self._seen.get(name[:64], (0, UtcNs(0)))

    def set(self, name: str, failures: int, until: UtcNs) -> None:
        with self._lock:
            self._seen[name[:64]] = (failures, until)
            self._seen.move_to_end(name[:64])
            while len(self._seen) > _STRANGERS_MAX:
                self._seen.popitem(last=False)
