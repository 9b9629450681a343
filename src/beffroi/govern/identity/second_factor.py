"""The second factor: codes by time (RFC 6238) and recovery codes, each good for one use."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets

import pyotp

from beffroi.govern.passage import Writing
from beffroi.keep.store import second_factors
from beffroi.keep.store.second_factors import KeptFactor
from beffroi.keep.store.users import KeptUser
from beffroi.vocabulary.time import NS_PER_S, UtcNs

STEP_S = 30
"""RFC 6238, recommended; what every authenticator application knows."""

DRIFT_STEPS = 1
"""RFC 6238, section 5.2: at most one step of network delay and clock drift, either way."""

RECOVERY_CODES = 8
_RECOVERY_BYTES = 10
_RECOVERY_FORM = re.compile(r"[A-Z2-7]{16}")
_ISSUER = "Beffroi"


def new_secret() -> str:
    """A secret for an authenticator application: 160 random bits (RFC 4226, section 4), base32."""
    return pyotp.random_base32(32)


def uri_of(secret: str, username: str) -> str:
    """What the QR code holds.

    >>> uri_of("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", "ines").partition("?")[0]
    'otpauth://totp/Beffroi:ines'
    """
    return str(pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=_ISSUER))


def step_of(secret: str, given: str, now: UtcNs) -> int | None:
    """The step whose code was given, of those that the clock allows; None when it is the code of none."""
    step = now // (STEP_S * NS_PER_S)
    found = None
    for near in range(step - DRIFT_STEPS, step + DRIFT_STEPS + 1):
        if hmac.compare_digest(pyotp.TOTP(secret).generate_otp(near), given):
            found = near
    return found


def new_recovery_codes() -> list[str]:
    """Codes for the day the telephone is lost: 80 random bits each, shown once."""
    made = (base64.b32encode(secrets.token_bytes(_RECOVERY_BYTES)).decode() for _ in range(RECOVERY_CODES))
    return ["-".join(code[at : at + 4] for at in range(0, 16, 4)) for code in made]


def recovery_digest(code: str) -> bytes:
    """A recovery code as it is stored: as random as a key, so that a plain digest serves."""
    return hashlib.sha256(b"beffroi recovery " + code.replace("-", "").encode()).digest()


def spend(writing: Writing, user: KeptUser, factor: KeptFactor, given: str) -> str:
    """Use up a code, in the transaction of what it is given for; which kind it was, "" when it is not right."""
    plain = "".join(given.split()).upper().replace("-", "")
    if plain.isascii() and plain.isdigit() and len(plain) == 6:
        step = step_of(factor.secret, plain, writing.now)
        if step is not None and second_factors.use_step(writing.connection, user.username, step):
            return "totp"
    elif _RECOVERY_FORM.fullmatch(plain):
        digest = recovery_digest(plain)
        if second_factors.use_recovery(writing.connection, user.username, digest, writing.now):
            return "recovery"
    return ""
