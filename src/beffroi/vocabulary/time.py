"""Time: integer nanoseconds UTC, and where clocks are read.

Design doc: docs/design/time.md.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NewType

UtcNs = NewType("UtcNs", int)
"""An instant: nanoseconds since 1970-01-01T00:00:00Z, leap seconds ignored (POSIX time)."""

NS_PER_S = 1_000_000_000
NS_PER_MS = 1_000_000


def seconds_to_ns(seconds: float) -> int:
    """Round a span in seconds to whole nanoseconds.

    >>> seconds_to_ns(0.2)
    200000000
    """
    return round(seconds * NS_PER_S)


def ns_to_seconds(nanoseconds: int) -> float:
    """A span or instant in seconds, as a float: for reading and ratios, never for comparing instants.

    >>> ns_to_seconds(1_500_000_000)
    1.5
    """
    return nanoseconds / NS_PER_S


def utc_ns(moment: datetime) -> UtcNs:
    """The instant of an aware datetime, exact to the microsecond.

    Raises:
        ValueError: the datetime has no time zone.

    >>> utc_ns(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC))
    1000000000
    """
    if moment.tzinfo is None:
        raise ValueError(f"{moment!r} has no time zone; instants are UTC")
    delta = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return UtcNs((delta.days * 86_400 + delta.seconds) * NS_PER_S + delta.microseconds * 1_000)


def to_datetime(instant: int) -> datetime:
    """The aware UTC datetime of an instant, truncated to the microsecond.

    >>> to_datetime(1_000_000_000).isoformat()
    '1970-01-01T00:00:01+00:00'
    """
    seconds, rest = divmod(instant, NS_PER_S)
    return datetime.fromtimestamp(seconds, tz=UTC).replace(microsecond=rest // 1_000)


def iso_utc(instant: int) -> str:
    """RFC 3339 text with milliseconds and Z, as written in exports and on the wire.

    >>> iso_utc(1_500_000_000)
    '1970-01-01T00:00:01.500Z'
    """
    return to_datetime(instant).isoformat(timespec="milliseconds").replace("+00:00", "Z")
