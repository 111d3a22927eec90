# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The persons, who follow the printed next step to the letter, or take one of its ways without a look.

They never do what it does not say. If a certificate stays red all the same, they follow the runbook ``stays red``.
"""

from __future__ import annotations

import collections
import json
import re
import shutil
import tempfile
from collections.abc import Callable, Mapping
from typing import Any

from cryptography import x509
from wotrus_sandbox.orders import DEAD, Order, OrderKind, Status

from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import id_key, is_same_id
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import is_same_name
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import VERSION
from ansible_collections.wotrus.pki.plugins.module_utils._planning.entry import reload_of
from ansible_collections.wotrus.pki.plugins.module_utils._planning.services import TOPIC

from . import effects, role, runbook
from .ca import KEY_REFUSED
from .clock import DAY
from .hosts import Row
from .inventory import IN_TOKEN, Certificate, provided_key
from .promises import Broken, is_open
from .world import World, order_name

MOST_RUNS = 18
_AGAIN = 3
"""After so many more red runs a person follows the runbook again."""
_DONE = ("unchanged", "deployed")
_NAMING = ("order_id", "root_order_id")
_PLACED = frozenset(("adopted", "ordered"))
BETWEEN_RUNS = 3600.0
PROGRESS = "the_printed_steps_lead_to_a_live_certificate"
RUNBOOK = "no_certificate_needs_the_runbook"


def step_of(row: Row) -> str:
    """Return the id of the printed next step; empty without one."""
    return str(((row.get("texts") or {}).get("next_step") or {}).get("id") or "")


def _arguments(row: Row) -> Mapping[str, Any]:
    found: Mapping[str, Any] = row["texts"]["next_step"]["arguments"]
    return found


class Operator:
    """Who runs the role, and reads what it prints.

    :ivar most_orders: ``wotrus_max_charged_orders`` of the next run
    :ivar reissue: ``wotrus_reissue`` of the next run
    :ivar refused: certificates whose reissue was refused
    :ivar unknown: certificates whose order or reissue had an unknown answer
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.most_orders: int | None = None
        self.reissue: list[str] = []
        self.refused: set[str] = set()
        self.unknown: set[str] = set()

    def follow(self, row: Row) -> str:
        """Do what a result says, and return its step."""
        step = step_of(row)
        action = STEPS.get(step)
        if action is not None:
            action(self, Certificate(row["name"], row["host"]), row)
        return step

    def replace(self, certificate: Certificate, order_id: str) -> None:
        """Add an order to ``replace_orders`` of an entry."""
        inventory = self.world.inventory
        named = inventory.entry(certificate).setdefault("replace_orders", [])
        if order_id not in named:
            named.append(order_id)
        replacing = [
            one for one in inventory.certificates() if order_id in inventory.entry(one).get("replace_orders", ())
        ]
        if len(replacing) > 1:
            self.world.marks.add("an order is replaced for two entries")

    def look_up_order_numbers(self) -> None:
        """Write the ids of orders in place of their numbers."""
        ids = {order.order_number: order.id for order in self.world.ca.known()}
        for certificate in self.world.inventory.certificates():
            entry = self.world.inventory.entry(certificate)
            if entry.get("order_id") in ids:
                entry["order_id"] = ids[entry["order_id"]]

    def name_order(self, certificate: Certificate, order: Order) -> None:
        """Name an order and its purchase in an entry, of an SM2 pair the order with the CSR."""
        root = self.world.ca.root(order)
        named = order.companion or order.id
        self.world.inventory.entry(certificate).update(order_id=named, root_order_id=root.companion or root.id)

    def give_own_order_names(self, host: str) -> None:
        """Give each entry of a host an order name of its own, if an entry before it has the same one."""
        given = set()
        for entry in self.world.inventory.hosts[host]:
            certificate = Certificate(entry["name"], host)
            if order_name(entry, certificate) in given:
                entry["order_name"] = str(certificate)
            given.add(order_name(entry, certificate))

    def correct(self, host: str, why: str) -> None:
        """Correct what the failure of a host names: something in the inventory."""
        if "an order number" in why:
            self.look_up_order_numbers()
        if "Each needs its own" in why:
            self.give_own_order_names(host)
        if "wotrus_keys_since" in why:
            self.world.inventory.variables.pop("keys_since", None)

    def give_up(self, certificate: Certificate, order_id: str) -> None:
        """Let an entry name an order no longer."""
        entry = self.world.inventory.entry(certificate)
        if any(is_same_id(entry.get(name), order_id) for name in _NAMING):
            for name in _NAMING:
                entry.pop(name, None)
        entry["replace_orders"] = [one for one in entry.get("replace_orders", ()) if not is_same_id(one, order_id)]

    def move_away(self, certificate: Certificate, name: str) -> None:
        """Move a file or folder of a certificate away. The keys in a folder are kept."""
        host = self.world.host(certificate)
        if name == "record.json":
            # From now on, nobody knows whether what is live is good.
            self.world.good_before.pop(certificate, None)
        path = host.path(certificate.name) / name
        if path.is_dir():
            shutil.move(path, tempfile.mkdtemp(prefix="kept-by-a-person-", dir=host.folder))
        elif path.exists():
            path.unlink()


def _nothing(_operator: Operator, _certificate: Certificate, _row: Row) -> None:
    """Run again, or let WoTrus act."""


def _wait_for_window(operator: Operator, certificate: Certificate, _row: Row) -> None:
    """Wait until the window is open, by the CA's ``Date``."""
    world = operator.world
    window, ahead = world.inventory.entry(certificate)["deploy_window"], world.ahead
    while not is_open(window, world.clock.now() + ahead + BETWEEN_RUNS):
        world.clock.pass_by(600)


def _pay(operator: Operator, _certificate: Certificate, row: Row) -> None:
    order = operator.world.ca.order(str(_arguments(row)["order_id"]))
    if order is not None:
        operator.world.ca.act(order, "paid")


