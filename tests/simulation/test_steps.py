# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A person can follow each next step of a plan or a result."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from .persons import STEPS

PLUGINS = Path(__file__).resolve().parents[2] / "plugins" / "module_utils"
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
