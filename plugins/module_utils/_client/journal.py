# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The journal: lines of JSON about the calls that may cost or end something.

A line is written before each try is sent, and one when the call has ended. A try whose line cannot be written is not
sent. So WoTrus gets no such request without a line, wherever the process is killed. A call without its second line was
killed, and WoTrus may have carried it out.

The journal has no secrets, and of persons only who sends. Several processes append to one file, under the lock of
another one: who may only read the journal could hold its own.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import json
import os
import pwd
import socket
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._client.private_file import (
    lock_of,
    locked,
    open_private,
    require_private,
    sync_folder,
)
from ansible_collections.wotrus.pki.plugins.module_utils._errors import (
    CancelRefused,
    Forbidden,
    InvalidInput,
    JournalFailed,
    NotFound,
    RejectedByApi,
    StoreFailed,
    TlsFailed,
    Unauthorized,
    Unavailable,
    UnsafePath,
    WotrusError,
)
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message, Text

SYSLOG = "syslog"
"""The place that is the machine's syslog."""

SENDER = ("user", "job", "workflow_job", "approver", "host", "certificate", "root_order_id", "plan", "limits")
"""What the lines say about who sends, and for what; ``null`` where it is not known."""

_DEVICE = "/dev/log"
# Facility user, severity notice (RFC 5424, section 6.2.1). The form of the line is that of RFC 3164.
_TAG = b"<13>wotrus: "
_LONGEST_WAIT = 10.0
_LARGEST = 256 * 1024 * 1024
_REFUSALS = (RejectedByApi, CancelRefused, Unauthorized, Forbidden, NotFound)


def _ignore(_words: Text) -> None:
    """Take what nobody reads."""


@dataclasses.dataclass(frozen=True)
class Journal:
    """A file or syslog that takes the lines; nothing, if there is no place.

    :ivar place: the absolute path of a file, or ``syslog``
    :ivar sender: values of :data:`SENDER` that are the same for all calls
    :ivar warn: takes a warning about a line after a call, which is too late to hold the call back
    """

    place: str | None = None
    sender: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)
    warn: t.Callable[[Text], None] = _ignore

    def __post_init__(self) -> None:
        if self.place and self.place != SYSLOG and not os.path.isabs(self.place):
            raise InvalidInput("journal must be syslog or an absolute path, not {path!r}.", path=self.place)

    @contextlib.contextmanager
    def call(self, name: str, about: t.Mapping[str, t.Any], **fields: t.Any) -> t.Iterator[JournaledCall]:
        """Write the lines of a call.

        :param name: ``create``, ``reissue``, ``revoke`` or ``cancel``
        :param about: values of :data:`SENDER` for this call
        :param fields: further values of the lines, which the block may change until the call has ended
        """
        sender = {"user": _user(), **self.sender, **about}
        call = JournaledCall(self, {"call": name, **{name: sender.get(name) for name in SENDER}, **fields})
        outcome: dict[str, t.Any] = {"outcome": "unknown", "error_code": None}
        try:
            yield call
            outcome["outcome"] = "accepted"
        except WotrusError as exc:
            outcome = {"outcome": _outcome(exc), "error_code": exc.error_code}
            raise
        finally:
            call.end(outcome)

    def write(self, event: str, fields: t.Mapping[str, t.Any]) -> None:
        """Write a line, and return once it is kept.

        :raises JournalFailed: it may not be kept
        """
        if not self.place:
            return
        now = dt.datetime.now(dt.timezone.utc).isoformat(timespec="milliseconds")
        line = json.dumps({"time": now, "event": event, **fields}, ensure_ascii=False).encode()
        with self._failing():
            if self.place == SYSLOG:
                with _syslog() as log:
                    log.sendall(_TAG + line)
            else:
                _append(self.place, line + b"\n")

    def check(self) -> None:
        """Check that lines can be written and read, without writing one.

        :raises JournalFailed: they cannot
        """
        with self._failing():
            if self.place == SYSLOG:
                _syslog().close()
            elif self.place:
                folder = os.path.dirname(self.place)
                require_private(self.place)
                files = [path for path in (self.place, lock_of(self.place)) if os.path.lexists(path)]
                for path in files:
                    os.close(open_private(path, os.O_RDWR | os.O_APPEND))
                if len(files) < 2 and not os.access(folder, os.W_OK | os.X_OK):
                    raise StoreFailed("{path} is no folder in which this user can make a file", path=folder)
        for _line in self.lines():
            break

    def lines(self) -> t.Iterator[str]:
        """Yield the lines that are kept; none from syslog, or without a file.

        :raises JournalFailed: the file cannot be read, or is too large to be read in a short time
        """
        if not self.place or self.place == SYSLOG or not os.path.lexists(self.place):
            return
        try:
            descriptor = open_private(self.place, os.O_RDONLY)
        except (OSError, UnsafePath) as exc:
            raise JournalFailed(
                "The journal {path} cannot be read: {error}.", path=self.place, error=self._why(exc)
            ) from exc
        with open(descriptor, encoding="utf-8", errors="replace") as file:
            if os.fstat(descriptor).st_size > _LARGEST:
                raise JournalFailed(
                    "The journal {path} has more than {most} MiB. Rotate it.", path=self.place, most=_LARGEST // 2**20
                )
            yield from file

    @contextlib.contextmanager
    def _failing(self) -> t.Iterator[None]:
        """Replace each exception of a block, such as one about an unsafe path.

        :raises JournalFailed: always in its place
        """
        try:
            yield
        except Exception as exc:
            raise JournalFailed(
                "The journal {path} cannot be written: {error}. Without it, nothing is sent.",
                path=self.place,
                error=self._why(exc),
            ) from exc

    def _why(self, exc: Exception) -> object:
        """Return why a file cannot be opened; that of the lock is named."""
        if not isinstance(exc, OSError) or not exc.strerror:
            return exc
        return exc.strerror if exc.filename in (None, self.place) else f"{exc.filename}: {exc.strerror}"


