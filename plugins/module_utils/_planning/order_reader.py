# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Query orders and fetch certificates for the decisions, each at most once."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._client.answers import RetrievedPems
from ansible_collections.wotrus.pki.plugins.module_utils._client.api import Api
from ansible_collections.wotrus.pki.plugins.module_utils._errors import (
    BadCertificate,
    Forbidden,
    InvalidInput,
    TlsFailed,
    Unauthorized,
    WotrusError,
)
from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import id_key
from ansible_collections.wotrus.pki.plugins.module_utils._model.timestamps import format_timestamp
from ansible_collections.wotrus.pki.plugins.module_utils._orders.certificate import describe_certificate
from ansible_collections.wotrus.pki.plugins.module_utils._orders.wait import inspect_orders
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decision import Decision
from ansible_collections.wotrus.pki.plugins.module_utils._planning.facts import (
    CertificateAnswer,
    Facts,
    OrderAnswer,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.host_state import Certificate
from ansible_collections.wotrus.pki.plugins.module_utils._planning.questions import decide, question
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message
from ansible_collections.wotrus.pki.plugins.module_utils._x509.library import x509

_MOST_QUESTIONS = 20


class OrderReader:
    """Reads orders and certificates for the decisions of one task.

    An answer is kept until it is forgotten.

    :ivar anchors: the roots that certificates must lead to
    """

    def __init__(self, api: Api, *, anchors: t.Sequence[x509.Certificate] = ()) -> None:
        self.api = api
        self.anchors = anchors
        self._answers: dict[str, OrderAnswer] = {}
        self._certificates: dict[str, CertificateAnswer] = {}
        self._pems: dict[str, RetrievedPems | WotrusError] = {}

    def read_first(self, facts: t.Sequence[Facts]) -> None:
        """Query the order that each certificate's decision needs first, all in parallel.

        :raises Unauthorized, Forbidden, TlsFailed: what would happen to every order
        :raises InvalidInput: keys are to be newer than the CA's now
        """
        order_ids = [asked.order_id for certificate in facts if (asked := question(certificate))]
        for order in inspect_orders(self.api, order_ids) if order_ids else ():
            self._answers[id_key(order.order_id)] = OrderAnswer(order.order, order.error)
        since = facts[0].wanted.keys_since if facts else None
        if since is not None and since > (self.api.http.server_time or facts[0].clock):
            raise InvalidInput(
                "wotrus_keys_since is {since}, which is later than now. Set it to a time that has passed.",
                since=format_timestamp(since),
            )

    def add(self, order_id: str, answer: OrderAnswer) -> None:
        """Keep an answer about an order that was read elsewhere."""
        self._answers[id_key(order_id)] = answer

    def forget(self, order_id: str) -> None:
        """Ask again for an order that may have changed."""
        for known in (self._answers, self._certificates, self._pems):
            known.pop(id_key(order_id), None)

    def decide(self, facts: Facts) -> tuple[Facts, Decision]:
        """Decide on a certificate, and return the facts that it took."""
        for _question in range(_MOST_QUESTIONS):
            ca_time = self.api.http.server_time or facts.ca_time
            facts = dataclasses.replace(facts, ca_time=ca_time, is_sandbox=self.api.is_loopback)
            asked = question(facts)
            if asked is None:
                return facts, decide(facts)
            if asked.is_of_certificate:
                facts = facts.with_certificate(asked.order_id, self.certificate(asked.order_id))
            else:
                facts = facts.with_order(asked.order_id, self.order(asked.order_id))
        raise WotrusError(Message("A decision took too many questions to WoTrus. Please report this."))

    def order(self, order_id: str) -> OrderAnswer:
        """Return what Query says of an order.

        :raises Unauthorized, Forbidden, TlsFailed: what would happen to every order
        """
        key = id_key(order_id)
        if key not in self._answers:
            try:
                self._answers[key] = OrderAnswer(order=self.api.query(order_id))
            except (Unauthorized, Forbidden, TlsFailed):
                raise
            except WotrusError as exc:
                self._answers[key] = OrderAnswer(error=exc)
        return self._answers[key]

    def pems(self, order_id: str) -> RetrievedPems:
        """Return what RetrievePem answers for an order.

        :raises RejectedByApi: it has no certificate yet
        """
        key = id_key(order_id)
        if key not in self._pems:
            try:
                self._pems[key] = self.api.retrieve(order_id)
            except WotrusError as exc:
                self._pems[key] = exc
        found = self._pems[key]
        if isinstance(found, WotrusError):
            raise found
        return found

    def certificate(self, order_id: str) -> CertificateAnswer:
        """Return the facts of the certificate that RetrievePem answers for an order."""
        key = id_key(order_id)
        if key not in self._certificates:
            try:
                info = describe_certificate(self.pems(order_id), anchors=self.anchors)
                self._certificates[key] = CertificateAnswer(certificate=Certificate.read(info))
            except WotrusError as exc:
                self._certificates[key] = CertificateAnswer(error=exc)
            except (TypeError, ValueError) as exc:
                error = BadCertificate(
                    "The certificate of order {order_id} cannot be read: {error}.", order_id=order_id, error=exc
                )
                self._certificates[key] = CertificateAnswer(error=error)
        return self._certificates[key]
