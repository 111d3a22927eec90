# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A world: a clock, a CA, hosts, an inventory, and its past."""

from __future__ import annotations

import contextlib
import copy
import dataclasses
import functools
import os
import pathlib
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from wotrus_sandbox.orders import Order

from ansible_collections.wotrus.pki.plugins.module_utils._errors import ReissueLimit
from ansible_collections.wotrus.pki.plugins.module_utils._model.idempotence import order_idempotence_id
from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import id_key
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import is_same_name

from . import edges, journal, process, role
from .ca import Ca, SentRequest
from .clock import DAY, Clock
from .hosts import Host, make_csr
from .inventory import PDF_ID, Certificate, Entry, Inventory, new_entry, provided_key

_CHECK = "check mode"
_NEAR = 60.0
_TWO_CLOCKS = 2 * DAY
_MEMORY = pathlib.Path("/", "dev", "shm")


@dataclasses.dataclass
class RunSeen:
    """A run, and what the world saw of it.

    :ivar first_request: the number of requests to the CA before it
    :ivar limit: the most orders that it may place
    :ivar predicted: what check mode predicted, if it was asked
    :ivar predicted_writes: what check mode wrote or sent all the same
    :ivar is_alone: no other run went on at the same time
    :ivar orders_before: the orders that the records and entries named before it
    :ivar reissued_for_ends: the certificates that it had reissued because they end within the paid term
    """

    name: str
    options: role.Options
    result: role.Result
    process: process.Process
    inventory: Inventory
    limit: int
    first_request: int
    last_request: int
    began: float
    ended: float
    orders_before: Mapping[Certificate, Sequence[str]]
    predicted: role.Result | None = None
    predicted_writes: Sequence[str] = ()
    is_alone: bool = True
    reissued_for_ends: Sequence[Certificate] = ()

    @property
    def is_changed(self) -> bool:
        """Whether it changed something, or asked the CA for something."""
        return any(self.result.changed.values()) or self.last_request > self.first_request

    @property
    def is_whole(self) -> bool:
        """Whether it did all of the role's work, on its hosts."""
        options = self.options
        is_full = options.actions is None and options.approved is None and not options.check
        return is_full and not self.process.had_fault


