// What opens above the page.

import {html, nothing} from './vendor/lit-html/lit-html.js';
import * as api from './api.js';
import {config} from './config.js';
import {change, load, sentence} from './listing.js';
import {messages as m, nameOf} from './messages.js';
import {rename, show} from './panel.js';
import {describe} from './qualifiers.js';
import {render, renderNow, state} from './state.js';
import * as saved from './views.js';

/** @param {'help' | 'settings' | 'why' | 'views' | 'rename'} name */
export function dialog(name) {
  state.dialog = name;
  state.why = null;
  renderNow();
  document.querySelector('dialog')?.showModal();
}

const shut = () => document.querySelector('dialog')?.close();

export function dialogs() {
  if (!state.dialog) return nothing;
  const [title, body] = {
    help: [m.help, help], settings: [m.settings, settings], why: [m.why, why], views: [m.views, views], rename: [m.rename, newTitle],
  }[state.dialog];
  return html`<dialog class=${state.dialog} aria-labelledby="dialog-title" @close=${() => { state.dialog = ''; render(); }}>
    <header><h2 id="dialog-title">${title}</h2><button class="icon" aria-label=${m.close} @click=${shut}>×</button></header>${body()}</dialog>`;
}

/** A form that does something with its only field. */
const form = (label, name, button, done, value = '') => html`
  <form class="line" @submit=${(e) => { e.preventDefault(); done(String(new FormData(e.target).get(name)).trim()); }}>
    <label>${label} <input name=${name} dir="auto" required autofocus autocomplete="off" .value=${value}></label><button class="main">${button}</button>
  </form>`;

function help() {
  const plain = new URLSearchParams(state.query);
  plain.set('view', 'plain');
  return html`
    <div class="columns"><table><caption>${m.keysTitle}</caption><tbody>${m.keys.map(([k, what]) => html`<tr><td>${k.split(' ').map((x) => html`<kbd>${x}</kbd> `)}</td><td>${what}</td></tr>`)}</tbody></table>
    <table><caption>${m.qualifiersTitle}</caption><tbody>${m.qualifiers.map(([q, what]) => html`<tr><td><code>${q}</code></td><td>${what}</td></tr>`)}
      ${config.fields.filter((f) => f.type !== 'text').map((f) => html`<tr><td><code>${f.name}:</code></td><td>${nameOf(f.name, config.labels)}</td></tr>`)}</tbody></table></div>
    <p><a href="?${plain.toString()}">${m.plain}</a></p>`;
}

function settings() {
  const s = state.settings;
  const set = (name, value) => { state.settings = saved.setSetting(name, value); look(); renderNow(); };
  const columns = [...new Set([...config.columns, ...config.fields.map((f) => f.name), ...s.columns])];
  return html`
    <form method="dialog">
      <label>${m.theme} <select @change=${(e) => set('theme', e.target.value)}>${Object.entries(m.themes).map(([k, v]) => html`<option value=${k} ?selected=${s.theme === k}>${v}</option>`)}</select></label>
      ${[['compact', m.density], ['absolute', m.absolute], ['follow', m.follow], ['singleKeys', m.singleKeys]].map(([k, words]) => html`
        <label class="tick"><input type="checkbox" .checked=${s[k]} @change=${(e) => set(k, e.target.checked)}> ${words}</label>`)}
      ${columns.length ? html`<fieldset><legend>${m.columns}</legend>${columns.map((c) => html`
        <label class="tick"><input type="checkbox" .checked=${s.columns.includes(c)} ?disabled=${!s.columns.includes(c) && s.columns.length >= MOST_COLUMNS}
          @change=${(e) => set('columns', e.target.checked ? [...s.columns, c] : s.columns.filter((x) => x !== c))}> ${nameOf(c, config.labels)}</label>`)}</fieldset>` : nothing}
    </form>
    ${s.signedIn ? html`<p><button @click=${signOut}>${m.signOut}</button></p>` : nothing}`;
}

async function signOut() {
  await api.logout().catch(() => {});
  saved.setSetting('signedIn', false);
  location.reload();
}

