"""Follows things from frame to frame: our own ByteTrack.

Takes: detections and motion of one camera.
Gives: tracks now, counts now.
May import: geometry, ports, vocabulary.
Design doc: docs/decisions/0020-tracking.md.
"""

from beffroi.see.track.counting import count_now, in_view
from beffroi.see.track.settings import FilterSettings, TrackSettings
from beffroi.see.track.tracker import ByteTracker

__all__ = ["ByteTracker", "FilterSettings", "TrackSettings", "count_now", "in_view"]
