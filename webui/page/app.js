// The page: one query, one answer, and what is drawn from them.

import {html, nothing, render as draw} from './vendor/lit-html/lit-html.js';
import {live as asIs} from './vendor/lit-html/directives/live.js';
import {repeat} from './vendor/lit-html/directives/repeat.js';
import * as api from './api.js';
import {bars, histogram} from './histogram.js';
import {count, dayOf, zone} from './format.js';
import {describe, parse} from './qualifiers.js';
import {detail} from './detail.js';
import {keyboard} from './keys.js';
import {Live} from './live.js';
import {readOpen, readQuery, rememberRow, rememberedRow, writeLocation} from './location.js';
import {messages as m, nameOf} from './messages.js';
import {rail, withValues} from './rail.js';
import {rowTemplate} from './row.js';
import {Rows} from './rows.js';
import {Scroller} from './scroller.js';
import * as saved from './views.js';

const config = {
  title: 'Sessions', sessionURL: '', labels: {}, states: {}, columns: [], flags: [], write: false, login: true,
  ...JSON.parse(document.querySelector('meta[name="sessiondex"]')?.content || '{}'),
};

const state = {
  query: readQuery(location.search),
  text: '', // of the bar: the keyword and what is being typed
  partial: null, // the filter that is being typed
  offer: -1, // the offered value that the arrows chose
  answer: null,
  slow: false, // an answer is late
  failure: null,
  login: null, // null, or what the form says
  active: 0, // the row of the keyboard
  checked: new Set(), // ids
  all: false, // all that match are chosen
  anchor: 0, // of a range that is chosen
  open: readOpen(location.search),
  detail: {session: null, children: null, gone: false, error: ''},
  news: new Set(), // ids that are new or came up
  live: false,
  sheet: false,
  dialog: '', // help, why, settings, view, rename
  why: null,
  renaming: null,
  toast: null,
  settings: saved.settings(),
};

let box, scroller, frame = 0, running = null, moved = false;
const rows = new Rows(async (block, signal) => {
  const a = await api.view(state.query, {offset: block * api.BLOCK, rest: false, snapshot: state.answer?.snapshot ?? '', tz: zone, signal});
  return {items: a.page.items, marks: a.matches};
}, render);
rows.failed = (e) => fail(e);

// ---- the answer ----

/** The fields that the server has, as far as its answers tell. */
const fields = () => new Set((state.answer?.facets?.fields ?? []).map((f) => f.field));

/**
 * Asks anew. What is on the screen stays until the answer is there.
 * @param {{top?: boolean, row?: number}} o
 */
async function load({top = true, row = 0} = {}) {
  running?.abort();
  const mine = (running = new AbortController());
  const late = setTimeout(() => { state.slow = true; render(); }, 150);
  const query = state.query;
  try {
    const block = Math.floor(row / api.BLOCK);
    const answer = await api.view(query, {offset: block * api.BLOCK, snapshot: 'new', tz: zone, signal: mine.signal});
    if (mine !== running) return;
    state.answer = answer;
    state.failure = null;
    state.login = null;
    state.news.clear();
    rows.reset(answer.page.total, {items: answer.page.items, marks: answer.matches}, block);
    if (top) state.active = row;
    renderNow();
    if (top && scroller) {
      scroller.total = rows.total;
      scroller.toRow(row);
      renderNow();
    }
    live.follow(query);
  } catch (e) {
    if (e.name !== 'AbortError') fail(e);
  } finally {
    clearTimeout(late);
    if (mine === running) {
      state.slow = false;
      render();
    }
  }
}

function fail(e) {
  if (e instanceof api.Failure && e.status === 401 && config.login) {
    if (config.loginURL) location.assign(config.loginURL);
    state.login ??= '';
  } else if (e instanceof api.Failure && e.status === 410) {
    load({top: false, row: scroller ? scroller.first : 0}); // the version is not held any more
    return;
  } else state.failure = e;
  render();
}

/** Shows another list. @param {URLSearchParams} query @param {boolean} push whether Back leads here */
function change(query, push = true) {
  for (const p of ['limit', 'offset', 'cursor']) query.delete(p);
  state.query = query;
  state.checked.clear();
  state.all = false;
  writeLocation(query, {open: state.open, push});
  moved = !push;
  load();
}

// ---- the bar ----

