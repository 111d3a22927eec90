# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make calls, and repeat them if that is safe.

Each try has its own ``RequestID``.

The retries of ``urllib3`` are not used, since they repeat the same headers and do not detect a body that is cut off.
"""

from __future__ import annotations

import collections
import contextlib
import datetime as dt
import random
import time
import typing as t
import uuid

from ansible_collections.wotrus.pki.plugins.module_utils._client import envelope, rate_limiter
from ansible_collections.wotrus.pki.plugins.module_utils._client.attempt import Answer, Request
from ansible_collections.wotrus.pki.plugins.module_utils._client.deadline import NO_DEADLINE, Deadline
from ansible_collections.wotrus.pki.plugins.module_utils._client.fields import LONGEST_WORDS, Fields
from ansible_collections.wotrus.pki.plugins.module_utils._client.settings import Settings
from ansible_collections.wotrus.pki.plugins.module_utils._client.transport import Transport
from ansible_collections.wotrus.pki.plugins.module_utils._errors import (
    BadAnswer,
    Forbidden,
    NotFound,
    RejectedByApi,
    TimedOut,
    Unauthorized,
    Unavailable,
    WotrusError,
)
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message
from ansible_collections.wotrus.pki.plugins.module_utils._texts.safe_text import safe_line

_RANDOM = random.SystemRandom()
_FIRST_PAUSE = 0.5
_LONGEST_BACKOFF = 20.0
_LONGEST_PAUSE = 120.0
_KEPT_REQUEST_IDS = 1000


Reply = tuple[Fields, t.Optional[dt.datetime]]
"""``data`` of a call's answer, and a time of the server's clock before the first try, if the answer has its time."""


class Http:
    """Calls to the API over one pool of connections, for several threads.

    :ivar proxy: the proxy in use, without its password; ``None`` without a proxy
    :ivar is_envelope: whether the last answer has WoTrus's form
    :ivar watchers: they take each answer, with the ``RequestID`` of its try
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._transport = Transport(settings)
        self.proxy = self._transport.proxy_host
        # A long wait makes many calls, so only the last ids are kept.
        self._request_ids: collections.deque[str] = collections.deque(maxlen=_KEPT_REQUEST_IDS)
        self.server_time: dt.datetime | None = None
        self.is_envelope = False
        self.watchers: list[t.Callable[[Request, Answer, str], None]] = []

    @property
    def request_ids(self) -> list[str]:
        """The ``RequestID`` of each try so far, oldest first; the last 1,000."""
        return list(self._request_ids)

    def close(self) -> None:
        """Close every connection."""
        self._transport.close()

    def call(
        self,
        request: Request,
        *,
        repeatable: bool,
        deadline: Deadline = NO_DEADLINE,
        before_try: t.Callable[[str], None] | None = None,
    ) -> Reply:
        """Make a call.

        :param repeatable: the call may be sent again: a GET, or a POST with an idempotence value
        :param deadline: no try starts after it
        :param before_try: takes the ``RequestID`` of a try before it is sent; if it raises an error, nothing is sent
        :raises WotrusError: the call failed; ``answer_lost`` is true if the server may have acted
        """
        started: float | None = None
        tries = 1 + (self._settings.retries if repeatable else 0)
        number, is_lost = 0, False
        while True:
            number += 1
            try:
                self._wait_for_turn(request, deadline)
                started = started or time.monotonic()
                answer, data = self._attempt(request, before_try)
                # A second more, because Date has whole seconds.
                elapsed = dt.timedelta(seconds=time.monotonic() - started + 1)
                return data, answer.date - elapsed if answer.date else None
            except WotrusError as failed:
                # What an earlier try may have done, a later refusal does not undo.
                is_lost = failed.answer_lost = failed.answer_lost or is_lost
                again = failed.is_temporary and number < tries
                if not again or not wait_before_retry(number, failed.retry_after, deadline=deadline):
                    raise _final_error(request, failed, number) from failed

    def _wait_for_turn(self, request: Request, deadline: Deadline) -> None:
        """Wait until ``rate_limit`` allows this request."""
        rate = self._settings.rate_limit
        seconds = rate_limiter.limiter_of(self._settings.url).reserve(rate) if rate else 0.0
        if seconds > deadline.left():
            raise TimedOut("{call}: rate_limit delays it beyond the time limit.", call=str(request))
        if seconds:
            time.sleep(seconds)

    def _attempt(self, request: Request, before_try: t.Callable[[str], None] | None) -> tuple[Answer, Fields]:
        request_id = str(uuid.uuid4())
        if before_try is not None:
            before_try(request_id)
        self._request_ids.append(request_id)
        answer = self._transport.send(request, request_id=request_id)
        if answer.date is not None:
            self.server_time = answer.date
        self.is_envelope = envelope.is_envelope(answer.body)
        for watch in self.watchers:
            watch(request, answer, request_id)
        _check_status(request, answer)
        try:
            return answer, envelope.data_of(envelope.parse(answer.body))
        except envelope.UnreadableAnswer as exc:
            exc.is_temporary = True
            raise


