// The list on the screen: which rows are drawn, where the keyboard is, and what is chosen.

import {html, nothing} from './vendor/lit-html/lit-html.js';
import {repeat} from './vendor/lit-html/directives/repeat.js';
import {alignOf, config} from './config.js';
import {dayOf} from './format.js';
import {rowHeight, rows, scroller} from './listing.js';
import {messages as m, nameOf} from './messages.js';
import {show} from './panel.js';
import {bone, rowTemplate} from './row.js';
import {render, renderNow, state} from './state.js';

export const sortBy = () => state.query.get('sort_by') ?? 'updated_at';
const byTime = () => ['updated_at', 'created_at'].includes(sortBy());

/** The time that a row shows. */
const timeOf = (i) => rows.at(i)?.session[sortBy() === 'created_at' ? 'created_at' : 'updated_at'];

const startsDay = (i) => byTime() && !!timeOf(i) && (i === 0 || (!!timeOf(i - 1) && dayOf(timeOf(i - 1)) !== dayOf(timeOf(i))));

/** The room for a title, which decides from where on it is shown. */
let room = {key: '', width: 0, font: ''};

/** Measures a title if the list became wider or narrower. @returns {boolean} whether it did */
export function measure() {
  const key = scroller && `${scroller.width} ${state.settings.compact} ${state.settings.columns}`;
  if (!key || key === room.key) return false;
  const cell = scroller.box.querySelector('.row .title .line');
  if (!cell) return false;
  const style = getComputedStyle(cell);
  room = {key, width: cell.clientWidth, font: `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`};
  return true;
}

function drawn() {
  if (!scroller) return nothing;
  scroller.total = rows.total;
  scroller.rowHeight = rowHeight();
  const {from, to} = scroller.window();
  rows.need(from, to - 1);
  const now = Date.now(), by = sortBy();
  return repeat(Array.from({length: to - from}, (_, k) => from + k), (i) => i, (i) => {
    const row = rows.at(i);
    if (!row) return bone(i);
    const id = row.session.id;
    return rowTemplate(i, row, {
      now, by, width: room.width, font: room.font, columns: state.settings.columns, absolute: state.settings.absolute,
      active: i === state.active, exact: i === state.active && scroller.width > 960, checked: state.all || state.checked.has(id), newDay: startsDay(i),
      choose: (e) => { if (!e.target.closest('a, input, label')) { state.active = i; show(id); } },
      check: (e) => { e.stopPropagation(); state.active = i; check(i, e.shiftKey); },
    });
  });
}

export function grid() {
  const a = state.answer, columns = state.settings.columns;
  const heads = [['check', m.choose], ['title', m.names.query, 'title'], ['state', m.names.state], ['channel', m.names.source_channel],
    ...columns.map((c) => [`column ${alignOf(c)}`, nameOf(c, config.labels), c]), ['messages', m.messageCount],
    ['time', sortBy() === 'created_at' ? m.names.created_at : m.names.updated_at, sortBy() === 'created_at' ? 'created_at' : 'updated_at']];
  const sorted = state.query.get('sort_direction') === 'asc' ? 'ascending' : 'descending';
  const active = rows.at(state.active) && scroller && state.active >= scroller.first - 6 && state.active < scroller.last + 6;
  return html`
    <div id="list" role="grid" tabindex="0" aria-label=${config.title} aria-rowcount=${rows.total + 1} aria-colcount=${heads.length} aria-multiselectable="true"
        aria-activedescendant=${active ? `row-${state.active}` : nothing} class=${state.slow ? 'dim' : ''} ?hidden=${a ? !rows.total : !!state.failure}>
      <div role="row" class="row head" aria-rowindex="1">${heads.map(([c, name, field]) => html`<span role="columnheader" class=${c} aria-sort=${field === sortBy() ? sorted : nothing}>${c === 'check' ? html`<span class="offscreen">${name}</span>` : name}</span>`)}</div>
      <div id="canvas" role="presentation"><div id="rows" role="rowgroup">${a ? drawn() : Array.from({length: 12}, (_, i) => bone(i))}</div></div>
    </div>`;
}

/** Puts what was drawn where it belongs. */
export function place() {
  const list = document.getElementById('list');
  if (!list || !scroller) return;
  list.style.setProperty('--columns', state.settings.columns.length ? `repeat(${state.settings.columns.length}, 110px)` : ' ');
  document.getElementById('canvas').style.height = `${scroller.height}px`;
  document.getElementById('rows').style.transform = `translateY(${scroller.window().y}px)`;
}

/** Chooses a row, or all from the last one chosen to it. */
export function check(i, range) {
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

/** Takes the keyboard to a row. */
export function go(i) {
  if (!rows.total || !scroller) return;
  state.active = Math.max(0, Math.min(rows.total - 1, i));
  scroller.reveal(state.active);
  renderNow();
  if (state.open) show(rows.at(state.active)?.session.id);
}

/** To the first row of the next or the previous day, as far as the rows are here. @param {1 | -1} step */
export function goDay(step) {
  if (!byTime()) return;
  const day = (i) => timeOf(i) && dayOf(timeOf(i));
  let i = state.active;
  for (const here = day(i); i >= 0 && i < rows.total && day(i) === here;) i += step;
  if (step < 0) for (const there = day(i); i > 0 && day(i - 1) === there;) i--;
  go(i);
}

/** Opens the chosen session: by its link, or its details. */
export function follow() {
  const link = document.querySelector(`#row-${state.active} .title a`);
  if (link) link.click();
  else show(rows.at(state.active)?.session.id);
}
