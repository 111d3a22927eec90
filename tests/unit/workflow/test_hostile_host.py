# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lies of a host or CA cause one row, and nothing else."""

from __future__ import annotations

import datetime as dt
import typing as t

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._client.answers import PemBundle, Placed, RetrievedPems
from ansible_collections.wotrus.pki.plugins.module_utils._errors import OrderMismatch
from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import id_key
from ansible_collections.wotrus.pki.plugins.module_utils._orders.operation import Limits, Permission, Run
from ansible_collections.wotrus.pki.plugins.module_utils._orders.order import cancel
from ansible_collections.wotrus.pki.plugins.module_utils._orders.revoke import OPERATION as REVOKE
from ansible_collections.wotrus.pki.plugins.module_utils._planning import order_reader
from ansible_collections.wotrus.pki.plugins.module_utils._planning.host_state import HostState
from ansible_collections.wotrus.pki.plugins.module_utils._planning.plan import OPERATION as PLAN
from ansible_collections.wotrus.pki.plugins.module_utils._texts.hosts import host_words
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message, shown
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.apply import OPERATION as APPLY
from ansible_collections.wotrus.pki.plugins.module_utils._x509.csr import make_csr
from ansible_collections.wotrus.pki.plugins.module_utils._x509.keys import (
    KeySpec,
    certificate_public_key_sha256,
    generate,
)
from ansible_collections.wotrus.pki.plugins.module_utils._x509.pem import to_pem
from tests.unit.workflow.hostile import (
    ENTRY,
    NAME,
    NOW,
    SUBJECT,
    Ca,
    Host,
    Json,
    carry_out,
    csr,
    order_of,
    row_of,
    run_operation,
)
from tests.unit.x509 import pki

OWN, OTHER = "a" * 32, "b" * 32
DUE = {"not_before": "2025-12-01T00:00:00Z", "not_after": "2026-12-01T00:00:00Z", "public_key_sha256": "aa"}


def certificates(common_name: str, *, days: tuple[int, int] = (-10, 365)) -> RetrievedPems:
    top = pki.root("Root")
    return RetrievedPems(
        rsa=PemBundle(to_pem(top.issue(common_name, days=days).certificate), (to_pem(top.certificate),))
    )


def live_row(**live: t.Any) -> Json:
    return row_of(
        {"live": {"release": "1", "order_id": OWN, "root_order_id": OWN}},
        live={"release": "1", "key_matches": True, **DUE, **live},
    )


@pytest.mark.parametrize("field", ["order_id", "root_order_id", "companion_order_id"])
@pytest.mark.parametrize(
    "claim", ["a{{ lookup('pipe', 'id') }}b", "a{% raw %}b", "a\x1b[2J", "a\u202eb", "a b", "a" * 101]
)
def test_invalid_order_id_is_an_unusable_record(field: str, claim: str) -> None:
    state = HostState.read(row_of({"live": {"release": "1", "order_id": OWN, field: claim}}), path="/p")

    assert state.fault is not None
    assert state.fault[0] == "record_unreadable"
    assert claim not in str(state.fault[1])


def test_message_of_a_host_is_one_safe_line() -> None:
    row = row_of(None, error_code="no code\n", msg="a\x1b[2Jb\nfatal: [other]\u202e: " + "x" * 5000)

    state = HostState.read(row, path="/p")

    assert state.fault is not None
    assert state.fault[0] == "host_unreadable"
    assert str(state.fault[1]).startswith("The host said: «a [2Jb fatal: [other]: ")
    assert len(str(state.fault[1])) <= 2020


def test_message_of_a_host_is_kept_with_its_values() -> None:
    row = row_of(
        None,
        error_code="unsafe_path",
        **shown(
            msg=Message(
                "{path} can be written by other users, who could replace files of the collection. Run 'chmod go-w "
                "{path}'.",
                path="/x",
            )
        ),
    )

    assert HostState.read(row, path="/p").fault == (
        "unsafe_path",
        host_words(
            Message(
                "{path} can be written by other users, who could replace files of the collection. Run 'chmod go-w "
                "{path}'.",
                path="/x",
            )
        ),
    )


def test_a_host_has_no_text_of_its_own() -> None:
    claimed = {"msg": {"id": "Order {order_id.__class__} again.", "arguments": {"order_id": OWN}}}

    state = HostState.read(row_of(None, error_code="unsafe_path", msg="x", texts=claimed), path="/p")

    assert state.fault == ("unsafe_path", host_words("x"))


@pytest.mark.parametrize("said", [ValueError("not_before"), TypeError("subject")])
def test_invalid_certificate_fails_only_its_row(monkeypatch: pytest.MonkeyPatch, said: Exception) -> None:
    def describe(*_arguments: t.Any, **_options: t.Any) -> t.Any:
        raise said

    monkeypatch.setattr(order_reader.Certificate, "read", describe)
    ca = Ca(pems={id_key(OWN): certificates(NAME)})
    ca.knows(order_of(OWN))
    pending = {"operation": "order", "order_id": OWN, "root_order_id": OWN}
    host = Host([row_of({"pending": pending}), row_of(None)])

    result = carry_out(PLAN, ca, host, certificates=[ENTRY, {**ENTRY, "name": "second"}])

    assert [one["action"] for one in result["plans"]] == ["blocked", "order"]
    assert result["results"][0]["error_code"] == "bad_certificate"


