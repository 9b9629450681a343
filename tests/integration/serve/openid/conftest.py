"""A real provider process and a real house that sends people there."""

from __future__ import annotations

import fcntl
import hashlib
import html
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import httpx
import pytest

from beffroi.govern.rights import Role
from beffroi.serve.openid.settings import OpenIdSettings
from beffroi.vocabulary.time import UtcNs

if TYPE_CHECKING:
    from tests.integration.serve.conftest import ServedTown

ROOT = Path(__file__).resolve().parents[4]
SOURCES = ROOT / "tests" / "servers" / "oidc"
CALLBACK = "/api/v1/session/outside/callback"


def _build_web() -> Any:
    spec = importlib.util.spec_from_file_location("build_web", ROOT / "tools" / "build_web.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["build_web"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def provider_program() -> tuple[str, str]:
    """Node.js, and the folder where what the lock file names is installed: once a machine, not into the sources."""
    build_web = _build_web()
    lock = (SOURCES / "package-lock.json").read_bytes()
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "beffroi-tests"
    home.mkdir(parents=True, exist_ok=True)
    with (home / "lock").open("w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        node = build_web.find_node() or build_web.install_node()
        folder = home / f"oidc-{hashlib.sha256(lock + node.version.encode()).hexdigest()[:16]}"
        if not (folder / "installed").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            for name in ("package.json", "package-lock.json"):
                shutil.copy(SOURCES / name, folder)
            path = os.pathsep.join((str(node.program.parent), os.environ.get("PATH", "")))
            command = [*node.npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
            subprocess.run(command, cwd=folder, check=True, env={**os.environ, "PATH": path}, timeout=180)
            (folder / "installed").touch()
    return str(node.program), str(folder)


class RealProvider:
    """The certified provider of provider.mjs, as a process; it can end and come back at the same address."""

    def __init__(self, program: tuple[str, str]) -> None:
        self._program = program
        self._redirect_uri = ""
        self.issuer = ""
        self.process: subprocess.Popen[str] | None = None
        self._listen("0")

    def _listen(self, port: str) -> None:
        node, folder = self._program
        command = [node, str(SOURCES / "provider.mjs"), folder, port]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert self.process.stdout is not None
        self.issuer = self.process.stdout.readline().strip()
        assert self.issuer.startswith("http://127.0.0.1:"), "the provider did not start"

    def serve(self, redirect_uri: str) -> None:
        assert self.process is not None and self.process.stdin is not None and self.process.stdout is not None
        self._redirect_uri = redirect_uri
        self.process.stdin.write(f"{redirect_uri}\n")
        self.process.stdin.flush()
        while "ready" not in (said := self.process.stdout.readline()):
            assert said, "the provider did not get ready"

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            for pipe in (self.process.stdin, self.process.stdout):
                if pipe is not None:
                    pipe.close()
            self.process = None

    def come_back(self) -> None:
        self._listen(self.issuer.rsplit(":", 1)[1])
        self.serve(self._redirect_uri)


def settings_for(issuer: str, **changes: Any) -> OpenIdSettings:
    given: dict[str, Any] = {
        "issuer": issuer,
        "client_id": "beffroi",
        "client_secret": "with / odd % signs + more",
        "roles": {"cctv-chiefs": Role.SUPERVISOR, "cctv": Role.OPERATOR},
        "label": "Compte de la ville",
        "timeout_s": 2.0,
    }
    return OpenIdSettings(**given | changes)


class Visit:
    """Somebody's browser, as far as cookies and redirects go."""

    def __init__(self, served: ServedTown) -> None:
        self.base = served.base
        self.web = httpx.Client(timeout=20, trust_env=False)

    def start(self, **headers: str) -> httpx.Response:
        return self.web.get(f"{self.base}/api/v1/session/outside/start", headers=headers)

    def to_the_callback(self, login: str) -> str:
        """Through the provider's own pages, up to the address that leads back."""
        answer = self.start()
        for _ in range(20):
            if answer.is_redirect:
                there = urljoin(str(answer.url), answer.headers["location"])
                if there.startswith(f"{self.base}{CALLBACK}"):
                    return there
                answer = self.web.get(there)
                continue
            form = re.search(r'<form[^>]* action="([^"]+)"', answer.text)
            assert answer.status_code == 200 and form, answer.text
            hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="(\w+)"', answer.text))
            sent = {**hidden, "login": login, "password": "any"} if hidden.get("prompt") == "login" else hidden
            answer = self.web.post(urljoin(str(answer.url), html.unescape(form[1])), data=sent)
        raise AssertionError("the provider does not lead back")

    def come_back(self, address: str, **headers: str) -> httpx.Response:
        return self.web.get(address, headers=headers)

    def sign_in(self, login: str) -> httpx.Response:
        return self.come_back(self.to_the_callback(login))

    def who(self) -> httpx.Response:
        return self.web.get(f"{self.base}/api/v1/session")


MakeHouse = Callable[..., "ServedTown"]


@pytest.fixture
def make_house(make_served: Callable[..., ServedTown]) -> MakeHouse:
    """A house that sends people to an issuer; its clock tells the time that the provider's does."""

    def make(issuer: str, **changes: Any) -> ServedTown:
        house = make_served(openid=settings_for(issuer, **changes))
        house.town.clock.now = UtcNs(time.time_ns())
        return house

    return make


@pytest.fixture(scope="module")
def lying() -> Iterator[str]:
    """The address of a provider that lies."""
    command = [sys.executable, str(SOURCES.parent / "lying_provider.py")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    address = process.stdout.readline().strip()
    assert address, "the lying provider did not start"
    yield address
    process.kill()
    process.wait()
    process.stdout.close()


@pytest.fixture
def provider(provider_program: tuple[str, str]) -> Iterator[RealProvider]:
    one = RealProvider(provider_program)
    yield one
    one.stop()


@pytest.fixture
def house(make_house: MakeHouse, provider: RealProvider) -> ServedTown:
    """A house and its provider, both up."""
    made = make_house(provider.issuer)
    provider.serve(f"{made.base}{CALLBACK}")
    return made


MakeVisit = Callable[..., Visit]


@pytest.fixture
def make_visit() -> Iterator[MakeVisit]:
    """Somebody's browser before a house."""
    made: list[Visit] = []

    def make(house: ServedTown) -> Visit:
        made.append(Visit(house))
        return made[-1]

    yield make
    for one in made:
        one.web.close()


@pytest.fixture
def visit(house: ServedTown, make_visit: MakeVisit) -> Visit:
    """A browser before the house of the test."""
    return make_visit(house)
