"""Which pictures are due; what is said, and never said, when a source fails."""

from __future__ import annotations

import random

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from beffroi.ports.registry import API_VERSION, BrokenPlugin, PluginSpec, Registry
from beffroi.ports.source import PacketSource, StreamInfo
from beffroi.sense.decoding import Pacing, StreamDecoder, scaled_size
from beffroi.sense.failures import failure, split_credentials, with_credentials, without_credentials
from beffroi.sense.opening import open_source
from beffroi.vocabulary.camera import StreamKind, StreamSpec
from beffroi.vocabulary.errors import PluginError, SourceLostError, SourceRefusedError, SourceUnreadableError

MS = 1_000_000


@given(
    source_fps=st.floats(1, 60),
    asked=st.floats(1, 25),
    seed=st.integers(0, 1 << 30),
    jitter=st.sampled_from([0.0, 0.2]),
)
def test_the_asked_rate_is_kept_without_drift(source_fps: float, asked: float, seed: int, jitter: float) -> None:
    pacing, chance = Pacing(asked), random.Random(seed)
    times = [max(0, round((n + chance.uniform(-jitter, jitter)) / source_fps * 1e9)) for n in range(400)]
    due = sum(pacing.due(time) for time in times)
    wanted = min(asked, source_fps) * times[-1] / 1e9
    assert due <= asked * times[-1] / 1e9 + 2
    assert due >= (wanted - 2 if not jitter else 0.85 * wanted - 2)


@pytest.mark.parametrize("fps", [1, 5, 10, 25])
def test_a_camera_at_the_asked_rate_loses_nothing_to_jitter(fps: int) -> None:
    pacing = Pacing(fps)
    period = 1e9 / fps
    shifts = (0, 0.25, -0.25, 0.2, -0.15, 0.1)
    assert all(pacing.due(max(0, round((n + shifts[n % 6]) * period))) for n in range(600))


def test_sizes_keep_their_shape() -> None:
    assert scaled_size(1920, 1080, 640) == (640, 360)
    assert scaled_size(352, 288, 640) == (352, 288)
    assert scaled_size(1001, 999, 333) == (332, 332)
    assert scaled_size(4000, 10, 640) == (640, 2)


SECRETS = st.text(min_size=1, max_size=20).filter(lambda s: s.isprintable())


@given(SECRETS, SECRETS)
def test_credentials_go_into_an_address_and_come_out_whole(user: str, password: str) -> None:
    url = with_credentials("rtsp://10.0.0.7:554/live?x=1", user, password)
    assert split_credentials(url) == ("rtsp://10.0.0.7:554/live?x=1", user, password)
    assert without_credentials(url) == "rtsp://10.0.0.7:554/live"


@pytest.mark.parametrize(
    ("pasted", "address", "password"),
    [
        ("rtsp://me:se@cret@10.0.0.7/live", "rtsp://10.0.0.7/live", "se@cret"),
        ("rtsp://me:se/cret@10.0.0.7/live", "rtsp://10.0.0.7/live", "se/cret"),
        ("rtsp://me:se?cr#et@10.0.0.7/live", "rtsp://10.0.0.7/live", "se?cr#et"),
        ("rtsp://10.0.0.7:554/live@hd", "rtsp://10.0.0.7:554/live@hd", ""),
        ("rtsp://[fe80::7]:554/live@hd", "rtsp://[fe80::7]:554/live@hd", ""),
        ("/films/a@b.mp4", "/films/a@b.mp4", ""),
    ],
)
def test_credentials_as_people_paste_them(pasted: str, address: str, password: str) -> None:
    assert split_credentials(pasted) == (address, "me" if password else "", password)
    assert without_credentials(pasted) == address


@pytest.mark.parametrize("pasted", ["rtsp://me:a@se/cret@10.0.0.7/live", "see rtsp://me:/a@se@cret@10.0.0.7/live"])
def test_what_is_shown_of_an_odd_address_holds_nothing_of_its_password(pasted: str) -> None:
    assert "se" not in without_credentials(pasted).removeprefix("see ")
    assert "cret" not in without_credentials(pasted)


CASES = [
    (av.error.HTTPUnauthorizedError, SourceRefusedError, "refused"),
    (av.error.HTTPForbiddenError, SourceRefusedError, "refused"),
    (av.error.HTTPNotFoundError, SourceLostError, "lost"),
    (av.error.HTTPServerError, SourceLostError, "lost"),
    (av.error.ExitError, SourceLostError, "frozen"),
    (av.error.TimeoutError, SourceLostError, "lost"),
    (av.error.ConnectionRefusedError, SourceLostError, "lost"),
    (av.error.ConnectionResetError, SourceLostError, "lost"),
    (av.error.InvalidDataError, SourceUnreadableError, "unreadable"),
    (av.error.EOFError, SourceLostError, "ended"),
    (av.error.UnknownError, SourceUnreadableError, "unreadable"),
]


@pytest.mark.parametrize(("raised", "told", "reason"), CASES)
def test_each_failure_has_its_name_and_no_secret(raised: type[Exception], told: type[Exception], reason: str) -> None:
    error = failure(raised(1, "failed at rtsp://me:secret@h/x", "rtsp://me:secret@h/x"), "rtsp://h/x", waited_s=5)
    assert type(error) is told
    assert error.reason == reason
    assert "rtsp://h/x" in str(error)
    assert "secret" not in str(error)


def test_an_unknown_codec_is_told() -> None:
    info = StreamInfo(
        codec="no_such", width_px=2, height_px=2, time_base_num=1, time_base_den=1, extradata=b"", nominal_fps=5.0
    )
    with pytest.raises(SourceUnreadableError, match=r"set the camera to H\.264"):
        StreamDecoder(info, camera_id="a", analysed_fps=5)


def test_a_foreign_source_wins_over_ours() -> None:
    asked: list[tuple[StreamSpec, str]] = []

    def foreign(spec: StreamSpec, *, camera_id: str) -> PacketSource:
        asked.append((spec, camera_id))
        raise SourceLostError("the foreign camera is off")

    registry = Registry()
    plugin = PluginSpec(name="usb", group="sources", api_version=API_VERSION, factory=foreign)
    registry.add("sources", "usb", plugin)
    spec = StreamSpec(kind=StreamKind.USB, url="7")
    with pytest.raises(SourceLostError, match="foreign camera"):
        open_source(spec, camera_id="hall", registry=registry)
    assert asked == [(spec, "hall")]


def test_a_foreign_source_that_breaks_is_named_without_what_it_says() -> None:
    def foreign(spec: StreamSpec, *, camera_id: str) -> PacketSource:
        raise KeyError(f"no session for {spec.username}:{spec.password} of {camera_id}")

    registry = Registry()
    registry.add("sources", "usb", PluginSpec(name="usb", group="sources", api_version=API_VERSION, factory=foreign))
    spec = StreamSpec(kind=StreamKind.USB, url="7", username="agent", password="hidden word")
    with pytest.raises(PluginError, match="'usb' broke while opening \\(KeyError\\)") as broken:
        open_source(spec, camera_id="hall", registry=registry)
    assert broken.value.__context__ is None


def test_a_source_plug_in_that_cannot_be_loaded_is_not_silently_replaced_by_ours() -> None:
    registry = Registry()
    registry.broken.append(BrokenPlugin(name="usb", group="sources", cause="ImportError: no module named libcam"))
    with pytest.raises(PluginError, match="no module named libcam"):
        open_source(StreamSpec(kind=StreamKind.USB, url="7"), camera_id="hall", registry=registry)
