"""The nouns of the product.

Takes: nothing.
Gives: frozen, checked data classes, units and errors that every room speaks.
May import: numpy and the standard library.
Design doc: docs/design/data-model.md, docs/design/time.md.
"""
