#!/bin/sh
# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Print the path of a Chromium; print nothing if there is none.

for name in chromium chromium-browser google-chrome; do
    command -v "$name" && exit 0
done
exit 0
