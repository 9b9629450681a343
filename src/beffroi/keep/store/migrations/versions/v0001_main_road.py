"""The main road: cameras, rules, authorisations, events, alerts, verdicts, evidence, people, outbox, traces."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from beffroi.keep.store.guards import append_only

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make every table, then guard those that are append-only."""
    _cameras_and_counters()
    _rules_and_authorisations()
    _events()
    _alerts()
    _verdicts()
    _evidence()
    _people()
    _outgoing()
    dialect = op.get_context().dialect.name
    for table in ("verdicts", "rules", "acts", "parked_messages"):
        for statement in append_only(table, dialect):
            op.execute(statement)


def _cameras_and_counters() -> None:
    op.create_table(
        "cameras",
        sa.Column("camera_id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("removed_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("camera_id", name=op.f("pk_cameras")),
    )
    op.create_table(
        "camera_credentials",
        sa.Column("camera_id", sa.String(length=64), nullable=False),
        sa.Column("stream", sa.String(length=8), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("password", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["camera_id"], ["cameras.camera_id"], name=op.f("fk_camera_credentials_camera_id")),
        sa.PrimaryKeyConstraint("camera_id", "stream", name=op.f("pk_camera_credentials")),
    )
    op.create_table(
        "camera_states",
        sa.Column("camera_id", sa.String(length=64), nullable=False),
        sa.Column("status", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["camera_id"], ["cameras.camera_id"], name=op.f("fk_camera_states_camera_id")),
        sa.PrimaryKeyConstraint("camera_id", name=op.f("pk_camera_states")),
    )
    op.create_table(
        "counters",
        sa.Column("camera_id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["camera_id"], ["cameras.camera_id"], name=op.f("fk_counters_camera_id")),
        sa.PrimaryKeyConstraint("camera_id", "name", name=op.f("pk_counters")),
    )
    op.create_table(
        "observations",
        sa.Column("source_id", sa.String(length=64), nullable=False),
        sa.Column("property", sa.String(length=128), nullable=False),
        sa.Column("measured_at", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column("unit", sa.String(length=32), nullable=False),
        sa.Column("reported_at", sa.BigInteger(), nullable=False),
        sa.Column("quality", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("source_id", "property", "measured_at", name=op.f("pk_observations")),
    )


def _rules_and_authorisations() -> None:
    op.create_table(
        "purposes",
        sa.Column("purpose_id", sa.String(length=64), nullable=False),
        sa.Column("label_fr", sa.Text(), nullable=False),
        sa.Column("label_en", sa.Text(), nullable=False),
        sa.Column("retention_s", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("purpose_id", name=op.f("pk_purposes")),
    )
    op.create_table(
        "authorisations",
        sa.Column("authorisation_id", sa.String(length=64), nullable=False),
        sa.Column("purpose_id", sa.String(length=64), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("made_by", sa.String(length=128), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.Column("revoked_by", sa.String(length=128), nullable=False),
        sa.Column("revoked_why", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["purpose_id"], ["purposes.purpose_id"], name=op.f("fk_authorisations_purpose_id")),
        sa.PrimaryKeyConstraint("authorisation_id", name=op.f("pk_authorisations")),
    )
    op.create_table(
        "rules",
        sa.Column("rule_id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("camera_id", sa.String(length=64), nullable=False),
        sa.Column("purpose_id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("removed", sa.Boolean(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("made_by", sa.String(length=128), nullable=False),
        sa.ForeignKeyConstraint(["camera_id"], ["cameras.camera_id"], name=op.f("fk_rules_camera_id")),
        sa.ForeignKeyConstraint(["purpose_id"], ["purposes.purpose_id"], name=op.f("fk_rules_purpose_id")),
        sa.PrimaryKeyConstraint("rule_id", "version", name=op.f("pk_rules")),
    )
    op.create_index(op.f("ix_rules_camera_id"), "rules", ["camera_id"], unique=False)


def _events() -> None:
    op.create_table(
        "events",
        sa.Column("event_id", sa.String(length=64), nullable=False),
        sa.Column("camera_id", sa.String(length=64), nullable=False),
        sa.Column("rule_id", sa.String(length=64), nullable=False),
        sa.Column("rule_version", sa.Integer(), nullable=False),
        sa.Column("situation", sa.String(length=64), nullable=False),
        sa.Column("phase", sa.String(length=16), nullable=False),
        sa.Column("met_at", sa.BigInteger(), nullable=False),
        sa.Column("last_held_at", sa.BigInteger(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("authorisation_id", sa.String(length=64), nullable=False),
        sa.Column("alert_id", sa.String(length=64), nullable=True),
        sa.Column("why", sa.String(length=64), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_events")),
    )
    op.create_index("ix_events_camera", "events", ["camera_id", "met_at"], unique=False)
    op.create_index("ix_events_rule", "events", ["rule_id", "met_at"], unique=False)


def _alerts() -> None:
    op.create_table(
        "alerts",
        sa.Column("alert_id", sa.String(length=64), nullable=False),
        sa.Column("event_id", sa.String(length=64), nullable=False),
        sa.Column("camera_id", sa.String(length=64), nullable=False),
        sa.Column("rule_id", sa.String(length=64), nullable=False),
        sa.Column("rule_version", sa.Integer(), nullable=False),
        sa.Column("authorisation_id", sa.String(length=64), nullable=False),
        sa.Column("situation", sa.String(length=64), nullable=False),
        sa.Column("severity", sa.String(length=16), nullable=False),
        sa.Column("severity_rank", sa.Integer(), nullable=False),
        sa.Column("certainty", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("raised_at", sa.BigInteger(), nullable=False),
        sa.Column("shown_at", sa.BigInteger(), nullable=True),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("last_held_at", sa.BigInteger(), nullable=True),
        sa.Column("box", sa.JSON(), nullable=True),
        sa.Column("width_px", sa.Integer(), nullable=False),
        sa.Column("height_px", sa.Integer(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("repeats", sa.Integer(), nullable=False),
        sa.Column("evidence_state", sa.String(length=16), nullable=False),
        sa.Column("evidence_reason", sa.Text(), nullable=False),
        sa.Column("snoozed_until", sa.BigInteger(), nullable=True),
        sa.Column("assigned_to", sa.String(length=128), nullable=False),
        sa.Column("last_decision", sa.String(length=16), nullable=False),
        sa.Column("verdict_count", sa.Integer(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["authorisation_id"], ["authorisations.authorisation_id"], name=op.f("fk_alerts_authorisation_id")
        ),
        sa.ForeignKeyConstraint(["camera_id"], ["cameras.camera_id"], name=op.f("fk_alerts_camera_id")),
        sa.ForeignKeyConstraint(["event_id"], ["events.event_id"], name=op.f("fk_alerts_event_id")),
        sa.ForeignKeyConstraint(
            ["rule_id", "rule_version"], ["rules.rule_id", "rules.version"], name=op.f("fk_alerts_rule_id")
        ),
        sa.PrimaryKeyConstraint("alert_id", name=op.f("pk_alerts")),
        sa.UniqueConstraint("event_id", name=op.f("uq_alerts_event_id")),
    )
    op.create_index("ix_alerts_camera", "alerts", ["camera_id", "raised_at"], unique=False)
    op.create_index("ix_alerts_camera_held", "alerts", ["camera_id", "last_held_at"], unique=False)
    op.create_index("ix_alerts_decision", "alerts", ["last_decision", "raised_at"], unique=False)
    op.create_index("ix_alerts_queue", "alerts", ["state", "severity_rank", "due_at"], unique=False)
    op.create_index("ix_alerts_raised", "alerts", ["raised_at", "alert_id"], unique=False)
    op.create_index("ix_alerts_rule", "alerts", ["rule_id", "raised_at"], unique=False)
    op.create_index("ix_alerts_shown", "alerts", ["shown_at"], unique=False)
    op.create_index("ix_alerts_situation", "alerts", ["situation", "raised_at"], unique=False)


def _verdicts() -> None:
    op.create_table(
        "verdicts",
        sa.Column("verdict_id", sa.String(length=64), nullable=False),
        sa.Column("alert_id", sa.String(length=64), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("actor", sa.String(length=128), nullable=False),
        sa.Column("idempotency_key", sa.String(length=128), nullable=False),
        sa.Column("request_sha256", sa.String(length=64), nullable=False),
        sa.Column("decision", sa.String(length=16), nullable=False),
        sa.Column("decided_at", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("evidence_seen", sa.JSON(), nullable=False),
        sa.Column("snooze_until", sa.BigInteger(), nullable=True),
        sa.Column("handed_to", sa.String(length=128), nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.alert_id"], name=op.f("fk_verdicts_alert_id")),
        sa.PrimaryKeyConstraint("verdict_id", name=op.f("pk_verdicts")),
        sa.UniqueConstraint("actor", "idempotency_key", name=op.f("uq_verdicts_actor")),
        sa.UniqueConstraint("alert_id", "place", name=op.f("uq_verdicts_alert_id")),
    )


def _evidence() -> None:
    op.create_table(
        "evidence",
        sa.Column("evidence_id", sa.String(length=64), nullable=False),
        sa.Column("alert_id", sa.String(length=64), nullable=False),
        sa.Column("event_id", sa.String(length=64), nullable=False),
        sa.Column("camera_id", sa.String(length=64), nullable=False),
        sa.Column("purpose_id", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("from_at", sa.BigInteger(), nullable=False),
        sa.Column("to_at", sa.BigInteger(), nullable=False),
        sa.Column("redaction", sa.String(length=64), nullable=False),
        sa.Column("born_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("destroyed_at", sa.BigInteger(), nullable=True),
        sa.Column("chain_place", sa.BigInteger(), nullable=True),
        sa.Column("previous_sha256", sa.String(length=64), nullable=False),
        sa.Column("record_sha256", sa.String(length=64), nullable=False),
        sa.CheckConstraint("expires_at > born_at", name=op.f("ck_evidence_expires")),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.alert_id"], name=op.f("fk_evidence_alert_id")),
        sa.PrimaryKeyConstraint("evidence_id", name=op.f("pk_evidence")),
        sa.UniqueConstraint("alert_id", name=op.f("uq_evidence_alert_id")),
        sa.UniqueConstraint("chain_place", name=op.f("uq_evidence_chain_place")),
        sa.UniqueConstraint("event_id", name=op.f("uq_evidence_event_id")),
    )
    op.create_index("ix_evidence_expires", "evidence", ["expires_at"], unique=False)
    op.create_index("ix_evidence_state", "evidence", ["state", "born_at"], unique=False)
    op.create_table(
        "evidence_parts",
        sa.Column("evidence_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("media_type", sa.String(length=64), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["evidence_id"], ["evidence.evidence_id"], name=op.f("fk_evidence_parts_evidence_id")),
        sa.PrimaryKeyConstraint("evidence_id", "kind", name=op.f("pk_evidence_parts")),
    )


def _people() -> None:
    op.create_table(
        "users",
        sa.Column("username", sa.String(length=64), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("username", name=op.f("pk_users")),
    )
    op.create_table(
        "sessions",
        sa.Column("token_sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("username", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["username"], ["users.username"], name=op.f("fk_sessions_username")),
        sa.PrimaryKeyConstraint("token_sha256", name=op.f("pk_sessions")),
    )
    op.create_index(op.f("ix_sessions_expires_at"), "sessions", ["expires_at"], unique=False)
    op.create_index(op.f("ix_sessions_username"), "sessions", ["username"], unique=False)
    op.create_table(
        "acts",
        sa.Column("act_seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=128), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("act", sa.String(length=64), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("allowed", sa.Boolean(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("act_seq", name=op.f("pk_acts")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_acts_about", "acts", ["about", "act_seq"], unique=False)
    op.create_index(op.f("ix_acts_at"), "acts", ["at"], unique=False)


def _outgoing() -> None:
    op.create_table(
        "outbox",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("message_id", sa.String(length=64), nullable=False),
        sa.Column("topic", sa.String(length=64), nullable=False),
        sa.Column("authorisation_id", sa.String(length=64), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_outbox")),
        sa.UniqueConstraint("message_id", name=op.f("uq_outbox_message_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_outbox_made_at"), "outbox", ["made_at"], unique=False)
    op.create_table(
        "sinks",
        sa.Column("sink", sa.String(length=64), nullable=False),
        sa.Column("cursor", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("first_failed_at", sa.BigInteger(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.Column("last_delivered_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("sink", name=op.f("pk_sinks")),
    )
    op.create_table(
        "parked_messages",
        sa.Column("sink", sa.String(length=64), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.String(length=64), nullable=False),
        sa.Column("topic", sa.String(length=64), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("parked_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("sink", "seq", name=op.f("pk_parked_messages")),
    )
