"""The event stream: nothing missed, nothing twice, nothing of others, bounded."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from typing import Any

from beffroi.govern.rights import LOCAL_ADMINISTRATOR, SYSTEM
from beffroi.testing.town import authorisation
from beffroi.vocabulary.camera import CameraReason, CameraStatus, WatchState

Make = Callable[..., Any]


def state_of(served: Any, reason: CameraReason) -> CameraStatus:
    return CameraStatus(
        camera_id="mairie", state=WatchState.NOT_WATCHED, reason=reason, since=served.town.clock.now, detail="unplugged"
    )


def test_alert_verdict_and_camera_state_come_as_they_happen(served: Any) -> None:
    client = served.sign_in("jeanne")
    reader = served.sse(served.sign_in("malik"))
    governor = reader.wait("governor")
    assert governor["limit_10_min"] >= 10
    begun = time.monotonic()
    alert_id = served.town.raised(served.lawn)
    alert = reader.wait("alert", lambda one: one["alert_id"] == alert_id)
    assert time.monotonic() - begun < 1.0
    assert alert == client.get("/alerts", params={"limit": 1}).json()["items"][0]
    key = {"Idempotency-Key": "key-stream-1"}
    client.post(f"/alerts/{alert_id}/verdicts", json={"decision": "confirm", "note": "seen"}, headers=key)
    verdict = reader.wait("verdict", lambda one: one["alert_id"] == alert_id)
    assert (verdict["decision"], verdict["actor"], verdict["note"]) == ("confirm", "jeanne", "seen")
    reader.wait("alert", lambda one: one["alert_id"] == alert_id and one["state"] == "confirmed")
    served.town.doors.cameras.set_status(SYSTEM, state_of(served, CameraReason.LOST))
    camera = reader.wait("camera", lambda one: one["reason"] == "lost")
    assert (camera["camera_id"], camera["detail"]) == ("mairie", "unplugged")
    seqs = [int(seq) for _, seq, _ in reader.messages if seq]
    assert seqs == sorted(seqs)


def test_a_browser_that_comes_back_misses_nothing_and_gets_nothing_twice(served: Any) -> None:
    client = served.sign_in("jeanne")
    first = served.sse(client)
    before = served.town.raised(served.lawn)
    first.wait("alert", lambda one: one["alert_id"] == before)
    left_at = next(seq for event, seq, data in first.messages if event == "alert" and data["alert_id"] == before)
    missed = [served.town.raised(served.lawn) for _ in range(3)]
    back = served.sse(served.sign_in("jeanne"), last_id=left_at)
    back.wait("alert", lambda one: one["alert_id"] == missed[-1])
    got = [data["alert_id"] for event, _, data in back.messages if event == "alert"]
    assert got == missed


def test_a_fresh_browser_starts_now_and_knows_where_it_is(served: Any) -> None:
    before = served.town.raised(served.lawn)
    reader = served.sse(served.sign_in("jeanne"))
    reader.wait("governor")
    assert int(reader.last_id) == served.town.doors.outbox.bounds()[1]
    after = served.town.raised(served.lawn)
    reader.wait("alert", lambda one: one["alert_id"] == after)
    assert before not in [data["alert_id"] for event, _, data in reader.messages if event == "alert"]


def test_who_missed_too_much_is_told_to_start_afresh(make_served: Make) -> None:
    served = make_served()
    start = served.town.doors.outbox.bounds()[1]
    for _ in range(30):  # the backlog of this town is 50 rows
        served.town.doors.cameras.set_status(SYSTEM, state_of(served, CameraReason.LOST))
        served.town.doors.cameras.set_status(SYSTEM, state_of(served, CameraReason.FROZEN))
    reader = served.sse(served.sign_in("jeanne"), last_id=str(max(1, start)))
    assert reader.wait("reset") == {"reason": "too_old"}
    from_the_future = served.sse(served.sign_in("jeanne"), last_id="999999")
    assert from_the_future.wait("reset") == {"reason": "too_old"}
    after = served.town.raised(served.lawn)
    reader.wait("alert", lambda one: one["alert_id"] == after)


def test_only_viewers_are_told(make_served: Make) -> None:
    served = make_served()
    doors = served.town.doors
    doors.authorisations.revoke(LOCAL_ADMINISTRATOR, "order-1", why="replaced")
    doors.authorisations.grant(LOCAL_ADMINISTRATOR, authorisation("chiefs", viewers=frozenset({"supervisor"})))
    served.town.clock.advance(1)
    operator, chief = served.sse(served.sign_in("jeanne")), served.sse(served.sign_in("odile"))
    operator.wait("governor")
    alert_id = served.town.raised(served.lawn)
    chief.wait("alert", lambda one: one["alert_id"] == alert_id)
    doors.cameras.set_status(SYSTEM, state_of(served, CameraReason.LOST))
    operator.wait("camera", lambda one: one["reason"] == "lost")
    assert not [data for event, _, data in operator.messages if event in ("alert", "verdict")]


def test_silence_is_broken_by_beats_and_figures_pass(served: Any) -> None:
    reader = served.sse(served.sign_in("jeanne"))
    reader.wait("governor")
    until = time.monotonic() + 5
    while not reader.comments and time.monotonic() < until:
        time.sleep(0.05)
    assert reader.comments >= 1
    for number in range(3):
        served.hub.passing("counters", "mairie", {"camera_id": "mairie", "counters": {"lawn.inside": float(number)}})
    figure = reader.wait("counters", lambda one: one["counters"]["lawn.inside"] == 2.0)
    assert figure["camera_id"] == "mairie"
    assert [seq for event, seq, _ in reader.messages if event == "counters"] == [""] * len(
        [1 for event, _, _ in reader.messages if event == "counters"]
    ), "figures are not resumed, so they carry no id"


def test_signing_out_ends_the_stream(served: Any) -> None:
    client = served.sign_in("jeanne")
    reader = served.sse(client)
    reader.wait("governor")
    other = served.anonymous()
    other.cookies = client.cookies
    other.headers["X-CSRF-Token"] = client.headers["X-CSRF-Token"]
    assert other.delete("/session").status_code == 204
    assert reader.ended.wait(5), "a stream outlived its session"


def test_streams_are_limited(make_served: Make) -> None:
    served = make_served(streams=5)
    readers = [served.sse(served.sign_in("jeanne")) for _ in range(5)]
    for reader in readers:
        reader.wait("governor")
    sixth = served.sign_in("jeanne").get("/events/stream")
    assert (sixth.status_code, sixth.json()["code"]) == (503, "too_many_streams")


def test_a_browser_that_reads_nothing_holds_nobody_up(make_served: Make) -> None:
    served = make_served()
    client = served.sign_in("jeanne")
    host, port = served.base.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as deaf:
        cookie = f"beffroi_session={client.cookies['beffroi_session']}"
        request = f"GET /api/v1/events/stream HTTP/1.1\r\nHost: {host}:{port}\r\nCookie: {cookie}\r\n\r\n"
        deaf.sendall(request.encode())
        time.sleep(0.3)
        reader = served.sse(client)
        reader.wait("governor")
        heavy = {"camera_id": "mairie", "counters": {f"rule-{number}.inside": 1.0 for number in range(2000)}}
        for number in range(200):  # 10 MB, far more than the sockets' own buffers hold
            served.hub.passing("counters", "mairie", {**heavy, "number": number})
            time.sleep(0.002)
        last = served.town.raised(served.lawn)
        begun = time.monotonic()
        reader.wait("alert", lambda one: one["alert_id"] == last)
        assert time.monotonic() - begun < 2.0
        waiting = max(len(client.passing) for client in served.hub._clients)
        assert waiting <= 1, "figures of a slow browser are overwritten, not queued"


def test_a_wrong_last_event_id_is_refused(served: Any) -> None:
    answer = served.sign_in("jeanne").get("/events/stream", headers={"Last-Event-ID": "abc"})
    assert answer.status_code == 422
