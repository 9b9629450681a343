"""Coded pictures: units, codec headers, assembly of pieces, multipart bodies; whatever bytes come."""

from __future__ import annotations

import itertools
from pathlib import Path

import av
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beffroi.sense.assembly import CodedPicture, PictureAssembler
from beffroi.sense.bitstream import Framing, SetsChangedError, sets_of_header, split_annex_b, split_prefixed
from beffroi.sense.mjpeg import jpeg_size
from beffroi.sense.multipart import BrokenMultipartError, MultipartReader

STREET = Path(__file__).parents[3] / "src/beffroi/cli/assets/street.mp4"
SPS, PPS = bytes.fromhex("6742c01ed90280f6"), bytes.fromhex("68ce3c80")
OTHER_SPS = bytes.fromhex("6742c01fd90280f6")
CODE = b"\x00\x00\x00\x01"
FULL = 1380


def coded(*units: bytes) -> bytes:
    return b"".join(CODE + unit for unit in units)


def test_units_are_split_and_a_header_is_made_of_their_sets() -> None:
    framing = Framing("h264", b"")
    data = framing.frame(coded(b"\x09\xf0", SPS, PPS, b"\x65" + b"\xaa" * 9), is_keyframe=True)
    assert split_prefixed(data, 4) == [b"\x65" + b"\xaa" * 9]
    assert framing.header[:4] == b"\x01\x42\xc0\x1e"
    found, prefix = sets_of_header("h264", framing.header)
    assert prefix == 4
    assert set(found.sets.values()) == {SPS, PPS}


def test_a_set_longer_than_a_header_can_hold_gives_no_header() -> None:
    framing = Framing("h264", b"")
    framing.frame(coded(SPS, PPS + b"\x55" * 70_000, b"\x65" + b"\xaa" * 9), is_keyframe=True)
    assert framing.header == b""


def test_the_keyframes_own_sets_win_over_the_described_ones() -> None:
    framing = Framing("h264", coded(OTHER_SPS, PPS))
    framing.frame(coded(SPS, PPS, b"\x65\xaa"), is_keyframe=True)
    assert SPS in framing.header
    assert OTHER_SPS not in framing.header


def test_another_sequence_set_later_ends_the_run_another_picture_set_does_not() -> None:
    framing = Framing("h264", coded(SPS, PPS))
    framing.frame(coded(b"\x65\xaa"), is_keyframe=True)
    kept = framing.frame(coded(PPS + b"\x11", b"\x41\xaa"), is_keyframe=False)
    assert split_prefixed(kept, 4) == [PPS + b"\x11", b"\x41\xaa"]
    with pytest.raises(SetsChangedError):
        framing.frame(coded(OTHER_SPS, PPS, b"\x65\xaa"), is_keyframe=True)


def test_a_films_own_header_is_rebuilt_byte_for_byte() -> None:
    with av.open(str(STREET)) as film:
        header = bytes(film.streams.video[0].codec_context.extradata or b"")
    found, _ = sets_of_header("h264", header)
    assert found.header() == header


@given(st.sampled_from(["h264", "hevc"]), st.binary(max_size=120), st.lists(st.binary(max_size=60), max_size=6))
def test_any_bytes_are_framed_or_end_the_run(codec: str, header: bytes, packets: list[bytes]) -> None:
    framing = Framing(codec, header)
    for packet in packets:
        try:
            framed = framing.frame(CODE + packet, is_keyframe=False)
        except SetsChangedError:
            break
        assert isinstance(framed, bytes)


@given(
    st.lists(st.binary(min_size=1, max_size=30).filter(lambda u: b"\x00\x00" not in u and u[-1] and u[0]), max_size=8)
)
def test_splitting_undoes_joining(units: list[bytes]) -> None:
    assert split_annex_b(coded(*units)) == units


def pieces(size: int, head: bytes, full: int = FULL) -> list[bytes]:
    """A unit as RTP brings it: the first piece with its start code, the others bare."""
    body = head + b"\xaa" * size
    if len(body) <= full:
        return [CODE + body]
    return [CODE + body[: full + 1], *(body[i : i + full] for i in range(full + 1, len(body), full))]


def play(assembler: PictureAssembler, sizes: list[int], slices: int = 1) -> list[tuple[int, CodedPicture]]:
    """Feed pictures, a keyframe each tenth: (number of the picture being fed, picture given out)."""
    out: list[tuple[int, CodedPicture]] = []
    for number, size in enumerate(sizes):
        head = b"\x65" if number % 10 == 0 else b"\x41"
        for _ in range(slices):
            for piece in pieces(size, head):
                out += [(number, picture) for picture in assembler.push(piece, number * 18_000, number)]
    return out


