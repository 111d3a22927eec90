# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read a directory's state without ``cryptography``.

Its import is slow.

The record's digests were written after the certificate was checked against its key. While the files have these
digests, the record has all facts.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import pathlib
import re
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import filled
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import (
    EXTERNAL,
    ORDER_KEYS,
    LiveCertificate,
    Record,
)
from ansible_collections.wotrus.pki.plugins.module_utils._store.files import read_file
from ansible_collections.wotrus.pki.plugins.module_utils._store.layout import (
    CERTIFICATE,
    KEY_URI,
    PRIVATE_KEY,
    RELEASE_FILES,
    REQUEST,
    UKEY_FILE,
    Layout,
)

MISSING, CHANGED, UNREADABLE = "missing", "changed", "unreadable"
# The controller compares by the record, so that an answer has them once.
_COMPARED = ("root_subject", "root_sha256", "key_type", "key_size", "extended_key_usage")
_OTHERS = (*ORDER_KEYS, *_COMPARED, "operation", "files")
_FACTS = tuple(field.name for field in dataclasses.fields(LiveCertificate) if field.name not in _OTHERS)
# A file that matches has no key, password or other text. The library that could read it is not imported here.
_PEM_REQUEST = re.compile(r"-----BEGIN CERTIFICATE REQUEST-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE REQUEST-----\s*")


@dataclasses.dataclass(frozen=True)
class LiveFacts:
    """The live release as results show it.

    :ivar key_matches: the private key is the certificate's, or is on a UKey or in a token, which is not opened;
        ``None`` if this user may not read it
    :ivar damaged: files that are missing or changed, without the key, which ``key_matches`` is about
    """

    live: LiveCertificate
    key_matches: bool | None
    damaged: tuple[str, ...] = ()

    def to_dict(self, layout: Layout) -> dict[str, t.Any]:
        """Return plain data, with paths through the live link, for services."""
        return {
            **certificate_facts(self.live),
            "key_matches": self.key_matches,
            "damaged": [*self.damaged],
            "files": {name: str(layout.live / name) for name in sorted(self.live.files)},
        }


@dataclasses.dataclass(frozen=True)
class PendingFacts:
    """The pending order in results, without the key and the password."""

    csr: str | None = None
    public_key_sha256: str | None = None
    has_key: bool = False
    has_ukey_password: bool = False


def state_digest(row: t.Mapping[str, t.Any]) -> str:
    """Return the digest of a directory's state.

    :param row: all that the controller decides by: ``record``, ``live`` and ``pending``, as results have them
    """
    state = {name: row[name] for name in ("record", "live", "pending")}
    return hashlib.sha256(json.dumps(state, sort_keys=True).encode("ascii")).hexdigest()


def certificate_facts(live: LiveCertificate) -> dict[str, t.Any]:
    """Return the fields of a certificate that results show."""
    return {name: getattr(live, name) for name in _FACTS}


def digests_of(contents: t.Mapping[str, bytes]) -> dict[str, dict[str, str]]:
    """Return the SHA-256 of files by name, as the record has them.

    The UKey password is left out, since a short password can be guessed from its digest.
    """
    names = sorted(set(contents) - {UKEY_FILE})
    return {name: {"sha256": hashlib.sha256(contents[name]).hexdigest()} for name in names}


def read_files(folder: pathlib.Path) -> dict[str, bytes]:
    """Return the files of a release by name.

    :raises PermissionError: this user may not read the key
    """
    return filled({name: read_file(folder / name) for name in RELEASE_FILES})


def live_with_digests(record: Record | None, release: str) -> LiveCertificate | None:
    """Return complete facts with digests of a release; ``None`` otherwise.

    They are from the record.
    """
    live = record.live if record else None
    if live is None or live.release != release or not live.files or live.subject is None:
        return None
    return live if set(live.files) <= set(RELEASE_FILES) else None


def differences(layout: Layout, live: LiveCertificate) -> dict[str, str]:
    """Return the files of a release that differ from the record's digests: what is wrong, by name."""
    wrong = {}
    for name, facts in live.files.items():
        try:
            data = read_file(layout.release(live.release) / name)
        except PermissionError:
            wrong[name] = UNREADABLE
            continue
        if data is None or hashlib.sha256(data).hexdigest() != facts["sha256"]:
            wrong[name] = MISSING if data is None else CHANGED
    return wrong


def recorded_facts(live: LiveCertificate, wrong: t.Mapping[str, str], *, key_matches: bool | None) -> LiveFacts:
    """Return the facts of a release from the record, without its missing files."""
    files = {name: facts for name, facts in live.files.items() if wrong.get(name) != MISSING}
    return LiveFacts(dataclasses.replace(live, files=files), key_matches=key_matches, damaged=damaged(wrong))


def damaged(wrong: t.Mapping[str, str]) -> tuple[str, ...]:
    """Return the files that can be restored.

    A lost key is not one of them, since it needs a new certificate.
    """
    return tuple(sorted(name for name, what in wrong.items() if what != UNREADABLE and name != PRIVATE_KEY))


def live_facts_from_record(layout: Layout, record: Record | None, release: str) -> LiveFacts | None:
    """Return the facts of the live release from the record.

    ``None`` if the certificate was changed, or if the key was changed or is missing.
    """
    live = live_with_digests(record, release)
    if live is None:
        return None
    wrong = differences(layout, live)
    key = wrong.get(PRIVATE_KEY)
    if wrong.get(CERTIFICATE) == CHANGED or key in (MISSING, CHANGED):
        return None
    return recorded_facts(live, wrong, key_matches=None if key else True)


def pending_facts(layout: Layout, record: Record | None) -> PendingFacts | None:
    """Return the facts of the pending order; ``None`` if there is none.

    The key's fingerprint is the record's. It is missing if a run was killed after it wrote the key.
    """
    request = record.pending if record else None
    # A URI without a CSR is the plan for a key in a token, which may not be there yet.
    is_outside = _is_there(layout.pending / KEY_URI) or (request is not None and request.storage == EXTERNAL)
    has_key = (is_outside and _request(layout) is not None) or _is_there(layout.pending / PRIVATE_KEY)
    has_password = _is_there(layout.pending / UKEY_FILE)
    if request is None and not has_key and not has_password:
        return None
    return PendingFacts(
        csr=_request(layout),
        public_key_sha256=request.public_key_sha256 if request and has_key else None,
        has_key=has_key,
        has_ukey_password=has_password,
    )


def _request(layout: Layout) -> str | None:
    """Return the pending CSR; a file with other content is ignored."""
    data = read_file(layout.pending / REQUEST) or b""
    text = data.decode("ascii", errors="replace")
    return text if _PEM_REQUEST.fullmatch(text) else None


def _is_there(path: pathlib.Path) -> bool:
    return path.is_file() and not path.is_symlink()
