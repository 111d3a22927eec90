# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The promises: one small function each, with the sentence that it holds.

A promise yields what is wrong. It asks the CA for the truth, and never the code under test.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import zoneinfo
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import NameOID
from wotrus_sandbox.orders import DEAD, Order, OrderKind, Status

from ansible_collections.wotrus.pki.plugins.module_utils._model.idempotence import follow_idempotence_id
from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import id_key
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import is_same_name
from ansible_collections.wotrus.pki.plugins.module_utils._model.revocation_status import NO_ADDRESS, UNKNOWN_STATES
from tests.helpers import openssl

from . import csrs, role
from .ca import FOREIGN_NAME, SentRequest
from .clock import DAY
from .inventory import Certificate, Entry, Inventory
from .readings import READINGS

if TYPE_CHECKING:
    from .hosts import Row
    from .world import RunSeen, World

Promise = Callable[["World"], Iterator[str]]

_SHARE = 3
_ALARM = 7 * DAY
_MINUTE = 60.0
_MONTH = 30.4375 * DAY
_CALENDAR = 31 * DAY
_NO_TIME = ("empty", "1900", "1970", "year 1", "blank", "milliseconds")


class Broken(AssertionError):
    """A promise does not hold."""

    def __init__(self, promise: str, why: str) -> None:
        super().__init__(f"{promise}: {why}")
        self.promise = promise
        self.why = why


# ---- money


def paid_orders_are_due_or_named(world: World) -> Iterator[str]:
    """Each paid order is due, or a person permitted it.

    Only two things are followed without a person: nothing (a name's first order), and a known root that is due.

    A person who names an order permits one follower of that order, and nothing else. Nothing is placed while a host's
    record or the entry has an order that would do: for a name its first order, else the same follower.
    """
    for request in _new_orders(world):
        order = world.ca.order(request.order_id)
        if order is None:
            continue
        # What an earlier run sent may arrive late.
        own = next((seen for seen in world.new_runs if seen.name == request.run), None)
        for certificate, before in own.orders_before.items() if own else ():
            known = _would_do(world, certificate, order, before) if world.owns(certificate, order) else None
            if known is not None:
                yield f"{world.ca.name(order.id)} was placed, and {certificate} had {world.ca.name(known.id)}"
        root = world.ca.followed(order)
        if root is None:
            if world.ca.value_of(order) not in world.owners:
                yield f"{world.ca.name(order.id)} is no first order of a name, and follows nothing"
        elif not (_is_named(world, root) or all(due(world, root, request.time + world.agreed_ahead) for due in _DUE)):
            yield f"{world.ca.name(order.id)} follows {world.ca.name(root.id)}, which is neither due nor named"


def _would_do(world: World, certificate: Certificate, new: Order, before: Sequence[str]) -> Order | None:
    """Return an order that would do in place of a new one.

    :param before: the ids in the record and the entry of the certificate before the run
    """
    if certificate.host in world.hostile or str(certificate) in world.changed_names:
        return None
    for order_id in before:
        order = world.ca.order(order_id)
        if order is None or order.id == new.id or world.ca.account(order) != world.ca.account(new):
            continue
        is_same = order.product == new.product and is_same_name(order.request.common_name, new.request.common_name)
        root, followed = world.ca.root(order), world.ca.followed(new)
        is_good = is_same and order.status not in DEAD and not _is_due(world, root, new.created)
        is_again = world.ca.value_of(root) == world.ca.value_of(new)
        if is_good and (is_again or (followed is None and not _is_named(world, root))):
            return order
    return None


def an_order_is_followed_once(world: World) -> Iterator[str]:
    """Each order is followed by one order at most.

    A name begins a chain of orders; each order is followed by one order at most. A person may name several orders of
    one purchase, and a host may pass a reissue of its own off as a purchase, if it runs a whole term.
    """
    values: dict[str, set[str]] = {}
    for order in world.ca.paid():
        root = world.ca.followed(order)
        if root is not None:
            values.setdefault(root.id, set()).add(world.ca.value_of(order))
    named = {*world.named, *_passed_off(world)}
    permitted = {follow_idempotence_id(one) for one in named}
    for root_id, own in values.items():
        if len(own - permitted) > 1:
            yield f"{world.ca.name(root_id)} was followed under {len(own)} values"


def _passed_off(world: World) -> Iterator[str]:
    """Yield the ids of reissues that a host can pass off as purchases."""
    lying = [one for one in world.inventory.certificates() if one.host in world.hostile]
    for order in world.ca.known() if lying else ():
        if any(world.owns(one, order) for one in lying):
            ends = [one.not_after for one in world.ca.store.certificates(order.id, former=True)]
            if order.kind is OrderKind.REISSUE and max(ends, default=0.0) >= order.created + _term(order) - _CALENDAR:
                yield order.id


def a_run_pays_within_its_limit(world: World) -> Iterator[str]:
    """A run places no more orders than its limit.

    The limits count what may have been charged. Behind the forecast stands a hard count at the send.
    """
    new = {request.run for request in _new_orders(world)}
    # What is late arrives after the run. What arrives twice may be two orders, where WoTrus forgot its value.
    placed: dict[str, set[str]] = {run: set() for run in new}
    for one in world.ca.requests:
        order = world.ca.order(one.order_id) if one.endpoint == "create" and one.is_new else None
        if order is not None and one.run in placed:
            placed[one.run].add(world.ca.value_of(order))
    for seen in world.runs:
        number = len(placed.get(seen.name, ()))
        if number > seen.limit:
            yield f"{seen.name} placed {number} orders, and its limit is {seen.limit}"


def a_run_reissues_within_its_limit(world: World) -> Iterator[str]:
    """A run asks for no more reissues than its limit; an approved plan has a limit of its own."""
    for seen in world.new_runs:
        planned = sum(map(len, (seen.options.approved or {}).values()))
        limit = max(seen.inventory.variables.get("max_reissues", 10), planned)
        own = [one for one in world.ca.requests if one.run == seen.name and one.endpoint == "reissue" and one.is_new]
        if len(own) > limit:
            yield f"{seen.name} asked for {len(own)} reissues, and its limit is {limit}"


