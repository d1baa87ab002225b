// What a person can do with the sessions that are chosen.

import {html, nothing} from './vendor/lit-html/lit-html.js';
import * as api from './api.js';
import {declared, patchOf} from './config.js';
import {load, rows, sentence} from './listing.js';
import {messages as m} from './messages.js';
import {addressOf, copy} from './panel.js';
import {render, state} from './state.js';
import {toast} from './toast.js';

const MOST_IDS = 10_000; // that are copied

/** The chosen sessions as a query of their own. */
const chosen = () => (state.all ? state.query : new URLSearchParams([...state.checked].map((id) => ['ids[eq]', id])));

/** @param {(id: string) => string} line */
async function copyLines(line) {
  try {
    const ids = [];
    if (state.all) for await (const id of api.ids(state.query, MOST_IDS)) ids.push(id);
    else ids.push(...state.checked);
    await copy(ids.slice(0, MOST_IDS).map(line).join('\n'));
    if (state.all && rows.total > MOST_IDS) toast(m.copiedSome(MOST_IDS));
  } catch (e) {
    toast(sentence(e));
  }
}

/** Writes to each of the chosen sessions, as far as it goes. @param {(id: string) => Promise<any>} write */
async function each(write) {
  let done = 0, failure = null;
  for (const id of state.checked) {
    try {
      await write(id);
      done++;
    } catch (e) {
      failure = e;
    }
  }
  toast(failure ? m.changedSome(done, sentence(failure)) : m.changed(done));
  load({keep: true});
}

export function bulk() {
  const n = state.all ? rows.total : state.checked.size;
  if (!n) return nothing;
  const may = state.answer?.write && !state.all;
  return html`
    <div class="bulk"><span role="status">${m.selected(n)}</span>
      ${state.all || rows.total <= n ? nothing : html`<button class="link" @click=${() => { state.all = true; render(); }}>${m.selectAll(rows.total)}</button>`}
      <button class="link" @click=${() => { state.all = false; state.checked.clear(); render(); }}>${m.selectNone}</button>
      <span class="spacer"></span>
      ${may ? html`<button @click=${() => each((id) => api.markRead(id, true))}>${m.read}</button>` : nothing}
      ${may && declared.get('archived')?.type === 'flag' ? html`<button @click=${() => each((id) => api.patch(id, patchOf('archived', true)))}>${m.setFlag.archived.true}</button>` : nothing}
      <button @click=${() => copyLines((id) => id)}>${m.copyIds}</button>
      <button @click=${() => copyLines(addressOf)}>${m.copyLinks}</button>
      <a class="button" download="sessions.jsonl" href=${api.exportURL(chosen(), 'jsonl')}>${m.exportAs('JSONL')}</a>
      <a class="button" download="sessions.csv" href=${api.exportURL(chosen(), 'csv')}>${m.exportAs('CSV')}</a>
    </div>`;
}
