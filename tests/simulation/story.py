# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Given a history, what a user notices.

Each promise is checked after each event, as in every history.
"""

from __future__ import annotations

import dataclasses
import json
import pathlib
from collections.abc import Callable
from typing import Any

from cryptography import x509
from wotrus_sandbox.orders import Order

from . import process, role
from .events import Event
from .history import History
from .hosts import Row
from .inventory import Certificate, Entry
from .world import RunSeen, World

CONTRACTS = Certificate("contracts", "alpha")


def wanted(kind: str = "host", certificate: Certificate = CONTRACTS) -> str:
    """Return the sentence that a certificate is wanted."""
    return f"{certificate} is wanted, with a key of the kind {kind}."


WANTED = wanted()
RUNS = "The role runs."
LIVE = (WANTED, RUNS)
BY_HAND = "The CA reads review as by hand."
AT_ONCE = "The CA reads review as at once."
REISSUED = f"The role reissues {CONTRACTS}."
DISK_LOST = "The disk of alpha is lost."
KEY_LOST = f"The private key of {CONTRACTS} is lost."
RECORD_LOST = f"The record of {CONTRACTS} is lost."
A_DAY = "It is a day later."
DUE = "It is 340 days later."

Failing = Callable[[process.Step, str], bool]


@dataclasses.dataclass
class _Process(process.Process):
    """A process in which some steps fail."""

    fails: Failing = lambda _kind, _what: False

    def step(self, kind: process.Step, what: str) -> bool:
        if self.fails(kind, what):
            self.met.append(f"failed {kind.value} ({what})")
            return True
        return super().step(kind, what)


class Story:
    """A history that a test tells, and what a user notices of it.

    :ivar runs: the runs so far
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.runs: list[RunSeen] = []
        self._history = History(world)

    # ---- what happens

    def tell(self, *sentences: str) -> Story:
        """Let events happen."""
        for sentence in sentences:
            self._history.play([sentence])
            self._note()
        return self

    def _note(self) -> None:
        # A promise repeats a good run, which is no event of its own.
        self.runs += self.world.new_runs

    def run(self, *hosts: str, fails: Failing | None = None, predict: bool = True, **options: Any) -> RunSeen:
        """Let the role run with options that no sentence has.

        :param fails: which steps fail
        :param predict: ask check mode first, and compare; not where steps fail
        """
        chosen = role.Options(hosts=hosts or self.world.all_hosts(), **options)
        fault = _Process(fails=fails) if fails else None

        def happen(world: World) -> None:
            world.run(chosen, fault=fault, predict=predict and fault is None)

        self._history.happen(Event("run", "The role runs with options.", happen, {}, "run"))
        self._note()
        return self.last

    def end(self, *names: str, revokes: bool = False) -> role.Result:
        """Let ``wotrus.pki.cancel`` or ``wotrus.pki.revoke`` run for names."""
        self.world.begin_event()
        with process.running(process.Process("a person's playbook")):
            return role.end_orders(self.world, role.Options(hosts=self.world.all_hosts()), names, revokes=revokes)

    def order_is(self, action: str, number: int | None = None) -> None:
        """Let people at WoTrus act on an order, by default on the newest one."""
        order = self.world.ca.by_number(number) if number else self.newest
        self.world.ca.act(order, action)

    # ---- what a user notices

    @property
    def last(self) -> RunSeen:
        """The last run."""
        return self.runs[-1]

    def row(self, certificate: Certificate = CONTRACTS) -> Row:
        """Return the last result of a certificate."""
        row = self.last.result.row(certificate.host, certificate.name)
        assert row is not None, self.world.log
        return row

    @property
    def outcome(self) -> tuple[str, str | None]:
        """The last result of the certificate, and its error code."""
        return self.row()["result"], self.row()["error_code"]

    def plan(self, certificate: Certificate = CONTRACTS) -> Row:
        """Return what the last run planned for a certificate, as check mode showed it if it was asked."""
        plans = (self.last.predicted or self.last.result).plans
        return next(one for one in plans if (one["host"], one["name"]) == (certificate.host, certificate.name))

    @property
    def reason(self) -> tuple[str, str]:
        """What was planned last, and why."""
        return self.plan()["action"], self.plan()["reason"]

    @property
    def warnings(self) -> str:
        """The warnings of the last run."""
        return " ".join(self.last.result.warnings)

    @property
    def summary(self) -> str:
        """The summary of the last run."""
        return "\n".join(self.last.result.summary)

    @property
    def charged(self) -> int:
        """How many orders were charged so far."""
        return len(self.world.ca.paid())

    @property
    def sent(self) -> list[str]:
        """What the last event sent to WoTrus and had an effect."""
        return [one.endpoint for one in self.world.new_requests()]

    @property
    def newest(self) -> Order:
        """The newest order or reissue."""
        return self.world.ca.known()[-1]

    def order(self, order_id: str) -> Order:
        """Return an order by its id."""
        order = self.world.ca.order(order_id)
        assert order is not None
        return order

    def status(self, number: int) -> str:
        """Return the status of an order at WoTrus."""
        return next(one.status.value for one in self.world.ca.orders() if one.number == number)

    def entry(self, certificate: Certificate = CONTRACTS) -> Entry:
        """Return the entry of a certificate, which a test may change."""
        return self.world.inventory.entry(certificate)

    def path(self, certificate: Certificate = CONTRACTS) -> pathlib.Path:
        """Return the directory of a certificate."""
        return self.world.host(certificate).path(certificate.name)

    def record(self, certificate: Certificate = CONTRACTS) -> Row:
        """Return the record of a certificate."""
        return self.world.record(certificate)

    def claim(self, certificate: Certificate = CONTRACTS, **parts: Any) -> None:
        """Let a hostile host change its record."""
        record = self.path(certificate) / "record.json"
        record.write_text(json.dumps({**self.record(certificate), **parts}))
        self.world.hostile.add(certificate.host)
        self.world.marks.add("hostile record")

    def live(self, certificate: Certificate = CONTRACTS) -> x509.Certificate:
        """Return the live certificate."""
        live = self.world.live(certificate)
        assert live is not None, self.world.log
        return live

    def serves(self, certificate: Certificate = CONTRACTS) -> str | None:
        """Return the order whose certificate is live with its key, such as ``order 1``."""
        live = self.world.live(certificate)
        if live is None or not self.world.host(certificate).has_key_of(live, certificate.name):
            return None
        order = self.world.ca.order_of_serial(f"{live.serial_number:X}")
        return f"order {order.number}" if order else None
