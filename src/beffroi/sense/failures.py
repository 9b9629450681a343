"""What libav and sockets say, in our words: no secret, and what to do about it."""

from __future__ import annotations

import errno
import re
from urllib.parse import quote, unquote, urlsplit, urlunsplit

import av

from beffroi.vocabulary.errors import SourceError, SourceLostError, SourceRefusedError, SourceUnreadableError

_AUTHORITY = r"[^/?#\s]*@"
_UNESCAPED = r"[^/?#@:\[\s]*:(?!\d{1,5}(?:[/?#\s]|$))[^\s]*?@"
"""A password pasted with its own / ? or #: a colon that no port follows."""
_USERINFO = re.compile(rf"(?<=://)(?:(?:{_UNESCAPED}[^\s]*@)|{_UNESCAPED}|{_AUTHORITY})")
_PASTED = re.compile(f"{_AUTHORITY}|{_UNESCAPED}")


def without_credentials(url: str) -> str:
    """The address as it may be shown: user, password, query and fragment left out; in doubt, too much of it is.

    >>> without_credentials("rtsp://me:secret@10.0.0.7/live?token=1")
    'rtsp://10.0.0.7/live'
    """
    bare = _USERINFO.sub("", url)
    if "://" not in bare:
        return bare
    return re.split(r"[?#]", bare, maxsplit=1)[0]


def hidden_in(text: str) -> str:
    """A text with the credentials of every address in it hidden; the rest stays, for logs and traces.

    >>> hidden_in("cannot open rtsp://me:secret@10.0.0.7/live?x=1 now")
    'cannot open rtsp://***@10.0.0.7/live?x=1 now'
    """
    return _USERINFO.sub("***@", text)


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
    scheme, _, rest = url.partition("://")
    found = _PASTED.match(rest)
    if found is None:
        return url, "", ""
    name, _, secret = found.group()[:-1].partition(":")
    return f"{scheme}://{rest[found.end() :]}", unquote(name), unquote(secret)


_LOST = "lost"
_KINDS: tuple[tuple[tuple[type[Exception], ...], str, str], ...] = (
    (
        (av.error.HTTPUnauthorizedError, av.error.HTTPForbiddenError),
        "refused",
        "{0} refuses: check the user name and password of this camera",
    ),
    ((PermissionError,), "refused", "{0} may not be read by this account: give it the right to (group 'video')"),
    (
        (av.error.HTTPNotFoundError,),
        _LOST,
        "{0}: the device answers but has no stream of that name: check the path",
    ),
    (
        (av.error.HTTPError,),
        _LOST,
        "{0}: the device answers with an error of its own: restart it or check the path",
    ),
    ((av.error.ExitError,), "frozen", "{0} sent nothing for {1:g} s: is the device on, reachable and not overloaded?"),
    ((TimeoutError, BlockingIOError), _LOST, "{0} did not answer within {1:g} s: is the device on and reachable?"),
    ((EOFError,), "ended", "{0}: the stream ended"),
    ((ConnectionRefusedError,), _LOST, "{0}: nothing listens there: check the address and port"),
    ((ConnectionError,), _LOST, "{0}: the connection broke"),
    ((FileNotFoundError,), _LOST, "{0} does not exist: check the path"),
    (
        (
            av.error.InvalidDataError,
            av.error.ArgumentError,
            av.error.DecoderNotFoundError,
            av.error.DemuxerNotFoundError,
        ),
        "unreadable",
        "{0} holds no video that can be read: give H.264, H.265 or MJPEG video, whole and unencrypted",
    ),
    ((OSError, av.error.ProtocolNotFoundError, ValueError), _LOST, "{0} cannot be opened ({2}): check the address"),
)


def failure(error: Exception, address: str, *, waited_s: float = 0.0) -> SourceError:
    """The error to raise for what libav raised; ``address`` has no credentials.

    Raise it outside the ``except`` block: libav's own text holds the address with its password, and would stay
    attached as context.
    """
    if address.startswith("rtsps:") and getattr(error, "errno", 0) == errno.EIO:
        text = f"{address} shows a certificate that is not trusted: name a file with it in BEFFROI_TLS_CA_FILE"
        return SourceRefusedError(text)
    cause = without_credentials(getattr(error, "strerror", None) or type(error).__name__)
    for kinds, reason, text in _KINDS:
        if isinstance(error, kinds):
            told = text.format(address, waited_s, cause)
            if reason == "refused":
                return SourceRefusedError(told)
            return SourceUnreadableError(told) if reason == "unreadable" else SourceLostError(told, reason=reason)
    return SourceUnreadableError(f"{address} cannot be read ({type(error).__name__})")
