# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An error of the collection on a host ends with its certificate, and stops no other."""

from __future__ import annotations

import pathlib

from ansible_collections.wotrus.pki.plugins.module_utils._deployment import info
from tests.unit.store import scene


def test_error_of_the_collection_stops_no_other_deployment(tmp_path: pathlib.Path) -> None:
    items = []
    for name in ("bad", "good"):
        scene.deploy_certificate(tmp_path / name)
        csr = scene.prepare(tmp_path / name, record={"operation": "renew"})["csr"]
        items.append({"path": str(tmp_path / name), "reload_command": "reload", **scene.certify(csr)})

    def faulty(path: pathlib.Path, *, private: bool) -> bool:
        if "bad" in path.parts:
            raise RuntimeError("made by a test")
        return scene.set_mode(path, private=private)

    host = scene.Host(set_attributes=faulty)
    result = scene.deploy(scene.params(deployments=items), host)

    bad, good = result["deployments"]
    assert (bad["error_code"], bad["reloaded"], good["reloaded"]) == ("internal_error", False, True)
    assert "RuntimeError: made by a test" in bad["msg"]
    assert bad["state_digest"] is not None
    assert result["exception"].endswith("RuntimeError")
    assert "faulty" in result["exception"]
    assert scene.live_serial(tmp_path / "good") == scene.serial(items[1])
    assert scene.live_serial(tmp_path / "bad") is not None


def test_error_of_the_collection_hides_no_other_directory(tmp_path: pathlib.Path, monkeypatch) -> None:
    for name in ("bad", "good"):
        scene.deploy_certificate(tmp_path / name)
    read = info.read_state

    def faulty(layout, row):
        if layout.path.name == "bad":
            raise RuntimeError("made by a test")
        return read(layout, row)

    monkeypatch.setattr(info, "read_state", faulty)

    bad, good = info.deployments_info({"paths": [str(tmp_path / name) for name in ("bad", "good")]})["deployments"]

    assert (bad["error_code"], good.get("error_code")) == ("internal_error", None)
    assert good["live"] is not None
