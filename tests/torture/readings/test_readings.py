# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A certificate's whole life under every reading of the manual.

The readings differ in the answer to a repeat and in the effect of a reissue. The long form has each pair of them, and
the short form has each of them once. The page's tables show the results of these tests: WOTRUS_WRITE_DOCS=1 writes
them, otherwise they are compared.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import dataclasses
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.sandbox import DAY, Sandbox, start_sandbox
from tests.integration.checks import assert_deployed, live_order, one_spelling, posts
from tests.integration.harness import ROOT, Host, Run, Site, entry
from tests.torture.form import by_form

GUIDE = ROOT / "docs" / "docsite" / "rst" / "evidence_readings.rst"
WINDOW = 60
FIRST_RENEWAL = 330
SECOND_RENEWAL = 680
FREE, CHARGED = "free", "charged"


@dataclasses.dataclass(frozen=True)
class Reading:
    """A reading of the manual, as settings of the sandbox."""

    name: str
    title: str
    settings: dict[str, object]


class Repeat(Reading):
    """A reading of what WoTrus answers to a repeated idempotence value."""

    @property
    def forgets(self) -> bool:
        return "idempotence_lifetime" in self.settings

    @property
    def refuses(self) -> bool:
        return str(self.settings.get("repeat_answer")).startswith("refuse")


class Reissue(Reading):
    """A reading of what a reissue does with its order."""

    @property
    def ends_old(self) -> bool:
        return self.settings.get("reissue_old_order") in ("closed", "revoked")


REPEATS = (
    Repeat("adopt", "A repeat is answered by the same order", {"repeat_answer": "adopt"}),
    Repeat("refuse", "A repeat is refused", {"repeat_answer": "refuse"}),
    Repeat("refuse_with_id", "A repeat is refused, and the error names the order", {"repeat_answer": "refuse_with_id"}),
    Repeat(
        "new_if_dead", "A repeat is answered by a new order if the old one is dead", {"repeat_answer": "new_if_dead"}
    ),
    Repeat("lifetime", "A value is forgotten after some time", {"idempotence_lifetime": 3600.0}),
)
REISSUES = (
    Reissue("issued", "new id, the old order stays issued", {"reissue_answer": "new", "reissue_old_order": "issued"}),
    Reissue("closed", "new id, the old order is closed", {"reissue_answer": "new", "reissue_old_order": "closed"}),
    Reissue("revoked", "new id, the old order is revoked", {"reissue_answer": "new", "reissue_old_order": "revoked"}),
    Reissue("same", "the order's own id", {"reissue_answer": "same"}),
    Reissue("null", "no id (null)", {"reissue_answer": "null"}),
)


@pytest.fixture(scope="module")
def sandboxes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Sandbox]]:
    """Have a sandbox for each reading of the reissue."""
    with contextlib.ExitStack() as stack, concurrent.futures.ThreadPoolExecutor() as pool:
        managers = [start_sandbox(tmp_path_factory.mktemp(reading.name)) for reading in REISSUES]
        yield list(pool.map(stack.enter_context, managers))


@dataclasses.dataclass(frozen=True)
class Step:
    """The result of a run for a host."""

    result: str
    charged: int
    failed: bool
    error_code: str | None
    words: str
    steps: tuple[str, ...]


class ReadingHost:
    """A host, and a sandbox that follows one reading of the manual.

    :ivar named: the order that the entry names by ``order_id``
    :ivar start_ended: the order with which a search begins was closed or revoked
    """

    def __init__(self, site: Site, sandbox: Sandbox, *, repeat: Repeat, reissue: Reissue) -> None:
        self.sandbox = sandbox
        self.repeat = repeat
        self.reissue = reissue
        self.named: str | None = None
        self.start_ended = False
        self.cells: list[str] = []
        self._site = site
        self._charged = self.charged_ever()
        self.host = self._host()
        sandbox.settings(**repeat.settings, **reissue.settings)
        self.before = self._charged

    def charged_ever(self) -> int:
        return int(self.sandbox.state()["charged_orders"])

    @property
    def charged(self) -> int:
        """The number of orders charged for this host."""
        return self.charged_ever() - self._charged

    def _host(self) -> Host:
        own = {"wotrus_api_url": self.sandbox.url, "wotrus_ca_path": self.sandbox.tls_ca}
        own["wotrus_api_token"] = self.sandbox.token
        certificates = [entry(order_id=self.named, renew_before_days=WINDOW)]
        return self._site.host(self.reissue.name, wotrus_certificates=certificates, **own)

    def name_order(self, order_id: str) -> None:
        """Set ``order_id`` of the entry, as the message advised."""
        self.named = order_id
        self._host()

    def seen(self, run: Run) -> Step:
        """Return a run's result for this host, and reset the count."""
        now = self.charged_ever()
        charged, self.before = now - self.before, now
        tasks = [task for task in run.tasks if task.host == self.host.name and task.result.get("results")]
        row = tasks[-1].result["results"][0]
        return Step(
            row["result"],
            charged,
            run.recap[self.host.name]["failures"] > 0,
            row["error_code"],
            f"{row['msg']} {row['next_step']}",
            tuple(row["steps"]),
        )

    def expected_after_loss(self, *, is_due: bool) -> str:
        """Return the expected result on an empty disk.

        It depends on the first order that the run finds, and on Create's answer.
        """
        if self.named and self.start_ended:
            return "order_dead"
        if self.named and not is_due:
            return FREE
        if self.repeat.forgets:
            return CHARGED
        if self.repeat.refuses:
            return "rejected_by_api"
        if self.start_ended:
            return CHARGED if self.repeat.name == "new_if_dead" else "order_dead"
        return FREE

    def assert_deployed(self) -> None:
        assert_deployed(self.host.folder(), self.sandbox, at_time=False)


