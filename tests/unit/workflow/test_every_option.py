# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every option of an entry arrives: in the order, on the host, or in what is decided about."""

from __future__ import annotations

import base64
import copy
import dataclasses
import typing as t

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.wotrus.pki.plugins.module_utils._client.answers import Placed
from ansible_collections.wotrus.pki.plugins.module_utils._client.bodies import create_body
from ansible_collections.wotrus.pki.plugins.module_utils._orders.operation import HostAnswer, Run
from ansible_collections.wotrus.pki.plugins.module_utils._planning.certificate_entry import read_entries
from ansible_collections.wotrus.pki.plugins.module_utils._role import ENTRY_ARGUMENTS
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.apply import OPERATION as APPLY
from ansible_collections.wotrus.pki.plugins.module_utils._x509.keys import KeySpec, generate, to_pkcs8
from tests.unit.workflow.hostile import ENTRY, Ca, Host, Json, carry_out, order_of, prepared, row_of

KEYS = [to_pkcs8(generate(KeySpec(type="ECC"))).decode() for _number in range(2)]
PDF = base64.b64encode(b"%PDF-1.7 one").decode()
DOCUMENT = {"type": "authorization", "content": PDF, "file_type": ".pdf"}
EXTERNAL = {"storage": "external", "csr_command": "make-csr"}
TOKEN = {"module": "/usr/lib/module.so", "token": "signer", "pin": "1234"}
SIGNS = {"command": "sign", "format": "pdf", "content": "none"}
ORGANIZATION = ENTRY["organization"]

# An option, the entry without it or with another value, and its value. The list has every option that there is.
OPTIONS: dict[str, tuple[Json, t.Any]] = {
    "name": ({}, "invoices"),
    "order_name": ({}, "other"),
    "order_id": ({}, "11111111-1111-4111-8111-111111111111"),
    "root_order_id": ({"order_id": "11111111-1111-4111-8111-111111111111"}, "22222222-2222-4222-8222-222222222222"),
    "replace_orders": ({}, ["11111111-1111-4111-8111-111111111111"]),
    "product": ({}, "organization_document_signing"),
    "common_name": ({}, "Other"),
    "months": ({}, 24),
    **{
        f"organization.{name}": ({}, value)
        for name, value in {
            **dict.fromkeys(("name", "user_first_name", "user_last_name", "state", "city", "street"), "Other"),
            **dict.fromkeys(("phone", "user_mobile"), "13800000000"),
            **dict.fromkeys(("id_card_number", "zip", "business_license", "other_name"), "440300"),
            **dict.fromkeys(("email", "user_email"), "a@example.com"),
            "business_category": "Business Entity",
            "country_code": "HK",
        }.items()
    },
    "documents.type": ({"documents": [DOCUMENT]}, "id_card"),
    "documents.path": ({}, "one.pdf"),
    "documents.content": ({"documents": [DOCUMENT]}, base64.b64encode(b"%PDF-1.7 two").decode()),
    "documents.file_type": ({"documents": [DOCUMENT]}, ".jpg"),
    "key.type": ({"key": {}}, "ECC"),
    "key.size": ({"key": {}}, 4096),
    "key.curve": ({}, "P-384"),
    "key.storage": ({}, "external"),
    "key.content": ({"key": {"storage": "provided", "content": KEYS[0]}}, KEYS[1]),
    "key.import_from": ({}, "/root/privkey.pem"),
    "key.csr_command": ({"key": EXTERNAL}, "other-csr"),
    "key.install_command": ({"key": EXTERNAL}, "install"),
    "key.command_timeout": ({"key": EXTERNAL}, 7),
    **{
        f"key.pkcs11.{name}": ({"key": {"storage": "pkcs11", "pkcs11": TOKEN}}, value)
        for name, value in {"module": "/other.so", "token": "other", "pin": "4321", "label": "one", "id": "01"}.items()
    },
    "key.pkcs11.slot": ({"key": {"storage": "pkcs11", "pkcs11": {"module": "/m.so", "slot": 1, "pin": "1"}}}, 3),
    "key.pkcs11.pin_file": (
        {"key": {"storage": "pkcs11", "pkcs11": {"module": "/m.so", "slot": 1, "pin_file": "/pin"}}},
        "/etc/pin",
    ),
    "key_home": ({}, "hardware"),
    **{
        f"ukey.{name}": ({"key": {"storage": "ukey"}, "ukey": {"ship_address": "Shenzhen"}}, value)
        for name, value in {"password": "Abcd1234", "password_length": 9, "password_alphabet": "abcdef"}.items()
    },
    "ukey.ship_address": ({"key": {"storage": "ukey"}, "ukey": {"ship_address": "Shenzhen"}}, "Beijing"),
    "renew_before_days": ({}, 20),
    "renew_spread_days": ({}, 5),
    "deploy_window.days": ({"deploy_window": {}}, ["sat"]),
    "deploy_window.hours": ({"deploy_window": {}}, "02:00-04:00"),
    "deploy_window.zone": ({"deploy_window": {}}, "Asia/Shanghai"),
    "on_change": ({}, "fail"),
    **{
        f"pkcs12.{name}": ({"pkcs12": {"password": "secret"}}, value)
        for name, value in {
            "password": "other",
            "friendly_name": "contracts",
            "encryption": "compatible2022",
            "owner": "sign",
            "group": "sign",
            "mode": "0640",
        }.items()
    },
    "combined_pem": ({}, True),
    "reload.command": ({}, "reload-it"),
    "reload.handler": ({}, "restart"),
    **{
        f"reload.test_signature.{name}": ({"reload": {"command": "true", "test_signature": SIGNS}}, value)
        for name, value in {
            "command": "sign-it",
            "format": "cms",
            "content": "/run/sign/content",
            "timestamp": "required",
            "reader": "read-it %s",
        }.items()
    },
    **{
        f"signed_documents.{name}": ({"signed_documents": {"path": "/srv/out"}}, value)
        for name, value in {"path": "/srv/in", "newest": 9, "max_age_days": 3, "alarm": "failure"}.items()
    },
    "extra": ({}, {"remark": "one"}),
}


