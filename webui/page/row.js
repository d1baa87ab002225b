// One row of the list.

import {html, nothing} from './vendor/lit-html/lit-html.js';
import {absolute, count, dayOf, when} from './format.js';
import {messages as m} from './messages.js';

/**
 * The pieces of a title, those to be marked told apart.
 * @param {string} title @param {number[][]} marks UTF-16 ranges, ascending
 */
export function pieces(title, marks) {
  const out = [];
  let at = 0;
  for (const [from, to] of marks ?? []) {
    if (from < at || to > title.length) continue;
    if (from > at) out.push(title.slice(at, from));
    out.push(html`<mark>${title.slice(from, to)}</mark>`);
    at = to;
  }
  if (at < title.length) out.push(title.slice(at));
  return out;
}

const ruler = document.createElement('canvas').getContext('2d');

/**
 * A title of which the first mark would be beyond the edge begins shortly before it.
 * @param {string} title @param {number[][]} marks @param {number} width pixels @param {string} font
 */
export function windowed(title, marks, width, font) {
  const first = marks?.[0];
  if (!first || !ruler || width <= 0) return {title, marks};
  ruler.font = font;
  if (ruler.measureText(title.slice(0, first[1])).width <= width - 24) return {title, marks};
  let from = first[0];
  const room = Math.max(0, width * 0.4 - 24);
  while (from > 0 && ruler.measureText(title.slice(from - 1, first[0])).width < room) from--;
  const space = title.indexOf(' ', from);
  if (space >= 0 && space < first[0]) from = space + 1;
  if (from > 0 && /[\udc00-\udfff]/.test(title[from])) from++; // not within a pair
  return {title: '… ' + title.slice(from), marks: marks.map(([a, b]) => [a - from + 2, b - from + 2])};
}

/** Words of a state that is good, bad or under way, whatever the service calls it. */
const tones = {
  running: 'busy', active: 'busy', queued: 'busy', scheduled: 'busy', failed: 'bad', error: 'bad', needs_input: 'asks',
  waiting_for_input: 'asks', interrupted: 'off', canceled: 'off', cancelled: 'off', archived: 'off', completed: 'good',
};

export const toneOf = (state, config) => config.states?.[state] ?? tones[state] ?? 'off';

/** A link that leads somewhere harmless; nothing for any other. @param {string} pattern @param {string} id */
export function linkTo(pattern, id) {
  if (!pattern) return nothing;
  try {
    const url = new URL(pattern.replaceAll('{id}', encodeURIComponent(id)), document.baseURI);
    return url.protocol === 'https:' || url.protocol === 'http:' ? url.href : nothing;
  } catch {
    return nothing;
  }
}

/**
 * @param {number} i place in the list
 * @param {{session: any, marks: number[][]} | null} row null while it is loaded
 * @param {{config: any, now: number, active: boolean, checked: boolean, newDay: boolean, by: string, width: number, font: string,
 *   choose: (e: Event) => void, check: (e: Event) => void}} o
 */
export function rowTemplate(i, row, o) {
  if (!row) {
    return html`<div role="row" class="row empty" id="row-${i}" aria-rowindex=${i + 2} aria-busy="true"><span role="gridcell"><span class="bone"></span></span></div>`;
  }
  const s = row.session;
  const {title, marks} = windowed(s.title ?? '', row.marks, o.width, o.font);
  const time = s[o.by === 'created_at' ? 'created_at' : 'updated_at'];
  const link = linkTo(o.config.sessionURL, s.id);
  const text = html`<bdi>${title ? pieces(title, marks) : html`<i>${m.untitled}</i>`}</bdi>`;
  const second = [s.agent, s.last_message_preview].filter((x) => typeof x === 'string' && x).join(' · ');
  return html`
    <div role="row" id="row-${i}" aria-rowindex=${i + 2} aria-selected=${o.checked ? 'true' : 'false'} data-id=${s.id}
        class="row ${o.active ? 'active' : ''} ${o.newDay ? 'new-day' : ''} ${s.is_unread ? 'unread' : ''}" @click=${o.choose}>
      <span role="gridcell" class="check"><label><input type="checkbox" .checked=${o.checked} tabindex="-1" aria-label=${s.title || m.untitled} @click=${o.check}></label></span>
      <span role="gridcell" class="title">
        <span class="line">${link === nothing ? text : html`<a href=${link} tabindex="-1">${text}</a>`}${badges(s)}</span>
        ${second ? html`<span class="second"><bdi>${second.slice(0, 300)}</bdi></span>` : nothing}
      </span>
      <span role="gridcell" class="state"><span class="dot ${toneOf(s.state, o.config)}"></span><span class="word">${o.config.labels?.[s.state] ?? s.state ?? ''}</span></span>
      <span role="gridcell" class="channel">${s.source_channel ?? ''}</span>
      ${o.config.columns.map((c) => html`<span role="gridcell" class="column">${cell(s[c])}</span>`)}
      <span role="gridcell" class="messages">${typeof s.num_messages === 'number' ? count(s.num_messages) : ''}</span>
      <span role="gridcell" class="time">${o.newDay ? html`<span class="day">${dayOf(time)}</span>` : nothing}<time datetime=${time} title=${absolute(time)}>${when(time, o.now)}</time></span>
    </div>`;
}

function badges(s) {
  return [s.is_sub_session ? html`<span class="badge">sub</span>` : nothing, s.is_task_session ? html`<span class="badge">task</span>` : nothing];
}

/** A member of any type, as a cell shows it. */
export function cell(v) {
  if (v === null || v === undefined) return '';
  if (typeof v === 'number') return count(v);
  if (Array.isArray(v)) return v.map(cell).join(', ');
  return typeof v === 'object' ? JSON.stringify(v) : String(v);
}
