"""Cameras, rules and what covers them over real HTTP."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from typing import Any

import pytest

from beffroi.app.demonstration import street
from beffroi.testing.town import ADMINISTRATOR

Make = Callable[..., Any]

CAMERA = {
    "name": "École Jules-Ferry",
    "place": "Portail",
    "plan_xy": [0.2, 0.8],
    "heading_deg": 90,
    "main": {"kind": "rtsp", "url": "rtsp://10.0.0.7/main", "username": "vms", "password": "s3cret word"},
}
RULE = {
    "situation": "zone_entered",
    "purpose_id": "safety",
    "name": "Quai interdit",
    "classes": ["person"],
    "zone": {"points": [[0.1, 0.1], [0.9, 0.1], [0.5, 0.9]]},
    "schedule": {"time_zone": "Europe/Paris", "spans": [{"days": [0, 6], "from": "22:00", "to": "06:00"}]},
}


def test_a_camera_is_added_changed_and_removed_and_never_tells_its_credentials(make_served: Make) -> None:
    served = make_served()
    client = served.sign_in("ines")
    added = client.post("/cameras", json=CAMERA)
    assert added.status_code == 201, added.text
    camera = added.json()
    assert camera["camera_id"].startswith("ecole-jules-ferry-")
    assert camera["main"] == {"kind": "rtsp", "url": "rtsp://10.0.0.7/main", "has_credentials": True, "loop": False}
    assert (camera["status"]["state"], camera["status"]["reason"]) == ("not_watched", "starting")
    without = {**CAMERA, "name": "École", "main": {"kind": "rtsp", "url": "rtsp://10.0.0.7/main"}}
    changed = client.put(f"/cameras/{camera['camera_id']}", json=without).json()
    assert (changed["name"], changed["main"]["has_credentials"]) == ("École", True)
    elsewhere = {**CAMERA, "main": {"kind": "rtsp", "url": "rtsp://198.51.100.4/main"}}
    moved = client.put(f"/cameras/{camera['camera_id']}", json=elsewhere).json()
    assert moved["main"]["has_credentials"] is False, "credentials never follow a stream to another host"
    everything = added.text + client.get("/cameras").text + client.get(f"/cameras/{camera['camera_id']}").text
    assert "s3cret" not in everything
    assert "vms" not in everything
    assert client.delete(f"/cameras/{camera['camera_id']}").status_code == 204
    assert client.get(f"/cameras/{camera['camera_id']}").status_code == 404
    assert served.rewatched == 4, "each change is acted on at once"


def test_a_camera_that_cannot_be_is_refused_with_what_is_allowed(served: Any) -> None:
    client = served.sign_in("ines")
    for change, where in (
        ({"main": {"kind": "rtsp", "url": "http://10.0.0.7/"}}, "body.main"),
        ({"main": {"kind": "rtsp", "url": "rtsp://u:p4ss@10.0.0.7/", "username": "other"}}, "body.main"),
        ({"main": {"kind": "rtsp", "url": "rtsp://u:p4ss@10.0.0.7:99999/"}}, "main.url"),
        ({"main": {"kind": "rtsp", "url": "rtsp://[10.0.0.7/"}}, "main.url"),
        ({"analysed_fps": 0}, "body.analysed_fps"),
        ({"plan_xy": [0.1, 1.2]}, "body.plan_xy.1"),
        ({"name": "  "}, "body.name"),
        ({"colour": "red"}, "body.colour"),
    ):
        answer = client.post("/cameras", json={**CAMERA, **change})
        assert answer.status_code == 422, change
        assert answer.json()["errors"][0]["where"] == where
        assert "p4ss" not in answer.text
        assert "Value error" not in answer.text, "a library's word, of no use to who mends it"


def test_credentials_pasted_into_an_address_are_taken_out_of_it(make_served: Make) -> None:
    served = make_served()
    client = served.sign_in("ines")
    for number, pasted in enumerate(("rtsp://vms:s3cr%40et@10.0.0.7/main", " rtsp://vms:s3cr@et@10.0.0.7/main ")):
        added = client.post("/cameras", json={"name": f"Porte {number}", "main": {"kind": "rtsp", "url": pasted}})
        assert added.status_code == 201, added.text
        assert added.json()["main"]["url"] == "rtsp://10.0.0.7/main"
        assert added.json()["main"]["has_credentials"] is True
        kept = served.town.doors.cameras.credentials_of(ADMINISTRATOR, added.json()["camera_id"], "main")
        assert kept == ("vms", "s3cr@et")
    assert "s3cr" not in client.get("/cameras").text


def test_what_an_address_asks_with_is_seen_only_by_who_may_change_it(make_served: Make) -> None:
    served = make_served()
    url = "http://10.0.0.7/video.cgi?user=vms&pwd=s3cr-et"
    added = served.sign_in("ines").post("/cameras", json={"name": "Porte", "main": {"kind": "mjpeg", "url": url}})
    assert added.json()["main"]["url"] == url
    for username in ("jeanne", "odile"):
        listed = served.sign_in(username).get("/cameras")
        assert "http://10.0.0.7/video.cgi" in listed.text
        assert "s3cr-et" not in listed.text


def test_a_stream_that_cannot_be_tried_is_refused_without_its_password(
    served: Any, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    client = served.sign_in("ines")
    answer = client.post("/cameras/probe", json={"kind": "rtsp", "url": "http://10.0.0.7/", "password": "s3cr-et"})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert "s3cr-et" not in answer.text + caplog.text + "".join(capfd.readouterr())


def test_probing_tells_what_a_stream_is_or_why_it_cannot_be_used(served: Any) -> None:
    client = served.sign_in("ines")
    good = client.post("/cameras/probe", json={"kind": "file", "url": street()}).json()
    assert (good["ok"], good["codec"], good["width_px"], good["height_px"]) == (True, "h264", 768, 576)
    gone = client.post("/cameras/probe", json={"kind": "file", "url": "/nowhere/a.mp4"}).json()
    assert (gone["ok"], gone["reason"]) == (False, "lost")
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"rtsp://127.0.0.1:{closed.getsockname()[1]}/main"
        silent = client.post("/cameras/probe", json={"kind": "rtsp", "url": url, "password": "pw-x"}).json()
    assert (silent["ok"], silent["reason"]) == (False, "lost")
    assert "pw-x" not in silent["detail"]


def test_probing_with_kept_credentials_sends_them_to_the_kept_host_only(served: Any) -> None:
    client = served.sign_in("ines")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(5)
        url = f"rtsp://127.0.0.1:{listening.getsockname()[1]}/main"
        heard: list[bytes] = []

        def answer() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.settimeout(1)
                for _ in range(2):
                    request = connection.recv(65536)
                    heard.append(request)
                    cseq = next(line for line in request.split(b"\r\n") if line.lower().startswith(b"cseq"))
                    challenge = b'WWW-Authenticate: Basic realm="camera"\r\n'
                    connection.sendall(b"RTSP/1.0 401 Unauthorized\r\n" + cseq + b"\r\n" + challenge + b"\r\n")

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        probed = client.post("/cameras/probe", json={"kind": "rtsp", "url": url, "camera_id": "mairie"}).json()
        thread.join(5)
    assert probed["ok"] is False
    assert heard
    assert not any(b"Authorization" in request for request in heard), "the kept credentials went to another host"


def test_situations_are_the_whole_catalogue_and_say_which_work(served: Any) -> None:
    listed = {one["situation"]: one for one in served.sign_in("jeanne").get("/situations").json()}
    assert len(listed) == 17
    assert listed["zone_entered"]["implemented"] is True
    assert listed["zone_entered"]["needs"]["zone"] == "required"
    assert any(param["name"] == "min_stay_s" and param["unit"] == "s" for param in listed["zone_entered"]["params"])
    assert listed["weapon_seen"]["implemented"] is False
    assert all(one["label_fr"] and one["label_en"] for one in listed.values())


def test_a_rule_is_drawn_changed_in_versions_and_removed(make_served: Make) -> None:
    served = make_served()
    client = served.sign_in("odile")
    added = client.post("/cameras/quai/rules", json=RULE)
    assert added.status_code == 201, added.text
    rule = added.json()
    assert rule["version"] == 1
    assert rule["schedule"] == RULE["schedule"]
    assert rule["zone"] == RULE["zone"]
    assert rule["authorisation"]["covered"] is True
    assert rule["authorisation"]["reason"] == ""
    changed = client.put(f"/rules/{rule['rule_id']}", json={**RULE, "version": 1, "params": {"min_stay_s": 3}})
    assert (changed.json()["version"], changed.json()["params"]) == (2, {"min_stay_s": 3})
    late = client.put(f"/rules/{rule['rule_id']}", json={**RULE, "version": 1, "enabled": False})
    assert (late.status_code, late.json()["code"]) == (409, "changed_meanwhile")
    versions = client.get(f"/rules/{rule['rule_id']}/versions").json()
    assert [one["version"] for one in versions] == [1, 2]
    assert client.delete(f"/rules/{rule['rule_id']}").status_code == 204
    assert client.get("/cameras/quai/rules").json() == []


def test_a_rule_that_cannot_be_is_refused_with_what_is_allowed(served: Any) -> None:
    client = served.sign_in("odile")
    for change, needle in (
        ({"situation": "weapon_seen"}, "not implemented"),
        ({"zone": None}, "needs a zone"),
        ({"params": {"min_stay_s": -1}}, "out of range"),
        ({"params": {"min_stay": 1}}, "unknown parameter"),
        ({"purpose_id": "curiosity"}, "no purpose"),
        ({"classes": ["animal"]}, "does not watch"),
        ({"schedule": {"time_zone": "Mars/Olympus"}}, "time zone"),
        ({"schedule": {"spans": [{"days": [0], "from": "08:00", "to": "08:00"}]}}, "start and end alike"),
        ({"zone": {"points": [[0, 0], [1, 1.5], [0, 1]]}}, "less than or equal to 1"),
    ):
        answer = client.post("/cameras/quai/rules", json={**RULE, **change})
        assert answer.status_code == 422, (change, answer.text)
        assert needle in answer.text, (change, answer.text)
        assert answer.json()["errors"][0]["where"], answer.text


def test_a_rule_that_nothing_covers_says_so(served: Any) -> None:
    client = served.sign_in("ines")
    client.post("/cameras", json={**CAMERA, "camera_id": "ecole"})
    rule = client.post("/cameras/ecole/rules", json=RULE).json()
    assert rule["authorisation"] == {
        "covered": False,
        "authorisation_id": "",
        "reason": "no_authorisation",
        "valid_until": None,
        "authorisation_ids": [],
        "outputs": [],
        "disagreements": [],
    }


def test_authorisations_and_purposes_can_be_read(served: Any) -> None:
    client = served.sign_in("jeanne")
    listed = client.get("/authorisations", params={"camera_id": "mairie"}).json()
    assert [(one["authorisation_id"], one["in_force"]) for one in listed] == [("order-1", True)]
    assert client.get("/authorisations", params={"camera_id": "nowhere"}).json() == []
    week_s = 7 * 86_400
    assert client.get("/purposes").json() == [
        {"purpose_id": "safety", "label_fr": "Sécurité", "label_en": "Safety", "retention_s": week_s}
    ]


def test_a_still_of_a_camera_without_worker_says_why_there_is_none(served: Any) -> None:
    answer = served.sign_in("jeanne").get("/cameras/mairie/still.jpg")
    assert answer.status_code in (404, 503)
    assert answer.headers["content-type"] == "application/problem+json"


def test_the_plan_is_a_picture_that_can_run_nothing(served: Any) -> None:
    answer = served.sign_in("jeanne").get("/plan.svg")
    assert answer.headers["content-type"] == "image/svg+xml"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert b"<script" not in answer.content


def test_a_town_supplies_its_own_plan(make_served: Make, tmp_path: Any) -> None:
    (tmp_path / "ours.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    served = make_served(plan_file=tmp_path / "ours.svg")
    client = served.sign_in("jeanne")
    assert client.get("/plan.svg").text.startswith("<svg")
    (tmp_path / "ours.svg").unlink()
    gone = client.get("/plan.svg")
    assert (gone.status_code, gone.json()["code"]) == (507, "storage_refused")


def test_metrics_are_for_loopback_or_the_token(make_served: Make) -> None:
    open_here = make_served()
    assert b"beffroi_requests_total" in open_here.anonymous().get("/metrics").content
    away = {"X-Forwarded-For": "203.0.113.7"}
    assert open_here.anonymous().get("/metrics", headers=away).status_code == 403
    locked = make_served(metrics_token="a long token")
    assert locked.anonymous().get("/metrics").status_code == 403
    good = {"Authorization": "Bearer a long token", **away}
    text = locked.anonymous().get("/metrics", headers=good).text
    assert 'beffroi_requests_total{method="GET",route=' in text
    assert "jeanne" not in text
