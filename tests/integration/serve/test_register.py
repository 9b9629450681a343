"""The register over HTTP: open to anybody, kept by those who may, papers and notices as files."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from beffroi.testing.registers import SHEET, metrics

MEASURE = {"measured_on": "2026-05-04", "note": "Grand-Place, jour et nuit"}


def test_anybody_reads_what_the_officer_wrote(served: Any) -> None:
    officer, anybody = served.sign_in("basile"), served.anonymous()
    sheet = {**asdict(SHEET), "map": "perimeter"}
    version = officer.get("/register/town").json()["version"]
    kept = officer.put("/register/town", json={**sheet, "version": version})
    assert kept.status_code == 200 and kept.json()["missing"] == []
    assert officer.put("/register/town", json={**sheet, "version": version}).json()["code"] == "changed_meanwhile"
    answer = anybody.get("/register")
    assert answer.status_code == 200 and "max-age" in answer.headers["cache-control"]
    assert answer.json()["town"]["responsible"] == SHEET.responsible
    page = anybody.get("/register.html", params={"language": "en"})
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert SHEET.responsible in page.text and "<script" not in page.text
    assert anybody.get("/register/plan.svg").headers["content-type"] == "image/svg+xml"
    for secret in ("10.0.0.9", "rtsp", "basile", "jeanne", "se cret"):
        assert secret not in answer.text and secret not in page.text


def test_the_plan_is_not_public_before_the_town_says_so(make_served: Any) -> None:
    assert make_served().anonymous().get("/register/plan.svg").status_code == 404


def test_measures_are_published_and_wrong_ones_say_why(served: Any) -> None:
    officer = served.sign_in("basile")
    assert officer.post("/register/performance", json={"metrics": metrics(), **MEASURE}).status_code == 201
    told = served.anonymous().get("/register").json()["performance"]
    assert [(one["situation"]["id"], one["detected"], one["events"]) for one in told] == [("zone_entered", 18, 20)]
    wrong = metrics()
    wrong["situations"]["zone_entered"]["detected"] = 99
    refused = officer.post("/register/performance", json={"metrics": wrong, **MEASURE})
    assert refused.status_code == 422 and "99 detected of 20" in refused.json()["detail"]


def test_papers_and_notices_come_as_files(served: Any) -> None:
    officer = served.sign_in("basile")
    for kind in ("dpia", "recordings", "processing", "prefect"):
        page = officer.get(f"/register/documents/{kind}")
        assert page.status_code == 200 and "À remplir" in page.text and page.headers["cache-control"] == "no-store"
        pdf = officer.get(f"/register/documents/{kind}", params={"form": "pdf"})
        assert pdf.headers["content-type"] == "application/pdf" and pdf.content.startswith(b"%PDF")
    assert officer.get("/register/documents/prefect", params={"period": "1999"}).status_code == 422
    svg = officer.get("/register/notice", params={"camera_id": "mairie"})
    assert svg.headers["content-type"] == "image/svg+xml" and "server.public_url" in svg.text
    assert officer.get("/register/notice", params={"camera_id": "nowhere"}).status_code == 404
    assert officer.get("/register/notice", params={"form": "a3"}).content.startswith(b"%PDF")
