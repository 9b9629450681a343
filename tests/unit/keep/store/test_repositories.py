"""Nouns go in and come out the same; what is told twice is kept once."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from beffroi.keep.store import cameras, journal, observations, outbox, rules
from beffroi.keep.store.authorisations import Purpose, add_purpose, all_purposes
from beffroi.keep.store.database import Database
from beffroi.keep.store.rows import Document
from beffroi.keep.store.sight import Grant, Sight
from beffroi.keep.store.tables import cameras as cameras_table
from beffroi.vocabulary.camera import Camera, StreamKind, StreamSpec
from beffroi.vocabulary.errors import StorageError
from beffroi.vocabulary.journal import JournalEntry
from beffroi.vocabulary.observation import Observation
from beffroi.vocabulary.picture import ObjectClass
from beffroi.vocabulary.rules import Line, Rule, Schedule, Situation, Weekly, Zone
from beffroi.vocabulary.time import UtcNs

NOW = UtcNs(1_780_308_000_123_456_789)
shares = st.floats(0, 1)
points = st.lists(st.tuples(shares, shares), min_size=3, max_size=6).map(tuple)
RULES = st.builds(
    Rule,
    rule_id=st.just("r"),
    version=st.just(1),
    camera_id=st.just("mairie"),
    situation=st.sampled_from(Situation),
    purpose_id=st.just("safety"),
    name=st.text(max_size=30).filter(lambda text: "\x00" not in text),
    enabled=st.booleans(),
    classes=st.lists(st.sampled_from(ObjectClass), unique=True).map(tuple),
    zone=st.none() | st.builds(Zone, points=points),
    line=st.none() | st.builds(Line, points=points),
    allowed_direction=st.none() | st.tuples(shares, shares),
    params=st.dictionaries(
        st.text("abc_", min_size=1), st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text("xyz ")
    ),
    schedule=st.builds(
        Schedule, spans=st.lists(st.builds(Weekly, days=st.just((0, 6)), from_minute=st.integers(0, 719))).map(tuple)
    ),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(RULES)
def test_rules_come_back_the_same(rule: Rule) -> None:
    codec = Document(Rule)
    again = codec.read(codec.write(rule))
    assert again == rule
    assert [type(value) for value in again.params.values()] == [type(value) for value in rule.params.values()]


def camera(camera_id: str = "mairie") -> Camera:
    stream = StreamSpec(kind=StreamKind.RTSP, url="rtsp://h/1", username="u", password="p")
    return Camera(camera_id=camera_id, name="Mairie", main=stream, plan_xy=(0.25, 0.5), analysed_fps=12.5)


def test_a_camera_comes_back_bare_and_whole_with_its_credentials(database: Database) -> None:
    with database.write() as connection:
        cameras.insert_camera(connection, camera(), NOW)
        bare = cameras.get_camera(connection, "mairie")
        assert bare == cameras.without_credentials(camera())
        assert cameras.with_credentials(connection, bare) == camera()
        assert cameras.get_camera(connection, "none") is None


def test_a_row_altered_by_hand_is_found_not_believed(database: Database) -> None:
    with database.write() as connection:
        cameras.insert_camera(connection, camera(), NOW)
        connection.execute(update(cameras_table).values(document={"camera_id": "mairie", "name": 3}))
    with pytest.raises(StorageError, match="stored Camera cannot be read"), database.read() as connection:
        cameras.all_cameras(connection)


def test_rules_have_newest_versions_and_last_ones_that_say_removed(database: Database) -> None:
    first = Rule(
        rule_id="a", version=1, camera_id="mairie", situation=Situation.ZONE_ENTERED, purpose_id="safety", name="A"
    )
    with database.write() as connection:
        cameras.insert_camera(connection, camera(), NOW)
        add_purpose(connection, Purpose(purpose_id="safety", label_fr="", label_en="", retention_s=1))
        rules.add_version(connection, first, now=NOW, by="odile")
        rules.add_version(connection, replace(first, version=2, name="B"), now=NOW, by="odile")
        assert [rule.name for rule in rules.rules_of(connection, ["mairie"])] == ["B"]
        assert rules.names(connection) == {("a", 1): "A", ("a", 2): "B"}
        rules.add_version(connection, replace(first, version=3), now=NOW, by="odile", removed=True)
        assert rules.all_rules(connection) == []
        assert rules.get_version(connection, "a", 1) == first


def test_purposes_and_observations_told_twice_are_kept_once(database: Database) -> None:
    value = Observation(source_id="s", property="level", value=1.5, unit="m", measured_at=NOW, reported_at=NOW)
    purpose = Purpose(purpose_id="safety", label_fr="Sécurité", label_en="Safety", retention_s=60)
    with database.write() as connection:
        assert add_purpose(connection, purpose)
        assert not add_purpose(connection, replace(purpose, retention_s=1))
        assert all_purposes(connection) == [purpose]
        assert observations.add_observation(connection, value)
        assert not observations.add_observation(connection, replace(value, value=9.0))
        later = replace(value, measured_at=UtcNs(NOW + 1))
        assert observations.add_observation(connection, later)
        assert observations.observed(connection, "s", "level", NOW, UtcNs(NOW + 1)) == [value]
        assert observations.observed(connection, "s", "level", NOW, UtcNs(NOW + 2)) == [value, later]


def send(database: Database, count: int, at: int = NOW) -> list[int]:
    with database.write() as connection:
        return [
            outbox.add_message(
                connection,
                message_id=f"m{at}-{n}",
                topic="alert.raised",
                payload={"n": n},
                now=UtcNs(at),
            )
            for n in range(count)
        ]


def test_outbox_numbers_rise_and_are_never_given_twice(database: Database) -> None:
    first = send(database, 3)
    with database.write() as connection:
        assert outbox.prune(connection, UtcNs(NOW + 10)) == 2
        assert outbox.bounds(connection) == (first[-1], first[-1])
        connection.exec_driver_sql("DELETE FROM outbox")
    assert send(database, 1, NOW + 1)[0] == first[-1] + 1


def test_pruning_waits_for_the_slowest_sink(database: Database) -> None:
    with database.write() as connection:
        outbox.join(connection, "fast")
        outbox.join(connection, "slow")
    seqs = send(database, 5)
    with database.write() as connection:
        outbox.advance(connection, "fast", seqs[-1], NOW)
        outbox.advance(connection, "slow", seqs[1], NOW)
        assert outbox.prune(connection, UtcNs(NOW + 1)) == 2
        assert [row.seq for row in outbox.after(connection, 0, viewable=None, limit=10)] == seqs[2:]


def test_a_sink_never_goes_back_and_a_new_one_begins_now(database: Database) -> None:
    seqs = send(database, 4)
    with database.write() as connection:
        assert outbox.join(connection, "late").cursor == seqs[-1]
        outbox.advance(connection, "late", seqs[0], NOW)
        assert outbox.join(connection, "late").cursor == seqs[-1]
        failed = outbox.note_failure(connection, "late", "away", NOW)
        again = outbox.note_failure(connection, "late", "still away", UtcNs(NOW + 9))
    assert (failed.attempts, again.attempts, again.first_failed_at, again.last_error) == (1, 2, NOW, "still away")


def test_only_what_may_be_seen_is_read(database: Database) -> None:
    whom = (("order-1", "quay"), ("order-2", "quay"), ("order-2", "hall"), ("", "quay"), ("", "hall"), ("", ""))

    def seen(authorisations: set[str], cameras: set[str] | None) -> list[int]:
        reached = None if cameras is None else frozenset(cameras)
        grant = Grant(authorisations=frozenset(authorisations), cameras=reached)
        sight = Sight(grants=(grant,), cameras=reached)
        return [row.payload["n"] for row in outbox.after(connection, 0, viewable=sight, limit=10)]

    with database.write() as connection:
        for number, one in enumerate(whom):
            outbox.add_message(connection, message_id=f"m{number}", topic="t", payload={"n": number}, whom=one, now=NOW)
        assert seen({"order-2"}, None) == [1, 2, 3, 4, 5]
        assert seen({"order-2"}, {"quay"}) == [1, 3, 5]
        assert seen(set(), {"hall"}) == [4, 5]
        nobody = Sight(grants=(), cameras=frozenset())
        assert [row.payload["n"] for row in outbox.after(connection, 0, viewable=nobody, limit=10)] == [5]
        assert len(outbox.after(connection, 0, viewable=None, limit=10)) == len(whom)


def test_entries_come_newest_first_and_by_thing(database: Database) -> None:
    with database.write() as connection:
        for number in range(3):
            about = f"camera:{number % 2}"
            journal.add_entry(
                connection, JournalEntry(at=NOW, actor="a", role="operator", act=f"act{number}", about=about)
            )
        assert [act.act for act in journal.recent(connection, 2)] == ["act2", "act1"]
        assert [act.act for act in journal.recent(connection, 9, "camera:0")] == ["act2", "act0"]
