# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of ``wotrus_deployment``: their argument spec, and their checks."""

from __future__ import annotations

import dataclasses
import enum
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._deployment.commands import split_command
from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidInput
from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Params
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import OPERATIONS, PENDING_KEYS, STORAGES
from ansible_collections.wotrus.pki.plugins.module_utils._model.verification import COMPATIBLE, STRICT, VERIFICATION
from ansible_collections.wotrus.pki.plugins.module_utils._store.layout import SM2_PARTS
from ansible_collections.wotrus.pki.plugins.module_utils._store.ownership import read_groups
from ansible_collections.wotrus.pki.plugins.module_utils._token.options import PKCS11
from ansible_collections.wotrus.pki.plugins.module_utils._x509.keystores import PKCS12, Pkcs12Options, is_private_mode
from ansible_collections.wotrus.pki.plugins.module_utils._x509.subject import SUBJECT_FIELDS

if t.TYPE_CHECKING:
    from ansible_collections.wotrus.pki.plugins.module_utils._deployment.service_check import Address
FILE_OPTIONS = ("mode", "owner", "group", "seuser", "serole", "selevel", "setype", "attributes")
_FEWEST_RELEASES = 2
_SHORTEST_PASSWORD = 8
_LONGEST_PASSWORD = 64
_FEWEST_CHARACTERS = 10
_TEXTS = (
    *("expected_state", "certificate", "root", "validate", "reload_command", "served_at"),
    *("owner", "group", "seuser", "serole", "selevel", "setype"),
)
_DEFAULTS = {
    "state": "present",
    "keep": 3,
    "verification": STRICT,
    "lock_timeout": 30,
    "reload_timeout": 60,
    "served_timeout": 30,
}
_UNCHANGED = ("path", "expected_state", "ukey_password", "keep", "reload_timeout", "lock_timeout", "served_timeout")

Sm2Texts = t.Mapping[str, tuple[str, str]]
"""By part of the pair: certificate and chain in one text, and the root."""


class DeploymentState(enum.Enum):
    """The values of the option ``state``."""

    PREPARED = "prepared"
    RECORDED = "recorded"
    PRESENT = "present"
    ROLLED_BACK = "rolled_back"
    ABSENT = "absent"


_RELOADING_STATES = (DeploymentState.PRESENT, DeploymentState.RECORDED, DeploymentState.ROLLED_BACK)


@dataclasses.dataclass(frozen=True)
class DeploymentOptions:
    """The options of one certificate.

    :ivar expected_state: the digest of the state that the directory must have; ``None`` if it is not checked
    :ivar is_strict: refuse a chain that breaks a rule
    :ivar key: the given options of ``key``
    :ivar reload_command: the command that makes services read the live files, as a list
    :ivar served_at: the address at which a service must serve the live certificate within ``served_timeout`` seconds
    :ivar ukey_password_options: ``length`` and ``alphabet`` of a new UKey password
    :ivar trusted_groups: ids of the groups that may write in the directories above
    :ivar validate: the command as a list, with ``%s`` for the folder of the release
    :ivar files: Ansible's file options
    """

    path: str
    state: DeploymentState
    expected_state: str | None
    key: Params
    subject: t.Mapping[str, str]
    ukey_password: str | None
    ukey_password_options: Params
    record: Params
    certificate: str
    chain: str
    root: str
    keep: int
    sm2: Sm2Texts
    is_strict: bool
    pkcs12: Pkcs12Options | None
    combined_pem: bool
    validate: tuple[str, ...]
    reload_command: tuple[str, ...]
    reload_timeout: float
    lock_timeout: float
    trusted_groups: frozenset[int]
    served_at: Address | None
    served_timeout: float
    files: Params

    @property
    def import_from(self) -> str:
        """The file of the first key; empty for none."""
        return str(self.key.get("import_from") or "")


