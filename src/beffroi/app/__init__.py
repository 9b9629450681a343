"""The only place that introduces rooms to each other.

Takes: settings.
Gives: the running house.
May import: everything but cli.
Design doc: docs/design/shape.md.
"""