def _pay_what_is_unpaid(operator: Operator, _certificate: Certificate, row: Row) -> None:
    """Fix what WoTrus names, or what it says when it is asked: an order that is not paid."""
    order = operator.world.ca.order(str(row["order_id"]))
    is_named = "Fix what" not in step_of(row) or "未支付" in row["msg"]
    if order is not None and order.is_pay != 1 and is_named:
        operator.world.ca.act(order, "paid")


def _pay_or_replace_what_has_expired(operator: Operator, certificate: Certificate, row: Row) -> None:
    """Fix what WoTrus names, and buy another certificate if it has expired."""
    _pay_what_is_unpaid(operator, certificate, row)
    ends = [one.not_after for one in operator.world.ca.store.certificates(str(row["order_id"]))]
    if ends and max(ends) <= operator.world.clock.now():
        _replace_root(operator, certificate, row)


def _raise_limit(operator: Operator, _certificate: Certificate, row: Row) -> None:
    given = _arguments(row)
    number = int(given["number"])
    if given["option"] == "wotrus_max_reissues":
        operator.world.inventory.variables["max_reissues"] = number
    else:
        operator.most_orders = max(operator.most_orders or 0, number)


def _replace(operator: Operator, certificate: Certificate, row: Row) -> None:
    operator.replace(certificate, str(_arguments(row)["order_id"]))


def _replace_ended(operator: Operator, certificate: Certificate, row: Row) -> None:
    """Ask WoTrus whether the order has ended, and replace it then."""
    ca = operator.world.ca
    order = ca.order(str(_arguments(row)["order_id"]))
    if order is not None and not order.is_waiting and ca.end_of(ca.root(order)) <= operator.world.clock.now():
        _replace(operator, certificate, row)


def _name_order_of_csr(operator: Operator, certificate: Certificate, row: Row) -> None:
    order = operator.world.ca.order(str(row["order_id"]))
    if order is not None and order.companion:
        operator.world.inventory.entry(certificate).update(order_id=order.companion, root_order_id=order.companion)


def _leave_with_owner(operator: Operator, _certificate: Certificate, row: Row) -> None:
    order_id, world = str(_arguments(row)["order_id"]), operator.world
    order = world.ca.order(order_id)
    for one in world.inventory.certificates():
        if order is None or not world.is_for(one, order):
            operator.give_up(one, order_id)


def _replace_or_name(operator: Operator, certificate: Certificate, row: Row) -> None:
    """Name the reissue of an order that has ended. An earlier one of its purchase is none."""
    ca, root_id = operator.world.ca, str(_arguments(row)["root_order_id"])
    order, ended = ca.order(root_id), ca.order(str(row["order_id"]))
    family = ca.family(ca.root(order)) if order else []
    reissues = [one for one in family if one.kind is OrderKind.REISSUE and one.status is Status.ISSUED]
    if reissues and (ended is None or reissues[-1].created > ended.created):
        operator.world.inventory.entry(certificate).update(order_id=reissues[-1].id, root_order_id=root_id)
    else:
        _replace(operator, certificate, row)


def _replace_root(operator: Operator, certificate: Certificate, row: Row) -> None:
    operator.replace(certificate, str(_arguments(row)["root_order_id"]))


def _look_for_the_chain(operator: Operator, certificate: Certificate, row: Row) -> None:
    """Look in WoTrus's console for the newest order of a chain, and for its purchase."""
    ca, order_id = operator.world.ca, str(_arguments(row)["order_id"])
    order = ca.order(order_id)
    follower = ca.follower(ca.root(order)) if order else None
    if follower is not None and follower in ca.shown():
        newest = [one for one in ca.family(follower) if one.status is Status.ISSUED] or [follower]
        operator.name_order(certificate, newest[-1])
    elif order is not None and ca.root(order).id == order.id:
        operator.world.inventory.entry(certificate).update(order_id=order_id, root_order_id=order_id)
    else:
        operator.replace(certificate, order_id)


def _is_other_product(row: Row) -> bool:
    return "product is" in row["msg"]


def _correct_identity(operator: Operator, certificate: Certificate, row: Row) -> None:
    """Take what WoTrus corrected, name no order of somebody else, and buy another order if the entry was changed."""
    world, order_id, found = operator.world, str(row["order_id"]), _arguments(row)
    order = world.ca.order(order_id)
    if order is None or not world.is_for(certificate, order):
        for one in dict.fromkeys((order_id, str(found.get("begun", order_id)))):
            operator.give_up(certificate, one)
        operator.move_away(certificate, "record.json")
        return
    entry, asked = world.inventory.entry(certificate), world.ca.asked_names(order)
    wanted = (entry["common_name"], entry["organization"]["name"])
    if "product is" in row["msg"] or not all(map(is_same_name, asked, wanted)):
        operator.replace(certificate, str(found.get("root_order_id", order_id)))
        return
    named = (entry.get("order_id"), entry.get("root_order_id"))
    if "set order_id and root_order_id" in step_of(row):
        operator.name_order(certificate, order)
    if named != (entry.get("order_id"), entry.get("root_order_id")):
        return
    entry["common_name"], entry["organization"]["name"] = world.ca.names_of(order)
    world.changed_entries.add(str(certificate))


def _name_own_order(operator: Operator, certificate: Certificate, row: Row) -> None:
    """Name an order that does not say whom it is for, if it is the certificate's."""
    order = operator.world.ca.order(str(_arguments(row)["order_id"]))
    if order is not None and operator.world.owns(certificate, order):
        operator.name_order(certificate, order)
    else:
        operator.give_up(certificate, str(_arguments(row)["order_id"]))
        operator.move_away(certificate, "record.json")


