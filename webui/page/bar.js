// The search bar. Every letter asks anew; a filter that is being typed is offered values, and
// the id of a session the way to it.

import {html, nothing} from './vendor/lit-html/lit-html.js';
import {live as asIs} from './vendor/lit-html/directives/live.js';
import * as api from './api.js';
import {config, filterFields, sortFields} from './config.js';
import {count, zone} from './format.js';
import {hiddenAs} from './hidden.js';
import {change, scroller} from './listing.js';
import {endTyping} from './location.js';
import {messages as m, nameOf} from './messages.js';
import {parse} from './qualifiers.js';
import {render, state} from './state.js';

/** @type {(id: string) => void} */
let goTo = () => {};

/** Says how a session is shown whose id was typed. */
export const onGoTo = (f) => { goTo = f; };

/** Takes what is written in the bar by now. @param {string} text */
export function typed(text) {
  const {words, done, partial} = parse(text, filterFields);
  state.partial = partial;
  state.offer = -1;
  const q = new URLSearchParams(state.query);
  for (const [param, value] of done) {
    if (/^(sort_|created_|updated_)|\[(gte|lte|gt|lt|exists)\]$/.test(param)) q.delete(param);
    if (/^(created_|updated_)/.test(param)) q.set('tz', zone); // the address means the same elsewhere
    if (!q.getAll(param).includes(value)) q.append(param, value);
  }
  const keyword = words.trim();
  if (keyword) q.set('query', keyword);
  else q.delete('query');
  state.text = done.length ? words.trimStart() : text;
  if (q.toString() !== state.query.toString()) change(q, !done.length);
  else render();
  ask();
}

/** Empties the bar. */
export function clearText() {
  state.text = '';
  typed('');
}

// ---- what is offered ----

let asking = null;

/** What may be an id, or the beginning of one. */
function idTyped() {
  const p = state.partial;
  return !p ? state.text.trim() : p.param === 'ids' ? p.value : '';
}

/** Asks the server for offers that the answer does not have. */
function ask() {
  asking?.abort();
  const mine = (asking = new AbortController());
  const p = state.partial, id = idTyped();
  const found = (list) => {
    if (mine !== asking || !(list.length || state.offers.list.length)) return;
    state.offers = {key: p ? `${p.param}:${p.value}` : '', list};
    render();
  };
  const field = p && state.counts?.facets.fields.find((f) => f.field === p.param);
  if (field && field.distinct > field.values.length && p.value) {
    api.searchValues(state.query, p.param, p.value, mine.signal).then(found, () => {});
  } else if (id) {
    setTimeout(() => { // nobody reads it while more letters come
      if (mine === asking) api.find(id, mine.signal).then(found, () => {});
    }, 100);
  }
}

/** @returns {Array<{text: string, count?: number, take: () => void}>} */
function offers() {
  const p = state.partial, id = idTyped();
  if (!p || id) {
    return state.offers.list.filter((s) => id && s.id?.startsWith(id))
      .map((s) => ({text: m.goTo(s.title || m.untitled, s.id, hiddenAs(s)), take: () => goTo(s.id)}));
  }
  const wanted = p.value.toLowerCase();
  const values = p.param === 'sort' ? sortFields.map((value) => ({value}))
    : state.offers.key === `${p.param}:${p.value}` ? state.offers.list
      : state.counts?.facets.fields.find((f) => f.field === p.param)?.values ?? [];
  return values.filter((c) => c.value.toLowerCase().includes(wanted)).slice(0, 12)
    .map((c) => ({text: c.value, count: c.count, take: () => takeValue(c.value)}));
}

function takeValue(value) {
  const p = state.partial;
  const quoted = /[\s"]/.test(value) ? `"${value.replace(/["\\]/g, '\\$&')}"` : value;
  typed(`${state.text.slice(0, state.text.lastIndexOf(`${p.name}:`))}${p.name}:${quoted} `);
  document.getElementById('search').focus();
}

function key(e) {
  if (e.isComposing || e.keyCode === 229) return; // the keys belong to the input method
  const list = offers(), n = list.length;
  if (n && (e.key === 'ArrowDown' || e.key === 'ArrowUp')) {
    state.offer = e.key === 'ArrowDown' ? (state.offer + 1) % n : (Math.max(state.offer, 0) + n - 1) % n;
    render();
  } else if (e.key === 'Enter') {
    if (list[state.offer]) list[state.offer].take();
    else if (state.partial?.value) typed(`${state.text} `);
    else {
      endTyping();
      scroller?.box.focus();
    }
  } else if (e.key === 'ArrowDown') scroller?.box.focus();
  else return;
  e.preventDefault();
}

export function bar() {
  const list = offers();
  const chosen = list[state.offer];
  return html`
    <div class="bar-box" role="search">
      <input id="search" type="search" role="combobox" autocomplete="off" spellcheck="false" dir="auto" enterkeyhint="search"
        aria-label=${m.search} placeholder=${m.searchHint} aria-expanded=${list.length ? 'true' : 'false'} aria-controls="offers"
        aria-activedescendant=${chosen ? `offer-${state.offer}` : nothing} .value=${asIs(state.text)}
        @input=${(e) => { if (!e.isComposing) typed(e.target.value); }} @compositionend=${(e) => typed(e.target.value)}
        @keydown=${key} @blur=${endTyping}>
      <kbd class="hint" aria-hidden="true">/</kbd>
      <ul class="offers" id="offers" role="listbox" aria-label=${m.offers} ?hidden=${!list.length}>${list.map((o, i) => html`
        <li role="option" id="offer-${i}" aria-selected=${i === state.offer ? 'true' : 'false'} @pointerdown=${(e) => { e.preventDefault(); o.take(); }}>
          <bdi>${state.partial?.param === 'kind' ? m.kinds[o.text] : state.partial ? config.labels[o.text] ?? (state.partial.param === 'sort' ? m.sort[o.text] ?? nameOf(o.text, config.labels) : o.text) : o.text}</bdi>
          ${o.count === undefined ? nothing : html`<span class="quiet">${count(o.count)}</span>`}</li>`)}</ul>
    </div>`;
}
