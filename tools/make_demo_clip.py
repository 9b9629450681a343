#!/usr/bin/env python3
"""Make the demo clip from Debian's opencv-doc (samples/data/vtest.avi: pedestrians seen by a street camera).

Usage: make_demo_clip.py VTEST_AVI OUT.mp4      (``dpkg -L opencv-doc | grep vtest.avi`` names the input)
H.264 as cameras send it: no B-frames, a keyframe every two seconds, yuv420p.
"""

from __future__ import annotations

import hashlib
import sys
from fractions import Fraction
from pathlib import Path

import av

SOURCE_SHA256 = "45cddc9490be69345cbdab64ca583be65987e864ca408038e648db99e10516cf"
FPS = 10


def transcode(source: Path, out: Path) -> int:
    """Re-encode the clip; the number of frames written."""
    count = 0
    with av.open(str(source)) as clip, av.open(str(out), "w", options={"movflags": "+faststart"}) as mp4:
        stream = mp4.add_stream("libx264", rate=FPS)
        first = clip.streams.video[0]
        stream.width, stream.height, stream.pix_fmt = first.width, first.height, "yuv420p"
        stream.codec_context.time_base = Fraction(1, FPS)
        stream.options = {"crf": "31", "preset": "slow", "bf": "0", "g": str(2 * FPS), "sc_threshold": "0"}
        for frame in clip.decode(video=0):
            frame.pts, frame.time_base = count, Fraction(1, FPS)
            mp4.mux(stream.encode(frame.reformat(format="yuv420p")))
            count += 1
        mp4.mux(stream.encode())
    return count


def main() -> int:
    source, out = Path(sys.argv[1]), Path(sys.argv[2])
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    if digest != SOURCE_SHA256:
        sys.exit(f"{source}: SHA-256 is {digest}, expected {SOURCE_SHA256}: not the clip of opencv-doc 4.6.0")
    print(f"{out}: {transcode(source, out)} frames, SHA-256 {hashlib.sha256(out.read_bytes()).hexdigest()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
