// The rail beside the list: what values there are, and how many sessions have each. The counts
// are those of the answer that the list is made of, each leaving out its own filter.

import {html, nothing} from './vendor/lit-html/lit-html.js';
import {repeat} from './vendor/lit-html/directives/repeat.js';
import {count} from './format.js';
import {messages as m, nameOf} from './messages.js';

const SHOWN = 8;
const order = ['kind', 'state', 'source_channel', 'session_type', 'trigger_type', 'app_id', 'workspace_id'];
const unlisted = new Set(['created_at', 'updated_at', 'aop_asset_id', 'parent_session_id']);

/** What is open or looked for in the rail; no part of the address. */
const open = new Map(); // field -> text that is looked for

/** The values that a query keeps of a field. @param {URLSearchParams} query @param {string} field */
export function chosenOf(query, field) {
  const listed = query.getAll(field).flatMap((v) => v.split(',')).map((v) => v.trim()).filter(Boolean);
  return new Set([...listed, ...query.getAll(`${field}[eq]`)]);
}

/** The query with other values of a field. Values are written literally: one may have a comma. */
export function withValues(query, field, values) {
  const q = new URLSearchParams(query);
  q.delete(field);
  q.delete(`${field}[eq]`);
  const name = field === 'kind' ? field : `${field}[eq]`;
  for (const v of values) q.append(name, v);
  return q;
}

/**
 * @param {Array<{field: string, values?: Array<{value: string, count: number}>, distinct?: number, missing?: number, number?: any}>} fields
 * @param {{query: URLSearchParams, config: any, change: (q: URLSearchParams) => void, render: () => void,
 *   search: (field: string, text: string) => Promise<Array<{value: string, count: number}>>}} o
 */
export function rail(fields, o) {
  const listed = fields.filter((f) => f.values && !unlisted.has(f.field));
  const rank = (f) => (order.indexOf(f.field) < 0 ? order.length : order.indexOf(f.field));
  listed.sort((a, b) => rank(a) - rank(b));
  return html`${repeat(listed, (f) => f.field, (f) => facet(f, o))}`;
}

const found = new Map(); // field -> values that a search in it found

function facet(f, o) {
  const chosen = chosenOf(o.query, f.field);
  const name = nameOf(f.field, o.config.labels);
  const looking = open.get(f.field);
  const values = [...((looking && found.get(f.field)) || f.values)];
  for (const v of chosen) if (!values.some((c) => c.value === v)) values.unshift({value: v, count: 0}); // stays clickable
  const few = looking === undefined ? values.filter((c, i) => i < SHOWN || chosen.has(c.value)) : values.slice(0, 200);
  const rest = (f.distinct ?? values.length) - few.length;
  if (!values.length) return nothing;
  return html`
    <fieldset class="facet">
      <legend>${name}</legend>
      ${looking === undefined ? nothing : html`<input type="search" class="find" .value=${looking} aria-label=${m.findValue(name)} placeholder=${m.findValue(name)} @input=${(e) => look(f.field, e.target.value, o)}>`}
      ${repeat(few, (c) => c.value, (c) => html`
        <label class="value ${chosen.has(c.value) ? 'chosen' : ''}">
          <input type="checkbox" .checked=${chosen.has(c.value)} @click=${(e) => toggle(e, f.field, c.value, chosen, o)}>
          <span class="name"><bdi>${label(f.field, c.value, o.config)}</bdi></span><span class="count">${count(c.count)}</span>
        </label>`)}
      ${f.missing ? html`<p class="value quiet"><span class="name">${m.missing}</span><span class="count">${count(f.missing)}</span></p>` : nothing}
      ${rest > 0 && looking === undefined ? html`<button class="link" @click=${() => { open.set(f.field, ''); o.render(); }}>${m.more(rest)}</button>` : nothing}
      ${looking === undefined ? nothing : html`<button class="link" @click=${() => { open.delete(f.field); found.delete(f.field); o.render(); }}>${m.close}</button>`}
    </fieldset>`;
}

const label = (field, value, config) => (field === 'kind' ? m.kinds[value] : config.labels?.[value]) ?? value;

/** A click adds or takes away; with Alt the value is the only one. */
function toggle(e, field, value, chosen, o) {
  const next = new Set(chosen);
  if (e.altKey) {
    next.clear();
    next.add(value);
  } else if (!next.delete(value)) next.add(value);
  o.change(withValues(o.query, field, next));
}

let asked = 0;

async function look(field, text, o) {
  open.set(field, text);
  const mine = ++asked;
  const values = text ? await o.search(field, text).catch(() => null) : null;
  if (mine !== asked) return;
  if (values) found.set(field, values);
  else found.delete(field);
  o.render();
}