def argument_spec() -> dict[str, t.Any]:
    """Return the argument spec of the module."""
    element = {**_common_spec(), "path": {"type": "path", "required": True}}
    spec = {name: {**rule, "default": _DEFAULTS[name]} if name in _DEFAULTS else rule for name, rule in element.items()}
    several = {"type": "list", "elements": "dict", "options": element}
    return {**spec, "path": {"type": "path"}, "deployments": several}


def constraints() -> dict[str, t.Any]:
    """Return the rules between options, for AnsibleModule."""
    return {"mutually_exclusive": [("path", "deployments")], "required_one_of": [("path", "deployments")]}


def _common_spec() -> dict[str, t.Any]:
    return {
        **{name: {"type": "str"} for name in _TEXTS},
        **{name: {"type": "int"} for name in ("keep", "reload_timeout", "lock_timeout", "served_timeout")},
        "state": {"type": "str", "choices": [state.value for state in DeploymentState]},
        "key": {
            "type": "dict",
            "no_log": False,
            "options": {
                "type": {"type": "str", "choices": ["RSA", "ECC"]},
                "size": {"type": "int", "choices": [2048, 3072, 4096]},
                "curve": {"type": "str", "choices": ["P-256", "P-384"]},
                "storage": {"type": "str", "choices": list(STORAGES)},
                "content": {"type": "str", "no_log": True},
                "import_from": {"type": "path"},
                "pkcs11": PKCS11,
                "csr_command": {"type": "str"},
                "install_command": {"type": "str"},
                "command_timeout": {"type": "int"},
                "existing_sha256": {"type": "str", "no_log": False},
            },
        },
        "subject": {"type": "dict", "options": {field: {"type": "str"} for field in SUBJECT_FIELDS}},
        "ukey_password": {"type": "str", "no_log": True},
        "ukey_password_length": {"type": "int", "no_log": False},
        "ukey_password_alphabet": {"type": "str", "no_log": False},
        "record": {"type": "dict", "options": _record_spec()},
        "chain": {"type": "list", "elements": "str"},
        "sm2": _sm2_spec(),
        "verification": dict(VERIFICATION),
        "pkcs12": PKCS12,
        "combined_pem": {"type": "bool"},
        "trusted_groups": {"type": "list", "elements": "str"},
        "mode": {"type": "raw"},
        "attributes": {"type": "str", "aliases": ["attr"]},
    }


def _record_spec() -> dict[str, t.Any]:
    kinds: dict[str, dict[str, t.Any]] = {
        "operation": {"type": "str", "choices": list(OPERATIONS)},
        "months": {"type": "int"},
        "definition": {"type": "dict"},
        "ukey_password_known": {"type": "bool", "no_log": False},
    }
    return {
        "name": {"type": "str"},
        "order_name": {"type": "str"},
        **{name: kinds.get(name, {"type": "str"}) for name in PENDING_KEYS},
        "reload_pending": {"type": "bool"},
        "revoked_order_ids": {"type": "list", "elements": "str"},
    }


def _sm2_spec() -> dict[str, t.Any]:
    """Return the argument spec of the option."""
    part = {
        "type": "dict",
        "options": {
            "certificate": {"type": "str", "required": True},
            "chain": {"type": "list", "elements": "str"},
            "root": {"type": "str"},
        },
    }
    return {"type": "dict", "options": dict.fromkeys(SM2_PARTS, part), "required_one_of": [SM2_PARTS]}


def read_options(params: Params) -> list[DeploymentOptions]:
    """Return the options of each certificate.

    Elements of ``deployments`` take missing options from those of the module.

    :raises InvalidInput: an option is invalid
    """
    elements = params["deployments"]
    if elements is None:
        return [_options(params)]
    return [_options({**params, **_given(element)}) for element in elements]


