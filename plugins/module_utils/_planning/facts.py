# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a plan is made from: what is wanted, what is there, what the CA says, and the time."""

from __future__ import annotations

import dataclasses
import datetime as dt
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidInput, WotrusError
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import Order
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import OPERATIONS, ROLLED_BACK
from ansible_collections.wotrus.pki.plugins.module_utils._model.timestamps import parse_timestamp

Json = t.Mapping[str, t.Any]
T = t.TypeVar("T")
_LARGEST = 10**6


@dataclasses.dataclass(frozen=True)
class Wanted:
    """A certificate's definition, as far as a plan looks at it.

    :ivar definition: what is compared with the definition in the record, and written into it
    :ivar renew_before_days: days before the end at which a renewal is due
    :ivar renew_before_share: the same as a share of the life, in place of the days
    :ivar renew_spread_days: a renewal is brought forward by up to so many days, so that a fleet does not renew at once
    :ivar reissue_asked: a person asks for a new key
    :ivar public_key_sha256: of the key that the user provides
    :ivar may_reissue: a changed key or name is followed by a reissue, rather than by an error
    """

    name: str
    order_name: str
    months: int
    definition: Json
    renew_before_days: float = 30.0
    renew_before_share: float | None = None
    renew_spread_days: float = 0.0
    reissue_asked: bool = False
    public_key_sha256: str | None = None
    may_reissue: bool = True
    replace_dead: bool = False

    @property
    def storage(self) -> str:
        """Where the key is: ``host``, ``ukey`` or ``provided``."""
        return str((self.definition.get("key") or {}).get("storage") or "host")


@dataclasses.dataclass(frozen=True)
class Asked:
    """What was asked of the CA, from the record."""

    order_id: str | None
    generation: int
    operation: str
    months: int | None
    definition: Json
    idempotence_id: str | None = None
    superseded_order_id: str | None = None
    companion_order_id: str | None = None

    @classmethod
    def read(cls, value: Json | None) -> Asked | None:
        """Return a part of the record, ``pending`` or ``live``; ``None`` where it is not there."""
        if not value:
            return None
        operation = _text(value, "operation") or OPERATIONS[0]
        if operation not in (*OPERATIONS, ROLLED_BACK):
            raise ValueError(operation)
        return cls(
            order_id=_text(value, "order_id"),
            generation=_number(value, "generation") or 1,
            operation=operation,
            months=_number(value, "months"),
            definition=_object(value, "definition") or {},
            idempotence_id=_text(value, "idempotence_id"),
            superseded_order_id=_text(value, "superseded_order_id"),
            companion_order_id=_text(value, "companion_order_id"),
        )


@dataclasses.dataclass(frozen=True)
class Live:
    """The certificate that services read, from ``wotrus_deployment_info``.

    :ivar key_matches: ``None`` where the host may not read the key, which says nothing about it
    :ivar damaged: files that are missing, or not what was written
    """

    not_before: dt.datetime
    not_after: dt.datetime
    key_matches: bool | None
    public_key_sha256: str | None = None
    damaged: tuple[str, ...] = ()

    @classmethod
    def read(cls, value: Json | None) -> Live | None:
        """Return what is live; ``None`` where nothing is."""
        if not value or not value.get("not_after"):
            return None
        not_before, not_after = parse_timestamp(value["not_before"]), parse_timestamp(value["not_after"])
        if not_before > not_after:
            raise ValueError(value["not_before"])
        return cls(
            not_before=not_before,
            not_after=not_after,
            key_matches=value.get("key_matches"),
            public_key_sha256=_text(value, "public_key_sha256"),
            damaged=_names(value, "damaged"),
        )


@dataclasses.dataclass(frozen=True)
class Foreign:
    """An order that was adopted, whose certificate is not for the key that waits for one.

    :ivar certificate: its certificate's dates and key; ``key_matches`` says nothing here
    :ivar seen_at: the CA's time when it was fetched
    """

    order_id: str
    generation: int
    certificate: Live
    seen_at: dt.datetime | None = None
    companion_order_id: str | None = None

    @classmethod
    def read(cls, value: Json | None) -> Foreign | None:
        """Return such an order from the item of a list; ``None`` where there is none."""
        certificate = Live.read(value.get("info")) if value else None
        if value is None or certificate is None:
            return None
        seen_at = parse_timestamp(value["seen_at"]) if value.get("seen_at") else None
        companion = _text(value, "companion_order_id")
        return cls(str(value["order_id"]), _number(value, "generation") or 1, certificate, seen_at, companion)


