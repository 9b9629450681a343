"""What this machine offers a house: each finding says what was found and how to mend what was not."""

from __future__ import annotations

import os
import platform
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from beffroi.app.serving import listen
from beffroi.app.settings import Settings, load
from beffroi.run.plugins import registry
from beffroi.vocabulary.errors import BeffroiError, InvalidInputError

OK, WARNING, MISSING = "ok", "warning", "missing"
LEAST_FREE_BYTES = 2_000_000_000
"""About 1000 clips. Source: our choice."""
_IMPORTS = {
    "opencv-python-headless": "cv2",
    "argon2-cffi": "argon2",
    "pyyaml": "yaml",
    "prometheus-client": "prometheus_client",
    "pydantic-settings": "pydantic_settings",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing looked at. ``state``: ok, warning (works without), missing (does not work without)."""

    name: str
    state: str
    found: str
    mend: str = ""


def examine(data: Path | None = None) -> list[Finding]:
    """Look at everything a house needs. A check that itself fails is a finding, never a crash."""
    findings = [_python(), _cores(), *_packages(), *_plugins()]
    settings: Settings | None = None
    try:
        settings = load(data)
        findings.append(Finding(name="settings", state=OK, found=str(settings.data)))
    except InvalidInputError as error:
        findings.append(Finding(name="settings", state=MISSING, found=str(error), mend=error.mend))
    checks: list[tuple[str, Callable[[], Finding]]] = [
        ("database", _database),
        ("video decoding", _video),
        ("openvino", _openvino),
        ("clock", _clock),
        ("web pages", _pages),
    ]
    if settings is not None:
        given = settings
        checks += [
            ("data folder", lambda: _folder(given.data)),
            ("disk", lambda: _disk(given.data)),
            ("port", lambda: _port(given)),
            ("detector", lambda: _detector(given)),
        ]
    for name, check in checks:
        try:
            findings.append(check())
        except Exception as error:  # whatever a broken installation raises is itself what we look for
            found = f"{type(error).__name__}: {error}"
            findings.append(Finding(name=name, state=MISSING, found=found, mend="Reinstall beffroi."))
    return findings


def _python() -> Finding:
    found = f"{platform.python_version()} ({platform.machine()}, {platform.system()})"
    if platform.system() != "Linux":
        return Finding(name="python", state=WARNING, found=found, mend="Only Linux is tested.")
    return Finding(name="python", state=OK, found=found)


def _cores() -> Finding:
    cores = len(os.sched_getaffinity(0))
    if cores < 2:
        mend = "Two cores or more are advised: one analyses, one serves."
        return Finding(name="cores", state=WARNING, found=str(cores), mend=mend)
    return Finding(name="cores", state=OK, found=str(cores))


def _packages() -> Iterable[Finding]:
    """Every package that this version requires: installed, and importable (a missing system library shows here)."""
    try:
        needed = [line for line in requires("beffroi") or [] if "extra ==" not in line]
    except PackageNotFoundError:
        yield Finding(name="beffroi", state=MISSING, found="not installed", mend="Run `pip install beffroi`.")
        return
    missing = False
    for line in needed:
        name = line.split(";")[0].strip()
        for sign in "><=!~ [":
            name = name.split(sign)[0]
        if name == "uvloop" and platform.system() != "Linux":
            continue
        try:
            version(name)
            import_module(_IMPORTS.get(name, name.replace("-", "_")))
        except PackageNotFoundError:
            missing = True
            yield Finding(name=name, state=MISSING, found="not installed", mend=f"Run `pip install '{line}'`.")
        except (ImportError, OSError) as error:
            missing = True
            mend = f"A system library is missing; on Debian: apt-get install {_library(str(error))}."
            yield Finding(name=name, state=MISSING, found=str(error), mend=mend)
    if not missing:
        yield Finding(name="packages", state=OK, found=f"{len(needed)} installed and importable")


def _plugins() -> Iterable[Finding]:
    """Foreign parts: those that cannot be loaded, by name and with their cause."""
    known = registry()
    for broken in known.broken:
        mend = "Install what it needs, or a version made for this Beffroi; else uninstall it."
        yield Finding(
            name=f"plug-in {broken.name} ({broken.group})", state=WARNING, found=broken.cause[:300], mend=mend
        )
    if not known.broken:
        yield Finding(name="plug-ins", state=OK, found="none is broken")


def _library(text: str) -> str:
    """The Debian package of a shared library that an import error names."""
    known = {"libGL": "libgl1", "libglib": "libglib2.0-0", "libgomp": "libgomp1", "libstdc++": "libstdc++6"}
    return next((package for library, package in known.items() if library in text), "the library it names")


def _database() -> Finding:
    """SQLite with what the store uses."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("SELECT json_extract('{\"a\": 1}', '$.a')").fetchone()
    found = f"SQLite {sqlite3.sqlite_version}"
    if sqlite3.sqlite_version_info < (3, 35):
        return Finding(name="database", state=MISSING, found=found, mend="Use a Python with SQLite 3.35 or later.")
    return Finding(name="database", state=OK, found=found)


def _video() -> Finding:
    """The decoders that cameras need."""
    av = import_module("av")
    lacking = [name for name in ("h264", "hevc", "mjpeg") if name not in av.codecs_available]
    found = f"PyAV {av.__version__}"
    if lacking:
        mend = "Reinstall the `av` package from its wheel."
        return Finding(name="video decoding", state=MISSING, found=f"{found} without {', '.join(lacking)}", mend=mend)
    return Finding(name="video decoding", state=OK, found=f"{found}: h264, hevc, mjpeg")


def _openvino() -> Finding:
    try:
        return Finding(name="openvino", state=OK, found=version("openvino"))
    except PackageNotFoundError:
        mend = "Optional, faster on Intel: pip install 'beffroi[openvino]'."
        return Finding(name="openvino", state=WARNING, found="not installed", mend=mend)


def _clock() -> Finding:
    """Whether something keeps the clock right: evidence is dated by it."""
    mend = "Let chrony or systemd-timesyncd keep the clock: evidence is dated by it."
    if shutil.which("timedatectl"):
        asked = subprocess.run(
            ["timedatectl", "show", "--property=NTPSynchronized", "--value"],
            capture_output=True,
            text=True,
            timeout=5,
            check=False,
        )
        if asked.stdout.strip() == "yes":
            return Finding(name="clock", state=OK, found="synchronised")
        if asked.stdout.strip() == "no":
            return Finding(name="clock", state=WARNING, found="not synchronised", mend=mend)
    keepers = ("chronyd", "ntpd", "systemd-timesyncd", "systemd-timesyn", "openntpd")
    if any(_running(name) for name in keepers):
        return Finding(name="clock", state=OK, found="a time service runs")
    return Finding(name="clock", state=WARNING, found="no time service seen", mend=mend)


def _running(name: str) -> bool:
    """Whether a process of that name runs."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if (folder / "comm").read_text().strip() == name:
                return True
        except OSError:
            continue  # it ended while we looked
    return False


def _pages() -> Finding:
    from beffroi.serve.pages import static_folder

    if (static_folder(None) / "index.html").is_file():
        return Finding(name="web pages", state=OK, found="built")
    mend = "Run `make web` in the sources; an installed wheel has them."
    return Finding(name="web pages", state=WARNING, found="not built", mend=mend)


def _folder(data: Path) -> Finding:
    """Whether the data folder, or where it will be, can be written."""
    place = data
    while not place.exists():
        place = place.parent
    try:
        with tempfile.NamedTemporaryFile(dir=place, prefix=".beffroi-doctor-") as written:
            written.write(b"x" * 4096)
            written.flush()
            os.fsync(written.fileno())
    except OSError as error:
        mend = "Give this account the right to write there, or choose another folder with --data."
        return Finding(name="data folder", state=MISSING, found=f"{place}: {error.strerror}", mend=mend)
    made = "" if place == data else " (will be made)"
    return Finding(name="data folder", state=OK, found=f"{data}{made}")


def _disk(data: Path) -> Finding:
    place = data
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    found = f"{free / 1e9:.1f} GB free"
    if free < LEAST_FREE_BYTES:
        mend = "Free some space: a clip takes about 2 MB, kept for evidence.retention_days."
        return Finding(name="disk", state=WARNING, found=found, mend=mend)
    return Finding(name="disk", state=OK, found=found)


def _port(settings: Settings) -> Finding:
    given = settings.server
    try:
        listen(given.host, given.port).close()
    except InvalidInputError as error:
        return Finding(name="port", state=WARNING, found=error.what, mend=error.mend)
    return Finding(name="port", state=OK, found=f"{given.host}:{given.port} is free")


def _detector(settings: Settings) -> Finding:
    """The detector of the settings: there, and its weights are those of its card."""
    from beffroi.see.detect.catalogue import ModelCatalogue

    model = settings.analysis.model
    try:
        ModelCatalogue.of_house(settings.data).find(model)
    except BeffroiError as error:
        mend = "Reinstall beffroi, or set analysis.model to one of `beffroi models list`."
        return Finding(name="detector", state=MISSING, found=str(error), mend=mend)
    return Finding(name="detector", state=OK, found=f"{model}: weights as on its card")
