# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of ``wotrus_deployment``: their argument spec, and their checks."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._commands import split_command, split_reader, split_validate
from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidInput
from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Params, filled
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import OPERATIONS, PENDING_KEYS, STORAGES
from ansible_collections.wotrus.pki.plugins.module_utils._model.verification import COMPATIBLE, STRICT, VERIFICATION
from ansible_collections.wotrus.pki.plugins.module_utils._store.layout import LEAST_RELEASES, SM2_PARTS
from ansible_collections.wotrus.pki.plugins.module_utils._store.ownership import read_groups
from ansible_collections.wotrus.pki.plugins.module_utils._token.options import PKCS11
from ansible_collections.wotrus.pki.plugins.module_utils._x509.keystores import PKCS12, Pkcs12Options, pkcs12_mistakes
from ansible_collections.wotrus.pki.plugins.module_utils._x509.sent_content import check_place
from ansible_collections.wotrus.pki.plugins.module_utils._x509.subject import SUBJECT_FIELDS

FILE_OPTIONS = ("mode", "owner", "group", "seuser", "serole", "selevel", "setype", "attributes")
PREPARED, RECORDED, PRESENT, ROLLED_BACK, ABSENT, REHEARSED = STATES = (
    *("prepared", "recorded", "present", "rolled_back", "absent", "rehearsed"),
)
"""The values of the option ``state``."""

PDF, _CMS = FORMATS = ("pdf", "cms")
OPTIONAL, REQUIRED = "optional", "required"
"""Whether a test signature must have a timestamp."""

_TEXT: dict[str, t.Any] = {"type": "str"}
_TEXTS: dict[str, t.Any] = {"type": "list", "elements": "str"}
_NUMBER: dict[str, t.Any] = {"type": "int"}
_FLAG: dict[str, t.Any] = {"type": "bool"}
_RECORD: dict[str, t.Any] = {
    **dict.fromkeys(("name", "order_name", *PENDING_KEYS), _TEXT),
    "operation": {**_TEXT, "choices": list(OPERATIONS)},
    "months": _NUMBER,
    "definition": {"type": "dict"},
    "refused_key_sha256": {**_TEXT, "no_log": False},
    "ukey_password_known": {**_FLAG, "no_log": False},
    **dict.fromkeys(("reload_pending", "unnotified"), _FLAG),
    **dict.fromkeys(("revoked_order_ids", "revoking_order_ids"), _TEXTS),
}
_KEY: dict[str, t.Any] = {
    **dict.fromkeys(("csr_command", "install_command"), _TEXT),
    "type": {**_TEXT, "choices": ["RSA", "ECC"]},
    "size": {**_NUMBER, "choices": [2048, 3072, 4096]},
    "curve": {**_TEXT, "choices": ["P-256", "P-384"]},
    "storage": {**_TEXT, "choices": list(STORAGES)},
    "content": {**_TEXT, "no_log": True},
    "import_from": {"type": "path"},
    "pkcs11": PKCS11,
    "command_timeout": _NUMBER,
    "existing_sha256": {**_TEXT, "no_log": False},
    "refused_sha256": {**_TEXT, "no_log": False},
}
_SIGNATURE_TEST: dict[str, t.Any] = {
    "command": {**_TEXT, "required": True},
    "format": {**_TEXT, "required": True, "choices": list(FORMATS)},
    "content": {**_TEXT, "required": True},
    "timestamp": {**_TEXT, "choices": [OPTIONAL, REQUIRED]},
    "reader": _TEXT,
}
_SM2_PART = {"type": "dict", "options": {"certificate": {**_TEXT, "required": True}, "chain": _TEXTS, "root": _TEXT}}
_OPTIONS: dict[str, t.Any] = {
    **dict.fromkeys(("expected_state", "certificate", "root", "validate", "reload_command"), _TEXT),
    **dict.fromkeys(("owner", "group", "seuser", "serole", "selevel", "setype"), _TEXT),
    **dict.fromkeys(("keep", "reload_timeout", "lock_timeout"), _NUMBER),
    **dict.fromkeys(("chain", "trusted_groups"), _TEXTS),
    "state": {**_TEXT, "choices": list(STATES)},
    "key": {"type": "dict", "no_log": False, "options": _KEY},
    "subject": {"type": "dict", "options": dict.fromkeys(SUBJECT_FIELDS, _TEXT)},
    "ukey_password": {**_TEXT, "no_log": True},
    "ukey_password_length": {**_NUMBER, "no_log": False},
    "ukey_password_alphabet": {**_TEXT, "no_log": False},
    "record": {"type": "dict", "options": _RECORD},
    "sm2": {"type": "dict", "options": dict.fromkeys(SM2_PARTS, _SM2_PART), "required_one_of": [SM2_PARTS]},
    "verification": VERIFICATION,
    "test_signature": {"type": "dict", "options": _SIGNATURE_TEST},
    "pkcs12": PKCS12,
    "combined_pem": _FLAG,
    "prune_encryption_keys": {**_FLAG, "no_log": False},
    "mode": {"type": "raw"},
    "attributes": {**_TEXT, "aliases": ["attr"]},
}
_DEFAULTS = {
    "state": PRESENT,
    "keep": 3,
    "verification": STRICT,
    "lock_timeout": 30,
    "reload_timeout": 60,
}
_UNCHANGED = ("path", "state", "expected_state", "ukey_password", "keep", "reload_timeout", "lock_timeout")


