"""The player of a sealed export, from the unpacked folder, in a browser that asks nobody for anything."""

from __future__ import annotations

import zipfile
from importlib.resources import files
from pathlib import Path

from playwright.sync_api import BrowserContext

from beffroi.testing.casework import Casework
from beffroi.testing.town import INVESTIGATOR


def test_it_plays_the_clip_and_finds_an_altered_file(context: BrowserContext, tmp_path: Path) -> None:
    casework = Casework(tmp_path)
    street = files("beffroi.cli").joinpath("assets/street.mp4").read_bytes()
    casework.doors.cases.choose(INVESTIGATOR, casework.case_id, add=[casework.filmed(content=street)])
    archive = casework.ready(1)
    folder = tmp_path / "unpacked"
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(folder)
    casework.doors.close()
    page, said, asked = context.new_page(), list[str](), list[str]()
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto((folder / "player.html").as_uri())
    page.wait_for_selector("video")
    page.evaluate("document.querySelector('video').play()")
    page.wait_for_timeout(1500)  # the page's own rules forbid a function that waits inside it
    assert page.evaluate("document.querySelector('video').currentTime") > 0.5
    assert "PV 2026/0417" in page.inner_text("body")
    page.set_input_files("#folder", str(folder))
    page.wait_for_selector("#check-result.good")
    still = folder / "evidence" / "0001" / "still.jpg"
    still.write_bytes(b"another picture")
    page.set_input_files("#folder", str(folder))
    page.wait_for_selector("#check-result.bad")
    assert said == []
    assert all(url.startswith((folder.as_uri(), "blob:")) for url in asked)
