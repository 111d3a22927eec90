# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Leads single tries of a call elsewhere: to a closed port, or to a server with a bad TLS certificate."""

from __future__ import annotations

import contextlib
import dataclasses
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import urllib3

from ansible_collections.wotrus.pki.plugins.module_utils._client.attempt import Answer, Request
from ansible_collections.wotrus.pki.plugins.module_utils._client.transport import Transport
from tests.torture.faults.catalogue import Endpoint, Fault, Where, endpoint_of

_IMPATIENCE = 0.5


@dataclasses.dataclass
class Road:
    """What the tries of one thread meet.

    tries: by endpoint. times: how many tries of the endpoint still meet the fault; -1 is every one. led: how many went
    elsewhere.
    """

    endpoint: Endpoint | None = None
    fault: Fault | None = None
    times: int = 0
    led: int = 0
    tries: Counter[str] = dataclasses.field(default_factory=Counter)

    def take(self, endpoint: Endpoint) -> Fault | None:
        """Count a try, and return the fault that it meets."""
        self.tries[endpoint.name] += 1
        if endpoint is not self.endpoint or self.times == 0:
            return None
        self.times -= self.times > 0
        self.led += self.fault is not None and self.fault.elsewhere is not None
        return self.fault


class Crossroads:
    """Stands where the client sends. Each thread has a road of its own."""

    def __init__(self, patch: pytest.MonkeyPatch, *, elsewhere: Mapping[Where, Mapping[str, str]]) -> None:
        """elsewhere: the settings of the client, such as ``url``, that lead there."""
        self._local = threading.local()
        self._elsewhere = elsewhere
        send = Transport.send
        crossroads = self

        def led(self: Transport, request: Request, *, request_id: str) -> Answer:
            with crossroads._lead(self, request) as transport:
                return send(transport, request, request_id=request_id)

        patch.setattr(Transport, "send", led)

    def begin(self, endpoint: Endpoint | None = None, fault: Fault | None = None, *, times: int = 0) -> Road:
        """Give this thread a new road."""
        road = self._local.road = Road(endpoint, fault, times)
        return road

    @contextlib.contextmanager
    def _lead(self, client: Transport, request: Request) -> Iterator[Transport]:
        """Have the transport that this try is sent with."""
        fault = self._local.road.take(endpoint_of(request.path))
        changes: dict[str, Any] = {"timeout": _IMPATIENCE} if fault and fault.impatient else {}
        changes.update(self._elsewhere[fault.elsewhere] if fault and fault.elsewhere else {})
        if not changes:
            yield client
            return
        led = Transport(dataclasses.replace(client._settings, **changes))
        # A connection may take its time on a busy machine.
        led._timeout = urllib3.Timeout(connect=client._settings.timeout, read=led._settings.timeout)
        try:
            yield led
        finally:
            led.close()
