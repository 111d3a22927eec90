# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The specification of the role ``certificate``: the one of its variables and of an entry of ``wotrus_certificates``.

Only the controller has its file.
"""

from __future__ import annotations

import pathlib
import typing as t

from ansible.module_utils.common.yaml import HAS_YAML, yaml_load

_FILE = pathlib.Path(__file__).parents[2] / "roles" / "certificate" / "meta" / "argument_specs.yml"
_EMPTY: dict[str, t.Any] = {"main": {"options": {"wotrus_certificates": {"options": {}}}}}

SPECS: t.Mapping[str, t.Any] = yaml_load(_FILE.read_text("utf-8"))["argument_specs"] if HAS_YAML else _EMPTY
"""The argument specs by entry point."""

_ENTRY: t.Mapping[str, t.Any] = SPECS["main"]["options"]["wotrus_certificates"]["options"]

# Ansible's words about one that is null do not say what it is for.
ENTRY_ARGUMENTS = {**_ENTRY, "organization": {**_ENTRY.get("organization", {}), "required": False}}
"""The argument spec of an entry."""


def role_arguments(*names: str) -> dict[str, t.Any]:
    """Return options of a module that are variables of the role, which have the prefix ``wotrus_``."""
    variables: t.Mapping[str, t.Any] = SPECS["main"]["options"]
    return {name: variables[f"wotrus_{name}"] for name in names if f"wotrus_{name}" in variables}
