# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An SM2 pair is deployed with its certificate, without openssl."""

from __future__ import annotations

import pathlib
import shutil

import pytest
from cryptography import x509

from tests.unit.store import scene
from tests.unit.store.scene import Json, call, certify, deploy_certificate, info, prepare, succeed, tree
from tests.unit.x509 import sm2_pki

FILES = {f"{part}_{kind}.pem" for part in ("sign", "encrypt") for kind in ("cert", "chain", "root")}


@pytest.fixture(scope="module")
def issuing(tmp_path_factory: pytest.TempPathFactory) -> sm2_pki.Sm2:
    root = sm2_pki.root(tmp_path_factory.mktemp("sm2"), "SM2 Root")
    return root.issue_authority("SM2 Issuing CA")


@pytest.fixture(scope="module")
def root_pem(issuing: sm2_pki.Sm2) -> str:
    return (issuing.folder / "SM2 Root.pem").read_text()


@pytest.fixture(scope="module")
def pair(issuing: sm2_pki.Sm2, root_pem: str) -> Json:
    """The option, with everything in an awkward order and form."""
    sign = issuing.issue("Sign").pem
    encrypt = issuing.issue("Encrypt", extensions=sm2_pki.ENCRYPT).pem
    return {
        "sign": {"certificate": sign, "chain": [issuing.pem], "root": root_pem},
        "encrypt": {"certificate": encrypt, "chain": [root_pem + issuing.pem.replace("\n", "\r\n")], "root": None},
    }


@pytest.fixture
def path(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, pair: Json) -> pathlib.Path:
    """A certificate's directory on a host without openssl.

    The pair is made before openssl is removed.
    """
    assert pair
    monkeypatch.setenv("PATH", "")
    assert shutil.which("openssl") is None
    return tmp_path / "contracts"


def text(path: pathlib.Path, name: str) -> str:
    return (path / "live" / name).read_text()


def test_pair_is_deployed_with_the_certificate_and_recorded(
    path: pathlib.Path, pair: Json, issuing: sm2_pki.Sm2, root_pem: str
) -> None:
    deploy_certificate(path, sm2=pair)
    assert {file.name for file in (path / "live").iterdir()} == {*scene.PUBLIC_FILES, "privkey.pem", *FILES}
    for part in ("sign", "encrypt"):
        assert text(path, f"{part}_cert.pem") == pair[part]["certificate"]
        assert text(path, f"{part}_chain.pem") == issuing.pem
        assert text(path, f"{part}_root.pem") == root_pem
        assert (path / "live" / f"{part}_cert.pem").stat().st_mode & 0o777 == 0o644
    row = info(path)
    assert set(row["record"]["live"]["files"]) >= FILES
    assert row["live"]["files"]["sign_cert.pem"] == str(path / "live" / "sign_cert.pem")


def test_the_same_pair_again_changes_nothing_and_neither_does_leaving_it_out(path: pathlib.Path, pair: Json) -> None:
    given = deploy_certificate(path, sm2=pair)
    before = tree(path)
    assert succeed(path, **given)["changed"] is False
    del given["sm2"]
    assert succeed(path, **given)["changed"] is False
    assert tree(path) == before


def test_later_pair_is_added_to_the_live_release(path: pathlib.Path, pair: Json) -> None:
    given = deploy_certificate(path)
    release = (path / "live").readlink()
    assert succeed(path, **given, sm2=pair, host=scene.Host(check_mode=True))["changed"] is True
    assert not (path / "live" / "sign_cert.pem").exists()
    result = succeed(path, **given, sm2=pair, record={"reload_pending": True})
    assert (result["changed"], result["record"]["reload_pending"]) == (True, True)
    assert (path / "live").readlink() == release
    assert set(result["record"]["live"]["files"]) >= FILES


def test_release_with_a_pair_is_pruned_and_removed_completely(path: pathlib.Path, pair: Json) -> None:
    for _time in range(4):
        deploy_certificate(path, sm2=pair, keep=2)
    # What was encrypted to a pair is decrypted by its certificate.
    assert len(list((path / "releases").iterdir())) == 4
    deploy_certificate(path, sm2=pair, keep=2, prune_encryption_keys=True)
    assert len(list((path / "releases").iterdir())) == 2
    succeed(path, "rolled_back")
    assert text(path, "sign_cert.pem") == pair["sign"]["certificate"]
    succeed(path, "absent")
    assert not path.exists()


@pytest.mark.parametrize("part", ["sign", "encrypt"])
def test_invalid_pair_stops_the_deployment(path: pathlib.Path, pair: Json, part: str) -> None:
    given = certify(prepare(path)["csr"])
    before = tree(path)
    good = {"certificate": pair["sign"]["certificate"], "chain": None, "root": None}
    for changes, code in (
        ({"certificate": "no certificate"}, "bad_certificate"),
        ({"certificate": good["certificate"].replace("M", "N", 1)}, "bad_certificate"),
        ({"root": "no certificate"}, "bad_certificate"),
        ({}, "untrusted_chain"),
    ):
        failed = call(path, **given, sm2={**pair, part: {**good, **changes}})
        assert failed["error_code"] == code, failed["msg"]
        assert f"sm2.{part}" in failed["msg"]
        assert tree(path) == before


def test_one_of_the_two_is_enough(path: pathlib.Path, pair: Json) -> None:
    deploy_certificate(path, sm2={"sign": pair["sign"]})
    assert (path / "live" / "sign_cert.pem").exists()
    assert not (path / "live" / "encrypt_cert.pem").exists()


def test_a_ukey_order_of_a_pair_alone_is_deployed_without_openssl(path: pathlib.Path, pair: Json) -> None:
    prepare(path, key={"storage": "ukey"}, record={"operation": "order"})
    succeed(path, **pair["sign"], sm2=pair, key={"storage": "ukey"})
    assert text(path, "cert.pem") == text(path, "sign_cert.pem")
    leaf = x509.load_pem_x509_certificate(text(path, "cert.pem").encode())
    assert info(path)["live"]["serial_number"] == f"{leaf.serial_number:X}"
