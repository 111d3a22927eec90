# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documented options of modules, filters and the role.

Those of doc fragments are among them.
"""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
PLUGINS = ROOT / "plugins"
# A role without options of its own, which another role depends on, has no defaults.
ROLES = {path.parents[1].name: path.parents[1] for path in sorted((ROOT / "roles").glob("*/defaults/main.yml"))}
COLLECTION = "wotrus.pki."
FRAGMENTS = "ansible_collections.wotrus.pki.plugins.doc_fragments"
Options = dict[str, dict[str, Any]]


def module_names() -> list[str]:
    """Return the names of the modules."""
    return sorted(path.stem for path in (PLUGINS / "modules").glob("*.py"))


def module_options(name: str) -> Options:
    """Return the options of a module."""
    documentation = yaml.safe_load(_strings(PLUGINS / "modules" / f"{name}.py")["DOCUMENTATION"])
    merged: Options = {}
    for fragment in documentation["extends_documentation_fragment"]:
        if fragment.startswith(COLLECTION):
            file, _dot, part = fragment.removeprefix(COLLECTION).partition(".")
            fragment_class = importlib.import_module(f"{FRAGMENTS}.{file}").ModuleDocFragment
            text = getattr(fragment_class, part.upper() or "DOCUMENTATION")
            merged |= yaml.safe_load(text).get("options", {})
    own: Options = documentation["options"]
    return merged | {option: merged.get(option, {}) | one for option, one in own.items()}


def module_texts(name: str) -> dict[str, Any]:
    """Return a module's ``DOCUMENTATION``, ``EXAMPLES`` and ``RETURN``."""
    texts = _strings(PLUGINS / "modules" / f"{name}.py")
    return {part: yaml.safe_load(texts[part]) for part in ("DOCUMENTATION", "EXAMPLES", "RETURN")}


def filter_options(name: str) -> Options:
    """Return the options of a filter."""
    options: Options = yaml.safe_load((PLUGINS / "filter" / f"{name}.yml").read_text("utf-8"))["DOCUMENTATION"][
        "options"
    ]
    return options


def role_options(role: str) -> dict[str, Options]:
    """Return the variables of each entry point of a role."""
    specs = yaml.safe_load((ROLES[role] / "meta" / "argument_specs.yml").read_text("utf-8"))["argument_specs"]
    return {entry_point: spec["options"] for entry_point, spec in specs.items()}


def suboptions(option: dict[str, Any]) -> Options | None:
    """Return the options or values inside another, which have several names."""
    found: Options | None = option.get("suboptions", option.get("options", option.get("contains")))
    return found


def all_options(options: Options, where: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each option with its path, those inside others too."""
    for name, option in options.items():
        yield f"{where}{name}", option
        yield from all_options(suboptions(option) or {}, f"{where}{name}.")


def description(option: dict[str, Any]) -> str:
    """Return the description of an option as one text."""
    text = option.get("description") or ""
    return text if isinstance(text, str) else " ".join(text)


def _strings(path: Path) -> dict[str, str]:
    """Return the texts that a file assigns to names, in classes too."""
    found = {}
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            found |= {target.id: node.value.value for target in node.targets if isinstance(target, ast.Name)}
    return found
