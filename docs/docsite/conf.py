# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ``make docs`` appends to the configuration by antsibull-docs."""

import json
import re
from pathlib import Path
from typing import Any

import yaml
from docutils import nodes
from sphinx.addnodes import toctree as toctree_node
from sphinx.application import Sphinx
from sphinx.environment.adapters.toctree import TocTree
from sphinx.search.en import SearchEnglish

_SITE = Path(__file__).resolve().parents[2] / "docs" / "docsite" / "site"

# The contributors' site is built after that of the users, and leads to its pages. No build needs a network.
_USERS = Path("build/html/objects.inv").resolve()
intersphinx_mapping = {"users": ("..", str(_USERS))} if _USERS.is_file() else {}
suppress_warnings = ["ref.ref"]
html_title = project = "wotrus.pki"
pygments_style = "xcode"
# The filters of the role's own tasks.
exclude_patterns = ["_*_filter.rst"]
templates_path = [str(_SITE)]
html_static_path = [str(_SITE / "site.css")]
html_css_files = ["site.css"]
html_search_language = "en-zh"

_BETWEEN = "的了吗呢么着过被把将会能要在是和与或及也都就还没这那个我你他您们请怎什哪多少几从到以为不时后"
"""Characters that join Chinese words."""
_RUNS = rf"[0-9A-Za-z_]+|(?:(?![{_BETWEEN}])[\u4e00-\u9fff])+"
# Words of a question, which say nothing about its page.
_ASKED = {
    *("will", "much", "long", "take", "say", "says", "per", "get", "run", "must", "same", "two", "without"),
    *("everything", "set", "use", "own", "put", "处理", "一次"),
}
_SYNONYMS = yaml.safe_load((_SITE / "synonyms.yml").read_text(encoding="utf-8"))


class SearchBoth(SearchEnglish):
    """One index of the pages in both languages."""

    lang = html_search_language
    language_name = "English and Chinese"
    stopwords = SearchEnglish.stopwords - {"who"} | _ASKED
    js_splitter_code = "\n".join(
        [
            f"const SYNONYMS = {json.dumps(_SYNONYMS)};",
            f"const RUNS = /{_RUNS}/g;",
            (_SITE / "search.js").read_text(encoding="utf-8"),
        ]
    )

    def split(self, text: str) -> list[str]:
        """Return the words of a text: of Chinese, which has no blanks, each two characters that stand side by side."""
        return [part for run in re.findall(_RUNS, text) for part in _parts(run)]


def _parts(run: str) -> list[str]:
    if run.isdecimal():
        # Sphinx leaves numbers out of queries.
        return [f"#{run}"]
    return [run] if run.isascii() or len(run) == 1 else [run[at : at + 2] for at in range(len(run) - 1)]


def improve_source(_app: Sphinx, page: str, source: list[str]) -> None:
    """Change what antsibull-docs writes.

    The entry point ``main`` of a role stands before the others. Titles do not write the collection's name in their own
    way, and no list has the private filters.
    """
    if page.endswith("_role"):
        start, *entries = re.split(r"^(?=\.\. _.*__entrypoint-)", source[0], flags=re.MULTILINE)
        source[0] = start + "".join(sorted(entries, key=lambda entry: "__entrypoint-main:" not in entry))
    elif page in _TITLES:
        text = re.sub(r"^(=+\n)?Wotrus\.Pki.*\n=+$", f"{_TITLES[page]}\n{40 * '='}", source[0], flags=re.MULTILINE)
        source[0] = re.sub(r"^(\* :ansplugin:`| +)_\w+.filter\b.*\n", "", text, flags=re.MULTILINE)


_TITLES = {"reference": "Modules and plugins", "changelog": "Release notes"}
# What the theme writes on a page in Chinese.
_CHINESE = {"Search docs": "搜索", "Previous": "上一页", "Next": "下一页"}


def in_its_language(
    app: Sphinx, page: str, _template: str, context: dict[str, Any], _tree: nodes.document | None
) -> None:
    """Give a Chinese page the Chinese menu, and the words around it."""
    home = "index_zh"
    if not page.endswith("_zh") or home not in app.env.found_docs:
        return

    def menu(**options: Any) -> str:
        trees = [
            TocTree(app.env).resolve(page, app.builder, one, prune=True, **options)
            for one in app.env.get_doctree(home).findall(toctree_node)
        ]
        return "".join(app.builder.render_partial(one)["fragment"] for one in trees if one)

    context |= {
        "language": "zh-CN",
        "root_doc": home,
        "master_doc": home,
        "parents": [],
        "toctree": menu,
        "_": lambda text: _CHINESE.get(text, text),
    }


_WIDE = "[\u3001-\u301f\uff01-\uff5e]"  # punctuation, which has its own space
_CHARACTER = "[\u4e00-\u9fff]"
_BLANK = re.compile(rf"(?<={_WIDE})[ \n]+|[ \n]+(?={_WIDE})|(?<={_CHARACTER})[ \n]+(?={_CHARACTER})")


def join_lines(app: Sphinx, tree: nodes.document) -> None:
    """Show no blank on a Chinese page where its source has a new line, or what reStructuredText needs beside markup."""
    if not app.env.docname.endswith("_zh"):
        return
    for block in tree.findall(nodes.TextElement):
        if isinstance(block, (nodes.Inline, nodes.FixedTextElement)):
            continue
        text, place = block.astext(), 0
        gone = {one for found in _BLANK.finditer(text) for one in range(*found.span())}
        for leaf in list(block.findall(nodes.Text)):
            old, place = leaf.astext(), place + len(leaf.astext())
            new = "".join(one for at, one in enumerate(old, place - len(old)) if at not in gone)
            if new != old and not isinstance(leaf.parent, nodes.literal):
                leaf.parent.replace(leaf, nodes.Text(new))


# What the theme's markup lacks for a screen reader.
_MARKUP = {
    '<p class="caption" role="heading">': '<p class="caption" role="heading" aria-level="2">',
    'class="wy-nav-side"': 'class="wy-nav-side" aria-label="Site"',
    ' aria-role="button"': "",
    "<pre>": '<pre tabindex="0">',
    '<div id="search-results">': '<h1>Search</h1><div id="search-results">',
}

_FORM = '<input type="hidden" name="area" value="default" />'


def improve_markup(app: Sphinx, _failure: Exception | None) -> None:
    """Change the pages that were written."""
    for page in app.outdir.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        for theirs, ours in _MARKUP.items():
            text = text.replace(theirs, ours)
        if page.stem.endswith("_zh"):
            # The search then shows Chinese pages first.
            text = text.replace(_FORM, f'{_FORM}\n    <input type="hidden" name="from" value="zh" />')
        page.write_text(text, encoding="utf-8")


def setup(app: Sphinx) -> None:
    """Add the search language, and what changes pages."""
    app.add_search_language(SearchBoth)
    app.connect("source-read", improve_source)
    app.connect("doctree-read", join_lines)
    app.connect("html-page-context", in_its_language)
    app.connect("build-finished", improve_markup)
