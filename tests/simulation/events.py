# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The events: what may happen in a world.

Each has a sentence, by which a history names it.
"""

from __future__ import annotations

import calendar
import dataclasses
import datetime as dt
import json
import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cryptography import x509
from wotrus_sandbox.orders import DEAD, Order, Status

from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import id_key
from ansible_collections.wotrus.pki.plugins.module_utils._model.timestamps import CHINA
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.summary import plan_by_host

from . import csrs, journal, network, persons, process, role
from .ca import OTHER_TOKEN
from .clock import DAY
from .inventory import IN_TOKEN, KINDS, OTHER_PRODUCT, PDF, SM2_PRODUCT, WINDOWS, Certificate
from .readings import READINGS
from .world import World

Choices = Callable[[World], Sequence[Any]]

HANDLER = "restart signer"
_AMOUNTS = {
    "a minute": 60.0,
    "59 minutes": 3540.0,
    "an hour": 3600.0,
    "a day": DAY,
    "6 days": 6 * DAY,
    "20 days": 20 * DAY,
    "60 days": 60 * DAY,
    "150 days": 150 * DAY,
    "340 days": 340 * DAY,
    "400 days": 400 * DAY,
}
_TEN_YEARS = 3650 * DAY
_LAST_LEAP_DAY = dt.datetime(2040, 1, 1, tzinfo=CHINA).timestamp()
"""The sandbox's intermediates end nine years later."""
_HOURS = {"half past midnight": (0, 30), "noon": (12, 0)}
_TIMES = {"once": 1, "and both once more": 2}
_CUTS = {"and nothing of them is left": False, "and half of the first of them is left": True}
_KINDS: Mapping[str, tuple[str, Callable[[str], Any], Callable[[Any], str]]] = {
    "certificate": (r"[\w-]+@[\w-]+", Certificate.read, str),
    "other": (r"[\w-]+@[\w-]+", Certificate.read, str),
    "order": (r"order \d+", lambda text: int(text.removeprefix("order ")), lambda number: f"order {number}"),
    "root": (r"order \d+", lambda text: int(text.removeprefix("order ")), lambda number: f"order {number}"),
    "hosts": (r"[\w -]+", lambda text: text.split(" and "), " and ".join),
    "pattern": (
        r"[\d, ]+",
        lambda text: [int(one) for one in text.split(", ")],
        lambda steps: ", ".join(map(str, steps)),
    ),
    "number": (r"\d+", int, str),
    "amount": ("|".join(_AMOUNTS), str, str),
    "reading": (r"\w+", str, str),
    "host": (r"[\w-]+", str, str),
}
_WORDS = (r".+?", str, str)
"""How the parts of sentences are read and printed, by their names; the others are words."""


@dataclasses.dataclass(frozen=True)
class Event:
    """Something that may happen.

    :ivar sentence: with its parts in braces
    :ivar choices: what each part may be in a world
    :ivar when: whether it may happen in a world
    :ivar group: what kind of event it is
    :ivar weight: how many rules of the machine it is
    """

    name: str
    sentence: str
    happen: Callable[..., None]
    choices: Mapping[str, Choices]
    group: str
    weight: int = 1
    when: Callable[[World], object] = bool

    def text(self, **parts: Any) -> str:
        """Return the sentence with its parts."""
        return self.sentence.format(**{name: _KINDS.get(name, _WORDS)[2](part) for name, part in parts.items()})

    def read(self, line: str) -> dict[str, Any] | None:
        """Return the parts of a sentence; ``None`` if it is another event's."""
        parts = re.split(r"\{(\w+)\}", self.sentence)
        names = parts[1::2]
        patterns = [f"({_KINDS.get(name, _WORDS)[0]})" for name in names]
        texts = [re.escape(one) for one in parts[::2]]
        found = re.fullmatch("".join(one for pair in zip(texts, [*patterns, ""], strict=True) for one in pair), line)
        if found is None:
            return None
        return {name: _KINDS.get(name, _WORDS)[1](text) for name, text in zip(names, found.groups(), strict=True)}


EVENTS: dict[str, Event] = {}


