# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Services in containers get the live files as guide_containers does it, and the former ones if that fails."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.helpers.examples import examples

from .cluster import DEPLOYMENT, NAMESPACE, SECRET, Cluster
from .harness import ROOT, Folder, Site, entry

EXAMPLES = {one.caption: one.text for one in examples(ROOT / "docs" / "docsite" / "rst" / "guide_containers.rst")}
PROGRAMS = ROOT / "docs" / "examples" / "containers"
with_kubectl = pytest.mark.skipif(not shutil.which("kubectl"), reason="kubectl is not installed")
with_podman = pytest.mark.skipif(
    not shutil.which("podman")
    or subprocess.run(["podman", "secret", "ls"], capture_output=True, check=False).returncode != 0,
    reason="podman is not installed, or not usable here",
)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    folder = tmp_path / "cluster"
    folder.mkdir()
    one = Cluster(folder, yaml.safe_load(EXAMPLES["role.yml"])["rules"])
    yield one
    one.close()


def files(folder: Folder) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.live.iterdir()}


def reload_of(cluster: Cluster, folder: Folder, document: Path) -> dict[str, Any]:
    """Return ``reload`` of the guide's entry."""
    changes = {"/etc/signer/kubeconfig": cluster.kubeconfig, "/etc/signer/test.txt": document}
    return reload_in("Kubernetes, group_vars", folder, changes)


def reload_in(caption: str, folder: Folder, changes: Mapping[str, object]) -> dict[str, Any]:
    text = EXAMPLES[caption]
    own = {"/usr/local/bin": PROGRAMS, "/etc/ssl/wotrus/contracts/live": folder.live}
    for old, new in {**own, **changes}.items():
        assert old in text
        text = text.replace(old, str(new))
    reload: dict[str, Any] = yaml.safe_load(text)["wotrus_certificates"][0]["reload"]
    return reload


@with_kubectl
def test_a_secret_of_kubernetes_follows_the_live_files_and_the_pod_signs_with_them(
    site: Site, cluster: Cluster, tmp_path: Path
) -> None:
    document = tmp_path / "test.txt"
    host = site.host()
    folder = host.folder()
    reload = reload_of(cluster, folder, document)
    site.variables["wotrus_certificates"] = [entry(reload=reload)]

    first = site.issue("-vvv")

    assert first.result()["steps"] == ["prepared", "ordered", "reloaded", "deployed"]
    assert cluster.secret == files(folder)
    assert cluster.rollouts == 1
    assert [path.partition("/namespaces/")[2] for path in cluster.requests] == [
        f"{NAMESPACE}/secrets/{SECRET}",
        f"{NAMESPACE}/deployments/{DEPLOYMENT}",
        f"{NAMESPACE}/services/{DEPLOYMENT}:8080/proxy/sign",
    ]
    assert "PRIVATE KEY" not in first.output

    # The same files again restart nothing.
    subprocess.run(["/bin/sh", "-c", reload["command"]], check=True, capture_output=True)
    assert (cluster.rollouts, cluster.secret) == (1, files(folder))

    site.issue(variables={"wotrus_reissue": ["contracts"]})
    assert (cluster.rollouts, cluster.secret) == (2, files(folder))

    good, cluster.is_stuck = files(folder), True
    stuck = site.run(variables={"wotrus_reissue": ["contracts"]})
    assert (stuck.code, stuck.result()["error_code"]) == (2, "reload_failed")
    assert "exceeded its progress deadline" in stuck.result()["msg"]
    assert files(folder) == cluster.secret == good
    assert cluster.rollouts == 4

    # The new pods keep the former key.
    cluster.is_stuck, cluster.keeps_key = False, True
    kept = site.run()
    assert (kept.code, kept.result()["error_code"]) == (2, "signing_failed")
    assert "rolled_back" in kept.result()["steps"]
    assert files(folder) == cluster.secret == good
    assert cluster.rollouts == 6


