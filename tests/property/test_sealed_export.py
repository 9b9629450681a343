"""Whatever byte of a sealed export is altered, the verifier that is in it finds and names it."""

from __future__ import annotations

import hashlib
import random
import struct
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from beffroi.govern.cases import verify as verifier
from beffroi.govern.cases.sealing import directory_end, directory_entry, ed25519_holds, local_header
from beffroi.testing.casework import Casework

QUICK = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@dataclass
class Sealed:
    archive: bytes
    files: dict[str, bytes]
    script: Path
    folder: Path

    def check(self, place: Path) -> tuple[int, str]:
        command = [sys.executable, "-I", str(self.script), str(place), "--en"]
        done = subprocess.run(command, capture_output=True, cwd="/", env={}, timeout=60)
        assert b"Traceback" not in done.stderr, done.stderr.decode()
        return done.returncode, done.stdout.decode("utf-8", "replace")

    def unpacked(self) -> Path:
        place = self.folder / f"copy-{random.randrange(1 << 60)}"
        for name, content in self.files.items():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            (place / name).write_bytes(content)
        return place


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sealed]:
    folder = tmp_path_factory.mktemp("sealed")
    casework = Casework(folder)
    path = casework.ready()
    with zipfile.ZipFile(path) as opened:
        files = {name: opened.read(name) for name in opened.namelist()}
    script = folder / "verify.py"
    script.write_bytes(files["verify.py"])
    yield Sealed(archive=path.read_bytes(), files=files, script=script, folder=folder)
    casework.doors.close()


def owner(sealed: Sealed, place: int) -> str:
    """Which file of the archive a byte belongs to, header included; "" beyond the contents."""
    at = 0
    for name, content in sealed.files.items():
        at += len(local_header(name, len(content), 0)) + len(content)
        if place < at:
            return name
    return ""


@QUICK
@given(data=st.data())
def test_any_byte_of_any_file_is_found_and_named(sealed: Sealed, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(sealed.files)))
    place = data.draw(st.integers(0, len(sealed.files[name]) - 1))
    folder = sealed.unpacked()
    altered = bytearray(sealed.files[name])
    altered[place] ^= data.draw(st.integers(1, 255))
    (folder / name).write_bytes(altered)
    code, said = sealed.check(folder)
    assert code == 1, (name, place)
    assert name in said, said


@QUICK
@given(data=st.data())
def test_any_byte_of_the_archive_is_found_and_named(sealed: Sealed, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(sealed.archive) - 1))
    content = bytearray(sealed.archive)
    content[place] ^= data.draw(st.integers(1, 255))
    path = sealed.folder / "flipped.zip"
    path.write_bytes(content)
    code, said = sealed.check(path)
    assert code == 1, place
    assert owner(sealed, place) in said, said


def test_every_byte_that_is_no_content_is_found(sealed: Sealed) -> None:
    """In this process, for speed: all headers, the directory, its end."""
    at, places = 0, list[int]()
    for name, content in sealed.files.items():
        head = len(local_header(name, len(content), 0))
        places += range(at, at + head)
        at += head + len(content)
    places += range(at, len(sealed.archive))
    path = sealed.folder / "header.zip"
    for place in places[::7]:
        altered = bytearray(sealed.archive)
        altered[place] ^= 0x41
        path.write_bytes(altered)
        report = verifier.Report(True)
        verifier.check_archive(str(path), report, "")
        assert report.faults, place


@pytest.mark.parametrize("how", ["removed", "added", "renamed", "truncated", "swapped", "link"])
def test_a_folder_that_was_meddled_with_is_named(sealed: Sealed, how: str) -> None:
    folder = sealed.unpacked()
    clip, still = folder / "evidence/0001/clip.mp4", folder / "evidence/0002/still.jpg"
    expected = "evidence/0001/clip.mp4"
    if how == "removed":
        clip.unlink()
    elif how == "added":
        (folder / "evidence/0001/extra.mp4").write_bytes(b"new")
        expected = "evidence/0001/extra.mp4: added"
    elif how == "renamed":
        clip.rename(clip.with_name("other.mp4"))
        expected = "evidence/0001/clip.mp4: renamed to evidence/0001/other.mp4"
    elif how == "truncated":
        clip.write_bytes(clip.read_bytes()[:-1])
    elif how == "swapped":
        content = clip.read_bytes()
        clip.write_bytes(still.read_bytes())
        still.write_bytes(content)
    else:
        clip.unlink()
        clip.symlink_to("/etc/hostname")
        expected = "evidence/0001/clip.mp4: is a link"
    code, said = sealed.check(folder)
    assert (code, expected in said) == (1, True), said


