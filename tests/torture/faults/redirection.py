# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Redirects single tries to a closed port or bad TLS server.

The server has a bad certificate.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._client.attempt import Answer, Request
from ansible_collections.wotrus.pki.plugins.module_utils._client.transport import Transport
from tests.torture.faults.catalogue import Endpoint, Fault, Where, endpoint_of

_SHORT_TIMEOUT = 0.5


@dataclasses.dataclass
class MetFault:
    """The fault that the tries at one sandbox meet.

    :ivar times: how many tries of the endpoint still meet it; -1 is every one
    :ivar redirected: how many tries did not reach the sandbox
    :ivar tries: how many tries each endpoint had
    """

    endpoint: Endpoint | None = None
    fault: Fault | None = None
    times: int = 0
    redirected: int = 0
    tries: Counter[str] = dataclasses.field(default_factory=Counter)

    def take(self, endpoint: Endpoint) -> Fault | None:
        """Count a try, and return the fault that it meets."""
        self.tries[endpoint.name] += 1
        if endpoint is not self.endpoint or self.times == 0:
            return None
        self.times -= self.times > 0
        self.redirected += self.fault is not None and self.fault.elsewhere is not None
        return self.fault


class Redirector:
    """Replaces the client's ``Transport.send``.

    Each sandbox has its own fault.
    """

    def __init__(self, patch: pytest.MonkeyPatch, *, elsewhere: Mapping[Where, Mapping[str, str]]) -> None:
        """Patch the client.

        :param elsewhere: for each place other than the sandbox, the client's settings that lead there, such as ``url``
        """
        self._faults: dict[str, MetFault] = {}
        self._elsewhere = elsewhere
        send = Transport.send
        redirector = self

        def redirected(self: Transport, request: Request, *, request_id: str) -> Answer:
            with redirector._transport(self, request) as transport:
                return send(transport, request, request_id=request_id)

        patch.setattr(Transport, "send", redirected)

    def begin(
        self, url: str, endpoint: Endpoint | None = None, fault: Fault | None = None, *, times: int = 0
    ) -> MetFault:
        """Set the fault of the sandbox at a URL."""
        planned = self._faults[url] = MetFault(endpoint, fault, times)
        return planned

    @contextlib.contextmanager
    def _transport(self, client: Transport, request: Request) -> Iterator[Transport]:
        """Have the transport that this try is sent with."""
        fault = self._faults[client._settings.url].take(endpoint_of(request.path))
        changes: dict[str, Any] = {"timeout": _SHORT_TIMEOUT} if fault and fault.impatient else {}
        changes.update(self._elsewhere[fault.elsewhere] if fault and fault.elsewhere else {})
        if not changes:
            yield client
            return
        changed = Transport(dataclasses.replace(client._settings, **changes))
        try:
            yield changed
        finally:
            changed.close()
