// A list without rows: what hides them, and what would bring some.

import {html, nothing} from './vendor/lit-html/lit-html.js';
import * as api from './api.js';
import {chips} from './chips.js';
import {hiddenBy} from './hidden.js';
import {altered, change} from './listing.js';
import {messages as m} from './messages.js';
import {render, state} from './state.js';

/** What the server says of an answer that has no rows; asked for once. */
let asked = {answer: null, totals: new Map(), suggestions: []};

/** The query without each of its filters, and without its keyword. */
function dropped() {
  const keyword = state.query.get('query');
  return [...chips().map((c) => ({name: c.text, without: c.without, word: false})),
    ...(keyword ? [{name: m.quoted(keyword), without: () => altered('query', null), word: true}] : [])];
}

/** Asks once the list stays empty for a moment: a word that is being typed often finds nothing. */
function ask() {
  const mine = (asked = {answer: state.answer, totals: new Map(), suggestions: []});
  setTimeout(() => {
    if (mine !== asked || state.answer !== mine.answer) return;
    for (const d of dropped().slice(0, 8)) {
      const q = d.without();
      api.view(q, {counts: false, limit: 1}).then((a) => { mine.totals.set(q.toString(), a.page.total); render(); }, () => {});
    }
    if (state.query.get('query')) api.suggest(state.query).then((list) => { mine.suggestions = list; render(); }, () => {});
  }, 200);
}

/** Searches for another keyword, by words. */
function take(keyword) {
  state.text = keyword;
  change(altered('match', 'words', altered('query', keyword)));
}

export function empty() {
  if (asked.answer !== state.answer) ask();
  const hidden = hiddenBy(), drops = dropped();
  const nothingAtAll = !hidden.length && !drops.length;
  return html`
    <div class="nothing">
      <h2>${nothingAtAll ? m.emptyStore : hidden.length ? m.shownNone(hidden.map((h) => h.what).join(', ')) : m.noMatch}</h2>
      ${nothingAtAll ? html`<p>${m.emptyStoreHow} <code>${m.emptyStoreCommand}</code></p>` : nothing}
      ${hidden.length ? html`<p class="actions">${hidden.map((h) => html`<button class="main" @click=${() => change(h.query())}>${m.showThese(h.what)}</button>`)}</p>` : nothing}
      ${asked.suggestions.length ? html`<p>${m.suggest}</p><ul>${asked.suggestions.map((s) => html`<li><button class="link" @click=${() => take(s.keyword)}><bdi>${s.keyword}</bdi></button> <span class="quiet">${m.total(s.total)}</span></li>`)}</ul>` : nothing}
      ${drops.length ? html`<p>${m.drop}</p><ul class="drops">${drops.map((d) => {
        const n = asked.totals.get(d.without().toString());
        return html`<li><button class="link" @click=${() => { if (d.word) state.text = ''; change(d.without()); }}>${m.without(d.name)}</button> <span class="quiet">${n === undefined ? '' : m.total(n)}</span></li>`;
      })}</ul>` : nothing}
    </div>`;
}
