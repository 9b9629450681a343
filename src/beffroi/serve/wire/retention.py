"""Retention on the wire: terms, what goes when, holds, the ledger, the proof."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from beffroi.govern.payloads import instant_json
from beffroi.govern.retention.door import Planned, RetentionStanding, TermStanding
from beffroi.govern.retention.holding import HoldStanding
from beffroi.serve.wire.form import Id, Instant, Wire, example
from beffroi.vocabulary.proof import Finding
from beffroi.vocabulary.retention import DataKind, LedgerEntry
from beffroi.vocabulary.time import iso_utc

Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
CameraOrAll = Annotated[str, StringConstraints(pattern=r"^(\*|[A-Za-z0-9_.-]{1,80})$")]
TERM = {"camera_id": "mairie", "kind": "evidence", "keep_s": 604800, "why": "délibération 2026-41"}
HOLD = {
    "reference": "2026/118",
    "authority": "Tribunal judiciaire",
    "reason": "réquisition du 12 mai",
    "cameras": ["mairie"],
    "alerts": [],
    "from_at": "2026-05-04T18:00:00Z",
    "to_at": "2026-05-04T23:00:00Z",
    "ends_at": "2026-09-01T00:00:00Z",
}


class RetentionTermOut(Wire):
    """How long a kind of data of a camera (`*`: the house) is kept, and by which limit; `own_s` was set by a person."""

    model_config = example(
        camera_id="mairie", camera_name="Mairie", kind="evidence", keep_s=604800, limit="purpose", own_s=None, set_by=""
    )

    camera_id: str
    camera_name: str
    kind: str
    keep_s: int
    limit: str
    own_s: int | None
    set_by: str


class RetentionTermIn(Wire):
    """How long something is to be kept, and why. Without `keep_s` the term is taken back."""

    model_config = example(**TERM)

    camera_id: CameraOrAll
    kind: DataKind
    keep_s: int | None = Field(None, ge=0, le=10**10)
    why: Reason


class SoonerOut(Wire):
    """How many things go sooner by a new term."""

    model_config = example(sooner=12)

    sooner: int


class DayOut(Wire):
    """What goes on one day (UTC)."""

    model_config = example(day="2026-05-11T00:00:00.000Z", kind="evidence", camera_id="mairie", items=3, bytes=6300000)

    day: Instant
    kind: str
    camera_id: str
    items: int
    bytes: int


class RefusedOut(Wire):
    """Something the disk does not let go of."""

    model_config = example(kind="segments", item_id="segment-1", error="cannot be deleted", tries=2)

    kind: str
    item_id: str
    error: str
    tries: int


class RetentionFindingOut(Wire):
    """One thing a verification found wrong."""

    model_config = example(
        kind="nameless_file", where="recordings/a.mp4", what="no record names it", mend="Start the house."
    )

    kind: str
    where: str
    what: str
    mend: str


class RetentionProofOut(Wire):
    """A verification: clean when nothing is wrong."""

    model_config = example(
        at="2026-05-04T21:03:07.250Z", by="basile", clean=True, wrong={}, looked_at={"files": 12}, findings=[]
    )

    at: Instant
    by: str
    clean: bool
    wrong: dict[str, int]
    looked_at: dict[str, int]
    findings: list[RetentionFindingOut]


class RetentionOut(Wire):
    """How retention stands, what goes when, and the last verification.

    `state`: ok, never, refused (by the disk), doubted (the clock leapt ahead), stepped_back.
    """

    model_config = example(
        state="ok", believed_from=None, refused=[], refused_total=0, days=[], held={}, entries=4, proof=None
    )

    state: str
    believed_from: Instant | None
    refused: list[RefusedOut]
    refused_total: int
    days: list[DayOut]
    held: dict[str, int]
    entries: int
    proof: RetentionProofOut | None


class LedgerEntryOut(Wire):
    """One line of the ledger of destruction."""

    model_config = example(
        seq=1,
        at="2026-05-11T21:03:07.250Z",
        kind="evidence",
        item_id="evidence-1",
        camera_id="mairie",
        files=1,
        bytes=210,
        from_at="2026-05-04T21:03:07.250Z",
        to_at="2026-05-04T21:03:17.250Z",
        expired_at="2026-05-11T21:03:07.250Z",
        why="expired",
        digests=["00"],
        sha256="00",
    )

    seq: int
    at: Instant
    kind: str
    item_id: str
    camera_id: str
    files: int
    bytes: int
    from_at: Instant
    to_at: Instant
    expired_at: Instant
    why: str
    digests: list[str]
    sha256: str


class HoldIn(Wire):
    """What a judge asks to be kept, and until when."""

    model_config = example(**HOLD)

    reference: str = Field(max_length=200)
    authority: str = Field(max_length=200)
    reason: Reason
    cameras: Annotated[tuple[Id, ...], Field(max_length=200)] = ()
    alerts: Annotated[tuple[Id, ...], Field(max_length=200)] = ()
    from_at: Instant
    to_at: Instant
    ends_at: Instant


class ExtendIn(Wire):
    """A later end of a hold, and why."""

    model_config = example(ends_at="2026-12-01T00:00:00Z", why="l'instruction continue")

    ends_at: Instant
    why: Reason


class ReleaseIn(Wire):
    """The request to release that a second person agreed to."""

    model_config = example(request_id="request-1")

    request_id: Id


class HoldReasonIn(Wire):
    """Why something is asked."""

    model_config = example(why="la réquisition est close")

    why: Reason


class ReleaseAskedOut(Wire):
    """A request that waits for a second person, or that was seconded at once."""

    model_config = example(request_id="request-1", state="waiting")

    request_id: str
    state: str


class HoldOut(Wire):
    """A hold: `held`, `ended` or `released`, and what it keeps."""

    model_config = example(
        **HOLD,
        hold_id="hold-1",
        placed_by="ariane",
        state="held",
        released_by="",
        items=2,
        beyond_term=1,
        bytes=420,
    )

    hold_id: str
    reference: str
    authority: str
    reason: str
    cameras: list[str]
    alerts: list[str]
    from_at: Instant
    to_at: Instant
    ends_at: Instant
    placed_by: str
    state: str
    released_by: str
    items: int
    beyond_term: int
    bytes: int


def term_out(one: TermStanding) -> RetentionTermOut:
    """A term on the wire."""
    return RetentionTermOut(
        camera_id=one.camera_id,
        camera_name=one.camera_name,
        kind=one.kind.value,
        keep_s=one.effective.keep_s,
        limit=one.effective.limit.value,
        own_s=one.own.keep_s if one.own else None,
        set_by=one.own.set_by if one.own else "",
    )


def finding_out(one: Finding) -> RetentionFindingOut:
    """A finding on the wire."""
    return RetentionFindingOut(kind=one.kind.value, where=one.where, what=one.what, mend=one.mend)


def retention_out(standing: RetentionStanding, planned: Planned) -> RetentionOut:
    """How retention stands, on the wire."""
    days = [
        DayOut(day=iso_utc(d.day_at), kind=d.kind.value, camera_id=d.camera_id, items=d.items, bytes=d.bytes)
        for d in planned.days
    ]
    refused = [
        RefusedOut(kind=one.item.kind.value, item_id=one.item.item_id, error=one.error, tries=one.tries)
        for one in standing.refused
    ]
    return RetentionOut(
        state=standing.state,
        believed_from=instant_json(standing.believed_from),
        refused=refused,
        refused_total=standing.refused_total,
        days=days,
        held={kind.value: count for kind, count in planned.held.items()},
        entries=standing.entries,
        proof=_last_proof(standing),
    )


def _last_proof(standing: RetentionStanding) -> RetentionProofOut | None:
    known = standing.known
    if known is None or known.verified_at is None or known.report is None:
        return None
    found = [RetentionFindingOut(kind=k, where=w, what=t, mend=m) for k, w, t, m in known.report["findings"]]
    return RetentionProofOut(
        at=iso_utc(known.verified_at),
        by=known.verified_by,
        clean=not known.report["wrong"],
        wrong=known.report["wrong"],
        looked_at=known.report["looked_at"],
        findings=found,
    )


def entry_out(one: LedgerEntry) -> LedgerEntryOut:
    """A line of the ledger on the wire."""
    return LedgerEntryOut(
        seq=one.seq,
        at=iso_utc(one.at),
        kind=one.kind.value,
        item_id=one.item_id,
        camera_id=one.camera_id,
        files=len(one.files),
        bytes=one.bytes,
        from_at=iso_utc(one.from_at),
        to_at=iso_utc(one.to_at),
        expired_at=iso_utc(one.expired_at),
        why=one.why.value,
        digests=[file.sha256 for file in one.files],
        sha256=one.sha256,
    )


def hold_out(one: HoldStanding) -> HoldOut:
    """A hold on the wire."""
    hold = one.hold
    return HoldOut(
        hold_id=hold.hold_id,
        reference=hold.reference,
        authority=hold.authority,
        reason=hold.reason,
        cameras=list(hold.cameras),
        alerts=list(hold.alerts),
        from_at=iso_utc(hold.from_at),
        to_at=iso_utc(hold.to_at),
        ends_at=iso_utc(hold.ends_at),
        placed_by=hold.placed_by,
        state=one.state,
        released_by=hold.released_by,
        items=one.covered.items,
        beyond_term=one.covered.beyond_term,
        bytes=one.covered.bytes,
    )
