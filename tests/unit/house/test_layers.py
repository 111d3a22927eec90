# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The layers: a file's place under plugins/ determines its imports.

``LAYERS`` is the one place where that law is written. A layer may import itself, the layers named beside it, the
standard library and its own third-party libraries; nothing else. What only annotations need (``if t.TYPE_CHECKING``)
may come from the libraries of the layers below as well.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[3]
PLUGINS = ROOT / "plugins"
PACKAGE = "ansible_collections.wotrus.pki.plugins"


class Layer(NamedTuple):
    """The allowed imports of files in one place."""

    below: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()


COMMANDS = "module_utils/_commands"
PRIVATE = "module_utils/_private_options"
TEXTS = "module_utils/_texts"
INTERNAL_ERROR = "module_utils/_internal_error"
ROLE = "module_utils/_role"
SAFE_MODULE = "module_utils/_safe_module"
PURE = (*("module_utils/_errors", INTERNAL_ERROR, TEXTS, COMMANDS, "module_utils/_model", "module_utils/_x509"),)
TOKEN = "module_utils/_token"
REVOCATION = "module_utils/_revocation"
TARGET = (*PURE, "module_utils/_store", TOKEN, REVOCATION, "module_utils/_deployment")
READINGS = "module_utils/_readings"
ORDERS = (*PURE, "module_utils/_client", READINGS, "module_utils/_orders")
PLANNING = (*ORDERS, PRIVATE, ROLE, "module_utils/_store", TOKEN, REVOCATION, "module_utils/_planning")
WORK = (*PLANNING, "module_utils/_deployment", "module_utils/_report", "module_utils/_workflow")
RUNNERS = (*WORK, SAFE_MODULE, "module_utils/_module", "module_utils/_target_module")

LAYERS = {
    # Errors with their codes.
    "module_utils/_errors": Layer((TEXTS,)),
    # An exception that nobody expected, as one of these errors.
    INTERNAL_ERROR: Layer(("module_utils/_errors", TEXTS)),
    # Which options a result must not show.
    PRIVATE: Layer(),
    # The specification of the role.
    ROLE: Layer((), ("ansible",)),
    # What a person reads.
    "module_utils/_texts": Layer(),
    # Programs that are run with limits.
    COMMANDS: Layer(("module_utils/_errors", TEXTS)),
    # What the API's words mean: pure data, no files, no network.
    "module_utils/_model": Layer(("module_utils/_errors", TEXTS)),
    # Keys, requests, certificates, chains.
    "module_utils/_x509": Layer(("module_utils/_errors", TEXTS, COMMANDS), ("cryptography",)),
    # HTTP.
    "module_utils/_client": Layer(
        ("module_utils/_errors", "module_utils/_model", TEXTS, "module_utils/_store"),
        ("requests", "urllib3"),
    ),
    # Revocation as readers of a signature see it, over HTTP.
    REVOCATION: Layer(PURE, ("cryptography",)),
    # Files on a target.
    "module_utils/_store": Layer(PURE),
    # Keys in a token of a target. It imports the library of tokens at run time.
    TOKEN: Layer((*PURE, "module_utils/_store"), ("cryptography",)),
    # A certificate's directory on a target.
    "module_utils/_deployment": Layer(TARGET),
    # What WoTrus's answers show of the points that its manual leaves open.
    READINGS: Layer((*PURE, "module_utils/_client")),
    # Operations on orders.
    "module_utils/_orders": Layer(ORDERS),
    # What is to be done.
    "module_utils/_planning": Layer(PLANNING),
    # What a report says.
    "module_utils/_report": Layer(PLANNING),
    # Carrying plans out for a host.
    "module_utils/_workflow": Layer(PLANNING),
    # Options in, results out, for the API and for a target: with SAFE_MODULE and ROLE all that knows Ansible.
    SAFE_MODULE: Layer((*PURE, PRIVATE), ("ansible",)),
    "module_utils/_module": Layer((*WORK, SAFE_MODULE), ("ansible",)),
    "module_utils/_target_module": Layer((*WORK, SAFE_MODULE), ("ansible",)),
    # The controller's side.
    "plugin_utils": Layer(RUNNERS, ("ansible", "jinja2")),
    "action": Layer((*RUNNERS, "plugin_utils")),
    # What Ansible loads by name.
    "modules": Layer(RUNNERS),
    "filter": Layer((*RUNNERS, "plugin_utils"), ("ansible",)),
    "callback": Layer((), ("ansible",)),
    "doc_fragments": Layer((), ("ansible",)),
}


