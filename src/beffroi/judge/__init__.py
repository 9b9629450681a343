"""Tracks become events, events become alerts: pure, without I/O or clock.

Takes: tracks, picture health, camera states, rules.
Gives: events, alerts, states derived from verdicts.
May import: geometry, ports, vocabulary.
Design doc: docs/design/shape.md.
"""
