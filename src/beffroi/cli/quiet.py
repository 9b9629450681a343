"""What a command on files says in its log: warnings and worse, on standard error; the result stays readable."""

from __future__ import annotations

import logging
import sys

import structlog


def say_warnings_only() -> None:
    """Keep a house's diary (which runtime was chosen, which stream is up) out of a command's answer."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
    )
