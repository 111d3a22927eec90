# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which certificates signed the newest documents of a service.

The documents are the service's: no link is followed, no pipe is opened, and size, number and time are limited. No name
and no content of a document leaves this file.
"""

from __future__ import annotations

import collections
import datetime as dt
import errno
import fnmatch
import os
import stat
import time
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._errors import (
    BadCertificate,
    SigningFailed,
    UnsafePath,
    WotrusError,
    boundary,
)
from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Json
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import ROLLED_BACK, Record
from ansible_collections.wotrus.pki.plugins.module_utils._model.signed_documents import (
    EXPIRED,
    FOREIGN,
    FORMER,
    LIVE,
    MOST_DOCUMENTS,
    NOT_SIGNED,
    SUPERSEDED,
    UNREADABLE,
    SignedDocuments,
    Signer,
)
from ansible_collections.wotrus.pki.plugins.module_utils._model.timestamps import format_timestamp
from ansible_collections.wotrus.pki.plugins.module_utils._store.inspection import read_certificate
from ansible_collections.wotrus.pki.plugins.module_utils._store.layout import Layout
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message, Text
from ansible_collections.wotrus.pki.plugins.module_utils._x509.describe import name_text, serial_number
from ansible_collections.wotrus.pki.plugins.module_utils._x509.document_signatures import signing_certificates
from ansible_collections.wotrus.pki.plugins.module_utils._x509.library import hashes, time_text, validity, x509

LONGEST_SEARCH = 20
"""Seconds for the documents of all entries of a host."""

_MOST_FILES = 100_000
_MOST_BYTES = 20_000_000
_LONGEST_SUBJECT = 300
_LARGEST_SERIAL = 16**60
_RELOAD = 600
"""Seconds after a switch in which a service may still sign with the former key, until it is reloaded."""

_UNFINISHED = 60
"""Seconds for which a file without a good signature may still be being written."""

_AHEAD = 86_400
"""Seconds by which a file may be newer than the clock of the host, as clocks of file servers are."""

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# A pipe that is opened to be read does not wait for a writer.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_Path = tuple[str, ...]
_Signer = tuple[str, t.Optional["x509.Certificate"], t.Optional[Text]]
"""The state of a document, the certificate that signed it, and why it cannot be read."""

_TOO_LARGE = Message("They are larger than {most} MB.", most=_MOST_BYTES // 1_000_000)
_NO_TIME = Message(
    "The time for these documents is over: all of the host have {seconds} seconds.", seconds=LONGEST_SEARCH
)
_DAMAGED = Message("They are no PDF and no CMS message with its content, or their signature is damaged or not known.")


class _LimitReached(UnsafePath):
    """The time is over, or there are too many files: nothing is known of the others."""


class _Certificates:
    """The certificates of an entry on its host.

    :ivar known: those of the releases, the live one first
    """

    def __init__(self, layout: Layout, record: Record) -> None:
        live, names = layout.live_release(), layout.release_names()
        of_release = {name: one for name in names if (one := _certificate(layout, name)) is not None}
        switched = layout.live.lstat().st_mtime if live else 0.0
        self.known = [of_release[name] for name in sorted(of_release, key=lambda name: name != live)]
        self._live = _fingerprint(of_release[live]) if live in of_release else None
        # The link has the time of the last switch alone. The folder of a former release was made just before its own.
        made = {name: layout.release(name).stat().st_mtime for name in names}
        # What was rolled back took no place for long, and the switch back is no switch to a new one.
        former = [one for one in record.superseded if one.operation != ROLLED_BACK]
        if live and former[-1:] == [*record.superseded[-1:]]:
            made[live] = switched
        later = [*(one.release for one in former[1:]), live or ""]
        self._since = {_fingerprint(one): switched for one in self.known}
        self._since.update(
            (one.fingerprint_sha256, made.get(following, switched))
            for one, following in zip(former, later)
            if one.fingerprint_sha256
        )

    def since(self, certificate: x509.Certificate) -> float | None:
        """Return when a former certificate of the entry was superseded; ``None`` for any other."""
        return None if self.is_live(certificate) else self._since.get(_fingerprint(certificate))

    def is_live(self, certificate: x509.Certificate) -> bool:
        """Return whether a certificate is the live one."""
        return _fingerprint(certificate) == self._live


def _fingerprint(certificate: x509.Certificate) -> str:
    return certificate.fingerprint(hashes.SHA256()).hex()


def _certificate(layout: Layout, release: str) -> x509.Certificate | None:
    try:
        return read_certificate(layout.release(release))
    except (BadCertificate, UnsafePath):
        return None


def signed_documents(layout: Layout, record: Record, wanted: Json, *, deadline: float) -> SignedDocuments:
    """Return who signed the newest documents of a pattern.

    :param wanted: the ``path``, a pattern, and how many of the ``newest`` documents are read
    :param deadline: by ``time.monotonic()``, when no further document is read
    """
    newest = max(1, min(int(wanted["newest"]), MOST_DOCUMENTS))
    search, now = _Search(deadline), time.time()
    last = now + _AHEAD
    try:
        # A file with a time in the future would be the newest one for ever.
        files = sorted(search.files(str(wanted["path"])), key=lambda file: (file[0] <= last, file), reverse=True)
        own = _Certificates(layout, record)
    except _LimitReached as exc:
        return SignedDocuments(msg=exc.message, limited=True)
    except OSError as exc:
        return SignedDocuments(msg=_why(exc))
    except WotrusError as exc:
        return SignedDocuments(msg=exc.message)
    found: dict[_Signer, list[float]] = collections.defaultdict(list)
    limit = None
    for moment, path in files:
        try:
            signer = _signer_of(path, moment if moment <= last else now, own, deadline)
        except _LimitReached as exc:
            limit = exc.message
            break
        is_new = now - _UNFINISHED < moment <= now
        if signer is None or (is_new and signer[0] in (NOT_SIGNED, UNREADABLE)):
            continue
        found[signer].append(moment)
        if sum(map(len, found.values())) == newest:
            break
    signers = tuple(_row(signer, moments, own) for signer, moments in found.items())
    latest = _text(files[0][0]) if files and files[0][0] <= last else None
    return SignedDocuments(len(files), search.refused, latest, signers, limit, limited=limit is not None)


class _Search:
    """Finds the files of a pattern, within limits.

    :ivar refused: how many links, pipes and the like fit it, which are no documents
    """

    def __init__(self, deadline: float) -> None:
        self._deadline, self._left = deadline, _MOST_FILES
        self.refused = 0

    def files(self, pattern: str) -> t.Iterator[tuple[float, _Path]]:
        """Yield the time and the path of each file.

        :raises OSError: a folder that the pattern names cannot be read
        :raises _LimitReached: there are too many files, or the time is over
        """
        *folders, last = [part for part in pattern.split("/") if part]
        found: list[_Path] = [()]
        for part in folders:
            is_pattern = any(letter in part for letter in "*?[")
            found = [
                (*folder, name) for folder in found for name in (self._folders(folder, part) if is_pattern else [part])
            ]
        for folder in found:
            for entry in self._entries(folder, last):
                try:
                    facts = entry.stat(follow_symlinks=False)
                except FileNotFoundError:
                    continue
                if stat.S_ISREG(facts.st_mode):
                    yield facts.st_mtime, (*folder, entry.name)
                elif not stat.S_ISDIR(facts.st_mode):
                    self.refused += 1

    def _folders(self, folder: _Path, pattern: str) -> list[str]:
        return [entry.name for entry in self._entries(folder, pattern) if entry.is_dir(follow_symlinks=False)]

    def _entries(self, folder: _Path, pattern: str) -> t.Iterator[os.DirEntry[str]]:
        descriptor = _opened(folder, _FOLDER)
        try:
            with os.scandir(descriptor) as entries:
                for entry in entries:
                    self._left -= 1
                    if self._left < 0:
                        raise _LimitReached("The folders have more than {most} files.", most=_MOST_FILES)
                    if time.monotonic() > self._deadline:
                        raise _LimitReached(_NO_TIME)
                    is_hidden = entry.name.startswith(".") and not pattern.startswith(".")
                    if not is_hidden and fnmatch.fnmatchcase(entry.name, pattern):
                        yield entry
        finally:
            os.close(descriptor)


def _opened(path: _Path, flags: int) -> int:
    """Open a path of which no part is a link.

    :raises OSError: a part is a link, or cannot be read
    """
    descriptor = os.open("/", _FOLDER)
    for number, name in enumerate(path, 1):
        try:
            following = os.open(name, flags if number == len(path) else _FOLDER, dir_fd=descriptor)
        finally:
            os.close(descriptor)
        descriptor = following
    return descriptor


def _signer_of(path: _Path, moment: float, own: _Certificates, deadline: float) -> _Signer | None:
    """Return the state of a document, its certificate, and why it cannot be read; ``None`` if it is gone.

    :raises _LimitReached: the time is over
    """

    def require_time() -> None:
        if time.monotonic() > deadline:
            raise _LimitReached(_NO_TIME)

    require_time()
    try:
        document = _read(path)
        with boundary(lambda _error: SigningFailed(_DAMAGED)):
            certificates = signing_certificates(document, own.known, before_each=require_time)
    except FileNotFoundError:
        return None
    except _LimitReached:
        raise
    except SigningFailed:
        # Its own words have parts of the document.
        return UNREADABLE, None, _DAMAGED
    except WotrusError as exc:
        return UNREADABLE, None, exc.message
    states: list[_Signer] = [(*_state_of(certificate, moment, own), None) for certificate in certificates]
    # Others may sign the same document, before the service or after it.
    return next((one for one in states if one[0] != FOREIGN), (states or [(NOT_SIGNED, None, None)])[0])


def _read(path: _Path) -> bytes:
    """Read a document.

    :raises FileNotFoundError: it is gone
    :raises UnsafePath: it cannot be read
    """
    try:
        descriptor = _opened(path, _FILE)
        with open(descriptor, "rb") as file:
            facts = os.fstat(descriptor)
            if not stat.S_ISREG(facts.st_mode):
                raise UnsafePath(_why(OSError(errno.ELOOP, "")))
            document = file.read(_MOST_BYTES + 1) if facts.st_size <= _MOST_BYTES else b""
            if facts.st_size > _MOST_BYTES or len(document) > _MOST_BYTES:
                raise UnsafePath(_TOO_LARGE)
            return document
    except FileNotFoundError:
        raise
    except OSError as exc:
        raise UnsafePath(_why(exc)) from exc


def _state_of(certificate: x509.Certificate, moment: float, own: _Certificates) -> tuple[str, x509.Certificate]:
    since, is_live = own.since(certificate), own.is_live(certificate)
    if since is None and not is_live:
        return FOREIGN, certificate
    if moment > validity(certificate)[1].timestamp():
        return EXPIRED, certificate
    if since is None:
        return LIVE, certificate
    return SUPERSEDED if moment > since + _RELOAD else FORMER, certificate


def _row(signer: _Signer, moments: list[float], own: _Certificates) -> Signer:
    state, certificate, msg = signer
    newest = _text(max(moments))
    if certificate is None:
        return Signer(state, len(moments), newest, msg=msg)
    since, number = own.since(certificate), certificate.serial_number
    return Signer(
        state,
        len(moments),
        newest,
        since=None if since is None else _text(since),
        # Anybody can make a document, with a certificate of any length.
        serial_number=serial_number(certificate) if 0 < number < _LARGEST_SERIAL else None,
        subject=name_text(certificate.subject)[:_LONGEST_SUBJECT],
        not_after=time_text(validity(certificate)[1]),
    )


def _why(exc: OSError) -> Message:
    """Return why a file or a folder cannot be read, without its name."""
    if exc.errno in (errno.ELOOP, errno.ENOTDIR, errno.ENXIO):
        return Message("A part of the path is a link or no folder, or the file is no regular one. Links are refused.")
    return Message("The system says: {error}.", error=os.strerror(exc.errno or 0))


def _text(moment: float) -> str | None:
    try:
        return format_timestamp(dt.datetime.fromtimestamp(moment, dt.timezone.utc))
    except (OverflowError, OSError, ValueError):
        return None
