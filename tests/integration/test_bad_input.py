# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bad input fails with one clear message, before an order is sent."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.sandbox import Sandbox

from .checks import posts
from .conftest import Charged
from .harness import BIN, Site, entry

BAD_ENTRIES: dict[str, tuple[list[dict[str, Any]], str]] = {
    "wrong product": ([entry(product="pdf-signing")], "Use pdf_signing"),
    "months of 11": ([entry(months=11)], "months is 11, but must be one of 12, 24"),
    "missing document": (
        [entry(documents=[{"type": "business_license", "path": "/no/such.pdf"}])],
        "documents[0]: cannot read /no/such.pdf",
    ),
    "document of a wrong kind": (
        [entry(documents=[{"type": "business_license", "path": "/etc/hostname"}])],
        "is not accepted. Use .pdf, .jpg, .gif",
    ),
    "unknown key": ([entry(comon_name="x")], "comon_name"),
    "no common name": ([entry(common_name=None)], "common_name"),
    "blank common name": ([entry(common_name=" ")], "common_name is empty"),
    "no organization": ([entry(organization=None)], "organization"),
    "country by name": (
        [entry(organization={"name": "x", "country_code": "China"})],
        "organization.country_code is 'China'. It has two letters",
    ),
    "two of a name": ([entry(), entry(months=24)], "have the name 'contracts'"),
    "name that leaves the folder": ([entry("../contracts")], "a name becomes a folder"),
    "absolute name": ([entry("/etc/contracts")], "a name becomes a folder"),
    "ukey without an address": ([entry(key={"storage": "ukey"})], "ukey.ship_address"),
    "negative window": ([entry(renew_before_days=-1)], "must not be negative"),
}


@pytest.mark.parametrize(("entries", "words"), BAD_ENTRIES.values(), ids=BAD_ENTRIES)
def test_invalid_entry_is_refused(site: Site, sandbox: Sandbox, entries: list[dict[str, Any]], words: str) -> None:
    host = site.host()
    site.variables["wotrus_certificates"] = entries

    run = site.run()

    assert run.code != 0
    assert len(run.failures) == 1
    assert words in run.failures[0]
    assert "Traceback" not in run.output
    assert posts(sandbox) == []
    assert not host.base_dir.exists()


def test_name_to_reissue_that_no_host_has(site: Site, sandbox: Sandbox) -> None:
    site.host("a")
    site.host("b", wotrus_certificates=[entry("invoices")])
    site.issue(variables={"wotrus_max_charged_orders": 2})
    sandbox.clear_calls()

    for options in ([], ["--check"]):
        run = site.run(*options, variables={"wotrus_reissue": ["invoices", "contract"]})
        assert run.code != 0
        assert len(run.failures) == 1
        assert "wotrus_reissue names contract, and no host" in run.failures[0]
        assert "contracts, invoices" in run.failures[0]
    assert posts(sandbox) == []


@pytest.mark.parametrize("known", ["by the inventory", "by the play"])
def test_name_to_reissue_may_be_that_of_another_host_or_batch(site: Site, sandbox: Sandbox, known: str) -> None:
    batches: dict[str, Any] = {"serial": 1}
    hosts = [site.host("a"), site.host("b", own=[entry("invoices")])]
    if known == "by the inventory":
        site.variables["wotrus_certificates"] = "{{ own | default(contracts) }}"
        site.variables["contracts"] = [entry()]
    else:
        del site.variables["wotrus_certificates"]
        batches["vars"] = {"contracts": [entry()], "wotrus_certificates": "{{ own | default(contracts) }}"}
    site.issue(play=batches, variables={"wotrus_max_charged_orders": 2})
    before = hosts[1].folder("invoices").release
    sandbox.clear_calls()

    site.issue(play=batches, variables={"wotrus_reissue": "invoices", "wotrus_max_charged_orders": 0})

    assert posts(sandbox) == ["reissue"]
    assert hosts[1].folder("invoices").release != before

    run = site.run(play=batches, variables={"wotrus_reissue": "invoice"})
    assert run.code != 0
    assert "wotrus_reissue names invoice, and no host" in run.failures[0]
    assert posts(sandbox) == ["reissue"]


def test_no_name_to_reissue_is_no_reissue(site: Site, sandbox: Sandbox) -> None:
    site.host()
    site.issue()
    sandbox.clear_calls()

    for given, words in (
        ({}, "wotrus_reissue names no certificate. Nothing was sent."),
        ({"wotrus_reissue": " ,\n", "wotrus_language": "zh"}, "wotrus_reissue 没有列出证书。没有发送任何请求。"),
    ):
        run = site.run(playbook="wotrus.pki.reissue", variables=given)
        assert run.code != 0
        assert words in run.failures[0]
    assert sandbox.calls() == []


