"""The only door to footage and stores: authorisations, accounts, rights, traces.

Takes: requests with an actor and a purpose.
Gives: coverage, sessions, doors to the stores.
May import: find, measure and below.
Design doc: docs/design/governance.md.
"""
