"""How long something is kept: the shortest of what the law, the house, the camera, the purpose and the order say."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import Connection

from beffroi.govern.authorisations import image_limit_s
from beffroi.govern.regimes import terms as regime_terms
from beffroi.govern.regimes.terms import RegimeBook
from beffroi.govern.settings import DAY_S, GovernanceSettings
from beffroi.keep.store import authorisations, exports, retention_terms
from beffroi.keep.store.exports import Export, ExportState
from beffroi.keep.store.retention_terms import Group
from beffroi.vocabulary.authorisation import Authorisation
from beffroi.vocabulary.retention import EVERY_CAMERA, IMAGES, DataKind, EffectiveTerm, Limit
from beffroi.vocabulary.time import NS_PER_S, UtcNs

LAW_S = 30 * DAY_S
"""Images are kept one month at most. Source: CSI L. 252-5; ``docs/decisions/0100``."""

DEFAULT_S: dict[DataKind, int] = {
    DataKind.EVIDENCE: LAW_S,
    DataKind.SEGMENTS: LAW_S,
    DataKind.EXPORTS: LAW_S,
    DataKind.ALERTS: 365 * DAY_S,
    DataKind.FIGURES: 3 * 365 * DAY_S,
}
"""Where nobody has set a term. Source: our choice, ADR 100."""

LEAST_S = 60
MOST_S = 10 * 365 * DAY_S

RegimeKind = regime_terms.DataKind
OrderLimit = Callable[[Authorisation, DataKind | RegimeKind], int | None]
"""What an authorisation and its regime allow at most of a kind of data, in seconds; None: they say nothing of it."""


_KIND_OF_REGIME = {DataKind.ALERTS: RegimeKind.ALERTS, DataKind.FIGURES: RegimeKind.COUNTS}


def limits_of(regimes: RegimeBook) -> OrderLimit:
    """How the regimes of a house limit. A regime that cannot be read any more limits nothing that is there already:
    a spelling mistake in its file must not destroy; nothing new is taken in under it meanwhile.
    """

    def limit(given: Authorisation, kind: DataKind | RegimeKind) -> int | None:
        terms = regimes.of(given.regime)
        if terms is None:
            return None
        if kind in IMAGES:
            return image_limit_s(given, regimes)
        of_regime = kind if isinstance(kind, RegimeKind) else _KIND_OF_REGIME[kind]
        return round(terms.retention_days[of_regime] * DAY_S)

    return limit


class Terms:
    """Answers how long. ``order_limit`` is how regimes and orders are asked."""

    def __init__(self, settings: GovernanceSettings, order_limit: OrderLimit) -> None:
        self._settings = settings
        self._order_limit = order_limit

    def ceiling(self, kind: DataKind) -> EffectiveTerm:
        """What no term of this kind can go beyond, whatever a person sets."""
        if kind not in IMAGES:
            return EffectiveTerm(keep_s=MOST_S, limit=Limit.DEFAULT)
        if self._settings.retention_max_s < LAW_S:
            return EffectiveTerm(keep_s=self._settings.retention_max_s, limit=Limit.SETTING)
        return EffectiveTerm(keep_s=LAW_S, limit=Limit.LAW)

    def effective(
        self,
        connection: Connection,
        camera_id: str,
        kind: DataKind,
        *,
        purpose_id: str = "",
        authorisation_id: str = "",
    ) -> EffectiveTerm:
        """The shortest of all limits, and whose it is. An unknown purpose keeps images no second."""
        found = [self.ceiling(kind)]
        term = retention_terms.get_term(connection, camera_id, kind)
        if term is None:
            found.append(EffectiveTerm(keep_s=DEFAULT_S[kind], limit=Limit.DEFAULT))
        else:
            whose = Limit.HOUSE if term.camera_id == EVERY_CAMERA else Limit.CAMERA
            found.append(EffectiveTerm(keep_s=term.keep_s, limit=whose))
        if purpose_id and kind in IMAGES:
            purpose = authorisations.get_purpose(connection, purpose_id)
            found.append(EffectiveTerm(keep_s=purpose.retention_s if purpose else 0, limit=Limit.PURPOSE))
        if authorisation_id:
            found += self._of_order(connection, authorisation_id, kind)
        return min(found, key=lambda one: one.keep_s)

    def of_events(self, connection: Connection, camera_id: str, authorisation_id: str) -> EffectiveTerm:
        """How long an event that raised no alert is kept: as alerts are, or shorter where its regimes say so of events
        (a pilot keeps those, and no alert).
        """
        of_town = self.effective(connection, camera_id, DataKind.ALERTS)
        of_order = self._of_order(connection, authorisation_id, RegimeKind.EVENTS) if authorisation_id else []
        return min([of_town, *of_order], key=lambda one: one.keep_s)

    def of_camera(self, connection: Connection, camera_id: str, kind: DataKind) -> EffectiveTerm:
        """What holds for a camera at most: over all the authorisations that name it, the one that allows longest."""
        every = authorisations.all_authorisations(connection)
        mine = [one for one in every if camera_id in one.cameras and one.revoked_at is None]
        if not mine or kind is DataKind.FIGURES:
            return self.effective(connection, camera_id, kind)
        terms = [
            self.effective(
                connection,
                camera_id,
                kind,
                purpose_id=one.purpose_id,
                authorisation_id=one.authorisation_id,
            )
            for one in mine
        ]
        return max(terms, key=lambda one: one.keep_s)

    def most_a_person_may_set(self, connection: Connection, camera_id: str, kind: DataKind) -> EffectiveTerm:
        """The longest term that could have an effect: the ceiling, or what the camera's purposes and orders allow."""
        ceiling = self.ceiling(kind)
        every = authorisations.all_authorisations(connection)
        mine = [one for one in every if camera_id in one.cameras and one.revoked_at is None]
        longest = EffectiveTerm(keep_s=0, limit=Limit.PURPOSE)
        for one in mine:
            limits = [ceiling, *self._of_order(connection, one.authorisation_id, kind)]
            purpose = authorisations.get_purpose(connection, one.purpose_id)
            if purpose is not None and kind in IMAGES:
                limits.append(EffectiveTerm(keep_s=purpose.retention_s, limit=Limit.PURPOSE))
            shortest = min(limits, key=lambda one: one.keep_s)
            longest = max(longest, shortest, key=lambda one: one.keep_s)
        return longest if mine else ceiling

    def export_end(self, connection: Connection, items: Mapping[str, Sequence[str]], sealed_at: UtcNs) -> UtcNs:
        """When a sealed export goes at the latest: the shortest term of what is in it, counted from its sealing."""
        groups = retention_terms.groups_of_items(connection, items)
        of_house = self.effective(connection, EVERY_CAMERA, DataKind.EXPORTS)
        terms = [self._of_group(connection, group) for group in groups] or [of_house]
        return UtcNs(sealed_at + min(one.keep_s for one in terms) * NS_PER_S)

    def would_shorten(self, connection: Connection) -> bool:
        """Whether ``apply`` would change anything: asked by reading, so that no writer waits for a million rows."""
        return any(
            retention_terms.any_later(connection, group, self._of_group(connection, group).keep_s)
            for group in retention_terms.groups(connection)
        ) or bool(self._later_exports(connection))

    def apply(self, connection: Connection) -> int:
        """Let what is there already go no later than its term says now. How many things go sooner by that."""
        sooner = 0
        for group in retention_terms.groups(connection):
            sooner += retention_terms.shorten(connection, group, self._of_group(connection, group).keep_s)
        for export, end in self._later_exports(connection):
            exports.change_export(connection, export.export_id, expires_at=end)
            sooner += 1
        return sooner

    def _later_exports(self, connection: Connection) -> list[tuple[Export, UtcNs]]:
        """Sealed exports that would stay beyond their term, each with when it is to go."""
        ready = exports.in_state(connection, ExportState.READY)
        ends = [(one, self.export_end(connection, one.items, one.made_at or one.asked_at)) for one in ready]
        return [(one, end) for one, end in ends if one.expires_at is None or one.expires_at > end]

    def _of_group(self, connection: Connection, group: Group) -> EffectiveTerm:
        return self.effective(
            connection,
            group.camera_id,
            group.kind,
            purpose_id=group.purpose_id,
            authorisation_id=group.authorisation_id,
        )

    def _of_order(
        self, connection: Connection, authorisation_id: str, kind: DataKind | RegimeKind
    ) -> list[EffectiveTerm]:
        every = {one.authorisation_id: one for one in authorisations.all_authorisations(connection, joint=True)}
        order = every.get(authorisation_id)
        if order is None:
            return []
        # a joint name says nothing by itself: each order behind it does
        together = [every[name] for name in order.joint_of if name in every] or [order]
        limits = [self._order_limit(one, kind) for one in together]
        return [EffectiveTerm(keep_s=one, limit=Limit.AUTHORISATION) for one in limits if one is not None]