# A dead order makes a difference for `adopt` and `new_if_dead`.
_EACH_ONCE = zip(REPEATS, (REISSUES[number] for number in (1, 0, 3, 2, 4)), strict=True)
_LIVES = by_form(
    short=[tuple(_EACH_ONCE)],
    long=[tuple((repeat, reissue) for reissue in REISSUES) for repeat in REPEATS],
)


@pytest.mark.parametrize("readings", _LIVES, ids=lambda readings: readings[0][0].name)
def test_two_years_under_every_reading(
    tmp_path: Path, sandboxes: list[Sandbox], readings: tuple[tuple[Repeat, Reissue], ...]
) -> None:
    site = Site(tmp_path, sandbox=sandboxes[0], prefix=readings[0][0].name)
    try:
        _two_years(site, sandboxes, readings)
    finally:
        site.close()
        for sandbox in sandboxes:
            sandbox.clock(offset=0)
            sandbox.restore_settings()


def _two_years(site: Site, sandboxes: list[Sandbox], readings: tuple[tuple[Repeat, Reissue], ...]) -> None:
    site.variables["wotrus_max_charged_orders"] = len(readings)
    hosts = [
        ReadingHost(site, sandbox, repeat=repeat, reissue=reissue)
        for sandbox, (repeat, reissue) in zip(sandboxes, readings, strict=True)
    ]
    _order(site, hosts)
    _advance(hosts, 1)
    _reissue(site, hosts)
    for _time in range(2):
        _advance(hosts, 1)
        _lose_disk(site, hosts, is_due=False)
    _advance(hosts, FIRST_RENEWAL - 3)
    _renew(site, hosts)
    _advance(hosts, 1)
    _lose_disk(site, hosts, is_due=True)
    _advance(hosts, SECOND_RENEWAL - FIRST_RENEWAL - 1)
    _reject_and_replace(site, hosts)
    for one in hosts:
        _document(one)


def _order(site: Site, hosts: list[ReadingHost]) -> None:
    run = site.run()
    for one in hosts:
        seen = one.seen(run)
        assert (seen.result, seen.charged, seen.failed) == ("deployed", 1, False), seen
        assert "ordered" in seen.steps
        one.assert_deployed()


def _reissue(site: Site, hosts: list[ReadingHost]) -> None:
    before = {one: (one.host.folder().release, live_order(one.host.folder())) for one in hosts}
    run = site.run(variables={"wotrus_reissue": ["contracts"]})
    for one in hosts:
        seen, folder = one.seen(run), one.host.folder()
        assert (seen.result, seen.charged, seen.failed) == ("deployed", 0, False), seen
        assert "reissued" in seen.steps
        release, order_id = before[one]
        assert folder.release != release
        assert (live_order(folder) == order_id) is (one.reissue.settings["reissue_answer"] != "new")
        one.assert_deployed()
        one.start_ended = one.reissue.ends_old