@with_kubectl
def test_a_wrong_place_in_the_cluster_is_rolled_back(site: Site, cluster: Cluster, tmp_path: Path) -> None:
    host = site.host()
    site.given()
    release = host.folder().release
    reload = reload_of(cluster, host.folder(), tmp_path / "test.txt")
    command = reload["command"].replace(NAMESPACE, "staging")
    site.variables["wotrus_certificates"] = [entry(reload={"command": command})]

    run = site.run(variables={"wotrus_reissue": ["contracts"]})

    assert (run.code, run.result()["error_code"], host.folder().release) == (2, "reload_failed", release)
    assert (cluster.secret, cluster.rollouts) == ({}, 0)


@pytest.mark.parametrize(("further", "wait"), [((), "45s"), (("30s",), "30s")])
def test_each_call_of_kubectl_ends_in_time(tmp_path: Path, further: tuple[str, ...], wait: str) -> None:
    kubectl, log = tmp_path / "kubectl", tmp_path / "calls"
    kubectl.write_text(f'#!/bin/sh\necho "$@" >>{log}\n')
    kubectl.chmod(0o755)
    live = tmp_path / "live"
    live.mkdir()
    (live / "cert.pem").touch()
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    program = [PROGRAMS / "wotrus-kubernetes", live, "staging", "signer", "deployment/signer", *further]
    subprocess.run(program, check=True, env=environment)
    # The first one sends nothing, and the last one waits.
    _local, *calls, rollout = log.read_text().splitlines()
    assert [("--request-timeout 10s" in call) for call in calls] == [True, True]
    assert rollout.endswith(f"rollout status deployment/signer --timeout {wait}")


@with_podman
def test_a_secret_of_podman_goes_with_its_file(tmp_path: Path) -> None:
    live, prefix = tmp_path / "live", f"wotrus-test-{os.getpid()}"
    live.mkdir()
    for name in ("cert.pem", "bundle.p12"):
        (live / name).write_text(name)

    def run() -> set[str]:
        subprocess.run([PROGRAMS / "wotrus-podman", live, prefix, "true"], check=True, capture_output=True)
        names = subprocess.run(["podman", "secret", "ls", "--format", "{{.Name}}"], capture_output=True, check=True)
        return {name for name in names.stdout.decode().split() if name.startswith(prefix)}

    try:
        assert run() == {f"{prefix}-{name}" for name in ("cert.pem", "bundle.p12", "done")}
        (live / "bundle.p12").unlink()
        assert run() == {f"{prefix}-{name}" for name in ("cert.pem", "done")}
    finally:
        names = [f"{prefix}-{name}" for name in ("cert.pem", "bundle.p12", "done")]
        subprocess.run(["podman", "secret", "rm", "--ignore", *names], check=False, capture_output=True)


@with_podman
def test_secrets_of_podman_follow_the_live_files(site: Site, tmp_path: Path) -> None:
    prefix = f"wotrus-test-{os.getpid()}"
    host = site.host()
    folder = host.folder()
    log, broken = tmp_path / "restarts", tmp_path / "broken"
    restart = shlex.join(["/bin/sh", "-c", f"echo restarted >>{log}; test ! -e {broken}"])
    changes = {" signer systemctl": f" {prefix} systemctl", "systemctl restart signer": restart}
    reload = reload_in("Podman, group_vars", folder, changes)
    site.variables["wotrus_certificates"] = [entry(reload=reload)]

    def secrets() -> dict[str, bytes]:
        return {
            name: _podman("secret", "inspect", "--showsecret", "--format", "{{json .SecretData}}", f"{prefix}-{name}")
            for name in files(folder)
        }

    try:
        site.issue()
        assert secrets() == files(folder)
        subprocess.run(shlex.split(reload["command"]), check=True, capture_output=True)
        assert log.read_text().count("restarted") == 1
        good = files(folder)
        broken.touch()
        failed = site.run(variables={"wotrus_reissue": ["contracts"]})
        assert (failed.code, failed.result()["error_code"]) == (2, "reload_failed")
        assert files(folder) == secrets() == good
        broken.unlink()
        site.issue(variables={"wotrus_reissue": ["contracts"]})
        assert secrets() == files(folder) != good
    finally:
        names = [f"{prefix}-{name}" for name in (*files(folder), "done")]
        subprocess.run(["podman", "secret", "rm", "--ignore", *names], check=False, capture_output=True)


def _podman(*words: str) -> bytes:
    shown = subprocess.run(["podman", *words], check=True, capture_output=True).stdout
    data: str = json.loads(shown)
    return data.encode()
