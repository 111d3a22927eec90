# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Open a token through ``python-pkcs11``, and work with its keys.

Only operations that change something on the host open it. Reading a host does not.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import importlib
import importlib.metadata
import pathlib
import sys
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._errors import (
    InvalidInput,
    MissingLibrary,
    PinRefused,
    TokenFailed,
    TokenUnavailable,
)
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message
from ansible_collections.wotrus.pki.plugins.module_utils._token import refused_pins
from ansible_collections.wotrus.pki.plugins.module_utils._token.options import TokenOptions, key_uri
from ansible_collections.wotrus.pki.plugins.module_utils._x509.keys import CURVES, RSA, KeySpec, public_key_sha256
from ansible_collections.wotrus.pki.plugins.module_utils._x509.library import (
    PrivateKey,
    release_of,
    rsa,
    serialization,
    x509,
)

with contextlib.suppress(ImportError):  # require_libraries says so.
    from ansible_collections.wotrus.pki.plugins.module_utils._token.keys import TokenEcKey, TokenRsaKey

_OLDEST_CRYPTOGRAPHY = (36, 0)
_OLDEST_LIBRARY = (0, 7)
_FULL = ("DeviceMemory", "HostMemory")
_GONE = ("TokenNotPresent", "DeviceRemoved", "TokenNotRecognised")
_WRONG_PIN = ("PinIncorrect", "PinInvalid", "PinLenRange")
_LOCKED_PIN = ("PinLocked", "PinExpired")


@dataclasses.dataclass(frozen=True)
class TokenKey:
    """A private key in a token.

    :ivar evidence: what the token says of itself and of the key, by ``EVIDENCE_KEYS`` of the record
    """

    id: bytes
    key: PrivateKey
    sha256: str
    label: str
    evidence: t.Mapping[str, str | bool]


def require_libraries() -> t.Any:
    """Return the package ``pkcs11``.

    :raises MissingLibrary: this Python has none, or a ``cryptography`` that does not sign with keys of others
    """
    import cryptography

    problem: object
    try:
        library = importlib.import_module("pkcs11")
        versions = cryptography.__version__, importlib.metadata.version("python-pkcs11")
        if release_of(versions[0]) >= _OLDEST_CRYPTOGRAPHY and release_of(versions[1]) >= _OLDEST_LIBRARY:
            return library
        problem = Message("it has the versions {versions}", versions=[*versions])
    except ImportError as exc:
        problem = exc
    raise MissingLibrary(
        "key.storage pkcs11 needs the libraries cryptography >= 36 and python-pkcs11 >= 0.7 on the host, and {python} "
        "lacks them ({error}). Install the distribution's packages python3-cryptography and python3-pkcs11, or run "
        "'{python} -m pip install --upgrade cryptography python-pkcs11', or set ansible_python_interpreter to a Python "
        "that has them.",
        python=sys.executable,
        error=problem,
    )


@contextlib.contextmanager
def open_token(options: TokenOptions, *, folder: pathlib.Path) -> t.Iterator[Token]:
    """Open the token and log in, with one try of the PIN.

    :param folder: the folder that remembers refused PINs
    :raises MissingLibrary: ``python-pkcs11`` is missing
    :raises TokenUnavailable: the module is no PKCS#11 library, or the token is not there
    :raises PinRefused: the token refuses the PIN, or would lock itself after another try
    :raises TokenFailed: the token refuses an operation
    """
    pkcs11, found = require_libraries(), find_token(options)
    with _explained(pkcs11, options, str(found.label)):
        session = _log_in(pkcs11, found, options, folder=folder)
        try:
            yield Token(pkcs11, session, options, found)
        finally:
            with contextlib.suppress(pkcs11.PKCS11Error):
                session.close()


