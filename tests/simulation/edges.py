# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that is replaced in the code under test.

The rest is the real code.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import functools
import random
import threading
import types
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any
from unittest import mock

from cryptography.hazmat.primitives.asymmetric import ec

from ansible_collections.wotrus.pki.plugins.module_utils._client import api, deadline, http, run_stop
from ansible_collections.wotrus.pki.plugins.module_utils._client import journal as client_journal
from ansible_collections.wotrus.pki.plugins.module_utils._deployment import info
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.storages import external, host, storage
from ansible_collections.wotrus.pki.plugins.module_utils._errors import OrderLimit
from ansible_collections.wotrus.pki.plugins.module_utils._orders import certificate, order, order_info, wait
from ansible_collections.wotrus.pki.plugins.module_utils._orders.operation import Limits
from ansible_collections.wotrus.pki.plugins.module_utils._planning import plan, questions
from ansible_collections.wotrus.pki.plugins.module_utils._planning.facts import Facts
from ansible_collections.wotrus.pki.plugins.module_utils._planning.table import Found
from ansible_collections.wotrus.pki.plugins.module_utils._revocation import http as revocation_http
from ansible_collections.wotrus.pki.plugins.module_utils._store import lock
from ansible_collections.wotrus.pki.plugins.module_utils._token import session
from ansible_collections.wotrus.pki.plugins.module_utils._workflow import batch_check, limit, send
from ansible_collections.wotrus.pki.plugins.module_utils._x509.keys import KeySpec

from . import ca, hosts, journal, process

if TYPE_CHECKING:
    from .world import World

_ON_CONTROLLER = (plan, certificate, client_journal)
_ON_HOST = (storage, info)
_WITH_TIME = (http, revocation_http, deadline, order, order_info, wait, info, lock, limit)


@contextlib.contextmanager
def replaced(world: World) -> Iterator[None]:
    """Let the code under test run in a world."""
    with contextlib.ExitStack() as stack:
        for replacement in _replacements(world):
            stack.enter_context(replacement)
        yield


def _replacements(world: World) -> Iterator[Any]:
    numbers = ca.Numbers()
    keys = Keys()
    time, of_controller = world.clock.as_time(), world.clock.as_datetime(lambda: world.clock_error)
    of_host = world.clock.as_datetime(lambda: one.clock_error if (one := hosts.on_host()) else 0.0)
    yield from ca.replaced(world.ca, numbers)
    # The transport is the lowest edge: tries, pauses, parsing and errors are real.
    yield mock.patch.object(http, "Transport", world.ca.transport)
    yield mock.patch.object(revocation_http, "download", world.ca.download)
    for module in _WITH_TIME:
        yield mock.patch.object(module, "time", time)
    for module in _ON_CONTROLLER:
        yield mock.patch.object(module, "dt", of_controller)
    for module in _ON_HOST:
        yield mock.patch.object(module, "dt", of_host)
    for module in (http, wait):
        yield mock.patch.object(module, "_RANDOM", random.Random(0))
    yield mock.patch.object(wait, "concurrent", _INLINE)
    yield mock.patch.object(client_journal, "os", journal.DISK)
    yield mock.patch.object(host, "generate", keys.new)
    yield mock.patch.object(session, "open_token", functools.partial(hosts.open_token, new_key=keys.new))
    yield mock.patch.object(external, "run_bounded", functools.partial(hosts.run_bounded, new_key=keys.new))
    yield mock.patch.object(send, "ORDER_COUNT", world.order_counts)
    yield mock.patch.object(send, "REISSUE_COUNT", world.reissue_counts)
    for module in (api, batch_check):
        yield mock.patch.object(module, "STOP", Stops())
    # Nothing is replaced here, but seen.
    yield mock.patch.object(questions, "look", _look)


_unwatched = questions.look


def _look(facts: Facts) -> Found:
    found = _unwatched(facts)
    process.current().decided[facts.wanted.name, facts.wanted.host] = found
    return found


class Keys:
    """Gives new keys. The same history has the same ones."""

    def __init__(self) -> None:
        self._made = 0

    def new(self, spec: KeySpec) -> ec.EllipticCurvePrivateKey:
        """Return a new key of an elliptic curve.

        RSA keys take long to make.
        """
        self._made += 1
        is_large = spec.type == "ECC" and spec.curve == "P-384"
        return ec.derive_private_key(10**6 + self._made, ec.SECP384R1() if is_large else ec.SECP256R1())


class _Inline(concurrent.futures.Executor):
    """Calls a function at once, in the caller's thread."""

    def __init__(self, max_workers: int = 1) -> None:
        del max_workers

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> concurrent.futures.Future[Any]:
        made: concurrent.futures.Future[Any] = concurrent.futures.Future()
        made.set_result(fn(*args, **kwargs))
        return made


_INLINE = types.SimpleNamespace(
    futures=types.SimpleNamespace(
        ThreadPoolExecutor=_Inline,
        Executor=concurrent.futures.Executor,
        Future=concurrent.futures.Future,
        wait=concurrent.futures.wait,
        FIRST_COMPLETED=concurrent.futures.FIRST_COMPLETED,
    )
)


class _InProcessLock:
    """The lock of the hard count, for threads alone."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Hold the lock for a block."""
        with self._lock:
            yield


class InProcessCount(limit.RequestCount):
    """The hard count in this process, behind a lock for threads.

    The rules are those of the real one.
    """

    def __init__(self, kind: type[OrderLimit]) -> None:
        self._kind = kind
        self._shared = bytearray(limit._SLOT.size * 64)
        self._lock = _InProcessLock()


class Stops:
    """The stop of each run."""

    def __getattr__(self, name: str) -> Any:
        """Return a part of that of the current run."""
        own = vars(process.current())
        if "stop" not in own:
            own["stop"] = run_stop.RunStop()
        return getattr(own["stop"], name)


class Counts:
    """The hard count of each run.

    Each ``ansible-playbook`` has one of its own.
    """

    def __init__(self, kind: type[OrderLimit] = OrderLimit) -> None:
        self._kind = kind
        self._counts: dict[int, limit.RequestCount] = {}

    def reserve(self, value: str, limits: Limits) -> limit.Reservation:
        """Reserve one request in the count of the current run."""
        count = self._counts.setdefault(id(process.current()), InProcessCount(self._kind))
        return count.reserve(value, limits)

    def clear(self) -> None:
        """Forget the counts of runs that ended."""
        self._counts.clear()
