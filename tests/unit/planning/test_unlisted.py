# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a host claims about folders that no entry names."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._orders.operation import HostAnswer, Run
from ansible_collections.wotrus.pki.plugins.module_utils._planning.plan import OPERATION
from tests.helpers.operations import Runner
from tests.unit.planning.entries import ID


def planned(runner: Runner, row: t.Any, **options: t.Any) -> tuple[t.Any, list[tuple[str | None, str]]]:
    """Return the folders that no entry names, and the warnings, of a plan for a host that answers with a row."""
    run = Run(inspect_host=lambda paths, _keys, **_asked: HostAnswer([{"path": path} for path in paths], row))
    result = dataclasses.replace(runner, surroundings=run)(
        OPERATION, base_dir="~/ssl", host="signer1", certificates=[], **options
    )
    return result["unlisted"], [(notice["name"], notice["msg"]) for notice in result["notices"]]


def test_folder_is_a_warning_with_its_claims(run_scripted: Runner) -> None:
    claim = {"name": "invoices", "order_id": ID, "expires": "2026-12-11T15:31:09Z"}
    (found,), ((name, msg),) = planned(run_scripted, {"path": "/home/signer/ssl", "unlisted": [claim]})

    assert {field: found[field] for field in ("name", "path", "order_id", "expires")} == {
        **claim,
        "path": "~/ssl/invoices",
    }
    assert (name, msg) == ("invoices", found["msg"])
    assert f"order {ID} ends on 2026-12-11" in msg


@pytest.mark.parametrize("name", [None, 5, "", "../contracts", "a/b", "{{ 1 }}", "a\nb", "a" * 101, "kept", ["a"]])
def test_claim_without_a_plain_name_is_left_out(run_scripted: Runner, name: t.Any) -> None:
    rows = [{"name": name, "order_id": ID}, name]
    assert planned(run_scripted, {"unlisted": rows}, unlisted_certificates=["kept"]) == ([], [])


@pytest.mark.parametrize("value", [5, [], {}, "{{ 1 }}", "x" * 10_000, "2026-13-01T00:00:00Z", "\x00"])
def test_other_claims_that_cannot_be_used_are_null(run_scripted: Runner, value: t.Any) -> None:
    claim = {"name": "invoices", "order_id": value, "expires": value}
    (found,), _warnings = planned(run_scripted, {"unlisted": [claim]})
    assert (found["order_id"], found["expires"]) == (None, None)


@pytest.mark.parametrize("row", [None, [], "x", {}, {"unlisted": None}, {"unlisted": {}}, {"unlisted": "abc"}])
def test_answer_of_another_form_has_no_folders(run_scripted: Runner, row: t.Any) -> None:
    assert planned(run_scripted, row) == ([], [])


def test_number_of_claims_is_bounded_and_each_name_counts_once(run_scripted: Runner) -> None:
    rows = [{"name": "invoices"}, *({"name": f"c{number}"} for number in range(5000)), {"name": "invoices"}]
    found, warnings = planned(run_scripted, {"unlisted": [*rows[:1], *rows]})
    assert len(found) == len(warnings) == 99


SAID = "The host said: «ssl: Permission denied»."


def test_base_directory_that_the_host_cannot_read_is_a_warning(run_scripted: Runner) -> None:
    row = {"unlisted": [], "error_code": "store_failed", "msg": "ssl: Permission denied."}
    assert planned(run_scripted, row) == (
        [],
        [(None, f"It is not known whether ~/ssl has certificates that no entry names. {SAID}")],
    )
