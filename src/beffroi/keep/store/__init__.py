"""The store: rows on disk, one writer, acknowledged means durable.

Takes: nouns and plain rows, inside a transaction that govern opens.
Gives: the same nouns back.
May import: geometry, ports, vocabulary.
Design doc: docs/design/data-model.md.
"""
