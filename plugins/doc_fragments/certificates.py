# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of modules that take the certificates of a host."""

from __future__ import annotations

from ansible_collections.wotrus.pki.plugins.doc_fragments import organization

_ENTRY = r"""
name:
  description:
    - The certificate's name, and the name of its folder on the host. It has letters, digits, dots, dashes and
      underscores.
  type: str
  required: true
order_name:
  description:
    - The name of its order, unique in your account. The idempotence value of the first order is derived from it.
    - By default it is the certificate's name, C(@) and O(host); for a provided key the certificate's name alone.
      O(order_namespace) is put before a default name.
  type: str
order_id:
  description:
    - The id of an existing order, such as one that was placed in the web console. It replaces the order name as the
      first order of the certificate. It must be for the product and the common name of the entry.
    - It places no order, and may stay in the inventory. If the record has an order that follows it, that order is used.
  type: str
product:
  description: The product's name or GUID, as in O(wotrus.pki.wotrus_order#module:product).
  type: str
  required: true
common_name:
  description: The common name of the certificate, in general the organization's name.
  type: str
  required: true
months:
  description: The validity in months. A renewal has one month more while days are left of the old certificate.
  type: int
  choices: [12, 24]
  default: 12
key:
  description: The private key of the certificate.
  type: dict
  suboptions:
    type:
      description: The key type.
      type: str
      choices: [RSA, ECC]
      default: RSA
    size:
      description: The bits of an RSA key.
      type: int
      choices: [2048, 3072, 4096]
      default: 3072
    curve:
      description: The curve of an ECC key.
      type: str
      choices: [P-256, P-384]
      default: P-256
    storage:
      description:
        - The place of the key. V(host) is a key that is made on the host and stays there. V(ukey) is a USB token that
          WoTrus sends.
        - V(provided) is your key for several hosts. These hosts share the order too.
      type: str
      choices: [host, ukey, provided]
      default: host
    content:
      description: The private key in PEM form, for a provided key. Keep it in a secret store. It is never shown.
      type: str
    import_from:
      description:
        - The path of an existing key file on the host. It becomes the certificate's first key, so that a certificate
          that was bought by hand is managed without a reissue. Use it with C(order_id).
        - Later keys are made on the host as usual. It needs the storage V(host).
      type: str
ukey:
  description: The UKey. Required if the key is on a UKey.
  type: dict
  suboptions:
    password:
      description: The password of the UKey. By default, the host generates one.
      type: str
    password_length:
      description: The length of a generated password. The default is 12 characters.
      type: int
    password_alphabet:
      description: The characters of a generated password.
      type: str
    ship_address:
      description: The address to which WoTrus sends the UKey.
      type: str
renew_before_days:
  description:
    - The days before the certificate's end at which it is renewed, at most a third of the order's term.
  type: float
  default: 30
renew_before_share:
  description: The renewal window as a share of the certificate's validity, such as V(0.25), instead of days.
  type: float
renew_spread_days:
  description:
    - Renew up to this many days earlier. Each certificate has a fixed offset, so that a fleet does not renew at once.
  type: float
  default: 0
on_change:
  description:
    - What to do if the key or the subject of the entry changes. V(reissue) requests a new certificate, which is free.
      V(fail) blocks the certificate.
  type: str
  choices: [reissue, fail]
  default: reissue
pkcs12:
  description: Adds a PKCS#12 file, C(bundle.p12), to the release.
  type: dict
  suboptions:
    password:
      description: The password of the file. Keep it in a secret store. It is never shown.
      type: str
      required: true
    friendly_name:
      description: The friendly name of the key and certificate in the file.
      type: str
reload:
  description:
    - How services get a new certificate. Exactly one of C(command) and C(handler) is required.
  type: dict
  suboptions:
    command:
      description:
        - A command that the host runs, without a shell, right after the new certificate is live. If it fails, the
          former release is live again.
      type: str
    handler:
      description: The name of a handler of the play that is notified.
      type: str
    served_at:
      description:
        - The address of a TLS service, such as V(127.0.0.1:8443). After the command, the service must serve the new
          certificate.
      type: str
extra:
  description: Further fields of the order, as in O(wotrus.pki.wotrus_order#module:extra).
  type: dict
"""

_OPTIONS = r"""
certificates:
  description:
    - The certificates of the host, as in C(wotrus_certificates) of the role P(wotrus.pki.certificate#role).
  type: list
  elements: dict
  required: true
  suboptions:
@ENTRY@
base_dir:
  description:
    - The directory on the host that has a folder for each certificate. All folders are read in one execution on the
      host, with the connection and the C(become) of the task.
  type: str
  required: true
host:
  description:
    - The host's name in the inventory. It is a part of the default order names.
  type: str
  required: true
order_namespace:
  description:
    - A text that is put before each default order name, with a slash. It keeps inventories apart that use one account
      and the same host names, such as staging and production.
  type: str
  default: ''
replace_orders:
  description:
    - Ids of orders that another order may follow, which is charged. Name an order that was rejected, closed or
      revoked, an order for another product or common name, or an order that was renewed too recently.
    - An id may stay in the list. The order that follows it is the same in every run.
  type: list
  elements: str
  default: []
reissue:
  description:
    - The names of certificates to reissue now with a new key. One text may have several names, separated by commas,
      blanks or line ends.
    - A certificate that cannot be reissued now is V(blocked), with the reason V(requested). If another action is due
      first, such as a renewal, there is a warning.
  type: list
  elements: str
  default: []
keys_since:
  description:
    - A time such as V(2026-11-25T00:00:00Z). Each certificate whose key was made on its host before that time is
      reissued once. Keys that were not made on the host are skipped with a warning.
  type: str
actions:
  description:
    - The allowed actions. Other due actions are V(not_selected). By default, all actions are allowed.
    - If a dead order must be replaced and this is not allowed, the certificate is V(blocked).
  type: list
  elements: str
  choices: [order, renew, reissue, resume]
alarm_days:
  description:
    - If a live certificate ends within this many days, that is a failure unless the run deploys a new one. If half of
      the renewal window is shorter, that is used.
  type: float
  default: 7
alarm_waiting_days:
  description:
    - If an order waits for more than this many days, that is a warning, or a failure if no certificate is live.
  type: float
  default: 5
"""


def _indented(text: str, blanks: int) -> str:
    return "\n".join(f"{' ' * blanks}{line}" for line in text.strip().splitlines())


class ModuleDocFragment:
    """Documentation of a host's certificates, and of the actions of a run."""

    DOCUMENTATION: str = "options:\n" + _indented(
        _OPTIONS.replace("@ENTRY@", _indented(_ENTRY + organization.OPTIONS.lstrip(), 4)), 2
    )
