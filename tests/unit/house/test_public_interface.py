# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The public interface, as public_interface.yml beside this file lists it, so that a review sees each change of it.

WOTRUS_WRITE_INTERFACE=1 writes the list. The guide on releases says what a change of it means.
"""

from __future__ import annotations

import dataclasses
import os
import re
from pathlib import Path
from typing import Any

import yaml

from ansible_collections.wotrus.pki.plugins.module_utils._client.journal import Journal
from ansible_collections.wotrus.pki.plugins.module_utils._client.webhook import DINGTALK, FEISHU, JSON, WECOM
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import (
    VERSION,
    LiveCertificate,
    PendingOrder,
    Record,
)
from ansible_collections.wotrus.pki.plugins.module_utils._report import prometheus
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.notification import notification
from tests.helpers import documentation
from tests.helpers.documentation import Options, all_options
from tests.helpers.guides import ROOT, explained_codes, explained_plans, guide

LIST = Path(__file__).with_name("public_interface.yml")
HEADER = """\
---
# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# WOTRUS_WRITE_INTERFACE=1 pytest tests/unit/house/test_public_interface.py writes this file.
"""
PRIVATE_MODULES = {"wotrus_batch"}
ENVIRONMENT = re.compile(r"\bE\((WOTRUS_\w+)\)")


class Indented(yaml.SafeDumper):
    """Indents the items of a list, as yamllint wants it."""

    def increase_indent(self, *arguments: Any, **_options: Any) -> None:
        """Begin a level."""
        super().increase_indent(*arguments[:1], indentless=False)


class Row(dict[str, Any]):
    """A row of a report in which each value is known."""

    def __missing__(self, name: str) -> Any:
        """Return a value that is valid for the field."""
        if name == "revocation_answers":
            return [Row()]
        if name == "signed_documents":
            return Row(signers=[Row(documents=1)], found=1)
        return [] if name in ("superseded", "encryption_keys", "notices", "unlisted") else "2026-12-01T00:00:00Z"


def described(options: Options) -> dict[str, str]:
    """Return each option by its path, with what a caller has to know of it."""
    return {path: option_facts(option) for path, option in all_options(options)}


def option_facts(option: dict[str, Any]) -> str:
    """Return type, need, choices and default of an option as one line."""
    words = [option.get("type", "str")]
    words += [f"of {option['elements']}"] if "elements" in option else []
    words += ["required"] if option.get("required") else []
    words += [f"one of {', '.join(map(str, option['choices']))}"] if option.get("choices") else []
    words += [f"default {option['default']!r}"] if "default" in option else []
    return ", ".join(words).replace(", of ", " of ")


def modules() -> dict[str, Any]:
    """Return options and return values of the modules."""
    return {
        name: {
            "options": described(documentation.module_options(name)),
            "returns": [path for path, _value in all_options(documentation.module_texts(name)["RETURN"])],
        }
        for name in documentation.module_names()
        if name not in PRIVATE_MODULES
    }


def roles() -> dict[str, Any]:
    """Return the variables of the roles by entry point."""
    specs = {
        path.parents[1].name: yaml.safe_load(path.read_text(encoding="utf-8"))["argument_specs"]
        for path in sorted((ROOT / "roles").glob("*/meta/argument_specs.yml"))
    }
    return {
        role: {entry_point: described(spec.get("options", {})) for entry_point, spec in entry_points.items()}
        for role, entry_points in specs.items()
    }


def metrics() -> dict[str, list[str]]:
    """Return the labels of each metric."""
    report = {"generated_at": "2026-12-01T00:00:00Z", "certificates": [Row(hints=["unpaid"])], "hosts": [Row()]}
    found = prometheus._metrics(report)
    return {f"wotrus_{name}": sorted(samples[0][0]) for name, _words, samples in found}


def journal_fields() -> list[str]:
    """Return the fields of the journal's lines, which a guide explains."""
    with Journal().call("create", {}) as call:
        own = set(call.fields)
    table = guide("guide_orders").partition("\nThe journal\n")[2].partition("A field is ``null``")[0]
    rows = re.findall(r"^  \* - (``.*)$", table, re.MULTILINE)
    explained = {name for row in rows for name in re.findall(r"``(\w+)``", row)}
    assert own <= explained | {"call"}
    return sorted(explained)


def interface() -> dict[str, Any]:
    """Return the whole public interface as plain data."""
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / "plugins").rglob("*.py")]
    result = {"host": "signer1", "name": "contracts", "result": "deployed", "waiting_for": None, "steps": []}
    message = notification([result]).document(JSON)
    exit_codes = re.findall(r"__wotrus_exit_code: (\d+)", (ROOT / "roles/certificate/tasks/show_plan.yml").read_text())
    return {
        "modules": modules(),
        "roles": roles(),
        "filters": {
            path.stem: described(documentation.filter_options(path.stem))
            for path in sorted((ROOT / "plugins" / "filter").glob("*.yml"))
        },
        "callbacks": sorted(path.stem for path in (ROOT / "plugins" / "callback").glob("*.py")),
        "playbooks": sorted(path.stem for path in (ROOT / "playbooks").glob("*.yml")),
        "environment": sorted({name for text in texts for name in ENVIRONMENT.findall(text)}),
        "error_codes": explained_codes("guide_errors"),
        "reasons": sorted({f"{action} {reason}" for action, reason in explained_plans("guide_errors")}),
        "exit_codes": {"exit_code": sorted(set(map(int, exit_codes)))},
        "record": {
            "version": VERSION,
            "fields": [field.name for field in dataclasses.fields(Record)],
            "pending": [field.name for field in dataclasses.fields(PendingOrder)],
            "live and superseded": [field.name for field in dataclasses.fields(LiveCertificate)],
        },
        "metrics": metrics(),
        "journal": journal_fields(),
        "webhooks": {
            "kinds": sorted([DINGTALK, FEISHU, JSON, WECOM]),
            "json": [*message, *(f"certificates.{name}" for name in message["certificates"][0])],
        },
    }


def test_public_interface_is_the_committed_one() -> None:
    found = interface()
    if os.environ.get("WOTRUS_WRITE_INTERFACE") == "1":
        written = yaml.dump(found, Dumper=Indented, allow_unicode=True, width=140, sort_keys=False)
        LIST.write_text(HEADER + written, encoding="utf-8")
    committed = yaml.safe_load(LIST.read_text(encoding="utf-8"))

    for part in found:
        assert found[part] == committed[part], (
            f"{part} changed. WOTRUS_WRITE_INTERFACE=1 writes {LIST.name}; guide_releases says what a change means."
        )
    assert list(found) == list(committed)


def test_what_is_public_has_no_private_name() -> None:
    public = interface()

    names = [*public["modules"], *public["filters"], *public["playbooks"], *public["roles"]]
    assert [name for name in names if name.startswith("_")] == []
    assert not PRIVATE_MODULES & set(public["modules"])