def wait_before_retry(number: int, retry_after: float | None, *, deadline: Deadline = NO_DEADLINE) -> bool:
    """Wait before the next try.

    The wait is that of ``Retry-After``, or exponential back-off with jitter.

    :param number: the number of tries so far
    :returns: false without a wait, if it would be too long or end after the deadline
    """
    if retry_after is not None:
        seconds = retry_after + _RANDOM.uniform(0, _FIRST_PAUSE)
    else:
        ceiling = min(_LONGEST_BACKOFF, _FIRST_PAUSE * 2 ** (number - 1))
        seconds = _RANDOM.uniform(ceiling / 2, ceiling)
    if seconds > min(_LONGEST_PAUSE, deadline.left()):
        return False
    time.sleep(seconds)
    return True


def _check_status(request: Request, answer: Answer) -> None:
    """Check that an answer's status is one of a success.

    Only the API itself refuses a request in words. Any other answer to a POST may come from before it or after it, and
    so does an error of the server.

    :raises WotrusError: it is none
    """
    status = answer.status
    if 200 <= status < 300:
        return
    words = ""
    with contextlib.suppress(BadAnswer):
        words = envelope.parse(answer.body).words("errorMsg") or ""
    values: dict[str, t.Any] = {"status": status, "words": f": {words.rstrip('.。')}" if words else ""}
    if status == 401:
        raise Unauthorized(
            "HTTP {status}: the API refuses the token (api_token, wotrus_api_token or WOTRUS_API_TOKEN){words}.",
            **values,
        )
    if status == 403:
        raise Forbidden("HTTP {status}: the token may not do this{words}.", **values)
    if status == 404 and request.method == "GET":
        raise NotFound("HTTP {status}: the API does not know this{words}.", **values)
    if 300 <= status < 400:
        target = safe_line(answer.headers.get("Location", ""), longest=LONGEST_WORDS)
        raise BadAnswer("HTTP {status}: the redirect to {target} is not followed.", status=status, target=target)
    failed = Message("HTTP {status}{words}.", **values)
    is_refused = envelope.refusal_of(answer.body) is not None
    if status == 429 or status >= 500:
        kind = RejectedByApi if is_refused else Unavailable
        raise kind(failed, is_temporary=True, answer_lost=True, retry_after=answer.retry_after)
    raise (RejectedByApi if is_refused else BadAnswer)(failed)


def _final_error(request: Request, error: WotrusError, tries: int) -> WotrusError:
    after = error.retry_after
    wait = Message(" (it asks to wait {seconds:g} s)", seconds=after) if after else ""
    times = Message(" after {number} tries", number=tries) if tries > 1 else ""
    message = Message("{call}: {error}{wait}{tries}.", call=str(request), error=error, wait=wait, tries=times)
    return type(error)(
        message,
        order_id=error.order_id,
        answer_lost=error.answer_lost,
        is_temporary=error.is_temporary,
        retry_after=after,
    )