@pytest.mark.parametrize("slices", [1, 3])
def test_pictures_come_out_at_once_when_the_stream_is_known(slices: int) -> None:
    assembler = PictureAssembler("h264")
    sizes = [5000 if n % 10 == 0 else 300 + 977 * n % 4000 for n in range(60)]
    out = play(assembler, sizes, slices)
    assert [picture.pts for _, picture in out] == [n * 18_000 for n in range(60)]
    assert [picture.is_keyframe for _, picture in out] == [n % 10 == 0 for n in range(60)]
    assert all(number == picture.came_at_ns + 1 for number, picture in out[:10])
    assert all(number == picture.came_at_ns for number, picture in out[-30:])
    assert assembler.broken == 0
    for size, (_, picture) in zip(sizes, out, strict=True):
        assert [len(unit) for unit in split_annex_b(picture.data)] == [size + 1] * slices


def test_a_stream_whose_last_pieces_cannot_be_told_waits_for_the_next_picture() -> None:
    """Pieces of even length: none is short, so none shows that it is the last."""
    assembler = PictureAssembler("h264")
    out: list[tuple[int, CodedPicture]] = []
    for number in range(40):
        head = b"\x65" if number % 10 == 0 else b"\x41"
        for i in range(4):
            piece = (CODE + head if i == 0 else b"") + b"\xaa" * 1200
            out += [(number, picture) for picture in assembler.push(piece, number, number)]
    assert not assembler.prompt
    assert all(number == picture.came_at_ns + 1 for number, picture in out)


def test_a_picture_with_more_slices_than_all_before_breaks_once_and_never_again() -> None:
    assembler = PictureAssembler("h264")
    before = play(assembler, [500] * 40)
    assert before[-1][0] == before[-1][1].came_at_ns
    out: list[CodedPicture] = []
    for number in range(100, 120):
        for _ in range(2):
            out += assembler.push(CODE + b"\x41" + b"\xaa" * 400, number, number)
    assert assembler.broken == 1
    assert all(len(split_annex_b(picture.data)) == 2 for picture in out[1:])


@given(st.lists(st.tuples(st.binary(max_size=40), st.one_of(st.none(), st.integers(0, 5))), max_size=40))
def test_any_pieces_give_pictures_of_those_bytes(given_pieces: list[tuple[bytes, int | None]]) -> None:
    assembler = PictureAssembler("h264")
    out = [p for n, (piece, pts) in enumerate(given_pieces) for p in assembler.push(piece, pts, n)]
    assert sum(len(picture.data) for picture in out) <= sum(len(piece) for piece, _ in given_pieces)


def jpeg(fill: int, size: int = 90, *, thumbnail: bool = False) -> bytes:
    inner = b"\xff\xe1" + (2 + 6).to_bytes(2, "big") + b"\xff\xd8\x01\x02\xff\xd9" if thumbnail else b""
    frame = b"\xff\xc0\x00\x0b\x08\x00\x78\x00\xa0\x01\x01\x11\x00"
    return (
        b"\xff\xd8"
        + (inner or b"\xff\xe0\x00\x04\x00\x00")
        + frame
        + b"\xff\xda\x00\x02"
        + bytes([fill]) * size
        + b"\xff\xd9"
    )


def body(pictures: list[bytes], *, lengths: bool) -> bytes:
    out = b""
    for picture in pictures:
        out += b"--frame\r\nContent-Type: image/jpeg\r\n"
        out += f"Content-Length: {len(picture)}\r\n".encode() if lengths else b""
        out += b"\r\n" + picture + b"\r\n"
    return out


@pytest.mark.parametrize("lengths", [True, False])
@pytest.mark.parametrize("cut", [1, 7, 64, 100_000])
def test_pictures_come_out_of_a_body_cut_anywhere(lengths: bool, cut: int) -> None:
    pictures = [jpeg(1), jpeg(2, 300, thumbnail=True), jpeg(3)]
    data = body(pictures, lengths=lengths)
    reader = MultipartReader()
    found = [p for i in range(0, len(data), cut) for p in reader.push(data[i : i + cut])]
    assert found == pictures


def test_a_jpeg_tells_its_size() -> None:
    assert jpeg_size(jpeg(1)) == (160, 120)
    assert jpeg_size(b"\xff\xd8\xff") is None


def test_what_is_no_picture_or_too_large_is_refused() -> None:
    with pytest.raises(BrokenMultipartError, match="no JPEG"):
        MultipartReader().push(b"<html>" * 5000)
    with pytest.raises(BrokenMultipartError, match="larger than 16 MiB"):
        MultipartReader().push(b"Content-Length: 99999999\r\n\r\n" + jpeg(1))
    reader = MultipartReader()
    head = jpeg(1)[:-2]
    with pytest.raises(BrokenMultipartError, match="larger than 16 MiB"):
        for piece in itertools.chain([head], itertools.repeat(bytes(1 << 20), 20)):
            reader.push(piece)


@settings(max_examples=200)
@given(
    st.lists(
        st.one_of(st.binary(max_size=60), st.sampled_from([b"\xff\xd8\xff", b"\xff\xd9", b"\r\n--frame\r\n"])),
        max_size=30,
    )
)
def test_any_body_gives_pictures_or_an_error(chunks: list[bytes]) -> None:
    reader = MultipartReader()
    total = 0
    for chunk in chunks:
        try:
            total += sum(len(picture) for picture in reader.push(chunk))
        except BrokenMultipartError:
            break
    assert total <= sum(map(len, chunks))
