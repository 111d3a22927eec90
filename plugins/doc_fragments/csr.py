# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of modules that take a certificate signing request."""

from __future__ import annotations


class ModuleDocFragment:
    """Documentation of the certificate signing request."""

    DOCUMENTATION = r"""
options:
  csr:
    description:
      - The certificate signing request in PEM form, for an RSA key of at least 2048 bits or an ECC key on P-256 or
        P-384.
      - A module checks its signature and its key, and sends it as it is. Only the role P(wotrus.pki.certificate#role)
        compares its subject and extensions with an entry.
      - Mutually exclusive with O(csr_path).
    type: str
  csr_path:
    description:
      - The path of a file with the certificate signing request, on the controller.
      - Mutually exclusive with O(csr).
    type: path
"""
