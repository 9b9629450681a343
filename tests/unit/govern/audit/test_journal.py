"""The journal's door: reading, exports, retention, time-stamps by a real authority; a full disk refuses the act."""

from __future__ import annotations

import csv
import io
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from beffroi.govern.audit.findings import Kind
from beffroi.govern.audit.journal import JournalFilter, Wish
from beffroi.govern.audit.timestamps import Authority
from beffroi.govern.audit.verifying import verify_folder
from beffroi.govern.rights import LOCAL_ADMINISTRATOR
from beffroi.testing.town import DPO, FAST, OPERATOR, Town
from beffroi.vocabulary.errors import InvalidInputError, NotAuthorisedError
from beffroi.vocabulary.time import UtcNs, seconds_to_ns

SERVER = Path(__file__).parents[3] / "servers" / "tsa_server.py"


def acts(town: Town) -> list[str]:
    return [one.act for one in town.doors.journal.recent(LOCAL_ADMINISTRATOR, limit=20)]


def this_year(town: Town) -> JournalFilter:
    now = town.clock.now
    return JournalFilter(from_at=UtcNs(now - seconds_to_ns(86_400)), to_at=UtcNs(now + seconds_to_ns(86_400)))


def test_a_question_is_one_entry_for_all_its_pages(town: Town) -> None:
    wanted = JournalFilter(act="add_user")
    first = town.doors.journal.page(DPO, wanted, limit=2)
    assert first.next_cursor is not None
    town.doors.journal.page(DPO, wanted, cursor=first.next_cursor, limit=2)
    assert acts(town).count("read_journal") == 1
    town.doors.journal.page(DPO, JournalFilter(actor="jeanne"), cursor=first.next_cursor)
    assert acts(town).count("read_journal") == 2
    assert {one.act for one in first.items} == {"add_user"}


def test_filters_choose(town: Town) -> None:
    town.doors.cameras.viewed_live(OPERATOR, "quai")
    with pytest.raises(NotAuthorisedError):
        town.doors.journal.page(OPERATOR, JournalFilter())
    page = town.doors.journal.page
    # asking about a camera is an act about it too
    found = {one.about for one in page(DPO, JournalFilter(camera_id="quai")).items}
    assert found == {"camera:quai", "journal:entries"}
    assert [one.act for one in page(DPO, JournalFilter(refused=True)).items] == ["read_journal"]
    assert {one.actor for one in page(DPO, JournalFilter(role="operator")).items} == {"jeanne"}


def test_an_export_needs_reason_and_span_and_is_an_entry(town: Town) -> None:
    journal, wanted = town.doors.journal, this_year(town)
    for wrong in (
        Wish(wanted=wanted, why="no"),
        Wish(wanted=JournalFilter(), why="yearly check"),
        Wish(wanted=replace(wanted, to_at=wanted.from_at), why="yearly check"),
    ):
        with pytest.raises(InvalidInputError):
            journal.export_csv(DPO, wrong)
    assert "export_journal" not in acts(town)
    rows = list(
        csv.reader(io.StringIO(journal.export_csv(DPO, Wish(wanted=wanted, why="=1+1 yearly")).decode("utf-8-sig")))
    )
    assert rows[0][0] == "seq"
    assert rows[-1][4] == "export_journal"
    assert rows[-1][8] == "'=1+1 yearly"  # no spreadsheet takes it for a formula
    assert journal.export_pdf(DPO, Wish(wanted=wanted, why="yearly check")).startswith(b"%PDF")


def test_the_oldest_part_goes_behind_a_signed_checkpoint_and_the_rest_still_holds(tmp_path: Path) -> None:
    town = Town(tmp_path, settings=replace(FAST, journal_keep_s=86_400))
    town.settle()
    town.doors.journal.sign()
    town.clock.advance(2 * 86_400)
    town.doors.cameras.viewed_live(OPERATOR, "mairie")
    for _ in range(400):  # a clock that leapt is believed once it has stood
        town.clock.advance(5)
        town.doors.tend()
    town.clock.advance(590)
    town.doors.tend()
    town.doors.journal.sign()
    assert "prune_journal" in acts(town)
    town.doors.close()
    result = verify_folder(tmp_path)
    assert result.ok, result.findings
    assert result.first_seq > 1
    assert Kind.KEPT_FROM in {one.kind for one in result.findings}