@dataclasses.dataclass(frozen=True)
class Facts:
    """Everything that a policy may look at.

    :ivar asked: the request that is under way, if there is one
    :ivar bought: the request whose certificate is, or was, live
    :ivar order: what the CA says of the order that counts now, see :meth:`order_to_look_at`
    :ivar order_error: why the CA could not say it
    :ivar lost: what the record says of a certificate whose files are gone
    :ivar order_name: the name under which the order was asked for, once it was
    :ivar pending_key: there is a key for the request that is under way
    :ivar rolled_back: a newer certificate that was live and was rolled back
    :ivar foreign: what asking for the order brought instead of a certificate for the pending key
    :ivar fault: the target's own complaint: ``error_code`` and message
    """

    wanted: Wanted
    now: dt.datetime
    asked: Asked | None = None
    bought: Asked | None = None
    live: Live | None = None
    lost: Live | None = None
    order_name: str | None = None
    pending_key: bool = False
    rolled_back: Asked | None = None
    foreign: Foreign | None = None
    generation: int = 0
    reload_owed: bool = False
    order: Order | None = None
    order_error: WotrusError | None = None
    fault: tuple[str, str] | None = None

    @property
    def order_to_look_at(self) -> str | None:
        """The one order whose status the plan needs: at most one call for a certificate."""
        if self.asked:
            # A reissue whose own order is not known yet belongs to the order that it was asked of.
            return self.asked.order_id or (
                self.asked.superseded_order_id if self.asked.operation == "reissue" else None
            )
        newest = self.rolled_back or self.bought
        return newest.order_id if newest else None

    @property
    def companion_order_id(self) -> str | None:
        """The order of the SM2 pair beside the order that counts; it stays when that one is reissued."""
        order = self.foreign or self.asked or self.rolled_back or self.bought
        return order.companion_order_id if order else None


def read_facts(wanted: Wanted, deployment: Json | None, foreign: Json | None, *, now: dt.datetime) -> Facts:
    """Return the facts that a deployment's state has.

    :param deployment: an item of ``deployments`` of ``wotrus_deployment_info``, or ``None`` for an empty disk
    :param foreign: an item of the filter ``foreign``
    :raises InvalidInput: it is none
    """
    state = deployment or {}
    record = state.get("record") or {}
    try:
        return Facts(
            wanted=wanted,
            now=now,
            asked=Asked.read(record.get("pending")),
            bought=Asked.read(record.get("live")),
            live=Live.read(state.get("live")),
            lost=None if state.get("live") else Live.read(record.get("live")),
            order_name=_text(record, "order_name"),
            pending_key=bool((state.get("pending") or {}).get("has_key")),
            rolled_back=_rolled_back(record),
            foreign=Foreign.read(foreign),
            generation=_number(record, "generation") or 0,
            reload_owed=bool(record.get("reload_owed")),
            fault=(_text(state, "error_code") or "", _text(state, "msg") or "") if state.get("error_code") else None,
        )
    except (AttributeError, KeyError, TypeError, ValueError) as exc:
        raise InvalidInput(f"the deployment of {wanted.name!r} is not what wotrus_deployment_info returns") from exc


def _rolled_back(record: Json) -> Asked | None:
    """Return the newest certificate that was rolled back, where it is newer than the one that is live."""
    undone = [one for one in record.get("superseded") or () if one.get("operation") == ROLLED_BACK]
    newest = Asked.read(undone[-1]) if undone else None
    live = record.get("live") or {}
    if newest is None or newest.order_id is None or newest.order_id == live.get("order_id"):
        return None
    return newest if newest.generation >= (live.get("generation") or 1) else None


def _text(value: Json, name: str) -> str | None:
    return _of_type(value, name, str)


def _number(value: Json, name: str) -> int | None:
    found = _of_type(value, name, int)
    if found is not None and not 0 <= found <= _LARGEST:
        raise ValueError(name)
    return found


def _object(value: Json, name: str) -> Json | None:
    return _of_type(value, name, dict)


def _names(value: Json, name: str) -> tuple[str, ...]:
    found = _of_type(value, name, list) or []
    if not all(isinstance(one, str) and one.isprintable() for one in found):
        raise TypeError(name)
    return tuple(found)


def _of_type(value: Json, name: str, kind: type[T]) -> T | None:
    """Return a part of what a target told; nobody else has looked at it.

    :raises TypeError: it is of another type
    :raises ValueError: it is text that cannot be written
    """
    found = value.get(name)
    if found is None:
        return None
    if not isinstance(found, kind) or isinstance(found, bool):
        raise TypeError(name)
    if isinstance(found, str):
        found.encode("utf-8")
    return found
