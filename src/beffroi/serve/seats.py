"""Seats for work that costs much memory or time: a few at one time, the others wait a little or are told so."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import Request

from beffroi.serve.problems import Problem

SEATS = 4
"""Passwords looked at at one time: each takes 64 MiB, and all would do so at once for whoever asks often enough."""

SEAT_WITHIN_S = 5.0


@asynccontextmanager
async def password_seat(request: Request) -> AsyncIterator[None]:
    """A seat for looking at a password.

    Raises:
        Problem: 503 `busy`.
    """
    seats: asyncio.Semaphore = request.app.state.sign_in_seats
    try:
        async with asyncio.timeout(SEAT_WITHIN_S):
            await seats.acquire()
    except TimeoutError:
        headers = {"Retry-After": "2"}
        raise Problem(503, "busy", "too many people sign in at once", mend="Try again.", headers=headers) from None
    try:
        yield
    finally:
        seats.release()
