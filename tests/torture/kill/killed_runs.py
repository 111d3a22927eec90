# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Killed runs, and what must hold after each.

There is a case for each request that ends with a new certificate.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import id_key
from tests.helpers.sandbox import DAY, Sandbox
from tests.helpers.warm_python import warm_python
from tests.integration.checks import FILES, assert_deployed, posts, public_key, verify
from tests.integration.harness import BIN, Folder, Host, Run, Site, Started, entry

from .breakpoint import Breakpoint

_NAME = "示例科技有限公司 "
_AT_ONCE = "8"


@dataclasses.dataclass(frozen=True)
class Request:
    """The request of a killed run: one order or reissue.

    :ivar days: on the sandbox's clock, since the host's first order
    :ivar key: the curve that is asked for
    :ivar reviewed: people review it, so it is recorded and left pending
    """

    name: str
    days: int = 0
    key: str = "P-384"
    reviewed: bool = False


ORDER = Request("order", key="P-256")
REISSUE = Request("reissue")
RENEWAL = Request("renewal", days=350)
REVIEWED = Request("reviewed renewal", days=720, reviewed=True)
# A host makes them one after the other.
REQUESTS = (ORDER, REISSUE, RENEWAL, REVIEWED)


@dataclasses.dataclass
class Target:
    """A host with killed runs, and its final orders and reissues.

    It never has more of them.

    :ivar keys: those that were on its disk when a kill found the request sent; one of them must be live at the end
    :ivar output: of its killed runs
    """

    host: Host
    request: Request = ORDER
    orders: int = 1
    reissues: int = 0
    keys: set[bytes] = dataclasses.field(default_factory=set)
    output: str = ""

    @property
    def folder(self) -> Folder:
        return self.host.folder()


