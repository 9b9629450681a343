"""The product itself in a temporary folder, and a real Chromium in front of it."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
WEB = ROOT / "web"
AXE = WEB / "node_modules" / "axe-core" / "axe.min.js"
STATIC = ROOT / "src" / "beffroi" / "serve" / "static" / "index.html"
SHOTS = os.environ.get("SCREENSHOTS", "")
"""A folder for pictures of the pages, for people to look at; empty: none are taken."""

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
PASSWORDS = {
    "operateur": "une-cloche-au-matin",
    "superviseur": "deux-cloches-a-midi",
    "administrateur": "trois-cloches-le-soir",
    "investigateur": "quatre-cloches-au-loin",
    "dpo": "cinq-cloches-au-vent",
    "auditeur": "six-cloches-dans-la-nuit",
}


class House:
    """`beffroi demo` as a process, that can be killed and started again on the same data and port."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.address = ""
        self._port = 0
        self._said: list[str] = []
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start and wait until it answers."""
        demo = ["demo", "--data", str(self.data), "--port", str(self._port)]
        command = [sys.executable, "-m", "beffroi.cli.main", *demo]
        process = subprocess.Popen(
            command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
        )
        self._process = process
        found = threading.Event()

        def listen() -> None:
            assert process.stdout is not None
            for line in process.stdout:
                self._said.append(line)
                address = re.search(r"http://127\.0\.0\.1:(\d+)", line)
                if address and not found.is_set():
                    self.address, self._port = address[0], int(address[1])
                    found.set()

        threading.Thread(target=listen, daemon=True).start()
        assert found.wait(60), f"the house did not start: {''.join(self._said[-20:])}"
        self.wait(lambda: httpx.get(f"{self.address}/api/v1/health").status_code in {200, 503}, "it does not answer")

    @property
    def running(self) -> bool:
        """Whether the process has been started and not ended."""
        return self._process is not None and self._process.poll() is None

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End the process and wait for it."""
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(how)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)
            raise AssertionError("the house did not stop within 30 seconds") from None

    def client(self, who: str) -> httpx.Client:
        """A signed-in client of the API, for what another person does meanwhile."""
        base = f"{self.address}/api/v1"
        answer = httpx.post(f"{base}/session", json={"username": who, "password": PASSWORDS[who]}, timeout=20)
        assert answer.status_code == 200, answer.text
        token = answer.json()["csrf_token"]
        return httpx.Client(base_url=base, timeout=20, cookies=answer.cookies, headers={"X-CSRF-Token": token})

    def refill(self) -> None:
        """Take back the answers of former tests, so that each finds all the alerts there are."""
        with self.client("superviseur") as client:
            for state in ("confirmed", "dismissed", "snoozed", "handed_over"):
                for one in client.get("/alerts", params={"state": state, "limit": 200}).json()["items"]:
                    key = f"refill-{one['last_verdict']['verdict_id']}"
                    path = f"/alerts/{one['alert_id']}/verdicts"
                    again = client.post(path, json={"decision": "reopen"}, headers={"Idempotency-Key": key})
                    assert again.status_code in {200, 201}, again.text

    def wait(self, holds: Callable[[], bool], otherwise: str, *, seconds: float = 60) -> None:
        """Wait until something holds."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            try:
                if holds():
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.25)
        raise AssertionError(f"{otherwise}: {''.join(self._said[-20:])}")


@pytest.fixture(scope="session")
def pages() -> Path:
    """The built pages and the packages of their tests; both are made if they are not there."""
    build = [sys.executable, str(ROOT / "tools" / "build_web.py")]
    done = subprocess.run([*build, *([] if AXE.exists() else ["--force"])], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert STATIC.exists() and AXE.exists()
    return STATIC.parent


@pytest.fixture(scope="session")
def make_house(tmp_path_factory: pytest.TempPathFactory, pages: Path) -> Callable[[], House]:
    """A house apart from the usual one, not yet started."""
    return lambda: House(tmp_path_factory.mktemp("apart") / "data")


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory, pages: Path) -> Iterator[House]:
    """One house for all tests here, with alerts of which at least two have their clips."""
    house = House(tmp_path_factory.mktemp("house") / "data")
    house.start()
    try:
        with house.client("operateur") as client:

            def two_clips() -> bool:
                shown = client.get("/queue").json()["shown"]
                ready = [one for one in shown if one["evidence"]["state"] == "ready"]
                return len(ready) >= 2 and len(shown) >= 3

            house.wait(two_clips, "no alert got its clip", seconds=120)
        yield house
    finally:
        house.stop()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium: it plays H.264."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert path, "no Chromium here: install the Debian package `chromium`"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """A fresh profile, wide as the desk's usual screen, that prefers French."""
    context = chromium.new_context(viewport={"width": 1280, "height": 720}, locale="fr-FR", reduced_motion="reduce")
    context.set_default_timeout(20_000)
    yield context
    context.close()


class Visitor:
    """A person in front of a page."""

    def __init__(self, page: Page, house: House) -> None:
        self.page = page
        self.house = house
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", self._heard)

    def _heard(self, message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            self.errors.append(message.text)

    def go(self, path: str) -> None:
        """Open an address of the house."""
        self.page.goto(self.house.address + path)

    def sign_in(self, who: str) -> None:
        """Sign in by keyboard."""
        self.page.focus("#username")
        self.page.keyboard.type(who)
        self.page.keyboard.press("Tab")
        self.page.keyboard.type(PASSWORDS[who])
        self.page.keyboard.press("Enter")
        self.page.wait_for_selector("nav [aria-current=page]")

    def speak(self, language: str) -> None:
        """Choose a language, as the switch does."""
        if self.page.get_attribute("html", "lang") != language:
            self.page.click("[data-language]")
            self.page.wait_for_selector(f"html[lang={language}]")

    def shot(self, name: str, *, whole: bool = False) -> None:
        """Keep a picture of the page, if somebody asked for pictures."""
        if SHOTS:
            Path(SHOTS).mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=str(Path(SHOTS) / f"{name}.png"), full_page=whole)

    def axe(self) -> list[str]:
        """What axe-core finds against WCAG 2.1 A and AA, one line each."""
        self.page.evaluate(AXE.read_text("utf-8"))
        tags = "['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']"
        found: list[dict[str, Any]] = self.page.evaluate(
            f"axe.run(document, {{runOnly: {tags}}}).then(result => result.violations)"
        )
        return [
            f"{one['id']}: {json.dumps(node['target'])} {node.get('failureSummary', '')}"
            for one in found
            for node in one["nodes"]
        ]


MakeVisitor = Callable[[Page, House], Visitor]


@pytest.fixture
def make_visitor() -> MakeVisitor:
    """For a page on another house than the usual one."""
    return Visitor


@pytest.fixture
def visitor(context: BrowserContext, house: House) -> Iterator[Visitor]:
    """Somebody on the sign-in screen. Errors of scripts and broken content rules fail the test."""
    if not house.running:  # a test that had stopped it has failed: the others go on
        house.start()
    house.refill()
    visitor = Visitor(context.new_page(), house)
    visitor.go("/")
    visitor.page.wait_for_selector("#username")
    yield visitor
    assert visitor.errors == []