def test_unreadable_csr_is_refused(site: Site, sandbox: Sandbox, tmp_path: Path) -> None:
    site.host()
    (tmp_path / "bad.csr").write_text("this is no request")
    order = {"name": "x", "product": "pdf_signing", "common_name": "x", "months": 12, "organization": {"name": "x"}}
    tasks = [{"wotrus.pki.wotrus_order": {**order, "csr_path": str(tmp_path / name)}} for name in ("bad.csr", "none")]
    for task in tasks:
        run = site.run(tasks=[task])

        assert run.code != 0
        assert run.tasks[-1].result["error_code"] == "invalid_csr"
        assert sandbox.calls() == []


def test_directory_that_cannot_be_written(site: Site, charged: Charged) -> None:
    site.host(wotrus_base_dir="/proc/wotrus")

    run = site.run()

    assert run.code != 0
    assert "/proc/wotrus" in run.failures[0]
    assert run.result()["error_code"] == "store_failed"
    assert charged() == 0


def test_target_without_cryptography(site: Site, charged: Charged, bare_python: Path) -> None:
    host = site.host(ansible_python_interpreter=str(bare_python))

    run = site.run()

    assert run.code != 0
    assert len(run.failures) == 1
    assert "cryptography" in run.failures[0]
    assert str(bare_python.parent) in run.failures[0] or "python3-cryptography" in run.failures[0]
    assert run.result()["error_code"] == "missing_library"
    assert charged() == 0
    assert not (host.folder().pending / "privkey.pem").exists()


def test_target_whose_python_does_not_run(site: Site, sandbox: Sandbox, tmp_path: Path) -> None:
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho this Python is broken >&2\nexit 3\n")
    broken.chmod(0o755)
    site.host(ansible_python_interpreter=str(broken))

    run = site.run()

    assert run.code != 0
    result = run.tasks[-1].result
    assert result["error_code"] == "host_unreadable"
    assert "this Python is broken" in result["module_stderr"] + result["module_stdout"]
    assert sandbox.calls() == []


def test_target_that_refuses_become(site: Site, sandbox: Sandbox) -> None:
    site.host_that_refuses_become()

    run = site.run()

    assert run.code != 0
    result = run.tasks[-1].result
    assert result["error_code"] == "host_unreadable"
    assert "a password is required" in result["msg"]
    assert result["request_ids"] == []
    assert sandbox.calls() == []


@pytest.mark.manual("1.2-unauthorized")
def test_wrong_token(site: Site, charged: Charged) -> None:
    site.host()
    site.environment["WOTRUS_API_TOKEN"] = "tk_wrong_and_secret"

    run = site.run("-vvv")

    assert run.code != 0
    assert run.result()["error_code"] == "unauthorized"
    assert "tk_wrong_and_secret" not in run.output
    assert charged() == 0


@pytest.mark.manual("1.2-token-first")
def test_no_token(site: Site, sandbox: Sandbox) -> None:
    site.host()
    del site.environment["WOTRUS_API_TOKEN"]

    run = site.run()

    assert run.code != 0
    assert "No API token. Set WOTRUS_API_TOKEN or the variable wotrus_api_token." in run.failures[0]
    assert sandbox.calls() == []


def test_damaged_record_blocks_and_is_not_overwritten(site: Site, sandbox: Sandbox, charged: Charged) -> None:
    host = site.host()
    site.issue()
    host.folder().record_file.write_text("{")
    sandbox.clear_calls()

    run = site.run()

    assert run.code != 0
    assert any("record.json" in message for message in run.failures)
    assert host.folder().record_file.read_text() == "{"
    assert posts(sandbox) == []
    assert charged() == 1


def test_message_names_the_python_that_lacks_requests(site: Site, tmp_path: Path) -> None:
    site.host()
    # A folder that stands before the libraries, whose requests cannot be imported.
    (tmp_path / "shadow").mkdir()
    (tmp_path / "shadow" / "requests.py").write_text("raise ImportError('not here')\n")
    site.environment["PYTHONPATH"] = os.fspath(tmp_path / "shadow")

    run = site.run()

    assert run.code != 0
    assert "lacks the library requests" in run.failures[0]
    assert str(BIN) in run.failures[0]
