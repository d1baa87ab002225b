// The rail beside the list: what values there are, and how many sessions have each. Each
// field is counted without its own filter, so that a count says what choosing it would give.

import {html, nothing} from './vendor/lit-html/lit-html.js';
import {live as asIs} from './vendor/lit-html/directives/live.js';
import {repeat} from './vendor/lit-html/directives/repeat.js';
import * as api from './api.js';
import {config, declared} from './config.js';
import {count} from './format.js';
import {altered, change} from './listing.js';
import {messages as m, nameOf} from './messages.js';
import {render, state} from './state.js';

const SHOWN = 8;

/** Fields whose values are looked through: the text that is looked for, and what was found. */
const open = new Map();

/** Fields that had a value at some time: a heading that is there stays there. */
const seen = new Set(['kind', 'state', 'source_channel']);

const kinds = ['top_level', 'task_run', 'sub_session', 'both'];

/** The values of a field that a query keeps. @param {URLSearchParams} query @param {string} field */
export function chosenOf(query, field) {
  const listed = query.getAll(field).flatMap((v) => v.split(',')).map((v) => v.trim()).filter(Boolean);
  return new Set([...listed, ...query.getAll(`${field}[eq]`)]);
}

const isFlag = (field) => declared.get(field)?.type === 'flag';

/** The query with other values of a field. They are written literally: one may have a comma. */
export function withValues(query, field, values) {
  const q = new URLSearchParams(query);
  for (const p of [field, `${field}[eq]`, `${field}[exists]`]) q.delete(p);
  for (const v of values) q.append(field === 'kind' || isFlag(field) ? field : `${field}[eq]`, v);
  return q;
}

export function rail() {
  const fields = state.counts?.facets.fields ?? [];
  for (const f of fields) if (f.values.length || f.number?.count || chosenOf(state.query, f.field).size) seen.add(f.field);
  return html`
    <p class="only-narrow sheet-end"><button @click=${() => { state.sheet = false; render(); }}>${m.done}</button></p>
    ${repeat(fields.filter((f) => seen.has(f.field)), (f) => f.field, (f) => (declared.get(f.field)?.type === 'number' ? range(f) : facet(f)))}`;
}

function facet(f) {
  const chosen = chosenOf(state.query, f.field);
  const name = nameOf(f.field, config.labels);
  const looking = open.get(f.field);
  const values = [...(looking?.found ?? f.values)];
  if (f.field === 'kind') for (const v of kinds) if (!values.some((c) => c.value === v)) values.push({value: v, count: 0});
  if (!looking) for (const v of chosen) if (!values.some((c) => c.value === v)) values.push({value: v, count: 0}); // stays clickable
  const few = looking ? values : values.filter((c, i) => i < SHOWN || chosen.has(c.value));
  const rest = f.distinct - few.filter((c) => c.count).length;
  const none = state.query.get(`${f.field}[exists]`) === 'false';
  return html`
    <fieldset class="facet">
      <legend>${name}</legend>
      ${looking ? html`<input type="search" class="find" data-field=${f.field} .value=${asIs(looking.text)} aria-label=${m.findValue(name)} placeholder=${m.findValue(name)} @input=${(e) => look(f.field, e.target.value)}>` : nothing}
      ${repeat(few, (c) => c.value, (c) => value(chosen.has(c.value), label(f.field, c.value), c.count, (e) => toggle(e, f.field, c.value, chosen)))}
      ${!few.length && !f.missing ? html`<p class="value quiet">${m.noValue}</p>` : nothing}
      ${(f.missing || none) && f.field !== 'kind' && !looking ? value(none, html`<i>${m.missing}</i>`, f.missing, () => change(altered(`${f.field}[exists]`, none ? null : 'false', withValues(state.query, f.field, [])))) : nothing}
      ${looking ? html`<button class="link" @click=${() => { open.delete(f.field); render(); }}>${m.less}</button>`
        : rest > 0 ? html`<button class="link" @click=${() => begin(f.field)}>${m.more(rest)}</button>` : nothing}
    </fieldset>`;
}

const value = (on, name, n, toggled) => html`
  <label class="value ${on ? 'chosen' : ''}" title=${m.altClick}>
    <input type="checkbox" .checked=${asIs(on)} @click=${toggled}><span class="name"><bdi>${name}</bdi></span><span class="count">${count(n)}</span>
  </label>`;

const label = (field, v) => (field === 'kind' ? m.kinds[v] : isFlag(field) ? m.flag[v] : config.labels[v]) ?? v;

/** A click adds or takes away; with Alt the value is the only one. A flag has one value. */
function toggle(e, field, v, chosen) {
  const next = new Set(chosen);
  if (e.altKey || (isFlag(field) && !next.has(v))) {
    next.clear();
    next.add(v);
  } else if (!next.delete(v)) next.add(v);
  change(withValues(state.query, field, next));
}

/** A field of numbers: its bounds. */
function range(f) {
  const name = nameOf(f.field, config.labels), n = f.number;
  const bound = (op, words, hint) => html`
    <input type="number" step="any" aria-label=${`${name}: ${words}`} placeholder=${hint === undefined ? words : count(hint)}
      .value=${asIs(state.query.get(`${f.field}[${op}]`) ?? '')} @change=${(e) => change(altered(`${f.field}[${op}]`, e.target.value || null))}>`;
  return html`
    <fieldset class="facet"><legend>${name}</legend>
      <p class="range">${bound('gte', m.from, n?.count ? n.min : undefined)} – ${bound('lte', m.to, n?.count ? n.max : undefined)}</p>
    </fieldset>`;
}

// ---- looking through the values ----

function begin(field) {
  look(field, '');
  requestAnimationFrame(() => document.querySelector(`.find[data-field="${CSS.escape(field)}"]`)?.focus());
}

let asking = null;

async function look(field, text) {
  asking?.abort();
  const mine = (asking = new AbortController());
  open.set(field, {...open.get(field), text});
  render();
  try {
    const found = await api.searchValues(state.query, field, text, mine.signal);
    if (open.has(field)) open.set(field, {text, found});
  } catch {
    // the values that are shown stay
  }
  render();
}
