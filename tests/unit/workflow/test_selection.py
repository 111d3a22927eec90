# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Selection of orders to cancel or revoke: named and superseded ones."""

from __future__ import annotations

import dataclasses
import types
import typing as t

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._model.record import (
    LiveCertificate,
    PendingOrder,
    Record,
)
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.selection import (
    HostOrders,
    matching_certificates,
    missing_orders,
    orders_to_cancel,
    orders_to_revoke,
    superseded_orders,
)

Row = dict[str, t.Any]


def entries(*names: str) -> list[Row]:
    """Return the entries of the inventory."""
    own = {"product": "pdf_signing", "organization": {"name": "Example Ltd"}}
    return [{**own, "name": name, "common_name": f"Name of {name}"} for name in names]


def row(name: str, record: Record | Row | None, **more: t.Any) -> Row:
    """Return what ``wotrus_deployment_info`` returns for a certificate."""
    data = record.to_dict() if isinstance(record, Record) else record
    return {"path": f"/etc/ssl/wotrus/{name}", "record": data, **more}


def ids(found: list[Row]) -> list[str]:
    return [one["order_id"] for one in found]


def live(order_id: str | None, **more: t.Any) -> LiveCertificate:
    return LiveCertificate(release="01", order_id=order_id, **more)


# ---- cancel


def test_pending_orders_are_cancelled_and_others_are_left() -> None:
    rows = [
        row("waiting", Record(pending=PendingOrder(operation="order", order_id="A"), live=live("B"))),
        row("pair", Record(pending=PendingOrder(operation="order", order_id="C", companion_order_id="D"))),
        row("done", Record(live=live("E"))),
    ]

    found = orders_to_cancel(rows, entries("waiting", "pair", "done"))

    assert ids(found["orders"]) == ["A", "C"]
    assert (found["idle"], found["faults"]) == (["done"], [])
    # Only the host's record names the SM2 order.
    assert found["companions"] == ["pair: D"]
    # Each is compared with the entry before it is cancelled.
    assert [one["common_name"] for one in found["orders"]] == ["Name of waiting", "Name of pair"]


def test_live_pair_is_kept_if_a_reissue_is_cancelled() -> None:
    pending = PendingOrder(operation="reissue", order_id="B", superseded_order_id="A", companion_order_id="P")
    for former in (live("A", companion_order_id="P"), None):
        found = orders_to_cancel([row("pair", Record(pending=pending, live=former))], entries("pair"))
        assert (ids(found["orders"]), found["faults"]) == (["B"], [])


@pytest.mark.parametrize("former", [live("AB12"), None], ids=["live", "a rebuilt host"])
def test_reissue_under_the_id_of_its_order_is_not_cancelled(former: LiveCertificate | None) -> None:
    pending = PendingOrder(operation="reissue", order_id=" {ab12}", superseded_order_id="AB12")

    found = orders_to_cancel([row("contracts", Record(pending=pending, live=former))], entries("contracts"))

    assert found["orders"] == []
    assert "would be cancelled too" in found["faults"][0]


@pytest.mark.parametrize(
    ("pending", "words"),
    [
        (
            PendingOrder(operation="reissue", order_id=None, superseded_order_id="AB12"),
            "A reissue of order AB12 is prepared",
        ),
        (PendingOrder(operation="order", order_id=None, idempotence_id="0F8F"), "idempotence value 0F8F"),
    ],
)
def test_request_without_a_recorded_order_gives_no_id_to_cancel(pending: PendingOrder, words: str) -> None:
    found = orders_to_cancel([row("contracts", Record(pending=pending))], entries("contracts"))

    assert found["orders"] == []
    (fault,) = found["faults"]
    assert fault.startswith("contracts: ")
    assert words in fault
    assert "None" not in fault


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (row("typo", None), "typo: /etc/ssl/wotrus/typo has no record."),
        (
            row("typo", None, error_code="record_unreadable", msg="record.json cannot be used: it is not JSON."),
            "typo: The host said: «record.json cannot be used: it is not JSON».",
        ),
        (
            row("typo", {"version": 1, "pending": {"order_id": 7}}),
            "typo: The record of /etc/ssl/wotrus/typo cannot be used: order_id is not an order id.",
        ),
    ],
    ids=["no record", "damaged", "of other types"],
)
def test_certificate_without_a_usable_record_is_a_fault(given: Row, words: str) -> None:
    for found in (
        orders_to_cancel([given], entries("typo")),
        orders_to_revoke([given], entries("typo"), ["typo"]),
    ):
        assert (found["orders"], found["faults"]) == ([], [words])


