/* Copyright (c) 2026, the wotrus.pki contributors
 * GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Becomes part of Sphinx's language_data.js, after searchtools.js. SYNONYMS is before it.
 */

// Chinese has no spaces, and the reader's browser has no dictionary. It takes the longest words that the index or a synonym has.
var splitQuery = (query) => {
  const { terms, titleterms } = Search._index;
  const isWord = (text) => Object.hasOwn(SYNONYMS, text) || (text.length > 1 && [terms, titleterms].some((one) => Object.hasOwn(one, text)));
  return [...query.matchAll(/[\u4e00-\u9fff]+|[0-9A-Za-z_]+/g)].flatMap(([run]) => {
    if (run < "\u4e00") return [run];
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

// A question has words that its answer lacks. So a page need not have all of them. Each counts by how few pages have it, more in a heading,
// and most in the page's title. Pages with less than a third of the best one's sum are left out.
Search.performTermsSearch = (searchTerms) => {
  const { terms, titleterms, docnames, titles, filenames } = Search._index;
  const stemmer = new Stemmer();
  const stems = (text) => splitQuery(text).map((word) => stemmer.stemWord(word.toLowerCase()));
  const synonyms = Object.fromEntries(Object.entries(SYNONYMS).map(([word, others]) => [stemmer.stemWord(word), stems(others)]));
  const inTitles = titles.map((title) => new Set(stems(title)));
  const sums = new Map();
  for (const term of searchTerms) {
    const found = new Map();
    for (const word of synonyms[term] ?? [term]) {
      for (const index of [terms, titleterms]) {
        for (const page of Object.hasOwn(index, word) ? [index[word]].flat() : []) {
          const weight = inTitles[page].has(word) ? 4 : index === titleterms ? 2 : 1;
          found.set(page, Math.max(weight, found.get(page) ?? 0));
        }
      }
    }
    for (const [page, weight] of found) {
      sums.set(page, (sums.get(page) ?? 0) + weight * Math.log(1 + docnames.length / found.size));
    }
  }
  const best = Math.max(...sums.values());
  return [...sums].filter(([, sum]) => sum >= best / 3).map(([page, sum]) => [
    docnames[page], titles[page], "", null, 3 * sum, filenames[page], SearchResultKind.text,
  ]);
};
