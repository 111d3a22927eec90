# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The state ``rehearsed``: try the commands of a switch with what is live, and change nothing."""

from __future__ import annotations

from ansible_collections.wotrus.pki.plugins.module_utils._deployment.present import validate_release
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.target import (
    Deployment,
    DeploymentResult,
    inspect_directory,
)
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message


def rehearse(deployment: Deployment) -> DeploymentResult:
    """Run the validate command on the live release. The reload and the signature test follow.

    :raises ValidationFailed: the command refused the release
    """
    current = inspect_directory(deployment.layout)
    if current.live is None or current.facts is None:
        missing = Message("{path} has no live certificate, so nothing was tried.", path=deployment.layout.path)
        deployment.target.warn(missing)
    elif not deployment.target.check_mode:
        validate_release(deployment, current.live)
    return DeploymentResult(changed=False, record=current.record, facts=current.facts)