def nothing_is_reissued_while_the_last_reissue_moved_nothing(world: World) -> Iterator[str]:
    """No run reissues a certificate for its end again, while the last reissue for it brought no later one."""
    for seen in world.new_runs:
        for certificate in seen.reissued_for_ends:
            ends = world.reissued_for_ends[certificate]
            (order, before), (newest, now) = ends[-2] if len(ends) > 1 else ("", 0.0), ends[-1]
            if order == newest and now <= before + DAY and certificate.host not in world.hostile:
                yield f"{seen.name} reissued {certificate} again, and the last reissue brought no later end"


def nothing_to_do_costs_one_call(world: World) -> Iterator[str]:
    """A run with nothing to do makes at most one call for each certificate."""
    for seen in world.new_runs:
        rows = seen.result.rows
        is_idle = rows and all(row["result"] == "unchanged" and not row["alarm"] for row in rows)
        # A host that lies may let the run look for what it claims.
        is_idle = is_idle and world.hostile.isdisjoint(seen.options.hosts)
        if not (is_idle and seen.result.is_green and seen.is_whole and seen.is_alone) or seen.is_changed:
            continue
        most = sum(_most_calls(world, seen.inventory, row) for row in rows)
        if world.ca.calls[seen.name] > most:
            yield f"{seen.name} had nothing to do, and made {world.ca.calls[seen.name]} calls instead of {most}"


def _most_calls(world: World, inventory: Inventory, row: Row) -> int:
    """Return the most calls for a certificate: one for each order on record that may change, and one more if it must.

    An entry may name another order than the live one. Only its certificate shows whom an order is for if Query does
    not, and whether an order that is closed still has it.
    """
    record, readings = world.record(Certificate(row["name"], row["host"])), world.ca.readings
    live = record.get("live") or {}
    # Of what may be revoked as superseded, the certificate is compared.
    ended = 2 * (record.get("superseded") or []) if inventory.variables["revoke_superseded"] else ()
    named = inventory.entry(Certificate(row["name"], row["host"])).get("order_id") or ""
    recorded = {id_key(str(one.get("order_id") or "")) for one in (live, record.get("pending") or {})}
    is_other = named and id_key(named) not in recorded
    open_orders = [is_other, live.get("companion_order_id"), record.get("pending"), *ended]
    is_unsaid = readings["query_field"].startswith(("productID", "cn", "org")) or readings["archive"] != "never"
    is_checked = inventory.variables["check_revocation"] == "controller"
    # A pair that ends before its term is reissued in the last half of its window, of which its dates tell.
    is_unsaid = is_unsaid or (live.get("companion_order_id") and readings["lifetime"] != READINGS["lifetime"][0])
    return 1 + sum(map(bool, open_orders)) + bool(is_unsaid or is_checked)


def charges_are_reported(world: World) -> Iterator[str]:
    """Each order that a run placed has a result that says so: ``charged`` is yes, or maybe.

    A request that the network delivers twice may place two orders, and has one answer.
    """
    if world.agreed_ahead > 2 * DAY:
        # By two clocks that are wrong alike, each order is an old one.
        return
    for seen in world.new_runs:
        if seen.result.is_killed:
            continue
        placed = [request for request in _new_orders(world) if request.run == seen.name]
        said = Counter(row["charged"] for row in seen.result.rows)
        sent = [request for request in placed if not request.is_copy]
        if len(sent) > said["yes"] + said["maybe"]:
            yield f"{seen.name} placed {len(sent)} orders, and its results say {dict(said)}"
        for request in placed:
            order = world.ca.order(request.order_id)
            about = {row["charged"] for row in seen.result.rows if order and id_key(row["order_id"] or "") == order.id}
            # Of hosts that share a key, the first may have no id for its answer, and says maybe.
            is_said = any(row["charged"] == "maybe" and not row["order_id"] for row in seen.result.rows)
            if about == {"no"} and not is_said:
                yield f"{seen.name} placed {world.ca.name(request.order_id)}, and its result says no"


def a_reported_charge_is_a_new_order(world: World) -> Iterator[str]:
    """``charged`` is yes only for an order that is placed while the run goes on."""
    for seen in world.new_runs:
        # That of an earlier run may arrive late.
        placed = sum(seen.began <= request.time <= seen.ended for request in _new_orders(world))
        said = sum(row["charged"] == "yes" for row in seen.result.rows)
        if seen.is_alone and placed < said:
            yield f"{seen.name} placed {placed} orders, and {said} results say yes"


def _new_orders(world: World) -> list[SentRequest]:
    return [one for one in world.new_requests() if one.endpoint == "create" and one.is_new]


def _is_due(world: World, root: Order, moment: float) -> bool:
    """Return whether a purchase is in the last third of its life."""
    term = root.request.months * _MONTH
    end = world.ca.end_of(root)
    # RetrievePem has no certificate of an order that has ended, so its age decides. One whose reissue nobody knows any
    # more is followed like that, since the next order of the purchase is found so.
    own = [one for one in world.ca.family(root) if not one.companion]
    is_over, have_ended = moment >= root.created + term, all(one.status in DEAD or _is_lost(world, one) for one in own)
    if not end or have_ended:
        return is_over
    if is_over and (root.status in DEAD or all(one.status in DEAD or one.is_waiting for one in own)):
        return True
    begins = min(one.created for one in world.ca.family(root))
    life = max(min(end - begins, term), 0.0)
    return moment >= end - life / _SHARE - DAY


def _is_lost(world: World, order: Order) -> bool:
    """Return whether WoTrus has no certificate of an order any more, and some host that it is for lacks the newest."""
    if not world.ca.has_no_certificate(order):
        return False
    live = {one: world.live(one) for one in world.inventory.certificates()}
    newest = {int(one.serial, 16) for one in world.ca.store.certificates(order.id)}
    if not any(found.serial_number in newest for found in live.values() if found):
        return True
    used = {one: world.ca.order_of_serial(f"{found.serial_number:X}") for one, found in live.items() if found}
    family = [one.id for one in world.ca.family(world.ca.root(order))]
    return any(getattr(used.get(one), "id", None) not in family for one in live if world.owns(one, order))


def _is_term_due(_world: World, root: Order, moment: float) -> bool:
    """Return whether a purchase is in the last third of its term.

    The month for the days that were left may be missing.
    """
    return moment >= root.created + _term(root) * (1 - 1 / _SHARE) - _CALENDAR


