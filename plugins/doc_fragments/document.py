# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The option of modules that send evidence."""

from __future__ import annotations


class ModuleDocFragment:
    """Documentation of the evidence."""

    DOCUMENTATION = r"""
options:
  document:
    description:
      - The evidence. It is checked before anything is sent, and is never shown.
    type: dict
    suboptions:
      path:
        description:
          - The path of a C(.pdf), C(.jpg) or C(.gif) file of at most 10 MiB.
          - Exactly one of O(document.path) and O(document.content) is required.
        type: path
      content:
        description: The document in base64, together with O(document.file_type).
        type: str
      file_type:
        description: The type of O(document.content).
        type: str
        choices: [.pdf, .jpg, .gif]
"""
