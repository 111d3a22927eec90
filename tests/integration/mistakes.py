# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mistakes that users make, as they write them in YAML."""

from __future__ import annotations

import copy
import textwrap

import yaml

from .harness import COMMON_NAME

ENTRY = {
    "name": "contracts",
    "product": "pdf_signing",
    "common_name": COMMON_NAME,
    "organization": {"name": COMMON_NAME, "country_code": "CN"},
}

IN_ENTRIES = (
    "name: 2026",
    "name: 2026-11-25",
    "name: ../contracts",
    "order_name: 12.50",
    'order_name: "contracts\\n"',
    "state: absent",
    "order_id: 4711",
    "order_id: '261124153109286'",
    "root_order_id: 89CB4BF6-3E53-4B49-9AB9-92D578144260",
    "replace_orders: ['261124153109286']",
    "replace_orders: [all]",
    "product: pdf-signing",
    "product: null",
    "common_name: null",
    "common_name: ' '",
    "common_name: A name of more than sixty-four characters is longer than X.509 allows",
    "common_name: on",
    "common_name: '{{ company_name }}'",
    "comon_name: Example Ltd.",
    "months: 11",
    "months: one year",
    "organization: null",
    "organization: Example Ltd.",
    "organization: {country_code: CN}",
    "organization: {name: Example Ltd., country_code: NO}",
    "organization: {name: Example Ltd., country_code: China}",
    "organization: {name: Example Ltd., country_code: XX}",
    "organization: {name: Example Ltd., email: pki.example.com}",
    "organization: {name: Example Ltd., phone: ask the office}",
    "organization: {name: Example Ltd., zip: 010010}",
    "organization: {name: Example Ltd., user_mobile: 13800000000}",
    "organization: {name: Example Ltd., id_card_number: 110101199003070011}",
    "organization: {name: Example Ltd., user_mail: pki@example.com}",
    "organization: {name: Example Ltd., business_category: Company}",
    "key: RSA",
    "key: {type: rsa}",
    "key: {size: 1024}",
    "key: {type: ECC, curve: P-521}",
    "key: {type: ECC, size: 256}",
    "key: {type: RSA, curve: P-256}",
    "key: {storage: usb}",
    "key: {storage: pkcs11}",
    "key: {storage: external}",
    "key: {storage: ukey}",
    "key: {storage: provided}",
    "key: {storage: provided, content: hunter2hunter2}",
    "key: {content: hunter2hunter2}",
    "key: {storage: provided, content: 1234567890}",
    "ukey: {ship_address: Shenzhen}",
    "documents: [{type: id_card}]",
    "documents: [{type: passport, path: card.pdf}]",
    "documents: [{type: id_card, path: card.pdf, content: JVBERi0=, file_type: .pdf}]",
    "reload: {handler: reload signer, test_signature: {command: sign, format: pdf, content: /etc/signer/test.pdf}}",
    "reload: {command: 'systemctl reload signer', test_signature: {command: sign, format: PAdES, content: none}}",
    "reload: {command: 'systemctl reload signer', test_signature: {command: sign, format: pdf, content: test.pdf}}",
    "reload: {command: 'systemctl reload signer', served_at: '8443'}",
    "reload: {command: 'systemctl reload signer', handler: reload signer}",
    'reload: {command: "systemctl reload \'"}',
    "reload: {command: 'systemctl reload signer && logger reloaded'}",
    "on_change: renew",
    "renew_before_days: -1",
    "renew_before_days: a month",
    "renew_before_days: 400",
    "pkcs12: {friendly_name: contracts}",
    "deploy_window: {hours: 22:00}",
    "deploy_window: {hours: 22-6}",
    "deploy_window: {zone: Shanghai}",
)
"""Options of an entry of ``wotrus_certificates``; the others are right."""

