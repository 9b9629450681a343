"""Commands.

Takes: arguments.
Gives: results on screen and in files, exit codes.
May import: everything.
Design doc: docs/design/shape.md.
"""
