# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All mistakes in the role's variables of a host."""

from __future__ import annotations

import datetime as dt
import functools
import os
import pathlib
import typing as t
from collections.abc import Mapping

from ansible_collections.wotrus.pki.plugins.module_utils._client.journal import Journal
from ansible_collections.wotrus.pki.plugins.module_utils._client.webhook import SIGNED, is_webhook_url
from ansible_collections.wotrus.pki.plugins.module_utils._commands import split_validate
from ansible_collections.wotrus.pki.plugins.module_utils._model.deploy_window import DeployWindow
from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Json
from ansible_collections.wotrus.pki.plugins.module_utils._model.prices import read_prices
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import HOST
from ansible_collections.wotrus.pki.plugins.module_utils._planning.entry import (
    check_order_id,
    entry_mistakes,
    names_twice,
    option_of,
    order_name,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.facts import moment
from ansible_collections.wotrus.pki.plugins.module_utils._planning.option_types import (
    Mistake,
    but_must_be,
    command_mistakes,
    mistakes_of,
    most_similar,
    read_options,
)
from ansible_collections.wotrus.pki.plugins.module_utils._readings.file import check_place
from ansible_collections.wotrus.pki.plugins.module_utils._revocation.addresses import read_networks
from ansible_collections.wotrus.pki.plugins.module_utils._role import ENTRY_ARGUMENTS, SPECS
from ansible_collections.wotrus.pki.plugins.module_utils._store.layout import LEAST_RELEASES, is_mode
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message, Text, text

PREFIX = "wotrus_"
CERTIFICATES, EXTRA = "wotrus_certificates", "wotrus_extra_certificates"
WEBHOOKS = "wotrus_webhooks"
NETWORKS = "wotrus_revocation_networks"

PLAYBOOK_VARIABLES = (
    "wotrus_approval",
    "wotrus_fail_when_waiting",
    "wotrus_failing",
    "wotrus_hosts",
    "wotrus_in_process",
    "wotrus_job_names",
    "wotrus_not_planned",
    "wotrus_notification",
    "wotrus_order_ids",
    "wotrus_plan",
    "wotrus_plan_failed",
    "wotrus_plan_summary",
    "wotrus_quickstart_dir",
    "wotrus_serial",
    "wotrus_summary",
    "wotrus_waiting",
)
"""Variables of the playbooks and action plugins, and the artifacts of a job, which the next job gets as variables."""

OTHER_PREFIXES = ("wotrus_awx_", "wotrus_push_", "wotrus_sandbox_")
"""Variables that are for other parts of the collection begin with one of these."""

# With what else a result has, that is 20 lines of the output.
_MOST_LINES = 11
_LEAST = {
    "wotrus_alarm_days": 0,
    "wotrus_alarm_waiting_days": 0,
    "wotrus_keep": LEAST_RELEASES,
    "wotrus_max_charged_orders": 0,
    "wotrus_max_reissues": 0,
    "wotrus_task_timeout": 0,
    "wotrus_wait_timeout": 0,
}
_DAYS_OF_A_MONTH = 30
_NO_STATE = Message(
    "state is no option. Remove the certificate's entry to end its renewal. Its files stay until the module "
    "wotrus_deployment removes them (state: absent)."
)
# Valid values for what is missing or mistaken, so that the other options of the entry are checked too.
_STAND_INS = {"name": "certificate", "product": "pdf_signing", "common_name": "-"}


def variable_mistakes(values: Json, spec: Json, *, host: str) -> list[Text]:
    """Return the mistakes in the role's variables, without secrets.

    :param values: the variables, templates already rendered
    :param spec: the argument spec of the entry point; the entries are checked if it describes the base directory
    :param host: the host's inventory name
    """
    others = {name: option for name, option in spec.items() if name != CERTIFICATES}
    given = {name: _without_date(name, value) for name, value in values.items() if name in others}
    read, found = read_options(given, others)
    mistakes: list[Text] = [msg for _option, msg in found]
    mistakes += _role_mistakes(read)
    if CERTIFICATES in spec:
        namespace = read.get("wotrus_order_namespace") or ""
        mistakes += _certificates_mistakes(values.get(CERTIFICATES), host=host, namespace=str(namespace))
    return mistakes


def certificates_of(values: Json) -> t.Any:
    """Return the certificates of a host, with its further ones; ``wotrus_certificates`` as it is if one is no list."""
    certificates, extra = values.get(CERTIFICATES), values.get(EXTRA) or []
    if isinstance(certificates, (list, tuple)) and isinstance(extra, (list, tuple)):
        return [*certificates, *extra]
    return certificates


def entries_of(certificates: t.Any) -> list[dict[str, t.Any]]:
    """Return the entries without mistakes in types, with their defaults."""
    rows = certificates if isinstance(certificates, (list, tuple)) else ()
    read = [read_options(entry, ENTRY_ARGUMENTS) for entry in rows if isinstance(entry, Mapping)]
    return [entry for entry, mistakes in read if not mistakes]


def order_names_of(entries: t.Sequence[Json], *, host: str, namespace: str) -> list[dict[str, str]]:
    """Return the order name and the storage of each entry."""
    return [
        {
            "name": entry["name"],
            "order_name": order_name(entry, host=host, namespace=namespace),
            "storage": option_of(entry, "key.storage") or HOST,
        }
        for entry in entries
    ]


def unknown_variables(names: t.Iterable[str], known: t.Collection[str]) -> list[tuple[str, str | None]]:
    """Return unknown variables, each with the name that may be meant.

    :param known: names of the role's variables
    """
    every = {*known, *PLAYBOOK_VARIABLES}
    unknown = sorted(
        name for name in names if name.startswith(PREFIX) and name not in every and not name.startswith(OTHER_PREFIXES)
    )
    # The prefix, which all of them have, would make any two similar.
    own = {name[len(PREFIX) :]: name for name in every}
    return [(name, own.get(most_similar(name[len(PREFIX) :], own) or "")) for name in unknown]


def mistakes_shown(mistakes: t.Sequence[Text], language: str = "en") -> tuple[Message, list[str]]:
    """Return the message for mistakes, and a line for each of several.

    A person reads a few lines, not a thousand.
    """
    if len(mistakes) == 1:
        return Message("{msg} Nothing was sent.", msg=mistakes[0]), []
    more = len(mistakes) - _MOST_LINES
    lines = [text(mistake, language) for mistake in mistakes[:_MOST_LINES]]
    if more > 0:
        lines.append(text(Message("Mistakes that are not shown: {number}.", number=more), language))
    return Message(
        "This host's variables have {number} mistakes, which the result lists. Nothing was sent.", number=len(mistakes)
    ), lines


def _without_date(name: str, value: t.Any) -> t.Any:
    """Return a value, a date of ``wotrus_keys_since`` as text."""
    return value.isoformat() if name == "wotrus_keys_since" and isinstance(value, (dt.date, dt.datetime)) else value


def _role_mistakes(read: Json) -> t.Iterator[Text]:
    """Yield what is wrong with variables besides their types."""
    yield from _path_mistakes("wotrus_base_dir", read.get("wotrus_base_dir"))
    for option, least in _LEAST.items():
        value = read.get(option)
        if isinstance(value, (int, float)) and value < least:
            yield but_must_be(option, value, Message("{least} or more", least=least))
    for option, value in read.items():
        if option.endswith("_mode") and value is not None and not (isinstance(value, str) and is_mode(value)):
            wanted = Message("octal in quotes, such as '0640', or symbolic, such as 'u=rw,g=r'")
            yield but_must_be(option, value, wanted)
    yield from (msg for _option, msg in _mistakes_before_orders(read))
    yield from _webhook_mistakes(read.get(WEBHOOKS) or ())
    evidence = ("wotrus_revocation_document", "wotrus_revocation_reason")
    if read.get("wotrus_revoke_superseded") and not all(map(read.get, evidence)):
        yield Message("wotrus_revoke_superseded needs wotrus_revocation_document and wotrus_revocation_reason.")


def webhook_mistakes(webhooks: t.Any) -> list[Text]:
    """Return the mistakes in a value of ``wotrus_webhooks``, without its addresses and secrets."""
    read, found = read_options({WEBHOOKS: webhooks}, {WEBHOOKS: SPECS["main"]["options"][WEBHOOKS]})
    return [*(msg for _option, msg in found), *_webhook_mistakes(read[WEBHOOKS])]


def _webhook_mistakes(webhooks: t.Iterable[Json]) -> t.Iterator[Text]:
    for number, webhook in enumerate(webhooks):
        option, kind, url = f"{WEBHOOKS}[{number}]", webhook.get("kind"), webhook.get("url")
        if url and not is_webhook_url(url):
            yield Message("{option} must be {wanted}.", option=f"{option}.url", wanted=Message("an address with https"))
        if webhook.get("secret") and kind and kind not in SIGNED:
            yield Message("{option}.secret has no use, since {kind} takes no signature.", option=option, kind=kind)


def _mistakes_before_orders(read: Json) -> t.Iterator[Mistake]:
    """Yield mistakes that a run would only find where it uses the value, which may be after an order."""
    since = "wotrus_keys_since"
    yield from mistakes_of(since, functools.partial(moment, option=since), read.get(since))
    if read.get("wotrus_deploy_window"):
        yield from mistakes_of("wotrus_deploy_window", DeployWindow.read, read["wotrus_deploy_window"])
    yield from mistakes_of("wotrus_prices", read_prices, read.get("wotrus_prices"))
    yield from command_mistakes("wotrus_validate", read.get("wotrus_validate"), split_validate)
    yield from mistakes_of("wotrus_journal", Journal, read.get("wotrus_journal"))
    yield from mistakes_of("wotrus_readings", check_place, read.get("wotrus_readings"))
    yield from mistakes_of(NETWORKS, read_networks, read.get(NETWORKS) or ())
    option = "wotrus_replace_orders"
    for order_id in read.get(option) or ():
        yield from mistakes_of(option, functools.partial(check_order_id, option=option), order_id)


def _path_mistakes(option: str, path: str | None) -> t.Iterator[Text]:
    # What a tilde stands for is known on the host alone.
    if path is None or path.startswith("~"):
        return
    if not path.isprintable():
        yield Message("{option} has control characters.", option=option)
    elif not os.path.isabs(path):
        yield but_must_be(option, path, Message("an absolute path, such as /etc/ssl/wotrus"))
    elif ".." in pathlib.PurePath(path).parts:
        yield but_must_be(option, path, Message("a path without '..'"))


def _certificates_mistakes(certificates: t.Any, *, host: str, namespace: str) -> t.Iterator[Text]:
    if not isinstance(certificates, (list, tuple)):
        yield Message(
            "{option} is missing." if certificates is None else "{option} must be {wanted}.",
            option=CERTIFICATES,
            wanted=Message("a list of dictionaries"),
        )
        return
    names: list[tuple[str, str]] = []
    for number, entry in enumerate(certificates, 1):
        name = entry.get("name") if isinstance(entry, Mapping) else None
        for msg in _entry_mistakes(entry, host=host, namespace=namespace, names=names):
            if isinstance(name, str) and name.strip():
                yield Message("Certificate {name!r}: {msg}", name=name, msg=msg)
            else:
                yield Message("Certificate {number} of wotrus_certificates: {msg}", number=number, msg=msg)
    yield from names_twice(names)


def _entry_mistakes(entry: t.Any, *, host: str, namespace: str, names: list[tuple[str, str]]) -> t.Iterator[Text]:
    """Yield the mistakes in an entry, and add its names."""
    if not isinstance(entry, Mapping):
        yield Message("{option} must be {wanted}.", option=Message("the entry"), wanted=Message("a dictionary"))
        return
    read, mistakes = read_options(entry, ENTRY_ARGUMENTS)
    mistakes = _without_effect(entry, read, mistakes)
    yield from (msg for _option, msg in mistakes)
    wrong = [option for option, _msg in mistakes]
    usable = {**read, **{option: value for option, value in _STAND_INS.items() if read[option] is None}}
    further: list[Mistake] = list(entry_mistakes(usable, host=host, namespace=namespace))
    yield from (msg for option, msg in further if not any(_is_part(name, option) for name in wrong))
    if read["name"] is not None:
        names.append((read["name"], order_name(usable, host=host, namespace=namespace)))


def _without_effect(entry: Json, read: Json, mistakes: t.Sequence[Mistake]) -> list[Mistake]:
    """Return the mistakes in an entry's types, and what would have no effect.

    :param read: the entry's options, those with a mistake at their defaults
    """
    given = entry.get("key")
    key = given if isinstance(given, Mapping) else {}
    found = [(option, _NO_STATE if option == "state" else msg) for option, msg in mistakes]
    if key.get("type") == "ECC" and key.get("size") is not None:
        # Another size would be no better.
        found = [mistake for mistake in found if mistake[0] != "key.size"]
        found.append(("key.size", Message("key.size is for RSA keys. Set key.curve for an ECC key, such as P-256.")))
    if key.get("type") in (None, "RSA") and key.get("curve") is not None:
        found.append(("key.curve", Message("key.curve is for ECC keys. Set key.type to ECC, or leave key.curve out.")))
    days, months = read["renew_before_days"], read["months"]
    if days >= months * _DAYS_OF_A_MONTH:
        shorter = Message("less than the term of {months} months", months=months)
        found.append(("renew_before_days", but_must_be("renew_before_days", days, shorter)))
    name = read["order_name"] or ""
    if not name.isprintable() and name.strip().isprintable():
        found.append(("order_name", Message("{option} has blanks or line breaks at its ends.", option="order_name")))
    return found


def _is_part(option: str, other: str) -> bool:
    """Return whether one option is the other or inside it."""
    return option == other or option.startswith(f"{other}.") or other.startswith(f"{option}.")