@pytest.mark.parametrize("year", [1, 9998, 9999])
def test_a_date_at_the_end_of_the_calendar_is_no_crash(year: int) -> None:
    ca = Ca()
    ca.knows(order_of(OWN, "closed", created_at=NOW.replace(year=year)))

    result = carry_out(PLAN, ca, Host([live_row()]))

    # A closed order is archived while its certificate is live and not due.
    assert result["plans"][0]["action"] in ("nothing", "renew")


@pytest.mark.parametrize("days", [float("inf"), float("nan")])
def test_an_alarm_after_endless_days_is_no_crash(days: float) -> None:
    ca = Ca()
    ca.knows(order_of(OWN, "pending"))
    row = row_of({"pending": {"operation": "order", "order_id": OWN, "requested_at": "2026-01-01T00:00:00Z"}})

    result = carry_out(PLAN, ca, Host([row]), alarm_waiting_days=days)

    assert (result["results"][0]["result"], result["results"][0]["alarm"]) == ("waiting", None)


def test_waiting_since_is_a_time_or_none() -> None:
    ca = Ca()
    ca.knows(order_of(OWN, "pending", created_at=None))
    row = row_of({"pending": {"operation": "order", "order_id": OWN, "requested_at": "soon\x1b[2J"}})

    assert carry_out(PLAN, ca, Host([row]))["plans"][0]["waiting_since"] is None


@pytest.mark.parametrize("said", ["Other Ltd", None], ids=["by_query", "by_its_certificate"])
def test_a_companion_that_a_record_names_must_have_the_common_name(said: str | None) -> None:
    ca = Ca(pems={id_key(OWN): certificates(NAME), id_key(OTHER): certificates("Other Ltd")})
    ca.knows(order_of(OWN), order_of(OTHER, common_name=said, product_id=None))
    record = {
        "live": {"release": "1", "order_id": OWN, "root_order_id": OWN, "companion_order_id": OTHER},
    }
    live = {
        "release": "1",
        "key_matches": True,
        "not_before": "2026-10-01T00:00:00Z",
        "not_after": "2027-10-01T00:00:00Z",
        "damaged": ["cert.pem"],
    }
    host = Host([row_of(record, live=live)])

    result = carry_out(APPLY, ca, host)

    assert (result["results"][0]["result"], result["results"][0]["error_code"]) == ("failed", "order_mismatch")
    assert host.options == []


def test_revocation_needs_a_known_common_name() -> None:
    ca = Ca(pems={id_key(OTHER): certificates("Other Ltd")})
    ca.knows(order_of(OTHER, common_name=None), order_of(OWN, common_name=None))
    options = {"reason": "r", "product": "pdf_signing", "common_name": NAME, "wait": False, "wait_timeout": 0}
    evidence = {"content": "JVBERi0xLjQK", "file_type": ".pdf"}

    for order_id in (OTHER, OWN):
        with pytest.raises(OrderMismatch):
            run_operation(REVOKE, ca, Host([]).run(), order_id=order_id, document=evidence, **options)
    assert ca.sent == []

    ca.pems[id_key(OWN)] = certificates(NAME)
    run_operation(REVOKE, ca, Host([]).run(), order_id=OWN, document=evidence, **options)
    assert ca.sent == [("revoke", OWN)]


def test_order_without_a_name_is_not_cancelled_for_a_record() -> None:
    ca = Ca()
    ca.knows(order_of(OTHER, "pending", common_name=None))

    params = {"product": "pdf_signing", "common_name": NAME, "order_id": OTHER, "reason": "r"}
    with pytest.raises(OrderMismatch):
        cancel(t.cast("t.Any", ca), params, Run())
    assert ca.sent == []


def test_host_that_claims_the_key_of_a_certificate_gets_it_reissued_for_its_own() -> None:
    """The public key of a certificate is no secret."""
    root = pki.root("Root")
    bought = root.issue(NAME, days=(-10, 365))
    pems = RetrievedPems(rsa=PemBundle(to_pem(bought.certificate), (to_pem(root.certificate),)))
    ca = Ca(pems={id_key(OWN): pems})
    ca.knows(order_of(OWN))
    claim = certificate_public_key_sha256(bought.certificate)
    own = make_csr(generate(KeySpec(type="ECC")), SUBJECT)
    host = Host(
        [row_of(None, first_key={"public_key_sha256": claim})], lambda options: [{"csr": own} for _one in options]
    )
    entry = {**ENTRY, "order_id": OWN, "key": {"import_from": "/old.pem"}}

    (plan,) = carry_out(PLAN, ca, host, certificates=[entry])["plans"]
    result = carry_out(APPLY, ca, host, certificates=[entry], max_charged_orders=0)["results"][0]

    assert (plan["action"], plan["may_be_charged"]) == ("resume", False)
    assert [sent[:2] for sent in ca.sent] == [("reissue", OWN)]
    assert (result["steps"], result["charged"]) == (["reissued"], "no")
    assert "present" not in [one["state"] for one in host.options]


