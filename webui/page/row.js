// One row of the list.

import {html, nothing} from './vendor/lit-html/lit-html.js';
import {alignOf, config, memberOf} from './config.js';
import {absolute, count, dayOf, exactly, when} from './format.js';
import {messages as m} from './messages.js';

/**
 * The pieces of a title, those that match marked.
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
 * The title from shortly before its first match, if that would lie beyond the edge.
 * @param {string} title @param {number[][]} marks @param {number} width pixels @param {string} font
 */
export function windowed(title, marks, width, font) {
  const first = marks?.[0];
  if (!first || !ruler || width <= 0) return {title, marks};
  ruler.font = font;
  const end = Math.min(first[1], first[0] + 80); // of a long match the beginning is to be seen
  if (ruler.measureText(title.slice(0, end)).width <= width - 24) return {title, marks};
  let from = first[0];
  const room = Math.max(0, Math.min(width * 0.4, width - 24 - ruler.measureText(title.slice(first[0], end)).width) - 24);
  while (from > 0 && ruler.measureText(title.slice(from - 1, first[0])).width < room) from--;
  const space = title.indexOf(' ', from);
  if (space >= 0 && space < first[0]) from = space + 1;
  if (from > 0 && /[\udc00-\udfff]/.test(title[from])) from++; // not within a pair
  return {title: '… ' + title.slice(from), marks: marks.map(([a, b]) => [a - from + 2, b - from + 2])};
}

/** Whether a state is good, bad or under way, whatever the service calls it. */
const tones = {
  running: 'busy', active: 'busy', queued: 'busy', scheduled: 'busy', failed: 'bad', error: 'bad', needs_input: 'asks',
  waiting_for_input: 'asks', interrupted: 'off', canceled: 'off', cancelled: 'off', archived: 'off', completed: 'good',
};

export const toneOf = (state) => config.states[state] ?? tones[state] ?? 'off';

/** The link of a session, '' where there is none that a browser may follow. @param {string} id */
export function linkTo(id) {
  if (!config.sessionURL) return '';
  try {
    const url = new URL(config.sessionURL.replaceAll('{id}', encodeURIComponent(id)), document.baseURI);
    return url.protocol === 'https:' || url.protocol === 'http:' ? url.href : '';
  } catch {
    return '';
  }
}

/** What is shown in place of a session that is being loaded. @param {number} i its place */
export const bone = (i) => html`<div role="row" class="row empty" id="row-${i}" aria-rowindex=${i + 2} aria-busy="true"><span role="gridcell" class="title"><span class="bone"></span></span></div>`;

/**
 * @param {number} i place in the list
 * @param {{session: any, marks: number[][], snippet?: {text: string, matches: number[][]}}} row
 * @param {{now: number, active: boolean, exact: boolean, checked: boolean, newDay: boolean, by: string, absolute: boolean, columns: string[],
 *   width: number, font: string, choose: (e: Event) => void, check: (e: Event) => void}} o
 */
export function rowTemplate(i, row, o) {
  const s = row.session;
  const {title, marks} = windowed(s.title ?? '', row.marks, o.width, o.font);
  const time = s[o.by === 'created_at' ? 'created_at' : 'updated_at'];
  const link = linkTo(s.id);
  const text = html`<bdi>${title ? pieces(title, marks) : html`<i>${m.untitled}</i>`}</bdi>`;
  const second = row.snippet ? pieces(row.snippet.text, row.snippet.matches) : [s.agent, s.last_message_preview].filter((x) => typeof x === 'string' && x).join(' · ').slice(0, 300);
  return html`
    <div role="row" id="row-${i}" aria-rowindex=${i + 2} aria-selected=${o.checked ? 'true' : 'false'} data-id=${s.id}
        class="row ${o.active ? 'active' : ''} ${o.checked ? 'checked' : ''} ${o.newDay ? 'new-day' : ''} ${s.is_unread ? 'unread' : ''}" @click=${o.choose}>
      <span role="gridcell" class="check"><label><input type="checkbox" .checked=${o.checked} tabindex="-1" aria-label=${s.title || m.untitled} @click=${o.check}></label></span>
      <span role="gridcell" class="title">
        <span class="line">${link ? html`<a href=${link} tabindex="-1">${text}</a>` : text}${badges(s)}${s.is_unread ? html`<span class="offscreen">${m.isUnread}</span>` : nothing}</span>
        ${second.length ? html`<span class="second"><bdi>${second}</bdi></span>` : nothing}
      </span>
      <span role="gridcell" class="state"><span class="dot ${toneOf(s.state)}"></span><span class="word">${config.labels[s.state] ?? s.state ?? ''}</span></span>
      <span role="gridcell" class="channel">${config.labels[s.source_channel] ?? s.source_channel ?? ''}</span>
      ${o.columns.map((c) => html`<span role="gridcell" class="column ${alignOf(c)}">${cell(memberOf(s, c))}</span>`)}
      <span role="gridcell" class="messages">${typeof s.num_messages === 'number' ? count(s.num_messages) : ''}</span>
      <span role="gridcell" class="time">${o.newDay ? html`<span class="day">${dayOf(time)}</span>` : nothing}<time datetime=${time} title=${absolute(time)} class=${o.absolute || o.exact ? 'exact' : ''}>${o.absolute || o.exact ? exactly(time) : when(time, o.now)}</time></span>
    </div>`;
}

const badges = (s) => [s.is_sub_session ? html`<span class="badge">${m.badges.sub}</span>` : nothing, s.is_task_session ? html`<span class="badge">${m.badges.task}</span>` : nothing];

/** A member of any type, as a cell shows it. */
export function cell(v) {
  if (v === null || v === undefined) return '';
  if (typeof v === 'number') return count(v);
  if (typeof v === 'boolean') return m.flag[v];
  if (Array.isArray(v)) return v.map(cell).join(', ');
  return typeof v === 'object' ? JSON.stringify(v) : String(v);
}
