// The line above the list: how many sessions there are and what is hidden, the filters, and
// the order.

import {html, nothing} from './vendor/lit-html/lit-html.js';
import {chips, withoutFilters} from './chips.js';
import {config, declared, sortFields} from './config.js';
import {dialog} from './dialogs.js';
import {sortBy} from './grid.js';
import {hiddenBy, withAll} from './hidden.js';
import {altered, change, load, sentence} from './listing.js';
import {messages as m, nameOf} from './messages.js';
import {render, state} from './state.js';

const HIDDEN = 3; // reasons that are named: those of the contract at least

/** The faults of the failure by the parameter that each is about. */
const faults = () => new Map((state.failure?.faults ?? []).map((f) => [f.loc.at(-1), f.msg]));

export function status() {
  const on = chips(), hidden = hiddenBy(), bad = faults();
  const asc = state.query.get('sort_direction') === 'asc';
  const pinned = declared.get('pinned')?.type === 'flag';
  return html`
    <div class="status">
      <button class="only-narrow" aria-expanded=${state.sheet ? 'true' : 'false'} @click=${openSheet}>${m.filtersOn(on.length)}</button>
      <span class="total" role="status">${state.counts ? m.total(state.counts.page.total) : ''}</span>
      ${hidden.length ? html`<span class="hidden-by"><span class="quiet">${m.hiddenTitle}</span> ${hidden.slice(0, HIDDEN).map((h) => html`<button class="link" title=${m.show} @click=${() => change(h.query())}>${h.what}</button>`)}${hidden.length > HIDDEN
        ? html`<button class="link" title=${hidden.slice(HIDDEN).map((h) => h.what).join(', ')} @click=${() => change(withAll(hidden))}>${m.more(hidden.slice(HIDDEN).reduce((n, h) => n + h.count, 0))}</button>` : nothing}</span>` : nothing}
      <span class="controls"><button class="link why" @click=${() => dialog('why')}>${m.why}</button>
      ${pinned ? html`<label class="tick"><input type="checkbox" .checked=${state.query.get('sort_first') === 'pinned'} @change=${(e) => change(altered('sort_first', e.target.checked ? 'pinned' : null))}>${m.pinnedFirst}</label>` : nothing}
      <span class="order"><select aria-label=${m.sortedBy} @change=${(e) => change(altered('sort_by', e.target.value === 'updated_at' ? null : e.target.value))}>
        ${[...new Set([...sortFields, sortBy()])].map((f) => html`<option value=${f} ?selected=${f === sortBy()}>${m.sort[f] ?? nameOf(f, config.labels)}</option>`)}</select>
      <button class="icon" aria-label=${asc ? m.asc : m.desc} title=${asc ? m.asc : m.desc} @click=${() => change(altered('sort_direction', asc ? null : 'asc'))}>${asc ? '↑' : '↓'}</button></span></span>
      ${on.length ? html`<p class="chips">${on.map((c) => {
        const fault = c.params.map((p) => bad.get(p)).find(Boolean);
        return html`<span class="chip ${fault ? 'fault' : ''}" title=${fault ?? nothing}><bdi>${c.text}</bdi><button aria-label=${m.remove(c.text)} @click=${() => change(c.without())}>×</button></span>`;
      })}${on.length > 1 ? html`<button class="link" @click=${() => change(withoutFilters())}>${m.clear}</button>` : nothing}</p>` : nothing}
    </div>`;
}

export function openSheet() {
  state.sheet = !state.sheet;
  render();
  if (state.sheet) requestAnimationFrame(() => document.querySelector('#rail button, #rail input')?.focus());
}

/** What went wrong, in the words of the server where it has any. */
export function failure() {
  if (!state.failure) return nothing;
  const list = state.failure.faults ?? [];
  return html`
    <div class="banner" role="alert">
      ${list.length ? html`<ul>${list.map((f) => html`<li><b>${nameOf(f.loc.at(-1), config.labels)}</b>: ${f.msg}</li>`)}</ul>` : html`<span>${sentence(state.failure)}</span>`}
      <button @click=${() => load({keep: true})}>${m.again}</button>
    </div>`;
}