def event(
    group: str,
    sentence: str,
    weight: int = 1,
    when: Callable[[World], object] = bool,
    **choices: Choices,
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Make a function an event."""

    def keep(function: Callable[..., None]) -> Callable[..., None]:
        name = function.__name__
        EVENTS[name] = Event(name, sentence, function, choices, group, weight, when)
        return function

    return keep


_FIXED = frozenset({"names", "spelling", "date", "create_time", "create_answer", "backdated"})
"""Readings that do not change within a history."""


def _changes_of_mind(world: World) -> list[str]:
    # Shorter certificates that begin long ago would have ended when they are issued.
    fixed = _FIXED if world.ca.readings["backdated"] == "no" else _FIXED | {"lifetime"}
    return [f"{reading} as {word}" for reading, words in READINGS.items() if reading not in fixed for word in words]


# ---- choices


def _certificates(world: World) -> list[Certificate]:
    return list(world.inventory.certificates())


def _on_disk(world: World) -> list[Certificate]:
    return [one for one in _certificates(world) if world.host(one).path(one.name).is_dir()]


def _with_record(world: World) -> list[Certificate]:
    return [one for one in _certificates(world) if world.record(one)]


def _with_live(world: World) -> list[Certificate]:
    return [one for one in _certificates(world) if world.live(one) is not None]


def _with_pending(world: World) -> list[Certificate]:
    return [one for one in _certificates(world) if (world.host(one).path(one.name) / "pending").is_dir()]


def _orders(world: World) -> list[int]:
    return [order.number for order in world.ca.known()]


def _without_sm2(world: World) -> list[Certificate]:
    """Return the certificates whose reissue needs no document."""
    return [one for one in _certificates(world) if world.inventory.entry(one)["product"] != SM2_PRODUCT]


def _naming_an_order(world: World) -> list[Certificate]:
    return [one for one in _certificates(world) if world.inventory.entry(one).get("order_id")]


def _advised(world: World) -> list[Certificate]:
    rows = world.runs[-1].result.rows if world.runs else []
    advised = {(row["host"], row["name"]) for row in rows if persons.does_something(row)}
    return [one for one in _certificates(world) if (one.host, one.name) in advised]


def _issued(world: World) -> list[int]:
    return [one.number for one in world.ca.known() if one.status is Status.ISSUED and not one.product.is_sm2]


def _under_review(world: World) -> list[int]:
    return [one.number for one in world.ca.known() if one.status not in (Status.ISSUED, *DEAD)]


def _orders_for(action: str) -> Choices:
    return lambda world: [order.number for order in world.ca.orders() if world.ca.can(order, action)]


def _hosts(world: World) -> list[list[str]]:
    return [[host] for host in world.all_hosts()] if len(world.all_hosts()) > 1 else []


def _host_names(world: World) -> list[str]:
    return world.all_hosts()


def _words(*words: Any) -> Choices:
    return lambda _world: words


def _numbers(first: int, last: int) -> Choices:
    return lambda _world: range(first, last + 1)


def _order(world: World, number: int) -> Order:
    return world.ca.by_number(number)


# ---- the beginning


@event("begin", "{certificate} is wanted, with a key of the kind {kind}.")
def a_certificate_is_wanted(world: World, certificate: Certificate, kind: str) -> None:
    world.add_certificate(certificate, kind)
    world.marks.add(f"key of the kind {kind}")


@event("begin", "The CA reads {reading} as {word}.")
def the_ca_reads(world: World, reading: str, word: str) -> None:
    if word not in READINGS[reading]:
        raise ValueError(f"{reading} is none of {READINGS[reading]}")
    world.ca.read_as({reading: word})
    world.marks.add(f"{reading} as {word}")


# ---- runs


def _options(world: World, **changes: Any) -> role.Options:
    if "token" in changes:
        world.marks.add("another account")
    return role.Options(**{"hosts": world.all_hosts(), **changes})


@event("run", "The role runs.", weight=6)
def the_role_runs(world: World) -> None:
    world.run(_options(world), predict=True)


@event("run", "The role runs on {hosts} alone.", hosts=_hosts)
def the_role_runs_on(world: World, hosts: list[str]) -> None:
    world.run(_options(world, hosts=hosts), predict=True)


@event(
    "run",
    "The role runs in slice {number} of 2.",
    when=lambda world: len(world.all_hosts()) > 1,
    number=_numbers(1, 2),
)
def the_role_runs_in_a_slice(world: World, number: int) -> None:
    part = (number, 2)
    world.run(_options(world, hosts=list(world.inventory.sliced(part).hosts), slice=part), predict=True)


@event("run", "The role runs host by host, with a limit of {number}.", number=_numbers(0, 2))
def the_role_runs_host_by_host(world: World, number: int) -> None:
    world.run(_options(world, serial=1, most_orders=number))


@event("run", "The role runs with a limit of {number}.", number=_numbers(0, 2))
def the_role_runs_with_a_limit(world: World, number: int) -> None:
    world.run(_options(world, most_orders=number), predict=True)


@event("run", "The role runs, and waits for nothing.")
def the_role_runs_without_waiting(world: World) -> None:
    world.run(_options(world, wait=False), predict=True)


@event("run", "The role renews what is due.")
def the_role_renews(world: World) -> None:
    world.run(_options(world, actions=("renew", "reissue", "resume")), predict=True)


@event("run", "The role reissues {certificate}.", weight=2, certificate=_with_live)
def the_role_reissues(world: World, certificate: Certificate) -> None:
    options = _options(world, hosts=[certificate.host], reissue=[certificate.name], actions=("reissue", "resume"))
    world.run(options)


@event("run", "The role runs with the token of another account.")
def the_role_runs_in_another_account(world: World) -> None:
    world.run(_options(world, token=OTHER_TOKEN), predict=True)


@event("run", "The role runs with the inventory that a person kept.", weight=2, when=lambda world: world.kept)
def the_role_runs_with_an_older_inventory(world: World) -> None:
    if world.kept is not None:
        # Nobody reaches a host under its former name.
        older = world.kept.copied()
        older.hosts = {host: entries for host, entries in older.hosts.items() if host in world.hosts}
        world.run(_options(world, hosts=list(older.hosts), inventory=older), predict=True)


@event("kill", "A run is killed at its step {number}.", weight=3, number=_numbers(1, 60))
def a_run_is_killed(world: World, number: int) -> None:
    world.run(_options(world), fault=process.Process(kill_at=number))


@event("fault", "In a run, the step {number} fails.", weight=2, number=_numbers(1, 60))
def a_step_fails(world: World, number: int) -> None:
    world.run(_options(world), fault=process.Process(fail_from=number, fail_until=number))


@event("fault", "In a run, each step from {number} on fails.", number=_numbers(1, 60))
def steps_fail(world: World, number: int) -> None:
    world.run(_options(world), fault=process.Process(fail_from=number, fail_until=10**6))


@event(
    "interleave",
    "Two runs take turns, with {pattern} steps.",
    weight=2,
    pattern=lambda _world: [[a, b, c] for a in (1, 2, 4, 9) for b in (1, 3, 8, 15) for c in (1, 5, 20)],
)
def two_runs_take_turns(world: World, pattern: list[int]) -> None:
    world.run_together([_options(world), _options(world)], pattern)


_RUNS: Mapping[str, Mapping[str, Any]] = {
    "a whole run": {},
    "a run with a limit of 0": {"most_orders": 0},
    "a run with a limit of 1": {"most_orders": 1},
    "a run that waits for nothing": {"wait": False},
    "a renewal": {"actions": ("renew", "reissue", "resume")},
    "a run in another account": {"token": OTHER_TOKEN},
    "slice 1 of 2": {"slice": (1, 2)},
    "slice 2 of 2": {"slice": (2, 2)},
}


@event(
    "interleave",
    "At once, {runs}, in turns of {pattern} steps.",
    weight=2,
    runs=_words(*(f"{one} and {other}" for one in _RUNS for other in _RUNS if one < other), ", ".join(list(_RUNS)[:3])),
    pattern=lambda _world: [[a, b, c] for a in (1, 4, 9) for b in (1, 8, 15) for c in (1, 5)],
)
def runs_take_turns(world: World, runs: str, pattern: list[int]) -> None:
    chosen = re.split(", | and ", runs)
    world.run_together([_options_of(world, _RUNS[one]) for one in chosen], pattern)


def _options_of(world: World, changes: Mapping[str, Any]) -> role.Options:
    hosts = world.inventory.sliced(changes.get("slice")).hosts
    return _options(world, **{"hosts": list(hosts), **changes})


# ---- the journal


@event(
    "kill",
    "A run is killed after {part} of line {number} of the journal.",
    weight=2,
    part=_words(*journal.PARTS),
    number=_numbers(1, 6),
)
def a_run_is_killed_in_a_line(world: World, part: str, number: int) -> None:
    world.run(_options(world), fault=process.Process(kill_at_line=number, killed_after=part))


@event("fault", "In a run, the disk of the journal is full from line {number} on.", number=_numbers(1, 6))
def the_disk_of_the_journal_is_full(world: World, number: int) -> None:
    world.run(_options(world), fault=process.Process(full_from_line=number))


@event("fault", "The journal {can} be written from now on.", can=_words("cannot", "can"))
def the_journal_breaks(world: World, can: str) -> None:
    world.is_journal_broken = can == "cannot"


@event("fault", "The journal is lost.")
def the_journal_is_lost(world: World) -> None:
    world.ca.journal.unlink(missing_ok=True)


@event("fault", "The last {number} lines of the journal are cut off, {how}.", number=_numbers(1, 3), how=_words(*_CUTS))
def the_journal_is_cut(world: World, number: int, how: str) -> None:
    world.torn_lines += journal.cut(world.ca.journal, number, keeps_half=_CUTS[how])


# ---- plans


@event("plan", "A person approves the plan of now.")
def a_plan_is_approved(world: World) -> None:
    with process.running(process.Process("check mode")):
        result = world.role.run_role(world, _options(world, check=True))
    plans: dict[str, Any] = json.loads(json.dumps(plan_by_host(result.plans)))
    world.approved = plans, world.inventory.copied()


@event("plan", "The approved plan is applied.", weight=2, when=lambda world: world.approved)
def the_approved_plan_is_applied(world: World) -> None:
    if world.approved is not None:
        hosts = [host for host in world.all_hosts() if host in world.approved[0]]
        world.run(_options(world, hosts=hosts, approved=world.approved[0]))


_MEANWHILE: Mapping[str, Callable[[World], None]] = {
    "after a day": lambda world: world.clock.pass_by(DAY),
    "after 60 days": lambda world: world.clock.pass_by(60 * DAY),
    "after another run": the_role_runs,
    "after each host got another city": lambda world: (
        [an_entry_gets_another_city(world, one, "Beijing") for one in _without_sm2(world)] and None
    ),
}


@event("plan", "A person approves the plan of now, and applies it twice, {meanwhile}.", meanwhile=_words(*_MEANWHILE))
def a_plan_is_applied_twice(world: World, meanwhile: str) -> None:
    a_plan_is_approved(world)
    _MEANWHILE[meanwhile](world)
    for _time in range(2):
        the_approved_plan_is_applied(world)


# ---- time


@event("time", "It is {amount} later.", weight=5, amount=_words(*_AMOUNTS))
def time_passes(world: World, amount: str) -> None:
    _pass_by(world, _AMOUNTS[amount])
    world.marks.add(f"{amount} later")


def _pass_by(world: World, seconds: float) -> None:
    world.clock.pass_by(seconds)
    if any(world.clock.now() - order.created > _TEN_YEARS for order in world.ca.known()):
        world.marks.add("an order of ten years ago")


@event(
    "time",
    "It is {hour} in China on the next 29 February.",
    hour=_words("half past midnight", "noon"),
    when=lambda world: world.clock.now() < _LAST_LEAP_DAY,
)
def a_leap_day_comes(world: World, hour: str) -> None:
    begins = dt.datetime.fromtimestamp(world.clock.now(), tz=CHINA)
    moments = [
        dt.datetime(year, 2, 29, *_HOURS[hour], tzinfo=CHINA)
        for year in range(begins.year, begins.year + 9)
        if calendar.isleap(year)
    ]
    _pass_by(world, min(one for one in moments if one > begins).timestamp() - world.clock.now())


@event(
    "clock", "The clock of {host} is {amount} ahead.", host=_host_names, amount=_words("an hour", "a day", "60 days")
)
def the_clock_of_a_host_is_wrong(world: World, host: str, amount: str) -> None:
    world.hosts[host].clock_error = _AMOUNTS[amount]


@event("clock", "The clock of the controller is {amount} ahead.", amount=_words("an hour", "a day", "60 days"))
def the_clock_of_the_controller_is_wrong(world: World, amount: str) -> None:
    world.clock_error = _AMOUNTS[amount]


@event("clock", "The Date of the CA is {days} days ahead.", days=_words("0", "1", "60", "400", "-400", "1500", "-1500"))
def the_date_of_the_ca_jumps(world: World, days: str) -> None:
    world.ca.date_ahead = int(days) * DAY
    if int(days):
        world.marks.add("Date behind" if int(days) < 0 else "Date ahead")


@event("clock", "The clock of the CA's certificates is {days} days ahead.", days=_words("0", "1", "20", "-1", "-20"))
def the_clock_of_certificates_is_wrong(world: World, days: str) -> None:
    world.ca.certificates_ahead = int(days) * DAY


# ---- what lies between the controller and WoTrus


@event(
    "network",
    "The endpoint {endpoint} is {state}.",
    endpoint=_words(*network.ENDPOINTS),
    state=_words("down", "down", "up"),
)
def an_endpoint_is_down(world: World, endpoint: str, state: str) -> None:
    if state == "down":
        world.ca.network.down.add(endpoint)
    else:
        world.ca.network.down.discard(endpoint)


@event(
    "network",
    "The next request to {endpoint} arrives {fate}.",
    weight=4,
    endpoint=_words("create", *network.SENDING),
    fate=_words(*network.FATES),
)
def a_request_arrives_otherwise(world: World, endpoint: str, fate: str) -> None:
    world.ca.network.fates[endpoint] = fate


# ---- what the CA does


@event("ca", "From now on, the CA reads {how}.", how=_changes_of_mind)
def the_ca_changes_its_mind(world: World, how: str) -> None:
    reading, _as, word = how.partition(" as ")
    the_ca_reads(world, reading, word)


def _ca_event(action: str, sentence: str, weight: int = 1) -> None:
    def act(world: World, order: int) -> None:
        world.ca.act(_order(world, order), action)
        world.marks.add(f"order {action}")

    act.__name__ = f"the_ca_does_{action.replace('-', '_')}"
    event("ca", sentence, weight, order=_orders_for(action))(act)


_ca_event("approve", "The CA approves {order}.", weight=3)
_ca_event("reject", "The CA rejects {order}.", weight=2)
_ca_event("close", "The CA closes {order}.")
_ca_event("revoke", "The CA revokes {order}.", weight=3)
_ca_event("unpaid", "The CA asks for the payment of {order}.")
_ca_event("paid", "{order} is paid.")
_ca_event("refuse-reissue", "The CA refuses the reissue of {order}.", weight=12)
_ca_event("refuse-revocation", "The CA refuses the revocation of {order}.", weight=12)


@event("ca", "The CA issues {order} anew, with the same key.", order=_issued)
def the_ca_issues_anew(world: World, order: int) -> None:
    found = _order(world, order)
    before = world.ca.store.certificates(found.id)
    world.ca.issue_anew(found)
    if before and world.ca.store.certificates(found.id)[-1].not_after < before[-1].not_after:
        world.marks.add("issued anew with an earlier end")


@event("ca", "The intermediate of the CA ends in {amount}.", amount=_words("20 days", "60 days", "150 days"))
def an_intermediate_ends_early(world: World, amount: str) -> None:
    world.ca.end_chain(world.clock.now() + _AMOUNTS[amount])


@event("ca", "The CA has a newer intermediate.")
def the_ca_has_a_newer_intermediate(world: World) -> None:
    world.ca.end_chain(None)


_USAGES = {"documents": "signing", "documents and encryption": "signing_and_encryption", "TLS servers": "server"}


@event("ca", "The CA issues certificates for {usage}.", usage=_words(*_USAGES))
def the_ca_issues_for_a_usage(world: World, usage: str) -> None:
    world.ca.issue_for(_USAGES[usage])


@event("ca", "The CA corrects the name of {order}.", order=_under_review)
def the_ca_corrects_a_name(world: World, order: int) -> None:
    world.ca.rename(_order(world, order), "Example (Corrected) Ltd.")
    world.changed_names |= {str(one) for one in _certificates(world)}


@event("ca", "The CA forgets the idempotence value of {order}.", order=_orders)
def the_ca_forgets_a_value(world: World, order: int) -> None:
    world.ca.forget(_order(world, order))


@event("ca", "The CA cannot be reached in a run.")
def the_ca_is_down(world: World) -> None:
    world.ca.is_down = True
    world.run(_options(world), fault=process.Process(fail_from=10**6, fail_until=10**6))
    world.new_runs[-1].process.met.append("the CA was down")
    world.ca.is_down = False


@event("ca", "Readers see the intermediates of the CA as {status}.", status=_words("revoked", "not revoked"))
def intermediates_are_revoked(world: World, status: str) -> None:
    world.ca.revoke_intermediates(revoked=status == "revoked")


@event("ca", "The addresses of the CA for readers are {state}.", state=_words("down", "up"))
def the_responder_is_down(world: World, state: str) -> None:
    world.ca.is_responder_down = state == "down"


# ---- what persons change


@event("person", "The operator does what the last result of {certificate} says.", weight=3, certificate=_advised)
def the_operator_follows(world: World, certificate: Certificate) -> None:
    row = next((row for seen in world.runs[-1:] if (row := seen.result.row(certificate.host, certificate.name))), None)
    if row is not None:
        operator = persons.Operator(world)
        operator.follow(row)
        if operator.reissue or operator.most_orders is not None:
            options = _options(world, reissue=operator.reissue, most_orders=operator.most_orders)
            world.run(options)


def _last_row(world: World, certificate: Certificate, *, before: str = "") -> Any:
    """Return the last result of a certificate with a step, by default of the last run.

    :param before: an earlier one than the last, with another step than this
    """
    for seen in reversed(world.runs if before else world.runs[-1:]):
        row = seen.result.row(certificate.host, certificate.name)
        if row is not None and persons.ways_of(row) and persons.step_of(row) != before:
            return row
    return None


def _rows(world: World) -> dict[str, tuple[Certificate, Any]]:
    """Return the results of which a person may take a way, by words."""
    found = {}
    for certificate in _certificates(world):
        last = world.runs[-1].result.row(certificate.host, certificate.name) if world.runs else None
        earlier = _last_row(world, certificate, before=persons.step_of(last) or "none") if last else None
        found[f"the last result of {certificate}"] = certificate, last
        found[f"an earlier result of {certificate}"] = certificate, earlier
    return {words: (one, row) for words, (one, row) in found.items() if row is not None}


def _deeds(world: World) -> list[str]:
    return [f"{way}, as {words} says" for words, (_one, row) in _rows(world).items() for way in persons.ways_of(row)]


@event(
    "person", "Without a look, the operator {deed}, and the role runs {times}.", 8, deed=_deeds, times=_words(*_TIMES)
)
def the_operator_takes_a_way(world: World, deed: str, times: str) -> None:
    way, _as, words = deed.removesuffix(" says").partition(", as ")
    found = _rows(world).get(words)
    if found is None or way not in persons.ways_of(found[1]):
        return
    certificate, row = found
    world.marks.add(f"a person {way}")
    world.advice = certificate, persons.step_of(row)
    for _time in range(_TIMES[times]):
        operator = persons.Operator(world)
        persons.WAYS[way][1](operator, certificate, row)
        world.run(_options(world, reissue=operator.reissue))


@event("person", "A person adds {order} to wotrus_replace_orders.", order=_orders)
def an_order_is_named(world: World, order: int) -> None:
    named = world.inventory.variables["replace_orders"]
    named += [found for found in [_order(world, order).id] if found not in named]


@event(
    "person",
    "A person adds {order} to replace_orders of {certificate}.",
    order=_orders,
    certificate=_certificates,
)
def an_order_is_named_in_an_entry(world: World, order: int, certificate: Certificate) -> None:
    named, repeat = _order(world, order), world.ca.readings["repeat"]
    if repeat.startswith("refused") and not world.owns(certificate, named):
        # Nobody would find out whose order follows it.
        return
    persons.Operator(world).replace(certificate, _order(world, order).id)


@event(
    "person",
    "A person names {order} and its root in the entry of {certificate}.",
    order=_orders,
    certificate=_certificates,
)
def an_entry_names_an_order_and_its_root(world: World, order: int, certificate: Certificate) -> None:
    # A root that a person names is trusted, so this person names no order of somebody else.
    named, entry = _order(world, order), world.inventory.entry(certificate)
    if named.request.common_name == entry["common_name"]:
        entry.update(order_id=named.id, root_order_id=world.ca.root(named).id)


@event(
    "person",
    "A person moves {certificate} to {city}.",
    certificate=_without_sm2,
    city=_words("Shenzhen", "Beijing"),
)
def an_entry_gets_another_city(world: World, certificate: Certificate, city: str) -> None:
    world.changed_entries.add(str(certificate))
    world.inventory.entry(certificate)["organization"]["city"] = city


@event(
    "person", "A person empties wotrus_replace_orders.", when=lambda world: world.inventory.variables["replace_orders"]
)
def no_order_is_named(world: World) -> None:
    world.inventory.variables["replace_orders"] = []


@event(
    "person",
    "A person removes the entry of {certificate}.",
    certificate=_certificates,
    when=lambda world: len(_certificates(world)) > 1,
)
def an_entry_is_removed(world: World, certificate: Certificate) -> None:
    world.remove_entry(certificate)


@event("person", "A person adds the entry of {certificate} again.", 2, certificate=lambda world: list(world.unlisted))
def an_entry_is_added_again(world: World, certificate: Certificate) -> None:
    if certificate not in _certificates(world):
        world.add_entry_again(certificate)


@event("person", "A person sets order_id of {certificate} to {order}.", certificate=_certificates, order=_orders)
def an_entry_names_an_order(world: World, certificate: Certificate, order: int) -> None:
    named = _order(world, order)
    world.inventory.entry(certificate)["order_id"] = named.id
    if not world.is_for(certificate, named):
        world.marks.add("a person sets another's order_id")


@event(
    "person",
    "A person sets order_id of {certificate} to the number of {order}.",
    certificate=_certificates,
    order=_orders,
)
def an_entry_names_an_order_number(world: World, certificate: Certificate, order: int) -> None:
    named = _order(world, order)
    world.inventory.entry(certificate)["order_id"] = named.order_number
    if not world.is_for(certificate, named):
        world.marks.add("a person sets another's order number")


@event("person", "A person removes order_id of {certificate}.", certificate=_naming_an_order)
def an_entry_names_no_order(world: World, certificate: Certificate) -> None:
    for name in ("order_id", "root_order_id"):
        world.inventory.entry(certificate).pop(name, None)


@event(
    "person",
    "A person renames {certificate} to {name}",
    certificate=_certificates,
    name=_words("Example Ltd.", "New Ltd."),
)
def an_entry_gets_another_name(world: World, certificate: Certificate, name: str) -> None:
    world.changed_entries.add(str(certificate))
    world.inventory.entry(certificate)["common_name"] = name
    world.changed_names.add(str(certificate))


@event(
    "person",
    "A person gives {certificate} the organization {name}",
    certificate=_certificates,
    name=_words("Example Ltd.", "New Ltd."),
)
def an_entry_gets_another_organization(world: World, certificate: Certificate, name: str) -> None:
    world.changed_entries.add(str(certificate))
    world.marks.add("another organization")
    world.inventory.entry(certificate)["organization"]["name"] = name
    world.changed_names.add(str(certificate))


@event(
    "person",
    "A person wants a key of {curve} for {certificate}.",
    certificate=_without_sm2,
    curve=_words("P-256", "P-384"),
)
def an_entry_gets_another_key(world: World, certificate: Certificate, curve: str) -> None:
    world.changed_entries.add(str(certificate))
    key = world.inventory.entry(certificate)["key"]
    if key.get("storage", "host") in ("host", "pkcs11"):
        key["curve"] = curve


@event(
    "person",
    "A person wants the key of {certificate} {place}.",
    certificate=_without_sm2,
    place=_words("in a token", "in a file"),
)
def an_entry_gets_another_storage(world: World, certificate: Certificate, place: str) -> None:
    key = world.inventory.entry(certificate)["key"]
    if key.get("storage", "host") in ("host", "pkcs11"):
        world.changed_entries.add(str(certificate))
        for name in (*IN_TOKEN, "import_from"):
            key.pop(name, None)
        key.update(IN_TOKEN if place == "in a token" else {})


@event("person", "A person sets on_change of {certificate} to fail.", certificate=_certificates)
def an_entry_allows_no_reissue(world: World, certificate: Certificate) -> None:
    world.inventory.entry(certificate)["on_change"] = "fail"


@event(
    "person",
    "A person wants the product {product} for {certificate}.",
    certificate=_certificates,
    product=_words(PDF, OTHER_PRODUCT),
)
def an_entry_gets_another_product(world: World, certificate: Certificate, product: str) -> None:
    world.changed_entries.add(str(certificate))
    world.inventory.entry(certificate)["product"] = product
    world.changed_names.add(str(certificate))


@event(
    "person", "A person wants {certificate} for {months} months.", certificate=_certificates, months=_words("12", "24")
)
def an_entry_gets_another_term(world: World, certificate: Certificate, months: str) -> None:
    world.changed_entries.add(str(certificate))
    world.inventory.entry(certificate)["months"] = int(months)


@event("person", "A person sets extra and the e-mail address of {certificate}.", certificate=_certificates)
def an_entry_gets_other_details(world: World, certificate: Certificate) -> None:
    entry = world.inventory.entry(certificate)
    world.marks.add("other details")
    entry["extra"] = {"note": "2026-Q4"}
    entry["organization"]["user_email"] = "other@example.com"


@event(
    "person",
    "A person sets wotrus_keys_since to {amount} {side}.",
    amount=_words("a minute", "20 days"),
    side=_words("ago", "from now"),
)
def keys_are_too_old(world: World, amount: str, side: str) -> None:
    moment = world.clock.now() + _AMOUNTS[amount] * (1 if side == "from now" else -1)
    text = dt.datetime.fromtimestamp(int(moment), tz=dt.UTC).isoformat().replace("+00:00", "Z")
    world.inventory.variables["keys_since"] = text
    world.changed_entries.add("all")
    world.marks.add(f"keys_since {side}")


@event("person", "A person sets wotrus_check_revocation to {place}.", place=_words("off", "controller", "hosts"))
def revocation_is_checked(world: World, place: str) -> None:
    world.inventory.variables["check_revocation"] = place


@event("person", "A person sets wotrus_revoke_superseded.")
def superseded_is_revoked(world: World) -> None:
    world.inventory.variables["revoke_superseded"] = True


@event("person", "A person cancels the pending order of {certificate}.", certificate=_with_pending)
def an_order_is_cancelled(world: World, certificate: Certificate) -> None:
    _end(world, certificate, revokes=False)


@event("person", "A person revokes {certificate}.", 3, certificate=_with_live)
def a_certificate_is_revoked(world: World, certificate: Certificate) -> None:
    world.marks.add("a person revokes")
    _end(world, certificate, revokes=True)


def _end(world: World, certificate: Certificate, *, revokes: bool) -> None:
    options = _options(world, hosts=[certificate.host], actions=())
    with process.running(process.Process("a person's playbook")):
        world.role.end_orders(world, options, [certificate.name], revokes=revokes)


@event("person", "{host} is renamed to {name}", host=_host_names, name=_words("delta", "epsilon"))
def a_host_is_renamed(world: World, host: str, name: str) -> None:
    if name not in world.hosts:
        world.rename_host(host, name)


def _movable(world: World) -> list[Certificate]:
    """Return the certificates that can be moved to another host: a device stays where it is."""
    keys = [(one, world.inventory.entry(one)["key"]) for one in _certificates(world) if len(world.all_hosts()) > 1]
    return [one for one, key in keys if key.get("storage") not in ("external", "pkcs11")]


def _pairs(world: World) -> list[Certificate]:
    return _certificates(world) if len(_certificates(world)) > 1 else []


@event(
    "person",
    "A person writes the entry of {certificate} under {host}, and {files}.",
    certificate=_movable,
    host=_host_names,
    files=_words("moves its files there", "leaves its files"),
)
def an_entry_moves(world: World, certificate: Certificate, host: str, files: str) -> None:
    if Certificate(certificate.name, host) not in _certificates(world):
        world.move_entry(certificate, host, with_files=files == "moves its files there")


@event(
    "person",
    "A person writes the entry of {certificate} again under {name}.",
    certificate=_certificates,
    name=_words("copies"),
)
def an_entry_is_split(world: World, certificate: Certificate, name: str) -> None:
    if Certificate(name, certificate.host) not in _certificates(world):
        entry, named = world.inventory.entry(certificate), world.inventory.variables["replace_orders"]
        world.marks.add("split entry")
        if entry.get("replace_orders") or id_key(entry.get("order_id") or "") in map(id_key, named):
            world.marks.add("split entry with replace_orders")
        world.split_entry(certificate, name)


@event("person", "A person swaps the entries of {certificate} and {other}.", weight=2, certificate=_pairs, other=_pairs)
def entries_are_swapped(world: World, certificate: Certificate, other: Certificate) -> None:
    if certificate != other:
        world.marks.add("swapped entries")
        world.swap_entries(certificate, other)


@event("person", "A person keeps a copy of the inventory.")
def an_inventory_is_kept(world: World) -> None:
    world.kept = world.inventory.copied()


@event(
    "person",
    "A person sets wotrus_base_dir of {host} to {folder}, and {files}.",
    host=_host_names,
    folder=_words("pki", "ssl"),
    files=_words("moves its files there", "leaves its files"),
)
def a_base_dir_moves(world: World, host: str, folder: str, files: str) -> None:
    one = world.hosts[host]
    before = one.base_dir
    world.marks.add("another folder")
    one.folder_name = folder
    if files == "moves its files there" and before.is_dir() and not one.base_dir.exists():
        before.rename(one.base_dir)


@event("person", "A person wants {certificate} to notify a handler.", certificate=_certificates)
def a_handler_is_notified(world: World, certificate: Certificate) -> None:
    world.inventory.entry(certificate)["reload"] = {"handler": HANDLER}


@event("person", "The plays {have} the handlers.", have=_words("have", "do not have"))
def plays_have_handlers(world: World, have: str) -> None:
    world.inventory.variables["handlers"] = [HANDLER] if have == "have" else []


@event("person", "The handlers of {host} {do}.", host=_host_names, do=_words("fail", "work"))
def handlers_fail(world: World, host: str, do: str) -> None:
    world.hosts[host].is_handler_broken = do == "fail"


@event("person", "A person wants {certificate} to reload a service.", certificate=_certificates)
def a_service_is_reloaded(world: World, certificate: Certificate) -> None:
    world.inventory.entry(certificate)["reload"] = {"command": "reload"}


@event(
    "person",
    "A person wants {certificate} to be replaced only {window}.",
    certificate=_certificates,
    window=_words(*WINDOWS),
)
def a_certificate_has_a_window(world: World, certificate: Certificate, window: str) -> None:
    world.inventory.entry(certificate)["deploy_window"] = WINDOWS[window]


@event("person", "The service of {host} is {state}.", host=_host_names, state=_words("broken", "repaired"))
def a_service_breaks(world: World, host: str, state: str) -> None:
    world.hosts[host].is_reload_broken = state == "broken"


# ---- what happens to disks


def _path(world: World, certificate: Certificate) -> Any:
    return world.host(certificate).path(certificate.name)


@event("disk", "The disk of {host} is lost.", host=_host_names)
def a_disk_is_lost(world: World, host: str) -> None:
    world.hosts[host].clear()


@event("disk", "The record of {certificate} is lost.", certificate=_with_record)
def a_record_is_lost(world: World, certificate: Certificate) -> None:
    (_path(world, certificate) / "record.json").unlink()


@event("disk", "The private key of {certificate} is lost.", certificate=_with_live)
def a_live_key_is_lost(world: World, certificate: Certificate) -> None:
    (_path(world, certificate) / "live" / "privkey.pem").unlink(missing_ok=True)


@event("disk", "The pending directory of {certificate} is lost.", certificate=_with_pending)
def a_pending_directory_is_lost(world: World, certificate: Certificate) -> None:
    shutil.rmtree(_path(world, certificate) / "pending")
    world.marks.add("lost pending directory")


@event("disk", "The live link of {certificate} is lost.", certificate=_with_live)
def a_live_link_is_lost(world: World, certificate: Certificate) -> None:
    (_path(world, certificate) / "live").unlink()
    world.marks.add("lost link")


@event("disk", "The certificate file of {certificate} is damaged.", certificate=_with_live)
def a_certificate_file_is_damaged(world: World, certificate: Certificate) -> None:
    (_path(world, certificate) / "live" / "cert.pem").write_text("damaged\n")


@event("disk", "The chain of {certificate} is damaged.", certificate=_with_live)
def a_chain_is_damaged(world: World, certificate: Certificate) -> None:
    (_path(world, certificate) / "live" / "chain.pem").write_text("damaged\n")


@event("disk", "The record of {certificate} is damaged.", certificate=_with_record)
def a_record_is_damaged(world: World, certificate: Certificate) -> None:
    (_path(world, certificate) / "record.json").write_text("{")
    world.marks.add("damaged record")


@event("disk", "The record of {certificate} is of a newer version.", certificate=_with_record)
def a_record_is_newer(world: World, certificate: Certificate) -> None:
    record = world.record(certificate)
    (_path(world, certificate) / "record.json").write_text(json.dumps({**record, "version": record["version"] + 1}))


@event("backup", "{host} is backed up.", host=_host_names)
def a_host_is_backed_up(world: World, host: str) -> None:
    world.back_up(world.hosts[host])


def _backup_names(world: World) -> list[str]:
    return list(world.backups)


@event("backup", "The {backup} is restored.", backup=_backup_names)
def a_backup_is_restored(world: World, backup: str) -> None:
    host = world.backups[backup]
    host.restore_from(world.folder / backup)


@event("backup", "The records of the {backup} are restored.", backup=_backup_names)
def records_are_restored(world: World, backup: str) -> None:
    host = world.backups[backup]
    for path in (world.folder / backup).glob("*/*/record.json"):
        if host.path(path.parent.name).is_dir():
            shutil.copy(path, host.path(path.parent.name) / "record.json")


@event("backup", "{other} gets a copy of the files of {certificate}.", certificate=_on_disk, other=_certificates)
def files_are_cloned(world: World, certificate: Certificate, other: Certificate) -> None:
    # A release beside a request has its key elsewhere, whatever entry it stands under.
    is_external = [world.inventory.entry(one)["key"].get("storage") == "external" for one in (certificate, other)]
    if certificate == other or is_external == [True, False]:
        return
    target = _path(world, other)
    shutil.rmtree(target, ignore_errors=True)
    target.parent.mkdir(exist_ok=True)
    shutil.copytree(_path(world, certificate), target, symlinks=True)
    live = world.live(other)
    if live is not None:
        world.copies[other] = live.serial_number
    world.marks.add("clone")


# ---- a hostile root


@event(
    "lie",
    "The root of {host} sends CSRs with {lie}.",
    host=_host_names,
    lie=_words(*csrs.LIES),
)
def a_host_lies_about_csrs(world: World, host: str, lie: str) -> None:
    world.hosts[host].lies.add(lie)
    world.hostile.add(host)


def _claim(world: World, certificate: Certificate, **parts: Any) -> None:
    path = _path(world, certificate) / "record.json"
    path.write_text(json.dumps({**world.record(certificate), **parts}))
    world.hostile.add(certificate.host)
    world.marks.add("hostile record")


@event(
    "lie",
    "The record of {certificate} claims that {order} is live, with the root {root}.",
    certificate=_with_record,
    order=_orders,
    root=_orders,
)
def a_record_claims_a_live_order(world: World, certificate: Certificate, order: int, root: int) -> None:
    live = world.record(certificate).get("live") or {"release": "1"}
    _claim(
        world, certificate, live={**live, "order_id": _order(world, order).id, "root_order_id": _order(world, root).id}
    )


@event(
    "lie",
    "The record of {certificate} claims that {order} waits, with the root {root}.",
    certificate=_with_record,
    order=_orders,
    root=_orders,
)
def a_record_claims_a_pending_order(world: World, certificate: Certificate, order: int, root: int) -> None:
    pending = world.record(certificate).get("pending") or {"operation": "order"}
    claimed = {**pending, "order_id": _order(world, order).id, "root_order_id": _order(world, root).id}
    _claim(world, certificate, pending=claimed)


@event(
    "lie",
    "The record of {certificate} claims that a renewal of {order} was not sent.",
    certificate=_with_record,
    order=_orders,
)
def a_record_claims_an_unsent_renewal(world: World, certificate: Certificate, order: int) -> None:
    followed = _order(world, order).id
    unsent = {"operation": "renew", "months": 13, "follows": followed, "superseded_order_id": followed}
    _claim(world, certificate, live=None, pending=unsent)


@event(
    "lie",
    "The record of {certificate} claims that its certificate has expired, and the files are gone.",
    certificate=_with_live,
)
def a_record_claims_an_expiry(world: World, certificate: Certificate) -> None:
    record = world.record(certificate)
    if record.get("live"):
        dates = {"not_before": "2020-01-01T00:00:00Z", "not_after": "2021-01-01T00:00:00Z"}
        (_path(world, certificate) / "live").unlink()
        _claim(world, certificate, live={**record["live"], **dates})


@event(
    "lie",
    "The record of {certificate} claims that no reissue moves its end on.",
    certificate=_with_live,
)
def a_record_claims_an_unmoved_end(world: World, certificate: Certificate) -> None:
    live = world.record(certificate).get("live")
    if live:
        _claim(world, certificate, live={**live, "ended_not_after": "2099-01-01T00:00:00Z"})


@event("lie", "The record of {certificate} claims nothing.", certificate=_with_record)
def a_record_claims_nothing(world: World, certificate: Certificate) -> None:
    _claim(world, certificate, live=None, pending=None, superseded=[])


KINDS_AT_RANDOM = KINDS


def subject_of(certificate: x509.Certificate) -> str:
    """Return a subject for people."""
    return certificate.subject.rfc4514_string()


__all__ = ["EVENTS", "Event", "id_key"]
