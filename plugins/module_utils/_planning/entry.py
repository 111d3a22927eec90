# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A certificate's entry in the inventory: its options and their checks."""

from __future__ import annotations

import collections
import functools
import typing as t
from collections.abc import Mapping

from ansible_collections.wotrus.pki.plugins.module_utils._commands import split_command, split_reader
from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidInput
from ansible_collections.wotrus.pki.plugins.module_utils._model.deploy_window import DeployWindow
from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import clean_id, id_key, is_guid
from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Json
from ansible_collections.wotrus.pki.plugins.module_utils._model.products import product_id
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import EXTERNAL, HOST, PKCS11, PROVIDED, UKEY
from ansible_collections.wotrus.pki.plugins.module_utils._model.signed_documents import MOST_DOCUMENTS
from ansible_collections.wotrus.pki.plugins.module_utils._orders.inputs import (
    check_organization,
    check_writable,
    refuse_order_number,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.facts import WantedCertificate
from ansible_collections.wotrus.pki.plugins.module_utils._planning.option_types import (
    Mistake,
    but_must_be,
    command_mistakes,
    mistakes_of,
    read_options,
)
from ansible_collections.wotrus.pki.plugins.module_utils._role import ENTRY_ARGUMENTS
from ansible_collections.wotrus.pki.plugins.module_utils._store.layout import CERTIFICATE_NAME
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message
from ansible_collections.wotrus.pki.plugins.module_utils._texts.safe_text import safe_text
from ansible_collections.wotrus.pki.plugins.module_utils._token import options as token
from ansible_collections.wotrus.pki.plugins.module_utils._x509.csr import LONGEST_COMMON_NAME
from ansible_collections.wotrus.pki.plugins.module_utils._x509.keys import (
    KeySpec,
    load_private_key,
    public_key_sha256,
)
from ansible_collections.wotrus.pki.plugins.module_utils._x509.keystores import pkcs12_mistakes
from ansible_collections.wotrus.pki.plugins.module_utils._x509.sent_content import check_place
from ansible_collections.wotrus.pki.plugins.module_utils._x509.subject import with_plain_blanks

# A name becomes a folder, so it is one plain path component.
_FOLDER = Message("a folder's name of letters, digits, dots, dashes and underscores, first a letter or digit")
# A hundred years; it keeps "nan" and "inf" out, which are numbers to Ansible.
_MOST_DAYS = 36500
_LONGEST_ORDER_NAME = 300

COMMAND_OPTIONS = ("csr_command", "install_command", "command_timeout")
"""The options of an external key."""

_READER, _CONTENT = "reload.test_signature.reader", "reload.test_signature.content"

COMMANDS = (
    *("reload.command", "reload.test_signature.command", _READER),
    *("key.csr_command", "key.install_command"),
)
"""The options with a command that the host runs."""

_STORAGES = {
    "key.import_from": (HOST,),
    "key.content": (PROVIDED,),
    "key.pkcs11": (PKCS11, UKEY),
    **{f"key.{name}": (EXTERNAL,) for name in COMMAND_OPTIONS},
    "ukey": (UKEY,),
    "pkcs12": (HOST, PROVIDED),
    "combined_pem": (HOST, PROVIDED),
}
"""Options that are only for some storages of the key."""

_NEEDED = {
    UKEY: "ukey.ship_address",
    PROVIDED: "key.content",
    EXTERNAL: "key.csr_command",
    PKCS11: "key.pkcs11",
}
"""The option that a storage needs."""


def wanted(
    entry: Json, *, host: str, namespace: str, deploy_window: DeployWindow | None, key_home: str, **of_run: t.Any
) -> WantedCertificate:
    """Read an entry.

    :param host: the host's name in the inventory, a part of the default order name
    :param namespace: put before derived order names; empty for none
    :param deploy_window, key_home: of an entry that has none of its own
    :param of_run: what the run says of each certificate
    :raises InvalidInput: the entry makes no sense; the message names it, and the first mistake
    """
    name = entry["name"]
    for _path, msg in entry_mistakes(entry, host=host, namespace=namespace):
        raise InvalidInput("Certificate {name!r}: {msg}", name=name, msg=msg)
    definition = _definition(entry)
    return WantedCertificate(
        name=name,
        host=host,
        order_name=order_name(entry, host=host, namespace=namespace),
        product=definition["product"],
        common_name=definition["common_name"],
        months=entry["months"],
        definition=definition,
        names=frozenset(_texts_in([entry["common_name"], entry["organization"], entry.get("extra")])),
        named_key=_named_key(entry, definition["key"]),
        order_id=clean_id(entry.get("order_id")),
        root_order_id=clean_id(entry.get("root_order_id")),
        renew_before_days=entry["renew_before_days"],
        renew_spread_days=entry["renew_spread_days"],
        public_key_sha256=_provided_key(entry),
        has_token=bool(option_of(entry, "key.pkcs11")),
        reload=reload_of(entry) if entry.get("reload") else None,
        may_reissue=entry["on_change"] == "reissue",
        signed_documents=entry.get("signed_documents"),
        key_home=entry.get("key_home") or key_home,
        replace_orders=frozenset(map(id_key, entry["replace_orders"])),
        deploy_window=DeployWindow.read(entry["deploy_window"]) if entry.get("deploy_window") else deploy_window,
        **of_run,
    )


def order_name(entry: Json, *, host: str, namespace: str) -> str:
    """Return the order's name: from the inventory alone, whatever a record says."""
    given = (entry.get("order_name") or "").strip()
    # A key that is provided is one that hosts share, and so they share its order.
    own = entry["name"] if option_of(entry, "key.storage") == PROVIDED else f"{entry['name']}@{host}"
    return given or (f"{namespace.strip()}/{own}" if namespace.strip() else str(own))


def entry_mistakes(entry: Json, *, host: str, namespace: str = "") -> t.Iterator[Mistake]:
    """Yield the mistakes in an entry whose options have their types.

    :param host, namespace: as for :func:`order_name`
    """
    if not CERTIFICATE_NAME.fullmatch(entry["name"]):
        yield "name", but_must_be("name", entry["name"], _FOLDER)
    yield from mistakes_of("product", product_id, entry["product"])
    if not entry["common_name"].strip():
        yield "common_name", Message("{option} is empty.", option="common_name")
    yield from _length_mistakes("common_name", entry["common_name"].strip(), LONGEST_COMMON_NAME)
    if not entry.get("organization"):
        yield "organization", Message("organization is missing. Its name is part of every order.")
    else:
        yield from mistakes_of("organization", check_organization, entry["organization"])
    for option in ("renew_before_days", "renew_spread_days"):
        if not 0 <= entry[option] <= _MOST_DAYS:
            yield option, but_must_be(option, entry[option], Message("from 0 to {most} days", most=_MOST_DAYS))
    if entry.get("deploy_window"):
        yield from mistakes_of("deploy_window", DeployWindow.read, entry["deploy_window"])
    yield from _key_mistakes(entry)
    yield from pkcs12_mistakes(entry.get("pkcs12"))
    yield from _order_id_mistakes(entry)
    name = order_name(entry, host=host, namespace=namespace)
    for option, value in (("common_name", entry["common_name"]), ("order_name", name)):
        yield from mistakes_of(option, functools.partial(check_writable, what=option), value)
        if safe_text(value) != value:
            yield option, Message("{option} has control characters.", option=option)
    yield from _length_mistakes("order_name", name, _LONGEST_ORDER_NAME)
    # Ansible checks no options of a value that may also be a word.
    yield from read_options({"reload": entry.get("reload")}, {"reload": ENTRY_ARGUMENTS["reload"]})[1]
    yield from _command_mistakes(entry)
    yield from _document_mistakes(entry)


def _document_mistakes(entry: Json) -> t.Iterator[Mistake]:
    documents = entry.get("signed_documents")
    if not documents:
        return
    path, option = documents["path"], "signed_documents.path"
    is_plain = path.startswith("/") and path.isprintable() and ".." not in path.split("/")
    if not is_plain or path.endswith("/"):
        yield option, but_must_be(option, path, Message("the absolute path of files, such as /srv/out/*.pdf"))
    if not 1 <= documents["newest"] <= MOST_DOCUMENTS:
        option = "signed_documents.newest"
        yield option, but_must_be(option, documents["newest"], Message("from 1 to {most}", most=MOST_DOCUMENTS))
    days, option = documents.get("max_age_days"), "signed_documents.max_age_days"
    if days is not None and not 0 < days <= _MOST_DAYS:
        yield option, but_must_be(option, days, Message("from 0 to {most} days", most=_MOST_DAYS))


def _command_mistakes(entry: Json) -> t.Iterator[Mistake]:
    for option in COMMANDS:
        split = split_reader if option == _READER else split_command
        yield from command_mistakes(option, option_of(entry, option), split)
    test = "reload.test_signature"
    if option_of(entry, test) and option_of(entry, "reload.handler"):
        yield (
            test,
            Message(
                "reload.test_signature is not possible with reload.handler. Handlers run after the deployment, so a "
                "signature that is not good could not bring the former release back. Let reload.command reload the "
                "service."
            ),
        )
    if option_of(entry, _CONTENT) is not None:
        yield from mistakes_of(_CONTENT, functools.partial(check_place, option=_CONTENT), option_of(entry, _CONTENT))


def _length_mistakes(option: str, value: str, longest: int) -> t.Iterator[Mistake]:
    if len(value) > longest:
        yield option, Message("{option} has more than {longest} characters.", option=option, longest=longest)


def _order_id_mistakes(entry: Json) -> t.Iterator[Mistake]:
    given = [(option, entry[option]) for option in ("order_id", "root_order_id") if entry.get(option)]
    for option, order_id in [*given, *(("replace_orders", order_id) for order_id in entry["replace_orders"])]:
        yield from mistakes_of(option, functools.partial(check_order_id, option=option), order_id)
    if entry.get("root_order_id") and not entry.get("order_id"):
        yield "root_order_id", Message("root_order_id is given without order_id.")


def names_twice(names: t.Sequence[tuple[str, str]]) -> t.Iterator[Message]:
    """Yield a mistake for each name and each order name of several entries.

    :param names: the name and the order name of each entry
    """
    # Two entries of one name have one order name too, which is no second mistake.
    for what, values in (
        ("name", [name for name, _order in names]),
        ("order_name", [order_name for _n, order_name in set(names)]),
    ):
        for value, count in collections.Counter(values).items():
            if count > 1:
                yield Message("Two certificates have the {what} {value!r}. Each needs its own.", what=what, value=value)


def check_order_id(order_id: str, *, option: str) -> None:
    """Check an order's id in an option.

    :raises InvalidInput: it is none, but for example an order's number
    """
    refuse_order_number(order_id, option=option)
    if not is_guid(order_id):
        wanted = Message("the id of an order, which status and the report show")
        raise InvalidInput(but_must_be(option, order_id, wanted))


def _key_mistakes(entry: Json) -> t.Iterator[Mistake]:
    storage = option_of(entry, "key.storage") or HOST
    for option, storages in _STORAGES.items():
        if option_of(entry, option) and storage not in storages:
            kind, *others = storages
            needed = Message("{one} or {other}", one=kind, other=others[0]) if others else kind
            msg = Message("{option} is given, but key.storage is not {storages}.", option=option, storages=needed)
            yield option, msg
    needs = _NEEDED.get(storage)
    if needs and not str(option_of(entry, needs) or "").strip():
        yield needs, Message("key.storage is {storage}, so {option} is needed.", storage=storage, option=needs)
    if storage == PROVIDED and option_of(entry, "key.content"):
        yield from mistakes_of("key.content", _provided_key, entry)
    for part, problem in token.pkcs11_mistakes(option_of(entry, "key.pkcs11") or {}):
        yield f"key.pkcs11.{part}", problem


def reload_of(entry: Json) -> Json:
    """Return the options of ``reload``; empty without it, and if no service needs one."""
    reload = entry.get("reload")
    return reload if isinstance(reload, Mapping) else {}


def option_of(entry: Json, path: str) -> t.Any:
    """Return an option of an entry, such as ``key.storage``; ``None`` without it."""
    value: t.Any = entry
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _definition(entry: Json) -> dict[str, t.Any]:
    common_name = with_plain_blanks(entry["common_name"].strip())
    return {
        "product": product_id(entry["product"]),
        "common_name": common_name,
        "months": entry["months"],
        "key": _key(entry),
        "subject": _subject(common_name, entry["organization"]),
    }


def _key(entry: Json) -> dict[str, t.Any]:
    key = entry.get("key") or {}
    storage = key.get("storage") or HOST
    if storage in (UKEY, PROVIDED, EXTERNAL):
        return {"storage": storage}
    # Another token needs another key. Its label is no secret, so the name must not look like that of one.
    device = (key.get("pkcs11") or {}).get("token")
    held = {"device": device} if device else {}
    return {**KeySpec.of(key).parts, "storage": storage, **held}


def _named_key(entry: Json, key: Json) -> frozenset[str]:
    """Return the key options of the definition that an entry names.

    A size or a curve names the type too. The storage always counts.
    """
    given = entry.get("key") or {}
    named = {name for name in key if given.get(name) is not None}
    return frozenset(named | {"storage", "device"} | ({"type"} if named & {"size", "curve"} else set()))


def _texts_in(value: t.Any) -> t.Iterator[str]:
    """Yield the texts of an option, in lower case."""
    if isinstance(value, str):
        yield value.strip().casefold()
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for part in parts:
        yield from _texts_in(part)


def _provided_key(entry: Json) -> str | None:
    """Return the SHA-256 of the public key of a provided key.

    :raises InvalidKey: it cannot be read
    """
    if option_of(entry, "key.storage") != PROVIDED:
        return None
    return public_key_sha256(load_private_key(entry["key"]["content"].encode("utf-8", errors="replace")).public_key())


def _subject(common_name: str, organization: Json) -> dict[str, str]:
    """Return the subject of the CSR, which the CA may change."""
    subject = {
        "common_name": common_name,
        "organization": organization.get("name"),
        "country": organization.get("country_code"),
        "state": organization.get("state"),
        "locality": organization.get("city"),
    }
    return {field: with_plain_blanks(value.strip()) for field, value in subject.items() if value and value.strip()}
