# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One time limit for a whole call: its connection, and all that it sends and receives.

The timeout of a socket is for each operation. A server or a proxy that sends a byte now and then could keep a call open
for ever: in a status line, a header, answers of 100 Continue, the size of a chunk, or trailers. The resolution of a
name has no timeout at all but that of the resolver (``resolv.conf(5)``), and each address of the name has its own.
"""

from __future__ import annotations

import contextlib
import functools
import socket
import ssl
import threading
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._client.deadline import NO_DEADLINE, Deadline

with contextlib.suppress(ImportError):
    import urllib3.exceptions

_CURRENT = threading.local()


@contextlib.contextmanager
def limit(seconds: float) -> t.Iterator[None]:
    """Limit the time of the calls that this thread makes in a block.

    After it, each operation of their sockets raises ``TimeoutError``, and none connects.
    """
    _CURRENT.deadline = Deadline.after(seconds)
    try:
        yield
    finally:
        _CURRENT.deadline = NO_DEADLINE


def _left() -> float:
    deadline: Deadline = getattr(_CURRENT, "deadline", NO_DEADLINE)
    return deadline.left()


def _shorten(sock: socket.socket) -> None:
    """Let the next operation of a socket end at the deadline."""
    left = _left()
    if left <= 0:
        raise socket.timeout("timed out")
    if left < (sock.gettimeout() or float("inf")):
        sock.settimeout(left)


def _connect(kind: t.Any, connection: t.Any) -> t.Any:
    """Return a new socket of a connection, or give up in time.

    Nothing ends the resolution of a name, so a thread is left behind with it.
    """
    done: list[t.Any] = []

    def work() -> None:
        try:
            sock = kind._new_conn(connection)
        except (OSError, ValueError, urllib3.exceptions.HTTPError) as exc:
            done.append(exc)
            return
        done.append(sock)
        if done[0] is not sock:
            sock.close()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(_left())
    # The first one counts.
    done.append(urllib3.exceptions.ConnectTimeoutError("timed out"))
    found = done[0]
    if isinstance(found, Exception):
        raise found
    # A timeout of 0 would be no wait at all.
    found.settimeout(min(found.gettimeout(), max(_left(), 0.001)))
    return found


class _Plain(socket.socket):
    # The class of an open socket is replaced, so it may have no attributes of its own.
    __slots__ = ()

    def recv_into(self, *arguments: t.Any) -> int:
        _shorten(self)
        return super().recv_into(*arguments)

    def sendall(self, *arguments: t.Any) -> None:
        _shorten(self)
        super().sendall(*arguments)


class _Tls(ssl.SSLSocket):
    # Each way to receive and to send uses these, also that for TLS inside TLS.
    def read(self, *arguments: t.Any) -> t.Any:
        _shorten(self)
        return super().read(*arguments)

    def send(self, *arguments: t.Any) -> int:
        _shorten(self)
        return super().send(*arguments)


_LIMITED: dict[type, type] = {socket.socket: _Plain, ssl.SSLSocket: _Tls}


def _limit_socket(sock: t.Any) -> None:
    """Let a socket have the limit; for TLS inside TLS, the outer one."""
    outer = getattr(sock, "socket", sock)
    outer.__class__ = _LIMITED.get(type(outer), type(outer))


@functools.cache
def limited(kind: t.Any) -> type:
    """Return a class of connections of ``urllib3`` that have the limit, also to a proxy."""

    def new_socket(connection: t.Any) -> t.Any:
        return _connect(kind, connection)

    def tunnel(connection: t.Any) -> None:
        _limit_socket(connection.sock)
        kind._tunnel(connection)

    def connect(connection: t.Any) -> None:
        kind.connect(connection)
        _limit_socket(connection.sock)

    return type("Limited", (kind,), {"_new_conn": new_socket, "_tunnel": tunnel, "connect": connect})