def python_files() -> list[Path]:
    """Return every Python file of the plugins."""
    return sorted(PLUGINS.rglob("*.py"))


def dotted(path: Path) -> str:
    """Return the module name of a file, below the collection's plugins."""
    parts = path.relative_to(PLUGINS).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def layer_of(name: str) -> str | None:
    """Return the layer that the module ``name`` (dotted, below plugins) belongs to."""
    place = name.replace(".", "/")
    return next((layer for layer in LAYERS if place == layer or place.startswith(f"{layer}/")), None)


class Import(NamedTuple):
    """An import: the module's full name, and whether only annotations need it."""

    name: str
    for_types: bool = False


def imports(path: Path) -> Iterator[Import]:
    """Yield what a file imports, wherever in the file it does so."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    type_checking = [
        node for node in ast.walk(tree) if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
    ]
    for_types = {inner for node in type_checking for inner in ast.walk(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, node in for_types) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: line {node.lineno}: Ansible ships module_utils by full names only"
            assert node.module
            # "from package import module" and "from module import name" look alike: only the file system tells.
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield Import(whole if is_module(whole) else node.module, node in for_types)


def is_module(name: str) -> bool:
    """Return whether a full name is a file or folder of plugins."""
    if not name.startswith(f"{PACKAGE}."):
        return False
    place = PLUGINS.joinpath(*name.removeprefix(f"{PACKAGE}.").split("."))
    return place.is_dir() or place.with_suffix(".py").is_file()


def fault(importer: str, imported: Import) -> str | None:
    """Return what is wrong with an import, or None."""
    place = layer_of(importer)
    if place is None:
        return f"{importer} stands in no layer: put it into one, or add the layer to LAYERS"
    layer = LAYERS[place]
    if imported.name.startswith(f"{PACKAGE}."):
        other = layer_of(imported.name.removeprefix(f"{PACKAGE}."))
        return None if other in (place, *layer.below) else f"{place} may not import {other} ({imported.name})"
    libraries = set(layer.libraries)
    if imported.for_types:
        libraries.update(*(LAYERS[below].libraries for below in layer.below))
    top = imported.name.partition(".")[0]
    return None if top in libraries | sys.stdlib_module_names else f"{place} may not import {imported.name}"


def test_a_file_imports_only_what_its_place_allows() -> None:
    faults = {fault(dotted(path), imported) for path in python_files() for imported in imports(path)} - {None}

    assert not faults


def test_imports_have_no_cycle() -> None:
    graph = {
        dotted(path): {imported.name.removeprefix(f"{PACKAGE}.") for imported in imports(path)}
        for path in python_files()
    }
    while leaves := {name for name, targets in graph.items() if not targets & graph.keys() - {name}}:
        graph = {name: targets for name, targets in graph.items() if name not in leaves}

    assert not graph


def test_the_sandbox_shares_no_code_with_what_it_tests() -> None:
    sandbox = sorted((ROOT / "roles" / "sandbox").rglob("*.py"))

    assert sandbox
    assert not [path for path in sandbox if "ansible_collections" in path.read_text(encoding="utf-8")]


def test_an_event_plugin_imports_only_the_standard_library() -> None:
    plugins = sorted((ROOT / "extensions" / "eda" / "plugins").rglob("*.py"))

    assert {path.parent.name for path in plugins} == {"event_filter"}
    for path in plugins:
        names = {
            alias.name if isinstance(node, ast.Import) else node.module
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, (ast.Import, ast.ImportFrom))
            for alias in node.names
        }
        assert {str(name).partition(".")[0] for name in names} <= sys.stdlib_module_names
