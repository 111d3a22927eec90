# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fetch an order's certificate and verify it (manual, section 4)."""

from __future__ import annotations

import collections
import datetime as dt
import functools
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._client.answers import RetrievedPems
from ansible_collections.wotrus.pki.plugins.module_utils._client.api import Api
from ansible_collections.wotrus.pki.plugins.module_utils._client.deadline import Deadline
from ansible_collections.wotrus.pki.plugins.module_utils._errors import (
    BadAnswer,
    KeyMismatch,
    OrderDead,
    OrderMismatch,
    RejectedByApi,
    WotrusError,
    WrongUsage,
)
from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Params
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import Order, is_same_name
from ansible_collections.wotrus.pki.plugins.module_utils._model.timestamps import format_timestamp
from ansible_collections.wotrus.pki.plugins.module_utils._model.verification import COMPATIBLE, STRICT, VERIFICATION
from ansible_collections.wotrus.pki.plugins.module_utils._orders.documents import read_file
from ansible_collections.wotrus.pki.plugins.module_utils._orders.inputs import (
    CSR_ARGUMENTS,
    WAIT_ARGUMENTS,
    csr_key,
    needed,
    nonblank,
    read_csr,
)
from ansible_collections.wotrus.pki.plugins.module_utils._orders.operation import Operation, OperationResult, Run
from ansible_collections.wotrus.pki.plugins.module_utils._orders.order_messages import (
    explain,
    explain_unpaid,
    status_words,
)
from ansible_collections.wotrus.pki.plugins.module_utils._orders.wait import Goal, poll_orders
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message, Text, text
from ansible_collections.wotrus.pki.plugins.module_utils._x509.chain import Bundle, build_bundle, describe_bundle
from ansible_collections.wotrus.pki.plugins.module_utils._x509.describe import describe, usage_words
from ansible_collections.wotrus.pki.plugins.module_utils._x509.library import x509
from ansible_collections.wotrus.pki.plugins.module_utils._x509.pem import load_certificates, to_pem

ARGUMENTS: dict[str, t.Any] = {
    "order_id": {"type": "str", "required": True},
    **CSR_ARGUMENTS,
    "common_name": {"type": "str"},
    "companion_order_id": {"type": "str"},
    "root_ca_path": {"type": "path"},
    "verification": {**VERIFICATION, "default": STRICT},
    **WAIT_ARGUMENTS,
}
CONSTRAINTS: dict[str, t.Any] = {"mutually_exclusive": [("csr", "csr_path")]}

_NOTHING: dict[str, t.Any] = {"certificate": None, "chain": None, "root": None, "fullchain": None, "info": None}
_KINDS = ("rsa", "sign", "encrypt")
_SM2_KINDS = {"sign": Message("signing"), "encrypt": Message("encryption")}


def fetch_certificate(api: Api, params: Params, run: Run) -> OperationResult:
    """Return an order's verified certificate, or the order's status.

    This is the operation of ``wotrus_certificate``.
    """
    order_id = needed(params, "order_id")
    companion_id = nonblank(params, "companion_order_id")
    key = csr_key(read_csr(params, allow_sm2=True))
    common_name = nonblank(params, "common_name")
    anchors = read_anchors(params["root_ca_path"])
    deadline = Deadline.after(params["wait_timeout"] if params["wait"] else 0)
    (order, own), *beside = _fetch(api, [order_id, *([companion_id] if companion_id else [])], deadline, run)
    if order.is_dead:
        raise OrderDead("{order} There is no certificate to install.", order=explain(order), order_id=order_id)
    waiting = [polled for polled, pems in ((order, own), *beside) if not pems and not polled.is_dead]
    if waiting:
        nothing = {"issued": False, **_NOTHING, "bundles": dict.fromkeys(_KINDS)}
        unpaid = {"msg": text(explain_unpaid(waiting[0]))} if waiting[0].is_issued else {}
        return OperationResult({**_common(order, waiting[0]), **nothing, **unpaid})
    for polled, _pems in beside:
        if polled.is_dead:
            said = {"order_id": polled.id, "status": status_words(polled.status)}
            run.warn(Message("The companion order {order_id} is {status}. Its certificates are left out.", **said))
    verified = verify_certificate(
        dict(collections.ChainMap(own, *(pems for _order, pems in beside))),
        order_id=order_id,
        key=key,
        common_name=common_name or order.common_name,
        anchors=anchors,
        now=api.http.server_time or dt.datetime.now(dt.timezone.utc),
        verification=params["verification"],
        warn=run.warn,
        is_deployed=False,
    )
    return OperationResult({**_common(order, order), "issued": True, **verified})


