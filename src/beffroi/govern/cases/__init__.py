"""Judicial cases: what a requisition covers, and the sealed exports it may be answered with.

``opening`` is the door of cases, ``exporting`` that of exports; ``contents`` gathers what goes into one, ``archive``
writes it, ``verify`` (with ``sealing``) checks it wherever it goes, without anything of ours.
"""