def _replace_own_root(operator: Operator, certificate: Certificate, row: Row) -> None:
    """Name the order of the purchase, unless the named reissue is another certificate's."""
    named = str(_arguments(row)["order_id"])
    order = operator.world.ca.order(named)
    if order is not None and operator.world.is_for(certificate, order):
        operator.replace(certificate, str(_arguments(row)["root_order_id"]))
    else:
        operator.give_up(certificate, named)
        operator.move_away(certificate, "record.json")


def _accept_corrected_companion(operator: Operator, certificate: Certificate, row: Row) -> None:
    ca = operator.world.ca
    order = ca.order(str(_arguments(row)["order_id"]))
    if order is not None and any(one.id in ca.corrected for one in ca.family(ca.root(order))):
        operator.name_order(certificate, order)
    else:
        operator.move_away(certificate, "record.json")


def _move_record(operator: Operator, certificate: Certificate, _row: Row) -> None:
    operator.move_away(certificate, "record.json")


def _update_or_move_record(operator: Operator, certificate: Certificate, row: Row) -> None:
    """Update the collection, which then reads the record, or move a damaged one away."""
    path = operator.world.host(certificate).path(certificate.name) / "record.json"
    if "Update the collection" in row["msg"] and path.exists():
        path.write_text(json.dumps({**operator.world.record(certificate), "version": VERSION}))
    else:
        operator.move_away(certificate, "record.json")


def _move_pending(operator: Operator, certificate: Certificate, _row: Row) -> None:
    operator.move_away(certificate, "pending")


def _move_copy(operator: Operator, certificate: Certificate, _row: Row) -> None:
    operator.move_away(certificate, "pending")
    operator.move_away(certificate, "record.json")


def _name_former(operator: Operator, certificate: Certificate, row: Row) -> None:
    former, inventory = str(_arguments(row)["former"]), operator.world.inventory
    if any(former == order_name(inventory.entry(one), one) for one in inventory.certificates()):
        _move_copy(operator, certificate, row)
    else:
        inventory.entry(certificate)["order_name"] = former


def _name_order_of_live(operator: Operator, certificate: Certificate, _row: Row) -> None:
    """Look for the order of the live certificate in WoTrus's console."""
    live = operator.world.live(certificate)
    order = operator.world.ca.order_of_serial(f"{live.serial_number:X}") if live else None
    if order in operator.world.ca.shown():
        operator.name_order(certificate, order)


def _name_order_of_live_or_replace(operator: Operator, certificate: Certificate, row: Row) -> None:
    """Name the order of the live certificate, or another one if that is named already and nobody has a backup."""
    entry = operator.world.inventory.entry(certificate)
    named = entry.get("order_id")
    _name_order_of_live(operator, certificate, row)
    if is_same_id(named, entry.get("order_id")):
        _replace_root(operator, certificate, row)


def _write_root(operator: Operator, certificate: Certificate, row: Row) -> None:
    """Write the lines, if the record is right."""
    found, world = _arguments(row), operator.world
    order = world.ca.order(str(found["order_id"]))
    root = world.ca.root(order) if order else None
    if root is not None and is_same_id(found["root_order_id"], root.companion or root.id):
        world.inventory.entry(certificate).update({name: str(found[name]) for name in _NAMING})
    else:
        operator.move_away(certificate, "record.json")


def _write_root_of_journal(operator: Operator, certificate: Certificate, row: Row) -> None:
    """Write the lines, and name the order of the purchase in place of its reissue."""
    entry, (order_id, root_id) = operator.world.inventory.entry(certificate), (_arguments(row)[one] for one in _NAMING)
    entry.update(order_id=str(order_id), root_order_id=str(root_id))
    _name_root_of_reissues(operator, certificate)


def _name_root_of_reissues(operator: Operator, certificate: Certificate) -> None:
    """Name the purchase of the entry in ``replace_orders``, where its reissues were named."""
    entry, ca = operator.world.inventory.entry(certificate), operator.world.ca
    root = ca.order(entry["root_order_id"])
    ids = {one.id for one in ca.family(ca.root(root))} if root else {entry["order_id"]}
    named = entry.get("replace_orders", ())
    entry["replace_orders"] = [entry["root_order_id"] if id_key(one) in ids else one for one in named]


def _write_pair(operator: Operator, certificate: Certificate, row: Row) -> None:
    """Look in WoTrus's console for the order of the purchase."""
    order = operator.world.ca.order(str(_arguments(row)["order_id"]))
    if order is not None:
        operator.name_order(certificate, order)


def _name_purchase(operator: Operator, certificate: Certificate, row: Row) -> None:
    """Look for the order of the purchase in WoTrus's console, and name it in place of its reissue."""
    order = operator.world.ca.order(str(_arguments(row)["order_id"]))
    if order is not None:
        operator.name_order(certificate, order)
        _name_root_of_reissues(operator, certificate)


def _change_storage_back(operator: Operator, certificate: Certificate, _row: Row) -> None:
    entry, folder = operator.world.inventory.entry(certificate), operator.world.host(certificate).path(certificate.name)
    if (folder / "live" / "key.uri").exists() and "curve" in entry["key"]:
        entry["key"].update(IN_TOKEN)


def _import_no_key(operator: Operator, certificate: Certificate, _row: Row) -> None:
    operator.world.inventory.entry(certificate)["key"].pop("import_from", None)


def _name_reissue(operator: Operator, certificate: Certificate, row: Row) -> None:
    ca, root_id = operator.world.ca, str(_arguments(row)["root_order_id"])
    order = ca.order(root_id)
    if order is None or not (operator.world.owns(certificate, order) and order in ca.shown()):
        for one in (root_id, str(row["order_id"])):
            operator.give_up(certificate, one)
        operator.move_away(certificate, "record.json")
        return
    issued = [one for one in ca.family(ca.root(order)) if one.status is Status.ISSUED]
    named = operator.world.inventory.entry(certificate).get("order_id")
    if issued and not is_same_id(named, issued[-1].id):
        operator.name_order(certificate, issued[-1])
    else:
        _replace_root(operator, certificate, row)