@pytest.mark.parametrize("how", ["removed", "added", "renamed", "truncated", "reordered"])
def test_an_archive_that_was_built_anew_is_named(sealed: Sealed, how: str) -> None:
    path = sealed.folder / f"{how}.zip"
    files, expected = dict(sealed.files), "evidence/0001/clip.mp4"
    if how == "removed":
        del files[expected]
    elif how == "added":
        files["../evil"] = b"x"
        expected = "../evil: added"
    elif how == "renamed":
        files = {name.replace("0001/clip", "0001/clap"): content for name, content in files.items()}
        expected = "evidence/0001/clip.mp4: renamed"
    elif how == "reordered":
        files = dict(reversed(files.items()))
    with zipfile.ZipFile(path, "w") as made:
        for name, content in files.items():
            made.writestr(name, content)
    if how == "truncated":
        path.write_bytes(sealed.archive[: len(sealed.archive) // 2])
        expected = "verify.py: missing"
    code, said = sealed.check(path)
    assert (code, expected in said) == (1, True), said


@QUICK
@given(message=st.binary(max_size=300), place=st.integers(0, 63), seed=st.binary(min_size=32, max_size=32))
def test_signatures_are_judged_as_the_library_does(message: bytes, place: int, seed: bytes) -> None:
    key = Ed25519PrivateKey.from_private_bytes(seed)
    public, signature = key.public_key().public_bytes_raw(), bytearray(key.sign(message))
    assert ed25519_holds(public, bytes(signature), message)
    assert not ed25519_holds(public, bytes(signature), message + b"!")
    signature[place] ^= 1
    assert not ed25519_holds(public, bytes(signature), message)


def test_the_vectors_of_rfc_8032() -> None:
    """Section 7.1, tests 1 to 3."""
    vectors = (
        (
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
        ),
        (
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        ),
        (
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
            "af82",
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
        ),
    )
    for public, message, signature in vectors:
        given_ = bytes.fromhex(signature)
        assert ed25519_holds(bytes.fromhex(public), given_, bytes.fromhex(message))
        low = int.from_bytes(given_[32:], "little") + 2**252 + 27742317777372353535851937790883648493
        malleable = given_[:32] + low.to_bytes(32, "little")  # S not below the order: refused (5.1.7)
        assert not ed25519_holds(bytes.fromhex(public), malleable, bytes.fromhex(message))


def test_files_beyond_four_gigabytes_have_headers_that_others_read(tmp_path: Path) -> None:
    """A hole of 4 GiB + 1 in the middle: nothing is written but the borders."""
    size, path = (1 << 32) + 1, tmp_path / "large.zip"
    after = b"small"
    with path.open("wb") as out:
        head = local_header("big.mp4", size, 0)
        out.write(head)
        second = len(head) + size
        out.seek(second)
        out.write(local_header("small.txt", len(after), zlib.crc32(after)) + after)
        begin = out.tell()
        directory = directory_entry("big.mp4", size, 0, 0)
        directory += directory_entry("small.txt", len(after), zlib.crc32(after), second)
        out.write(directory + directory_end(2, len(directory), begin))
    with zipfile.ZipFile(path) as opened:
        assert [(one.filename, one.file_size) for one in opened.infolist()] == [("big.mp4", size), ("small.txt", 5)]
        assert opened.read("small.txt") == after
    assert struct.calcsize("<4sQ2H2L4Q") == 56


def test_it_is_plain_python_3_8(sealed: Sealed) -> None:
    import ast

    tree = ast.parse(sealed.files["verify.py"], feature_version=(3, 8))
    named = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    named |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert named <= sys.stdlib_module_names | {"__future__"}
    later = ("removeprefix", "removesuffix", "file_digest", "strict=", "match ")
    assert not [word for word in later if word in sealed.files["verify.py"].decode()]
    assert hashlib.sha256(sealed.files["verify.py"]).hexdigest()
