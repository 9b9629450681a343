"""Arrays in, arrays out: boxes, polygons, lines, directions.

Takes: numpy arrays.
Gives: IoU, inside tests, crossings, distances.
May import: vocabulary, ports.
Design doc: docs/design/shape.md.
"""
