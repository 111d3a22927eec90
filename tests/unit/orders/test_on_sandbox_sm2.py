# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""SM2 pairs are fetched, verified and reissued, alone and beside RSA.

A reissue has two new keys.
"""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
from jinja2.nativetypes import NativeEnvironment

from ansible_collections.wotrus.pki.plugins.module_utils._orders.certificate import OPERATION as CERTIFICATE
from ansible_collections.wotrus.pki.plugins.module_utils._orders.order import OPERATION as ORDER
from ansible_collections.wotrus.pki.plugins.module_utils._orders.reissue import OPERATION as REISSUE
from tests.helpers import documentation
from tests.helpers.operations import Runner, csr, pem_of_certificate_key, public_pem
from tests.helpers.sandbox import Sandbox
from tests.unit.store import scene
from tests.unit.x509 import sm2_pki

SM2 = "5A4D3253-1C0E-4D1B-9F52-D0C5169A11CE"
DOCUMENT = {"content": base64.b64encode(b"%PDF-1.7 evidence").decode(), "file_type": ".pdf"}
UKEY = {"csr": None, "ukey_password": "UkeyPass12", "ukey_ship_address": "深圳市南山区"}


@pytest.fixture
def pair(run: Runner, order: dict[str, Any]) -> str:
    """The id of an order for an SM2 pair alone."""
    return str(run(ORDER, **{**order, "product": SM2, **UKEY})["order_id"])


@pytest.fixture
def both(run: Runner, order: dict[str, Any]) -> dict[str, Any]:
    """The ids of an RSA order and the SM2 order beside it."""
    placed = run(ORDER, **{**order, "product": SM2})
    assert placed["companion_order_id"]
    return {name: placed[name] for name in ("order_id", "companion_order_id")}


@pytest.fixture
def keys(tmp_path: Path) -> tuple[sm2_pki.Sm2, sm2_pki.Sm2]:
    return sm2_pki.make_key(tmp_path, "sign"), sm2_pki.make_key(tmp_path, "encrypt")


def ask(run: Runner, order_id: str, keys: tuple[sm2_pki.Sm2, sm2_pki.Sm2], **how: Any) -> dict[str, Any]:
    options = {"csr": keys[0].csr(), "csr_encrypt": keys[1].csr(), "document": DOCUMENT, "reason": "new keys", **how}
    return run(REISSUE, order_id=order_id, **options)


def check_with_openssl(folder: Path, bundle: dict[str, Any]) -> None:
    """Check a chain link by link, apart from the code under test."""
    path = [bundle["certificate"], *bundle["chain"], bundle["root"]]
    for number, text in enumerate(path):
        (folder / f"{number}.pem").write_text(text)
    for number in range(len(path) - 1):
        trusted = ("-partial_chain", "-trusted", folder / f"{number + 1}.pem")
        sm2_pki.openssl("verify", "-vfyopt", sm2_pki.DISTID, *trusted, folder / f"{number}.pem")


@pytest.mark.manual("4.kinds", "4.chains")
def test_pair_is_fetched_with_its_signing_certificate_as_main_one(
    run: Runner, pair: str, tmp_path: Path, sandbox: Sandbox
) -> None:
    assert run(CERTIFICATE, order_id=pair)["issued"] is True
    root = sandbox.state()["sm2_root_ca"]
    result = run(CERTIFICATE, order_id=pair, root_ca_path=root)
    bundles = result["bundles"]
    assert bundles["rsa"] is None
    for kind in ("sign", "encrypt"):
        check_with_openssl(tmp_path, bundles[kind])
        assert bundles[kind]["info"]["key_type"] == "SM2"
        assert bundles[kind]["root"] == Path(root).read_text()
        assert len(bundles[kind]["chain"]) == 1
    for name in ("certificate", "chain", "root", "fullchain", "info"):
        assert result[name] == bundles["sign"][name]
    assert bundles["sign"]["info"]["document_signing"] is True
    assert bundles["encrypt"]["info"]["document_signing"] is False
    assert "keyEncipherment" in bundles["encrypt"]["info"]["key_usage"]
    assert run.warnings == []


@pytest.mark.manual("2.order-id", "2.order-id-rsa", "4.kinds")
def test_the_pair_of_the_companion_comes_with_the_rsa_certificate(run: Runner, both: dict[str, Any]) -> None:
    result = run(CERTIFICATE, **both, csr=csr())
    assert pem_of_certificate_key(result["certificate"]) == public_pem()
    assert result["certificate"] == result["bundles"]["rsa"]["certificate"]
    assert {kind: bundle["info"]["key_type"] for kind, bundle in result["bundles"].items()} == {
        "rsa": "ECC",
        "sign": "SM2",
        "encrypt": "SM2",
    }
    assert result["order_id"] == both["order_id"]


def test_a_companion_that_waits_is_waited_for(
    sandbox: Sandbox, run: Runner, order: dict[str, Any], fast_waits: list[float]
) -> None:
    sandbox.settings(manual_review=True)
    placed = run(ORDER, **{**order, "product": SM2})
    both = {name: placed[name] for name in ("order_id", "companion_order_id")}
    sandbox.order(both["order_id"], "issue")
    waited = run(CERTIFICATE, **both, csr=csr(), wait=True, wait_timeout=30)
    assert (waited["issued"], waited["certificate"]) == (False, None)
    assert both["companion_order_id"].lower() in waited["msg"].lower()
    assert fast_waits
    sandbox.order(both["companion_order_id"], "issue")
    assert run(CERTIFICATE, **both, csr=csr())["bundles"]["sign"]


def test_dead_companion_does_not_stop_the_rsa_certificate(sandbox: Sandbox, run: Runner, order: dict[str, Any]) -> None:
    sandbox.settings(manual_review=True)
    placed = run(ORDER, **{**order, "product": SM2})
    both = {name: placed[name] for name in ("order_id", "companion_order_id")}
    sandbox.order(both["order_id"], "issue")
    sandbox.order(both["companion_order_id"], "reject")
    result = run(CERTIFICATE, **both, csr=csr())
    assert (result["issued"], result["bundles"]["sign"]) == (True, None)
    assert "rejected" in run.warnings[0]


def test_a_pair_is_for_no_rsa_key(run: Runner, pair: str) -> None:
    failed = run(CERTIFICATE, order_id=pair, csr=csr())
    assert (failed["error_code"], failed["info"]["key_type"]) == ("key_mismatch", "SM2")


def test_an_sm2_chain_has_to_end_in_the_anchor_as_well(sandbox: Sandbox, run: Runner, both: dict[str, Any]) -> None:
    failed = run(CERTIFICATE, **both, csr=csr(), root_ca_path=sandbox.root_ca)
    assert failed["error_code"] == "untrusted_chain"
    assert "SM2 signing certificate" in failed["msg"]


@pytest.mark.manual("7.csr", "7.csr-encrypt", "7.revokes-old", "7.idempotence")
def test_reissue_has_two_new_keys_and_is_requested_once(
    sandbox: Sandbox, run: Runner, pair: str, keys: tuple[sm2_pki.Sm2, sm2_pki.Sm2]
) -> None:
    run(CERTIFICATE, order_id=pair)
    first = ask(run, pair, keys)
    assert (first["changed"], first["revokes_old"]) == (True, True)
    sandbox.clock(advance=60)
    new = first["new_order_id"]
    for key, kind in zip(keys, ("sign", "encrypt")):
        result = run(CERTIFICATE, order_id=new, csr=key.csr(options=()))
        assert result["info"]["public_key_sha256"] == key.public_key_sha256()
        assert result["certificate"] == result["bundles"][kind]["certificate"]
    again = ask(run, new, keys)
    assert (again["changed"], again["new_order_id"]) == (False, new)
    assert run(CERTIFICATE, order_id=pair)["error_code"] == "order_dead", "WoTrus revoked the old pair"


def test_another_encryption_key_is_another_reissue(
    run: Runner, pair: str, keys: tuple[sm2_pki.Sm2, sm2_pki.Sm2], tmp_path: Path
) -> None:
    run(CERTIFICATE, order_id=pair)
    first = ask(run, pair, keys)
    run(CERTIFICATE, order_id=first["new_order_id"])
    other = sm2_pki.make_key(tmp_path, "other")
    second = ask(run, first["new_order_id"], (keys[0], other))
    assert (second["changed"], second["created"]) == (True, True)
    assert second["idempotence_id"] != first["idempotence_id"]


def test_invalid_sm2_pair_is_refused_before_anything_is_sent(
    sandbox: Sandbox, run: Runner, keys: tuple[sm2_pki.Sm2, sm2_pki.Sm2]
) -> None:
    sandbox.clear_calls()
    for wrong, word in (
        ({"csr_encrypt": None}, "csr_encrypt"),
        ({"csr_encrypt": csr()}, "csr_encrypt"),
        ({"csr": csr()}, "SM2"),
        ({"csr_encrypt": "no CSR"}, "csr_encrypt"),
    ):
        failed = ask(run, "x", keys, **wrong)
        assert (failed["error_code"], word in failed["msg"]) == ("invalid_csr", True), failed["msg"]
    assert sandbox.calls() == []


@pytest.mark.manual("7.file-type", "7.file-content")
def test_a_reissued_pair_needs_a_document(
    sandbox: Sandbox, run: Runner, pair: str, keys: tuple[sm2_pki.Sm2, sm2_pki.Sm2]
) -> None:
    run(CERTIFICATE, order_id=pair)
    failed = ask(run, pair, keys, document=None)
    assert (failed["error_code"], "document" in failed["msg"]) == ("invalid_input", True)
    assert sandbox.calls("reissue") == []


@pytest.mark.manual("2.sm2")
def test_an_order_has_no_field_for_an_sm2_request(
    sandbox: Sandbox, run: Runner, order: dict[str, Any], keys: tuple[sm2_pki.Sm2, sm2_pki.Sm2]
) -> None:
    sandbox.clear_calls()
    failed = run(ORDER, **{**order, "product": SM2, "csr": keys[0].csr()})
    assert (failed["error_code"], "SM2" in failed["msg"]) == ("invalid_csr", True)
    assert sandbox.calls() == []


def test_without_openssl_a_pair_is_neither_trusted_nor_called_untrusted(
    run: Runner, both: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    run(CERTIFICATE, **both, csr=csr())
    with monkeypatch.context() as patch:
        patch.setenv("PATH", str(tmp_path))
        failed = run(CERTIFICATE, **both, csr=csr())
        assert (failed["error_code"], failed["order_id"]) == ("sm2_unavailable", both["order_id"])
        assert "Install" in failed["msg"]
        alone = run(CERTIFICATE, order_id=both["order_id"], csr=csr())
        assert alone["issued"] is True, "an order without SM2 needs no openssl"
    assert run(CERTIFICATE, **both, csr=csr())["bundles"]["sign"]


def test_each_example_of_the_modules_about_a_pair_works(
    run: Runner,
    order: dict[str, Any],
    pair: str,
    keys: tuple[sm2_pki.Sm2, sm2_pki.Sm2],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, text in {"sign": keys[0].csr(), "encrypt": keys[1].csr()}.items():
        (tmp_path / "csr").mkdir(exist_ok=True)
        (tmp_path / "csr" / f"sm2-{name}.csr").write_text(text)
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "reissue.pdf").write_bytes(b"%PDF-1.7 evidence")
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "contracts"
    prepared = scene.prepare(path)
    variables: dict[str, Any] = {
        "lookup": lambda _kind, file: Path(file).read_text(),
        "prepared": prepared,
        "order_result": run(ORDER, **{**order, "name": "of the examples", "product": SM2, "csr": prepared["csr"]}),
    }
    assert run(CERTIFICATE, order_id=pair)["issued"]

    def filled(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: filled(one) for name, one in value.items()}
        return NativeEnvironment().from_string(value).render(variables) if isinstance(value, str) else value

    modules = {
        "wotrus_certificate": lambda options: run(CERTIFICATE, **options),
        "wotrus_deployment": lambda options: scene.deploy(scene.params(**{**options, "path": str(path)}), scene.Host()),
        # The example names an order by its id.
        "wotrus_reissue": lambda options: run(REISSUE, **{**options, "order_id": pair}),
    }
    tasks = [task for name in modules for task in documentation.module_texts(name)["EXAMPLES"]]
    about = [one for one in tasks if any(word in str(one) for word in ("sm2", "csr_encrypt", "companion_order_id"))]

    assert len(about) == 4
    for task in about:
        ((module, options),) = ((name, task[f"wotrus.pki.{name}"]) for name in modules if f"wotrus.pki.{name}" in task)
        assert filled(f"{{{{ {task.get('when', 'true')} }}}}") is True, task["name"]
        result = modules[module](filled(options))
        assert not result.get("failed"), (task["name"], result)
        variables[task.get("register", "")] = result
    assert (path / "live" / "sign_cert.pem").is_file()
