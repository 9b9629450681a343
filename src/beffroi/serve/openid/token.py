"""Whether an ID token proves anything: signature, issuer, audience, time, nonce.

Source: OpenID Connect Core 1.0, section 3.1.3.7; RFC 8725 (algorithms are chosen here, never by the token).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from beffroi.serve.openid.settings import TOKEN, UNAVAILABLE, OpenIdError

ALGORITHMS = ("RS256", "ES256")
"""Signatures with a provider's private key. Never `none`, never HS*: a shared secret or a public key forges those."""

LEEWAY_S = 60
"""How far the clocks of the house and its provider may be apart."""

_SUBJECT_MOST = 255


class UnknownKeyError(Exception):
    """The token names a key that is not in the set: the provider may have changed its keys."""


def keys_of(document: Mapping[str, Any]) -> KeySet:
    """The public keys of a provider's set that may sign; keys of other kinds are left out.

    Raises:
        OpenIdError: `oidc_unavailable`: there is none.
    """
    listed = document.get("keys")
    usable = [
        one
        for one in (listed if isinstance(listed, list) else [])
        if isinstance(one, dict) and one.get("kty") in ("RSA", "EC") and one.get("use", "sig") == "sig"
    ]
    try:
        return KeySet.import_key_set({"keys": usable})
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise OpenIdError(UNAVAILABLE, f"publishes no key that can be used: {type(error).__name__}") from None


def claims_of(raw: object, keys: KeySet, *, expected: Mapping[str, str], now_s: int) -> dict[str, Any]:
    """The claims of a token that holds. ``expected``: ``iss``, ``aud`` and ``nonce``.

    Raises:
        UnknownKeyError: its key is not in the set.
        OpenIdError: `outside_token`: anything else about it is not right.
    """
    if not isinstance(raw, str) or not raw:
        raise OpenIdError(TOKEN, "the answer holds no ID token")
    rules = jwt.JWTClaimsRegistry(
        now=now_s,
        leeway=LEEWAY_S,
        iss={"essential": True, "value": expected["iss"]},
        aud={"essential": True, "value": expected["aud"]},
        nonce={"essential": True, "value": expected["nonce"]},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
    )
    try:
        claims = jwt.decode(raw, keys, algorithms=list(ALGORITHMS)).claims
        rules.validate(claims)
    except InvalidKeyIdError:
        raise UnknownKeyError from None
    except JoseError as error:
        raise OpenIdError(TOKEN, f"the ID token is not right: {error.error}") from None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError) as error:
        raise OpenIdError(TOKEN, f"the ID token cannot be read: {type(error).__name__}") from None
    audience = claims["aud"]
    party = claims.get("azp")
    if party not in (None, expected["aud"]) or (isinstance(audience, list) and len(audience) > 1 and party is None):
        raise OpenIdError(TOKEN, "the ID token was issued for another party")
    if not 0 < len(claims["sub"]) <= _SUBJECT_MOST:
        raise OpenIdError(TOKEN, "the ID token names nobody")
    return dict(claims)