def test_on_a_full_disk_nothing_is_shown_unlogged(tmp_path: Path) -> None:
    code = f"""
import resource, signal, sys
from pathlib import Path
from beffroi.testing.town import OPERATOR, Town
from beffroi.vocabulary.errors import StorageError
town = Town(Path({str(tmp_path)!r}))
town.settle()
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
size = max(one.stat().st_size for one in Path({str(tmp_path)!r}).glob("beffroi.db*"))
resource.setrlimit(resource.RLIMIT_FSIZE, (size + 300_000, resource.RLIM_INFINITY))
shown = 0
for _ in range(20_000):
    try:
        town.doors.cameras.viewed_live(OPERATOR, "mairie")
        shown += 1
    except StorageError:
        break
else:
    sys.exit("the disk never filled")
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
from beffroi.govern.rights import LOCAL_ADMINISTRATOR
told = [one for one in town.doors.journal.recent(LOCAL_ADMINISTRATOR, limit=50_000) if one.act == "see_live"]
print(shown, len(told))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    shown, told = map(int, done.stdout.split())
    assert shown == told > 5


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    folder = tmp_path_factory.mktemp("tsa")
    with subprocess.Popen([sys.executable, str(SERVER), str(folder)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port = process.stdout.readline().split()[1]
        yield f"http://127.0.0.1:{port}/", folder / "root.pem"
        process.send_signal(signal.SIGTERM)


def test_a_real_authority_stamps_a_checkpoint(tmp_path: Path, authority: tuple[str, Path]) -> None:
    url, root = authority
    town = Town(tmp_path, settings=replace(FAST, timestamp_url=url, timestamp_root=str(root)))
    town.settle()
    town.doors.tend()
    town.doors.journal.wait_for_timestamp(20)
    assert town.doors.journal.timestamp_trouble == ""
    assert town.doors.journal.checkpoints(DPO)[0].token
    town.doors.close()
    known = Authority.known_by("", root)
    result = verify_folder(tmp_path, authority=known)
    assert (result.ok, result.timestamps) == (True, 1), result.findings
    remarks = {one.kind for one in verify_folder(tmp_path).findings}
    assert remarks == {Kind.TIMESTAMP_UNCHECKED}
    stamp = known.stamp if known.url else Authority.known_by(url, root).stamp
    token = stamp(b"one thing")
    assert known.fault_of(token, b"one thing") == ""
    assert known.fault_of(token, b"another thing")
    assert known.fault_of(token[:-1], b"one thing")


def test_an_authority_that_is_down_is_named_and_blocks_nothing(tmp_path: Path) -> None:
    town = Town(tmp_path, settings=replace(FAST, timestamp_url="http://127.0.0.1:1/"))
    town.settle()
    town.doors.tend()
    town.doors.journal.wait_for_timestamp(20)
    assert "does not answer" in town.doors.journal.timestamp_trouble
    assert town.doors.journal.checkpoints(DPO)[0].token == b""
    town.doors.close()
    with pytest.raises(InvalidInputError, match="certificate"):
        Authority.known_by("", tmp_path / "none.pem")


def test_a_still_that_the_journal_did_not_take_is_not_shown_the_next_time_either(tmp_path: Path) -> None:
    code = f"""
import resource, signal, sys
from pathlib import Path
from beffroi.govern.rights import LOCAL_ADMINISTRATOR
from beffroi.testing.town import INVESTIGATOR, OPERATOR, Town
from beffroi.vocabulary.errors import NotAuthorisedError, StorageError
town = Town(Path({str(tmp_path)!r}))
town.settle()
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
for who in (OPERATOR, OPERATOR, INVESTIGATOR, INVESTIGATOR):
    try:
        town.doors.cameras.glanced(who, "mairie")
    except StorageError:
        continue
    except NotAuthorisedError:
        sys.exit("refused without an entry")
    sys.exit("shown without an entry")
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
for _ in range(2):
    town.doors.cameras.glanced(OPERATOR, "mairie")
told = [one for one in town.doors.journal.recent(LOCAL_ADMINISTRATOR, limit=500) if one.act == "see_live"]
if len(told) != 1:
    sys.exit(f"{{len(told)}} entries")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
