"""The verbs: what a part must do, whoever does it.

Takes: nouns of the vocabulary.
Gives: Protocols and the plug-in registry.
May import: vocabulary.
Design doc: docs/design/plug-ins.md.
"""
