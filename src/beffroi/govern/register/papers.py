"""The door of the papers: each is made from the configuration of the moment, and its making is in the journal."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import Connection

from beffroi.govern.paper import Paper
from beffroi.govern.passage import Passage
from beffroi.govern.register.dpia import dpia
from beffroi.govern.register.entries import FOOTAGE_ACTS, VIEWINGS_MOST, processing_entry, recordings_register
from beffroi.govern.register.facts import Facts, gather, month_of, month_span, year_of, year_span
from beffroi.govern.register.notice import Notice, Place, notice
from beffroi.govern.register.prefect import YearFigures, prefect_report
from beffroi.govern.rights import Actor, Right
from beffroi.govern.settings import GovernanceSettings
from beffroi.keep.store import register
from beffroi.vocabulary.errors import InvalidInputError
from beffroi.vocabulary.time import UtcNs

FIRST_YEAR = 2020


class PaperKind(StrEnum):
    """The papers that are made from the configuration."""

    DPIA = "dpia"
    RECORDINGS = "recordings"
    PROCESSING = "processing"
    PREFECT = "prefect"


class Papers:
    """Makes papers and notices."""

    def __init__(self, passage: Passage, settings: GovernanceSettings) -> None:
        self._passage = passage
        self._settings = settings

    def make(self, actor: Actor, kind: PaperKind, *, period: str = "") -> Paper:
        """Make a paper. ``period``: a month (YYYY-MM) for the recordings, a year (YYYY) for the report; "" is now.

        Raises:
            InvalidInputError: the period is none, or still to come.
        """
        now = self._passage.clock()
        month = _month(period, now) if kind is PaperKind.RECORDINGS else month_of(now)
        year = _year(period, now) if kind is PaperKind.PREFECT else year_of(now)
        about = f"register:{kind.value}"
        with self._passage.writing(actor, Right.EDIT_REGISTER, about) as writing:
            facts = gather(writing.connection, writing.now, self._settings, self._passage.regimes)
            paper = _paper(writing.connection, facts, kind, month, year)
            writing.trace("make_paper", about, detail={"title": paper.title, "configuration_sha256": facts.digest})
            return paper

    def notice(self, actor: Actor, place: Place, *, address: str) -> Notice:
        """Draw the notice of a place. ``address``: of the public register, "" where none is set.

        Raises:
            NotFoundError: no camera is called so, or none is in the group.
        """
        about = f"register:notice:{place.camera_id or place.group or 'all'}"
        with self._passage.writing(actor, Right.EDIT_REGISTER, about) as writing:
            facts = gather(writing.connection, writing.now, self._settings, self._passage.regimes)
            drawn = notice(facts, place, address=address)
            writing.trace("make_notice", about, detail={"configuration_sha256": facts.digest})
            return drawn


def _paper(connection: Connection, facts: Facts, kind: PaperKind, month: tuple[int, int], year: int) -> Paper:
    if kind is PaperKind.DPIA:
        return dpia(facts)
    if kind is PaperKind.PROCESSING:
        return processing_entry(facts)
    if kind is PaperKind.RECORDINGS:
        span = month_span(*month)
        seen = register.viewings(connection, span, FOOTAGE_ACTS, VIEWINGS_MOST)
        return recordings_register(facts, month, register.recordings(connection, span), seen)
    span = year_span(year)
    alerts, acts = register.alert_counts(connection, span), register.act_counts(connection, span)
    return prefect_report(facts, YearFigures(year=year, alerts=alerts, acts=acts))


def _year(text: str, now: UtcNs) -> int:
    if not text:
        return year_of(now)
    if text.isascii() and text.isdigit() and FIRST_YEAR <= int(text) <= year_of(now):
        return int(text)
    mend = f"Give a year from {FIRST_YEAR} to {year_of(now)}."
    raise InvalidInputError(f"{text!r} is no year that can be told", where="period", mend=mend)


def _month(text: str, now: UtcNs) -> tuple[int, int]:
    if not text:
        return month_of(now)
    year, _, month = text.partition("-")
    if len(text) == 7 and text.isascii() and year.isdigit() and month.isdigit():
        given = (int(year), int(month))
        if 1 <= given[1] <= 12 and (FIRST_YEAR, 1) <= given <= month_of(now):
            return given
    mend = f"Give a month as YYYY-MM, from {FIRST_YEAR}-01 to now."
    raise InvalidInputError(f"{text!r} is no month that can be told", where="period", mend=mend)