class JournaledCall:
    """A call and its lines.

    :ivar fields: the values of the next line
    """

    def __init__(self, journal: Journal, fields: dict[str, t.Any]) -> None:
        self.fields = fields
        self._journal = journal
        self._request_ids: list[str] = []

    def before_try(self, request_id: str) -> None:
        """Write the line before a try.

        :raises JournalFailed: it is not written, so the try must not be sent
        """
        self._journal.write("send", {"request_id": request_id, **self.fields})
        self._request_ids.append(request_id)

    def end(self, outcome: t.Mapping[str, t.Any]) -> None:
        """Write the line after the call, if something was sent."""
        if self._request_ids:
            try:
                self._journal.write("end", {"request_ids": self._request_ids, **self.fields, **outcome})
            except JournalFailed as exc:
                self._journal.warn(Message("The journal lacks the line after a request. {error}", error=exc))


def _outcome(error: WotrusError) -> str:
    """Return what became of a failed call: ``refused``, ``not_sent``, or ``unknown``.

    One that is ``unknown`` may have been carried out.
    """
    if error.answer_lost:
        return "unknown"
    if isinstance(error, _REFUSALS):
        return "refused"
    return "not_sent" if isinstance(error, (Unavailable, TlsFailed)) else "unknown"


def _user() -> str:
    """Return the name of the user of this process; its number, if it has no name."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def _append(path: str, line: bytes) -> None:
    """Append a line to a file, and sync it.

    The file is opened for each line, so that it can be rotated. The line is written at once, under a lock. A process
    that was killed may have left a part of a line: then this one begins a line of its own.

    :raises UnsafePath, OSError: the line is not there, or may not survive a power failure
    """
    with locked(path):
        _append_locked(path, line)


def _append_locked(path: str, line: bytes) -> None:
    file = open_private(path, os.O_RDWR | os.O_APPEND | os.O_CREAT)
    try:
        size = os.fstat(file).st_size
        if size and os.pread(file, 1, size - 1) != b"\n":
            line = b"\n" + line
        try:
            while line:
                line = line[os.write(file, line) :]
            os.fsync(file)
        except OSError:
            os.ftruncate(file, size)
            raise
        if not size:
            sync_folder(os.path.dirname(path))
    finally:
        os.close(file)


def _syslog() -> socket.socket:
    """Return a connection to the machine's syslog.

    The module ``syslog`` of Python does not tell whether a line was taken.
    """
    log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    log.settimeout(_LONGEST_WAIT)
    try:
        log.connect(_DEVICE)
    except OSError:
        log.close()
        raise
    return log
