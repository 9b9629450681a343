"""What is kept: ring buffers, clips, stills, the store.

Takes: packets, frames, nouns to store.
Gives: evidence files, rows, live fragments.
May import: geometry, ports, vocabulary.
Design doc: docs/design/data-model.md.
"""
