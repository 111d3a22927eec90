# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A person can follow each next step of a plan or a result."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._texts import by_code

from .persons import STEPS

TESTS = Path(__file__).resolve().parents[1]
PLUGINS = TESTS.parent / "plugins" / "module_utils"
FILES = [file for folder in ("_planning", "_workflow") for file in (PLUGINS / folder).glob("*.py")]
# A test of its own follows these.
ELSEWHERE = {
    # tests/integration/test_planned.py: a plan that became stale is planned again.
    "Make a new plan, and have it approved.",
    # tests/simulation/test_identity.py: the owner of an order that two hosts claim is named.
    (
        "If the order is for this host, set order_id in its entry to {order_id}. Otherwise move the record of this "
        "host away."
    ),
}


def steps(tree: ast.Module) -> set[str]:
    """Return the texts of the messages that code uses as next steps."""
    values = [node.value for node in ast.walk(tree) if isinstance(node, ast.keyword) and node.arg == "next_step"]
    messages = [
        call.args[0]
        for value in values
        for call in ast.walk(value)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "Message"
    ]
    return {
        part.value
        for message in messages
        for part in ast.walk(message)
        if isinstance(part, ast.Constant) and isinstance(part.value, str)
    }


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_each_next_step_can_be_followed(file: Path) -> None:
    if file.stem == "preflight":
        # Its steps are for a person at the keyboard: tests/integration/test_preflight.py.
        return
    assert steps(ast.parse(file.read_text(encoding="utf-8"))) <= {*STEPS, *ELSEWHERE}


FOLLOWED = {
    "cancel_refused": (
        "unit/orders/test_on_sandbox_cancel.py",
        "test_refusal_is_a_failure_with_the_reason_of_the_server",
    ),
    "command_failed": ("unit/store/test_external.py", "test_failing_install_leaves_the_former_release"),
    "invalid_document": ("unit/orders/test_on_sandbox_revoke.py", "test_png_is_no_evidence"),
    "invalid_key": ("unit/store/test_prepared.py", "test_unsuitable_provided_key_is_refused_and_not_shown"),
    "orders_stopped": ("simulation/test_contradiction.py", "test_run_without_that_certificate_orders_the_others"),
    "order_not_issued": ("unit/orders/test_on_sandbox_revoke.py", "test_email_is_sent_for_an_issued_order"),
    "pin_refused": ("unit/store/test_token.py", "test_wrong_pin_is_tried_once_by_all_entries_and_runs"),
    "signing_failed": ("unit/store/test_reload.py", "test_a_service_of_a_killed_run_is_reloaded_and_tried_by_the_next"),
    "sm2_unavailable": (
        "unit/orders/test_on_sandbox_sm2.py",
        "test_without_openssl_a_pair_is_neither_trusted_nor_called_untrusted",
    ),
    "token_failed": ("unit/store/test_token.py", "test_failed_signature_restores_the_former_release"),
    "token_unavailable": ("unit/store/test_token.py", "test_label_of_two_tokens_needs_a_slot"),
    "unauthorized": ("unit/orders/test_on_sandbox_order.py", "test_a_wrong_token_is_unauthorized_and_is_not_shown"),
    "untrusted_chain": (
        "unit/orders/test_on_sandbox_certificate.py",
        "test_a_chain_to_another_root_than_the_anchor_is_untrusted",
    ),
    "validation_failed": ("unit/store/test_present.py", "test_release_that_validate_refused_can_be_deployed_later"),
    "weak_certificate": (
        "unit/store/test_present.py",
        "test_leaf_that_is_a_ca_is_deployed_only_with_compatible_verification",
    ),
}
"""Error codes that no history reaches, and the test in which a person does what their next step says."""

SHOWN = {
    "certificate_revoked": ("unit/planning/test_plan.py", "test_what_readers_see_is_an_alarm"),
    "error": ("unit/texts/test_messages.py", "test_every_error_code_has_a_next_step"),
    "forbidden": ("unit/manual/test_calls.py", "test_an_account_that_is_refused_has_an_error_code_for_each_refusal"),
    "hostile_facts": ("unit/module/test_parity.py", "test_host_with_facts_that_would_replace_variables_is_refused"),
    "internal_error": (
        "unit/workflow/test_internal_error.py",
        "test_error_of_the_collection_stops_no_other_certificate",
    ),
    "issuer_revoked": (
        "simulation/test_revocation.py",
        "test_revoked_intermediate_fails_each_run_until_it_is_replaced",
    ),
    "missing_library": ("integration/test_bad_input.py", "test_targets_on_which_no_module_runs"),
    "not_sent": ("unit/orders/test_on_sandbox_revoke.py", "test_email_is_sent_once_and_never_reported_without_proof"),
    "revocation_refused": ("unit/orders/test_on_sandbox_revoke.py", "test_refused_revocation_is_a_failure"),
    "revocation_unknown": ("simulation/test_revocation.py", "test_addresses_that_do_not_answer_are_a_warning"),
    "tls_failed": ("unit/client/test_transport.py", "test_without_a_ca_the_message_names_the_option"),
    "unsafe_path": ("unit/store/test_ownership.py", "test_key_that_another_user_could_replace_is_not_imported"),
}
"""The others, of which a test only shows the failure."""


def exists(file: str, function: str) -> bool:
    """Return whether a test exists."""
    return f"def {function}(" in (TESTS / file).read_text(encoding="utf-8")


def test_each_error_code_has_a_step_that_can_be_followed_or_a_named_test() -> None:
    assert {code for code, step in by_code._NEXT_STEPS.items() if step.english not in STEPS} == {*FOLLOWED, *SHOWN}
    assert [name for name in (*FOLLOWED.values(), *SHOWN.values()) if not exists(*name)] == []
