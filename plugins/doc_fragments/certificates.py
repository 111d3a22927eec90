# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of modules that take the certificates of a host."""

from __future__ import annotations


class ModuleDocFragment:
    """Documentation of a host's certificates, and of the actions of a run."""

    DOCUMENTATION = r"""
options:
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
  reissue:
    description:
      - The names of certificates to reissue now with a new key. One text may have several names, separated by commas,
        blanks or line ends.
      - A certificate that cannot be reissued now is V(blocked), with the reason V(requested). If another action is due
        first, such as a renewal, there is a warning.
    type: list
    elements: str
    default: []
"""
