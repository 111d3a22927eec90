# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ``make docs`` appends to the configuration by antsibull-docs."""

import re

from rjieba import cut_for_search
from sphinx.application import Sphinx
from sphinx.search.en import SearchEnglish

# The build works without a network.
intersphinx_mapping: dict[str, str] = {}
suppress_warnings = ["ref.ref"]
html_search_language = "en-zh"

_RUNS = r"[\u4e00-\u9fff]+|[0-9A-Za-z_]+"
# Chinese has no spaces, and the reader's browser has no dictionary. It takes the longest words that the index has.
_SPLIT_QUERY = """
var splitQuery = (query) => {
  const {terms, titleterms} = Search._index;
  const isWord = (text) => text.length > 1 && (Object.hasOwn(terms, text) || Object.hasOwn(titleterms, text));
  return [...query.matchAll(/%s/g)].flatMap(([run]) => {
    if (run < "\\u4e00") return [run];
    const words = [];
    let start = 0;
    while (start < run.length) {
      let end = run.length;
      while (end > start && !isWord(run.slice(start, end))) end -= 1;
      if (end > start) words.push(run.slice(start, end));
      start = Math.max(end, start + 1);
    }
    return words;
  });
};
"""


class SearchBoth(SearchEnglish):
    """One index of the pages in both languages."""

    lang = html_search_language
    language_name = "English and Chinese"
    # Words of a question, which the page with the answer need not have.
    stopwords = SearchEnglish.stopwords | {"怎么", "怎么办", "如何", "什么", "为什么"}
    js_splitter_code = _SPLIT_QUERY % _RUNS

    def split(self, text: str) -> list[str]:
        """Return the words of a text, without single Chinese characters."""
        parts = [[run] if run.isascii() else cut_for_search(run) for run in re.findall(_RUNS, text)]
        return [word for part in parts for word in part if word.isascii() or len(word) > 1]


def main_first(_app: Sphinx, page: str, source: list[str]) -> None:
    """Put the entry point ``main`` of a role before the others."""
    if page.endswith("_role"):
        start, *entries = re.split(r"^(?=\.\. _.*__entrypoint-)", source[0], flags=re.MULTILINE)
        source[0] = start + "".join(sorted(entries, key=lambda entry: "__entrypoint-main:" not in entry))


def setup(app: Sphinx) -> None:
    """Add the search language and the order of entry points."""
    app.add_search_language(SearchBoth)
    app.connect("source-read", main_first)