def test_certificate_that_is_not_in_the_inventory_gives_no_order() -> None:
    rows = [row("contracts", Record(pending=PendingOrder(operation="order", order_id="A"), live=live("B")))]
    cancelled, revoked = orders_to_cancel(rows, []), orders_to_revoke(rows, [], ["contracts"])
    for found, order_id in ((cancelled, "A"), (revoked, "B")):
        assert found["orders"] == []
        (fault,) = found["faults"]
        assert fault.startswith("contracts: ")
        assert order_id in fault


# ---- revoke


def test_live_order_is_revoked_and_the_pair_beside_it_is_left() -> None:
    alone = row("alone", Record(pending=PendingOrder(operation="renew", order_id="A"), live=live("B")))
    pair = row("pair", Record(live=live("C", companion_order_id="D")))

    found = orders_to_revoke([alone, pair], entries("alone", "pair"), ["alone", "pair"])

    assert (ids(found["orders"]), found["faults"]) == (["B", "C"], [])
    assert found["companions"] == ["pair: D"]


def test_names_that_wotrus_corrected_are_accepted_for_the_order_that_the_entry_names() -> None:
    (entry,) = entries("contracts")
    rows = [row("contracts", Record(live=live("B")))]
    for named, names in (("A", ("Name of contracts", "Example Ltd")), ("{b}", (None, None))):
        (found,) = orders_to_revoke(rows, [{**entry, "order_id": named}], ["contracts"])["orders"]
        assert (found["common_name"], found["organization"]) == names


def test_nothing_is_revoked_if_the_record_is_not_about_what_is_live() -> None:
    record = Record(live=live("B", fingerprint_sha256="f1"))
    dates = {"not_before": "2026-01-01T00:00:00Z", "not_after": "2027-01-01T00:00:00Z"}
    found = orders_to_revoke([row("x", record, live={**dates, "fingerprint_sha256": "f1"})], entries("x"), ["x"])
    assert ids(found["orders"]) == ["B"]

    found = orders_to_revoke([row("x", record, live={**dates, "fingerprint_sha256": "f2"})], entries("x"), ["x"])

    assert found["orders"] == []
    assert found["faults"] == ["x: What is live is not the certificate that the record names."]


def test_certificate_that_is_not_live_or_has_no_order_is_not_revoked() -> None:
    rows = [
        row("waiting", Record(pending=PendingOrder(operation="order", order_id="A"))),
        row("adopted", Record(live=live(None))),
    ]

    found = orders_to_revoke(rows, entries("waiting", "adopted"), ["waiting", "adopted"])

    assert found["orders"] == []
    assert found["faults"] == [
        "waiting: No certificate is live.",
        "adopted: The record does not name the order of the live certificate.",
    ]


# ---- superseded


OWN = LiveCertificate(release="01", order_id="OLD", fingerprint_sha256="f1")
RECORD = Record(
    order_name="contracts@signer1",
    live=LiveCertificate(release="02", order_id="NEW", fingerprint_sha256="f2"),
    superseded=(dataclasses.replace(OWN, operation="reissue"),),
)
HEALTHY = {"key_matches": True}


OTHER = HostOrders("signer2", [row("letters", Record())], [], certificates=1)


def superseded(
    record: Record = RECORD,
    *,
    first: t.Sequence[Row] = (),
    others: t.Sequence[Record] = (),
    files: t.Mapping[str, t.Any] | None = types.MappingProxyType(HEALTHY),
    order_names: t.Sequence[str] = ("contracts@signer1",),
    releases: t.Sequence[str] | None = None,
) -> list[str]:
    """Return a host's superseded orders to revoke, beside ``others``' records.

    :param first: other certificates of the host, before its own
    :param releases: those on its disk; by default those of its record
    """
    releases = [one.release for one in record.superseded] if releases is None else list(releases)
    own = row("contracts", record, live=None if files is None else dict(files), releases=releases)
    plans = [{**one, "order_name": name} for name in order_names for one in entries("contracts")]
    more = [row("contracts", other, live=HEALTHY) for other in others]
    inventory = [HostOrders("signer1", [*first, own], plans, certificates=1), OTHER]
    inventory += [HostOrders(f"other{number}", [one], [], certificates=1) for number, one in enumerate(more)]
    found = superseded_orders(inventory)
    assert found["unseen"] == []
    assert set(found["orders"]) <= {"signer1"}
    rows = found["orders"].get("signer1", ())
    assert all(one["path"] == own["path"] and one["common_name"] == "Name of contracts" for one in rows)
    return [one["order_id"] for one in rows]