class World:
    """Everything.

    :ivar runs: every run so far, and ``new_runs`` those of this event
    :ivar checks: the runs in check mode that predicted one
    :ivar marks: what happened, for switches that ask for it
    :ivar approved: the plan that a person approved, and the inventory of that time
    :ivar kept: a copy of the inventory that a person kept
    :ivar torn_lines: how many lines of the journal were cut in their middle
    :ivar advice: the certificate and the printed step of which a person took a way in the event that happens now
    :ivar backups: the hosts of which there are copies, by the copy's name
    :ivar owners: whom an order is for, by its idempotence value, or by its id if it was bought by hand
    :ivar named: every order id that a person ever named to be replaced
    :ivar copies: the serial numbers of certificates that came with a copy of another host's files
    :ivar changed_names: certificates whose entry a person gave another name
    :ivar changed_entries: certificates whose entry a person changed since a run was last repeated
    :ivar hostile: hosts whose root lies
    :ivar is_journal_broken: the journal's folder is gone
    :ivar good_before: what was live with all its files and its order on record before the event that happens now, and
        when its path ends
    :ivar unlisted: the entries that a person removed from the inventory
    :ivar unlisted_before: the files of those before the event that happens now
    :ivar deployed: the serial numbers of all certificates that were ever live
    :ivar reissued_for_ends: the purchase and the end of each certificate reissued because it ends within its term
    :ivar patience: the red runs of a certificate at the end, before a person follows the runbook
    :ivar role: what runs the role and the playbooks
    :ivar new_turns: makes what lets runs take turns
    """

    def __init__(self, clock: Clock | None = None) -> None:
        is_there = _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="wotrus-simulation-", dir=_MEMORY if is_there else None))
        self.clock = clock or Clock()
        self.clock.pausing = functools.partial(process.step, process.Step.PAUSE, "")
        self.clock_error = 0.0
        self.log: list[str] = []
        self.evidence = self.folder / "evidence.pdf"
        self.ca = Ca(self.clock, self.folder, self.log.append)
        self.ca.observed.clock_error = lambda: self.clock_error
        self.hosts: dict[str, Host] = {}
        self.inventory = Inventory()
        self.order_counts = edges.Counts()
        self.reissue_counts = edges.Counts(ReissueLimit)
        self.runs: list[RunSeen] = []
        self.new_runs: list[RunSeen] = []
        self.checks = 0
        self.marks: set[str] = set()
        self.approved: tuple[dict[str, Any], Inventory] | None = None
        self.kept: Inventory | None = None
        self.torn_lines = 0
        self.advice: tuple[Certificate, str] | None = None
        self.owners: dict[str, set[Certificate]] = {}
        self.named: set[str] = set()
        self.changed_names: set[str] = set()
        self.copies: dict[Certificate, int] = {}
        self.changed_entries: set[str] = set()
        self.hostile: set[str] = set()
        self.is_journal_broken = False
        self.unlisted: dict[Certificate, Entry] = {}
        self.unlisted_before: dict[Certificate, dict[str, str]] = {}
        self.deployed: set[int] = set()
        self.reissued_for_ends: dict[Certificate, list[tuple[str, float]]] = {}
        self.patience = 6
        self.role: Any = role
        self.new_turns: Any = process.Turns
        self.keys_before: set[str] = set()
        self.good_before: dict[Certificate, tuple[x509.Certificate, float]] = {}
        self._live_before: dict[Certificate, int | None] = {}
        self._requests_before = 0
        self._lines_before = 0
        self._orders_before: dict[Certificate, list[str]] = {}
        self.backups: dict[str, Host] = {}
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> World:
        self._stack.enter_context(edges.replaced(self))
        process.DISK.below = str(self.folder)
        return self

    def __exit__(self, *details: object) -> None:
        process.DISK.below = None
        self._stack.close()
        self.ca.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    # ---- hosts and certificates

    def add_certificate(self, certificate: Certificate, kind: str) -> None:
        """Write an entry into the inventory, and set up its host."""
        if certificate.host not in self.hosts:
            self.hosts[certificate.host] = Host(certificate.host, self.folder / certificate.host, self.clock.pass_by)
        entry = new_entry(certificate, kind)
        self.inventory.hosts.setdefault(certificate.host, []).append(entry)
        if kind == "taken over":
            self._buy_by_hand(certificate, entry)

    def remove_entry(self, certificate: Certificate) -> None:
        """Remove an entry from the inventory; its files stay."""
        self.unlisted[certificate] = self.inventory.entry(certificate)
        self.inventory.hosts[certificate.host].remove(self.unlisted[certificate])

    def add_entry_again(self, certificate: Certificate) -> None:
        """Write a removed entry into the inventory again."""
        self.inventory.hosts[certificate.host].append(self.unlisted.pop(certificate))

    def _buy_by_hand(self, certificate: Certificate, entry: Entry) -> None:
        """Buy the certificate in the console, with a key of the host."""
        key, file = (
            provided_key(100 + len(self.ca.known())),
            self.hosts[certificate.host].folder / f"{certificate.name}.key",
        )
        file.write_text(key)
        file.chmod(0o600)
        subject = {"common_name": entry["common_name"], "organization": "Example Ltd.", "country": "CN"}
        csr = make_csr(serialization.load_pem_private_key(key.encode(), password=None), subject)
        order = {"productID": PDF_ID, "commonName": entry["common_name"], "csr_RSA": csr, "month": 12}
        bought = self.ca.buy({"orderinfoPost": order, "organizationPost": {"OrgName": "Example Ltd."}})
        entry["order_id"] = bought.id
        self.owners[bought.id] = {certificate}
        entry["key"]["import_from"] = str(file)

    def rename_host(self, host: str, name: str) -> None:
        """Give a host another name in the inventory."""
        self.hosts[name] = self.hosts.pop(host)
        self.hosts[name].name = name
        self.hostile |= {name} if host in self.hostile else set()
        self.inventory.hosts = {name if one == host else one: rows for one, rows in self.inventory.hosts.items()}

        def renamed(one: Certificate) -> Certificate:
            return Certificate(one.name, name) if one.host == host else one

        self.copies = {renamed(one): serial for one, serial in self.copies.items()}
        self.unlisted = {renamed(one): entry for one, entry in self.unlisted.items()}
        self.owners = {value: set(map(renamed, owners)) for value, owners in self.owners.items()}
        self.changed_entries = {re.sub(f"@{re.escape(host)}$", f"@{name}", one) for one in self.changed_entries}

    def move_entry(self, certificate: Certificate, host: str, *, with_files: bool) -> None:
        """Write the entry of a certificate under another host, and move its files there, or leave them."""
        entry, moved = self.inventory.entry(certificate), Certificate(certificate.name, host)
        self.inventory.hosts[certificate.host].remove(entry)
        self.inventory.hosts[host].append(entry)
        files = self.host(certificate).path(certificate.name)
        if with_files and files.is_dir():
            shutil.rmtree(self.host(moved).path(moved.name), ignore_errors=True)
            self.host(moved).base_dir.mkdir(exist_ok=True)
            shutil.move(files, self.host(moved).path(moved.name))
            self.owners = {
                value: {moved if one == certificate else one for one in owners} for value, owners in self.owners.items()
            }
        self._note_change(moved)

    def split_entry(self, certificate: Certificate, name: str) -> None:
        """Write the entry of a certificate a second time, under another name."""
        entry = copy.deepcopy(self.inventory.entry(certificate))
        self.inventory.hosts[certificate.host].append({**entry, "name": name})

    def swap_entries(self, one: Certificate, other: Certificate) -> None:
        """Let two entries swap all but their names."""
        first, second = self.inventory.entry(one), self.inventory.entry(other)
        before = dict(first)
        for entry, content in ((first, second), (second, before)):
            name, new = entry["name"], dict(content)
            entry.clear()
            entry.update(new, name=name)
        for certificate in (one, other):
            self._note_change(certificate)

    def _note_change(self, certificate: Certificate) -> None:
        self.changed_entries.add(str(certificate))
        self.changed_names.add(str(certificate))

    def owns(self, certificate: Certificate, order: Order) -> bool:
        """Return whether an order, or that with which its chain began, was placed for a certificate."""
        root = self.ca.root(order)
        while (followed := self.ca.followed(root)) is not None:
            root = followed
        return any(certificate in self.owners.get(one, ()) for one in (self.ca.value_of(root), root.id))

    def is_for(self, certificate: Certificate, order: Order) -> bool:
        """Return whether an order is a certificate's.

        After a change of entries it is of that which has the order's name now.
        """
        value = self.ca.value_of(self.ca.root(order))
        owners = [one for one in self.inventory.certificates() if self.owns(one, order)]
        named = [one for one in owners if order_idempotence_id(order_name(self.inventory.entry(one), one)) == value]
        return certificate in (named or owners)

    def host(self, certificate: Certificate) -> Host:
        """Return the host of a certificate."""
        return self.hosts[certificate.host]

    def record(self, certificate: Certificate) -> dict[str, Any]:
        """Return the record of a certificate; empty without one."""
        return self.host(certificate).record(certificate.name) or {}

    def all_hosts(self) -> list[str]:
        """Return the names of the hosts in the inventory."""
        return list(self.inventory.hosts)

    # ---- what the promises see of the event that happens now

    def begin_event(self) -> None:
        """Remember how things are before an event."""
        self.new_runs = []
        self.advice = None
        self._requests_before = len(self.ca.requests)
        self._lines_before = len(self.journal()[0])
        self.unlisted_before = {one: self.host(one).state(one.name) for one in self.unlisted}
        honest = [host for name, host in self.hosts.items() if name not in self.hostile]
        self.keys_before = {key for host in honest for key in host.private_keys()}
        self._live_before = {one: _serial(self.live(one)) for one in self.inventory.certificates()}
        self.good_before = {
            one: (live, self.host(one).usable_until(one.name))
            for one in self.inventory.certificates()
            if (live := self.live(one)) and self._is_good(one, live)
        }

    def _named_orders(self, certificate: Certificate) -> Iterator[str]:
        """Yield the ids of orders that the record and the entry of a certificate name."""
        record = self.record(certificate)
        for part in (record.get("live"), record.get("pending"), self.inventory.entry(certificate)):
            if part and part.get("order_id"):
                yield str(part["order_id"])

    def _is_good(self, certificate: Certificate, live: x509.Certificate) -> bool:
        """Return whether a live certificate has its key, its other files and its order on record."""
        host, chain = self.host(certificate), self.host(certificate).path(certificate.name) / "live" / "chain.pem"
        recorded = (self.record(certificate).get("live") or {}).get("order_id")
        has_chain = chain.is_file() and "damaged" not in chain.read_text()
        return bool(recorded) and host.has_key_of(live, certificate.name) and has_chain

    def live(self, certificate: Certificate) -> x509.Certificate | None:
        """Return what is live."""
        return self.host(certificate).live(certificate.name)

    def new_live(self, certificate: Certificate) -> x509.Certificate | None:
        """Return what a run of this event made live, if anything."""
        live = self.live(certificate) if self.new_runs else None
        return live if _serial(live) not in (None, self._live_before.get(certificate)) else None

    def new_requests(self) -> list[SentRequest]:
        """Return the requests to the CA of this event."""
        return self.ca.requests[self._requests_before :]

    @property
    def place_of_journal(self) -> pathlib.Path:
        """The path that the inventory has for the journal."""
        return self.folder / "gone" / "journal.jsonl" if self.is_journal_broken else self.ca.journal

    def journal(self) -> tuple[list[dict[str, Any]], int]:
        """Return the lines of the journal, and how many are torn."""
        return journal.lines_of(self.ca.journal)

    def new_lines(self) -> list[dict[str, Any]]:
        """Return the lines of this event."""
        return self.journal()[0][self._lines_before :]

    def entries_of(self, run: str, common_name: str) -> list[Entry]:
        """Return the entries with a common name, as a run saw them."""
        inventory = next((seen.inventory for seen in self.runs if seen.name == run), self.inventory)
        entries = [inventory.entry(one) for one in inventory.certificates()]
        return [entry for entry in entries if is_same_name(entry["common_name"], common_name)]

    def named_roots(self, run: str) -> set[str]:
        """Return the roots that entries name, as a run saw them."""
        inventory = next((seen.inventory for seen in self.runs if seen.name == run), self.inventory)
        return {id_key(str(inventory.entry(one).get("root_order_id") or "")) for one in inventory.certificates()}

    # ---- runs

    def run(
        self,
        options: role.Options,
        *,
        fault: process.Process | None = None,
        predict: bool = False,
        work: Callable[[], role.Result] | None = None,
    ) -> RunSeen:
        """Run the role, and keep what happened."""
        predicted, writes = self._predict(options) if predict else (None, [])
        own = fault or process.Process()
        own.name = f"run {len(self.runs) + 1}"
        self._note_beginning(options.inventory or self.inventory)
        first, began = len(self.ca.requests), self.clock.now()
        with process.running(own):
            try:
                result = work() if work else self.role.run_role(self, options)
            except process.Killed:
                result = role.Result(options, self.inventory, is_killed=True)
        seen = self._seen(own, options, result, first, began)
        seen.predicted, seen.predicted_writes = predicted, writes
        return seen

    def _predict(self, options: role.Options) -> tuple[role.Result, list[str]]:
        self.checks += 1
        before, first = {name: host.state() for name, host in self.hosts.items()}, len(self.ca.requests)
        lines = self.journal()
        with process.running(process.Process(_CHECK)):
            result = self.role.run_role(self, dataclasses.replace(options, check=True))
        # What an earlier run sent may arrive late.
        sent = [request for request in self.ca.requests[first:] if request.run == _CHECK]
        writes = [f"check mode sent {request.endpoint}" for request in sent]
        writes += [f"check mode wrote on {name}" for name, host in self.hosts.items() if host.state() != before[name]]
        writes += ["check mode wrote into the journal"] if self.journal() != lines else []
        return result, writes

    def run_together(self, options: Sequence[role.Options], pattern: Sequence[int]) -> None:
        """Let runs interleave at each step."""
        self._note_beginning(self.inventory)
        first, began = len(self.ca.requests), self.clock.now()
        processes = [process.Process(f"run {len(self.runs) + number + 1}") for number in range(len(options))]
        jobs = [functools.partial(self.role.run_role, self, one) for one in options]
        done = self.new_turns(pattern, len(options)).run(list(zip(processes, jobs, strict=True)))
        for own, one, result in zip(processes, options, done, strict=True):
            self._seen(own, one, result.result(), first, began).is_alone = False

    def _note_beginning(self, inventory: Inventory) -> None:
        self._orders_before = {one: list(self._named_orders(one)) for one in self.inventory.certificates()}
        for certificate in inventory.certificates():
            name = order_name(inventory.entry(certificate), certificate)
            self.owners.setdefault(order_idempotence_id(name), set()).add(certificate)
        if any(self.clock.now() - order.created <= _NEAR for order in self.ca.known()):
            self.marks.add("an order of a moment ago")
        self.named |= {str(one) for one in inventory.variables["replace_orders"]}
        for certificate in inventory.certificates():
            self.named |= set(inventory.entry(certificate).get("replace_orders") or ())

    def _seen(
        self, own: process.Process, options: role.Options, result: role.Result, first: int, began: float
    ) -> RunSeen:
        seen = RunSeen(
            name=own.name,
            options=options,
            result=result,
            process=own,
            inventory=(options.inventory or self.inventory).copied(),
            limit=self._limit_of(options),
            first_request=first,
            last_request=len(self.ca.requests),
            began=began,
            ended=self.clock.now(),
            orders_before=self._orders_before,
        )
        if any(self._is_of_another_account(one) for one in self.inventory.certificates()):
            self.marks.add("a certificate of another account is live")
        seen.reissued_for_ends = list(self._note_reissues(seen))
        own.met += ["the journal could not be written"] if self.is_journal_broken else []
        self.runs.append(seen)
        self.new_runs.append(seen)
        self.deployed |= {serial for one in self.inventory.certificates() if (serial := _serial(self.live(one)))}
        self.deployed.update(*(host.deployed for host in self.hosts.values()))
        words = "killed" if result.is_killed else "green" if result.is_green else "red"
        self.log.append("; ".join([f"  {seen.name}: {words}", *own.met]))
        for row in result.rows:
            said = f"{row['result']} {row['error_code'] or ''}".strip()
            steps = ", ".join(row["steps"]) or "nothing done"
            self.log.append(
                f"  {seen.name}: {row['name']}@{row['host']}: {said} ({steps}; {self.ca.name(row['order_id'])})"
            )
        self.log += [f"  {seen.name}: {host} failed" for host in result.failed]
        return seen

    def _note_reissues(self, seen: RunSeen) -> Iterator[Certificate]:
        """Keep the ends of certificates that a run had reissued because they end within the paid term."""
        short = [Certificate(row["name"], row["host"]) for row in seen.result.plans if row["reason"] == "ends_early"]
        for request in self.ca.requests[seen.first_request : seen.last_request]:
            order = self.ca.order(request.order_id)
            if (request.endpoint, request.is_new, request.run) != ("reissue", True, seen.name) or order is None:
                continue
            for one in short:
                if one in self.good_before and self.owns(one, order):
                    ended = self.good_before[one][0].not_valid_after_utc.timestamp()
                    self.reissued_for_ends.setdefault(one, []).append((self.ca.root(order).id, ended))
                    yield one

    def _is_of_another_account(self, certificate: Certificate) -> bool:
        live = self.live(certificate)
        order = self.ca.order_of_serial(f"{live.serial_number:X}") if live else None
        return order is not None and order not in self.ca.shown()

    def _limit_of(self, options: role.Options) -> int:
        if options.approved is not None:
            rows = [row for rows in options.approved.values() for row in rows if row["may_be_charged"]]
            return len({row["idempotence_id"] for row in rows})
        most = options.most_orders
        inventory = options.inventory or self.inventory
        return int(inventory.variables["max_charged_orders"]) if most is None else most

    @property
    def ahead(self) -> float:
        """How far ahead the time is by which runs decide: ``Date``, or the later of two clocks that do not agree."""
        clocks = (self.ca.ahead, self.clock_error)
        return self.ca.ahead if self.do_clocks_agree else max(clocks)

    @property
    def agreed_ahead(self) -> float:
        """How far ahead both clocks are, if they agree: nobody can tell that both are wrong."""
        return self.ca.ahead if self.do_clocks_agree else 0.0

    @property
    def do_clocks_agree(self) -> bool:
        """Whether ``Date`` and the controller's clock are at most two days apart."""
        return abs(self.ca.ahead - self.clock_error) <= _TWO_CLOCKS

    # ---- the end of a history

    def end_faults(self) -> None:
        """End all lies and faults."""
        self.ca.is_down = False
        self.ca.network.end_faults()
        self.ca.certificates_ahead = 0.0
        self.is_journal_broken = False
        self.ca.is_responder_down = False
        self.ca.revoke_intermediates(revoked=False)
        never = {"create_answer": "id"} if self.ca.readings["create_answer"] == "none" else {}
        if self.ca.readings["retrieved"].startswith("another"):
            never["retrieved"] = "own"
        self.ca.read_as({"arrival": "accepted", "date": "sent", **never})
        if self.ca.readings["lifetime"] != "the term":
            # Otherwise it could issue none that is valid.
            self.ca.read_as({"backdated": "no"})
        self.ca.end_chain(None)
        self.ca.issue_for("signing")
        for host in self.hosts.values():
            host.lies.clear()
            host.is_reload_broken = False
            host.is_handler_broken = False
        self.inventory.variables["max_charged_orders"] = 9

    def approve_all(self) -> None:
        """Let WoTrus and the customer do all that is open."""
        for order in self.ca.orders():
            for action in ("paid", "approve", "refuse-revocation"):
                found = self.ca.order(order.id)
                is_open = found is not None and (found.is_waiting or action == "refuse-revocation")
                if found is not None and is_open and self.ca.can(found, action):
                    self.ca.act(found, action)

    def all_live(self) -> bool:
        """Return whether a signature with each certificate would be trusted now."""
        for certificate in self.inventory.certificates():
            live = self.live(certificate)
            if live is None or self.host(certificate).usable_until(certificate.name) <= self.clock.now():
                return False
            if not self.host(certificate).has_key_of(live, certificate.name):
                return False
        return True

    # ---- disks

    def back_up(self, host: Host) -> None:
        """Copy the disk of a host."""
        name = f"backup {len(self.backups) + 1} of {host.name}"
        host.copy_to(self.folder / name)
        self.backups[name] = host


def _serial(certificate: x509.Certificate | None) -> int | None:
    return certificate.serial_number if certificate else None


def order_name(entry: Entry, certificate: Certificate) -> str:
    """Return the order name of an entry, as the design says it."""
    given = str(entry.get("order_name") or "").strip()
    is_shared = (entry.get("key") or {}).get("storage") == "provided"
    return given or (certificate.name if is_shared else str(certificate))
