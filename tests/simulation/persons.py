# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The persons, who follow the printed next step to the letter.

They never do what it does not say.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from wotrus_sandbox.orders import DEAD, Status

from ansible_collections.wotrus.pki.plugins.module_utils._model.order import is_same_name

from . import role
from .hosts import Row
from .inventory import Certificate
from .promises import Broken

if TYPE_CHECKING:
    from .world import World

MOST_RUNS = 14
PROGRESS = "the_printed_steps_lead_to_a_live_certificate"


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
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.most_orders: int | None = None
        self.reissue: list[str] = []

    def follow(self, row: Row) -> str:
        """Do what a result says, and return its step."""
        step = step_of(row)
        action = _STEPS.get(step)
        if action is not None:
            action(self, Certificate(row["name"], row["host"]), row)
        return step

    def replace(self, order_id: str) -> None:
        """Add an order to ``wotrus_replace_orders``."""
        named = self.world.inventory.variables["replace_orders"]
        if order_id not in named:
            named.append(order_id)

    def move_away(self, certificate: Certificate, name: str) -> None:
        """Move a file or folder of a certificate away."""
        path = self.world.host(certificate).path(certificate.name) / name
        if path.is_dir():
            shutil.rmtree(path)
        elif path.exists():
            path.unlink()


def _nothing(_operator: Operator, _certificate: Certificate, _row: Row) -> None:
    """Run again, or let WoTrus act."""


def _raise_limit(operator: Operator, _certificate: Certificate, row: Row) -> None:
    operator.most_orders = max(operator.most_orders or 0, int(_arguments(row)["charged"]))


def _replace(operator: Operator, _certificate: Certificate, row: Row) -> None:
    operator.replace(str(_arguments(row)["order_id"]))


def _replace_or_name(operator: Operator, certificate: Certificate, row: Row) -> None:
    ca, order_id = operator.world.ca, str(_arguments(row)["order_id"])
    order = ca.order(order_id)
    reissues = [one for one in ca.family(ca.root(order)) if one.status is Status.ISSUED] if order else []
    if reissues:
        operator.world.inventory.entry(certificate)["order_id"] = reissues[-1].id
    else:
        operator.replace(order_id)


def _replace_root(operator: Operator, _certificate: Certificate, row: Row) -> None:
    operator.replace(str(_arguments(row)["root_order_id"]))


def _correct_identity(operator: Operator, certificate: Certificate, row: Row) -> None:
    if str(certificate) in operator.world.changed_names:
        operator.replace(str(row["order_id"]))
    else:
        operator.move_away(certificate, "record.json")


def _move_record(operator: Operator, certificate: Certificate, _row: Row) -> None:
    operator.move_away(certificate, "record.json")


def _move_pending(operator: Operator, certificate: Certificate, _row: Row) -> None:
    operator.move_away(certificate, "pending")


def _name_former(operator: Operator, certificate: Certificate, row: Row) -> None:
    operator.world.inventory.entry(certificate)["order_name"] = str(_arguments(row)["former"])


def _allow_reissue(operator: Operator, certificate: Certificate, _row: Row) -> None:
    operator.world.inventory.entry(certificate)["on_change"] = "reissue"


def _reissue(operator: Operator, certificate: Certificate, _row: Row) -> None:
    operator.reissue.append(certificate.name)


def _name_order(operator: Operator, certificate: Certificate, row: Row) -> None:
    operator.world.inventory.entry(certificate)["order_id"] = str(_arguments(row)["order_id"])


def _look_into_console(operator: Operator, certificate: Certificate, _row: Row) -> None:
    """Look for the order in WoTrus's console.

    The message does not name it.
    """
    entry = operator.world.inventory.entry(certificate)
    own = [
        order
        for order in operator.world.ca.known()
        if is_same_name(order.request.common_name, entry["common_name"]) and order.status not in DEAD
    ]
    if own:
        entry["order_id"] = own[-1].id


def _decide_owner(operator: Operator, certificate: Certificate, row: Row) -> None:
    """Name the order in its owner's entry, or remove the record.

    The owner is the entry whose name the order has.
    """
    order = operator.world.ca.order(str(_arguments(row)["order_id"]))
    entry = operator.world.inventory.entry(certificate)
    is_own = order is not None and is_same_name(order.request.common_name, entry["common_name"])
    if not is_own:
        operator.move_away(certificate, "record.json")
    elif certificate.host == min(operator.world.hosts):
        entry["order_id"] = str(_arguments(row)["order_id"])
    else:
        operator.move_away(certificate, "record.json")