const MOST_COLUMNS = 6;

/** Puts the settings of looks into effect. */
export function look() {
  document.documentElement.dataset.theme = state.settings.theme;
  document.documentElement.dataset.density = state.settings.compact ? 'compact' : '';
}

async function ask(id) {
  try {
    state.why = {id, ...(await api.why(state.query, id))};
  } catch (e) {
    const [one, other] = e.status === 404 ? await api.find(id).catch(() => []) : [];
    if (one && !other && one.id !== id) return ask(one.id);
    state.why = {id, error: other ? m.whySeveral : e.status === 404 ? m.whyUnknown : sentence(e)};
  }
  render();
}

function why() {
  const w = state.why;
  return html`
    ${form(m.whyId, 'id', m.whyAsk, ask)}
    <div role="status">${!w ? nothing : w.error ? html`<p>${w.error}</p>`
      : w.listed ? html`<p>${m.whyListed(w.rank, w.total)} <button @click=${() => { shut(); load({row: w.rank}); show(w.id); }}>${m.whyShow}</button></p>`
        : html`<p>${m.whyNot}</p><ul>${(w.unmet ?? []).map((u) => html`<li>${hides(u) ? m.whyHidden(isFlag(u) ? nameOf(u.param, config.labels).toLowerCase() : u.actual)
          : unmet(u)} ${dropOf(u)}</li>`)}</ul>`}</div>`;
}

/** What a filter wants, and what the session has. */
function unmet(u) {
  const name = (f) => nameOf(f, config.labels), wanted = (u.wanted ?? []).join(', ');
  return u.param.includes('[') ? m.whyBroken(describe(u.param, wanted, name, config.labels), u.actual) : m.whyUnmet(name(u.param), wanted, u.actual);
}

const isFlag = (u) => config.fields.some((f) => f.hidden && f.name === u.param);

/** Whether a session is left out for what it is, not by a filter. */
const hides = (u) => u.param.startsWith('include_') || (isFlag(u) && !state.query.has(u.param));

/** A button that drops a condition that is not met, where it is one of the query's. */
function dropOf(u) {
  const q = new URLSearchParams(state.query), {param} = u;
  if (param.startsWith('include_')) q.set(param, 'true');
  else if (hides(u)) q.append('include', param);
  else for (const name of [...q.keys()]) if (name === param || name.startsWith(`${param}[`)) q.delete(name);
  if (q.toString() === state.query.toString()) return nothing;
  return html`<button class="link" @click=${() => { shut(); if (param === 'query') state.text = ''; change(q); }}>${hides(u) ? m.show : m.whyDrop}</button>`;
}

function views() {
  const here = state.query.toString();
  return html`
    ${form(m.viewName, 'name', m.save, (name) => { saved.save(name, here); state.view = name; shut(); }, saved.viewOf(state.view)?.fixed ? '' : state.view)}
    <ul class="views">${saved.views().map((v) => html`<li>
      ${v.fixed ? html`<span class="star">★</span>` : html`<button class="icon star" aria-pressed=${v.starred ? 'true' : 'false'} aria-label=${m.star(v.name)} @click=${() => { saved.star(v.name, !v.starred); render(); }}>${v.starred ? '★' : '☆'}</button>`}
      <button class="link" @click=${() => { shut(); takeView(v); }}><bdi>${v.name}</bdi></button><span class="spacer"></span>
      ${v.fixed ? nothing : html`<button class="link" aria-label=${m.dropView(v.name)} @click=${() => { saved.drop(v.name); render(); }}>${m.delete}</button>`}</li>`)}</ul>`;
}

/** @param {saved.View} v */
export function takeView(v) {
  state.view = v.name;
  const q = new URLSearchParams(v.query);
  state.text = q.get('query') ?? '';
  change(q);
}

function newTitle() {
  const s = state.renaming;
  return form(m.newTitle, 'title', m.save, (title) => { shut(); rename(s.id, title); }, s.title ?? '');
}