def _allow_reissue(operator: Operator, certificate: Certificate, _row: Row) -> None:
    operator.world.inventory.entry(certificate)["on_change"] = "reissue"


def _reissue(operator: Operator, certificate: Certificate, _row: Row) -> None:
    operator.reissue.append(certificate.name)


def _reissue_again(operator: Operator, certificate: Certificate, row: Row) -> None:
    if str(certificate) in operator.refused:
        operator.move_away(certificate, "pending")
    operator.refused.add(str(certificate))
    _reissue(operator, certificate, row)


def _name_order(operator: Operator, certificate: Certificate, row: Row) -> None:
    order_id = str(_arguments(row)["order_id"])
    operator.world.inventory.entry(certificate).update(order_id=order_id, root_order_id=order_id)


def _find_reissue_or_undo(operator: Operator, certificate: Certificate, row: Row) -> None:
    """Look for the reissue in WoTrus's console. If WoTrus grants none, want what is live."""
    if _look_into_console(operator, certificate, row) or operator.world.ca.grants_reissue(row["order_id"]):
        return
    entry, definition = operator.world.inventory.entry(certificate), _definition_of_live(operator.world, certificate)
    key, subject = definition.get("key") or {}, definition.get("subject") or {}
    if "curve" in entry["key"] and "curve" in key:
        for name in IN_TOKEN:
            entry["key"].pop(name, None)
        entry["key"].update(curve=key["curve"], **(IN_TOKEN if key["storage"] == "pkcs11" else {}))
    entry["common_name"] = subject.get("common_name", entry["common_name"])
    entry["organization"].update(name=subject.get("organization", entry["organization"]["name"]))
    entry["organization"].update({"city": subject["locality"]} if "locality" in subject else {})
    if "locality" not in subject:
        entry["organization"].pop("city", None)
    operator.world.inventory.variables.pop("keys_since", None)


def _definition_of_live(world: World, certificate: Certificate) -> Mapping[str, Any]:
    return (world.record(certificate).get("live") or {}).get("definition") or {}


def _find_reissue_or_replace(operator: Operator, certificate: Certificate, row: Row) -> None:
    """Look for the reissue in WoTrus's console. If WoTrus grants none, buy another order."""
    if not _look_into_console(operator, certificate, row) and not operator.world.ca.grants_reissue(row["order_id"]):
        _replace_root(operator, certificate, row)


def _look_into_console(operator: Operator, certificate: Certificate, row: Row) -> bool:
    """Look for the order in WoTrus's console, unless the message names it, and return whether there is one.

    If it is a reissue, the step has the order of its purchase.
    """
    entry, ca = operator.world.inventory.entry(certificate), operator.world.ca
    if KEY_REFUSED in str(row["msg"]) and "curve" in entry["key"]:
        entry["key"]["curve"] = "P-256"
        return True
    root_id = _arguments(row).get("root_order_id")
    shown = [
        order
        for order in ca.shown()
        if root_id is None or (order.kind is OrderKind.REISSUE and _is_root(ca.root(order), root_id))
    ]
    named = [order for order in shown if order.id in str(row["msg"]).lower()]
    known = [
        order
        for order in shown
        if is_same_name(ca.corrected.get(order.id, order.request.common_name), entry["common_name"])
        or operator.world.owns(certificate, order)
    ]
    others = [
        one
        for one in operator.world.inventory.certificates()
        if one == certificate or not _is_shared(operator.world, one, certificate)
    ]
    in_use = [operator.world.record(one).get("live") or {} for one in others]
    known = [order for order in known if not any(is_same_id(one.get("order_id"), order.id) for one in in_use)]
    own = named or [order for order in known if order.status not in DEAD] or known
    if own:
        operator.name_order(certificate, own[-1])
    elif "use another key" in step_of(row) and "content" in entry["key"]:
        entry["key"]["content"] = provided_key(len(operator.world.runs))
    return bool(own)


def _is_root(order: Order, root_id: object) -> bool:
    """Return whether an order is a purchase; that of an SM2 pair is known by the order with the CSR."""
    return any(is_same_id(one, str(root_id)) for one in (order.id, order.companion))


def _look_into_console_if_again(operator: Operator, certificate: Certificate, row: Row) -> None:
    if str(certificate) in operator.unknown:
        _look_into_console(operator, certificate, row)
    operator.unknown.add(str(certificate))


def _is_shared(world: World, one: Certificate, other: Certificate) -> bool:
    """Return whether two entries have one order, since their keys are provided."""
    names = {order_name(world.inventory.entry(certificate), certificate) for certificate in (one, other)}
    return len(names) == 1


def _decide_owner(operator: Operator, certificate: Certificate, row: Row) -> None:
    """Name the order in its owner's entry, or remove the record."""
    order_id = str(_arguments(row)["order_id"])
    order = operator.world.ca.order(order_id)
    if order is not None and operator.world.is_for(certificate, order):
        operator.world.inventory.entry(certificate)["order_id"] = order_id
    else:
        operator.move_away(certificate, "record.json")


def _own_order_name(operator: Operator, certificate: Certificate, _row: Row) -> None:
    operator.world.inventory.entry(certificate)["order_name"] = str(certificate)


def _look_for_follower(operator: Operator, certificate: Certificate, row: Row) -> None:
    """Look in WoTrus's console for the order that follows another, and replace that if there is none."""
    ca, root_id = operator.world.ca, str(_arguments(row)["root_order_id"])
    order = ca.order(root_id)
    follower = ca.follower(ca.root(order)) if order else None
    if follower is not None and follower in ca.shown():
        operator.name_order(certificate, follower)
    else:
        operator.replace(certificate, root_id)


def _correct_clocks(operator: Operator, certificate: Certificate, row: Row) -> None:
    operator.world.ca.date_ahead = 0.0
    operator.world.ca.read_as({"date_ahead": "0"})
    _set_clocks(operator, certificate, row)


