# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The check of misspelt variables knows each variable of the collection."""

from __future__ import annotations

import re

from ansible_collections.wotrus.pki.plugins.module_utils._planning.variables import OTHER_PREFIXES, PLAYBOOK_VARIABLES
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.play_results import play_results
from tests.helpers import documentation
from tests.helpers.documentation import ROOT

NAME = re.compile(r"(?<![\w.-])wotrus_[a-z0-9_]*[a-z0-9]\b")
# Groups that the playbooks create, and tags.
NO_VARIABLES = {
    "wotrus_apply",
    "wotrus_has_order",
    "wotrus_preflight",
    "wotrus_pushed",
    "wotrus_reload",
    "wotrus_reported",
    "wotrus_without_order",
}
ROLE = {name for options in documentation.role_options("certificate").values() for name in options}


def used() -> set[str]:
    """Return the names that the playbooks and the role use, without modules.

    The artifacts of a job are variables of the next one.
    """
    files = [*(ROOT / "playbooks").rglob("*.yml"), *(ROOT / "roles" / "certificate" / "tasks").glob("*.yml")]
    found = {name for file in files for name in NAME.findall(file.read_text(encoding="utf-8"))}
    found |= play_results([], check_mode=True).artifacts.keys()
    return {name for name in found if not name.startswith(OTHER_PREFIXES)} - NO_VARIABLES


def test_every_variable_is_known() -> None:
    unknown = used() - ROLE - set(PLAYBOOK_VARIABLES)

    assert unknown == set(), "document it in argument_specs.yml, or add it to PLAYBOOK_VARIABLES"


def test_every_variable_of_the_list_is_used_and_not_one_of_the_role() -> None:
    assert set(PLAYBOOK_VARIABLES) - used() <= {"wotrus_in_process", "wotrus_job_names", "wotrus_plan_summary"}
    assert not set(PLAYBOOK_VARIABLES) & ROLE
