"""The queue, answers, history and evidence over real HTTP."""

from __future__ import annotations

import hashlib
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from beffroi.govern.rights import LOCAL_ADMINISTRATOR, SYSTEM
from beffroi.testing.town import authorisation
from beffroi.vocabulary.authorisation import Authorisation
from beffroi.vocabulary.evidence import PartKind

Make = Callable[..., Any]


def answer_to(client: Any, alert_id: str, key: str, **fields: Any) -> Any:
    return client.post(f"/alerts/{alert_id}/verdicts", json=fields, headers={"Idempotency-Key": key})


def test_an_alert_is_in_the_queue_until_it_is_answered(served: Any) -> None:
    alert_id = served.town.raised(served.lawn)
    client = served.sign_in("jeanne")
    queue = client.get("/queue").json()
    mine = next(one for one in queue["shown"] + queue["held"] if one["alert_id"] == alert_id)
    assert mine["camera_name"] == "Mairie, parvis"
    assert mine["raised_at"] == "2026-06-01T10:00:00.000Z"
    assert mine["evidence"] == {"state": "pending", "reason": ""}
    given = answer_to(client, alert_id, "key-confirm-1", decision="confirm", evidence_seen=["clip"])
    assert given.status_code == 201
    assert given.json()["alert"]["state"] == "confirmed"
    assert given.json()["alert"]["certainty"] == "observed"
    again = client.get("/queue").json()
    assert alert_id not in [one["alert_id"] for one in again["shown"] + again["held"]]
    detail = client.get(f"/alerts/{alert_id}").json()
    assert [one["decision"] for one in detail["verdicts"]] == ["confirm"]
    assert detail["rule"]["rule_id"] == "lawn"
    assert detail["evidence"]["met_at"] <= detail["raised_at"], "the box belongs to a frame before the alert"
    in_force = served.sign_in("odile").get("/cameras/mairie/rules").json()
    assert detail["rule"]["authorisation"]["authorisation_id"] in {
        one["authorisation"]["authorisation_id"] for one in in_force if one["rule_id"] == "lawn"
    }


def test_the_same_key_again_changes_nothing_and_another_answer_under_it_is_refused(served: Any) -> None:
    alert_id = served.town.raised(served.lawn)
    client = served.sign_in("jeanne")
    first = answer_to(client, alert_id, "key-same-1", decision="dismiss", reason="shadow_or_light")
    second = answer_to(client, alert_id, "key-same-1", decision="dismiss", reason="shadow_or_light")
    other = answer_to(client, alert_id, "key-same-1", decision="confirm")
    assert [first.status_code, second.status_code, other.status_code] == [201, 200, 409]
    assert first.json()["verdict"] == second.json()["verdict"]
    assert len(client.get(f"/alerts/{alert_id}").json()["verdicts"]) == 1


def test_an_answer_to_a_state_that_has_passed_is_refused(served: Any) -> None:
    alert_id = served.town.raised(served.lawn)
    first, second = served.sign_in("jeanne"), served.sign_in("malik")
    assert answer_to(first, alert_id, "key-first-1", decision="confirm").status_code == 201
    late = answer_to(second, alert_id, "key-late-1", decision="dismiss", reason="other", expected_state="open")
    assert (late.status_code, late.json()["code"]) == (409, "changed_meanwhile")
    undo = answer_to(second, alert_id, "key-undo-1", decision="reopen")
    assert undo.json()["alert"]["state"] == "open"
    assert [one["actor"] for one in second.get(f"/alerts/{alert_id}").json()["verdicts"]] == ["jeanne", "malik"]


def test_an_answer_that_lacks_something_says_what(served: Any) -> None:
    alert_id = served.town.raised(served.lawn)
    client = served.sign_in("jeanne")
    for fields, where in (
        ({"decision": "dismiss"}, "reason"),
        ({"decision": "snooze"}, "snooze_minutes"),
        ({"decision": "hand_over", "handed_to": "nobody"}, "handed_to"),
        ({"decision": "explode"}, "body.decision"),
        ({"decision": "confirm", "evidence_seen": ["crystal ball"]}, "body.evidence_seen.0"),
    ):
        answer = answer_to(client, alert_id, "key-lacks-1", **fields)
        assert answer.status_code == 422, fields
        assert answer.json()["errors"][0]["where"] == where
    keyless = client.post(f"/alerts/{alert_id}/verdicts", json={"decision": "confirm"})
    assert keyless.json()["errors"][0]["where"] == "header.idempotency-key"


