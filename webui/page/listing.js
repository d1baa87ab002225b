// The listing: what was asked, the rows that came, and what changes meanwhile. The rows on
// the screen stay as they are until a person asks for others.

import * as api from './api.js';
import {config} from './config.js';
import {Live} from './live.js';
import {messages as m} from './messages.js';
import {endTyping, rememberedPlace, rememberPlace, writeLocation} from './location.js';
import {Rows} from './rows.js';
import {Scroller} from './scroller.js';
import {render, renderNow, state} from './state.js';

export const rows = new Rows(async (block, signal) => {
  const a = await api.view(state.query, {offset: block * api.BLOCK, counts: false, snapshot: state.answer?.snapshot ?? '', signal});
  return blockOf(a);
}, render, fail);

/** What rows are made of. */
function blockOf(answer) {
  return {items: answer.page.items, marks: answer.matches, snippets: answer.snippets};
}

/** @type {Scroller | null} null until the list is drawn */
export let scroller = null;

let remembering = 0;

/** Takes the element that scrolls. @param {HTMLElement} box */
export function attach(box) {
  scroller = new Scroller(box, () => {
    clearTimeout(remembering);
    remembering = setTimeout(remember, 250); // browsers bound how often the history may be written
    render();
  });
}

function remember() {
  if (scroller && state.answer && state.login === null) rememberPlace({top: Math.round(scroller.top), active: state.active});
}

addEventListener('pagehide', remember);

let running = null;

/**
 * Asks anew. What is on the screen stays until the answer is there.
 * @param {{row?: number, top?: number | null, keep?: boolean, by?: number}} o where to be then: at a row, at so many pixels,
 *   or where it is, the rows being so many places further down
 */
export async function load({row = 0, top = null, keep = false, by = 0} = {}) {
  running?.abort();
  const mine = (running = new AbortController());
  const late = setTimeout(() => { state.slow = true; render(); }, 150);
  const query = state.query;
  if (keep && scroller) top = Math.max(0, scroller.top + by * rowHeight());
  const first = top === null ? row : Math.floor(top / rowHeight());
  const block = Math.floor(first / api.BLOCK);
  try {
    const answer = await api.view(query, {offset: block * api.BLOCK, snapshot: 'new', signal: mine.signal});
    if (mine !== running) return;
    state.answer = state.counts = answer;
    state.failure = state.login = null;
    state.slow = false;
    state.news.clear();
    known = block === 0 ? new Set(answer.page.items.map((s) => s.id)) : null;
    rows.reset(answer.page.total, blockOf(answer), block);
    state.active = keep ? Math.max(0, state.active + by) : row;
    state.anchor += by;
    const place = top ?? row * rowHeight();
    if (place === 0) scroller?.toTop(0); // before the drawing: one is enough
    renderNow();
    if (scroller && place > 0) {
      scroller.toTop(place);
      renderNow();
    }
    live.follow(query);
  } catch (e) {
    if (e.name !== 'AbortError') fail(e);
  } finally {
    clearTimeout(late);
    if (mine === running && state.slow) {
      state.slow = false;
      render();
    }
  }
}

/** Shows the list of this entry of the history as it was left. */
export function restore() {
  const {top, active} = rememberedPlace();
  return load({row: active, top});
}

/** @param {any} e */
export function fail(e) {
  if (e instanceof api.Failure && e.status === 401) {
    if (config.loginURL) location.assign(config.loginURL);
    else state.login ??= '';
  } else if (e instanceof api.Failure && e.status === 410) { // the version is not held any more
    regain();
    return;
  } else state.failure = e;
  render();
}

let regaining = false;

/** Loads anew a list whose version is not held any more. The rows in sight stay in sight. */
async function regain() {
  if (regaining) return;
  regaining = true;
  const query = state.query;
  let at = scroller.first;
  while (at < scroller.last && !rows.at(at)) at++;
  const id = rows.at(at)?.session.id;
  const now = id ? await api.why(query, id).catch(() => null) : null;
  regaining = false;
  if (query === state.query) load({keep: true, by: now?.listed ? now.rank - at : 0});
}

