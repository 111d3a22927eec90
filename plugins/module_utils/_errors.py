# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every failure of the collection: one small exception for each stable ``error_code``.

Each exception says what happened in its message and carries the word that a playbook can test. Nothing here knows
about Ansible; one place above (``_module``) turns an exception into a result.
"""

from __future__ import annotations

import typing as t


class WotrusError(Exception):
    """Base of all failures that are meant for the user.

    :ivar error_code: the stable word of the result's ``error_code``
    :ivar order_id: the order that the failure is about, where there is one
    :ivar answer_lost: the server may have done what it was asked for, though it did not say so
    :ivar retry_after: seconds that the server asked to wait before anything is sent again
    :ivar details: further return values of the failure
    :ivar next_step: what a person can do, if it is not what the ``error_code`` alone says
    """

    error_code = "error"
    answer_lost = False
    retry_after: float | None = None

    def __init__(self, message: object, *, order_id: str | None = None, next_step: t.Any = None) -> None:
        """Take a text, or a ``Message`` of the catalogue. Nothing is imported for it, so targets need no texts."""
        super().__init__(message)
        self.next_step = next_step
        self.order_id = order_id
        self.details: dict[str, object] = {}


class InvalidInput(WotrusError):
    """An option, a file or a definition is unusable. Raised before anything is sent."""

    error_code = "invalid_input"


class MissingLibrary(WotrusError):
    """The Python that runs this lacks a library."""

    error_code = "missing_library"


class InvalidCsr(InvalidInput):
    """A certificate signing request cannot be read, is not signed by its own key, or has an unsuitable key."""

    error_code = "invalid_csr"


class InvalidKey(InvalidInput):
    """A private key cannot be read, or is of an unsuitable kind. The message has nothing of the key in it."""

    error_code = "invalid_key"


class InvalidDocument(InvalidInput):
    """A document is missing, empty, too large, or not what its suffix says."""

    error_code = "invalid_document"


class Unauthorized(WotrusError):
    """HTTP 401: the token is missing or wrong (manual, section 1.2)."""

    error_code = "unauthorized"


class Forbidden(WotrusError):
    """HTTP 403: the token may not do this."""

    error_code = "forbidden"


class NotFound(WotrusError):
    """The API does not know the order."""

    error_code = "not_found"


class RejectedByApi(WotrusError):
    """The API answered ``isSuccess`` false; the message keeps its words."""

    error_code = "rejected_by_api"


class Unavailable(WotrusError):
    """No usable answer after every allowed try: refused, dropped, HTTP 429 or 5xx."""

    error_code = "unavailable"


class TimedOut(WotrusError):
    """The server did not answer in time, or a bounded wait ended where an end was required."""

    error_code = "timeout"


class TlsFailed(WotrusError):
    """The server's certificate does not verify, or TLS could not be set up."""

    error_code = "tls_failed"


class BadAnswer(WotrusError):
    """The answer is not what the manual describes: HTML, cut off, of a wrong type, too large, or a redirect."""

    error_code = "bad_answer"


class OrderDead(WotrusError):
    """The order is closed, rejected or revoked."""

    error_code = "order_dead"


class OrderNotIssued(WotrusError):
    """The order has no certificate yet, or its revocation is under review, so there is nothing to do this with."""

    error_code = "order_not_issued"


class OrderMismatch(WotrusError):
    """The order that was found is for another product, common name or validity than was asked for."""

    error_code = "order_mismatch"


class OrderLimit(WotrusError):
    """The run has placed as many charged orders as ``wotrus_max_charged_orders`` allows."""

    error_code = "order_limit"


class CancelRefused(WotrusError):
    """The API answered ``cancelResult`` false (manual, section 5); the message keeps its reason."""

    error_code = "cancel_refused"


class RevocationRefused(WotrusError):
    """WoTrus looked at a request for revocation and left the certificate as it is (manual, sections 3 and 6)."""

    error_code = "revocation_refused"


class NotSent(WotrusError):
    """The API answered ``sentResult`` false (manual, section 9)."""

    error_code = "not_sent"


class BadCertificate(WotrusError):
    """A certificate cannot be read, or there is none where there must be one."""

    error_code = "bad_certificate"


class KeyMismatch(WotrusError):
    """No certificate belongs to the key."""

    error_code = "key_mismatch"


class UntrustedChain(WotrusError):
    """The chain of signatures does not lead to a root or trust anchor."""

    error_code = "untrusted_chain"


class CertificateExpired(WotrusError):
    """A certificate of the chain is expired or not yet valid."""

    error_code = "certificate_expired"


class Sm2Unavailable(WotrusError):
    """SM2 signatures cannot be checked here: there is no ``openssl`` command, or it lacks SM2."""

    error_code = "sm2_unavailable"


class UnsafePath(WotrusError):
    """A path on the target is relative, leaves its directory, or goes through a link that should not be there."""

    error_code = "unsafe_path"


class HostileFacts(WotrusError):
    """A host's facts would replace variables of the inventory."""

    error_code = "hostile_facts"


class StoreFailed(WotrusError):
    """A file operation on the target failed: not writable, no space, read-only."""

    error_code = "store_failed"


class HostUnreadable(WotrusError):
    """What is on a host could not be looked at, since the module that does so failed there."""

    error_code = "host_unreadable"

    def __init__(self, message: object, *, details: dict[str, object] | None = None) -> None:
        super().__init__(message)
        self.details = details or {}


class StoreLocked(WotrusError):
    """Another run holds the lock of the certificate's directory."""

    error_code = "store_locked"


class StateConflict(WotrusError):
    """The directory is no longer as the plan saw it: another run or a person changed it."""

    error_code = "state_conflict"


class RecordUnreadable(WotrusError):
    """record.json is damaged or was written by a newer version of the collection."""

    error_code = "record_unreadable"


class ValidationFailed(WotrusError):
    """The user's validate command refused the new release; what was live is untouched."""

    error_code = "validation_failed"


class NotServed(WotrusError):
    """A service does not serve the certificate that is live, after its reload."""

    error_code = "not_served"


class ReloadFailed(WotrusError):
    """A reload command failed; the former release is live again where there was one."""

    error_code = "reload_failed"


class NothingToRollBack(WotrusError):
    """There is no former release to go back to."""

    error_code = "nothing_to_roll_back"
