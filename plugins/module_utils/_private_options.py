# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keep secrets and personal data of options out of results.

Ansible masks the values of options with ``no_log`` if they have the right type. It masks neither a text in place of a
dictionary with a password, nor the value of a misspelt option. Personal data cannot be masked everywhere, since a
family name is part of other words. It is left out of shown options, and masked in messages, since a server may repeat
it.
"""

from __future__ import annotations

import re
import typing as t
from collections.abc import Mapping

HIDDEN = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
"""What Ansible itself shows for a secret."""

_NAMES = frozenset({"user_first_name", "user_last_name"})
PERSONAL = _NAMES | {
    "phone",
    "email",
    "user_email",
    "user_mobile",
    "id_card_number",
    "ship_address",
    "ukey_ship_address",
    # Fields of the API that the collection does not know.
    "extra",
}
"""Options with personal data, by their names."""

_SHORTEST = 4
"""Shorter texts are part of many words."""

_SHORT = re.compile(r".{0,3}|[0-9A-Fa-f.:-]{0,7}", re.DOTALL)
_SHORTEST_MASKED_PIN = 8

_MESSAGES = ("msg", "next_step", "texts", "warnings", "diff")
_MASK = "********"

Options = Mapping[str, t.Any]
Visit = t.Callable[[str, t.Any, t.Optional[Options]], t.Any]


def map_options(options: Options, spec: Options, visit: Visit, *, path: str = "") -> dict[str, t.Any]:
    """Return options, each value replaced by what a function returns for it.

    :param options: with any content
    :param spec: argument spec of Ansible
    :param visit: takes the path of an option, such as ``pkcs12.password``, its value, and its spec; the spec is
        ``None`` if there is no such option, and that of a dictionary if the value has another shape
    """
    aliases = {alias: option for option in spec.values() for alias in option.get("aliases", ())}
    known = {**aliases, **spec}
    return {
        str(name): _mapped(value, known.get(str(name)), visit, path=f"{path}{name}") for name, value in options.items()
    }


def _mapped(value: t.Any, option: Options | None, visit: Visit, *, path: str) -> t.Any:
    inner = option.get("options") if option else None
    if inner is not None and isinstance(value, Mapping):
        return map_options(value, inner, visit, path=f"{path}.")
    if inner is not None and isinstance(value, (list, tuple)):
        return [_mapped(item, option, visit, path=path) for item in value]
    return visit(path, value, option)


def shown_options(options: Options, spec: Options) -> dict[str, t.Any]:
    """Return options as a result may show them.

    Secrets, personal data, values of unknown options, and values of another shape than their option are replaced.
    """

    def visit(path: str, value: t.Any, option: Options | None) -> t.Any:
        if value is None or isinstance(value, bool):
            return value
        is_hidden = option is None or option.get("no_log") or _has_other_shape(option) or _name(path) in PERSONAL
        return HIDDEN if is_hidden else value

    return map_options(options, spec, visit)


def is_too_short_to_mask(secret: str) -> bool:
    """Return whether a secret may be part of a word, number, date, id or digest, which a mask would damage."""
    return _SHORT.fullmatch(secret) is not None


def secrets_in(options: Options, spec: Options, *, unknown: bool = True) -> list[tuple[str, str]]:
    """Return each secret text with the path of its option.

    What is in a wrong shape may be one, and so may what is in an unknown option. Short ones are left out: a number, a
    digest or an id may have the same few digits, and would be damaged. ``hidden_in_messages`` has them.

    :param unknown: what is in unknown options too
    """
    found: list[tuple[str, str]] = []
    for path, value, option in _leaves(options, spec):
        if option is None and not unknown:
            continue
        if _may_be_secret(option) and not _is_short_pin(path, value):
            found += [(path, text) for text in _texts(value) if not is_too_short_to_mask(text)]
    return found


def hidden_in_messages(options: Options, spec: Options) -> set[str]:
    """Return the texts that a message must not repeat, personal data and short secrets.

    Other values of a result may have the same few characters.
    """
    leaves = _leaves(options, spec)
    hidden = [value for path, value, _one in leaves if _name(path) in PERSONAL - _NAMES]
    secrets = [value for path, value, option in leaves if _may_be_secret(option) and not _is_short_pin(path, value)]
    short = filter(is_too_short_to_mask, _texts(secrets))
    return {text for text in {*_texts(hidden), *short} if len(text) >= _SHORTEST}


def _may_be_secret(option: Options | None) -> bool:
    """Return whether a value is a secret, or is in a wrong shape or an unknown option, and so may be one."""
    return option is None or _has_other_shape(option) or bool(option.get("no_log"))


def _has_other_shape(option: Options) -> bool:
    """Return whether a value that is no dictionary is none that the option may have, as ``reload: none`` is."""
    return "options" in option and option.get("type") != "raw"


def _leaves(options: Options, spec: Options) -> list[tuple[str, t.Any, Options | None]]:
    """Return what ``map_options`` visits."""
    found: list[tuple[str, t.Any, Options | None]] = []
    map_options(options, spec, lambda *leaf: found.append(leaf))
    return found


def mask_messages(result: t.Any, hidden: t.Collection[str]) -> t.Any:
    """Return a result whose messages do not have certain texts."""
    if not hidden:
        return result
    if isinstance(result, Mapping):
        return {
            name: mask(value, hidden) if name in _MESSAGES else mask_messages(value, hidden)
            for name, value in result.items()
        }
    return [mask_messages(item, hidden) for item in result] if isinstance(result, list) else result


def mask(value: t.Any, hidden: t.Collection[str]) -> t.Any:
    """Return plain data whose texts do not have certain texts."""
    if isinstance(value, str):
        for text in sorted(hidden, key=len, reverse=True):
            value = _masked(value, text)
        return value
    if isinstance(value, Mapping):
        return {name: mask(item, hidden) for name, item in value.items()}
    return [mask(item, hidden) for item in value] if isinstance(value, (list, tuple)) else value


def _masked(value: str, text: str) -> str:
    if is_too_short_to_mask(text):
        # It may be part of an id that a person copies.
        return re.sub(rf"(?<![0-9A-Za-z]){re.escape(text)}(?![0-9A-Za-z])", _MASK, value)
    return value.replace(text, _MASK)


def _name(path: str) -> str:
    return path.rpartition(".")[2]


def _is_short_pin(path: str, value: t.Any) -> bool:
    return f".{path}".endswith(".pkcs11.pin") and isinstance(value, str) and len(value) < _SHORTEST_MASKED_PIN


def _texts(value: t.Any) -> set[str]:
    """Return the texts and numbers of a value."""
    if isinstance(value, Mapping):
        return set().union(*map(_texts, value.values()))
    if isinstance(value, (list, tuple)):
        return set().union(*map(_texts, value))
    return set() if value is None or isinstance(value, bool) else {str(value).strip()} - {""}
