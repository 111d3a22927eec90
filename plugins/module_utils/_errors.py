# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The failures of the collection: one exception for each ``error_code``, which has its name.

The message says what happened. ``_module`` and ``_target_module`` turn an exception into Ansible's result.
"""

from __future__ import annotations

import contextlib
import re
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message, Text


class WotrusError(Exception):
    """Base of all failures that users see.

    :ivar error_code: the ``error_code`` of the result, which never changes
    :ivar message: what happened; its words become text when they are shown
    :ivar order_id: the order of the failure, if there is one
    :ivar answer_lost: the server may have acted, but its answer was lost
    :ivar is_temporary: another try of the same call may succeed
    :ivar retry_after: the seconds that the server wants the client to wait
    :ivar details: further return values of the failure
    :ivar next_step: what a person can do, if the ``error_code`` does not determine it
    """

    error_code = "error"

    def __init_subclass__(cls) -> None:
        """Name the error code after the class, such as ``order_dead``.

        A class of another file has that of its base.
        """
        super().__init_subclass__()
        if cls.__module__ == __name__ and "error_code" not in vars(cls):
            cls.error_code = re.sub("(?<!^)(?=[A-Z])", "_", cls.__name__).lower()

    def __init__(
        self,
        message: Text,
        /,
        *,
        order_id: str | None = None,
        next_step: Message | None = None,
        answer_lost: bool = False,
        is_temporary: bool = False,
        retry_after: float | None = None,
        details: dict[str, object] | None = None,
        **values: t.Any,
    ) -> None:
        """Create it with a message.

        :param message: a message, or its English text, a literal
        :param values: the values for the text's names in braces; ``order_id`` is one too
        """
        if isinstance(message, str):
            message = Message(message, **{**({"order_id": order_id} if "{order_id}" in message else {}), **values})
        super().__init__(message)
        self.message = message
        self.next_step = next_step
        self.order_id = order_id
        self.answer_lost = answer_lost
        self.is_temporary = is_temporary
        self.retry_after = retry_after
        self.details = details or {}

    def replace_message(self, message: Message) -> None:
        """Say what happened in another way."""
        self.message, self.args = message, (message,)


class InvalidInput(WotrusError):
    """An option, a file or a definition is invalid. Nothing was sent."""


class InternalError(WotrusError):
    """An error of the collection itself. ``-vvv`` shows where."""


class MissingLibrary(WotrusError):
    """The Python that runs the module lacks a library."""


class InvalidCsr(InvalidInput):
    """A CSR is unreadable, or has an invalid signature or unsupported key."""


class InvalidKey(InvalidInput):
    """A private key is unreadable or unsupported; the message never shows it."""


class InvalidDocument(InvalidInput):
    """A document is missing, empty, too large, or not of its type."""


class Unauthorized(WotrusError):
    """HTTP 401: WoTrus refused the token (manual, section 1.2)."""


class Forbidden(WotrusError):
    """HTTP 403: the token may not do this."""


class NotFound(WotrusError):
    """The API does not know the order."""


class RejectedByApi(WotrusError):
    """The API answered ``isSuccess`` false; the message keeps its words."""


class Unavailable(WotrusError):
    """Every try ended without a connection, or with HTTP 429 or 5xx."""


class TimedOut(WotrusError):
    """The server did not answer in time, or a wait has ended."""

    error_code = "timeout"


class TlsFailed(WotrusError):
    """The server's certificate does not verify, or TLS failed."""


class BadAnswer(WotrusError):
    """The answer differs from the manual: no JSON, too large, wrong types.

    It does not say whether the server acted.
    """

    def __init__(self, message: Text, /, **others: t.Any) -> None:
        super().__init__(message, **{"answer_lost": True, **others})


class OrderDead(WotrusError):
    """The order is closed, rejected or revoked."""


class NoLaterEnd(WotrusError):
    """The reissue of a certificate that ends before the paid term was refused."""


class OrderNotIssued(WotrusError):
    """The order has no certificate yet, or its revocation is under review."""


class OrderMismatch(WotrusError):
    """The order is for another product, common name or term."""


class OrderLimit(WotrusError):
    """``wotrus_max_charged_orders``, the approved plan or an earlier request of the run permits no further order."""