def changed(**changes: t.Any) -> Record:
    return dataclasses.replace(RECORD, **changes)


def test_order_that_a_reissue_superseded_is_revoked_once_its_successor_is_live() -> None:
    assert superseded() == ["OLD"]
    assert superseded(
        changed(
            superseded=(dataclasses.replace(OWN, operation="reissue"), dataclasses.replace(OWN, operation="reissue"))
        )
    ) == ["OLD"]


@pytest.mark.parametrize(
    "unseen",
    [
        HostOrders("x", None, [], certificates=1),
        HostOrders("x", [row("a", None)], [], certificates=2),
        HostOrders("x", [row("a", None, live={"release": "1"})], [], certificates=1),
        HostOrders("x", [row("contracts", RECORD)], entries("contracts"), certificates=0),
    ],
    ids=["not read", "partly read", "without a record", "certificates in the play"],
)
def test_nothing_is_revoked_by_a_run_that_does_not_see_all_hosts(unseen: HostOrders) -> None:
    plans = [{**one, "order_name": "contracts@signer1"} for one in entries("contracts")]
    own = HostOrders("signer1", [row("contracts", RECORD, live=HEALTHY, releases=["01"])], plans, certificates=1)
    assert list(superseded_orders([own])["orders"]) == ["signer1"]

    found = superseded_orders([own, unseen])

    assert (found["orders"], found["unseen"]) == ({}, ["x"])


def test_host_without_certificates_is_not_missed() -> None:
    assert superseded_orders([HostOrders("x", None, [], certificates=0)])["unseen"] == []


@pytest.mark.parametrize(
    ("record", "files"),
    [
        (changed(live=None), HEALTHY),
        (RECORD, None),
        (RECORD, {"key_matches": False}),
        (RECORD, {"key_matches": None}),
    ],
    ids=["nothing live", "no live files", "another key", "an unreadable key"],
)
def test_nothing_is_revoked_while_the_successor_is_not_live(record: Record, files: Row | None) -> None:
    assert superseded(record, files=files) == []


@pytest.mark.parametrize(
    "other",
    [
        Record(order_name="x", live=live(" {old} ")),
        Record(order_name="x", pending=PendingOrder(operation="order", order_id="old")),
        Record(order_name="x", superseded=(dataclasses.replace(live("Old"), operation="rolled_back"),)),
    ],
    ids=["live", "pending", "rolled back"],
)
def test_order_that_is_in_use_anywhere_is_not_revoked(other: Record) -> None:
    assert superseded(others=[other]) == []
    pending_here = changed(pending=PendingOrder(operation="reissue", order_id="OLD"))
    assert superseded(pending_here) == []


def test_order_that_was_never_live_in_this_hosts_releases_is_not_revoked() -> None:
    foreign = LiveCertificate(release="", order_id="ANOTHERS")
    assert superseded(changed(superseded=(dataclasses.replace(foreign, operation="reissue"),))) == []


@pytest.mark.parametrize(
    ("releases", "found"),
    [
        ([], []),
        (["02"], []),
        (["01", "02"], ["OLD"]),
        ([f"{number:02X}" for number in range(1000)], [f"FORGED{number}" for number in range(999, 979, -1)]),
    ],
    ids=["none", "the live one", "both", "forged ones too"],
)
def test_forged_orders_cost_no_more_calls_than_releases_on_the_disk_show(releases: list[str], found: list[str]) -> None:
    forged = [
        dataclasses.replace(OWN, release=f"{number:02X}", order_id=f"FORGED{number}", operation="reissue")
        for number in range(3, 1000)
    ]
    record = changed(superseded=(dataclasses.replace(OWN, operation="reissue"), *forged))

    assert superseded(record, releases=releases) == found


