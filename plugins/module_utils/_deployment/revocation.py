# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The revocation status of a release's certificates, as seen from its host."""

from __future__ import annotations

import datetime as dt

from ansible_collections.wotrus.pki.plugins.module_utils._errors import WotrusError
from ansible_collections.wotrus.pki.plugins.module_utils._model.revocation import RevocationStatus, unchecked
from ansible_collections.wotrus.pki.plugins.module_utils._revocation.check import check_path
from ansible_collections.wotrus.pki.plugins.module_utils._revocation.http import Downloads
from ansible_collections.wotrus.pki.plugins.module_utils._store.inspection import read_path
from ansible_collections.wotrus.pki.plugins.module_utils._store.layout import Layout


def release_statuses(layout: Layout, release: str, downloads: Downloads) -> list[RevocationStatus]:
    """Return the status of each certificate of a release but its root, by the host's clock."""
    try:
        return check_path(read_path(layout.release(release)), now=dt.datetime.now(dt.timezone.utc), downloads=downloads)
    except WotrusError as exc:
        return [unchecked(exc.message)]