def _own_order_name(operator: Operator, certificate: Certificate, _row: Row) -> None:
    operator.world.inventory.entry(certificate)["order_name"] = str(certificate)


def _set_clocks(operator: Operator, _certificate: Certificate, _row: Row) -> None:
    operator.world.clock_error = 0.0
    for host in operator.world.hosts.values():
        host.clock_error = 0.0


def _repair_service(operator: Operator, certificate: Certificate, _row: Row) -> None:
    operator.world.host(certificate).is_reload_broken = False


def _name_token(operator: Operator, certificate: Certificate, _row: Row) -> None:
    key = operator.world.inventory.entry(certificate)["key"]
    key["pkcs11"] = {"module": "/lib/token.so", "token": "hsm", "pin": "1234"}


def _correct_entry(operator: Operator, certificate: Certificate, _row: Row) -> None:
    operator.world.inventory.entry(certificate).pop("order_id", None)


_STEPS: Mapping[str, Callable[[Operator, Certificate, Row], None]] = {
    "next.run_again": _nothing,
    "next.unfinished": _nothing,
    "next.state_conflict": _nothing,
    "next.unavailable": _nothing,
    "next.timeout": _nothing,
    "next.store_locked": _nothing,
    "next.store_failed": _nothing,
    "next.host_unreadable": _nothing,
    "next.wotrus_decides": _nothing,
    "next.deployment": _nothing,
    "next.companion": _nothing,
    "next.issue": _nothing,
    "next.open_link": _nothing,
    "next.bad_answer": _nothing,
    "next.bad_certificate": _nothing,
    "next.ask_wotrus": _nothing,
    "next.key_mismatch": _nothing,
    "next.order_dead": _nothing,
    "next.not_found": _nothing,
    "next.rejected_by_api": _nothing,
    "next.order_limit": _raise_limit,
    "next.replace": _replace,
    "next.replace_or_reissue": _replace_or_name,
    "next.renewed_recently": _replace_root,
    "next.order_mismatch": _correct_identity,
    "next.move_record": _move_record,
    "next.record_unreadable": _move_record,
    "next.invalid_csr": _move_pending,
    "next.order_name_changed": _name_former,
    "next.on_change": _allow_reissue,
    "next.reissue": _reissue,
    "next.signature_failed": _reissue,
    "next.nothing_to_roll_back": _reissue,
    "next.repeat_refused": _name_order,
    "next.repeat_refused_unknown": _look_into_console,
    "next.order_claimed_twice": _decide_owner,
    "next.order_name_shared": _own_order_name,
    "next.certificate_expired": _set_clocks,
    "next.reload_failed": _repair_service,
    "next.no_csr_of_ukey": _name_token,
    "next.invalid_input": _correct_entry,
}
"""What a person does for each printed step. A step that is none of these helps nobody, and breaks the promise."""


def does_something(row: Row) -> bool:
    """Return whether a person who follows a result changes anything."""
    return _STEPS.get(step_of(row), _nothing) is not _nothing


def follow_to_the_end(world: World, check: Callable[[], None]) -> None:
    """Check that the printed steps lead to live certificates.

    The faults end, the CA approves everything, and the persons follow each printed step.

    :param check: checks the promises after each run

    :raises Broken: in a bounded number of runs some certificate is not live and valid, or a step cannot be followed
    """
    operator = Operator(world)
    world.end_faults()
    tried: list[str] = []
    for _run in range(MOST_RUNS):
        world.approve_all()
        world.begin_event()
        reissue, operator.reissue = operator.reissue, []
        seen = world.run(role.Options(hosts=world.all_hosts(), reissue=reissue, most_orders=operator.most_orders))
        check()
        todo = [row for row in seen.result.rows if row["result"] not in ("unchanged", "deployed") or row["alarm"]]
        if not todo and seen.result.is_green and world.all_live():
            return
        tried = [f"{row['name']}@{row['host']}: {row['msg']} {row['next_step'] or '(no next step)'}" for row in todo]
        tried += [f"{host}: {why}" for host, why in seen.result.failed.items() if not todo]
        for row in todo:
            step = operator.follow(row)
            if step and step not in _STEPS:
                raise Broken(PROGRESS, f"nobody can follow {step}: {row['next_step']}")
        world.clock.pass_by(3600)
    raise Broken(PROGRESS, f"after {MOST_RUNS} runs that followed each step: {'; '.join(tried) or 'not all is live'}")