def lost_key() -> tuple[Ca, Host]:
    """Return a host that lost the key of its issued order."""
    ca = Ca(pems={id_key(OWN): certificates(NAME)})
    ca.knows(order_of(OWN))
    own = make_csr(generate(KeySpec(type="ECC")), SUBJECT)
    pending = {"operation": "order", "order_id": OWN, "root_order_id": OWN}
    host = Host([row_of({"pending": pending})], lambda options: [{"csr": own} for _one in options])
    return ca, host


@pytest.mark.parametrize(
    ("only", "sends"),
    [
        ({}, True),
        ({"contracts": {"action": "resume", "idempotence_id": None}}, False),
        ({"contracts": {"action": "reissue", "idempotence_id": None, "order_id": OWN}}, True),
        ({"contracts": {"action": "reissue", "idempotence_id": None, "order_id": OTHER}}, False),
    ],
    ids=["any", "wait", "reissue", "reissue of another order"],
)
def test_host_that_loses_its_key_causes_no_other_request_than_the_approved_one(
    only: t.Mapping[str, Json], *, sends: bool
) -> None:
    ca, host = lost_key()

    carry_out(APPLY, ca, host, run=host.run(permission=Permission(Limits(9), approved=only)))

    assert [sent[0] for sent in ca.sent] == (["reissue"] if sends else [])


@pytest.mark.parametrize(("order_id", "sends"), [(None, False), (OWN, True)], ids=["claim", "named in the entry"])
def test_order_that_another_host_claims_is_reissued_only_for_the_entry_that_names_it(
    order_id: str | None, *, sends: bool
) -> None:
    ca, host = lost_key()
    run = host.run(permission=Permission(Limits(9), foreign=[id_key(OWN)]))

    carry_out(APPLY, ca, host, run=run, certificates=[{**ENTRY, "order_id": order_id}])

    assert [sent[0] for sent in ca.sent] == (["reissue"] if sends else [])


def test_entry_without_a_key_is_reissued_for_the_default_one() -> None:
    ca, host = lost_key()
    entry = {name: value for name, value in ENTRY.items() if name != "key"}

    carry_out(APPLY, ca, host, certificates=[entry])

    assert [sent[0] for sent in ca.sent] == ["reissue"]


class EndlessCa(Ca):
    """A CA that answers each request with another order."""

    def answers(self, status: str, *, days: int) -> None:
        """Have orders with a status, placed so many days ago."""
        self.order = {"status": status, "created_at": NOW - dt.timedelta(days=days)}

    def create(self, _new: t.Any, **_options: t.Any) -> Placed:
        assert len(self.sent) < 100, "the chain is followed without end"
        self.sent.append(("create",))
        order_id = f"{len(self.sent):032x}"
        self.knows(order_of(order_id, **self.order))
        return Placed(order_id, None, began=self.time)


@pytest.mark.parametrize(
    ("status", "days"),
    [("issued", 400), ("closed", 400), ("closed", 30)],
    ids=["expired", "expired and closed", "replaced"],
)
def test_chain_of_orders_without_end_is_a_failure_that_costs_nothing(status: str, days: int) -> None:
    ca, chain = EndlessCa(), [f"{number:032x}" for number in range(1, 13)]
    ca.knows(order_of(OWN))
    ca.answers(status, days=days)
    prepared = {"csr": csr()}
    host = Host([row_of(None)], lambda options: [prepared if one["state"] == "prepared" else {} for one in options])

    (result,) = carry_out(APPLY, ca, host, max_charged_orders=1, replace_orders=chain)["results"]

    assert ca.sent == [("create",)] * len(chain)
    assert (result["result"], result["error_code"], result["charged"]) == ("failed", "unfinished", "no")
    assert "This run did not get that far." in result["msg"]
    assert result["next_step"] == "Run again."
    assert [one["record"]["order_id"] for one in host.options if one["state"] == "recorded"] == chain


def test_run_sends_one_order_for_a_certificate_that_may_be_charged() -> None:
    ca, chain = EndlessCa(), [f"{number:032x}" for number in range(1, 13)]
    ca.answers("closed", days=1)
    prepared = {"csr": csr()}
    host = Host([row_of(None)], lambda options: [prepared if one["state"] == "prepared" else {} for one in options])

    (result,) = carry_out(APPLY, ca, host, max_charged_orders=9, replace_orders=chain)["results"]

    assert ca.sent == [("create",)]
    assert result["charged"] == "maybe"
    assert result["next_step"]
