"""Figures: data sets, matching, metrics, reports.

Takes: truth files and what the product said.
Gives: metrics.json, reports, scores.
May import: sense, see, judge, keep, geometry, ports, vocabulary.
Design doc: docs/design/evaluation.md.
"""
