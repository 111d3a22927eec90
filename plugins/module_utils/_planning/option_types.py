# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check options against an argument spec, and find all mistakes at once.

Ansible's own validator stops early, prints the whole spec, and turns a number into text, whatever YAML made of it.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import difflib
import functools
import math
import typing as t
from collections.abc import Mapping

from ansible_collections.wotrus.pki.plugins.module_utils._commands import split_command
from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidInput
from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Json, filled
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message, Text

NONE = "none"
"""The value that an option has in place of a dictionary, such as ``reload: none``."""

_NO_VALUE = object()
# As Ansible reads them.
_TRUE = frozenset(("y", "yes", "on", "1", "true", "t"))
_FALSE = frozenset(("n", "no", "off", "0", "false", "f"))
_LONGEST_SHOWN = 80
_SIMILARITY = 0.75
Mistake = tuple[str, Text]
"""The path of an option, such as ``organization.zip``, and what is wrong with it."""


def read_options(values: Json, spec: Json) -> tuple[dict[str, t.Any], list[Mistake]]:
    """Return options with their types and defaults, and all mistakes in them.

    An option with a mistake is left at its default. No message has a value of a secret option.

    :param spec: an argument spec, as of a module or of a role
    """
    reader = _Reader()
    return reader.options(values, spec), reader.mistakes


def most_similar(name: str, names: t.Iterable[str]) -> str | None:
    """Return the name that is meant; ``None`` if none is similar."""
    return next(iter(difflib.get_close_matches(name, list(names), n=1, cutoff=_SIMILARITY)), None)


def but_must_be(option: str, value: object, wanted: Message) -> Message:
    """Return the message about an option with a value that is not wanted."""
    shown = repr(value)[:_LONGEST_SHOWN]
    return Message("{option} is {value}, but must be {wanted}.", option=option, value=shown, wanted=wanted)


def _as_choice(value: t.Any, choices: t.Iterable[str]) -> t.Any:
    """Return the only choice that YAML reads as this boolean, as Ansible does; else the value."""
    words = [choice for choice in choices if choice in (_TRUE if value else _FALSE)]
    return words[0] if len(words) == 1 else value


def mistakes_of(option: str, read: t.Callable[[t.Any], object], value: object) -> t.Iterator[Mistake]:
    """Yield why a value cannot be read, if it cannot."""
    try:
        read(value)
    except InvalidInput as exc:
        names_it = str(exc).startswith(option)
        yield option, exc.message if names_it else Message("{where}: {msg}", where=option, msg=exc)


def command_mistakes(
    option: str, command: str | None, split: t.Callable[..., object] = split_command
) -> t.Iterator[Mistake]:
    """Yield why a command cannot be split into words, as the host does it."""
    yield from mistakes_of(option, functools.partial(split, option=option), command)