function typed(text) {
  const {words, done, partial} = parse(text, fields());
  state.partial = partial;
  state.offer = -1;
  const q = new URLSearchParams(state.query);
  for (const [param, value] of done) {
    if (/^(sort_|created_|updated_)|\[(gte|lte|gt|lt|exists)\]$/.test(param)) q.delete(param);
    if (!q.getAll(param).includes(value)) q.append(param, value);
  }
  const keyword = words.trim();
  if (keyword) q.set('query', keyword);
  else q.delete('query');
  state.text = done.length ? `${words.trimStart()}` : text;
  if (q.toString() !== state.query.toString()) change(q, done.length > 0);
  else render();
}

/** What the filter that is being typed may become. */
function offers() {
  const p = state.partial;
  if (!p) return [];
  const f = state.answer?.facets?.fields.find((f) => f.field === p.param);
  const wanted = p.value.toLowerCase();
  return (f?.values ?? []).filter((c) => c.value.toLowerCase().includes(wanted)).slice(0, 12);
}

function take(value) {
  const p = state.partial;
  const quoted = /[\s"]/.test(value) ? `"${value.replace(/["\\]/g, '\\$&')}"` : value;
  const at = state.text.lastIndexOf(`${p.name}:`);
  typed(`${state.text.slice(0, at)}${p.name}:${quoted} `);
  document.getElementById('search').focus();
}

function barKey(e) {
  if (e.isComposing || e.keyCode === 229) return;
  const list = offers();
  if (list.length && (e.key === 'ArrowDown' || e.key === 'ArrowUp')) {
    state.offer = (state.offer + (e.key === 'ArrowDown' ? 1 : list.length) + (state.offer < 0 && e.key === 'ArrowUp' ? 1 : 0)) % list.length;
    e.preventDefault();
    render();
  } else if (e.key === 'Enter') {
    if (list[state.offer]) take(list[state.offer].value);
    else if (state.partial?.value) typed(`${state.text} `);
    else {
      if (moved) history.pushState(history.state, '', location.href); // the search is one that Back leads to
      moved = false;
      box?.focus();
    }
    e.preventDefault();
  } else if (e.key === 'ArrowDown') {
    box?.focus();
    e.preventDefault();
  }
}

function bar() {
  const list = offers();
  return html`
    <div class="bar-box" role="search">
      <input id="search" type="search" role="combobox" autocomplete="off" spellcheck="false" dir="auto" enterkeyhint="search"
        aria-label=${m.search} placeholder=${m.search} aria-expanded=${list.length ? 'true' : 'false'} aria-controls="offers"
        aria-activedescendant=${list[state.offer] ? `offer-${state.offer}` : nothing} .value=${asIs(state.text)}
        @input=${(e) => { if (!e.isComposing) typed(e.target.value); }} @compositionend=${(e) => typed(e.target.value)} @keydown=${barKey}>
      <ul class="offers" id="offers" role="listbox" aria-label=${m.filters} ?hidden=${!list.length}>${list.map((c, i) => html`
        <li role="option" id="offer-${i}" aria-selected=${i === state.offer ? 'true' : 'false'} @pointerdown=${(e) => { e.preventDefault(); take(c.value); }}><bdi>${c.value}</bdi><span class="quiet">${count(c.count)}</span></li>`)}</ul>
    </div>`;
}

// ---- chips ----

const silent = new Set(['query', 'sort_by', 'sort_direction', 'sort_first', 'match', 'typing', 'typos', 'tz']);

/** The filters of a query, one for each value. @returns {Array<{param: string, value: string, without: () => URLSearchParams}>} */
function chips() {
  const out = [];
  for (const [param, whole] of state.query) {
    if (silent.has(param)) continue;
    const list = /\[/.test(param) || !['state', 'source_channel', 'session_type', 'trigger_type', 'kind', 'include', 'ids'].includes(param) ? [whole] : whole.split(',');
    for (const value of list) {
      out.push({param, value, without: () => {
        const q = new URLSearchParams();
        for (const [p, w] of state.query) { // as it is by then
          if (p !== param || w !== whole) q.append(p, w);
          else {
            const rest = list.filter((v) => v !== value);
            if (rest.length) q.append(p, rest.join(','));
          }
        }
        return q;
      }});
    }
  }
  return out;
}

const spoken = (c) => describe(c.param, c.value, (f) => nameOf(f, config.labels));

// ---- what is hidden ----

const shows = {sub_session: 'include_sub_sessions', task_run: 'include_task_sessions'};

/** @returns {Array<{what: string, count: number, query: () => URLSearchParams}>} */
function hiddenBy() {
  return (state.answer?.hidden?.by ?? []).map(({reasons, count: n}) => {
    const key = reasons.length === 2 && reasons.every((r) => shows[r]) ? 'both' : reasons.length === 1 ? reasons[0] : '';
    const words = m.hidden[key]?.(n) ?? m.hidden.other(reasons.map((r) => nameOf(r, config.labels).toLowerCase()).join(' + '), n);
    return {what: words, count: n, query: () => {
      const q = new URLSearchParams(state.query);
      for (const r of reasons) {
        if (shows[r]) q.set(shows[r], 'true');
        else if (!q.getAll('include').includes(r)) q.append('include', r);
      }
      return q;
    }};
  });
}

// ---- the list ----

const sortBy = () => state.query.get('sort_by') ?? 'updated_at';
const timed = () => ['updated_at', 'created_at'].includes(sortBy());

function setSort(field, direction) {
  const q = new URLSearchParams(state.query);
  if (field === 'updated_at') q.delete('sort_by');
  else q.set('sort_by', field);
  if (direction === 'desc') q.delete('sort_direction');
  else q.set('sort_direction', direction);
  change(q);
}

let measured = {width: 0, font: ''};

function measure() {
  const cell = box?.querySelector('.row:not(.empty):not(.head) .title .line');
  if (!cell) return;
  const style = getComputedStyle(cell);
  measured = {width: cell.clientWidth, font: `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`};
}

function listRows() {
  if (!scroller) return nothing;
  scroller.total = rows.total;
  scroller.rowHeight = state.settings.compact ? 30 : 46;
  const {from, to} = scroller.window();
  rows.need(from, to - 1);
  const now = Date.now(), by = sortBy();
  const time = (i) => rows.at(i)?.session[by === 'created_at' ? 'created_at' : 'updated_at'];
  const all = Array.from({length: to - from}, (_, k) => from + k);
  return repeat(all, (i) => i, (i) => {
    const row = rows.at(i);
    const id = row?.session.id;
    return rowTemplate(i, row, {
      config, now, by, ...measured, active: i === state.active, checked: state.all || state.checked.has(id),
      newDay: timed() && !!row && (i === 0 || (!!time(i - 1) && dayOf(time(i - 1)) !== dayOf(time(i)))),
      choose: (e) => { if (!e.target.closest('a, input, label')) { state.active = i; show(id); } },
      check: (e) => { e.stopPropagation(); state.active = i; check(i, e.shiftKey); },
    });
  });
}

function place() {
  const canvas = document.getElementById('canvas'), drawn = document.getElementById('rows');
  if (!canvas || !drawn || !scroller) return;
  canvas.style.height = `${scroller.height}px`;
  drawn.style.transform = `translateY(${scroller.window().y}px)`;
}

function check(i, range) {
  const id = rows.at(i)?.session.id;
  if (!id) return;
  if (state.all) {
    state.all = false;
    state.checked.clear();
  }
  if (range) {
    for (let k = Math.min(i, state.anchor); k <= Math.max(i, state.anchor); k++) {
      const other = rows.at(k)?.session.id;
      if (other) state.checked.add(other);
    }
  } else if (!state.checked.delete(id)) state.checked.add(id);
  state.anchor = i;
  render();
}

function go(i) {
  if (!rows.total) return;
  state.active = Math.max(0, Math.min(rows.total - 1, i));
  scroller.reveal(state.active);
  renderNow();
  if (state.open) show(rows.at(state.active)?.session.id ?? state.open);
}

/** To the first row of the next or the previous day. @param {1 | -1} step */
function goDay(step) {
  if (!timed()) return;
  const key = sortBy();
  const of = (i) => rows.at(i) && dayOf(rows.at(i).session[key]);
  let i = state.active;
  const here = of(i);
  while (i >= 0 && i < rows.total && of(i) === here) i += step;
  if (step < 0) for (const there = of(i); i > 0 && of(i - 1) === there;) i--;
  go(i);
}

// ---- details ----

async function show(id) {
  if (!id) return;
  const before = state.open;
  state.open = id;
  state.detail = {session: rows.at(rows.find(id))?.session ?? null, children: null, gone: false, error: ''};
  writeLocation(state.query, {open: id, push: !before});
  render();
  try {
    const [session, children] = await Promise.all([api.get(id), api.children(id).catch(() => null)]);
    if (state.open === id) state.detail = {session, children, gone: false, error: ''};
  } catch (e) {
    if (state.open !== id) return;
    if (e.status === 404) state.detail.gone = true;
    else state.detail.error = e.message || m.failed;
  }
  render();
}

function close() {
  state.open = '';
  writeLocation(state.query, {push: true});
  render();
  box?.focus();
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast(m.copied);
  } catch {
    toast(text); // at least it can be chosen by hand
  }
}

let toasting = 0;

function toast(text, action = null) {
  clearTimeout(toasting);
  state.toast = {text, action};
  toasting = setTimeout(() => { state.toast = null; render(); }, action ? 10_000 : 3000);
  render();
}

// ---- writing ----

/** Changes a session as it was seen, and not as another may have left it meanwhile. */
async function edit(id, update) {
  try {
    const {session, tag} = await api.getTagged(id);
    await api.patch(id, update(session), tag);
  } catch (e) {
    toast(e.status === 412 ? m.conflict : e.faults?.[0]?.msg ?? (e.message || m.failed));
  }
  await refresh(id);
}

async function refresh(id) {
  try {
    const session = await api.get(id);
    rows.replace(session);
    if (state.open === id) state.detail = {...state.detail, session};
  } catch (e) {
    if (e.status === 404 && state.open === id) state.detail.gone = true;
  }
  render();
}

async function remove(s) {
  try {
    const {session, tag} = await api.getTagged(s.id);
    await api.remove(s.id, tag);
    toast(m.deleted(s.title || m.untitled), {name: m.undo, run: async () => {
      await api.put(session);
      state.toast = null;
      load({top: false, row: scroller.first});
    }});
    if (state.open === s.id) close();
    load({top: false, row: scroller.first});
  } catch (e) {
    toast(e.status === 412 ? m.conflict : e.message || m.failed);
    refresh(s.id);
  }
}

// ---- live ----

const live = new Live({
  status: (on) => { if (state.live !== on) { state.live = on; render(); } },
  poll: () => { if (!state.slow && box?.scrollTop === 0 && state.settings.follow) load(); },
  change: (c) => {
    if (c.kind === 'resync') {
      const ids = new Set(state.answer?.page.items.map((s) => s.id) ?? []);
      if (scroller?.first > api.BLOCK / 2) return;
      for (const s of c.page.items) if (!rows.replace(s) && !ids.has(s.id)) state.news.add(s.id);
    } else if (c.session?.id) {
      const known = rows.replace(c.session);
      if (state.open === c.id) state.detail = {...state.detail, session: {...state.detail.session, ...c.session}};
      // One that came up from further below is new as well: it would not be seen otherwise.
      if (!known || (c.kind === 'moved' && c.new_rank < c.old_rank && c.new_rank < (scroller?.first ?? 0))) state.news.add(c.id);
    } else if (c.kind === 'left' && c.id) state.news.delete(c.id);
    if (state.news.size && state.settings.follow && box?.scrollTop === 0 && !box.matches(':hover')) takeNews();
    else paintSoon();
  },
});

let painting = 0;

/** At most five times a second, however much happens. */
function paintSoon() {
  painting ||= setTimeout(() => { painting = 0; render(); }, 200);
}

let taking = 0;

function takeNews() {
  taking ||= setTimeout(() => { taking = 0; load(); }, state.settings.follow ? 500 : 0);
}

// ---- drawing ----

function header() {
  const views = saved.views();
  const here = state.query.toString();
  return html`
    <header class="top">
      <h1>${config.title}</h1>
      ${bar()}
      ${views.length ? html`<select aria-label=${m.views} @change=${(e) => { if (e.target.value) change(new URLSearchParams(e.target.value)); }}>
        <option value="">${m.views}</option>${views.map((v) => html`<option value=${v.query} ?selected=${v.query === here}>${v.name}</option>`)}</select>` : nothing}
      <button @click=${() => dialog('view')}>${m.saveView}</button>
      <span class="live" role="status"><span class="dot ${state.live ? 'on' : ''}"></span><span class="word">${state.live ? m.live : m.notLive}</span></span>
      <button class="icon" aria-label=${m.settings} @click=${() => dialog('settings')}>⚙</button>
      <button class="icon" aria-label=${m.help} @click=${() => dialog('help')}>?</button>
    </header>`;
}

function status() {
  const a = state.answer, on = chips(), hidden = hiddenBy();
  return html`
    <div class="status">
      <button class="only-narrow" aria-expanded=${state.sheet ? 'true' : 'false'} @click=${() => { state.sheet = !state.sheet; render(); }}>${m.filtersOn(on.length)}</button>
      <span class="total" role="status">${a ? m.total(a.page.total) : ''}</span>
      ${hidden.length ? html`<span class="quiet">${m.hiddenTitle}</span>${hidden.map((h) => html`<button class="link" title=${m.show} @click=${() => change(h.query())}>${h.what}</button>`)}` : nothing}
      ${on.map((c) => html`<span class="chip"><bdi>${spoken(c)}</bdi><button aria-label=${m.remove(spoken(c))} @click=${() => change(c.without())}>×</button></span>`)}
      ${on.length > 1 ? html`<button class="link" @click=${() => { const q = new URLSearchParams(); for (const p of silent) for (const v of state.query.getAll(p)) q.append(p, v); change(q); }}>${m.clear}</button>` : nothing}
      <span class="spacer"></span>
      <label><span class="offscreen">${m.sortedBy}</span><select @change=${(e) => setSort(e.target.value, state.query.get('sort_direction') ?? 'desc')}>
        ${[...new Set(['updated_at', 'created_at', 'title', ...config.sorts ?? [], sortBy()])].map((f) => html`<option value=${f} ?selected=${f === sortBy()}>${m.sort[f] ?? nameOf(f, config.labels)}</option>`)}</select></label>
      <button class="icon" aria-label=${state.query.get('sort_direction') === 'asc' ? m.asc : m.desc} @click=${() => setSort(sortBy(), state.query.get('sort_direction') === 'asc' ? 'desc' : 'asc')}>${state.query.get('sort_direction') === 'asc' ? '↑' : '↓'}</button>
      <button class="link" @click=${() => dialog('why')}>${m.why}</button>
    </div>`;
}

function empty() {
  const hidden = hiddenBy();
  const sum = hidden.reduce((n, h) => n + h.count, 0);
  const on = chips();
  const keyword = state.query.get('query');
  const nothingAtAll = !sum && !on.length && !keyword;
  return html`
    <div class="nothing">
      <h2>${nothingAtAll ? m.emptyStore : sum ? m.shownNone(hidden.map((h) => h.what).join(', ')) : m.noMatch}</h2>
      ${nothingAtAll ? html`<p><code>${m.emptyStoreHow}</code></p>` : nothing}
      ${hidden.map((h) => html`<button @click=${() => change(h.query())}>${m.show} ${h.what}</button>`)}
      ${on.length || keyword ? html`<ul>${[...on.map((c) => ({name: spoken(c), without: c.without})),
        ...(keyword ? [{name: `“${keyword}”`, without: () => { const q = new URLSearchParams(state.query); q.delete('query'); return q; }, word: true}] : [])]
        .map((d) => html`<li><button class="link" @click=${() => { if (d.word) state.text = ''; change(d.without()); }}>${m.dropFilter(d.name, drops(d))}</button></li>`)}</ul>` : nothing}
    </div>`;
}

const droppedCounts = new Map(); // of a query: how many sessions it has

/** How many sessions there would be without a filter; asked for once. */
function drops(d) {
  const q = d.without();
  const key = `${state.answer.snapshot} ${q}`;
  if (!droppedCounts.has(key)) {
    droppedCounts.clear();
    droppedCounts.set(key, 0);
    api.view(q, {rest: false, tz: zone}).then((a) => { droppedCounts.set(key, a.page.total); render(); }, () => {});
  }
  return droppedCounts.get(key);
}

function bulk() {
  const n = state.all ? rows.total : state.checked.size;
  if (!n) return nothing;
  const chosen = () => {
    if (state.all) return state.query;
    return new URLSearchParams([...state.checked].map((id) => ['ids[eq]', id]));
  };
  return html`
    <div class="bulk" role="status"><span>${m.selected(n)}</span>
      ${state.all ? nothing : html`<button class="link" @click=${() => { state.all = true; render(); }}>${m.selectAll(rows.total)}</button>`}
      <button class="link" @click=${() => { state.all = false; state.checked.clear(); render(); }}>${m.selectNone}</button>
      ${state.all ? nothing : html`<button @click=${() => copy([...state.checked].join('\n'))}>${m.copyIds}</button>`}
      <a class="button" download="sessions.jsonl" href=${api.exportURL(chosen(), 'jsonl')}>${m.exportAs} JSONL</a>
      <a class="button" download="sessions.csv" href=${api.exportURL(chosen(), 'csv')}>${m.exportAs} CSV</a>
    </div>`;
}

function failure() {
  if (!state.failure) return nothing;
  const faults = state.failure.faults ?? [];
  return html`
    <div class="banner" role="alert"><span>${faults.length ? faults.map((f) => `${f.loc.at(-1)}: ${f.msg}`).join(' · ') : [m.failed, state.failure.message].filter(Boolean).join(' ')}</span>
      <button @click=${() => load({top: false, row: scroller?.first ?? 0})}>${m.again}</button></div>`;
}

function loginForm() {
  return html`
    <div class="nothing"><h2>${m.unauthorised}</h2>
      <form @submit=${async (e) => {
        e.preventDefault();
        await signIn(new FormData(e.target).get('key'));
      }}>
        <label>${m.key} <input name="key" type="password" autocomplete="current-password" required></label>
        <button>${m.signIn}</button>
      </form>
      ${state.login ? html`<p role="alert">${state.login}</p>` : nothing}
    </div>`;
}

async function signIn(key) {
  try {
    await api.login(String(key));
    state.login = null;
    await load({row: rememberedRow()});
  } catch (e) {
    state.login = e.status === 401 ? m.wrongKey : e.message || m.failed;
  }
  render();
}

function main() {
  if (state.login !== null) return loginForm();
  const a = state.answer;
  const days = bars(a?.facets?.fields.find((f) => f.field === 'created_at' || f.field === 'created')?.values);
  return html`
    ${histogram(days, {zone, render, narrow: (from, to) => {
      const q = new URLSearchParams(state.query);
      const end = to.length === 7 ? new Date(Date.UTC(+to.slice(0, 4), +to.slice(5), 0)).toISOString().slice(0, 10) : to;
      q.set('created_after', from.length === 7 ? `${from}-01` : from);
      q.set('created_before', `${end}T23:59:59.999999999`);
      q.set('tz', zone);
      change(q);
    }})}
    ${status()}
    <div class="progress ${state.slow ? 'on' : ''}" role="progressbar" aria-label=${m.sortedBy} ?hidden=${!state.slow}></div>
    ${failure()}
    ${bulk()}
    <div class="pane">
      ${state.news.size ? html`<button class="pill" @click=${takeNews} title=${m.takeNew}>${m.newSessions(state.news.size)} ↑</button>` : nothing}
      ${a && !a.page.total ? empty() : nothing}
      <div id="list" role="grid" tabindex="0" aria-label=${config.title} aria-rowcount=${rows.total + 1} aria-colcount=${6 + config.columns.length}
          aria-activedescendant=${rows.at(state.active) ? `row-${state.active}` : nothing} class=${state.slow ? 'dim' : ''} ?hidden=${a && !a.page.total}>
        <div role="row" class="row head" aria-rowindex="1">${[m.choose, m.names.query, m.names.state, m.names.source_channel, ...config.columns.map((c) => nameOf(c, config.labels)), '#', sortBy()].map((h) => html`<span role="columnheader">${h}</span>`)}</div>
        <div id="canvas" role="presentation"><div id="rows" role="rowgroup">${a ? listRows() : Array.from({length: 12}, (_, i) => rowTemplate(i, null, {}))}</div></div>
      </div>
    </div>`;
}

function page() {
  return html`
    <a class="skip" href="#main">${m.skip}</a>
    ${header()}
    <div class="body ${state.open ? 'open' : ''}">
      <nav id="rail" aria-label=${m.filters} class=${state.sheet ? 'sheet' : ''}>${state.answer && state.login === null ? rail([...state.answer.facets.fields], {
        query: state.query, config, change, render,
        search: (field, text) => api.searchValues(state.query, field, text),
      }) : nothing}</nav>
      <main id="main" tabindex="-1">${main()}</main>
      ${state.open ? detail(state.detail, {
        config, write: config.write, close, open: show, copy, query: change, remove,
        rename: (s) => { state.renaming = s; dialog('rename'); },
        flag: (s, name, on) => edit(s.id, () => ({[name]: on})),
        read: async (s, on) => { await api.markRead(s.id, on).catch((e) => toast(e.message)); refresh(s.id); },
      }) : nothing}
    </div>
    ${dialogs()}
    ${state.toast ? html`<div class="toast" role="status"><span>${state.toast.text}</span>${state.toast.action ? html`<button @click=${state.toast.action.run}>${state.toast.action.name}</button>` : nothing}</div>` : nothing}`;
}

// ---- dialogs ----

function dialog(name) {
  state.dialog = name;
  state.why = null;
  renderNow();
  document.querySelector('dialog')?.showModal();
}

function dialogs() {
  if (!state.dialog) return nothing;
  const shut = () => { state.dialog = ''; render(); };
  return html`<dialog aria-label=${m.settings} @close=${shut}>${{help, settings, why, view, rename}[state.dialog]()}</dialog>`;
}

const shutDialog = () => document.querySelector('dialog')?.close();

function help() {
  return html`<h2>${m.help}</h2><table><tbody>${m.keys.map(([k, what]) => html`<tr><td>${k.split(' ').map((x) => html`<kbd>${x}</kbd> `)}</td><td>${what}</td></tr>`)}</tbody></table>
    <p><a href="?${withPlain()}">${m.plain}</a></p><p><button @click=${shutDialog}>${m.close}</button></p>`;
}

function withPlain() {
  const q = new URLSearchParams(state.query);
  q.set('view', 'plain');
  return q.toString();
}

function settings() {
  const s = state.settings;
  const set = (name) => (e) => { state.settings = saved.setSetting(name, e.target.type === 'checkbox' ? e.target.checked : e.target.value); look(); renderNow(); };
  return html`<h2>${m.settings}</h2><form method="dialog">
    <label>${m.theme} <select @change=${set('theme')}>${Object.entries(m.themes).map(([k, v]) => html`<option value=${k} ?selected=${s.theme === k}>${v}</option>`)}</select></label>
    ${[['compact', m.density], ['follow', m.follow], ['singleKeys', m.singleKeys]].map(([k, words]) => html`<label><input type="checkbox" .checked=${s[k]} @change=${set(k)}> ${words}</label>`)}
    <p><button>${m.close}</button>${config.signedIn ? html` <button @click=${async () => { await api.logout().catch(() => {}); location.reload(); }}>${m.signOut}</button>` : nothing}</p></form>`;
}

function why() {
  const w = state.why;
  return html`<h2>${m.why}</h2>
    <form @submit=${async (e) => {
      e.preventDefault();
      const id = String(new FormData(e.target).get('id')).trim();
      try {
        state.why = {id, ...(await api.why(state.query, id))};
      } catch (f) {
        state.why = {id, error: f.status === 404 ? m.whyUnknown : f.message || m.failed};
      }
      render();
    }}>
      <label>${m.whyId} <input name="id" required autofocus></label><p><button>${m.whyAsk}</button> <button type="button" @click=${shutDialog}>${m.close}</button></p>
    </form>
    ${!w ? nothing : w.error ? html`<p role="alert">${w.error}</p>` : w.listed ? html`<p>${m.whyListed(w.rank, w.total)} <button @click=${() => { shutDialog(); load({row: w.rank}); show(w.id); }}>${m.whyShow}</button></p>`
      : html`<p>${m.whyNot}</p><ul>${(w.unmet ?? []).map((u) => html`<li>${m.whyUnmet(nameOf(u.param, config.labels), (u.wanted ?? []).join(', '), u.actual)} ${dropOf(u)}</li>`)}</ul>`}`;
}

/** A button that drops an unmet condition, where it is one of the query's. */
function dropOf(u) {
  const q = new URLSearchParams(state.query);
  const {param} = u;
  if (param === 'kind') {
    q.set('include_sub_sessions', 'true');
    q.set('include_task_sessions', 'true');
  } else for (const name of [...q.keys()]) if (name === param || name.startsWith(`${param}[`) || (param === 'created' && name.startsWith('created_'))) q.delete(name);
  if (q.toString() === state.query.toString()) return nothing;
  return html`<button class="link" @click=${() => { shutDialog(); if (param === 'query') state.text = ''; change(q); }}>${m.whyDrop}</button>`;
}

function view() {
  return html`<h2>${m.saveView}</h2><form @submit=${(e) => {
    e.preventDefault();
    saved.save(String(new FormData(e.target).get('name')).trim(), state.query.toString());
    shutDialog();
  }}><label>${m.viewName} <input name="name" required autofocus></label><p><button>${m.save}</button> <button type="button" @click=${shutDialog}>${m.close}</button></p></form>`;
}

function rename() {
  const s = state.renaming;
  return html`<h2>${m.rename}</h2><form @submit=${(e) => {
    e.preventDefault();
    const title = String(new FormData(e.target).get('title'));
    shutDialog();
    edit(s.id, () => ({title}));
  }}><label>${m.newTitle} <input name="title" dir="auto" .value=${s.title ?? ''} autofocus></label><p><button>${m.save}</button> <button type="button" @click=${shutDialog}>${m.close}</button></p></form>`;
}

// ---- life ----

const root = document.getElementById('app');

function render() {
  frame ||= requestAnimationFrame(renderNow);
}

function renderNow() {
  cancelAnimationFrame(frame);
  frame = 0;
  draw(page(), root);
  const list = document.getElementById('list');
  if (list && list !== box) { // drawn for the first time, or again after the form for the key
    box = list;
    scroller = new Scroller(box, () => { rememberRow(scroller.first); render(); });
    draw(page(), root);
  }
  place();
  const before = measured.width;
  measure();
  if (measured.width !== before) render();
}

function look() {
  document.documentElement.dataset.theme = state.settings.theme;
  document.documentElement.dataset.density = state.settings.compact ? 'compact' : '';
}

keyboard({
  '/': () => document.getElementById('search').focus(),
  j: () => go(state.active + 1), ArrowDown: () => go(state.active + 1),
  k: () => go(state.active - 1), ArrowUp: () => go(state.active - 1),
  PageDown: () => go(state.active + (scroller.last - scroller.first) - 1),
  PageUp: () => go(state.active - (scroller.last - scroller.first) + 1),
  Home: () => go(0), gg: () => go(0), End: () => go(rows.total - 1), G: () => go(rows.total - 1),
  o: () => follow(), Enter: () => follow(),
  ' ': () => show(rows.at(state.active)?.session.id),
  x: (e) => check(state.active, e.shiftKey), X: () => check(state.active, true),
  '[': () => goDay(-1), ']': () => goDay(1),
  '.': () => { if (state.news.size) load(); },
  f: () => { state.sheet = true; renderNow(); document.querySelector('#rail input')?.focus(); },
  c: () => copy(location.href), y: () => copy(rows.at(state.active)?.session.id ?? ''),
  t: () => {
    const next = {auto: 'dark', dark: 'light', light: 'auto'}[state.settings.theme];
    state.settings = saved.setSetting('theme', next);
    look();
    render();
  },
  '?': () => dialog('help'),
  Escape: () => {
    if (document.querySelector('dialog[open]')) return; // the browser closes it
    if (state.sheet) state.sheet = false;
    else if (state.open) return close();
    else if (state.text) { state.text = ''; return typed(''); }
    else if (chips().length) return change(new URLSearchParams([...state.query].filter(([p]) => silent.has(p))));
    render();
  },
}, () => state.settings.singleKeys);

function follow() {
  const link = document.querySelector(`#row-${state.active} .title a`);
  if (link) link.click();
  else show(rows.at(state.active)?.session.id);
}

addEventListener('popstate', () => {
  state.query = readQuery(location.search);
  state.text = state.query.get('query') ?? '';
  state.open = readOpen(location.search);
  load({row: rememberedRow()});
  if (state.open) show(state.open);
});

async function begin() {
  look();
  history.scrollRestoration = 'manual';
  const key = new URLSearchParams(location.hash.slice(1)).get('key');
  if (key) {
    history.replaceState(history.state, '', location.pathname + location.search); // it stays in no address
    await api.login(key).catch((e) => { state.login = e.status === 401 ? m.wrongKey : e.message; });
  }
  state.text = state.query.get('query') ?? '';
  renderNow();
  await load({row: rememberedRow()});
  if (state.open) show(state.open);
}

begin();
