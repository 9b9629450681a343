"""Pictures as they may leave a worker: homes masked, people and vehicles hidden."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from beffroi.keep.privacy import burn, hide
from beffroi.keep.stills import jpeg
from beffroi.ports.source import Packet, StreamInfo
from beffroi.run.camera import CameraLife
from beffroi.run.coding import PictureCoder
from beffroi.run.eyes import Eyes
from beffroi.see.hiding import Hiding
from beffroi.sense.decoding import StreamDecoder
from beffroi.vocabulary.errors import BlurUnavailableError, SourceError, SourceLostError
from beffroi.vocabulary.picture import Frame, MotionMap
from beffroi.vocabulary.rules import Zone

BLURRED_WIDTH_PX = 640
BLURRED_FPS = 12.0
CLEAR_WIDTH_PX = 1280
CLEAR_FPS = 25.0
"""How large and fast pictures are that had to be coded anew. Source: our choice, ADR 97."""
STILL_BLOCK_S = 2.5
"""How much of the past a blurred still looks at, to know what moves. Source: our choice, ADR 97."""


def masked(frame: Frame, masks: Sequence[Zone]) -> Frame:
    """The frame with its masks burned in."""
    return replace(frame, rgb=burn(frame.rgb, masks)) if masks else frame


class BlurredPictures:
    """Hides people and vehicles in one camera's pictures, in order. None comes out that was not looked at."""

    def __init__(self, camera_id: str, masks: Sequence[Zone], eyes: Eyes, *, urgent: bool = True) -> None:
        self._masks, self._eyes, self._urgent = masks, eyes, urgent
        self._hiding = Hiding(camera_id)

    def watch(self, frame: Frame) -> MotionMap:
        """Learn from a picture that is not shown."""
        return self._hiding.watch(masked(frame, self._masks))

    def blurred(self, frame: Frame, motion: MotionMap | None = None) -> Frame:
        """The frame as it may be shown. ``motion``: where it moves, if that is known (None: as watched so far).

        Raises:
            BlurUnavailableError: it may not.
        """
        bare = masked(frame, self._masks)
        seen = self._eyes.detect(bare, urgent=self._urgent)
        try:
            return replace(bare, rgb=hide(bare.rgb, self._hiding.areas(bare, seen, motion)))
        except Exception as error:  # whatever breaks here, the clear picture does not come out
            raise BlurUnavailableError(f"hiding people failed ({type(error).__name__})") from error


def blurred_packets(
    packets: Sequence[Packet], info: StreamInfo, pictures: BlurredPictures, *, camera_id: str
) -> tuple[list[Packet], StreamInfo]:
    """Packets of one run, coded anew with people and vehicles hidden.

    Raises:
        BlurUnavailableError: a picture cannot be hidden, or none can be decoded.
    """
    coder = PictureCoder(min(BLURRED_FPS, info.nominal_fps or BLURRED_FPS))
    coded = [
        coder.code(shown.rgb, shown.ref)
        for shown in map(pictures.blurred, _frames(packets, info, camera_id, (BLURRED_FPS, BLURRED_WIDTH_PX)))
    ]
    return _whole(coded)


def masked_packets(
    packets: Sequence[Packet], info: StreamInfo, masks: Sequence[Zone], *, camera_id: str
) -> tuple[list[Packet], StreamInfo]:
    """Packets of one run, coded anew with the masks burned in.

    Raises:
        BlurUnavailableError: none can be decoded.
    """
    coder = PictureCoder(min(CLEAR_FPS, info.nominal_fps or CLEAR_FPS))
    frames = _frames(packets, info, camera_id, (CLEAR_FPS, CLEAR_WIDTH_PX))
    return _whole([coder.code(burn(frame.rgb, masks), frame.ref) for frame in frames])


def blurred_picture(packets: Sequence[Packet], info: StreamInfo, pictures: BlurredPictures, camera_id: str) -> Frame:
    """The last picture of some packets, blurred by what the ones before tell of motion.

    Raises:
        BlurUnavailableError: it cannot be hidden, or none can be decoded.
    """
    frames = list(_frames(packets, info, camera_id, (BLURRED_FPS, BLURRED_WIDTH_PX)))
    if not frames:
        raise BlurUnavailableError("no picture of this camera can be decoded")
    for frame in frames[:-1]:
        pictures.watch(frame)
    return pictures.blurred(frames[-1])


def blurred_still(life: CameraLife, eyes: Eyes) -> bytes:
    """JPEG of a camera's newest picture with people and vehicles hidden.

    Raises:
        BlurUnavailableError: there is a picture, but it cannot be hidden.
        SourceLostError: there is none.
    """
    packets, info = life.last_seconds(STILL_BLOCK_S)
    if not packets or info is None:
        raise SourceLostError(life.main.detail or "the camera has given no picture yet", reason="lost")
    pictures = BlurredPictures(life.camera_id, life.order.camera.masks, eyes)
    return jpeg(blurred_picture(packets, info, pictures, life.camera_id).rgb)


def _frames(packets: Sequence[Packet], info: StreamInfo, camera_id: str, limits: tuple[float, int]) -> Iterator[Frame]:
    fps, width_px = limits
    try:
        decoder = StreamDecoder(info, camera_id=camera_id, analysed_fps=fps, max_width_px=width_px)
    except SourceError as error:
        raise BlurUnavailableError(str(error)) from error
    for packet in packets:
        yield from decoder.decode(packet)
    yield from decoder.flush()


def _whole(coded: list[tuple[Packet, StreamInfo]]) -> tuple[list[Packet], StreamInfo]:
    if not coded:
        raise BlurUnavailableError("no picture of that moment can be decoded")
    return [packet for packet, _ in coded], coded[0][1]
