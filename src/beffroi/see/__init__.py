"""Pixels become tracks.

Takes: frames.
Gives: motion, picture health, detections, tracks.
May import: geometry, ports, vocabulary.
Design doc: docs/design/shape.md.
"""
