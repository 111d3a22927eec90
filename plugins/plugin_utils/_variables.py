# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role's variables of a task's host, and their mistakes."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from ansible.errors import AnsibleError

from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Json
from ansible_collections.wotrus.pki.plugins.module_utils._planning.variables import (
    CERTIFICATES,
    EXTRA,
    certificates_of,
    unknown_variables,
    variable_mistakes,
)
from ansible_collections.wotrus.pki.plugins.module_utils._report.text import plain
from ansible_collections.wotrus.pki.plugins.module_utils._role import SPECS
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import LANGUAGES, Message, Text
from ansible_collections.wotrus.pki.plugins.module_utils._texts.safe_text import safe_line

_DEFAULTS = {name: option.get("default") for spec in SPECS.values() for name, option in spec["options"].items()}

_OF_ORDERS = (
    "wotrus_max_charged_orders",
    "wotrus_max_reissues",
    "wotrus_reissue",
    "wotrus_replace_orders",
    "wotrus_wait_timeout",
)
_OF_ENDS = ("wotrus_cancel", "wotrus_cancel_reason", "wotrus_revoke", "wotrus_revoke_superseded")
_OF_REVOCATIONS = ("wotrus_revocation_document", "wotrus_revocation_reason")
_OF_REPORT = ("wotrus_report_become", "wotrus_report_dir", "wotrus_report_host")
ANSWERS: Mapping[str, t.Any] = {
    "wotrus_approval": "",
    "wotrus_hosts": "wotrus",
    **{name: _DEFAULTS[name] for name in (*_OF_ORDERS, *_OF_ENDS, *_OF_REVOCATIONS, *_OF_REPORT)},
}
"""The variables that a survey or an earlier job of a workflow sets, with their defaults."""

REISSUE = "wotrus_reissue"

# What these entry points do needs no other option of an entry, and must not be refused for one.
_WITHOUT_ENTRIES = ("revoke", "cancel", "report")


def read_variables(
    variables: Json,
    render: t.Callable[[t.Any], t.Any],
    *,
    host: str,
    entry_point: str = "main",
    extra_variables: t.Container[str] = (),
) -> tuple[dict[str, t.Any], list[Text], list[Text]]:
    """Read the role's variables of a host, and find all mistakes.

    :param variables: all variables of the task
    :param extra_variables: the names of those that the command line gives (``-e``), which are for one run
    :param render: renders the templates of a value
    :param entry_point: the entry point of the role that will use them
    :returns: the values by name, with templates rendered and defaults filled in; the mistakes in them, and names that
        are misspelt; and warnings about names that are unknown
    """
    spec = SPECS.get(entry_point, SPECS["main"])["options"]
    values: dict[str, t.Any] = {}
    not_read: dict[str, Text] = {}
    for name, option in spec.items():
        try:
            values[name] = _value(name, option, variables, render)
        except AnsibleError as exc:
            not_read[name] = unreadable(name, exc)
    if CERTIFICATES in values:
        values[CERTIFICATES] = certificates_of(values)
    checked = {
        name: option
        for name, option in spec.items()
        if name not in not_read and not (name == CERTIFICATES and entry_point in _WITHOUT_ENTRIES)
    }
    unknown = unknown_variables((name for name, value in variables.items() if not _is_result(value)), _DEFAULTS)
    misspelt: list[Text] = [
        Message("{name} is no variable of the collection. Perhaps {similar} is meant.", name=name, similar=similar)
        for name, similar in unknown
        if similar
    ]
    warnings: list[Text] = [
        Message("{name} is no variable of the collection, and has no effect.", name=name)
        for name, similar in unknown
        if not similar
    ]
    mistakes = [*misspelt, *not_read.values(), *variable_mistakes(values, checked, host=host)]
    if values.get(REISSUE) and REISSUE not in extra_variables:
        mistakes.append(
            Message(
                "{option} is for one run: elsewhere it would reissue the certificates in every run. Name them on the "
                "command line of that run (-e). To replace keys by date, set wotrus_keys_since.",
                option=REISSUE,
            )
        )
    return values, mistakes, warnings


def unreadable(name: str, error: AnsibleError) -> Message:
    """Return why a variable cannot be read, without what its template works with, which may be secret."""
    words = safe_line(str(error))
    if "undefined" in words:
        # Ansible's words about a missing variable have only its name, and ansible-core 2.16 repeats them.
        return Message("{option} cannot be read: {error}.", option=name, error=words.partition(". ")[0].rstrip("."))
    if "ecrypt" in words or "vault" in words.lower():
        return Message(
            "{option} cannot be decrypted. Run with the vault password that it was encrypted with.", option=name
        )
    return Message("{option} cannot be read: {error}.", option=name, error=type(error).__name__)


def role_values(variables: Json, render: t.Callable[[t.Any], t.Any]) -> dict[str, t.Any]:
    """Return the role's variables of a host as the role uses them.

    :param variables, render: as for :func:`read_variables`
    """
    spec = SPECS["main"]["options"].items()
    return {name: _value(name, option, variables, render) for name, option in spec if name not in (CERTIFICATES, EXTRA)}


def _value(name: str, option: Json, variables: Json, render: t.Callable[[t.Any], t.Any]) -> t.Any:
    """Return the value of a variable; its default if it is not set."""
    if name not in variables:
        return option.get("default")
    return given(_without(variables.get("omit"), plain(render(variables[name]))), name)


def given(value: t.Any, name: str) -> t.Any:
    """Return a variable's value; its default for an empty answer.

    This is the filter ``_given``. AWX writes an empty answer as ``!unsafe ''``, which ansible-core reads as null from
    2.19 on, and as text before. An answer of blanks is empty too.

    :param name: the name of the variable
    """
    is_empty = value is None or (isinstance(value, str) and not value.strip())
    return ANSWERS[name] if is_empty and name in ANSWERS else value


def variables_of_options(options: t.Iterable[str]) -> dict[str, str]:
    """Return the variables of the role that options of its tasks fall back to, by option.

    Ansible compiles each template of a task once for each host, and most of these variables have no template. So the
    tasks name only the options that have other values.
    """
    names = {option: f"wotrus_{option}" for option in options}
    return {option: name for option, name in names.items() if name in SPECS["main"]["options"]}


def language_of(variables: Json, render: t.Callable[[t.Any], t.Any]) -> str:
    """Return the language of the run, which may not be checked yet.

    :param variables, render: as for :func:`read_variables`
    """
    try:
        language = plain(render(variables.get("wotrus_language")))
    except AnsibleError:
        return "en"
    return language if language in LANGUAGES else "en"


def _without(omit: object, value: t.Any) -> t.Any:
    """Return a value without options that are Ansible's ``omit``."""
    if isinstance(value, dict):
        return {name: _without(omit, item) for name, item in value.items() if omit is None or item != omit}
    if isinstance(value, list):
        return [_without(omit, item) for item in value]
    return value


def _is_result(value: object) -> bool:
    """Return whether a variable is a result that a task registered."""
    return isinstance(value, Mapping) and ("changed" in value or "failed" in value)
