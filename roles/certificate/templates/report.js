/* Copyright (c) 2026, the wotrus.pki contributors
 * GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
(() => {
  'use strict';
  const find = (selector, from = document) => from.querySelector(selector);
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const words = JSON.parse(find('#words').textContent);
  const root = document.documentElement;
  const fleet = find('table.fleet');
  const rows = all('tbody > tr', fleet);
  let chosen = '';
  let language = 'en';

  // A page that is opened as a file may have no storage.
  const choice = {
    read() { try { return localStorage.getItem('wotrus-language'); } catch { return null; } },
    keep(value) { try { localStorage.setItem('wotrus-language', value); } catch { /* It lasts as long as the page. */ } },
  };

  // ---- words, in either language

  // A text in English is its own key.
  const wordOf = (key) => words[language][key] ?? key;
  const textOf = (key, numbers) => {
    const forms = wordOf(key).split('|');
    return forms[numbers.n === '1' ? 0 : forms.length - 1].replace(/\{(\w+)\}/g, (_, name) => numbers[name]);
  };
  const setText = (element, numbers) => {
    Object.assign(element.dataset, numbers);
    element.textContent = textOf(element.dataset.t, element.dataset);
  };
  const setLanguage = (wanted) => {
    language = Object.hasOwn(words, wanted) ? wanted : 'en';
    root.lang = { en: 'en', zh: 'zh-CN' }[language];
    for (const element of all('[data-t]')) element.textContent = textOf(element.dataset.t, element.dataset);
    for (const element of all('[data-t-label]')) element.setAttribute('aria-label', wordOf(element.dataset.tLabel));
    for (const element of all('[data-t-hint]')) element.placeholder = wordOf(element.dataset.tHint);
    for (const button of all('[data-switch]')) button.setAttribute('aria-pressed', String(button.dataset.switch === language));
    if (find('h1').dataset.t) document.title = find('h1').textContent;
    texts = null;
  };

  // ---- times, in the reader's own zone

  const two = (number) => String(number).padStart(2, '0');
  const dayOf = (moment) => `${moment.getFullYear()}-${two(moment.getMonth() + 1)}-${two(moment.getDate())}`;
  const localise = () => {
    for (const element of all('time')) {
      const moment = new Date(element.dateTime);
      const clock = `${two(moment.getHours())}:${two(moment.getMinutes())}`;
      element.textContent = 'time' in element.dataset ? `${dayOf(moment)} ${clock}` : dayOf(moment);
      element.title = `${dayOf(moment)} ${clock}`;
    }
    const minutes = -new Date().getTimezoneOffset();
    const offset = `UTC${minutes < 0 ? '-' : '+'}${two(Math.floor(Math.abs(minutes) / 60))}:${two(Math.abs(minutes) % 60)}`;
    const name = Intl.DateTimeFormat().resolvedOptions().timeZone;
    find('#zone').textContent = name && name !== 'UTC' ? `${name} (${offset})` : 'UTC';
  };
  const age = () => {
    const days = Math.floor((Date.now() - new Date(root.dataset.made)) / 86400000);
    const stale = find('#stale');
    stale.hidden = days < 1;
    if (days >= 1) setText(stale, { n: String(days) });
  };

  // ---- filters

  let texts = null;
  const wanted = () => find('#search').value.trim().toLowerCase().split(/\s+/).filter(Boolean);
  const filter = () => {
    texts ??= new Map(rows.map((row) => [row, `${row.textContent} ${row.dataset.find}`.toLowerCase()]));
    const parts = wanted();
    let shown = 0;
    for (const row of rows) {
      const fits = (!chosen || row.dataset.state === chosen) && parts.every((part) => texts.get(row).includes(part));
      row.hidden = !fits;
      shown += fits;
    }
    for (const button of all('[data-filter]')) {
      button.setAttribute('aria-pressed', String(button.dataset.filter === chosen));
    }
    setText(find('#shown'), { n: String(shown), m: String(rows.length) });
    find('#nothing').hidden = shown > 0;
    find('#clear').hidden = !chosen && !parts.length;
  };
  const clear = () => {
    chosen = '';
    find('#search').value = '';
    filter();
  };

  // ---- sorting

  const valueOf = (row, column) => {
    const cell = row.cells[column];
    return cell.dataset.v ?? cell.textContent;
  };
  const sort = (table, column, descending) => {
    const body = table.tBodies[0];
    const collator = new Intl.Collator(root.lang, { numeric: true });
    const numeric = (value) => value !== '' && Number.isFinite(Number(value));
    const compare = (a, b) => numeric(a) && numeric(b) ? Number(a) - Number(b) : collator.compare(a, b);
    const keyed = [...body.rows].map((row) => [valueOf(row, column), row]);
    keyed.sort(([a], [b]) => descending ? compare(b, a) : compare(a, b));
    body.append(...keyed.map(([, row]) => row));
    [...table.tHead.rows[0].cells].forEach((head, number) => {
      if (number === column) head.setAttribute('aria-sort', descending ? 'descending' : 'ascending');
      else head.removeAttribute('aria-sort');
    });
    if (table === fleet) find('#sort').value = String(column);
  };

  // ---- clicks and keys

  document.addEventListener('click', ({ target }) => {
    const button = target.closest('button');
    if (!button) return;
    const { filter: state, sort: column, switch: newLanguage } = button.dataset;
    if (state !== undefined) {
      chosen = chosen === state ? '' : state;
      filter();
      const section = find('#certificates');
      if (section.getBoundingClientRect().top > innerHeight * 0.75) section.scrollIntoView();
    } else if (column) {
      const head = button.closest('th');
      sort(head.closest('table'), Number(column), head.getAttribute('aria-sort') === 'ascending');
    } else if (newLanguage) {
      choice.keep(newLanguage);
      setLanguage(newLanguage);
      filter();
    } else if (button.id === 'clear') {
      clear();
      find('#search').focus();
    }
  });
  find('#search').addEventListener('input', filter);
  find('#search').addEventListener('keydown', (event) => {
    if (event.key === 'Escape') clear();
  });
  find('#sort').addEventListener('change', ({ target }) => sort(fleet, Number(target.value), false));

  // A link to a closed group opens it.
  const openTarget = () => {
    const target = document.getElementById(location.hash.slice(1));
    if (target?.matches('details')) target.open = true;
  };
  addEventListener('hashchange', openTarget);

  const readers = (navigator.language || '').toLowerCase().startsWith('zh') ? 'zh' : 'en';
  openTarget();
  localise();
  age();
  setLanguage(choice.read() || (root.dataset.language === 'auto' ? readers : root.dataset.language));
  filter();
})();
