# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options that say who applies, with which documents, and what a run may do.

They are described once, in the specification of the role. Ansible reads that file by itself, without fragments.
"""

from __future__ import annotations

import json
import pathlib
import re
import typing as t

from ansible.module_utils.common.yaml import yaml_load

_SPEC = pathlib.Path(__file__).parents[2] / "roles" / "certificate" / "meta" / "argument_specs.yml"
_NOT_DOCUMENTED = ("no_log", "options", "mutually_exclusive", "required_one_of", "required_by")


def _documentation(options: dict[str, t.Any]) -> dict[str, t.Any]:
    """Return a role's options as a module documents them.

    A reference to a variable of the role becomes one to the module's option.
    """
    described: dict[str, t.Any] = {}
    for name, option in options.items():
        texts = option["description"]
        described[name] = {key: value for key, value in option.items() if key not in _NOT_DOCUMENTED}
        described[name]["description"] = [
            re.sub(r"O\(wotrus_", "O(", text) for text in ([texts] if isinstance(texts, str) else texts)
        ]
        if "options" in option:
            described[name]["suboptions"] = _documentation(option["options"])
    return described


_VARIABLES = _documentation(yaml_load(_SPEC.read_text("utf-8"))["argument_specs"]["main"]["options"])
_OF_A_RUN = (
    *("order_namespace", "replace_orders", "keys_since", "actions", "deploy_window"),
    *("alarm_days", "alarm_waiting_days", "verification", "check_revocation", "revocation_networks"),
    "key_home",
)


def _entry() -> dict[str, t.Any]:
    options: dict[str, t.Any] = _VARIABLES["wotrus_certificates"]["suboptions"]
    # The role may always place an order. A module may adopt one, or cancel it.
    del options["organization"]["required"]
    options["organization"]["description"].append("Required if an order may be placed.")
    return options


_ENTRY = _entry()
_CERTIFICATES = {
    "description": "The host's certificates, as in C(wotrus_certificates) of the role P(wotrus.pki.certificate#role).",
    "type": "list",
    "elements": "dict",
    "required": True,
    "suboptions": _ENTRY,
}


class ModuleDocFragment:
    """Documentation of the organization and of the documents, of entries, and of the variables of a run."""

    DOCUMENTATION: str = json.dumps({"options": {name: _ENTRY[name] for name in ("organization", "documents")}})

    ENTRIES: str = json.dumps({"options": {"certificates": _CERTIFICATES}})

    VARIABLES: str = json.dumps({"options": {name: _VARIABLES[f"wotrus_{name}"] for name in _OF_A_RUN}})
