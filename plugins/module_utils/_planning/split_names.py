# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names as a list, or as the text of a survey."""

from __future__ import annotations

import re
import typing as t

# A name has none of these; they are what people put between names, one a line included.
_BETWEEN = re.compile(r"[\s,;，；、]+")


def split_names(given: t.Sequence[str] | str | int | None) -> list[str]:
    """Return names as a list: the filter ``_split_names``.

    :param given: a list, or text with commas, blanks or line ends between the names, which may be a number in YAML;
        nothing is no name
    """
    texts = [given] if isinstance(given, (str, int)) else list(given or ())
    return list(dict.fromkeys(name for text in texts for name in _BETWEEN.split(str(text)) if name))