def verify_certificate(
    pems: RetrievedPems,
    *,
    order_id: str,
    key: str | None,
    common_name: str | None,
    anchors: t.Sequence[x509.Certificate],
    now: dt.datetime,
    verification: str,
    warn: t.Callable[[Text], None],
    is_deployed: bool = True,
) -> dict[str, t.Any]:
    """Verify an order's certificates: key, chain, dates, usage.

    Without a key to compare, the common name must be that of the order.

    :param key: SHA-256 of the public key that the certificate must have; ``None`` if the key is on a UKey
    :param common_name: of the order; decides without a key, and is a warning with one
    :param verification: ``compatible`` accepts a certificate or chain that breaks a rule, with a warning; ``strict``
        does not
    :param is_deployed: it must be one that signs documents; if false, another one is a warning
    :returns: ``certificate``, ``chain``, ``root``, ``fullchain``, ``info`` and ``bundles``
    :raises KeyMismatch: it is for another key; ``details`` has its ``info``
    :raises OrderMismatch: there is no key to compare, and it is for another common name
    :raises WrongUsage: it may not sign documents
    :raises WotrusError: the chain, a date or a signature is wrong
    """
    given = {kind: pems[kind] for kind in _KINDS if kind in pems}
    build = functools.partial(_build, given, anchors=anchors, now=now, verification=verification)
    try:
        bundles = _verify(given, build, key=key, now=now, warn=warn)
        best = _main(bundles, key)
        main = _show(best)
        _check_name(main["info"], common_name=common_name, has_key=key is not None, warn=warn)
    except WotrusError as exc:
        exc.order_id = order_id
        raise
    for rule in sorted({bundle.broken_rule for bundle in bundles.values() if bundle.broken_rule}, key=str):
        warn(Message("{rule} It is accepted, since the verification is compatible.", rule=rule))
    signer = bundles.get("sign", best) if best is bundles.get("encrypt") else best
    info = describe(signer.leaf)
    if not info["document_signing"]:
        wrong = Message(
            "The certificate of order {order_id} may not sign documents. Its usages are: {usages}.",
            order_id=order_id,
            usages=usage_words(info),
        )
        if is_deployed and verification != COMPATIBLE:
            raise WrongUsage(wrong, order_id=order_id)
        warn(wrong)
    _check_path(main["info"], order_id=order_id, warn=warn)
    return {**main, "bundles": {kind: _show(bundles[kind]) if kind in bundles else None for kind in _KINDS}}


def _check_path(info: t.Mapping[str, t.Any], *, order_id: str, warn: t.Callable[[Text], None]) -> None:
    if info["path_not_after"] < info["not_after"]:
        early = Message(
            "The certificate of order {order_id} expires on {day}, but its chain on {end}. Readers refuse signatures "
            "after that. A newer chain is deployed as soon as WoTrus has one.",
            order_id=order_id,
            day=info["not_after"][:10],
            end=info["path_not_after"][:10],
        )
        warn(early)


def describe_certificate(pems: RetrievedPems, *, anchors: t.Sequence[x509.Certificate] = ()) -> dict[str, t.Any]:
    """Return the facts of an order's certificate.

    Its key, its dates and its strength are not checked.

    :raises WotrusError: the chain is wrong
    """
    return describe_bundle(_build(pems, next(iter(pems)), anchors=anchors, verification=COMPATIBLE))


def certificate_path(
    pems: RetrievedPems, fingerprint_sha256: str | None, *, anchors: t.Sequence[x509.Certificate] = ()
) -> list[x509.Certificate]:
    """Return the path of one of an order's certificates: leaf, intermediates, root.

    :raises WotrusError: the order has no such certificate, or a chain is wrong
    """
    for kind in pems:
        bundle = _build(pems, kind, anchors=anchors, verification=COMPATIBLE)
        if describe(bundle.leaf)["fingerprint_sha256"] == fingerprint_sha256:
            return [bundle.leaf, *bundle.intermediates, bundle.root]
    raise BadAnswer("WoTrus answers no certificate that is the live one.")


def _check_name(
    info: t.Mapping[str, t.Any], *, common_name: str | None, has_key: bool, warn: t.Callable[[Text], None]
) -> None:
    found = info["common_name"]
    if common_name is None or (found is not None and is_same_name(found, common_name)):
        return
    why = Message("The certificate is for {found!r}, and the order for {wanted!r}.", found=found, wanted=common_name)
    if not has_key:
        raise OrderMismatch("{why} There is no key here to compare it with, so it is not used.", why=why)
    warn(Message("{why} The CA decides the name. The certificate's key is the right one.", why=why))


