"""The tree of errors a caller may catch.

BeffroiError
├── InvalidInputError      what a person wrote is wrong: says what, where and how to mend it
│   ├── SceneError         a scene file
│   ├── RuleError          a rule or its parameters
│   └── ModelCardError     a model card, or weights that do not match it
├── SourceError            a camera or file
│   ├── SourceRefusedError     credentials or permission
│   ├── SourceLostError        was there, or never came: network, file missing, time-out
│   ├── SourceUnreadableError  there, but not video we can read
│   └── BlurUnavailableError   there, but what must be hidden in it cannot be, so it is not shown
├── NotAuthorisedError     no authorisation, role or purpose covers the act
├── NotFoundError          the thing named does not exist
├── ConflictError          the thing changed meanwhile, or the act does not fit its state
├── PluginError            a plug-in cannot be loaded or broke its contract
└── StorageError           disk or database refuses (full, read-only, corrupt)
"""

from __future__ import annotations


class BeffroiError(Exception):
    """Any failure that Beffroi foresaw. ``str(error)`` can be shown to a person; it holds no secret."""


class InvalidInputError(BeffroiError):
    """What a person wrote is wrong.

    ``what`` names the fault, ``where`` the file, line or field, ``mend`` what to do about it.
    """

    def __init__(self, what: str, *, where: str = "", mend: str = "") -> None:
        self.what, self.where, self.mend = what, where, mend
        text = f"{where}: {what}" if where else what
        super().__init__(f"{text}. {mend}" if mend else text)


class SceneError(InvalidInputError):
    """A scene file cannot be used."""


class RuleError(InvalidInputError):
    """A rule or one of its parameters cannot be used."""


class ModelCardError(InvalidInputError):
    """A model card is wrong, or weights do not match it."""


class SourceError(BeffroiError):
    """A camera or file gives no usable video. ``reason`` is a CameraReason value."""

    def __init__(self, text: str, *, reason: str = "unreadable") -> None:
        self.reason = reason
        super().__init__(text)


class SourceRefusedError(SourceError):
    """The source answered and refused: credentials or permission."""

    def __init__(self, text: str) -> None:
        super().__init__(text, reason="refused")


class SourceLostError(SourceError):
    """The source is not there: missing file, network, time-out, end of stream."""

    def __init__(self, text: str, *, reason: str = "lost") -> None:
        super().__init__(text, reason=reason)


class SourceUnreadableError(SourceError):
    """The source answers, but with nothing that can be read as video."""

    def __init__(self, text: str) -> None:
        super().__init__(text, reason="unreadable")


class BlurUnavailableError(SourceError):
    """A picture whose people or homes cannot be hidden now is not shown; says why."""

    def __init__(self, text: str) -> None:
        super().__init__(text, reason="blur_unavailable")


class NotAuthorisedError(BeffroiError):
    """No authorisation, role or purpose covers the act."""


class NotFoundError(BeffroiError):
    """The thing named does not exist."""


class ConflictError(BeffroiError):
    """The thing changed meanwhile, or the act does not fit its state."""


class PluginError(BeffroiError):
    """A plug-in cannot be loaded or broke its contract."""


class StorageError(BeffroiError):
    """Disk or database refuses: full, read-only or corrupt."""