def _set_clocks(operator: Operator, _certificate: Certificate, _row: Row) -> None:
    operator.world.clock_error = 0.0
    for host in operator.world.hosts.values():
        host.clock_error = 0.0


def _set_clocks_or_wait(operator: Operator, certificate: Certificate, row: Row) -> None:
    """Set the clocks. If they are right, wait until the certificate that WoTrus issued is valid."""
    _set_clocks(operator, certificate, row)
    world = operator.world
    order = world.ca.order(str(row["order_id"]))
    issued = world.ca.store.certificates(order.id) if order else ()
    begins = [x509.load_pem_x509_certificate(one.pem.encode()).not_valid_before_utc.timestamp() for one in issued]
    world.clock.pass_by(max(begins, default=0.0) - world.clock.now())


def _repair_service(operator: Operator, certificate: Certificate, _row: Row) -> None:
    operator.world.host(certificate).is_reload_broken = False


def _add_handlers(operator: Operator, certificate: Certificate, _row: Row) -> None:
    named = reload_of(operator.world.inventory.entry(certificate)).get("handler")
    operator.world.inventory.variables["handlers"] = [named or TOPIC]


def _accept_usage(operator: Operator, _certificate: Certificate, _row: Row) -> None:
    operator.world.inventory.variables["verification"] = "compatible"


def _name_token(operator: Operator, certificate: Certificate, _row: Row) -> None:
    key = operator.world.inventory.entry(certificate)["key"]
    key["pkcs11"] = {"module": "/lib/token.so", "token": "hsm", "pin": "1234"}


def _correct_entry(operator: Operator, certificate: Certificate, row: Row) -> None:
    if "needs a document" in row["msg"]:
        operator.world.evidence.write_bytes(b"%PDF-1.4\n")
        operator.world.inventory.variables["has_document"] = True
        return
    for name in _NAMING:
        operator.world.inventory.entry(certificate).pop(name, None)


def _repair_journal(operator: Operator, _certificate: Certificate, _row: Row) -> None:
    operator.world.is_journal_broken = False