class ReissueLimit(OrderLimit):
    """The run has asked for as many reissues as ``wotrus_max_reissues`` allows."""


class OrdersStopped(WotrusError):
    """Another answer of the run contradicts the manual, so nothing was ordered."""


class JournalFailed(WotrusError):
    """The journal cannot be written, so the request was not sent."""


class CancelRefused(WotrusError):
    """The API answered ``cancelResult`` false, with a reason (manual, section 5)."""


class RevocationRefused(WotrusError):
    """WoTrus reviewed the revocation and refused it (manual, sections 3 and 6)."""


class NotSent(WotrusError):
    """The API answered ``sentResult`` false (manual, section 9)."""


class OtherOrder(NotFound):
    """Query answered about another order than the one that was asked for, such as its reissue.

    :ivar found: the id of the order in the answer
    """

    error_code = "not_found"

    def __init__(self, message: Text, /, *, found: str, **others: t.Any) -> None:
        super().__init__(message, found=found, **others)
        self.found = found


class BadCertificate(WotrusError):
    """A certificate cannot be read, or a required certificate is missing."""


class KeyMismatch(WotrusError):
    """No certificate is for the key."""


class OtherKeyPending(WotrusError):
    """The pending key is not the one that is provided, and an order for it may exist."""


class UntrustedChain(WotrusError):
    """The signatures of the chain lead to no root or anchor."""


class WeakCertificate(WotrusError):
    """A certificate breaks a rule of signatures, keys, extensions or names."""


class WrongUsage(WotrusError):
    """A certificate may not sign documents, by its usages or since it is for a CA."""


class CertificateExpired(WotrusError):
    """A certificate of the chain is expired or not yet valid."""


class Sm2Unavailable(WotrusError):
    """There is no ``openssl`` command that can check SM2 signatures."""


class KeyHome(WotrusError):
    """The key is not where ``key_home`` wants it, as far as its host says where it is. Nothing was sent."""


class UnsafePath(WotrusError):
    """A path is relative, a link, or changeable by another user."""


class HostileFacts(WotrusError):
    """A host's facts would replace variables of the inventory."""


class StoreFailed(WotrusError):
    """A file operation on the target failed: not writable, no space, read-only."""


class HostUnreadable(WotrusError):
    """The host could not be read, since the module failed there."""


class TokenUnavailable(WotrusError):
    """A PKCS#11 library cannot be loaded, or its token is not there."""


class PinRefused(WotrusError):
    """A token refuses the PIN, has locked it, or would lock it."""


class TokenFailed(WotrusError):
    """A token refused an operation, for example because it is full."""


class StoreLocked(WotrusError):
    """Another run holds the lock of the certificate's directory."""


class StateConflict(WotrusError):
    """Another run or a person changed the directory after the plan."""


class RecordUnreadable(WotrusError):
    """``record.json`` is damaged, or from a newer version of the collection."""


class ValidationFailed(WotrusError):
    """The user's validate command refused the new release, which is not live."""


class CommandFailed(WotrusError):
    """``key.csr_command`` or ``key.install_command`` failed, or took too long."""


class SignatureFailed(WotrusError):
    """The live key does not sign for the live certificate.

    The former release is live again.
    """


class SigningFailed(WotrusError):
    """The test command did not print a document that the live certificate signed."""


class ReloadFailed(WotrusError):
    """A reload command failed; the former release, if any, is live again."""


class NothingToRollBack(WotrusError):
    """There is no former release for a rollback."""


def error_codes() -> set[str]:
    """Return the ``error_code`` of each error."""
    kinds = (kind for kind in globals().values() if isinstance(kind, type) and issubclass(kind, WotrusError))
    return {kind.error_code for kind in kinds}


@contextlib.contextmanager
def boundary(error: t.Callable[[Exception], WotrusError]) -> t.Iterator[None]:
    """Replace each exception of a block, or of the function that this decorates, by an error of the collection.

    Libraries raise more kinds of exceptions for foreign data than they document, and some only when a field is read.

    :param error: makes the error for an exception
    :raises WotrusError: that error, or one of the block itself
    """
    try:
        yield
    except WotrusError:
        raise
    except Exception as exc:
        raise error(exc) from exc