@dataclasses.dataclass(frozen=True)
class DeploymentOptions:
    """The options of one certificate.

    :ivar expected_state: the digest of the state that the directory must have; ``None`` if it is not checked
    :ivar certificates: the options with ``certificate``, ``chain`` and ``root``, of the certificate itself,
        ``sm2.sign`` and ``sm2.encrypt``
    :ivar is_strict: refuse a certificate or chain that breaks a rule
    :ivar prune_encryption_keys: remove old keys although they may be needed to decrypt
    :ivar key: the given options of ``key``
    :ivar reload_command: the command that makes services read the live files, as a list
    :ivar signature_test: the option ``test_signature`` with its commands as lists; ``None`` without one
    :ivar ukey_password_options: ``length`` and ``alphabet`` of a new UKey password
    :ivar trusted_groups: ids of the groups that may write in the directories above
    :ivar validate: the command as a list, with ``%s`` for the folder of the release
    :ivar files: Ansible's file options
    """

    path: str
    state: str
    expected_state: str | None
    key: Params
    subject: t.Mapping[str, str]
    ukey_password: str | None
    ukey_password_options: Params
    record: Params
    certificates: t.Mapping[str, Params]
    keep: int
    is_strict: bool
    pkcs12: Pkcs12Options | None
    combined_pem: bool
    prune_encryption_keys: bool
    validate: tuple[str, ...]
    reload_command: tuple[str, ...]
    reload_timeout: float
    lock_timeout: float
    trusted_groups: frozenset[int]
    signature_test: Params | None
    files: Params


def argument_spec() -> dict[str, t.Any]:
    """Return the argument spec of the module."""
    defaults = {name: {**_OPTIONS[name], "default": default} for name, default in _DEFAULTS.items()}
    element = {**_OPTIONS, "path": {"type": "path", "required": True}}
    several = {"type": "list", "elements": "dict", "options": element}
    return {**_OPTIONS, **defaults, "path": {"type": "path"}, "deployments": several}


def constraints() -> dict[str, t.Any]:
    """Return the rules between options, for AnsibleModule."""
    return {"mutually_exclusive": [("path", "deployments")], "required_one_of": [("path", "deployments")]}


def read_options(params: Params) -> list[DeploymentOptions]:
    """Return the options of each certificate.

    Elements of ``deployments`` take missing options from those of the module.

    :raises InvalidInput: an option is invalid
    """
    elements = params["deployments"]
    if elements is None:
        return [_options(params)]
    return [_options({**params, **filled(element)}) for element in elements]


def _options(params: Params) -> DeploymentOptions:
    record = filled(params["record"])
    parts = {f"sm2.{name}": part for name, part in filled(params["sm2"]).items()}
    options = DeploymentOptions(
        **{name: params[name] for name in _UNCHANGED},
        key=filled(params["key"]),
        subject=filled(params["subject"]),
        ukey_password_options=_ukey_password_options(params),
        record=record,
        certificates={"certificate": params, **parts},
        is_strict=params["verification"] != COMPATIBLE,
        pkcs12=_pkcs12(params, name=record.get("name")),
        combined_pem=bool(params["combined_pem"]),
        prune_encryption_keys=bool(params["prune_encryption_keys"]),
        validate=split_validate(params["validate"], option="validate"),
        reload_command=split_command(params["reload_command"], option="reload_command"),
        signature_test=_signature_test(params["test_signature"]),
        trusted_groups=read_groups(params["trusted_groups"] or ()),
        files={name: params[name] for name in FILE_OPTIONS},
    )
    _check(options)
    return options


def _ukey_password_options(params: Params) -> Params:
    length, alphabet = params["ukey_password_length"], params["ukey_password_alphabet"]
    if length is not None and not 8 <= length <= 64:
        raise InvalidInput("ukey_password_length is {length}. It must be 8 to 64.", length=length)
    if alphabet is not None and (len(set(alphabet)) < 10 or not alphabet.isprintable() or " " in alphabet):
        raise InvalidInput("ukey_password_alphabet must have at least 10 different characters, all of them visible.")
    return filled({"length": length, "alphabet": alphabet})


def _pkcs12(params: Params, *, name: str | None) -> Pkcs12Options | None:
    options = filled(params["pkcs12"])
    if not options:
        return None
    for _option, problem in pkcs12_mistakes(options):
        raise InvalidInput(problem)
    friendly_name = options.get("friendly_name") or name or params["path"].rstrip("/").rpartition("/")[2]
    return Pkcs12Options(
        password=options["password"],
        friendly_name=friendly_name,
        encryption=options["encryption"],
        files={name: options[name] for name in ("owner", "group") if name in options},
        mode=int(options.get("mode", "0600"), 8),
    )


def _signature_test(given: Params | None) -> Params | None:
    if given is None:
        return None
    command = split_command(given["command"], option="test_signature.command")
    reader = split_reader(given["reader"], option="test_signature.reader")
    check_place(given["content"], option="test_signature.content")
    return {**given, "command": command, "reader": reader}


def _check(options: DeploymentOptions) -> None:
    path, is_reloading = options.path, options.state not in (PREPARED, ABSENT)
    for name in ("csr_command", "install_command"):
        split_command(options.key.get(name), option=f"key.{name}")
    if options.keep < LEAST_RELEASES:
        raise InvalidInput("keep is {keep}. It must be 2 or more, so that a rollback is possible.", keep=options.keep)
    if options.reload_command and not is_reloading:
        raise InvalidInput(
            "{path}: reload_command needs the state present, recorded, rolled_back or rehearsed.", path=path
        )
    if options.signature_test and not options.signature_test["command"]:
        raise InvalidInput("{path}: test_signature.command is empty.", path=path)
    if options.signature_test and not options.reload_command:
        raise InvalidInput("{path}: test_signature needs reload_command.", path=path)
    if options.ukey_password is not None and not options.ukey_password.strip():
        raise InvalidInput("{path}: ukey_password is empty. Set it, or leave it out to generate one.", path=path)