def _fetch(api: Api, order_ids: list[str], deadline: Deadline, run: Run) -> list[tuple[Order, RetrievedPems]]:
    """Poll orders until each is issued or dead, or time is over.

    :returns: each order, with its certificates if it has any
    """
    polled = poll_orders(api, order_ids, goal=Goal.ISSUED, deadline=deadline, progress=run.progress)
    for polled_order in polled:
        order = polled_order.found()
        if order.is_issued and not polled_order.pems:
            try:
                polled_order.pems = api.retrieve(polled_order.order_id)
            except RejectedByApi:
                if not order.is_unpaid:
                    raise
    return [(order.found(), order.pems or {}) for order in polled]


def _verify(
    pems: RetrievedPems,
    build: t.Callable[..., Bundle],
    *,
    key: str | None,
    now: dt.datetime,
    warn: t.Callable[[Text], None],
) -> dict[str, Bundle]:
    """Verify each bundle of the answer; only one must fit the key.

    An SM2 certificate without a chain beside a good RSA one is left out, with a warning.
    """
    bundles: dict[str, Bundle] = {}
    mismatches: dict[str, KeyMismatch] = {}

    def add(kind: str, wanted: str | None) -> None:
        try:
            bundles[kind] = build(kind, key=wanted)
        except KeyMismatch as exc:
            mismatches[kind] = exc
        except WotrusError as exc:
            if "rsa" not in bundles or pems[kind].chain:
                raise
            warn(Message("{error} It is left out.", error=exc))

    for kind in pems:
        add(kind, key)
    if mismatches and not bundles:
        # A host that lost its key decides by these facts, also if the certificate is expired.
        kind, mismatch = next(iter(mismatches.items()))
        info = describe(build(kind, now=None, verification=COMPATIBLE).leaf)
        mismatch.details = {"info": info, "seen_at": format_timestamp(now)}
        raise mismatch
    for kind in mismatches:
        add(kind, None)
    return bundles


def _build(
    pems: RetrievedPems,
    kind: str,
    *,
    anchors: t.Sequence[x509.Certificate],
    verification: str,
    key: str | None = None,
    now: dt.datetime | None = None,
) -> Bundle:
    try:
        texts = (pems[kind].certificate, *pems[kind].chain)
        return build_bundle(
            [certificate for text in texts for certificate in load_certificates(text)],
            public_key_sha256=key,
            anchors=anchors,
            now=now,
            is_strict=verification != COMPATIBLE,
        )
    except WotrusError as exc:
        if kind != "rsa":
            # The three certificates of an order have the same subject, so the message names the kind.
            raise type(exc)(Message("The SM2 {kind} certificate: {error}.", kind=_SM2_KINDS[kind], error=exc)) from exc
        raise


def _main(bundles: dict[str, Bundle], key: str | None) -> Bundle:
    """Return the bundle for the given key, else the first one.

    It becomes the main certificate of the result.
    """
    fitting = [bundle for bundle in bundles.values() if key and describe(bundle.leaf)["public_key_sha256"] == key]
    return [*fitting, *(bundles[kind] for kind in _KINDS if kind in bundles)][0]


def _show(bundle: Bundle) -> dict[str, t.Any]:
    leaf, chain = to_pem(bundle.leaf), [to_pem(certificate) for certificate in bundle.intermediates]
    return {
        "certificate": leaf,
        "chain": chain,
        "root": to_pem(bundle.root),
        "fullchain": leaf + "".join(chain),
        "info": describe_bundle(bundle),
    }


def _common(order: Order, awaited: Order) -> dict[str, t.Any]:
    """Return the fields of every result.

    :param awaited: the order that explains a wait: itself, or its companion
    """
    return {
        "order_id": order.id,
        "status": order.status,
        "stage": order.stage.value,
        "pending_link": awaited.pending_link,
        "order": order.as_result(),
        "msg": text(explain(awaited)),
    }


def read_anchors(path: str | None) -> list[x509.Certificate]:
    """Return the root certificates of a file.

    :raises InvalidInput: it cannot be read
    """
    return load_certificates(read_file(path, what="root_ca_path").decode("ascii", "replace")) if path else []


OPERATION = Operation("wotrus_certificate", ARGUMENTS, fetch_certificate, CONSTRAINTS)
