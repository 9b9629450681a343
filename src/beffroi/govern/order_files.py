"""The door of the orders' files: what was signed, as it came, findable by its digest."""

from __future__ import annotations

import hashlib

from beffroi.govern.passage import Passage
from beffroi.govern.rights import Actor, Right
from beffroi.keep.store import authorisations, orders
from beffroi.keep.store.orders import OrderFile as OrderFile
from beffroi.vocabulary.errors import InvalidInputError, NotFoundError, StorageError
from beffroi.vocabulary.journal import Detail

ORDER_MOST_BYTES = 8_000_000
"""A scanned order of some pages. Source: our choice."""
_NAME_MOST = 120
_MAGIC = ((b"%PDF-", "application/pdf"), (b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"))


class OrderFiles:
    """Keeps and gives the files of orders."""

    def __init__(self, passage: Passage) -> None:
        self._passage = passage

    def keep(self, actor: Actor, name: str, content: bytes) -> OrderFile:
        """Keep a file; the same bytes again are the same file.

        Raises:
            InvalidInputError: empty, too large, or neither PDF, PNG nor JPEG by its first bytes.
        """
        mend = "Send the signed order as PDF, PNG or JPEG."
        if not content:
            raise InvalidInputError("the file is empty", where="file", mend=mend)
        if len(content) > ORDER_MOST_BYTES:
            most = f"{ORDER_MOST_BYTES // 1_000_000} MB"
            raise InvalidInputError("the file is too large", where="file", mend=f"Send {most} at most.")
        kinds = [media_type for magic, media_type in _MAGIC if content.startswith(magic)]
        if not kinds:
            raise InvalidInputError("the file is neither PDF, PNG nor JPEG", where="file", mend=mend)
        digest = hashlib.sha256(content).hexdigest()
        about = f"order:{digest}"
        detail: Detail = {"bytes": len(content), "kind": kinds[0]}
        with self._passage.writing(actor, Right.EDIT_AUTHORISATIONS, about, act="keep_order", detail=detail) as writing:
            kept = OrderFile(
                sha256=digest,
                name=plain_name(name),
                media_type=kinds[0],
                content=content,
                made_at=writing.now,
                made_by=actor.name,
            )
            orders.add_order(writing.connection, kept)
        return kept

    def of(self, actor: Actor, authorisation_id: str) -> OrderFile:
        """The file of an authorisation's order; reading it is traced.

        Raises:
            NotFoundError: no such authorisation, or it has no file.
            StorageError: the kept bytes are no longer those that were signed.
        """
        about = f"authorisation:{authorisation_id}"
        with self._passage.writing(actor, Right.SEE_AUTHORISATIONS, about, act="read_order") as writing:
            given = authorisations.all_authorisations(writing.connection)
            named = [one.order_sha256 for one in given if one.authorisation_id == authorisation_id]
            found = orders.get_order(writing.connection, named[0]) if named and named[0] else None
            if found is None:
                raise NotFoundError(f"there is no order's file of authorisation {authorisation_id!r}")
        if hashlib.sha256(found.content).hexdigest() != found.sha256:
            raise StorageError("the kept file of this order was altered. Put back the last saved copy.")
        return found


def plain_name(name: str) -> str:
    """A file's name without folders or control characters.

    >>> plain_name("../../etc/arrêté 12.pdf")
    'arrêté 12.pdf'
    """
    last = name.replace("\\", "/").rpartition("/")[2]
    kept = "".join(letter for letter in last if letter.isprintable() and letter not in '<>:"|?*').strip(". ")
    return kept[-_NAME_MOST:] or "order"
