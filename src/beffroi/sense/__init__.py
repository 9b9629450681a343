"""The world comes in: cameras and files as packets and frames, scene files as rules.

Takes: addresses, files, bytes of others.
Gives: packets, frames, scenes; errors that say what to mend.
May import: geometry, ports, vocabulary.
Design doc: docs/design/shape.md.
"""
