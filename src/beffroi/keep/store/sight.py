"""What a person may see, as conditions of a query: authorisations of some purposes, on cameras of some groups."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, false, or_, true


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """Alerts under these authorisations, on these cameras (None: on any)."""

    authorisations: frozenset[str]
    cameras: frozenset[str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """All that a person may see: alerts that one of the ``grants`` holds, states of ``cameras`` (None: of any)."""

    grants: tuple[Grant, ...]
    cameras: frozenset[str] | None

    def holds(self, authorisation_id: str, camera_id: str) -> bool:
        """Whether an alert of that camera under that authorisation may be seen.

        >>> Sight(grants=(Grant(authorisations=frozenset({"a"}), cameras=None),), cameras=None).holds("a", "quay")
        True
        """
        return any(
            authorisation_id in one.authorisations and (one.cameras is None or camera_id in one.cameras)
            for one in self.grants
        )

    def reaches(self, camera_id: str) -> bool:
        """Whether the camera may be seen at all."""
        return self.cameras is None or camera_id in self.cameras


def alerts_in_sight(
    sight: Sight, authorisation_id: ColumnElement[str], camera_id: ColumnElement[str]
) -> ColumnElement[bool]:
    """The condition that ``Sight.holds`` checks, for rows with these columns."""
    each = [
        and_(authorisation_id.in_(sorted(one.authorisations)), cameras_in_sight(one.cameras, camera_id))
        for one in sight.grants
    ]
    return or_(false(), *each)


def cameras_in_sight(cameras: frozenset[str] | None, camera_id: ColumnElement[str]) -> ColumnElement[bool]:
    """The condition that a row is of one of these cameras (None: of any)."""
    return true() if cameras is None else camera_id.in_(sorted(cameras))