def _options(params: Params) -> DeploymentOptions:
    record = _given(params["record"])
    options = DeploymentOptions(
        **{name: params[name] for name in _UNCHANGED},
        state=DeploymentState(params["state"]),
        key=_given(params["key"]),
        subject=_given(params["subject"]),
        ukey_password_options=_ukey_password_options(params),
        record=record,
        certificate=params["certificate"] or "",
        chain="\n".join(params["chain"] or []),
        root=params["root"] or "",
        sm2=_sm2_texts(params["sm2"]),
        is_strict=params["verification"] != COMPATIBLE,
        pkcs12=_pkcs12(params, name=record.get("name")),
        combined_pem=bool(params["combined_pem"]),
        validate=_validate_command(params["validate"]),
        reload_command=split_command(params["reload_command"], option="reload_command"),
        trusted_groups=read_groups(params["trusted_groups"] or ()),
        served_at=_address(params["served_at"]),
        files={name: params[name] for name in FILE_OPTIONS},
    )
    _check(options)
    return options


def _given(options: Params | None) -> dict[str, t.Any]:
    return {name: value for name, value in (options or {}).items() if value is not None}


def _ukey_password_options(params: Params) -> Params:
    length, alphabet = params["ukey_password_length"], params["ukey_password_alphabet"]
    if length is not None and not _SHORTEST_PASSWORD <= length <= _LONGEST_PASSWORD:
        raise InvalidInput(
            "ukey_password_length is {length}. It must be {least} to {most} characters.",
            length=length,
            least=_SHORTEST_PASSWORD,
            most=_LONGEST_PASSWORD,
        )
    if alphabet is not None and (
        len(set(alphabet)) < _FEWEST_CHARACTERS or not alphabet.isprintable() or " " in alphabet
    ):
        raise InvalidInput(
            "ukey_password_alphabet must have at least {least} different characters, and no space or other "
            "invisible character.",
            least=_FEWEST_CHARACTERS,
        )
    return _given({"length": length, "alphabet": alphabet})


def _pkcs12(params: Params, *, name: str | None) -> Pkcs12Options | None:
    options = _given(params["pkcs12"])
    if not options:
        return None
    if not options["password"]:
        raise InvalidInput("pkcs12.password is empty. Set a password, since the file has the private key.")
    friendly_name = options.get("friendly_name") or name or params["path"].rstrip("/").rpartition("/")[2]
    mode = options.get("mode", "0600")
    if not is_private_mode(mode):
        raise InvalidInput(
            "pkcs12.mode must be octal and give others nothing, such as '0640', not {mode!r}.", mode=mode
        )
    return Pkcs12Options(
        password=options["password"],
        friendly_name=friendly_name,
        encryption=options["encryption"],
        files={name: options[name] for name in ("owner", "group") if name in options},
        mode=int(mode, 8),
    )


def _sm2_texts(option: Params | None) -> Sm2Texts:
    """Return what the option gives."""
    return {
        name: ("\n".join([part["certificate"] or "", *(part["chain"] or [])]), part["root"] or "")
        for name in SM2_PARTS
        if (part := (option or {}).get(name))
    }


def _address(text: str | None) -> Address | None:
    if not text:
        return None
    from ansible_collections.wotrus.pki.plugins.module_utils._deployment.service_check import Address

    return Address.read(text)


def _validate_command(text: str | None) -> tuple[str, ...]:
    command = split_command(text, option="validate")
    if command and not any("%s" in part for part in command):
        raise InvalidInput("validate must contain %s, which is replaced by the folder of the new release.")
    return command


def _check(options: DeploymentOptions) -> None:
    if options.keep < _FEWEST_RELEASES:
        raise InvalidInput("keep is {keep}. It must be 2 or more, so that a rollback is possible.", keep=options.keep)
    if options.reload_command and options.state not in _RELOADING_STATES:
        raise InvalidInput(
            "{path}: reload_command needs the state present, recorded or rolled_back.", path=options.path
        )
    if options.served_at and not (options.reload_command or options.state is DeploymentState.RECORDED):
        raise InvalidInput("{path}: served_at needs reload_command or the state recorded.", path=options.path)
    if options.ukey_password is not None and not options.ukey_password.strip():
        raise InvalidInput(
            "{path}: ukey_password is empty. Set it, or leave it out to generate one.", path=options.path
        )