def test_history_filters_and_pages(make_served: Make) -> None:
    served = make_served()
    ids = []
    for _ in range(5):
        ids.append(served.town.raised(served.lawn))
        served.town.clock.advance(60)
    client = served.sign_in("jeanne")
    answer_to(client, ids[0], "key-history-1", decision="confirm")
    seen: list[str] = []
    cursor = ""
    while True:
        page = client.get("/alerts", params={"limit": 2, "cursor": cursor}).json()
        seen += [one["alert_id"] for one in page["items"]]
        assert page["total"] == 5
        if page["next_cursor"] is None:
            break
        cursor = page["next_cursor"]
    assert seen == ids[::-1]
    confirmed = client.get("/alerts", params={"decision": "confirm"}).json()
    assert [one["alert_id"] for one in confirmed["items"]] == [ids[0]]
    span = {"from": "2026-06-01T10:01:00Z", "to": "2026-06-01T10:03:00Z"}
    assert [one["alert_id"] for one in client.get("/alerts", params=span).json()["items"]] == [ids[2], ids[1]]
    assert client.get("/alerts", params={"camera_id": "quai"}).json()["total"] == 0
    assert client.get("/alerts", params={"from": "2026-06-01T10:01:00"}).status_code == 422
    assert client.get("/alerts", params={"cursor": "!!"}).status_code == 422


def test_evidence_is_served_whole_and_by_ranges(served: Any) -> None:
    content = bytes(range(256)) * 40
    event = served.town.event(served.lawn, event_id="event-with-clip")
    alert_id = served.town.doors.intake.take_event(SYSTEM, event).alert_id
    client = served.sign_in("odile")
    missing = client.get(f"/alerts/{alert_id}/clip.mp4")
    assert missing.status_code == 404
    parts = [
        served.town.footage("event-with-clip", PartKind.CLIP, content),
        served.town.footage("event-with-clip", PartKind.STILL, b"jpeg"),
    ]
    now = served.town.clock.now
    served.town.doors.intake.take_evidence(SYSTEM, "event-with-clip", parts=parts, from_at=now, to_at=now)
    listed = client.get(f"/alerts/{alert_id}").json()["evidence"]
    assert listed["state"] == "ready"
    clip = next(one for one in listed["parts"] if one["kind"] == "clip")
    whole = client.get(clip["url"].removeprefix("/api/v1"))
    assert hashlib.sha256(whole.content).hexdigest() == clip["sha256"]
    assert "no-store" in whole.headers["cache-control"]
    part = client.get(f"/alerts/{alert_id}/clip.mp4", headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, content[10:20])
    assert part.headers["content-range"] == f"bytes 10-19/{len(content)}"
    beyond = client.get(f"/alerts/{alert_id}/clip.mp4", headers={"Range": "bytes=999999-"})
    assert beyond.status_code == 416
    assert client.get(f"/alerts/{alert_id}/still.jpg").headers["content-type"] == "image/jpeg"


def test_only_the_viewers_of_an_authorisation_see_its_alerts(make_served: Make) -> None:
    served = make_served()
    given: Authorisation = authorisation("chiefs-only", viewers=frozenset({"supervisor"}))
    served.town.doors.authorisations.revoke(LOCAL_ADMINISTRATOR, "order-1", why="replaced")
    served.town.doors.authorisations.grant(LOCAL_ADMINISTRATOR, given)
    served.town.clock.advance(1)
    alert_id = served.town.raised(served.lawn)
    operator, chief = served.sign_in("jeanne"), served.sign_in("odile")
    assert operator.get("/queue").json()["shown"] == []
    assert operator.get("/alerts").json()["total"] == 0
    for path in (f"/alerts/{alert_id}", f"/alerts/{alert_id}/clip.mp4", f"/alerts/{alert_id}/still.jpg"):
        assert operator.get(path).status_code == 403, path
    assert answer_to(operator, alert_id, "key-viewer-1", decision="confirm").status_code == 403
    assert chief.get(f"/alerts/{alert_id}").status_code == 200


def test_ten_thousand_queued_alerts_keep_the_queue_quick(make_served: Make) -> None:
    served = make_served()
    copy_alerts(served.town.folder / "beffroi.db", served.town.raised(served.lawn), 10_000)
    client = served.sign_in("jeanne")
    begun = time.monotonic()
    queue = client.get("/queue").json()
    taken_s = time.monotonic() - begun
    assert queue["shown_total"] + queue["held_total"] == 10_001
    assert len(queue["shown"]) <= 200
    assert len(queue["held"]) <= 200
    assert taken_s < 2.0
    begun = time.monotonic()
    assert client.get("/alerts", params={"limit": 50}).json()["total"] == 10_001
    assert time.monotonic() - begun < 2.0
    begun = time.monotonic()
    assert answer_to(client, queue["shown"][0]["alert_id"], "key-flood-1", decision="confirm").status_code == 201
    assert time.monotonic() - begun < 2.0


def copy_alerts(database: Path, alert_id: str, count: int) -> None:
    """Make many alerts of one by copying its row, in one transaction: raising them one by one would take minutes."""
    with closing(sqlite3.connect(database)) as connection, connection:
        columns = [row[1] for row in connection.execute("PRAGMA table_info(alerts)")]
        unique = {"alert_id": "'copy-' || n", "event_id": "'copy-event-' || n", "state": "'held'"}
        chosen = ", ".join(unique.get(name, name) for name in columns)
        connection.execute(
            "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?) "
            f"INSERT INTO alerts ({', '.join(columns)}) SELECT {chosen} FROM alerts, numbers WHERE alert_id = ?",
            (count, alert_id),
        )
