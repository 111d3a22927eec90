# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The variables of the connection become options of a task, and in the role those of its other options."""

from __future__ import annotations

import types
import typing as t

import pytest
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader

from ansible_collections.wotrus.pki.plugins.action import (
    wotrus_apply,
    wotrus_batch,
    wotrus_order_info,
    wotrus_preflight,
)
from ansible_collections.wotrus.pki.plugins.plugin_utils import _preflight
from ansible_collections.wotrus.pki.plugins.plugin_utils._action import ApiAction

PROXY = "http://proxy.example.com:3128"
SANDBOX = "http://127.0.0.1:8080"


def proxy_of(
    action: type[ApiAction], variables: dict[str, t.Any], environment: dict[str, t.Any] | None = None, **args: t.Any
) -> t.Any:
    """Return the proxy that a task uses."""
    task = types.SimpleNamespace(
        args={"api_token": "tk_test", **args}, _ds={"args": args}, _role=None, check_mode=False
    )
    templar = types.SimpleNamespace(template=lambda value: value)
    own: t.Any = action(task, types.SimpleNamespace(), None, DataLoader(), templar, None)
    own._task_vars = {"wotrus_proxy": PROXY, **variables}
    own._set_from_variables(environment or {})
    return task.args.get("proxy")


@pytest.mark.parametrize(
    ("options", "proxy"),
    [
        ({"variables": {"wotrus_api_url": SANDBOX}}, None),
        ({"variables": {}, "environment": {"WOTRUS_API_URL": SANDBOX}}, None),
        ({"variables": {}, "api_url": SANDBOX}, None),
        ({"variables": {"wotrus_api_url": SANDBOX}, "proxy": "http://own"}, "http://own"),
        ({"variables": {"wotrus_api_url": SANDBOX, "wotrus_proxy": "ftp://wrong"}}, "ftp://wrong"),
        ({"variables": {"wotrus_api_url": "https://restapi.example.com"}}, PROXY),
        ({"variables": {}}, PROXY),
    ],
    ids=["variable", "environment", "option", "proxy of the task", "mistake", "other host", "default"],
)
def test_proxy_of_all_hosts_is_not_used_for_loopback(options: dict[str, t.Any], proxy: str | None) -> None:
    assert proxy_of(wotrus_order_info.ActionModule, **options) == proxy


def test_url_of_the_controllers_environment_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WOTRUS_API_URL", SANDBOX)
    assert proxy_of(wotrus_order_info.ActionModule, {}) is None


def test_webhooks_use_the_proxy_beside_a_sandbox() -> None:
    assert proxy_of(wotrus_batch.ActionModule, {"wotrus_api_url": SANDBOX}, phase="webhooks") == PROXY
    assert proxy_of(wotrus_batch.ActionModule, {"wotrus_api_url": SANDBOX}, phase="wait") is None


def templar(*, broken: str) -> t.Any:
    """Return what renders templates, and cannot read one value."""

    def template(value: t.Any) -> t.Any:
        if value == broken:
            raise AnsibleError("Decryption failed (no vault secrets were found that could decrypt).")
        return value

    return types.SimpleNamespace(template=template)


def with_unreadable(action: type[ApiAction], option: str, **args: t.Any) -> t.Any:
    """Return an action, and the variable of an option cannot be decrypted."""
    task = types.SimpleNamespace(args=args, _ds={"args": args}, _role=None, check_mode=False)
    own: t.Any = action(task, types.SimpleNamespace(), None, DataLoader(), templar(broken="$ANSIBLE_VAULT"), None)
    own._task_vars = {"inventory_hostname": "one", "wotrus_api_token": "tk_test", f"wotrus_{option}": "$ANSIBLE_VAULT"}
    own._set_from_variables({})
    return own


@pytest.mark.parametrize("option", ["api_token", "api_url", "ca_path", "proxy"])
def test_preflight_sends_nothing_around_a_setting_that_cannot_be_read(
    option: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[t.Any] = []
    monkeypatch.setattr(_preflight, "check_api", lambda *arguments: calls.append(arguments) or ([], None))
    own = with_unreadable(wotrus_preflight.ActionModule, option, parts=["api"])
    params, error = own._validated()

    rows = own._everything(params, {"wotrus_certificates": [], "wotrus_api_token": "tk_test"}, [], [])["checks"]

    assert (error, calls) == (None, [])
    assert ("clock", "warning") in [(row["check"], row["result"]) for row in rows]


@pytest.mark.parametrize("option", ["ca_path", "proxy"])
def test_webhooks_are_not_sent_around_a_setting_that_cannot_be_read(option: str) -> None:
    own = with_unreadable(wotrus_batch.ActionModule, option, phase="webhooks")
    row = {"host": "one", "result": "deployed", "steps": ["deployed"], "waiting_for": None}
    play = types.SimpleNamespace(
        unreported=lambda: ["one"], order_results=lambda _hosts: [row], reported={"two"}, language="en"
    )
    play.value = lambda _name, default=None: default
    play.webhooks = lambda _host: [{"kind": "json", "url": "https://127.0.0.1:1/"}]

    result = own._notify(play, own._validated()[0], "orders")

    (warning,) = result["warnings"]
    assert warning.startswith(f"No webhook was sent. wotrus_{option} cannot be decrypted.")
    assert result["reported"] == ["two"]


def options_of(role: str, variables: dict[str, t.Any], **args: t.Any) -> dict[str, t.Any]:
    """Return the options of the task that applies, in a role of this name."""
    own_role = types.SimpleNamespace(get_name=lambda: role)
    task = types.SimpleNamespace(args=args, _ds={"args": args}, _role=own_role, check_mode=False)
    render = types.SimpleNamespace(template=lambda value: value)
    own: t.Any = wotrus_apply.ActionModule(task, types.SimpleNamespace(), None, DataLoader(), render, None)
    own._task_vars = variables
    own._set_from_variables({})
    return dict(task.args)


def test_tasks_of_the_role_take_their_options_from_its_variables() -> None:
    variables = {"wotrus_keep": 5, "wotrus_mode": "0640", "wotrus_reissue": ["contracts"]}
    options = options_of("wotrus.pki.certificate", variables, reissue=[])

    assert (options["keep"], options["mode"], options["reissue"]) == (5, "0640", [])
    assert options_of("company.signing", variables, keep=2) == {"keep": 2}


def test_empty_answer_of_a_survey_is_the_default_of_its_variable() -> None:
    options = options_of("wotrus.pki.certificate", {"wotrus_max_charged_orders": " ", "wotrus_max_reissues": None})

    assert (options["max_charged_orders"], options["max_reissues"]) == (1, 10)