class KilledRuns:
    """Kills the runs of hosts, and checks what they leave."""

    def __init__(self, site: Site, sandbox: Sandbox, breakpoints: Breakpoint) -> None:
        self.site = site
        self.sandbox = sandbox
        self.breakpoints = breakpoints
        self._count = 0
        site.variables.update(
            ansible_python_interpreter=str(breakpoints.interpreter),
            wotrus_max_charged_orders=1000,
            wotrus_max_reissues=1000,
        )

    def begin(self, count: int) -> list[Target]:
        """Return so many hosts without anything."""
        self._count += count
        hosts = [Target(self.site.host(f"{number}")) for number in range(self._count - count, self._count)]
        self._set(ORDER)
        return hosts

    def turn(self, hosts: Sequence[Target], request: Request) -> None:
        """Let hosts that completed a request begin with the next one."""
        for one in hosts:
            one.request, one.keys = request, set()
            one.orders += request in (RENEWAL, REVIEWED)
            one.reissues += request is REISSUE
        self._set(request)

    def _set(self, request: Request) -> None:
        self.sandbox.clock(offset=request.days * DAY)
        self.sandbox.settings(manual_review=request.reviewed)
        # Orders are counted by the common name: whatever idempotence value they have.
        wanted = entry(key={"type": "ECC", "curve": request.key}, common_name=f"{_NAME}{{{{ inventory_hostname }}}}")
        self.site.variables["wotrus_certificates"] = [wanted]

    def together(self, hosts: Sequence[Target]) -> Run:
        """Run the role on hosts, without the breakpoint."""
        names = ",".join(one.host.name for one in hosts)
        plain: dict[str, Any] = {"ansible_python_interpreter": warm_python(BIN / "python")}
        return self.site.run("--limit", names, "--forks", _AT_ONCE, variables=plain)

    def start(self, *hosts: Target) -> Started:
        """Start a run on hosts that wait at the breakpoint."""
        return self.site.start("--limit", ",".join(one.host.name for one in hosts))

    # ---- kills of the whole run

    def kill_before_change(self, one: Target, number: int) -> bool:
        """Kill a run before its change with a number.

        :returns: whether the run made so many changes
        """
        self.breakpoints.set(number)
        run = self.start(one)
        held = self.breakpoints.wait(run)
        one.output += run.kill()
        self.breakpoints.release()
        return held is not None

    def kill_at_call(self, one: Target, number: int, *, when: str) -> bool:
        """Kill a run in its API call with a number.

        The call has not had its effect, or its answer is still to come.
        """
        run = self.start_held(one, number, when=when)
        held = self._wait_for_holds(1, run)
        one.output += run.kill()
        self.sandbox.clear_faults()
        return held

    # ---- kills of the main process alone, whose workers go on beside the next run

    def kill_main_before_change(self, one: Target, number: int) -> bool:
        """Kill the main process before a change.

        The held process continues once the next run wants the directory's lock too.
        """
        self.breakpoints.set(number)
        run = self.start(one)
        held = self.breakpoints.wait(run)
        if held is None:
            one.output += run.kill()
            return False
        run.kill_alone()
        following = self.start(one)
        self.breakpoints.wait_for_another(following)
        self.breakpoints.release()
        self._both_end(one, run, following)
        return True

    def kill_main_at_call(self, one: Target, number: int, *, when: str) -> bool:
        """Kill the main process during a call.

        The held call continues together with the first call of the next run.
        """
        run = self.start_held(one, number, when=when)
        if not self._wait_for_holds(1, run):
            one.output += run.kill()
            self.sandbox.clear_faults()
            return False
        run.kill_alone()
        self.sandbox.fault("*", "hold", when=when)
        following = self.start(one)
        self._wait_for_holds(2, following)
        self.sandbox.clear_faults()
        self._both_end(one, run, following)
        return True

    def kill_main_now(self, run: Started, one: Target) -> None:
        """Kill a run's main process, and start the next run at once."""
        run.kill_alone()
        self._both_end(one, run, self.start(one))

    def start_held(self, one: Target, number: int, *, when: str) -> Started:
        """Start a run whose API call of this number will be held."""
        self.breakpoints.set(0)
        self.sandbox.fault("*", "hold", skip=number - 1, when=when)
        return self.start(one)

    def _wait_for_holds(self, count: int, run: Started) -> bool:
        """Wait for a number of held calls; false if a run ended."""
        while self.sandbox.wait_for_hold(count, seconds=0.5) < count:
            if run.ends_within(0):
                return False
        return True

    @staticmethod
    def _both_end(one: Target, killed: Started, following: Started) -> None:
        ended = following.finish()
        one.output += killed.outlive() + ended.output
        assert ended.code == 0, ended.output

    # ---- what must hold

    def look(self, one: Target) -> None:
        """Check what a kill left."""
        if one.folder.live.is_symlink():
            self._fits(one.folder)
        else:
            assert one.request is ORDER
        if one.folder.record_file.exists():
            assert one.folder.record["version"] >= 1
        orders, reissues = self._asked(one)
        assert orders <= one.orders, "an order was placed twice"
        assert reissues <= one.reissues, "a reissue was asked for twice"
        if (orders, reissues) == (one.orders, one.reissues) and not one.keys:
            one.keys = _keys(one.folder)
            assert one.keys, "a request was sent, and its key is not here"

    def _fits(self, folder: Folder) -> None:
        assert {file.name for file in folder.live.iterdir()} == FILES.keys()
        assert public_key(folder.live / "privkey.pem") == public_key(folder.live / "cert.pem")
        verify(folder, self.sandbox, at_time=False)

    def _asked(self, one: Target) -> tuple[int, int]:
        orders = self._orders_of(one)
        return sum(order["kind"] == "order" for order in orders), sum(int(order["reissues"]) for order in orders)

    def _orders_of(self, one: Target) -> list[dict[str, Any]]:
        return [order for order in self.sandbox.state()["orders"] if order["common_name"] == f"{_NAME}{one.host.name}"]

    def _known_where(self, one: Target, order_id: str) -> str:
        """Return where an order's id is shown; empty if nowhere.

        It is then only in the answer to a repeat of the request.
        """
        record = one.folder.record_file.read_text() if one.folder.record_file.exists() else ""
        return next((place for place, text in (("host", record), ("output", one.output)) if _has(text, order_id)), "")

    def _review(self, hosts: Sequence[Target]) -> None:
        """Check that the next run leaves recorded orders pending, and approve them."""
        reviewed = [one for one in hosts if one.request.reviewed]
        if not reviewed:
            return
        waiting = self.together(reviewed)
        assert waiting.code == 0, waiting.output
        for one in reviewed:
            self.sandbox.order(one.folder.pending_order_id, "approve")

    def finish(self, hosts: Sequence[Target]) -> None:
        """Check that the next run completes, and another one changes nothing."""
        self._review(hosts)
        completed = self.together(hosts)
        assert completed.code == 0, completed.output
        for one in hosts:
            assert_deployed(one.folder, self.sandbox, at_time=False)
            assert self._asked(one) == (one.orders, one.reissues)
            for order in self._orders_of(one):
                assert self._known_where(one, order["id"]) == "host", "the id of an order was lost"
            key = public_key(one.folder.live / "privkey.pem")
            assert key in (one.keys or {key}), "the key of a request was lost"
            assert list(one.host.base_dir.rglob(".wotrus-*")) == []
        self.sandbox.clear_calls()
        again = self.together(hosts)
        assert (again.code, again.changed) == (0, 0), again.output
        assert posts(self.sandbox) == []


def _keys(folder: Folder) -> set[bytes]:
    """Return the public keys of the complete private keys on disk."""
    return {public_key(file) for file in folder.path.rglob("privkey.pem") if file.stat().st_size}


def _has(text: str, order_id: str) -> bool:
    return id_key(order_id) in text.lower()
