# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each option is documented with its unit and real default.

ansible-doc, editors and ansible-navigator show it.
"""

from __future__ import annotations

import importlib
import re
from typing import Any

import pytest
import yaml

from ansible_collections.wotrus.pki.plugins.module_utils import _module
from ansible_collections.wotrus.pki.plugins.module_utils._deployment import host_readiness, info, options
from tests.helpers import documentation
from tests.helpers.documentation import Options, all_options, description, suboptions
from tests.helpers.examples import examples

PLUGINS = "ansible_collections.wotrus.pki.plugins"
OPERATIONS = {
    "wotrus_apply": "module_utils._workflow.apply",
    "wotrus_batch": "plugin_utils._batch",
    "wotrus_plan_info": "module_utils._planning.plan",
    "wotrus_preflight": "module_utils._workflow.preflight",
}
MODULES = documentation.module_names()
DESCRIBED: dict[str, Options] = {
    **{name: documentation.module_options(name) for name in MODULES},
    **{
        f"filter {path.stem}": documentation.filter_options(path.stem)
        for path in documentation.PLUGINS.glob("filter/*.yml")
    },
    **{
        f"role {role} {name}": options
        for role in documentation.ROLES
        for name, options in documentation.role_options(role).items()
    },
}


def test_every_option_has_a_description_in_sentences() -> None:
    for name in DESCRIBED:
        assert [
            path
            for path, option in all_options(DESCRIBED[name])
            if not description(option).rstrip().endswith((".", ")"))
        ] == []


def argument_spec(name: str) -> dict[str, Any]:
    """Return the argument spec that the code of a module has."""
    if name == "wotrus_deployment":
        return options.argument_spec()
    if name == "wotrus_deployment_info":
        return info.ARGUMENTS
    if name == "wotrus_host_info":
        return host_readiness.ARGUMENTS
    path = OPERATIONS.get(name, f"module_utils._orders.{name.removeprefix('wotrus_')}")
    return _module.argument_spec(importlib.import_module(f"{PLUGINS}.{path}").OPERATION)


def facts(options: Options) -> dict[str, Any]:
    """Return of each option what documentation and code have to agree on."""
    return {
        name: (
            option.get("type", "str"),
            option.get("default"),
            bool(option.get("required")),
            list(option.get("choices") or []),
            option.get("elements"),
            facts(suboptions(option) or {}),
        )
        for name, option in options.items()
    }


def test_a_module_documents_what_its_code_takes() -> None:
    for name in MODULES:
        assert facts(DESCRIBED[name]) == facts(argument_spec(name))


def test_every_return_value_has_a_sample() -> None:
    for name in MODULES:
        values = dict(all_options(documentation.module_texts(name)["RETURN"]))
        described = {path: one for path, one in values.items() if "contains" not in one}

        assert [path for path, one in described.items() if one.get("sample") in (None, "", {})] == []
        # Modules for hosts call no API.
        assert {path for path, one in described.items() if one["sample"] == []} <= {"request_ids"}


def test_the_role_shows_the_example_of_its_readme() -> None:
    role = documentation.ROLES["certificate"]
    specs = yaml.safe_load((role / "meta" / "argument_specs.yml").read_text("utf-8"))["argument_specs"]

    assert yaml.safe_load(specs["main"]["examples"]) == examples(role / "README.md")[0].data


def test_the_readme_of_the_role_has_each_variable_in_its_group_with_an_example() -> None:
    role = documentation.ROLES["certificate"]
    specs = (role / "meta" / "argument_specs.yml").read_text("utf-8").partition("\n  status:\n")[0]
    sections = (role / "README.md").read_text("utf-8").split("\n### ")[1:]
    defaults = (role / "defaults" / "main.yml").read_text("utf-8").partition("# ---- The report")[0]

    groups = _groups(specs, r"^      (wotrus_\w+):")
    assert [name for names in groups.values() for name in names] == list(
        documentation.role_options("certificate")["main"]
    )
    assert {
        title: re.findall(r"`(wotrus_\w+)`", text.partition("\n\n")[0])
        for title, _line, text in (section.partition("\n\n") for section in sections)
    } == groups
    in_defaults = _groups(defaults, r"^(wotrus_\w+):")
    assert in_defaults == {
        title: given for title, names in groups.items() if (given := [one for one in names if f"\n{one}:" in defaults])
    }
    for title, section in zip(groups, sections, strict=True):
        (shown,) = re.findall(r"^```yaml\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
        assert set(yaml.safe_load(shown)) & set(groups[title])


def _groups(text: str, name: str) -> dict[str, list[str]]:
    """Return the names below each comment of a group."""
    parts = re.split(r"^ *# ---- (.+)\n", text, flags=re.MULTILINE)[1:]
    return {title: re.findall(name, part, re.MULTILINE) for title, part in zip(parts[::2], parts[1::2], strict=True)}


@pytest.mark.parametrize("role", documentation.ROLES)
def test_a_role_documents_the_defaults_that_it_has(role: str) -> None:
    defaults = yaml.safe_load((documentation.ROLES[role] / "defaults" / "main.yml").read_text("utf-8"))
    documented_defaults = {
        name: option["default"]
        for options in documentation.role_options(role).values()
        for name, option in options.items()
        if "default" in option
    }

    # The descriptions explain defaults that are computed.
    assert documented_defaults == {name: value for name, value in defaults.items() if "{{" not in str(value)}
