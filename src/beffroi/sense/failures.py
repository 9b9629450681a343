"""What libav and sockets say, in our words: no secret, and what to do about it."""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit, urlunsplit

import av

from beffroi.vocabulary.errors import SourceError, SourceLostError, SourceRefusedError, SourceUnreadableError

_USERINFO = re.compile(r"(?<=://)[^/?#@\s]*@")
_UNREADABLE = (av.error.InvalidDataError, av.error.DecoderNotFoundError, av.error.DemuxerNotFoundError)
_ADDRESS = (OSError, av.error.ProtocolNotFoundError, ValueError)


def without_credentials(url: str) -> str:
    """The address as it may be shown: user, password, query and fragment left out.

    >>> without_credentials("rtsp://me:secret@10.0.0.7/live?token=1")
    'rtsp://10.0.0.7/live'
    """
    bare = _USERINFO.sub("", url)
    if "://" not in bare:
        return bare
    return re.split(r"[?#]", bare, maxsplit=1)[0]


def with_credentials(url: str, username: str, password: str) -> str:
    """The address as only libav may see it: credentials percent-encoded.

    >>> with_credentials("rtsp://10.0.0.7/live", "me", "p@ss:/word")
    'rtsp://me:p%40ss%3A%2Fword@10.0.0.7/live'
    """
    if not username and not password:
        return url
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{quote(username, safe='')}:{quote(password, safe='')}@{host}"))


def split_credentials(url: str) -> tuple[str, str, str]:
    """(address without credentials, username, password) of an address that may hold them, as people paste it.

    >>> split_credentials("rtsp://me:p%40ss@10.0.0.7/live")
    ('rtsp://10.0.0.7/live', 'me', 'p@ss')
    """
    from urllib.parse import unquote

    parts = urlsplit(url)
    user, at, host = parts.netloc.rpartition("@")
    if not at:
        return url, "", ""
    name, _, secret = user.partition(":")
    return urlunsplit(parts._replace(netloc=host)), unquote(name), unquote(secret)


def failure(error: Exception, address: str, *, waited_s: float = 0.0) -> SourceError:
    """The error to raise for what libav raised; ``address`` has no credentials.

    Raise it outside the ``except`` block: libav's own text holds the address with its password, and would stay
    attached as context.
    """
    if isinstance(error, av.error.HTTPUnauthorizedError | av.error.HTTPForbiddenError):
        return SourceRefusedError(f"{address} refuses: check the user name and password of this camera")
    if isinstance(error, PermissionError):
        return SourceRefusedError(f"{address} may not be read by this account: give it the right to (group 'video')")
    if isinstance(error, av.error.HTTPNotFoundError):
        return SourceLostError(f"{address}: the device answers but has no stream of that name: check the path")
    if isinstance(error, av.error.ExitError | TimeoutError | av.error.BlockingIOError):
        text = f"{address} sent nothing for {waited_s:g} s: is the device on, reachable and not overloaded?"
        return SourceLostError(text, reason="frozen" if isinstance(error, av.error.ExitError) else "lost")
    if isinstance(error, EOFError):
        return SourceLostError(f"{address}: the stream ended", reason="ended")
    if isinstance(error, ConnectionRefusedError):
        return SourceLostError(f"{address}: nothing listens there: check the address and port")
    if isinstance(error, ConnectionError | BrokenPipeError):
        return SourceLostError(f"{address}: the connection broke")
    if isinstance(error, FileNotFoundError):
        return SourceLostError(f"{address} does not exist: check the path")
    if isinstance(error, _UNREADABLE):
        return SourceUnreadableError(f"{address} holds no video that can be read: give H.264, H.265 or MJPEG video")
    if isinstance(error, _ADDRESS):
        cause = getattr(error, "strerror", None) or type(error).__name__
        return SourceLostError(f"{address} cannot be opened ({without_credentials(cause)}): check the address")
    return SourceUnreadableError(f"{address} cannot be read ({type(error).__name__})")
