"""The main road's tables: cameras, rules, authorisations, events, alerts, verdicts, evidence, people, outbox."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from beffroi.keep.store.tables.shape import Sequence64, metadata

cameras = Table(
    "cameras",
    metadata,
    Column("camera_id", String(64), primary_key=True),
    Column("name", Text, nullable=False),
    Column("document", JSON, nullable=False),  # the Camera without credentials
    Column("made_at", BigInteger, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Column("removed_at", BigInteger),  # removed cameras stay: their alerts name them
)

camera_credentials = Table(
    "camera_credentials",
    metadata,
    Column("camera_id", String(64), ForeignKey("cameras.camera_id"), primary_key=True),
    Column("stream", String(8), CheckConstraint("stream IN ('main', 'sub')", name="stream"), primary_key=True),
    Column("username", Text, nullable=False),
    Column("password", Text, nullable=False),
)

camera_states = Table(
    "camera_states",
    metadata,
    Column("camera_id", String(64), ForeignKey("cameras.camera_id"), primary_key=True),
    Column("status", JSON, nullable=False),
)

counters = Table(
    "counters",
    metadata,
    Column("camera_id", String(64), ForeignKey("cameras.camera_id"), primary_key=True),
    Column("name", String(128), primary_key=True),
    Column("value", Float, nullable=False),
    Column("at", BigInteger, nullable=False),
)

observations = Table(
    "observations",
    metadata,
    Column("source_id", String(64), primary_key=True),
    Column("property", String(128), primary_key=True),
    Column("measured_at", BigInteger, primary_key=True),
    Column("value", Float, nullable=False),
    Column("unit", String(32), nullable=False),
    Column("reported_at", BigInteger, nullable=False),
    Column("quality", String(16), nullable=False),
)

purposes = Table(
    "purposes",
    metadata,
    Column("purpose_id", String(64), primary_key=True),
    Column("label_fr", Text, nullable=False),
    Column("label_en", Text, nullable=False),
    Column("retention_s", BigInteger, nullable=False),
)

authorisations = Table(
    "authorisations",
    metadata,
    Column("authorisation_id", String(64), primary_key=True),
    Column("purpose_id", String(64), ForeignKey("purposes.purpose_id"), nullable=False),
    Column("document", JSON, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("made_by", String(128), nullable=False),
    Column("revoked_at", BigInteger),
    Column("revoked_by", String(128), nullable=False, default=""),
    Column("revoked_why", Text, nullable=False, default=""),
)

rules = Table(
    "rules",
    metadata,
    Column("rule_id", String(64), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("camera_id", String(64), ForeignKey("cameras.camera_id"), nullable=False, index=True),
    Column("purpose_id", String(64), ForeignKey("purposes.purpose_id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("document", JSON, nullable=False),
    Column("removed", Boolean, nullable=False, default=False),  # a last version that says "no longer"
    Column("made_at", BigInteger, nullable=False),
    Column("made_by", String(128), nullable=False),
)

events = Table(
    "events",
    metadata,
    Column("event_id", String(64), primary_key=True),
    Column("camera_id", String(64), nullable=False),
    Column("rule_id", String(64), nullable=False),
    Column("rule_version", Integer, nullable=False),
    Column("situation", String(64), nullable=False),
    Column("phase", String(16), nullable=False),
    Column("met_at", BigInteger, nullable=False),
    Column("last_held_at", BigInteger, nullable=False),
    Column("document", JSON, nullable=False),  # the whole latest statement
    Column("authorisation_id", String(64), nullable=False),
    Column("alert_id", String(64)),  # the alert it raised or was grouped into; null: none
    Column("why", String(64), nullable=False),  # raised, repeat or why it was ignored
    Column("received_at", BigInteger, nullable=False),
    Index("ix_events_rule", "rule_id", "met_at"),
    Index("ix_events_camera", "camera_id", "met_at"),
)

alerts = Table(
    "alerts",
    metadata,
    Column("alert_id", String(64), primary_key=True),
    Column("event_id", String(64), ForeignKey("events.event_id"), nullable=False, unique=True),
    Column("camera_id", String(64), ForeignKey("cameras.camera_id"), nullable=False),
    Column("rule_id", String(64), nullable=False),
    Column("rule_version", Integer, nullable=False),
    Column("authorisation_id", String(64), ForeignKey("authorisations.authorisation_id"), nullable=False),
    Column("situation", String(64), nullable=False),
    Column("severity", String(16), nullable=False),
    Column("severity_rank", Integer, nullable=False),  # 3 extreme ... 0 minor, for sorting
    Column("certainty", String(16), nullable=False),
    Column("state", String(16), nullable=False),  # derived from verdicts and queue, kept for finding
    Column("started_at", BigInteger, nullable=False),
    Column("raised_at", BigInteger, nullable=False),
    Column("shown_at", BigInteger),  # when the governor let it through; null: held since birth
    Column("due_at", BigInteger, nullable=False),
    Column("last_held_at", BigInteger),
    Column("box", JSON),
    Column("width_px", Integer, nullable=False),
    Column("height_px", Integer, nullable=False),
    Column("score", Float, nullable=False),
    Column("repeats", Integer, nullable=False),
    Column("evidence_state", String(16), nullable=False),
    Column("evidence_reason", Text, nullable=False),
    Column("snoozed_until", BigInteger),
    Column("assigned_to", String(128), nullable=False),
    Column("last_decision", String(16), nullable=False),
    Column("verdict_count", Integer, nullable=False),
    Column("facts", JSON, nullable=False),
    Column("reduced_at", BigInteger),  # when box, facts, names and verdicts went: a figure is left
    ForeignKeyConstraint(["rule_id", "rule_version"], ["rules.rule_id", "rules.version"]),
    Index("ix_alerts_queue", "state", "severity_rank", "due_at"),
    Index("ix_alerts_raised", "raised_at", "alert_id"),
    Index("ix_alerts_rule", "rule_id", "raised_at"),
    Index("ix_alerts_camera", "camera_id", "raised_at"),
    Index("ix_alerts_camera_held", "camera_id", "last_held_at"),
    Index("ix_alerts_situation", "situation", "raised_at"),
    Index("ix_alerts_decision", "last_decision", "raised_at"),
    Index("ix_alerts_shown", "shown_at"),
)

verdicts = Table(
    "verdicts",
    metadata,
    Column("verdict_id", String(64), primary_key=True),
    Column("alert_id", String(64), ForeignKey("alerts.alert_id"), nullable=False),
    Column("place", Integer, nullable=False),  # 1 for an alert's first verdict, then 2, 3...
    Column("actor", String(128), nullable=False),
    Column("idempotency_key", String(128), nullable=False),
    Column("request_sha256", String(64), nullable=False),  # a key used twice must say the same twice
    Column("decision", String(16), nullable=False),
    Column("decided_at", BigInteger, nullable=False),
    Column("reason", String(64), nullable=False),
    Column("note", Text, nullable=False),
    Column("evidence_seen", JSON, nullable=False),
    Column("snooze_until", BigInteger),
    Column("handed_to", String(128), nullable=False),
    UniqueConstraint("alert_id", "place"),
    UniqueConstraint("actor", "idempotency_key"),
)

evidence = Table(
    "evidence",
    metadata,
    Column("evidence_id", String(64), primary_key=True),
    Column("alert_id", String(64), ForeignKey("alerts.alert_id"), nullable=False, unique=True),
    Column("event_id", String(64), nullable=False, unique=True),
    Column("camera_id", String(64), nullable=False),
    Column("purpose_id", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("reason", Text, nullable=False),
    Column("from_at", BigInteger, nullable=False),
    Column("to_at", BigInteger, nullable=False),
    Column("redaction", String(64), nullable=False),
    Column("born_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),  # as it was at birth: sealed
    Column("destroyed_at", BigInteger),
    Column("destroy_at", BigInteger, nullable=False, server_default="0"),  # expires_at, or sooner
    Column("chain_place", BigInteger, unique=True),  # given when it is complete: the order of the chain
    Column("previous_sha256", String(64), nullable=False),
    Column("record_sha256", String(64), nullable=False),
    CheckConstraint("expires_at > born_at", name="expires"),
    Index("ix_evidence_state", "state", "born_at"),
    Index("ix_evidence_destroy", "destroy_at", "evidence_id"),
)

evidence_parts = Table(
    "evidence_parts",
    metadata,
    Column("evidence_id", String(64), ForeignKey("evidence.evidence_id"), primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("path", Text, nullable=False),
    Column("media_type", String(64), nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),
)

EVERYWHERE_JSON = '[{"groups": ["*"], "purposes": ["*"], "clear": false}]'
"""The scopes of accounts made before there were any."""

users = Table(
    "users",
    metadata,
    Column("username", String(64), primary_key=True),
    Column("display_name", Text, nullable=False),
    Column("role", String(16), nullable=False),
    Column("password_hash", Text, nullable=False),  # argon2id, with its own salt and parameters
    Column("enabled", Boolean, nullable=False),
    Column("failures", Integer, nullable=False, default=0),
    Column("locked_until", BigInteger, nullable=False, default=0),
    Column("made_at", BigInteger, nullable=False),
    Column("scopes", JSON, nullable=False, server_default=EVERYWHERE_JSON),  # where the rights hold; empty: nowhere
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_sha256", LargeBinary(32), primary_key=True),  # the token itself is only in the browser
    Column("username", String(64), ForeignKey("users.username"), nullable=False, index=True),
    Column("made_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False, index=True),
    Column("stage", String(8), nullable=False, server_default="full"),  # code: the second factor is still to come
    Column("client", String(64), nullable=False, server_default=""),
    Column("agent", String(200), nullable=False, server_default=""),
)

outbox = Table(
    "outbox",
    metadata,
    Column("seq", Sequence64, primary_key=True, autoincrement=True),
    Column("message_id", String(64), nullable=False, unique=True),
    Column("topic", String(64), nullable=False),
    Column("authorisation_id", String(64), nullable=False),  # whose viewers may be told; empty: all who are signed in
    Column("camera_id", String(64), nullable=False, server_default=""),  # of them who reach it; empty: no camera's
    Column("payload", JSON, nullable=False),
    Column("made_at", BigInteger, nullable=False, index=True),
    sqlite_autoincrement=True,  # a number is never given twice, even after old rows have gone
)

sinks = Table(
    "sinks",
    metadata,
    Column("sink", String(64), primary_key=True),
    Column("cursor", BigInteger, nullable=False),  # everything up to here is delivered or parked
    Column("attempts", Integer, nullable=False),  # at the message after the cursor
    Column("first_failed_at", BigInteger),
    Column("last_error", Text, nullable=False),
    Column("last_delivered_at", BigInteger),
)

parked_messages = Table(
    "parked_messages",
    metadata,
    Column("sink", String(64), primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("message_id", String(64), nullable=False),
    Column("topic", String(64), nullable=False),
    Column("payload", JSON, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("why", Text, nullable=False),
    Column("parked_at", BigInteger, nullable=False),
)
