# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The two target modules as processes, with Ansible's file options."""

from __future__ import annotations

import grp
import json
import os
import pathlib
import pwd
import subprocess
import sys

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._errors import StoreFailed
from ansible_collections.wotrus.pki.plugins.module_utils._target_module import TargetModule
from tests.unit.store import scene

MODULES = "ansible_collections.wotrus.pki.plugins.modules"


@pytest.fixture
def path(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "ssl" / "contracts"


def start(module: str, folder: pathlib.Path, *, check: bool = False, **options) -> tuple[int, str]:
    """Run a module; return its exit status and output."""
    arguments = {"ANSIBLE_MODULE_ARGS": {**options, "_ansible_check_mode": check, "_ansible_diff": True}}
    file = folder / "arguments.json"
    file.write_text(json.dumps(arguments))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-W", "ignore", "-m", f"{MODULES}.{module}", str(file)]
    ended = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    return ended.returncode, ended.stdout + ended.stderr


def run(module: str, folder: pathlib.Path, **options):
    status, output = start(module, folder, **options)
    result = json.loads(output)
    assert bool(result.get("failed")) is (status != 0)
    return result


def test_certificate_is_deployed_with_the_file_options_of_ansible(path, tmp_path) -> None:
    prepared = run("wotrus_deployment", tmp_path, path=str(path), state="prepared", subject={"common_name": "S"})
    assert prepared["request_ids"] == []
    owner, group = pwd.getpwuid(os.getuid()).pw_name, grp.getgrgid(os.getgid()).gr_name
    options = {
        "path": str(path),
        **scene.certify(prepared["csr"]),
        "owner": owner,
        "group": group,
        "mode": "u=rw,g=r,o=",
        "validate": "test -s %s/privkey.pem",
    }
    result = run("wotrus_deployment", tmp_path, **options)
    assert result["changed"] is True
    assert result["deployments"][0]["live"] == result["live"]
    for file in (path / "live").iterdir():
        assert file.stat().st_mode & 0o7777 == (0o640 if file.name in scene.PUBLIC_FILES else 0o600)
    for check in (False, True):
        assert run("wotrus_deployment", tmp_path, check=check, **options)["changed"] is False
    wider = {**options, "mode": "0644"}
    assert run("wotrus_deployment", tmp_path, check=True, **wider)["changed"] is True
    assert (path / "live" / "cert.pem").stat().st_mode & 0o777 == 0o640
    assert run("wotrus_deployment", tmp_path, **wider)["changed"] is True
    assert (path / "live" / "cert.pem").stat().st_mode & 0o777 == 0o644
    found = run("wotrus_deployment_info", tmp_path, paths=[str(path)])
    assert found["deployments"][0]["live"]["key_matches"] is True
    assert found["changed"] is False


def test_failed_or_missing_validate_command_is_reported(path, tmp_path) -> None:
    prepared = run("wotrus_deployment", tmp_path, path=str(path), state="prepared", subject={"common_name": "S"})
    options = {"path": str(path), **scene.certify(prepared["csr"])}
    for command, words in (("false %s", "exit status 1"), ("/nonexistent/check %s", "cannot be run")):
        result = run("wotrus_deployment", tmp_path, validate=command, **options)
        assert result["error_code"] == "validation_failed"
        assert words in result["msg"]
        assert scene.live_serial(path) is None


def test_reload_command_is_run_and_its_failure_is_reported(path, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("WOTRUS_API_TOKEN", "secret-token")
    first = scene.deploy_certificate(path)
    options = {"path": str(path), **scene.certify(scene.prepare(path, record={"operation": "renew"})["csr"])}
    failing = f"sh -c 'cat {path}/live/cert.pem >> {tmp_path}/read; echo no $WOTRUS_API_TOKEN.; exit 7'"
    result = run("wotrus_deployment", tmp_path, reload_command=failing, **options)
    assert result["error_code"] == "reload_failed"
    assert result["deployments"][0]["rolled_back"] is True
    assert "exit status 7" in result["msg"]
    assert result["msg"].endswith("no .")
    assert (tmp_path / "read").read_text() == options["certificate"] + first["certificate"]
    assert scene.live_serial(path) == scene.serial(first)
    working = f"cp {path}/live/cert.pem {tmp_path}/read"
    assert run("wotrus_deployment", tmp_path, check=True, reload_command=working, **options)["reloaded"] is True
    assert (tmp_path / "read").read_text() != options["certificate"]
    assert run("wotrus_deployment", tmp_path, reload_command=working, **options)["reloaded"] is True
    assert (tmp_path / "read").read_text() == options["certificate"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"owner": "no-such-user"}, "owner (wotrus_owner of the role): this host has no 'no-such-user'"),
        ({"group": "no-such-group"}, "group (wotrus_group of the role): this host has no 'no-such-group'"),
        ({"pkcs12": {"password": "x", "owner": "no-such-user"}}, "pkcs12.owner: this host has no 'no-such-user'"),
        ({"mode": "rubbish"}, "must be octal"),
        ({"mode": "0999"}, "must be octal"),
        ({"state": "prepard"}, "value of state must be one of"),
        ({"key": {"type": "DSA"}}, "RSA, ECC"),
        ({"keep": "many"}, "keep"),
        ({"deployments": []}, "mutually exclusive"),
        (
            {"test_signature": {"command": "x", "format": "pdf", "content": "none"}},
            "test_signature needs reload_command",
        ),
        ({"nonsense": 1}, "Unsupported parameters"),
    ],
)
def test_wrong_options_are_reported_before_anything_is_written(path, tmp_path, options, words) -> None:
    given = {"path": str(path), "state": "prepared", "subject": {"common_name": "S"}, **options}
    result = run("wotrus_deployment", tmp_path, **given)
    assert result["error_code"] == "invalid_input"
    assert words in result["msg"]
    assert result["request_ids"] == []
    assert not path.exists()