def find_token(options: TokenOptions) -> t.Any:
    """Return the token that the options name, without a login.

    :raises MissingLibrary: ``python-pkcs11`` is missing
    :raises TokenUnavailable: the module is no PKCS#11 library, or the token is not there
    """
    pkcs11 = require_libraries()
    try:
        slots = pkcs11.lib(options.module).get_slots(token_present=True)
    except (RuntimeError, OSError) as exc:
        raise TokenUnavailable(
            "key.pkcs11.module: {module} cannot be used as a PKCS#11 library: {error}. Give the path of the "
            "library that came with the token.",
            module=options.module,
            error=str(exc) or type(exc).__name__,
        ) from exc
    found, labels = [], []
    for slot in slots:
        with contextlib.suppress(pkcs11.PKCS11Error):
            token = slot.get_token()
            label = str(token.label).strip()
            labels.append(repr(label))
            if options.slot == slot.slot_id or (options.slot is None and options.token == label):
                found.append(token)
    if len(found) != 1:
        raise TokenUnavailable(
            "key.pkcs11: {number} tokens of {module} are {wanted!r}, and it must be one. There are: {tokens}. Insert "
            "the token, or name its slot in key.pkcs11.slot.",
            number=len(found),
            wanted=options.slot if options.token is None else options.token,
            module=options.module,
            tokens=sorted(labels) or Message("none"),
        )
    return found[0]


def _log_in(pkcs11: t.Any, token: t.Any, options: TokenOptions, *, folder: pathlib.Path) -> t.Any:
    """Return a session with a login, after at most one try."""
    label, serial = _label_and_serial(token)
    name, pin = f"{label}/{serial}", _pin(options)
    locked = Message("The token {label!r} has locked its user PIN. Unlock it with its own tool.", label=label)
    flags = int(token.flags)
    if flags & int(pkcs11.constants.TokenFlag.USER_PIN_LOCKED):
        raise PinRefused(locked)
    if flags & int(pkcs11.constants.TokenFlag.USER_PIN_FINAL_TRY):
        raise PinRefused(
            "The token {label!r} has one try of its user PIN left. It was not used. Log in with the token's own "
            "tool first, which resets the count.",
            label=label,
        )
    refused = Message(
        "{option}: the token {label!r} refused this PIN. It is not tried again, since a token locks itself. Correct "
        "the PIN, or if it is right now, remove {path}.",
        option="key.pkcs11.pin" if options.pin is not None else "key.pkcs11.pin_file",
        label=label,
        path=folder / refused_pins.FILE,
    )
    if refused_pins.is_refused(folder, token=name, pin=pin):
        raise PinRefused(refused)
    try:
        return token.open(rw=True, user_pin=pin)
    except pkcs11.PKCS11Error as exc:
        kind = type(exc).__name__
        if kind in _LOCKED_PIN:
            raise PinRefused(locked) from None
        if kind not in _WRONG_PIN:
            raise
        refused_pins.remember(folder, token=name, pin=pin)
        raise PinRefused(refused) from None


def _pin(options: TokenOptions) -> str:
    if options.pin is not None:
        return options.pin
    problem: object = Message("it is empty")
    try:
        pin = pathlib.Path(str(options.pin_file)).read_text(encoding="utf-8").rstrip("\r\n")
        if pin:
            return pin
    except UnicodeDecodeError:
        problem = Message("it is not text")
    except OSError as exc:
        problem = exc.strerror
    raise PinRefused("key.pkcs11.pin_file: {path} has no user PIN: {error}.", path=options.pin_file, error=problem)


def _label_and_serial(token: t.Any) -> tuple[str, str]:
    serial = token.serial
    return str(token.label).strip(), serial.decode("ascii", "replace") if isinstance(serial, bytes) else str(serial)


@contextlib.contextmanager
def _explained(pkcs11: t.Any, options: TokenOptions, label: str) -> t.Iterator[None]:
    """Raise an error of the collection for one of the library."""
    try:
        yield
    except pkcs11.PKCS11Error as exc:
        kind = type(exc).__name__
        failed = Message(
            "The token {label!r} ({module}) was removed while it was used. Insert it, then run again."
            if kind in _GONE
            else "The token {label!r} ({module}) is full. Remove keys that are not needed any more, then run again."
            if kind in _FULL
            else "The token {label!r} ({module}) refused an operation: {error}.",
            label=label.strip(),
            module=options.module,
            error=f"{kind}: {exc}" if str(exc) else kind,
        )
        raise (TokenUnavailable(failed) if kind in _GONE else TokenFailed(failed)) from exc