def leaves(arguments: Json, above: str = "") -> t.Iterator[str]:
    """Yield all options of an entry, each with those above it."""
    for name, spec in arguments.items():
        if "options" in spec:
            yield from leaves(spec["options"], f"{above}{name}.")
        else:
            yield f"{above}{name}"


def changed(entry: Json, path: str, value: t.Any) -> Json:
    """Return an entry with another value of an option."""
    entry, (*above, name) = copy.deepcopy(entry), path.split(".")
    place: t.Any = entry
    for part in above:
        place = place.setdefault(part, [dict(DOCUMENT)] if part == "documents" else {})
        place = place[0] if isinstance(place, list) else place
    place[name] = value
    return entry


@dataclasses.dataclass
class Listening(Ca):
    """A CA that keeps the orders that it was sent."""

    bodies: list[Json] = dataclasses.field(default_factory=list)

    def create(self, new: t.Any, **_options: t.Any) -> Placed:
        """Place an order."""
        self.bodies.append(create_body(dataclasses.replace(new, csr=None)))
        return super().create(new)


@dataclasses.dataclass
class Looked(Host):
    """A host that keeps what it was asked."""

    asked: list[t.Any] = dataclasses.field(default_factory=list)

    def run(self, **of: t.Any) -> Run:
        """Return the surroundings of a task on the host."""

        def inspect(paths: t.Any, first_keys: t.Any, **options: t.Any) -> HostAnswer:
            self.asked.append((paths, first_keys, options))
            return HostAnswer(self.rows)

        return dataclasses.replace(super().run(**of), inspect_host=inspect)


def arrives(entry: Json) -> list[t.Any]:
    """Return what an entry asks of the CA and of its host, and what a decision knows of it."""
    options = {"certificates": [entry], "base_dir": "/etc/ssl/wotrus", "host": "signer1"}
    checked = ArgumentSpecValidator(dict(APPLY.arguments)).validate(copy.deepcopy(options))
    assert not checked.error_messages, checked.error_messages
    wanted = read_entries(checked.validated_parameters)[0].wanted
    # These have whole options, so that any of them would seem to arrive.
    known = dataclasses.replace(wanted, names=frozenset(), reload=wanted.handler and {"handler": wanted.handler})
    ca, host = Listening(), Looked([{}], deploys=prepared)
    carry_out(APPLY, ca, host, certificates=[entry])
    live = {"release": "00AA", "order_id": "order-1", "root_order_id": "order-1"}
    row = row_of({"live": live, "reload_pending": True}, live={"release": "00AA", "key_matches": True})
    later, loading = Listening(), Looked([row])
    later.knows(order_of("order-1"))
    carry_out(APPLY, later, loading, certificates=[entry])
    return [known, ca.bodies, host.asked, host.options, loading.options]


def test_the_list_has_every_option() -> None:
    assert set(OPTIONS) == set(leaves(ENTRY_ARGUMENTS))


@pytest.mark.parametrize("path", OPTIONS)
def test_an_option_arrives(path: str, tmp_path: t.Any) -> None:
    others, value = OPTIONS[path]
    entry = {**ENTRY, **others}
    if path == "documents.path":
        (tmp_path / value).write_bytes(b"%PDF-1.7 one")
        with_option = {**entry, "documents": [{"type": "authorization", "path": str(tmp_path / value)}]}
    else:
        with_option = changed({**entry, "key": EXTERNAL} if path == "key.storage" else entry, path, value)

    assert arrives(with_option) != arrives(entry)
