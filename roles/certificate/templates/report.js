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
  const filtered = all('[data-state]');
  // What is hidden if nothing in it fits.
  const parts = [...all('.group'), ...all('#action_items, #superseded').filter((part) => find('[data-state]', part))];
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
    const { t, count } = element.dataset;
    element.textContent = textOf(t, element.dataset) + (count ? ` (${count})` : '');
  };
  const setLanguage = (wanted) => {
    language = Object.hasOwn(words, wanted) ? wanted : 'en';
    root.lang = { en: 'en', zh: 'zh-CN' }[language];
    for (const element of all('[data-t]')) setText(element, {});
    for (const element of all('[data-t-label]')) element.setAttribute('aria-label', wordOf(element.dataset.tLabel));
    for (const element of all('[data-t-hint]')) element.placeholder = wordOf(element.dataset.tHint);
    for (const button of all('[data-switch]')) button.setAttribute('aria-pressed', String(button.dataset.switch === language));
    document.title = find('h1').textContent;
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
  const filter = () => {
    texts ??= new Map(filtered.map((one) => [one, `${one.textContent} ${one.dataset.find}`.toLowerCase()]));
    const state = find('#state').value;
    const wanted = find('#search').value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    for (const one of filtered) {
      one.hidden = (state && one.dataset.state !== state) || !wanted.every((word) => texts.get(one).includes(word));
    }
    for (const part of parts) part.hidden = !find('[data-state]:not([hidden])', part);
    const shown = rows.filter((row) => !row.hidden).length;
    setText(find('#shown'), { n: String(shown), m: String(rows.length) });
    find('#nothing').hidden = shown > 0;
    find('#clear').hidden = !state && !wanted.length;
  };
  // A group has the number of what it shows, and is open if that is few.
  const choose = () => {
    filter();
    for (const group of all('.group')) {
      const shown = all('li:not([hidden])', group).length;
      find('summary .n', group).textContent = shown;
      group.open = shown <= 20 && (group.id !== 'next_run' || !find('#clear').hidden);
    }
  };
  const clear = () => {
    find('#state').value = '';
    find('#search').value = '';
    choose();
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
    const { sort: column, switch: newLanguage } = button.dataset;
    if (column) {
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
  find('#search').addEventListener('input', choose);
  find('#state').addEventListener('change', choose);
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
  setLanguage(choice.read() || readers);
  filter();
})();