class Token:
    """An open token with the keys of one certificate.

    :ivar options: the certificate's option ``key.pkcs11``
    """

    def __init__(self, pkcs11: t.Any, session: t.Any, options: TokenOptions, token: t.Any) -> None:
        self.options = options
        self._pkcs11 = pkcs11
        self._session = session
        self._label, self._serial = _label_and_serial(token)
        self._token = token

    def uri(self, key_id: bytes, *, label: str | None = None) -> bytes:
        """Return the content of ``key.uri`` for a key.

        :param label: its label, if the collection did not make the key
        """
        serial = self._serial.strip() if self.options.token is None else None
        return key_uri(token=self._label, serial=serial, key_id=key_id, label=label or self.options.label)

    def require_own_label(self) -> None:
        """Check that no other certificate's key has the label.

        :raises InvalidInput: there is one
        """
        for key in self._private_keys():
            key_id = self._id(key)
            if key.label == self.options.label and not self.options.is_own_id(key_id):
                raise InvalidInput(
                    "key.pkcs11.label: the token {label!r} has another key with the label {own!r} (id {id}), "
                    "which is not this certificate's. Set another label.",
                    label=self._label,
                    own=self.options.label,
                    id=key_id.hex() or Message("empty"),
                )

    def find(self, sha256: str) -> TokenKey | None:
        """Return the certificate's key with this public key; ``None`` without one."""
        return next((key for key in self.keys() if key.sha256 == sha256), None)

    def find_any(self, sha256: str) -> TokenKey | None:
        """Return a key with this public key, also one of others."""
        keys = (self._token_key(key) for key in self._private_keys())
        return next((key for key in keys if key.sha256 == sha256), None)

    def key(self, key_id: bytes) -> TokenKey | None:
        """Return the key with an id; ``None`` without one."""
        return next((self._token_key(key) for key in self._private_keys(key_id)), None)

    def keys(self) -> list[TokenKey]:
        """Return all keys whose ids have the form of this certificate's."""
        return [self._token_key(key) for key in self._private_keys() if self.options.is_own_id(self._id(key))]

    def own_ids(self) -> set[bytes]:
        """Return the ids that have this certificate's form and label.

        Two certificates may have the same option ``id``.
        """
        labelled = [key for key in self._private_keys() if key.label == self.options.label]
        return {key_id for key in labelled if self.options.is_own_id(key_id := self._id(key))}

    def generate(self, spec: KeySpec, key_id: bytes) -> TokenKey:
        """Make a key pair that signs and cannot be exported."""
        flags, attribute = self._pkcs11.MechanismFlag, self._pkcs11.constants.Attribute
        options = {
            "id": key_id,
            "label": self.options.label,
            "store": True,
            "capabilities": flags.SIGN | flags.VERIFY,
            "private_template": {attribute.SENSITIVE: True, attribute.EXTRACTABLE: False},
        }
        if spec.type == RSA:
            _public, private = self._session.generate_keypair(self._pkcs11.KeyType.RSA, spec.size, **options)
        else:
            encode = importlib.import_module("pkcs11.util.ec").encode_named_curve_parameters
            named = {attribute.EC_PARAMS: encode(CURVES[spec.curve])}
            parameters = self._session.create_domain_parameters(self._pkcs11.KeyType.EC, named, local=True)
            _public, private = parameters.generate_keypair(**options)
        return self._token_key(private)

    def store_certificate(self, key_id: bytes, certificate: x509.Certificate) -> None:
        """Store the certificate beside its key, in place of another one."""
        data = certificate.public_bytes(serialization.Encoding.DER)
        attribute = self._pkcs11.Attribute
        found = self._objects(self._pkcs11.ObjectClass.CERTIFICATE, key_id)
        others = [stored for stored in found if bytes(stored[attribute.VALUE]) != data]
        if len(others) == len(found):
            decode = importlib.import_module("pkcs11.util.x509").decode_x509_certificate
            named = {attribute.TOKEN: True, attribute.ID: key_id, attribute.LABEL: self.options.label}
            self._session.create_object({**decode(data), **named})
        for stored in others:
            stored.destroy()

    def destroy(self, key_id: bytes) -> None:
        """Remove the key pair and the certificates with an id."""
        kinds = self._pkcs11.ObjectClass
        for kind in (kinds.PRIVATE_KEY, kinds.PUBLIC_KEY, kinds.CERTIFICATE):
            for found in self._objects(kind, key_id):
                found.destroy()

    def _objects(self, kind: t.Any, key_id: bytes) -> list[t.Any]:
        attribute = self._pkcs11.Attribute
        # A list, since a token makes one search at a time.
        return list(self._session.get_objects({attribute.CLASS: kind, attribute.ID: key_id}))

    def _private_keys(self, key_id: bytes | None = None) -> list[t.Any]:
        attribute, kinds = self._pkcs11.Attribute, self._pkcs11.KeyType
        named = {} if key_id is None else {attribute.ID: key_id}
        wanted = {attribute.CLASS: self._pkcs11.ObjectClass.PRIVATE_KEY, **named}
        found = (self._session.get_objects({**wanted, attribute.KEY_TYPE: kind}) for kind in (kinds.RSA, kinds.EC))
        return [item for search in found for item in list(search)]

    def _id(self, found: t.Any) -> bytes:
        return bytes(found[self._pkcs11.Attribute.ID])

    def _token_key(self, found: t.Any) -> TokenKey:
        key_id = self._id(found)
        public_key, mechanism = self._public_key(key_id), self._pkcs11.Mechanism
        key: PrivateKey
        if isinstance(public_key, rsa.RSAPublicKey):
            key = TokenRsaKey(public_key, functools.partial(self._sign, found, mechanism.SHA256_RSA_PKCS))
        else:
            key = TokenEcKey(public_key, functools.partial(self._sign, found, mechanism.ECDSA))
        return TokenKey(key_id, key, public_key_sha256(public_key), str(found.label or ""), self._evidence(found))

    def _evidence(self, key: t.Any) -> dict[str, str | bool]:
        """Return what the token says of itself (PKCS #11 3.1, CK_TOKEN_INFO) and of a key (the same, 4.7 and 4.9).

        What it does not say is left out: python-pkcs11 0.7 reads no firmware, and some tokens have no such attributes.
        """
        token = self._token
        texts = {
            "manufacturer": token.manufacturer_id,
            "model": token.model,
            "serial": self._serial,
            "firmware": ".".join(map(str, getattr(token, "firmware_version", ()))),
        }
        said: dict[str, str | bool] = {name: str(text).strip() for name, text in texts.items()}
        for name in ("local", "always_sensitive", "never_extractable"):
            with contextlib.suppress(self._pkcs11.PKCS11Error):
                said[name] = bool(key[self._pkcs11.Attribute[name.upper()]])
        return {name: value for name, value in said.items() if value != ""}

    def _sign(self, key: t.Any, mechanism: t.Any, data: bytes) -> bytes:
        """Sign, with an error of the collection for a failure."""
        with _explained(self._pkcs11, self.options, self._label):
            return bytes(key.sign(data, mechanism=mechanism))

    def _public_key(self, key_id: bytes) -> t.Any:
        """Return the public key beside a private key.

        It may be in a certificate.
        """
        attribute, kinds = self._pkcs11.Attribute, self._pkcs11.ObjectClass
        for found in self._objects(kinds.PUBLIC_KEY, key_id):
            kind = "rsa" if found.key_type == self._pkcs11.KeyType.RSA else "ec"
            encode = getattr(importlib.import_module(f"pkcs11.util.{kind}"), f"encode_{kind}_public_key")
            return serialization.load_der_public_key(encode(found))
        for found in self._objects(kinds.CERTIFICATE, key_id):
            return x509.load_der_x509_certificate(bytes(found[attribute.VALUE])).public_key()
        raise TokenFailed("The token {label!r} has no public key with the id {id}.", label=self._label, id=key_id.hex())
