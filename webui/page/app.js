// The page: its parts, its keyboard, and how it begins.

import {html, nothing, render as drawInto} from './vendor/lit-html/lit-html.js';
import * as api from './api.js';
import {clearText, onGoTo} from './bar.js';
import {bulk} from './bulk.js';
import {chips, withoutFilters} from './chips.js';
import {detail} from './detail.js';
import {dialog, dialogs, look} from './dialogs.js';
import {empty} from './empty.js';
import {check, follow, go, goDay, grid, measure, place} from './grid.js';
import {header} from './header.js';
import {histogram} from './histogram.js';
import {keyboard} from './keys.js';
import {attach, change, live, newsCount, restore, rows, scroller, sentence, takeNews} from './listing.js';
import {readOpen, readQuery} from './location.js';
import {messages as m} from './messages.js';
import {addressOf, close, copy, show} from './panel.js';
import {rail} from './rail.js';
import {drawnBy, render, renderNow, state} from './state.js';
import {failure, openSheet, status} from './status.js';
import {toastTemplate} from './toast.js';
import {setSetting} from './views.js';

function login() {
  return html`
    <div class="nothing login"><h2>${m.unauthorised}</h2>
      <form class="line" @submit=${(e) => { e.preventDefault(); signIn(String(new FormData(e.target).get('key'))); }}>
        <label>${m.key} <input name="key" type="password" autocomplete="current-password" required></label><button class="main">${m.signIn}</button>
      </form>
      ${state.login ? html`<p class="banner" role="alert">${state.login}</p>` : nothing}
    </div>`;
}

/** Turns a key into a cookie. */
async function enter(key) {
  await api.login(key);
  state.settings = setSetting('signedIn', true);
}

async function signIn(key) {
  try {
    await enter(key);
    state.login = null;
    await restore();
    live.restart();
  } catch (e) {
    state.login = e.status === 401 ? m.wrongKey : sentence(e);
  }
  render();
}

const main = () => (state.login !== null ? login() : html`
  ${histogram()}${status()}
  <div class="progress ${state.slow ? 'on' : ''}" role="progressbar" aria-label=${m.loading} ?hidden=${!state.slow}></div>
  ${failure()}${bulk()}
  <div class="pane">
    ${state.news.size ? html`<button class="pill" @click=${takeNews} title=${m.takeNew}>${m.newSessions(newsCount())} ↑</button>` : nothing}
    ${state.answer && !rows.total ? empty() : nothing}
    ${grid()}
  </div>`);

const page = () => html`
  <a class="skip" href="#main" @click=${(e) => { e.preventDefault(); document.getElementById('list')?.focus(); }}>${m.skip}</a>
  ${header()}
  <div class="body ${state.login !== null ? 'locked' : state.open ? 'open' : ''}">
    <nav id="rail" aria-label=${m.filters} class=${state.sheet ? 'sheet' : ''}>${state.login === null ? rail() : nothing}</nav>
    <main id="main" tabindex="-1">${main()}</main>
    ${state.open && state.login === null ? detail() : nothing}
  </div>
  ${dialogs()}${toastTemplate()}`;

const root = document.getElementById('app');
let box = null;

drawnBy(() => {
  drawInto(page(), root);
  const list = document.getElementById('list');
  if (list && list !== box) { // drawn for the first time, or again after the form for the key
    box = list;
    attach(list);
    drawInto(page(), root);
  }
  place();
  if (measure()) render();
});

/** Goes back by one layer: the sheet, the details, the text, the filters. */
function back() {
  if (document.querySelector('dialog[open]')) return; // the browser closes it
  if (state.sheet) openSheet();
  else if (state.open) close();
  else if (state.text) clearText();
  else if (chips().length) change(withoutFilters());
}

const chosen = () => rows.at(state.active)?.session.id;

/** Rows that fit on the screen. */
const screenful = () => scroller.last - scroller.first - 1;

keyboard({
  '/': () => document.getElementById('search').select(),
  j: () => go(state.active + 1), ArrowDown: () => go(state.active + 1),
  k: () => go(state.active - 1), ArrowUp: () => go(state.active - 1),
  PageDown: () => go(state.active + screenful()), PageUp: () => go(state.active - screenful()),
  Home: () => go(0), gg: () => go(0), End: () => go(rows.total - 1), G: () => go(rows.total - 1),
  o: follow, Enter: follow, ' ': () => show(chosen()),
  x: (e) => check(state.active, e.shiftKey), X: () => check(state.active, true),
  '[': () => goDay(-1), ']': () => goDay(1),
  '.': () => { if (state.news.size) takeNews(); },
  f: () => { if (matchMedia('(max-width: 720px)').matches) openSheet(); else document.querySelector('#rail input')?.focus(); },
  c: () => copy(chosen() ? addressOf(chosen()) : location.href), y: () => copy(chosen() ?? ''),
  t: () => {
    state.settings = setSetting('theme', {auto: 'dark', dark: 'light', light: 'auto'}[state.settings.theme]);
    look();
  },
  '?': () => dialog('help'),
  Escape: back,
}, () => state.settings.singleKeys);

function readAddress() {
  state.query = readQuery(location.search);
  state.text = state.query.get('query') ?? '';
  state.partial = null;
  state.open = readOpen(location.search);
}

addEventListener('popstate', () => {
  readAddress();
  restore();
  if (state.open) show(state.open, false);
});

onGoTo((id) => {
  clearText();
  show(id);
});

async function begin() {
  look();
  history.scrollRestoration = 'manual';
  const key = new URLSearchParams(location.hash.slice(1)).get('key');
  if (key) {
    history.replaceState(history.state, '', location.pathname + location.search); // it stays in no address
    await enter(key).catch((e) => { state.login = e.status === 401 ? m.wrongKey : sentence(e); });
  }
  readAddress();
  renderNow();
  await restore();
  if (state.open) show(state.open, false);
}

begin();
