"""The door of the register: open to anybody for reading, to those who keep it for writing and for its papers."""

from __future__ import annotations

import threading
from dataclasses import fields, replace
from datetime import date

from beffroi.govern.passage import Passage
from beffroi.govern.register.facts import ZONE, Facts, gather
from beffroi.govern.register.performance import read_metrics
from beffroi.govern.register.public import PublicRegister, public_register
from beffroi.govern.rights import Actor, Right
from beffroi.govern.settings import GovernanceSettings
from beffroi.keep.store import register
from beffroi.keep.store.register import MapKind as MapKind
from beffroi.keep.store.register import Performance as Performance
from beffroi.keep.store.register import SheetVersion as SheetVersion
from beffroi.keep.store.register import TownSheet as TownSheet
from beffroi.vocabulary.errors import ConflictError, InvalidInputError
from beffroi.vocabulary.journal import Detail
from beffroi.vocabulary.time import UtcNs, seconds_to_ns, to_datetime

FRESH_S = 30.0
"""How long the public view is told again without asking the store: anybody may ask, as often as they like."""

TEXT_MOST = 400


class Register:
    """The town's own sheet, the measured figures, and what the public may know. Thread-safe."""

    def __init__(self, passage: Passage, settings: GovernanceSettings) -> None:
        self._passage = passage
        self._settings = settings
        self._lock = threading.Lock()
        self._told: PublicRegister | None = None

    def public(self) -> PublicRegister:
        """What anybody may know: the one thing here that needs no right. At most ``FRESH_S`` old.

        Raises:
            StorageError: the store refuses.
        """
        now = self._passage.clock()
        with self._lock:
            told = self._told
            if told is None or not 0 <= now - told.made_at < seconds_to_ns(FRESH_S):
                with self._passage.database.read() as connection:
                    facts = gather(connection, now, self._settings, self._passage.regimes)
                    told = self._told = public_register(connection, facts)
            return told

    def sheet(self, actor: Actor) -> SheetVersion:
        """The town's sheet as it stands."""
        with self._passage.reading(actor, Right.EDIT_REGISTER, "register:sheet") as connection:
            return register.sheet_now(connection)

    def facts(self, actor: Actor) -> Facts:
        """The configuration that papers and notices are made from."""
        with self._passage.reading(actor, Right.EDIT_REGISTER, "register:facts") as connection:
            return gather(connection, self._passage.clock(), self._settings, self._passage.regimes)

    def change_sheet(self, actor: Actor, sheet: TownSheet, *, version: int) -> SheetVersion:
        """Keep a new version of the town's sheet. ``version`` is the one it was read at.

        Raises:
            ConflictError: somebody changed it meanwhile.
            InvalidInputError: a text is too long or holds control characters.
        """
        clean = _checked(sheet)
        with self._passage.writing(actor, Right.EDIT_REGISTER, "register:sheet") as writing:
            before = register.sheet_now(writing.connection)
            if before.version != version:
                raise ConflictError(f"the sheet is at version {before.version}, you changed version {version}")
            register.add_sheet(writing.connection, clean, version=version + 1, now=writing.now, by=actor.name)
            changed = [one.name for one in fields(clean) if getattr(clean, one.name) != getattr(before.sheet, one.name)]
            detail: Detail = {"version": version + 1, "changed": ", ".join(changed)}
            writing.trace("change_sheet", "register:sheet", detail=detail)
            kept = SheetVersion(sheet=clean, version=version + 1, made_at=writing.now)
        self.forget()
        return kept

    def import_performance(self, actor: Actor, content: bytes, *, note: str, measured_on: str) -> list[Performance]:
        """Publish measured figures; those of a situation replace its former ones, which stay in the store.

        Raises:
            InvalidInputError: the file, the day or the note cannot be used; nothing was kept.
        """
        self._passage.check(actor, Right.EDIT_REGISTER, "register:performance")
        found, sha256 = read_metrics(
            content, note=note, measured_on=measured_on, today=local_day(self._passage.clock())
        )
        detail = {"sha256": sha256, "situations": ", ".join(one.situation for one in found), "model": found[0].model}
        with self._passage.writing(
            actor, Right.EDIT_REGISTER, "register:performance", act="import_performance", why=note, detail=detail
        ) as writing:
            for one in found:
                register.add_performance(writing.connection, one, sha256=sha256, now=writing.now, by=actor.name)
        self.forget()
        return found

    def forget(self) -> None:
        """Read the store again for the next who asks."""
        with self._lock:
            self._told = None


def local_day(now: UtcNs) -> date:
    """The day on the town hall's clock."""
    return to_datetime(now).astimezone(ZONE).date()


def _checked(sheet: TownSheet) -> TownSheet:
    """The sheet with its texts trimmed."""
    texts = {one.name: getattr(sheet, one.name).strip() for one in fields(sheet) if one.name != "map"}
    for name, text in texts.items():
        if len(text) > TEXT_MOST:
            raise InvalidInputError(f"{len(text)} characters", where=name, mend=f"Give at most {TEXT_MOST}.")
        if any(ord(letter) < 32 and letter != "\n" for letter in text):
            raise InvalidInputError("it holds control characters", where=name, mend="Type the text again.")
    website = texts["website"]
    if website and not website.startswith(("https://", "http://")):
        raise InvalidInputError("it is no web address", where="website", mend="Begin it with https://.")
    return replace(sheet, **texts)