/** The sentence for a failure. @param {any} e */
export const sentence = (e) => m.status[e.status] ?? (e.faults?.map((f) => f.msg).join(' ') || e.message || m.failed);

/**
 * Shows another list.
 * @param {URLSearchParams} query
 * @param {boolean} typing whether it is one of many that come with each letter
 */
export function change(query, typing = false) {
  remember();
  if (!typing) endTyping();
  state.query = query;
  state.checked.clear();
  state.all = false;
  writeLocation(query, {open: state.open, as: typing ? 'typing' : 'change'});
  load();
}

/** The query with a parameter changed; null takes it away. */
export function altered(param, value, query = state.query) {
  const q = new URLSearchParams(query);
  if (value === null) q.delete(param);
  else q.set(param, value);
  return q;
}

export const rowHeight = () => (state.settings.compact ? 30 : 46);

// ---- what changes ----

/** @type {Set<string> | null} the ids of the first block as it is shown; null if it was never seen */
let known = null;

export const live = new Live({
  status: (on) => { if (state.live !== on) { state.live = on; render(); } },
  poll: compare,
  change: (c) => {
    if (c.kind === 'resync') {
      if (takePage(c.page.items) || c.total !== state.counts?.page.total) settle();
      return;
    }
    if (c.session?.id) {
      repaint(c.session);
      if (!known?.has(c.id) || (c.kind === 'moved' && c.new_rank < c.old_rank)) state.news.add(c.id);
    } else if (c.kind === 'left' && c.id === state.open) opened?.(c.id); // perhaps it was deleted
    settle();
  },
});

/** @type {((id: string) => void) | null} */
let opened = null;

/** Says who looks again at a session that is open. */
export const onOpenLeft = (f) => { opened = f; };

/**
 * Takes the newest first block. Of it only changes to rows that are here are shown.
 * @returns {boolean} whether it has any, or something new, or lacks a row
 */
function takePage(items) {
  const ids = new Set(items.map((s) => s.id));
  known ??= ids;
  let changed = [...known].slice(0, ids.size).some((id) => !ids.has(id));
  for (const s of items) {
    changed = repaint(s) || changed;
    if (known.has(s.id)) continue;
    state.news.add(s.id);
    changed = true;
  }
  return changed;
}

/** Paints a session anew where it stands. @returns {boolean} whether it is not as it was */
function repaint(session) {
  if (state.open === session.id && state.detail.session) state.detail = {...state.detail, session: {...state.detail.session, ...session}};
  return rows.replace(session, api.TITLE_MAX);
}

/** Without a stream: looks whether there is something new. */
async function compare() {
  const query = state.query;
  if (!state.answer || state.slow || state.login !== null) return;
  try {
    const a = await api.view(query, {counts: false});
    if (query !== state.query) return;
    state.failure = null;
    if (a.version === state.counts.version) return;
    takePage(a.page.items);
    settle();
  } catch (e) {
    if (e.status === 401) fail(e);
  }
}

let painting = 0, counting = 0;

/** Shows what happened, at most five times a second, and counts anew, at most every two. */
function settle() {
  if (state.news.size && state.settings.follow && scroller?.top === 0 && !scroller.box.matches(':hover')) {
    taking ||= setTimeout(takeNews, 500);
    return;
  }
  painting ||= setTimeout(() => { painting = 0; render(); }, 200);
  counting ||= setTimeout(recount, 2000);
}

async function recount() {
  counting = 0;
  const query = state.query;
  try {
    const a = await api.view(query, {limit: 1});
    if (query !== state.query || running === null) return;
    state.counts = a;
    render();
  } catch {
    // the next change counts again
  }
}

/** How many sessions are new or came up: those seen, or as many as there are more. */
export const newsCount = () => Math.max(state.news.size, state.news.size && state.counts ? state.counts.page.total - rows.total : 0);

let taking = 0;

export function takeNews() {
  clearTimeout(taking);
  taking = 0;
  load();
}