STEPS: Mapping[str, Callable[[Operator, Certificate, Row], object]] = {
    "Run again later.": _nothing,
    "Run again.": _nothing,
    "Run again. The new plan starts from the present state.": _nothing,
    "Check the network. Run again later.": _nothing,
    "Run again. If the connection is slow, set a larger timeout.": _nothing,
    "Wait until the other run has ended, then run again.": _nothing,
    "Fix the path that the message names, then run again.": _nothing,
    "Make wotrus_journal a place that can be written, then run again.": _repair_journal,
    "Run ansible -m ping for the host and fix what it shows, then run again.": _nothing,
    "WoTrus decides on it. If none of you asked for the revocation, tell WoTrus at once.": _nothing,
    "Ask WoTrus why order {order_id} still waits, then run again.": _nothing,
    "The role verifies and deploys its certificate.": _nothing,
    "Run again later, for the certificate of the companion order {order_id}.": _nothing,
    "Run wotrus.pki.issue.": _nothing,
    "To {action} it, run wotrus.pki.issue.": _nothing,
    "Open the pending link{link}, then run again.": _nothing,
    "Pay order {order_id}{link}, then run again.": _pay,
    (
        "Run again. If it stays so, look for the order in WoTrus's console. Set order_id and root_order_id in the "
        "entry to its id. "
        "If the console shows only numbers, ask WoTrus for the id, with the letter of wotrus.pki.probe."
    ): _look_into_console_if_again,
    (
        "Run again. If it stays so, look for the reissue in WoTrus's console. Set order_id in the entry to its id, and "
        "root_order_id to {root_order_id}. "
        "If the console shows only numbers, ask WoTrus for the id, with the letter of wotrus.pki.probe."
    ): _look_into_console_if_again,
    "Check what answers at wotrus_api_url, then run again.": _nothing,
    "Run again. If it stays so, ask WoTrus with the request ids of this result.": _pay_what_is_unpaid,
    (
        "Ask WoTrus about order {order_id}, with the request ids of this result. If it has ended, add it to "
        "replace_orders of the entry. The order that follows it may be charged, unless it exists already."
    ): _replace_ended,
    (
        "If you changed key.storage, change it back, and run again. Otherwise do not deploy the certificate, and ask "
        "WoTrus about the order."
    ): _change_storage_back,
    "Ask WoTrus why the order has ended.": _nothing,
    "Fix key.csr_command if there is one, then run again. Otherwise do not trust this host.": _nothing,
    (
        "If the names are right, write them into the entry. Otherwise ask WoTrus where they are from, and reissue the "
        "certificate."
    ): _nothing,
    "Ask WoTrus for a newer chain, then run again.": _nothing,
    (
        "Ask WoTrus for a certificate that signs documents. To accept this one, set wotrus_verification to compatible."
    ): _accept_usage,
    (
        "Check that wotrus_api_token is of the account that placed the order. Otherwise ask WoTrus, "
        "with the request ids of this result."
    ): _nothing,
    "Fix what WoTrus names in the message, then run again.": _pay_what_is_unpaid,
    (
        "Fix what WoTrus names in the message, then run again. Only if the certificate has expired before its paid "
        "term, ask WoTrus for another one, or add {root_order_id} to replace_orders of the entry. The order that "
        "follows it may be charged."
    ): _pay_or_replace_what_has_expired,
    "Check the plan with --check. To send all of them, set {option} to {number} for this run.": _raise_limit,
    (
        "Add {order_id} to replace_orders of the entry. The order that follows it may be charged, unless it exists "
        "already."
    ): _replace,
    (
        "If order {order_id} is another certificate's, remove it from the entry, and move the record on the host "
        "away. Otherwise add {root_order_id} to replace_orders of the entry instead. The order that follows it may be "
        "charged, unless it exists already."
    ): _replace_own_root,
    (
        "If the order was reissued, or WoTrus reissues it for you, set order_id in the entry to the id of the reissue, "
        "which the report and WoTrus's console show, and root_order_id to {root_order_id}. Otherwise add {order_id} to "
        "replace_orders of the entry. The order that follows it may be charged, unless it exists already. "
        "If the console shows only numbers, ask WoTrus for the id, with the letter of wotrus.pki.probe."
    ): _replace_or_name,
    (
        "WoTrus does not send its certificate any more. It is renewed once its term is over. To renew it before that, "
        "add {order_id} to replace_orders of the entry. The order that follows it may be charged, unless it exists "
        "already."
    ): _replace,
    (
        "Restore the lost files from a backup. If the order was reissued, or WoTrus reissues it for you, set order_id "
        "in the entry to the id of the reissue, and root_order_id to {root_order_id}. Otherwise add {order_id} to "
        "replace_orders of the entry. The order that follows it may be charged, unless it exists already."
    ): _replace_or_name,
    (
        "Ask WoTrus for a certificate until the end of the paid term, then run again. To buy another now, add "
        "{root_order_id} to replace_orders of the entry. The order that follows it may be charged."
    ): _replace_root,
    "Ask WoTrus for a certificate until the end of the paid term, then run again.": _nothing,
    (
        "WoTrus decides on it: run again later. If none of you asked for the revocation, tell WoTrus at once. To buy "
        "another order now, add {order_id} to replace_orders of the entry. The order that follows it may be charged, "
        "unless it exists already."
    ): _replace,
    (
        "Look in WoTrus's console until when order {root_order_id} is paid, and for an order that follows it. If there "
        "is one, set order_id and root_order_id in the entry to it. If there is none, add {root_order_id} to "
        "replace_orders of the entry. The order that follows it may be charged. "
        "If the console shows only numbers, ask WoTrus for the id, with the letter of wotrus.pki.probe."
    ): _look_for_follower,
    (
        "Correct the clock of the machine that runs Ansible. If it is right, ask WoTrus. Then run again."
    ): _correct_clocks,
    (
        "Look in WoTrus's console for an order that follows it. If there is one, set order_id and root_order_id in "
        "the entry to it. If there is none, and order {order_id} is no reissue, set order_id and root_order_id to "
        "{order_id}. Otherwise add {order_id} to replace_orders of the entry. The order that follows it may be "
        "charged a second time. "
        "If the console shows only numbers, ask WoTrus for the id, with the letter of wotrus.pki.probe."
    ): _look_for_the_chain,
    (
        "If WoTrus corrected the name, use its spelling, or set order_id and root_order_id to the order. If you "
        "changed the entry, change it back. Otherwise do not trust the record on this host."
    ): _correct_identity,
    (
        "If WoTrus corrected the name, use its spelling in the entry, or set order_id and root_order_id to "
        "{order_id}. If you changed the entry, change it back. If order {begun} is another certificate's, remove it "
        "from the entry, and move the record on the host away. To buy another order, add {root_order_id} to "
        "replace_orders of the entry. The order that follows it may be charged, unless it exists already."
    ): _correct_identity,
    (
        "If WoTrus corrected this, use its spelling in the entry. If you changed the entry, change it back. If order "
        "{begun} is another certificate's, remove it from the entry, and move the record on the host away. To buy "
        "another order, add {root_order_id} to replace_orders of the entry. The order that follows it may be charged, "
        "unless it exists already."
    ): _correct_identity,
    (
        "If order {order_id} is this certificate's, set order_id in the entry to it, and root_order_id to "
        "{root_order_id}. Otherwise remove it from the entry, and move the record on the host away. The order "
        "of its name may be charged, unless it exists already."
    ): _name_own_order,
    (
        "If the record is right, write these lines into the entry: order_id: {order_id}, root_order_id: "
        "{root_order_id}. Otherwise do not trust the record on this host. Move it away, then run again. The "
        "order of its name may be charged, unless it exists already."
    ): _write_root,
    (
        "If the certificate is yours, set order_id in the entry to {order_id}, and root_order_id to the order of "
        "its purchase. Otherwise ask WoTrus about the order."
    ): _name_order,
    (
        "If WoTrus corrected the name, set order_id in the entry to {order_id}, and root_order_id to the order of its "
        "purchase. Otherwise do not trust the record on this host."
    ): _accept_corrected_companion,
    (
        "Write these lines into the entry: order_id: {order_id}, root_order_id: {root_order_id}. If replace_orders "
        "names a reissue, name {root_order_id} there instead."
    ): _write_root_of_journal,
    (
        "Look for the order of the purchase in WoTrus's console. Set order_id in the entry to {order_id}, and "
        "root_order_id to that order. If replace_orders names a reissue, name that order there instead. "
        "If the console shows only numbers, ask WoTrus for the id, with the letter of wotrus.pki.probe."
    ): _name_purchase,
    "Correct key.import_from in the entry, or remove it. Then run again.": _import_no_key,
    (
        "Check that wotrus_api_token is of the account that placed the order. If it was reissued, set order_id in the "
        "entry to the id of the reissue, and root_order_id to {root_order_id}. If it is of another account or "
        "certificate, remove it from the entry, and move the record on the host away. The next run then adopts the "
        "order of its name, or places it. Only if WoTrus had the order and no longer has it, add {root_order_id} to "
        "replace_orders of the entry. The order that follows it may be charged a second time."
    ): _name_reissue,
    (
        "Do not trust the record on this host. Move it away, then run again. The order of its name may be "
        "charged, unless it exists already."
    ): _move_record,
    (
        "Ask WoTrus about the order. If it is no reissue for this host's key, do not trust the record on this "
        "host. Move it away, then run again. The order of its name may be charged, unless it exists already."
    ): _move_record,
    (
        "Update the collection, if the message says so. Otherwise restore record.json from a backup, or move it away. "
        "Then run again. The order of its name may be charged, unless it exists already."
    ): _update_or_move_record,
    "Move pending/ away on the host, and keep its key. Then run again.": _move_pending,
    (
        "Wait until that order is finished. If it is not wanted, move pending/ away on the host, and keep its key. "
        "Then run again. The order of its name may be charged, unless it exists already."
    ): _move_pending,
    (
        "Set order_name to {former!r}. If WoTrus has no such order, or another entry has this order_name, "
        "move pending/ and record.json away. The order of its name may be charged, unless it exists already."
    ): _name_former,
    (
        "If you renamed the certificate, set order_name to {former!r}. Otherwise it is a copy. Move pending/ "
        "and record.json away, and keep the key. The order of its name may be charged, unless it exists "
        "already."
    ): _move_copy,
    (
        "Set order_id and root_order_id in the entry to the RSA or ECC order of the pair, which WoTrus's console "
        "shows. If the console shows only numbers, ask WoTrus for the id, with the letter of wotrus.pki.probe."
    ): _name_order_of_csr,
    (
        "Remove order_id from each entry that {order_id} is not for. The order of its name may be charged, "
        "unless it exists already."
    ): _leave_with_owner,
    "Leave {order_id} in the one entry that it was placed for.": _leave_with_owner,
    (
        "The certificate {serial_number} is live and valid, and of another order. Look for that order in WoTrus's "
        "console. Set order_id in the entry to it, and root_order_id to the order of its purchase. "
        "If the console shows only numbers, ask WoTrus for the id, with the letter of wotrus.pki.probe."
    ): _name_order_of_live,
    (
        "The certificate {serial_number} is live and valid. If it is of order {order_id}, restore record.json from a "
        "backup. Otherwise name its own order. To replace it before it ends, add {root_order_id} to replace_orders of "
        "the entry. The order that follows it may be charged, unless it exists already."
    ): _name_order_of_live_or_replace,
    "Set on_change to reissue, or change the entry back.": _allow_reissue,
    "Run wotrus.pki.reissue for it.": _reissue,
    "Ask WoTrus why. To request a reissue again, run wotrus.pki.reissue for it.": _reissue,
    (
        "Ask WoTrus about the reissue. If it was refused, run wotrus.pki.reissue for it. If it is refused again, move "
        "pending/ away on the host before that, and keep its key."
    ): _reissue_again,
    (
        "Correct order_id and root_order_id in the entry, or remove them. The order of its name may be "
        "charged, unless it exists already."
    ): _correct_entry,
    (
        "If order {order_id} was bought itself, write these lines into the entry: order_id: {order_id}, "
        "root_order_id: {order_id}. If it is a reissue, set root_order_id to the order of its purchase, which WoTrus's "
        "console shows. "
        "If the console shows only numbers, ask WoTrus for the id, with the letter of wotrus.pki.probe."
    ): _write_pair,
    "Reissue the certificate with wotrus_reissue, which makes a new key.": _reissue,
    "Run wotrus.pki.reissue instead, which places no order.": _reissue,
    (
        "If the message or WoTrus's console shows a reissue of yours, set order_id in the entry to its id, and "
        "root_order_id to {root_order_id}. Otherwise fix what the message names, or use another key. Then run again. "
        "If WoTrus reissues it no more, undo the change in the inventory. "
        "If the console shows only numbers, ask WoTrus for the id, with the letter of wotrus.pki.probe."
    ): _find_reissue_or_undo,
    (
        "If the message or WoTrus's console shows a reissue of yours, set order_id in the entry to its id, and "
        "root_order_id to {root_order_id}. Otherwise fix what the message names, or use another key. Then run again. "
        "If WoTrus reissues it no more, restore the former key from a backup. Without one, add {root_order_id} to "
        "replace_orders of the entry. The order that follows it may be charged, unless it exists already. "
        "If the console shows only numbers, ask WoTrus for the id, with the letter of wotrus.pki.probe."
    ): _find_reissue_or_replace,
    (
        "Set order_id and root_order_id in the entry to {order_id}, if that is yours. Otherwise fix what the message "
        "names, then run again."
    ): _name_order,
    (
        "If the message or WoTrus's console shows an order of yours, set order_id and root_order_id in the entry to "
        "its id. Otherwise fix what the message names, then run again. "
        "If the console shows only numbers, ask WoTrus for the id, with the letter of wotrus.pki.probe."
    ): _look_into_console,
    (
        "Remove the record from the host that does not own the order, or set order_id to {order_id} in the "
        "entry of its owner. The order of its name may be charged, unless it exists already."
    ): _decide_owner,
    (
        "If the order is for this host, set order_id in its entry to {order_id}. Otherwise move the record of "
        "this host away. The order of its name may be charged, unless it exists already."
    ): _decide_owner,
    (
        "If one host replaces another, set order_id in its entry in place of order_name, run with --limit to it, then "
        "remove the other host. If both use one key, provide it (key.storage is provided). Neither places an order. "
        "Otherwise give each entry an order_name of its own, which is one more order that is charged."
    ): _own_order_name,
    (
        "If another host replaces {host}, set order_id to {order_id} in its entry in place of order_name, run with "
        "--limit to it, then remove {host}. If both use one key, provide it (key.storage is provided). Neither places "
        "an order. Otherwise give each entry an order_name of its own, which is one more order that is charged."
    ): _own_order_name,
    "Check the clock of this machine and of the host, then run again.": _set_clocks_or_wait,
    "Fix the reload command or the service, then run again.": _repair_service,
    (
        "Run a play that has the handler, or set reload.command instead. If no service needs it, set reload: none."
    ): _add_handlers,
    (
        "Set reload.command, or let a handler listen to 'wotrus certificate changed', then run again. If no service "
        "needs it, set reload: none."
    ): _add_handlers,
    "Run wotrus.pki.renew. If the services have handlers, run the play that has them.": _add_handlers,
    "A run in the window deploys it, from {opens} on.": _wait_for_window,
    (
        "Insert the UKey and set key.pkcs11. Or have WoTrus reissue order {order_id}, then run again. If the reissue "
        "has another id, set order_id in the entry to it, and root_order_id to {root_order_id}."
    ): _name_token,
    "Fix the entry, then run again.": _correct_entry,
}
"""What a person does for each printed step. A step that is none of these helps nobody, and breaks the promise."""


