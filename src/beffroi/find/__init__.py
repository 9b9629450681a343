"""Search, synopsis, replay (not built yet).

Takes: nothing yet.
Gives: nothing yet.
May import: sense, see, judge, keep, geometry, ports, vocabulary.
Design doc: docs/design/shape.md.
"""
