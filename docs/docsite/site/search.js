/* Copyright (c) 2026, the wotrus.pki contributors
 * GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Becomes part of Sphinx's language_data.js, after searchtools.js. SYNONYMS and RUNS are before it.
 */

// As conf.py splits pages: Chinese has no blanks, so its words are each two characters that stand side by side.
const wordsOf = (text) =>
  [...text.matchAll(RUNS)].flatMap(([run]) => {
    if (/^\d+$/.test(run)) return [`#${run}`];
    if (run < "\u4e00" || run.length === 1) return [run];
    return Array.from({ length: run.length - 1 }, (_, at) => run.slice(at, at + 2));
  });

// Chinese words that have synonyms stay whole. The longest come first.
const CHINESE = Object.keys(SYNONYMS).filter((word) => word >= "\u4e00").sort((one, other) => other.length - one.length);
let isInChinese = false;
var splitQuery = (query) => {
  isInChinese = isFromChinese || /[\u4e00-\u9fff]/.test(query);
  const whole = CHINESE.filter((word) => {
    const isThere = query.includes(word);
    query = query.replaceAll(word, " ");
    return isThere;
  });
  return [...whole, ...wordsOf(query)];
};

// Pages in the language of the query come first; so do Chinese ones if a Chinese page led here.
const isFromChinese = new URLSearchParams(window.location.search).get("from") === "zh";
const performSearch = Search._performSearch;
Search._performSearch = (...query) => {
  // Results are shown from the last to the first.
  const isFirst = ([page]) => page.endsWith("_zh") === isInChinese;
  const results = performSearch(...query);
  return [...results.filter((one) => !isFirst(one)), ...results.filter(isFirst)];
};
if (isFromChinese) {
  document.documentElement.lang = "zh-CN";
  Object.assign(Documentation.TRANSLATIONS, {
    "Search Results": "搜索结果",
    Searching: "正在搜索",
    "Preparing search...": "正在准备搜索…",
    "Search finished, found one page matching the search query.": ["找到 ${resultCount} 个页面。", "找到 ${resultCount} 个页面。"],
    "Your search did not match any documents. Please make sure that all words are spelled correctly and that you've selected enough categories.":
      "没有找到相关页面。请换用其他词语。",
  });
  _ready(() => {
    document.querySelector("h1").textContent = "搜索";
    for (const one of document.querySelectorAll("form")) one.insertAdjacentHTML("beforeend", '<input type="hidden" name="from" value="zh">');
  });
}

// A question has words that its answer lacks. So a page need not have all of them. Each counts by how few pages have it, more in a heading,
// and most in the page's title; and less on a long page, which has many words. Pages with less than an eighth of the best one's sum are left out.
Search.performTermsSearch = (searchTerms) => {
  const { terms, titleterms, docnames, titles, filenames } = Search._index;
  const stemmer = new Stemmer();
  const stems = (text) => wordsOf(text).map((word) => stemmer.stemWord(word.toLowerCase()));
  const pagesOf = (index, word) => (Object.hasOwn(index, word) ? [index[word]].flat() : []);
  const synonyms = Object.fromEntries(Object.entries(SYNONYMS).map(([word, others]) => [stemmer.stemWord(word), others]));
  const inTitles = titles.map((title) => new Set(stems(title)));
  const lengths = titles.map(() => 0);
  for (const word of Object.keys(terms)) for (const page of pagesOf(terms, word)) lengths[page] += 1;
  // Chinese pages have more words, since each character is in two.
  const usual = titles.map((_, page) => {
    const alike = lengths.filter((_, other) => docnames[other].endsWith("_zh") === docnames[page].endsWith("_zh"));
    return alike.reduce((sum, one) => sum + one, 0) / alike.length;
  });

  // The weight of each page for a word, or for a synonym of several parts.
  const weights = (parts) => {
    const found = new Map();
    for (const part of parts) {
      const ofPart = new Map();
      for (const index of [terms, titleterms]) {
        for (const page of pagesOf(index, part)) {
          ofPart.set(page, Math.max(ofPart.get(page) ?? 0, inTitles[page].has(part) ? 4 : index === titleterms ? 3 : 1));
        }
      }
      for (const [page, weight] of ofPart) found.set(page, [...(found.get(page) ?? []), weight]);
    }
    return [...found].filter(([, all]) => all.length === parts.length).map(([page, all]) => [page, Math.min(...all)]);
  };
  const sums = new Map();
  for (const term of searchTerms) {
    const found = new Map();
    for (const word of Object.hasOwn(synonyms, term) ? synonyms[term].split(" ") : [term]) {
      for (const [page, weight] of weights(Object.hasOwn(synonyms, term) ? stems(word) : [word])) {
        found.set(page, Math.max(weight, found.get(page) ?? 0));
      }
    }
    for (const [page, weight] of found) {
      const length = Math.sqrt(Math.max(1, lengths[page] / usual[page]));
      sums.set(page, (sums.get(page) ?? 0) + (weight * Math.log(1 + docnames.length / (found.size + 2))) / length);
    }
  }
  const best = Math.max(...sums.values());
  return [...sums].filter(([, sum]) => sum >= best / 8).map(([page, sum]) => [
    docnames[page], titles[page], "", null, 3 * sum, filenames[page], SearchResultKind.text,
  ]);
};