@pytest.mark.parametrize("odd", ["x", 1.5, [7], True])
@pytest.mark.parametrize("part", ["live", "record", "pending", "releases", "key"])
def test_odd_types_of_a_host_end_in_its_own_fault(part: str, odd: object) -> None:
    own = row("contracts", RECORD, live=HEALTHY, releases=["01"])
    live = LiveCertificate(release="02", order_id="NEW", fingerprint_sha256="f2", definition={"key": odd})
    row_of_host = {**own, "record": changed(live=live).to_dict()} if part == "key" else {**own, part: odd}
    plans = [{**one, "order_name": "contracts@signer1"} for one in entries("contracts")]

    found = superseded_orders([HostOrders("signer1", [row_of_host], plans, certificates=1)])

    # A definition is only compared. A row that cannot be read hides which orders are in use.
    assert part == "key" or (found["orders"], found["unseen"]) == ({}, ["signer1"])
    assert orders_to_revoke([row_of_host], entries("contracts"), ["contracts"])["idle"] == []
    assert orders_to_cancel([row_of_host], entries("contracts"))["orders"] == []


@pytest.mark.parametrize("operation", ["renew", "rolled_back", None])
def test_order_that_no_reissue_superseded_is_not_revoked(operation: str | None) -> None:
    assert superseded(changed(superseded=(dataclasses.replace(OWN, operation=operation),))) == []


@pytest.mark.parametrize(
    "first",
    [
        row("contracts", changed(live=None), live=HEALTHY),
        row("contracts", changed(order_name="contracts@former"), live=HEALTHY),
    ],
    ids=["not live", "of another host"],
)
def test_certificate_whose_order_stays_hides_no_other_one_of_its_host(first: Row) -> None:
    assert superseded(first=[first], others=[changed(live=live("X"), superseded=())]) == ["OLD"]


@pytest.mark.parametrize("name", ["contracts@former", None])
def test_nothing_is_revoked_under_another_name(name: str | None) -> None:
    assert superseded(changed(order_name=name)) == []
    # A plan without the certificate has no order name for it, as little as such a record.
    assert superseded(changed(order_name=name), order_names=()) == []
    assert superseded(order_names=()) == []


MADE = {"key_made_at": "2026-01-01T00:00:00Z"}


@pytest.mark.parametrize(
    ("storage", "known", "order_name", "is_of_one_host"),
    [
        ("host", MADE, "contracts@signer1", True),
        ("host", MADE, "shared", False),
        ("host", MADE, "contracts@signer10", False),
        ("host", {}, "contracts@signer1", False),
        ("pkcs11", MADE, "contracts@signer1", True),
        ("pkcs11", {}, "contracts@signer1", False),
        ("external", {}, "prod/contracts@signer1", True),
        ("ukey", {}, "contracts@signer1", True),
        ("provided", MADE, "contracts@signer1", False),
        (None, MADE, "contracts@signer1", False),
    ],
)
def test_only_an_order_of_one_host_is_revoked_by_a_run(
    storage: str | None, known: dict[str, str], order_name: str, *, is_of_one_host: bool
) -> None:
    definition = {"key": {"storage": storage}} if storage else None
    former = dataclasses.replace(OWN, operation="reissue", definition=definition, **known)
    record = changed(superseded=(former,), order_name=order_name)
    own = row("contracts", record, live=HEALTHY, releases=["01"])
    plans = [{**one, "order_name": order_name} for one in entries("contracts")]

    (claim,) = superseded_orders([HostOrders("signer1", [own], plans, certificates=1)])["orders"]["signer1"]

    assert (claim["advice"] is None) == is_of_one_host


# ---- a push


def test_certificates_of_an_order_are_found_by_any_of_its_ids() -> None:
    rows = [
        row("pending", Record(pending=PendingOrder(operation="order", order_id="A", companion_order_id="P"))),
        row("live", Record(live=live("{a}"))),
        row("other", Record(live=live("B"))),
        row("broken", {"version": 0}),
        row("new", None),
    ]
    assert matching_certificates(rows, [" A", "x"]) == ["pending", "live"]
    assert matching_certificates(rows, ["p"]) == ["pending"]


def test_an_order_that_no_record_names_is_missing() -> None:
    named = row("one", Record(pending=PendingOrder(operation="order", order_id="A"), live=live("B")))
    replaced = row("two", Record(live=live("C"), superseded=(dataclasses.replace(live("D"), operation="renew"),)))
    hosts = [[named], [replaced, row("new", None)]]

    assert missing_orders([" {a}", "B", "D"], hosts, complete=True) == []
    assert missing_orders(["X", "{x}", "y"], hosts, complete=True) == ["x", "y"]
    # A host that was not read, or whose record is damaged, may wait for it.
    assert missing_orders(["D"], hosts, complete=False) == ["d"]
    assert missing_orders(["D"], [*hosts, [row("two", None, error_code="record_unreadable")]], complete=True) == ["d"]