def test_wrong_options_of_the_info_module_are_reported(tmp_path) -> None:
    result = run("wotrus_deployment_info", tmp_path)
    assert result["error_code"] == "invalid_input"
    assert result["request_ids"] == []


def test_no_secret_is_in_anything_that_is_printed(path, tmp_path) -> None:
    key = scene.pki.ecc()
    text = scene.pem_of_key(key)
    secret = text.splitlines()[1]
    provided = {"storage": "provided", "content": text}
    common = {"path": str(path), "subject": {"common_name": "S"}, "key": provided}
    _status, output = start("wotrus_deployment", tmp_path, state="prepared", **common)
    assert secret not in output
    csr = json.loads(output)["csr"]
    for pkcs12 in ({"password": "correct-horse"}, {"password": "correct-horse", "nonsense": 1}):
        options = {**common, **scene.certify(csr), "pkcs12": pkcs12}
        _status, output = start("wotrus_deployment", tmp_path, **options)
        assert secret not in output
        assert "correct-horse" not in output
    ukey = {"path": str(path.parent / "ukey"), "key": {"storage": "ukey"}, "state": "prepared"}
    for password in ("correct-horse", "battery-staple"):
        _status, output = start("wotrus_deployment", tmp_path, ukey_password=password, **ukey)
        assert "correct-horse" not in output
        assert "battery-staple" not in output


def test_failure_in_the_code_of_ansible_leaves_a_consistent_state() -> None:
    module = TargetModule.__new__(TargetModule)
    module.working = True
    with pytest.raises(StoreFailed, match=r"^chown failed: /srv/cert\.pem: not permitted$"):
        module.fail_json("chown failed", path="/srv/cert.pem", details="not permitted")


def test_code_of_ansible_gets_the_unchanged_path_and_the_right_mode() -> None:
    class Module(TargetModule):
        def __init__(self) -> None:
            self.given: list[dict] = []

        def load_file_common_arguments(self, params, path):
            return {**params, "path": f"expanded {path}"}

        def set_fs_attributes_if_different(self, arguments, *, changed, expand):
            assert expand is False
            self.given.append(arguments)
            return not changed

    module = Module()
    options = dict.fromkeys(("owner", "group", "setype"))
    for mode in (None, 0o640):
        set_attributes = module.file_attributes({**options, "mode": mode})
        assert set_attributes(pathlib.Path("/srv/~$HOME/cert.pem"), private=False) is True
        assert set_attributes(pathlib.Path("/srv/~$HOME/privkey.pem"), private=True) is True
    assert [given["mode"] for given in module.given] == [0o644, 0o600, 0o640, 0o600]
    assert {given["path"] for given in module.given} == {"/srv/~$HOME/cert.pem", "/srv/~$HOME/privkey.pem"}
    bundle = module.file_attributes({**options, "mode": "0644"}, private_mode=0o640)
    bundle(pathlib.Path("/srv/bundle.p12"), private=True)
    assert module.given[-1]["mode"] == 0o640
