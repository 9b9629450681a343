"""One camera's life: pipeline, worker, supervisor.

Takes: orders: authorised rules on cameras.
Gives: events, states, evidence, live pictures.
May import: govern and below.
Design doc: docs/design/shape.md, docs/design/processes.md.
"""
