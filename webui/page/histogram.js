// Bars of how many sessions were created when, and a brush that narrows the list to a part
// of them. SVG attributes only: a strict policy refuses inline styles.

import {html, svg, nothing} from './vendor/lit-html/lit-html.js';
import {count} from './format.js';
import {messages as m} from './messages.js';

const WIDTH = 1200, HEIGHT = 64, MOST_BARS = 120;

/**
 * Joins neighbouring buckets until there are few enough, leaving none out between the first
 * and the last day.
 * @param {Array<{value: string, count: number}>} counts by day or month, in any order
 */
export function bars(counts) {
  if (!counts?.length) return [];
  const by = new Map(counts.map((c) => [c.value, c.count]));
  const keys = [...by.keys()].sort();
  const monthly = keys[0].length === 7;
  const all = [];
  const at = new Date(`${keys[0]}${monthly ? '-01' : ''}T00:00:00Z`);
  const last = new Date(`${keys.at(-1)}${monthly ? '-01' : ''}T00:00:00Z`);
  while (at <= last && all.length < 100_000) {
    const key = at.toISOString().slice(0, monthly ? 7 : 10);
    all.push({from: key, to: key, n: by.get(key) ?? 0});
    if (monthly) at.setUTCMonth(at.getUTCMonth() + 1);
    else at.setUTCDate(at.getUTCDate() + 1);
  }
  const step = Math.ceil(all.length / MOST_BARS);
  const joined = [];
  for (let i = 0; i < all.length; i += step) {
    const part = all.slice(i, i + step);
    joined.push({from: part[0].from, to: part.at(-1).to, n: part.reduce((sum, b) => sum + b.n, 0)});
  }
  return joined;
}

/** The brush: which bars are marked, while a person marks them. */
const brush = {from: -1, to: -1, on: false};

/**
 * @param {Array<{from: string, to: string, n: number}>} list
 * @param {{zone: string, narrow: (from: string, to: string) => void, render: () => void}} o
 */
export function histogram(list, o) {
  const highest = Math.max(1, ...list.map((b) => b.n));
  const width = WIDTH / Math.max(1, list.length);
  const marked = (i) => brush.on && i >= Math.min(brush.from, brush.to) && i <= Math.max(brush.from, brush.to);
  const at = (e) => {
    const box = e.currentTarget.getBoundingClientRect();
    return Math.max(0, Math.min(list.length - 1, Math.floor(((e.clientX - box.left) / box.width) * list.length)));
  };
  const start = (i) => { brush.from = brush.to = i; brush.on = true; o.render(); };
  const move = (i) => { if (brush.on && brush.to !== i) { brush.to = i; o.render(); } };
  const done = () => {
    if (!brush.on) return;
    const [a, b] = [Math.min(brush.from, brush.to), Math.max(brush.from, brush.to)];
    brush.on = false;
    o.narrow(list[a].from, list[b].to);
  };
  const key = (e) => {
    const step = {ArrowLeft: -1, ArrowRight: 1}[e.key];
    if (step && list.length) {
      const i = brush.on ? brush.to : step > 0 ? -1 : list.length;
      const next = Math.max(0, Math.min(list.length - 1, i + step));
      if (e.shiftKey && brush.on) move(next);
      else start(next);
    } else if (e.key === 'Enter' && brush.on) done();
    else if (e.key === 'Escape' && brush.on) { brush.on = false; o.render(); }
    else return;
    e.preventDefault();
    e.stopPropagation();
  };
  const chosen = brush.on && list.length ? list.slice(Math.min(brush.from, brush.to), Math.max(brush.from, brush.to) + 1) : [];
  const says = chosen.length
    ? `${chosen[0].from} – ${chosen.at(-1).to}: ${count(chosen.reduce((sum, b) => sum + b.n, 0))}`
    : list.length ? `${list[0].from} – ${list.at(-1).to}` : '';
  return html`
    <div class="histogram">
      <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="slider" tabindex="0" aria-label=${m.brush}
          aria-valuemin="0" aria-valuemax=${Math.max(0, list.length - 1)} aria-valuenow=${brush.on ? brush.to : 0} aria-valuetext=${says}
          @pointerdown=${(e) => { if (list.length) { e.currentTarget.setPointerCapture(e.pointerId); start(at(e)); } }}
          @pointermove=${(e) => list.length && move(at(e))} @pointerup=${done} @keydown=${key}>
        ${list.map((b, i) => {
          const h = b.n ? Math.max(2, (b.n / highest) * (HEIGHT - 4)) : 0;
          return svg`<rect class=${marked(i) ? 'bar on' : 'bar'} x=${i * width} y=${HEIGHT - h} width=${Math.max(0.5, width - 1)} height=${h}><title>${b.from === b.to ? b.from : `${b.from} – ${b.to}`}: ${count(b.n)}</title></rect>`;
        })}
      </svg>
      <p class="says">${says || nothing} <span class="quiet">${m.zone(o.zone)}</span></p>
    </div>`;
}