def _take_replacement(operator: Operator, certificate: Certificate, row: Row) -> None:
    found = _arguments(row)
    part = step_of(row).partition(" to replace_orders of the entry")[0]
    operator.replace(certificate, str(found["root_order_id" if part.endswith("{root_order_id}") else "order_id"]))


def _take_name(operator: Operator, certificate: Certificate, row: Row) -> None:
    """Write the ids that the step and the result print, as if both were the order's own."""
    found, step = _arguments(row), step_of(row)
    order_id = found["order_id"] if "{order_id}" in step else row["order_id"]
    root_id = found["root_order_id"] if "{root_order_id}" in step else order_id
    if order_id and root_id:
        operator.world.inventory.entry(certificate).update(order_id=str(order_id), root_order_id=str(root_id))


def _take_removal(operator: Operator, certificate: Certificate, _row: Row) -> None:
    for name in _NAMING:
        operator.world.inventory.entry(certificate).pop(name, None)


def _take_former(operator: Operator, certificate: Certificate, row: Row) -> None:
    operator.world.inventory.entry(certificate)["order_name"] = str(_arguments(row)["former"])


def _take_another_key(operator: Operator, certificate: Certificate, _row: Row) -> None:
    key = operator.world.inventory.entry(certificate)["key"]
    if "curve" in key:
        operator.world.changed_entries.add(str(certificate))
        key["curve"] = "P-384" if key["curve"] == "P-256" else "P-256"


