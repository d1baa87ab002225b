// Bars of how many sessions were created when, and a brush that narrows the list to some of
// them. SVG attributes only: the policy of the page refuses inline styles.

import {html, svg, nothing} from './vendor/lit-html/lit-html.js';
import {calendarDay, count, zone} from './format.js';
import {change} from './listing.js';
import {messages as m} from './messages.js';
import {endOfDay} from './qualifiers.js';
import {render, state} from './state.js';

const WIDTH = 1200, HEIGHT = 64;
const FEWEST = 30; // bars; a few would be as wide as the page

const dayOf = (date) => Date.parse(`${date}T00:00:00Z`) / 86_400_000;
const dateOf = (day) => new Date(day * 86_400_000).toISOString().slice(0, 10);

/**
 * The bars of an answer, filled up on the left with days that have no session.
 * @param {{from: string, days: number, counts: number[]} | undefined} h
 * @returns {Array<{from: string, to: string, n: number}>}
 */
export function bars(h) {
  if (!h?.counts.length) return [];
  const more = Math.max(0, FEWEST - h.counts.length);
  const first = dayOf(h.from) - more * h.days;
  return [...Array(more).fill(0), ...h.counts].map((n, i) => ({from: dateOf(first + i * h.days), to: dateOf(first + (i + 1) * h.days - 1), n}));
}

/** Narrows the list to the days from one to another, both included, of the reader's zone. */
function narrow(from, to) {
  const q = new URLSearchParams(state.query);
  q.set('created_after', from);
  q.set('created_before', endOfDay(to));
  q.set('tz', zone);
  change(q);
}

/** The brush: which bars are marked, while a person marks them. */
const brush = {from: -1, to: -1, on: false, held: false};

const marked = () => [Math.min(brush.from, brush.to), Math.max(brush.from, brush.to)];

function start(i) {
  brush.from = brush.to = i;
  brush.on = true;
  render();
}

function extend(i) {
  if (!brush.on || brush.to === i) return;
  brush.to = i;
  render();
}

function finish(list) {
  if (!brush.on) return;
  const [a, b] = marked();
  brush.on = brush.held = false;
  narrow(list[a].from, list[b].to);
}

function key(e, list) {
  const step = {ArrowLeft: -1, ArrowRight: 1}[e.key];
  if (step && list.length) {
    const i = Math.max(0, Math.min(list.length - 1, (brush.on ? brush.to : step > 0 ? -1 : list.length) + step));
    if (e.shiftKey && brush.on) extend(i);
    else start(i);
  } else if (e.key === 'Enter' && brush.on) finish(list);
  else if (e.key === 'Escape' && brush.on) {
    brush.on = false;
    render();
  } else return;
  e.preventDefault();
  e.stopPropagation();
}

const days = (from, to) => (from === to ? calendarDay(from) : `${calendarDay(from)} – ${calendarDay(to)}`);

/** The pointer's bar. */
function under(e, list) {
  const box = e.currentTarget.getBoundingClientRect();
  return Math.max(0, Math.min(list.length - 1, Math.floor(((e.clientX - box.left) / box.width) * list.length)));
}

export function histogram() {
  const list = bars(state.counts?.histogram);
  const highest = Math.max(1, ...list.map((b) => b.n)), width = WIDTH / Math.max(1, list.length);
  const [after, before] = ['created_after', 'created_before'].map((p) => state.query.get(p)?.slice(0, 10));
  const [a, b] = marked();
  const isIn = (bar, i) => (brush.on ? i >= a && i <= b : (!after || bar.to >= after) && (!before || bar.from <= before));
  const chosen = brush.on ? list.slice(a, b + 1) : [];
  const says = chosen.length ? `${days(chosen[0].from, chosen.at(-1).to)}: ${m.total(chosen.reduce((sum, bar) => sum + bar.n, 0))}` : '';
  return html`
    <div class="histogram ${brush.on || after || before ? 'brushed' : ''}">
      <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="slider" tabindex="0" aria-label=${m.brush}
          aria-valuemin="0" aria-valuemax=${Math.max(0, list.length - 1)} aria-valuenow=${brush.on ? brush.to : 0} aria-valuetext=${says || m.noBars(list.length)}
          @pointerdown=${(e) => { if (list.length) { e.currentTarget.setPointerCapture(e.pointerId); brush.held = true; start(under(e, list)); } }}
          @pointermove=${(e) => { if (brush.held) extend(under(e, list)); }} @pointerup=${() => finish(list)}
          @pointercancel=${() => { brush.on = brush.held = false; render(); }} @keydown=${(e) => key(e, list)}>
        ${list.map((bar, i) => {
          const h = bar.n ? Math.max(2, (bar.n / highest) * (HEIGHT - 2)) : 0;
          return svg`<g class=${isIn(bar, i) ? 'in' : 'out'}><rect class="bar" x=${i * width} y=${HEIGHT - h} width=${Math.max(0.5, width - 1.5)} height=${h}></rect><rect
            class="over" x=${i * width} y="0" width=${width} height=${HEIGHT}><title>${days(bar.from, bar.to)}: ${count(bar.n)}</title></rect></g>`;
        })}
      </svg>
      <p class="says"><span>${list.length ? calendarDay(list[0].from) : nothing}</span><span class="what">${says || m.histogram(state.counts?.histogram?.days ?? 1, state.query.get('tz') ?? zone)}</span><span>${list.length ? calendarDay(list.at(-1).to) : nothing}</span></p>
    </div>`;
}