IN_VARIABLES = (
    "wotrus_certificates: null",
    "wotrus_certificates: {name: contracts}",
    "wotrus_certificates: [contracts]",
    "wotrus_certificate: []",
    "wotrus_max_charge_orders: 0",
    "wotrus_max_charged_orders: many",
    "wotrus_max_charged_orders: -1",
    "wotrus_max_reissues: -1",
    "wotrus_base_dir: certificates",
    "wotrus_mode: 0640",
    "wotrus_keep: 1",
    "wotrus_keys_since: yesterday",
    "wotrus_wait_timeout: five minutes",
    "wotrus_wait_timeout: -1",
    "wotrus_prices: {pdf_signing: 1200}",
    "wotrus_validate: /usr/bin/true",
    "wotrus_replace_orders: [all]",
    "wotrus_replace_orders: ['202611250000001']",
    "wotrus_extra_certificates: {name: invoices}",
    "wotrus_extra_certificates: [{name: contracts, product: pdf_signing, common_name: X, organization: {name: X}}]",
    "wotrus_language: cn",
    "wotrus_verification: lax",
    "wotrus_check_revocation: true",
    "wotrus_alarm_days: soon",
    "wotrus_alarm_days: -1",
    "wotrus_actions: [buy]",
    "wotrus_deploy_window: {days: [weekend]}",
    "wotrus_deploy_window: {hours: 22:00-22:00}",
    "wotrus_revoke_superseded: true",
    "wotrus_reissue: [contracts]",
    "wotrus_root_ca_path: /etc/ssl/no-such-root.pem",
    "wotrus_ca_path: /etc/ssl/no-such-ca.pem",
    "wotrus_ca_path: /etc/passwd",
    "wotrus_proxy: ftp://proxy.example.com",
    "wotrus_api_token: '{{ vault_wotrus_api_token }}'",
    "wotrus_api_url: http://restapi.wosign.com",
    "wotrus_api_url: restapi.wosign.com",
    "wotrus_api_url: https://restapi.wosign.com/v1",
)
"""Variables of the role; the others are right."""

IN_TWO_ENTRIES = (
    "[{name: contracts}, {name: contracts}]",
    "[{name: contracts, order_name: signing}, {name: invoices, order_name: signing}]",
)
"""Both entries of ``wotrus_certificates``; their other options are right."""

FOUND_LATER = (
    *("order_name: signing # on two hosts",) * 2,
    "documents: [{type: id_card, path: /no/such.pdf}]",
    "key: {import_from: privkey.pem}",
    "pkcs12: {password: hunter2hunter2, owner: nobody-there}",
    "wotrus_owner: nobody-there",
    "wotrus_group: nobody-there",
    "wotrus_trusted_groups: [nobody-there]",
)
"""What is compared between hosts, read when the order is prepared, or known on the host alone."""


def inventory() -> tuple[str, dict[str, str]]:
    """Return an inventory with a mistake on each host, and these mistakes."""
    every = (*IN_ENTRIES, *IN_TWO_ENTRIES, *IN_VARIABLES, *FOUND_LATER)
    mistakes = {f"mistake{number:02}": text for number, text in enumerate(every)}
    lines = ["wotrus:", "  hosts:"]
    for host, mistake in mistakes.items():
        variables = mistake
        if mistake in IN_TWO_ENTRIES:
            # Without a copy, YAML would have an anchor.
            both = [{**copy.deepcopy(ENTRY), **options} for options in yaml.safe_load(mistake)]
            variables = f"wotrus_certificates: {_flow(both)}"
        elif not mistake.startswith("wotrus_"):
            variables = _entry_with(mistake)
        if "wotrus_certificates" not in variables:
            variables += f"\nwotrus_certificates: {_flow([ENTRY])}"
        lines += [f"    {host}:", textwrap.indent(variables, "      ")]
    return "\n".join([*lines, ""]), mistakes


def _entry_with(mistake: str) -> str:
    """Return ``wotrus_certificates`` with an entry that has a mistake."""
    others = {name: value for name, value in ENTRY.items() if name not in yaml.safe_load(mistake)}
    rest = [f"    {name}: {_flow(value)}" for name, value in others.items()]
    return "\n".join(["wotrus_certificates:", f"  - {mistake}", *rest])


def _flow(value: object) -> str:
    """Return a value as YAML in one line."""
    text: str = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=10_000)
    return text.removesuffix("...\n").strip()
