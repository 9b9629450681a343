"""The conformance kit for plug-ins, and real fakes for tests.

Takes: a plug-in.
Gives: checks that raise with what is wrong.
May import: govern and below.
Design doc: docs/design/plug-ins.md.
"""
