"""Time-stamps of an outside authority (RFC 3161): asked for over HTTP, checked against its root certificate."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from cryptography import x509
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from beffroi.vocabulary.errors import BeffroiError, InvalidInputError

_TIMEOUT_S = 10.0
_TYPE = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}
_MOST_BYTES = 65_536


class TimestampError(BeffroiError):
    """The authority does not answer, refuses, or its answer does not hold."""


@dataclass(frozen=True, slots=True)
class Authority:
    """Who stamps, and by which root certificate it is known (none: only what was stamped can be checked)."""

    url: str = ""
    root: x509.Certificate | None = field(default=None, repr=False)

    @classmethod
    def known_by(cls, url: str, root_file: Path | None) -> Authority:
        """An authority with its root certificate out of a file (PEM).

        Raises:
            InvalidInputError: the file holds no certificate.
        """
        if root_file is None:
            return cls(url)
        try:
            return cls(url, x509.load_pem_x509_certificate(root_file.read_bytes()))
        except (OSError, ValueError) as error:
            mend = "Give the authority's root certificate as a PEM file."
            raise InvalidInputError(f"there is no certificate ({error})", where=str(root_file), mend=mend) from None

    @property
    def is_known(self) -> bool:
        """Whether its signature can be checked."""
        return self.root is not None

    def stamp(self, data: bytes) -> bytes:
        """Have some bytes stamped; the authority's whole answer, checked before it is given.

        Raises:
            TimestampError: it does not answer, refuses, or its answer does not hold; says why.
        """
        request = TimestampRequestBuilder().data(data).hash_algorithm(HashAlgorithm.SHA512).build()
        try:
            # no proxy or credential of the environment: the address of the settings is all that is asked
            with httpx.Client(timeout=_TIMEOUT_S, trust_env=False) as client:
                answer = client.post(self.url, content=request.as_bytes(), headers=_TYPE)
        except httpx.HTTPError as error:
            raise TimestampError(f"the time-stamping authority {self.url} does not answer ({error})") from error
        if answer.status_code != 200 or len(answer.content) > _MOST_BYTES:
            raise TimestampError(f"the time-stamping authority {self.url} answers with {answer.status_code}")
        try:
            nonce = decode_timestamp_response(answer.content).tst_info.nonce
        except ValueError as error:
            raise TimestampError(f"the time-stamping authority {self.url} gives no time-stamp ({error})") from error
        why = "it answers another question" if nonce != request.nonce else self.fault_of(answer.content, data)
        if why:
            raise TimestampError(f"the time-stamp of {self.url} does not hold: {why}")
        return answer.content

    def fault_of(self, token: bytes, data: bytes) -> str:
        """Why a time-stamp does not hold for some bytes; empty when it does, as far as can be checked."""
        try:
            answer = decode_timestamp_response(token)
            if self.root is not None:
                VerifierBuilder().add_root_certificate(self.root).build().verify_message(answer, data)
                return ""
            return (
                ""
                if hashlib.sha512(data).digest() == answer.tst_info.message_imprint.message
                else "it is of something else"
            )
        except (ValueError, VerificationError) as error:
            return str(error) or "it cannot be read"