WAYS: Mapping[str, tuple[str, Callable[[Operator, Certificate, Row], object]]] = {
    "replaces the order": ("to replace_orders of the entry", _take_replacement),
    "names the order": ("et order_id", _take_name),
    "removes the order": ("remove it from the entry|Remove order_id from|or remove them", _take_removal),
    "moves the record away": ("[Mm]ove it away|(Remove|move) the record", _move_record),
    "moves record.json away": (r"record\.json", _move_record),
    "moves pending/ away": ("pending/", _move_pending),
    "sets order_name": ("et order_name to {former!r}", _take_former),
    "reissues the certificate": ("wotrus.pki.reissue", _reissue),
    "wants another key": ("use another key", _take_another_key),
}
"""What a person may pick out of a printed step, by words of histories: a pattern in the step, and what they do."""


def ways_of(row: Row) -> list[str]:
    """Return what a person may pick out of a result's step, whether it is for this case or not."""
    return [way for way, (part, _action) in WAYS.items() if re.search(part, step_of(row))]


def does_something(row: Row) -> bool:
    """Return whether a person who follows a result changes anything."""
    return STEPS.get(step_of(row), _nothing) is not _nothing


def follow_to_the_end(world: World, check: Callable[[], None]) -> None:
    """Check that the printed steps lead to live certificates.

    The faults end, the CA approves everything, and the persons follow each printed step.

    :param check: checks the promises after each run

    :raises Broken: in a bounded number of runs some certificate is not live and valid, a step cannot be followed or has
        another effect than declared, or the runbook was needed
    """
    operator = Operator(world)
    world.end_faults()
    tried: list[str] = []
    unhelped: list[str] = []
    reds: collections.Counter[Certificate] = collections.Counter()
    blocked: dict[Certificate, list[str]] = {}
    for _run in range(MOST_RUNS):
        world.approve_all()
        world.begin_event()
        reissue, operator.reissue = operator.reissue, []
        seen = world.run(role.Options(hosts=world.all_hosts(), reissue=reissue, most_orders=operator.most_orders))
        check()
        todo = [
            row
            for row in seen.result.rows
            if row["result"] not in ("unchanged", "deployed") or row["alarm"] == "failure"
        ]
        if not todo and seen.result.is_green and world.all_live():
            break
        tried = [f"{row['name']}@{row['host']}: {row['msg']} {row['next_step'] or '(no next step)'}" for row in todo]
        tried += [f"{host}: {why}" for host, why in seen.result.failed.items() if not todo]
        for host, why in seen.result.failed.items():
            operator.correct(host, why)
        before, blocked = blocked, {}
        for row in todo:
            certificate = Certificate(row["name"], row["host"])
            found = seen.process.decided.get((row["name"], row["host"]))
            if now := effects.name_of(found, step_of(row), is_of_name=not _PLACED.isdisjoint(row["steps"])):
                blocked[certificate] = way = [*before.get(certificate, ()), now]
                if not effects.is_declared(way):
                    raise Broken(PROGRESS, f"{certificate}: {' > '.join(way)}: {row['next_step']}")
            times, rest = divmod(reds[certificate] - world.patience, _AGAIN)
            is_wait = row["result"] == "waiting" and not does_something(row)
            reds[certificate] += not is_wait
            if not is_wait and times >= 0 and rest == 0:
                runbook.follow(operator, certificate, with_pending=times > 0)
                blocked.pop(certificate, None)
                unhelped += [f"{row['msg']} {row['next_step'] or '(no next step)'}"] if world.patience else []
                continue
            step = operator.follow(row)
            if step and step not in STEPS:
                raise Broken(PROGRESS, f"nobody can follow {step}: {row['next_step']}")
        # Where all that is left is a wait, some days pass.
        world.clock.pass_by(BETWEEN_RUNS if any(map(does_something, todo)) else DAY)
    else:
        raise Broken(PROGRESS, f"after {MOST_RUNS} runs of persons: {'; '.join(tried) or 'not all is live'}")
    if unhelped:
        raise Broken(RUNBOOK, "; ".join(unhelped))
