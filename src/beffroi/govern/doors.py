"""All doors of one data folder, made together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import structlog

from beffroi.govern.alerts import Alerts
from beffroi.govern.audit.checkpoints import Checkpoints
from beffroi.govern.audit.journal import Journal
from beffroi.govern.authorising import Authorisations
from beffroi.govern.cameras import Cameras
from beffroi.govern.cases.exporting import Exports
from beffroi.govern.cases.opening import Cases
from beffroi.govern.counts import Counts
from beffroi.govern.footage import Footage
from beffroi.govern.identity.administering import Accounts
from beffroi.govern.identity.guarding import Guard
from beffroi.govern.identity.outside import Outside
from beffroi.govern.identity.own import OwnAccount
from beffroi.govern.identity.sessions import Sessions
from beffroi.govern.intake import Intake
from beffroi.govern.keys import Signer
from beffroi.govern.order_files import OrderFiles
from beffroi.govern.outbox import Outbox
from beffroi.govern.passage import Clock, Passage
from beffroi.govern.privacy import Privacy
from beffroi.govern.regimes.reading import known_regimes
from beffroi.govern.register.door import Register
from beffroi.govern.register.papers import Papers
from beffroi.govern.retention.door import KeepingParts, Retention
from beffroi.govern.retention.inscribing import Pen
from beffroi.govern.retention.terms import Terms, limits_of
from beffroi.govern.rights import SYSTEM
from beffroi.govern.rules import Rules
from beffroi.govern.sensitive import SensitiveActs
from beffroi.govern.settings import GovernanceSettings
from beffroi.govern.switching import Analysis
from beffroi.govern.tending import Tending
from beffroi.judge.alerts import GovernorSettings, PolicySettings
from beffroi.judge.situations import BUILT_IN
from beffroi.keep.store.authorisations import Purpose as Purpose
from beffroi.keep.store.database import Database
from beffroi.keep.store.migrating import migrate
from beffroi.ports.situation import SituationSpec
from beffroi.vocabulary.errors import StorageError
from beffroi.vocabulary.rules import Situation

log = structlog.get_logger("beffroi.govern")
DATABASE_NAME = "beffroi.db"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Terms:
    policy: PolicySettings
    governor: GovernorSettings
    settings: GovernanceSettings
    specs: Mapping[Situation, SituationSpec]


class Doors:
    """The only way to the stores. Thread-safe; what a writing method returned from is on the disk."""

    def __init__(self, passage: Passage, data_folder: Path, signer: Signer, terms: _Terms) -> None:
        settings, governor = terms.settings, terms.governor
        footage, pen, keeping = Footage(data_folder), Pen(signer), Terms(settings, limits_of(passage.regimes))
        self.database = passage.database
        guard = Guard(passage, settings)
        self.accounts = Accounts(passage, guard)
        self.sessions = Sessions(passage, settings, guard)
        self.own = OwnAccount(passage, settings, guard, self.sessions)
        self.outside = Outside(passage, self.sessions)
        self.cameras = Cameras(passage, data_folder)
        self.rules = Rules(passage, terms.specs)
        self.analysis = Analysis(passage)
        self.counts = Counts(passage)
        self.alerts = Alerts(passage, footage, governor, settings)
        self.intake = Intake(passage, footage, (terms.policy, governor), settings, (keeping, pen))
        self.outbox = Outbox(passage)
        self._checkpoints = Checkpoints(passage, signer, passage.database.path.parent, settings)
        self.journal = Journal(passage, signer, self._checkpoints, settings)
        self.sensitive = SensitiveActs(passage, settings)
        self.privacy = Privacy(passage, self.sensitive, settings)
        self.authorisations = Authorisations(passage, settings, self.sensitive)
        self.orders = OrderFiles(passage)
        self.register = Register(passage, settings)
        self.papers = Papers(passage, settings)
        self.signer = signer
        self.cases = Cases(passage)
        sources = (footage, signer, self.sensitive, self._checkpoints, pen, keeping)
        self.exports = Exports(passage, self.cases, sources, settings)
        self.retention = Retention(
            passage,
            KeepingParts(data_folder=data_folder, footage=footage, sensitive=self.sensitive, pen=pen, terms=keeping),
        )
        self._tending = Tending(passage, footage, governor, settings)

    @classmethod
    def open(
        cls,
        data_folder: Path,
        *,
        clock: Clock,
        policy: PolicySettings | None = None,
        governor: GovernorSettings | None = None,
        settings: GovernanceSettings | None = None,
        specs: Mapping[Situation, SituationSpec] | None = None,
    ) -> Doors:
        """Open, check and migrate the store of a data folder, making what is missing.

        Raises:
            StorageError: the folder or file cannot be used; says why and how to mend it.
        """
        database = Database(data_folder / DATABASE_NAME)
        try:
            database.check()
            migrate(database)
        except BaseException:
            database.close()
            raise
        terms = _Terms(
            policy=policy or PolicySettings(),
            governor=governor or GovernorSettings(),
            settings=settings or GovernanceSettings(),
            specs=specs if specs is not None else {spec.situation: spec for spec in BUILT_IN},
        )
        passage = Passage(database, clock, known_regimes(data_folder))
        return cls(passage, data_folder, Signer(passage, data_folder), terms)

    def recover(self) -> None:
        """Once at start: evidence that was being written is adopted or given up, nameless footage destroyed."""
        self._tending.recover()
        self.exports.recover()
        self.retention.recover()

    def tend(self) -> None:
        """Every few seconds: what time brings. A part that the disk refuses stops none of the others.

        Raises:
            StorageError: the disk refuses something; it is tried again the next time.
        """
        refused: list[StorageError] = []
        tends = (self._tending.tend, self.retention.tend, self.privacy.tend, self.exports.tend)
        for tend in (*tends, lambda: self.sensitive.expire(SYSTEM), self._sign_journal):
            try:
                tend()
            except StorageError as error:
                refused.append(error)
        if refused:
            raise refused[0]

    def _sign_journal(self) -> None:
        """Let the journal be signed; without a key entries are kept on, and the next signature covers them all."""
        try:
            self._checkpoints.tend(may_prune=self.retention.look_at_clock)
        except StorageError as error:
            log.error("journal_unsigned", cause=str(error))

    def close(self) -> None:
        """Let go of the file; an export that is being built is interrupted."""
        self.exports.stop()
        self.database.close()
