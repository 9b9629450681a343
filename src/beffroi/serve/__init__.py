"""The house speaks: HTTP API, event stream, live view, outgoing messages.

Takes: requests, worker messages.
Gives: answers, streams, deliveries.
May import: run and below.
Design doc: docs/design/api.md.
"""