def _is_time_given(world: World, _root: Order, _moment: float) -> bool:
    """Return whether WoTrus gives the time of a purchase, by a clock with which the controller's agrees."""
    readings = world.ca.readings
    is_given = readings["date"] == "sent" and readings["create_time"] not in _NO_TIME
    return is_given and world.do_clocks_agree


def _term(order: Order) -> float:
    months = order.request.months
    return (months // 12 * 12 or months) * _MONTH


def no_step_costs_more_than_it_says(world: World) -> Iterator[str]:
    """Whatever way of a printed step a person takes, nothing is charged of which the step says nothing.

    What was due, or a name's first order, is none of the step's.
    """
    if world.advice is None:
        return
    certificate, step = world.advice
    for request in _new_orders(world):
        order = world.ca.order(request.order_id)
        if order is None or not world.owns(certificate, order) or "charged" in step or "places it" in step:
            continue
        if any(one.id != order.id and world.ca.value_of(one) == world.ca.value_of(order) for one in world.ca.paid()):
            # WoTrus forgot the value, so that a repeat is a new order.
            continue
        root = world.ca.followed(order)
        if root is not None and (
            _is_named(world, root) or all(due(world, root, request.time + world.agreed_ahead) for due in _DUE)
        ):
            continue
        account = world.ca.account(order)
        known = [one for one in world.ca.known() if world.ca.account(one) == account and one.number < order.number]
        if any(world.owns(certificate, one) for one in known):
            yield f"{certificate}: {world.ca.name(order.id)} was charged, and the step says nothing of it: {step}"


def _is_named(world: World, root: Order) -> bool:
    named = {id_key(one) for one in world.named}
    return any(id_key(order.id) in named for order in world.ca.family(root))


_DUE = (_is_due, _is_term_due, _is_time_given)


# ---- the journal


def no_request_without_a_line(world: World) -> Iterator[str]:
    """WoTrus gets no request to order, reissue, revoke or cancel without a line in the journal.

    The line is there before the request, wherever the run is killed. Only kills tear lines.
    """
    for what in world.ca.unjournaled:
        yield f"{what} was sent without a line in the journal"
    torn, kills = world.journal()[1], sum(seen.process.kill_at_line > 0 for seen in world.runs)
    if torn > kills + world.torn_lines:
        yield f"{torn} lines of the journal are torn, by {kills} kills and {world.torn_lines} cuts"


def each_request_has_its_end_in_the_journal(world: World) -> Iterator[str]:
    """A run that is not killed writes a line about the end of each request, with the order."""
    if any(seen.process.had_fault for seen in world.new_runs):
        return
    lines = world.new_lines()
    ends = [line for line in lines if line["event"] == "end"]
    ended = {request_id for line in ends for request_id in line["request_ids"]}
    for line in lines:
        if line["event"] == "send" and line["request_id"] not in ended:
            yield f"the journal has no end of a request to {line['call']} for {line['host']}"
    for line in ends:
        if line["call"] == "create" and line["outcome"] == "accepted" and not _has_order(world, line):
            yield f"the journal has another order than WoTrus for {line['certificate']}@{line['host']}"


def _has_order(world: World, line: Row) -> bool:
    """Return whether an order of the journal is of the purchase that WoTrus has for its value."""
    order = world.ca.order(line["new_order_id"])
    return order is not None and world.ca.value_of(world.ca.root(order)) == line["idempotence_id"]


# ---- identity


def requests_are_what_the_inventory_says(world: World) -> Iterator[str]:
    """What is sent is what the inventory says.

    Each CSR has the subject of its entry, with blanks of any width, and the key that it provides, and asks for nothing
    else: as ``openssl`` reads it, which reads more than the code under test.
    """
    for request in world.new_requests():
        sent = _sent(request)
        if sent is None:
            continue
        text, common_name = sent
        csr = csrs.read(text)
        order = world.ca.order(request.order_id)
        wanted = common_name or (_queried_name(world, order) if order else "")
        family = world.ca.family(world.ca.root(order)) if order else []
        if world.named_roots(request.run) & {id_key(one.id) for one in family}:
            # The entry names the root, and so accepts what WoTrus corrected.
            continue
        if not csr.is_bare:
            yield f"{request.endpoint} sent a CSR for {wanted!r} that asks for more than its subject and its key"
        if not any(_is_csr_of(text, entry) for entry in world.entries_of(request.run, wanted)):
            yield f"{request.endpoint} sent a CSR for {csr.subject}, which no entry of {wanted!r} has"


def _queried_name(world: World, order: Order) -> str:
    """Return the common name that Query answers for an order."""
    name = order.request.common_name
    is_kept = world.ca.readings["names"] == "corrected in certificates"
    return world.ca.corrected.get(world.ca.root(order).id, name) if is_kept else name


def live_certificates_are_the_entries_own(world: World) -> Iterator[str]:
    """A certificate that a run deploys has the name of its entry."""
    for seen in world.new_runs:
        for certificate in seen.inventory.certificates():
            live = world.new_live(certificate)
            if live is None:
                continue
            found, wanted = _common_name(world, live), seen.inventory.entry(certificate)["common_name"]
            is_corrected = _is_corrected(world, live, wanted)
            if not (is_same_name(found, wanted) or is_corrected or _may_differ(world, certificate)):
                yield f"{certificate} is for {found!r}, and its entry wants {wanted!r}"


def an_order_serves_one_entry(world: World) -> Iterator[str]:
    """An order serves one entry, except for provided keys.

    Two hosts whose claims to one id pass without sharing a provided key are both blocked.
    """
    users: dict[str, list[Certificate]] = {}
    for certificate in world.inventory.certificates():
        live = world.live(certificate)
        # A copy of another host's files is not what a run deployed.
        is_own = live and live.serial_number != world.copies.get(certificate) and not _is_shared(world, certificate)
        order = world.ca.order_of_serial(f"{live.serial_number:X}") if live and is_own else None
        # The claim of an entry that a person renamed since then does not count against a host that lies.
        if order is not None and (not world.hostile or _fits_name(world, certificate, order)):
            users.setdefault(world.ca.root(order).id, []).append(certificate)
    for root_id, own in users.items():
        # A person may have said of one of them that the order is its own.
        unnamed = [one for one in own if not _names_order_of(world, one, root_id)]
        if len(unnamed) > 1 and any(world.new_live(one) is not None for one in unnamed):
            yield f"{world.ca.name(root_id)} serves {' and '.join(map(str, own))}"


def _fits_name(world: World, certificate: Certificate, order: Order) -> bool:
    wanted = world.inventory.entry(certificate)["common_name"]
    return any(is_same_name(name, wanted) for name in (order.request.common_name, world.ca.corrected.get(order.id, "")))


def _names_order_of(world: World, certificate: Certificate, root_id: str) -> bool:
    """Return whether a person named an order of a purchase in an entry."""
    entry, root = world.inventory.entry(certificate), world.ca.order(root_id)
    ids = {one.id for one in world.ca.family(root)} if root else set()
    return any(id_key(str(entry.get(name))) in ids for name in ("order_id", "root_order_id"))


def _is_shared(world: World, certificate: Certificate) -> bool:
    return bool(world.inventory.entry(certificate)["key"].get("storage") == "provided")


def _is_corrected(world: World, live: x509.Certificate, wanted: str) -> bool:
    """Return whether WoTrus corrected the name alone in a certificate of the entry's order."""
    order = world.ca.order_of_serial(f"{live.serial_number:X}")
    names = [world.ca.corrected.get(one.id, "") for one in world.ca.family(world.ca.root(order))] if order else []
    return world.ca.readings["names"] == "corrected in certificates" and any(is_same_name(n, wanted) for n in names)


def _common_name(world: World, live: x509.Certificate) -> str:
    """Return the name of a certificate; that of its order, if WoTrus writes one in certificates otherwise."""
    order = world.ca.order_of_serial(f"{live.serial_number:X}") if world.ca.writes_subjects_otherwise else None
    return order.request.common_name if order else _value(live.subject, NameOID.COMMON_NAME)


def _may_differ(world: World, certificate: Certificate) -> bool:
    # An entry that names the root accepts what WoTrus corrected.
    return str(certificate) in world.changed_names or "root_order_id" in world.inventory.entry(certificate)


def _sent(request: SentRequest) -> tuple[str, str] | None:
    if not request.is_new or request.endpoint not in ("create", "reissue"):
        return None
    order = request.body.get("orderinfoPost") or {}
    csr = request.body.get("csr") or order.get("csR_RSA")
    return (csr, order.get("commonName") or "") if csr else None


def _is_csr_of(text: str, entry: Entry) -> bool:
    organization = entry["organization"]
    wanted = {
        "commonName": entry["common_name"],
        "organizationName": organization["name"],
        "countryName": organization["country_code"],
    }
    wanted.update({"localityName": organization["city"]} if "city" in organization else {})
    is_own_key = entry["key"].get("storage") != "provided" or csrs.is_for_key(text, entry["key"]["content"])
    sent, entered = (
        sorted((name, value.replace("\u3000", " ").replace("\u00a0", " ")) for name, value in subject)
        for subject in (csrs.read(text).subject, wanted.items())
    )
    return is_own_key and sent == entered


def _value(name: x509.Name, oid: x509.ObjectIdentifier) -> str:
    found = name.get_attributes_for_oid(oid)
    return str(found[0].value) if found else ""


def foreign_names_are_shown(world: World) -> Iterator[str]:
    """A certificate that names what its entry does not is a warning in every run."""
    if world.ca.readings["names"] != "with an e-mail address":
        return
    for seen in world.new_runs:
        for row in seen.result.rows:
            certificate = Certificate(row["name"], row["host"])
            live, organization = world.live(certificate), seen.inventory.entry(certificate)["organization"]
            is_own = organization.get("email", "").lower() == FOREIGN_NAME
            if live is None or is_own or certificate.host in world.hostile or not csrs.names(live, FOREIGN_NAME):
                continue
            is_shown = row["alarm"] is not None or row["result"] in ("blocked", "failed")
            if not is_shown and not any(FOREIGN_NAME in warning for warning in seen.result.warnings):
                yield f"{seen.name} says nothing of {FOREIGN_NAME} in the certificate of {certificate}"


# ---- keys


def nothing_is_live_without_its_key(world: World) -> Iterator[str]:
    """A certificate is never deployed without its key.

    Nobody sees the key of a UKey, so a host that lies about the order of its UKey deceives itself.
    """
    for certificate in world.inventory.certificates():
        live = world.new_live(certificate)
        is_ukey = world.inventory.entry(certificate)["key"].get("storage") == "ukey"
        if is_ukey and certificate.host in world.hostile:
            continue
        if live is not None and not world.host(certificate).has_key_of(live, certificate.name):
            yield f"{certificate}: a run made a certificate live whose key is not there"


def what_services_read_fits_together(world: World) -> Iterator[str]:
    """The files that a run made live are of one certificate, with a path to their root, as ``openssl`` reads them."""
    for certificate in world.inventory.certificates():
        live = world.host(certificate).path(certificate.name) / "live"
        if world.new_live(certificate) is None:
            continue
        leaf, chain, whole, root = (
            (live / name).read_text() for name in ("cert.pem", "chain.pem", "fullchain.pem", "root.pem")
        )
        if whole != leaf + chain:
            yield f"{certificate}: live/fullchain.pem is not cert.pem and chain.pem"
        own = openssl.certificate(leaf)
        try:
            openssl.require_path(leaf, [chain], root, world.folder, at=own.not_before)
        except openssl.Refused as exc:
            yield f"{certificate}: live/ has no path to its root: {exc}"


def keys_of_paid_orders_stay(world: World) -> Iterator[str]:
    """A run loses no key.

    A key for which the CA has or makes a certificate stays where it was made, and so does one that may have to decrypt.
    """
    if not world.new_runs:
        return
    after = {key for host in world.hosts.values() for key in host.private_keys()}
    gone = world.keys_before - after
    if not gone:
        return
    for order in world.ca.orders():
        key = _key_of(order)
        if key in gone and _is_needed(world, order):
            yield f"the key of {world.ca.name(order.id)} is gone"


def _key_of(order: Order) -> str:
    if not order.request.csr or order.is_sm2_pair:
        return ""
    return openssl.request(order.request.csr).public_key_sha256


def _is_needed(world: World, order: Order) -> bool:
    """Return whether an order leads to a certificate that was never live, or has one that may encipher."""
    issued = world.ca.store.certificates(order.id, former=True)
    deployed = [one for one in issued if int(one.serial, 16) in world.deployed]
    if any(_may_encipher(openssl.certificate(one.pem)) for one in deployed):
        return True
    if order.status not in (Status.ISSUED, Status.PENDING_REVOKE) and not order.is_waiting:
        return False
    if deployed:
        return False
    newer = [one for one in world.ca.family(world.ca.root(order)) if one.number > order.number]
    return not newer


def _may_encipher(certificate: openssl.Certificate) -> bool:
    return "Encipherment" in certificate.extensions["Key Usage"]


# ---- green


def green_means_all_is_well(world: World) -> Iterator[str]:
    """Green means that a signature made now is trusted.

    The whole path to the root is valid, and the certificate may sign, unless a person accepts that it may not.
    """
    for seen in world.new_runs:
        if not seen.result.is_green or not seen.is_whole:
            continue
        for certificate in seen.inventory.certificates():
            if certificate.host in seen.options.hosts and certificate.host not in world.hostile:
                yield from _not_well(world, seen, certificate)


def _not_well(world: World, seen: RunSeen, certificate: Certificate) -> Iterator[str]:
    host, row = world.host(certificate), seen.result.row(certificate.host, certificate.name)
    live = host.live(certificate.name)
    if live is None:
        if row is None or row["result"] != "waiting":
            yield f"{seen.name} is green, nothing is live for {certificate}, and nothing waits"
        return
    if not host.has_key_of(live, certificate.name):
        yield f"{seen.name} is green, and {certificate} has no key"
    ends = host.usable_until(certificate.name)
    # A run may have begun in the second in which it ends.
    if ends + _MINUTE <= seen.ended:
        yield f"{seen.name} is green, and {certificate} or its chain has expired"
    begins = live.not_valid_before_utc.timestamp()
    # By two clocks that do not agree, it may be valid and not: the run says so.
    if begins > seen.ended and (world.do_clocks_agree or row is None or row["alarm"] is None):
        yield f"{seen.name} is green, and {certificate} is valid only from {moment(begins)} on"
    is_of_chain = ends < live.not_valid_after_utc.timestamp()
    # Whatever a run deployed, its chain ends soon.
    is_near = ends - seen.ended < (_ALARM if is_of_chain else min(_ALARM, (ends - begins) / _SHARE / 2)) - 1
    if row and (is_of_chain or row["result"] != "deployed") and is_near:
        yield f"{seen.name} is green, and {certificate} or its chain ends on {moment(ends)}"
    if not _signs_documents(live) and seen.inventory.variables.get("verification") != "compatible":
        yield f"{seen.name} is green, and {certificate} may not sign documents"
    order = world.ca.order_of_serial(f"{live.serial_number:X}")
    is_revoked = order is not None and world.ca.is_revoked(live) and not _is_just_reissued(world, order, seen)
    # Of an order that is closed or not shown, Query does not say that it was revoked: the run says that nobody knows.
    is_hidden = order is not None and (order.status is Status.CLOSED or not world.ca.does_show(order))
    is_said = is_hidden and row is not None and row["alarm"] is not None
    if is_revoked and not is_said:
        yield f"{seen.name} is green, and the certificate of {certificate} is revoked ({world.ca.name(order.id)})"

    is_seen = seen.inventory.variables["check_revocation"] != "off"
    is_seen = is_seen and (is_revoked or world.ca.are_intermediates_revoked)
    # A run that cannot check says so. SM2 certificates name no addresses.
    if is_seen and row and row["revocation"] not in (*UNKNOWN_STATES, NO_ADDRESS):
        yield f"{seen.name} is green, and readers see {certificate} or an intermediate of it as revoked"


def _was_just_revoked(world: World, row: Row, seen: RunSeen) -> bool:
    """Return whether a run itself fetched the reissue that revoked what is live."""
    live = world.live(Certificate(row["name"], row["host"]))
    order = world.ca.order_of_serial(f"{live.serial_number:X}") if live else None
    return order is not None and order.status is Status.REVOKED and _is_just_reissued(world, order, seen)


def _is_just_reissued(world: World, order: Order, seen: RunSeen) -> bool:
    """Return whether a run itself fetched a reissue of an order, which revoked it, for another entry that names it."""
    others = [one for one in world.ca.family(world.ca.root(order)) if one.id != order.id]
    return any(world.ca.fetched_at.get(one.id, 0.0) >= seen.began for one in others)


def a_wait_is_shown_with_what_to_do(world: World) -> Iterator[str]:
    """What waits for people has a next step, be it ever so good until then.

    Where they never act, nobody else can end it: so no run is silent about it.
    """
    for seen in world.new_runs:
        for row in seen.result.rows if seen.is_whole else ():
            certificate = Certificate(row["name"], row["host"])
            live = world.live(certificate)
            order = world.ca.order_of_serial(f"{live.serial_number:X}") if live else None
            is_revoking = order is not None and order.status is Status.PENDING_REVOKE and row["result"] == "unchanged"
            is_silent = row["alarm"] is None or not row["next_step"]
            if is_revoking and is_silent and certificate.host not in world.hostile:
                yield f"{seen.name} does not say that the revocation of {certificate} is under review"


def _signs_documents(certificate: x509.Certificate) -> bool:
    # Each certificate is read once.
    found = openssl.certificate(certificate.public_bytes(serialization.Encoding.PEM))
    return "TLS Web Server Authentication" not in found.extensions["Extended Key Usage"]


def nobody_is_told_to_pay_for_what_is_valid(world: World) -> Iterator[str]:
    """A valid certificate of the entry costs nothing.

    What is live is looked at first. No advice to pay is printed while it is valid. No step names only a way that may be
    charged, while WoTrus would reissue what is paid for nothing.
    """
    for seen in world.new_runs:
        if seen.process.had_fault or not seen.is_alone:
            continue
        for row in seen.result.rows:
            certificate = Certificate(row["name"], row["host"])
            step = ((row.get("texts") or {}).get("next_step") or {}).get("id")
            if step in _PAYING and certificate.host not in world.hostile and _is_good(world, seen, certificate):
                yield f"{seen.name}: {certificate} is valid, and the next step is: {row['next_step']}"
            is_paid_way = "to replace_orders" in (step or "") and not any(way in step for way in _FREE_WAYS)
            if (
                is_paid_way
                and certificate.host not in world.hostile
                and _comes_for_nothing(world, seen, certificate, row)
            ):
                yield f"{seen.name}: {certificate} would be reissued, and the next step is: {row['next_step']}"


_FREE_WAYS = ("reissue", "set order_id", "restore record.json")
"""Words of steps for ways that cost nothing."""


def _comes_for_nothing(world: World, seen: RunSeen, certificate: Certificate, row: Row) -> bool:
    """Return whether WoTrus would reissue the purchase of a result's order, which is not due, for the entry."""
    order = world.ca.order(str(row["order_id"]))
    if order is None or str(certificate) in world.changed_names or not world.owns(certificate, order):
        return False
    record = world.record(certificate)
    halves = [(record.get(part) or {}).get("companion_order_id") for part in ("live", "pending")]
    others = [half for half in map(world.ca.order, map(str, halves)) if half is not None]
    is_dead = any(half.status in DEAD for half in others) or (order.is_sm2_pair and order.status in DEAD)
    if row["error_code"] == "order_mismatch" or is_dead:
        # No reissue brings another product, or what was revoked or rejected of a pair.
        return False
    root, entry = world.ca.root(order), seen.inventory.entry(certificate)
    is_same = is_same_name(root.request.common_name, entry["common_name"])
    issued = [one for one in world.ca.family(root) if world.ca.grants_reissue(one.id) and not one.companion]
    is_due = _is_due(world, root, world.clock.now()) or _is_term_due(world, root, world.clock.now())
    return is_same and bool(issued) and not is_due and entry["key"].get("storage") != "ukey"


_PAYING = (
    (
        "Add {order_id} to replace_orders of the entry. The order that follows it may be charged, unless it exists "
        "already."
    ),
    (
        "If the order was reissued, or WoTrus reissues it for you, set order_id in the entry to the id of the reissue, "
        "which the report and WoTrus's console show, and root_order_id to {root_order_id}. Otherwise add {order_id} to "
        "replace_orders of the entry. The order that follows it may be charged, unless it exists already. "
        "If the console shows only numbers, ask WoTrus for the id, with the letter of wotrus.pki.probe."
    ),
)


_USABLE = (Status.ISSUED, Status.CLOSED)
"""The statuses of an order with a good certificate: WoTrus may close it all the same."""


def _is_good(world: World, seen: RunSeen, certificate: Certificate) -> bool:
    """Return whether the live certificate, with a pair beside it, is the entry's, valid and not due."""
    companion = world.ca.order(str((world.record(certificate).get("live") or {}).get("companion_order_id")))
    if companion is not None and companion.status in DEAD:
        return False
    live = world.live(certificate)
    if live is None or not world.host(certificate).has_key_of(live, certificate.name):
        return False
    if world.host(certificate).usable_until(certificate.name) <= world.clock.now():
        # Its chain has ended.
        return False
    order = world.ca.order_of_serial(f"{live.serial_number:X}")
    if order is None or order.status not in _USABLE or str(certificate) in world.changed_names:
        return False
    if world.ca.is_revoked(live):
        return False
    if order.status is Status.CLOSED and world.host(certificate).usable_until(certificate.name) <= world.clock.now():
        # WoTrus sends no newer chain.
        return False
    root = world.ca.root(order)
    if root.companion and root.status in DEAD:
        # The SM2 order of a pair was revoked alone.
        return False
    is_own = is_same_name(_value(live.subject, NameOID.COMMON_NAME), seen.inventory.entry(certificate)["common_name"])
    return is_own and not _is_due(world, root, world.clock.now())


# ---- windows


def a_good_certificate_stays_until_its_window(world: World) -> Iterator[str]:
    """A good certificate is replaced inside its window only, unless it ends before that opens."""
    for certificate in world.inventory.certificates():
        good, window = world.good_before.get(certificate), world.inventory.entry(certificate).get("deploy_window")
        runs = [seen for seen in world.new_runs if certificate.host in seen.options.hosts]
        if good is None or not (window and runs and world.new_live(certificate)) or certificate.host in world.hostile:
            continue
        before, ends = good
        is_revoked = world.ca.is_revoked(before)
        # What readers see as revoked is not good, if a run looks.
        is_checked = world.inventory.variables["check_revocation"] != "off"
        is_revoked = is_revoked or (is_checked and world.ca.are_intermediates_revoked)
        if is_revoked:
            continue
        # The CA's clock counts, if it shows it.
        ahead = world.ahead if world.ca.readings["date"] == "sent" else world.clock_error
        moment, last = min(seen.began for seen in runs) + ahead, max(seen.ended for seen in runs) + ahead
        while not is_open(window, moment):
            moment += _MINUTE
        if last + _MINUTE < moment < ends:
            yield f"{certificate} was replaced before its window opened at {dt.datetime.fromtimestamp(moment, dt.UTC)}"


def is_open(window: Row, moment: float) -> bool:
    """Return whether a window is open, by the clock on the wall."""
    wall = dt.datetime.fromtimestamp(moment, zoneinfo.ZoneInfo(window.get("zone", "UTC")))
    opens, closes = window["hours"].split("-")
    day = wall if closes > opens or f"{wall:%H:%M}" >= opens else wall - dt.timedelta(days=1)
    is_hour = opens <= f"{wall:%H:%M}" < closes if closes > opens else not closes <= f"{wall:%H:%M}" < opens
    return is_hour and f"{day:%a}".lower() in window.get("days", f"{day:%a}".lower())


# ---- the same again


def what_came_while_a_run_waited_is_deployed(world: World) -> Iterator[str]:
    """A run deploys what was issued while it waited.

    It waits for all pending orders, and deploys what was issued meanwhile.
    """
    for seen in world.new_runs:
        if not seen.is_whole or not seen.is_alone:
            continue
        for row in seen.result.rows:
            order = world.ca.order(row["order_id"] or "")
            if (
                row["result"] != "waiting"
                or row["waiting_for"] == "window"
                or order is None
                or order.product.is_sm2
                or row["host"] in world.hostile
            ):
                continue
            if "reissued" in row["steps"]:
                # What it fetched may be the certificate before the reissue.
                continue
            if seen.began <= world.ca.fetched_at.get(order.id, 0.0) <= seen.ended and world.ca.store.certificates(
                order.id
            ):
                yield f"{seen.name} fetched the certificate of {world.ca.name(order.id)}, and did not deploy it"


def a_run_after_a_good_run_changes_nothing(world: World) -> Iterator[str]:
    """After a good run, another one changes nothing.

    A run can be repeated, killed or started on an empty disk at any point.
    """
    for seen in world.new_runs[-1:]:
        is_done = all(row["result"] in ("unchanged", "deployed") for row in seen.result.rows)
        if not (seen.result.is_green and seen.is_whole and is_done and seen.is_alone):
            continue
        if any(_is_due_at_once(world, row) or _was_just_revoked(world, row, seen) for row in seen.result.rows):
            # A certificate that is due when it comes is deployed first. The next run renews it, or asks a person. Nor
            # does a run see what its own reissue for another entry revokes.
            continue
        first = again = _repeated(world, seen)
        if again.is_changed and world.changed_entries:
            # What was pending when a person changed the entry comes first, and the change with the next run. If WoTrus
            # refuses its reissue, the order that a person permits follows with the run after that.
            was_refused = any(row["error_code"] == "rejected_by_api" for row in again.result.rows)
            again = _repeated(world, seen)
            again = _repeated(world, seen) if was_refused and again.is_changed else again
        is_moved = again.is_changed or "Date behind" in world.marks
        if "keys_since from now" in world.marks or (is_moved and world.inventory.variables.get("keys_since")):
            # The key of what was pending may be too old, and the time by Date may be before what a person wrote.
            continue
        honest = [host for host in world.all_hosts() if host not in world.hostile]
        # A changed entry may also ask for what needs a person.
        changed = {one.partition("@")[2] for one in world.changed_entries}
        changed |= {host for host, why in again.result.failed.items() if _is_key_too_old(first, host, why)}
        wrong = {host: why for host, why in again.result.failed.items() if host in honest and host not in changed}
        wrong.update({host: "changed" for host in honest if again.result.changed.get(host)})
        if wrong:
            yield f"{again.name} repeated {seen.name}: {wrong}"
        if set(seen.options.hosts) >= set(world.all_hosts()) and not _pending_keys(world):
            world.changed_entries.clear()


def _is_key_too_old(first: RunSeen, host: str, why: str) -> bool:
    """Return whether a host fails since the reissue of a key that is too old, which began before, needs a document."""
    reasons = {row["reason"] for row in first.result.plans if row["host"] == host}
    return "key_too_old" in reasons and "needs a document" in why


def _pending_keys(world: World) -> list[object]:
    """Return the files of keys that a later order will be for, whatever the entries say then."""
    return [path for host in world.hosts.values() for path in host.base_dir.glob("*/pending/*")]


def _is_due_at_once(world: World, row: Row) -> bool:
    """Return whether a run deployed a certificate that is due already by a clock, or whose chain is."""
    order = world.ca.order(row["order_id"] or "")
    if row["result"] != "deployed" or order is None:
        return False
    certificate = Certificate(row["name"], row["host"])
    live = world.live(certificate)
    begins = live.not_valid_before_utc.timestamp() if live else 0.0
    ends = world.host(certificate).usable_until(certificate.name)
    is_chain_due = ends - world.clock.now() <= (ends - begins) / _SHARE + DAY
    now = world.clock.now()
    return is_chain_due or any(_is_due(world, world.ca.root(order), one) for one in (now, now + world.ca.date_ahead))


def _repeated(world: World, seen: RunSeen) -> RunSeen:
    # What was superseded is revoked once all hosts were read, which the first batches of a run were not.
    serial = seen.options.serial if seen.inventory.variables["revoke_superseded"] else 0
    again = world.run(dataclasses.replace(seen.options, reissue=(), serial=serial, most_orders=None))
    world.new_runs.remove(again)
    return again


def check_mode_predicts_the_run(world: World) -> Iterator[str]:
    """Check mode predicts the run, and writes nothing.

    In check mode ``changed`` is what the run would change, a certificate about to be deployed included.
    """
    for seen in world.new_runs:
        if seen.predicted is None or seen.process.had_fault:
            continue
        yield from seen.predicted_writes
        for host, changed in seen.result.changed.items():
            if host in world.hostile:
                continue
            predicted = seen.predicted.changed.get(host, False)
            rows = [row for row in seen.result.rows if row["host"] == host]
            is_well = all(row["result"] in _NOT_BLOCKED and row["alarm"] != "failure" for row in rows)
            if (is_well and host in seen.result.failed) or any(row["result"] == "failed" for row in rows):
                # An error cannot be predicted, nor that WoTrus refuses a revocation; a rule that blocks can.
                continue
            if predicted and not changed and not _may_come_later(world, seen, host):
                yield f"{seen.name}: check mode predicted a change on {host}, and there was none"
            # What is superseded may be revoked once the last host runs its successor, which this very run may bring.
            is_revoking = seen.inventory.variables["revoke_superseded"] and any(seen.predicted.changed.values())
            if changed and not predicted and not is_revoking and not _came_meanwhile(world, seen, host):
                yield f"{seen.name}: check mode predicted no change on {host}, and there was one"


_NOT_BLOCKED = ("unchanged", "deployed", "waiting")


def _may_come_later(world: World, seen: RunSeen, host: str) -> bool:
    """Return whether a certificate that Query shows as issued is not there yet: half a pair, or one that is unpaid.

    Only RetrievePem shows whether a certificate is due by clocks that do not agree.
    """
    if not world.do_clocks_agree or world.ca.readings["query_field"].startswith(("cn", "org")):
        # Only the certificate shows whom it is for.
        return True
    found = [world.ca.order(row["order_id"] or "") for row in seen.result.rows if row["host"] == host]
    return any(order is not None and (order.product.is_sm2 or order.companion or order.is_pay != 1) for order in found)


def _came_meanwhile(world: World, seen: RunSeen, host: str) -> bool:
    """Return whether a certificate of a host came while the run waited, or Query knew an order only by then."""
    rows = [row for row in (seen.predicted.rows if seen.predicted else []) if row["host"] == host]
    is_late = world.ca.readings["fresh_order"] != "known"
    return any(row["result"] == "waiting" or (is_late and row["error_code"] == "order_unknown") for row in rows)


def an_approved_plan_is_what_is_done(world: World) -> Iterator[str]:
    """What was approved is what is done.

    Each order that is placed is in the plan, and each option of the entry is sent as it was when it was approved.
    """
    for seen in world.new_runs:
        if seen.options.approved is None or world.approved is None:
            continue
        approved = world.approved[1]
        values = {row.get("idempotence_id") for rows in seen.options.approved.values() for row in rows}
        for request in world.ca.requests[seen.first_request : seen.last_request]:
            if not request.is_new or request.endpoint != "create" or request.run != seen.name:
                continue
            name = request.body["orderinfoPost"]["commonName"]
            if request.body["orderinfoPost"]["idempotenceID"] not in values:
                yield f"{seen.name} applied an approved plan, and placed an order that it does not have, for {name!r}"
            entries = [
                approved.entry(one)
                for one in approved.certificates()
                if is_same_name(approved.entry(one)["common_name"], name)
            ]
            if not any(_has_sent(request, entry) for entry in entries):
                yield f"{seen.name} applied an approved plan, and sent what was not approved for {name!r}"


def _has_sent(request: SentRequest, entry: dict[str, object]) -> bool:
    organization, extra = entry["organization"], entry.get("extra") or {}
    sent = request.body["organizationPost"]
    is_same_person = isinstance(organization, dict) and sent.get("UserEmail") == organization.get("user_email")
    body = request.body["orderinfoPost"]
    known = {"productID", "commonName", "csR_RSA", "uKeyPassword", "uKeyShipAddress", "month", "idempotenceID"}
    return is_same_person and isinstance(extra, dict) and {k: v for k, v in body.items() if k not in known} == extra


# ---- revocations


def nothing_in_use_is_revoked(world: World) -> Iterator[str]:
    """Nothing is revoked as superseded that is live or pending anywhere."""
    for request in world.new_requests():
        if request.endpoint != "revoke" or not request.run.startswith("run"):
            continue
        for certificate in world.inventory.certificates():
            live = world.host(certificate).live(certificate.name)
            order = world.ca.order_of_serial(f"{live.serial_number:X}") if live else None
            pending = (world.record(certificate).get("pending") or {}).get("order_id")
            if (order and order.id == request.order_id) or (pending and id_key(pending) == request.order_id):
                yield f"{world.ca.name(request.order_id)} is in use by {certificate}, and was revoked"


def what_no_entry_names_is_shown_and_left_alone(world: World) -> Iterator[str]:
    """A certificate that no entry names is shown by each run, which does nothing for it."""
    sent = {(line["host"], line["certificate"]) for line in world.new_lines()}
    for one, before in world.unlisted_before.items():
        # An older inventory may name it, or an entry that was written since.
        is_named = any(one in set(seen.inventory.certificates()) for seen in world.new_runs)
        if one not in world.unlisted or one.host not in world.hosts or not world.new_runs or is_named:
            continue
        if world.host(one).state(one.name) != before:
            yield f"{one} is in no entry, and its files changed"
        if (one.host, one.name) in sent:
            yield f"{one} is in no entry, and something was sent for it"
        has_record = f"ssl/{one.name}/record.json" in before
        may_stay = one.name in world.inventory.variables.get("unlisted_certificates", ())
        for seen in world.new_runs if has_record and not may_stay else ():
            is_read = any(row["host"] == one.host for row in seen.result.rows) and not seen.process.had_fault
            if is_read and not any(f"{one.host}  {one.name}  No entry" in line for line in seen.result.summary):
                yield f"{one} is in no entry, and {seen.name} does not show it"


# ---- what is learned


def what_is_learned_is_true_and_names_nobody(world: World) -> Iterator[str]:
    """The file of readings has no word that is none of the CA's readings, and nothing personal."""
    yield from world.ca.observed.untrue
    if world.new_runs:
        yield from (f"the file of readings has {word!r}" for word in world.ca.observed.personal())


PROMISES: tuple[Promise, ...] = (
    paid_orders_are_due_or_named,
    an_order_is_followed_once,
    no_step_costs_more_than_it_says,
    a_run_pays_within_its_limit,
    a_run_reissues_within_its_limit,
    nothing_is_reissued_while_the_last_reissue_moved_nothing,
    nothing_to_do_costs_one_call,
    charges_are_reported,
    a_reported_charge_is_a_new_order,
    no_request_without_a_line,
    each_request_has_its_end_in_the_journal,
    requests_are_what_the_inventory_says,
    live_certificates_are_the_entries_own,
    foreign_names_are_shown,
    an_order_serves_one_entry,
    nothing_is_live_without_its_key,
    what_services_read_fits_together,
    a_good_certificate_stays_until_its_window,
    keys_of_paid_orders_stay,
    nothing_in_use_is_revoked,
    green_means_all_is_well,
    a_wait_is_shown_with_what_to_do,
    nobody_is_told_to_pay_for_what_is_valid,
    what_came_while_a_run_waited_is_deployed,
    check_mode_predicts_the_run,
    an_approved_plan_is_what_is_done,
    what_no_entry_names_is_shown_and_left_alone,
    what_is_learned_is_true_and_names_nobody,
    a_run_after_a_good_run_changes_nothing,
)
"""The promises that are checked after each event, the dearest first. Progress is checked at the end: ``persons.py``."""


def check(world: World, suspended: frozenset[str] = frozenset()) -> None:
    """Check each promise.

    :param suspended: the names of promises that known breaks suspend for this history
    :raises Broken: one does not hold
    """
    for promise in PROMISES:
        if promise.__name__ not in suspended:
            for why in promise(world):
                raise Broken(promise.__name__, why)


def moment(seconds: float) -> str:
    """Return a time for people."""
    return f"{dt.datetime.fromtimestamp(seconds, tz=dt.UTC):%Y-%m-%d %H:%M}"


__all__ = ["PROMISES", "Broken", "check", "role"]
