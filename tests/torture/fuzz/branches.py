# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One target for atheris, which follows the branches of code.

    python -m tests.torture.fuzz.branches TARGET CORPUS -runs=1000

It runs in an environment of its own (tests/requirements/fuzz.txt). The corpus begins with what each target accepts.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import sys
from collections.abc import Callable
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["ansible_collections.wotrus.pki"]):
    from ansible_collections.wotrus.pki.plugins.module_utils._client import answers, envelope
    from ansible_collections.wotrus.pki.plugins.module_utils._client.fields import Fields
    from ansible_collections.wotrus.pki.plugins.module_utils._errors import BadAnswer, WotrusError
    from ansible_collections.wotrus.pki.plugins.module_utils._x509.chain import build_bundle
    from ansible_collections.wotrus.pki.plugins.module_utils._x509.csr import load_csr, make_csr
    from ansible_collections.wotrus.pki.plugins.module_utils._x509.describe import describe
    from ansible_collections.wotrus.pki.plugins.module_utils._x509.pem import load_certificates, to_pem

from tests.unit.x509 import pki

_ID = "89CB4BF6-3E53-4B49-9AB9-92D578144260"
_ORDER = {
    "id": _ID,
    "status": "pendingAutoIssue",
    "productID": "30B3F256-9D2D-43C5-ABCB-017AA9D3CB6D",
    "cn": "沃通电子认证",
    "org": {"id": "31cd6419", "orgName": "沃通", "isUpload": True, "status": "issued"},
    "duration": "12",
    "durationType": 0,
    "createTime": "2020-03-31T14:27:42.286+08:00",
    "isPay": 1,
    "pendingLink": "https://buy.wosign.com/1.html",
}
_IDS = {"orderId": _ID, "orderId_RSA": None, "newOrderID": _ID.lower()}
_LEAVES = {"pem_RSA": "LEAF", "chains_RSA": ["ROOT", "", None], "pem_Sign": None, "chains_Encrypt": "CA"}
_ROOT = pki.root("Root")
_ISSUING = _ROOT.issue("Issuing CA", ca=True)
_LEAF = _ISSUING.issue("Leaf")
_HEAP = [to_pem(one.certificate).encode() for one in (_LEAF, _ISSUING, _ROOT)]


def read_envelope(data: bytes) -> None:
    """An answer of the server, to its last field."""
    with contextlib.suppress(WotrusError):
        _read_fields(envelope.data_of(envelope.parse(data)))


def read_fields(data: bytes) -> None:
    """Read the fields of a complete envelope."""
    with contextlib.suppress(BadAnswer):
        _read_fields(envelope.parse(data))


def _read_fields(fields: Fields) -> None:
    for read in (
        answers.read_order_ids,
        answers.read_pems,
        lambda data: answers.read_order(data, asked=_ID).as_result(),
    ):
        with contextlib.suppress(BadAnswer):
            json.dumps(read(fields), default=repr).encode()


def read_certificates(data: bytes) -> None:
    """A PEM text, and the bundle of its certificates."""
    with contextlib.suppress(WotrusError):
        found = load_certificates(data.decode("utf-8", "replace"))
        bundle = build_bundle(found, public_key_sha256=None, now=pki.NOW)
        for one, issuer in zip([bundle.leaf, *bundle.intermediates], [*bundle.intermediates, bundle.root], strict=True):
            pki.verify_issued_by(one, issuer)
        json.dumps(describe(bundle.leaf)).encode()


def read_request(data: bytes) -> None:
    """A certificate signing request."""
    with contextlib.suppress(WotrusError):
        assert load_csr(data.decode("utf-8", "replace")).is_signature_valid


def _answer(data: object) -> bytes:
    return json.dumps({"isSuccess": True, "errorMsg": "", "data": data}).encode()


TARGETS: dict[str, tuple[Callable[[bytes], None], list[bytes]]] = {
    "envelope": (read_envelope, [*map(_answer, (_ORDER, _IDS, _LEAVES)), b'{"isSuccess": false, "errorMsg": "x"}']),
    "order": (read_fields, [json.dumps(one).encode() for one in (_ORDER, _IDS, _LEAVES)]),
    "PEM": (read_certificates, [b"".join(_HEAP), b"".join(reversed(_HEAP)), *_HEAP]),
    "request": (read_request, [make_csr(pki.ecc(), {"common_name": "Signer"}).encode()]),
}


def main(name: str, corpus: str, *options: str) -> None:
    """Run one target until its runs end or it fails.

    An exception that is not the collection's own is a failure.
    """
    target, seeds = TARGETS[name]
    for seed in seeds:
        Path(corpus, hashlib.sha256(seed).hexdigest()).write_bytes(seed)
    atheris.Setup([sys.argv[0], corpus, *options], target)
    atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