def _lose_disk(site: Site, hosts: list[ReadingHost], *, is_due: bool) -> None:
    """Remove every disk and run, then follow the advice of messages."""
    known = {one: live_order(one.host.folder()) for one in hosts}
    for one in hosts:
        one.host.wipe()
    run = site.run()
    helped: dict[ReadingHost, str] = {}
    for one in hosts:
        seen, expected = one.seen(run), one.expected_after_loss(is_due=is_due)
        where = f"{one.repeat.name}, {one.reissue.name}: {seen}"
        assert seen.charged == (expected == CHARGED), where
        if expected in (FREE, CHARGED):
            assert (seen.result, seen.failed) == ("deployed", False), where
            assert ("reissued" in seen.steps) is (expected == FREE), where
            one.assert_deployed()
            one.cells.append(expected)
            if expected == CHARGED:
                one.start_ended = False
            elif not is_due:
                # A renewal is what is reissued later; the first order stays as it is.
                one.start_ended = one.reissue.ends_old
            continue
        assert (seen.failed, seen.error_code) == (True, expected), where
        assert one.host.folder().release is None
        assert "order_id" in seen.words, where
        if expected == "rejected_by_api":
            assert "幂等值已存在" in seen.words, where
        if one.repeat.name == "refuse_with_id" and expected == "rejected_by_api":
            assert any(one_spelling(order["id"]) in seen.words.upper() for order in one.sandbox.state()["orders"]), (
                where
            )
        one.name_order(known[one])
        helped[one] = expected
    if not helped:
        return
    run = site.run("--limit", ",".join(one.host.name for one in helped))
    for one, error_code in helped.items():
        seen = one.seen(run)
        where = f"{one.repeat.name}, {one.reissue.name}: {seen}"
        assert (seen.result, seen.charged, seen.failed) == ("deployed", 0, False), where
        one.assert_deployed()
        one.cells.append(f"``{error_code}``; free by ``order_id``")
        one.start_ended = one.reissue.ends_old


def _renew(site: Site, hosts: list[ReadingHost]) -> None:
    before = {one: one.host.folder().release for one in hosts}
    run = site.run()
    for one in hosts:
        seen = one.seen(run)
        assert (seen.result, seen.charged, seen.failed) == ("deployed", 1, False), (one.reissue.name, seen)
        assert one.host.folder().release != before[one]
        one.assert_deployed()
        one.cells.append(CHARGED)


def _reject_and_replace(site: Site, hosts: list[ReadingHost]) -> None:
    """Have a renewal rejected by WoTrus, and replace its order."""
    before = {one: one.host.folder().release for one in hosts}
    for one in hosts:
        one.sandbox.settings(manual_review=True)
    run = site.run()
    rejected = {}
    for one in hosts:
        seen = one.seen(run)
        assert (seen.result, seen.charged, seen.failed) == ("waiting", 1, False), (one.reissue.name, seen)
        rejected[one] = one_spelling(one.host.folder().pending_order_id)
        one.sandbox.order(rejected[one], "reject")
    run = site.run()
    for one in hosts:
        seen = one.seen(run)
        assert (seen.result, seen.charged, seen.failed) == ("blocked", 0, True), (one.reissue.name, seen)
        assert seen.error_code == "order_dead"
        assert "wotrus_replace_orders" in seen.words
        assert rejected[one] in seen.words.upper()
        assert one.host.folder().release == before[one]
        one.sandbox.settings(manual_review=False)
        one.cells.append("charged; rejected: ``order_dead``")
    site.variables.update(wotrus_replace_orders=list(rejected.values()))
    run = site.run()
    for one in hosts:
        seen = one.seen(run)
        assert (seen.result, seen.charged, seen.failed) == ("deployed", 1, False), (one.reissue.name, seen)
        assert one.host.folder().release != before[one]
        one.assert_deployed()
        one.cells.append(CHARGED)
        one.sandbox.clear_calls()
    again = site.run()
    assert again.code == 0, again.output
    for one in hosts:
        assert posts(one.sandbox) == []


def _advance(hosts: list[ReadingHost], days: float) -> None:
    for one in hosts:
        one.sandbox.clock(advance=days * DAY)


def _document(host: ReadingHost) -> None:
    """Compare the host's row in the page's tables, or write it."""
    cells = [host.reissue.title, *host.cells, str(host.charged)]
    row = "".join(f"   {'  -' if number else '* -'} {cell}\n" for number, cell in enumerate(cells))
    with GUIDE.open("r+", encoding="utf-8") as guide:
        # Tests of other readings may write at the same time.
        fcntl.flock(guide, fcntl.LOCK_EX)
        text = guide.read()
        begin = text.index(f"   * - {host.reissue.title}\n", text.index(f".. begin {host.repeat.name}\n"))
        end = begin + len("".join(text[begin:].splitlines(keepends=True)[: len(cells)]))
        written = text[begin:end]
        if os.environ.get("WOTRUS_WRITE_DOCS") == "1":
            guide.seek(0)
            guide.write(text[:begin] + row + text[end:])
            guide.truncate()
            return
    assert written == row, f"{GUIDE.name} differs from what was observed; WOTRUS_WRITE_DOCS=1 writes it:\n{row}"
