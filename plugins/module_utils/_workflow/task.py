# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One certificate in a run: its facts, steps and decision."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._errors import StateConflict, WotrusError
from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Json
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import Document
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import UKEY
from ansible_collections.wotrus.pki.plugins.module_utils._orders.operation import Permission, Run
from ansible_collections.wotrus.pki.plugins.module_utils._planning.certificate_entry import CertificateEntry
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decision import Action, Decision
from ansible_collections.wotrus.pki.plugins.module_utils._planning.entry import reload_of
from ansible_collections.wotrus.pki.plugins.module_utils._planning.facts import Facts
from ansible_collections.wotrus.pki.plugins.module_utils._planning.gates import restrict_to_actions
from ansible_collections.wotrus.pki.plugins.module_utils._planning.order_reader import OrderReader
from ansible_collections.wotrus.pki.plugins.module_utils._planning.results import NOT_CHARGED
from ansible_collections.wotrus.pki.plugins.module_utils._planning.services import not_notified
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message, Text


def given(values: Json) -> dict[str, t.Any]:
    """Return the values that there are."""
    return {name: value for name, value in values.items() if value not in (None, {}, "")}


@dataclasses.dataclass(frozen=True)
class WorkflowContext:
    """The data that the certificates of a host share.

    :ivar permission: what earlier tasks of the role decided and did
    :ivar actions: those that the run may take
    :ivar document: evidence for reissues of products that need it
    :ivar directory_options: options of ``wotrus_deployment`` for every state
    :ivar target_options: the further ones for a new release, such as ``owner``
    """

    reader: OrderReader
    run: Run
    permission: Permission
    actions: t.Sequence[Action]
    document: Document | None
    directory_options: Json
    target_options: Json


@dataclasses.dataclass
class CertificateTask:
    """One certificate, from the state of its host to its result.

    :ivar facts: what is known of it now
    :ivar decision: what is to be done next
    :ivar actions: those that the run may take for it
    :ivar error: why nothing more can be done for it
    :ivar steps: what was done, in the words of the results
    :ivar charged: whether this run placed an order for it: ``yes``, ``no``, or ``maybe``, if a repeat is the same order
    :ivar is_finished: nothing more can be done for it in this run
    :ivar prepared_request: the request for which the host has a record, a key and a CSR
    :ivar key_evidence: what the host says of the home of the key that it prepared
    :ivar unrecorded: what the host's record does not have yet of an order that was answered
    :ivar bundle: the verified certificate
    :ivar certificate_changes: what the verified certificate changes; ``None`` before it is verified
    :ivar waiting_msg: why it waits, if the decision does not say it
    :ivar awaited_companion_id: the companion order that has no certificate yet
    """

    context: WorkflowContext
    entry: CertificateEntry
    facts: Facts
    decision: Decision
    actions: t.Sequence[Action]
    error: WotrusError | None = None
    steps: list[str] = dataclasses.field(default_factory=list)
    charged: str = NOT_CHARGED
    is_finished: bool = False
    is_deployed: bool = False
    csr: str | None = None
    ukey_password: str | None = None
    prepared_request: tuple[t.Any, ...] | None = None
    key_evidence: t.Mapping[str, str | bool] | None = None
    unrecorded: dict[str, t.Any] = dataclasses.field(default_factory=dict)
    bundle: Json | None = None
    certificate_changes: list[dict[str, str]] | None = None
    waiting_msg: Message | None = None
    awaited_companion_id: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether something may still be done for it."""
        return self.error is None and not self.is_finished

    @property
    def has_conflict(self) -> bool:
        """Whether another run changed the host's state meanwhile."""
        return self.error is not None and self.error.error_code == StateConflict.error_code

    @property
    def is_prepared(self) -> bool:
        """Whether the host is prepared for the next order or certificate."""
        return self.prepared_request == self.next_request

    @property
    def next_request(self) -> tuple[t.Any, ...]:
        """The values that identify the next request."""
        decision = self.decision
        return decision.action, decision.order_id, decision.follows, decision.refused_order_id

    @property
    def is_on_ukey(self) -> bool:
        """Whether the key is on a UKey."""
        return self.facts.wanted.storage == UKEY

    @property
    def order_name(self) -> str:
        """The name that finds the chain of orders after a lost disk.

        It is the name under which the chain began.
        """
        recorded, decision = self.facts.host.record.order_name, self.decision
        begins = decision.action is Action.ORDER and decision.follows is None
        return self.facts.wanted.order_name if begins or recorded is None else recorded

    @property
    def directory(self) -> dict[str, t.Any]:
        """The options of ``wotrus_deployment`` for the directory, and the state that it must still have."""
        state = self.facts.host.state_digest
        return {"path": self.entry.path, "expected_state": state, **self.context.directory_options}

    @property
    def reload(self) -> Json:
        """The entry's ``reload``."""
        return reload_of(self.entry.options)

    @property
    def handler(self) -> str | None:
        """The handler of the play that the entry names."""
        return self.reload.get("handler")

    @property
    def not_notified(self) -> Message | None:
        """Why this play cannot notify its services; ``None`` if it can, or if there are none."""
        return not_notified(self.facts.wanted, self.context.run)

    @property
    def has_handlers(self) -> bool:
        """Whether handlers of the play are notified of its certificate."""
        return self.handler is not None or self.context.run.has_listener()

    @property
    def notification(self) -> dict[str, bool]:
        """What the record has of a notification that a new live certificate needs."""
        return {
            **({"reload_pending": True} if self.has_handlers else {}),
            "unnotified": self.not_notified is not None and not self.has_handlers,
        }

    @property
    def is_waiting(self) -> bool:
        """Whether its order is pending."""
        return self.error is None and not self.is_deployed and self.decision.action is Action.RESUME

    def decide(self) -> None:
        """Decide again by the facts, and show new warnings."""
        known = self.decision.warnings
        self.facts, self.decision = self.context.reader.decide(dataclasses.replace(self.facts, may_fetch=True))
        for msg in self.decision.warnings:
            if msg not in known:
                self.warn(msg)

    def restrict(self) -> None:
        """Restrict what comes next to what the run may do."""
        if self.is_open:
            self.decision = restrict_to_actions(self.decision, self.facts, self.actions)

    def wait(self, msg: Message | None = None) -> None:
        """Leave the certificate to a later run."""
        self.is_finished = True
        self.waiting_msg = msg
        self.decision = dataclasses.replace(self.decision, is_ready=False)

    def warn(self, msg: Text) -> None:
        """Show a warning about the certificate."""
        self.context.run.warn(msg, certificate=self.facts.wanted.name)