@dataclasses.dataclass
class _Reader:
    """Reads options, and collects the mistakes."""

    mistakes: list[Mistake] = dataclasses.field(default_factory=list)

    def options(self, values: Json, spec: Json, *, path: str = "") -> dict[str, t.Any]:
        """Return the options of a dictionary.

        :param path: put before the names of the options
        """
        for name in values:
            if name not in spec:
                similar = most_similar(str(name), spec)
                message = Message(
                    "{option} is no option. Perhaps {similar} is meant." if similar else "{option} is no option.",
                    option=f"{path}{name}",
                    similar=f"{path}{similar}",
                )
                self._add(f"{path}{name}", message)
        # A secret may have been pasted into the wrong option of the same dictionary.
        has_secret = bool(path) and any(detail.get("no_log") for detail in spec.values())
        found = {}
        for name, detail in spec.items():
            value, option = values.get(name), f"{path}{name}"
            if value is None and detail.get("required"):
                self._add(option, Message("{option} is missing.", option=option))
            is_shown = not (detail.get("no_log") or has_secret)
            read = _NO_VALUE if value is None else self._value(value, detail, option, is_shown=is_shown)
            found[name] = detail.get("default") if read is _NO_VALUE else read
        return found

    def _add(self, option: str, message: Message) -> None:
        self.mistakes.append((option, message))

    def _value(self, value: t.Any, spec: Json, option: str, *, is_shown: bool) -> t.Any:
        """Return a value with its type; ``_NO_VALUE`` if it has a mistake."""
        kind = spec.get("type", "str")
        if kind == "raw" and spec.get("options"):
            is_none = isinstance(value, str) and value.strip().lower() == NONE
            return NONE if is_none else self._dictionary(value, spec, option, or_none=True)
        if kind == "raw":
            return value
        if kind == "list":
            return self._list(value, spec, option, is_shown=is_shown)
        if kind == "dict":
            return self._dictionary(value, spec, option)
        if isinstance(value, bool) and spec.get("choices"):
            value = _as_choice(value, spec["choices"])
        reader, words = _KINDS[kind]
        read = reader(value)
        if read is _NO_VALUE and kind in ("str", "path") and isinstance(value, (bool, int, float, dt.date)):
            quotes = Message(
                "{option} is not text. YAML reads words such as NO, dates, and numbers such as 010010 in its own way, "
                "so write the value in quotes.",
                option=option,
            )
            self._add(option, quotes)
        elif read is _NO_VALUE:
            self._add_wanted(option, value, words, is_shown=is_shown)
        elif spec.get("choices") and read not in spec["choices"]:
            wanted = Message("one of {choices}", choices=[*map(str, spec["choices"])])
            self._add_wanted(option, read, wanted, is_shown=is_shown)
            return _NO_VALUE
        return read

    def _dictionary(self, value: t.Any, spec: Json, option: str, *, or_none: bool = False) -> t.Any:
        if not isinstance(value, Mapping):
            # The value may be a secret that belongs to an option inside.
            self._add_wanted(option, value, _DICTIONARY_OR_NONE if or_none else _DICTIONARY, is_shown=False)
            return _NO_VALUE
        if not spec.get("options"):
            return dict(value)
        self._check_together(filled(value), spec, option)
        return self.options(value, spec["options"], path=f"{option}.")

    def _check_together(self, given: t.Collection[str], spec: Json, option: str) -> None:
        """Check which options of a dictionary exclude or need each other."""
        for names in spec.get("mutually_exclusive", ()):
            both = [f"{option}.{name}" for name in names if name in given]
            if len(both) > 1:
                self._add(option, Message("{options} are given together. Keep one of them.", options=both))
        for names in spec.get("required_one_of", ()):
            if not any(name in given for name in names):
                every = [f"{option}.{name}" for name in names]
                self._add(option, Message("One of {options} is required.", options=every))
        for name, others in spec.get("required_by", {}).items():
            for other in others:
                if name in given and other not in given:
                    needs = Message("{option} needs {other}.", option=f"{option}.{name}", other=f"{option}.{other}")
                    self._add(option, needs)

    def _list(self, value: t.Any, spec: Json, option: str, *, is_shown: bool) -> t.Any:
        if isinstance(value, (str, int)) and spec.get("elements") == "str":
            # A survey or an extra variable gives names as one text, which may be a number in YAML.
            value = [part.strip() for part in str(value).split(",") if part.strip()]
        if not isinstance(value, (list, tuple)):
            self._add_wanted(option, value, _LIST, is_shown=False)
            return _NO_VALUE
        element = {**spec, "type": spec.get("elements", "raw"), "required": False}
        read = [
            self._value(item, element, f"{option}[{number}]", is_shown=is_shown) for number, item in enumerate(value)
        ]
        return [item for item in read if item is not _NO_VALUE]

    def _add_wanted(self, option: str, value: t.Any, wanted: Message, *, is_shown: bool) -> None:
        if is_shown and isinstance(value, (str, int, float)):
            message = but_must_be(option, value, wanted)
        else:
            message = Message("{option} must be {wanted}.", option=option, wanted=wanted)
        self._add(option, message)


def _text(value: t.Any) -> t.Any:
    return value if isinstance(value, str) else _NO_VALUE


def _number(value: t.Any) -> t.Any:
    try:
        read = float(value)
    except (TypeError, ValueError, OverflowError):
        return _NO_VALUE
    return read if math.isfinite(read) and not isinstance(value, bool) else _NO_VALUE


def _whole_number(value: t.Any) -> t.Any:
    read = _number(value)
    return int(read) if read is not _NO_VALUE and read.is_integer() else _NO_VALUE


def _boolean(value: t.Any) -> t.Any:
    word = str(value).strip().lower() if isinstance(value, (str, int)) else ""
    return True if word in _TRUE else False if word in _FALSE else _NO_VALUE


_LIST, _DICTIONARY = Message("a list"), Message("a dictionary")
_DICTIONARY_OR_NONE = Message("a dictionary, or none")
_KINDS: Mapping[str, tuple[t.Callable[[t.Any], t.Any], Message]] = {
    "str": (_text, Message("text")),
    "path": (_text, Message("text")),
    "int": (_whole_number, Message("a whole number")),
    "float": (_number, Message("a number")),
    "bool": (_boolean, Message("true or false")),
}
"""How a value of each type is read, and the words for it."""
