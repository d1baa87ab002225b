// The panel with all that is known of one session.

import {html, nothing} from './vendor/lit-html/lit-html.js';
import {config, memberOf} from './config.js';
import {absolute, when} from './format.js';
import {messages as m, nameOf} from './messages.js';
import {addressOf, close, copy, flag, read, remove, show} from './panel.js';
import {cell, linkTo, toneOf} from './row.js';
import {dialog} from './dialogs.js';
import {state} from './state.js';

// What the panel shows elsewhere than in its table.
const aside = new Set(['title', 'is_unread']);

export function detail() {
  const d = state.detail, s = d.session;
  return html`
    <aside id="detail" aria-label=${m.details} tabindex="-1">
      <header><h2><bdi>${s ? s.title || html`<i>${m.untitled}</i>` : m.details}</bdi></h2><button class="icon" aria-label=${m.close} @click=${close}>×</button></header>
      ${d.gone ? html`<p class="banner" role="alert">${m.gone}</p>` : nothing}
      ${d.error ? html`<p class="banner" role="alert">${d.error}</p>` : nothing}
      ${s ? html`
        <p class="lead"><span class="dot ${toneOf(s.state)}"></span>${config.labels[s.state] ?? s.state} · <time datetime=${s.updated_at} title=${absolute(s.updated_at)}>${when(s.updated_at)}</time></p>
        <p class="actions">
          ${linkTo(s.id) ? html`<a class="button main" href=${linkTo(s.id)}>${m.open}</a>` : nothing}
          <button @click=${() => copy(s.id)}>${m.copyId}</button>
          <button @click=${() => copy(addressOf(s.id))}>${m.copyLink}</button>
        </p>
        ${state.answer?.write && !d.gone ? actions(s) : nothing}
        <dl>${Object.entries(s).filter(([name, v]) => v !== null && v !== '' && !aside.has(name)).map(([name, v]) => html`
          <dt>${nameOf(name, config.labels)}</dt><dd>${member(name, v)}</dd>`)}
        </dl>
        ${d.children?.total ? html`<h3>${m.children(d.children.total)}</h3><ul class="children">${d.children.items.map((c) => html`
          <li><span class="dot ${toneOf(c.state)}"></span><button class="link" @click=${() => show(c.id)}><bdi>${c.title || m.untitled}</bdi></button></li>`)}</ul>` : nothing}` : nothing}
    </aside>`;
}

function member(name, v) {
  if (name === 'parent_session_id') return html`<button class="link" @click=${() => show(v)}>${v}</button>`;
  if (typeof v === 'string' && /_at$/.test(name)) return html`<time datetime=${v}>${absolute(v)}</time>`;
  return html`<bdi>${cell(v)}</bdi>`;
}

function actions(s) {
  return html`
    <p class="actions">
      <button @click=${() => { state.renaming = s; dialog('rename'); }}>${m.rename}</button>
      ${config.fields.filter((f) => f.type === 'flag').map((f) => {
        const on = !!memberOf(s, f.name);
        return html`<button @click=${() => flag(s, f.name, !on)}>${m.setFlag[f.name]?.[!on] ?? m.setAny(nameOf(f.name, config.labels), !on)}</button>`;
      })}
      <button @click=${() => read(s.id, !!s.is_unread)}>${s.is_unread ? m.read : m.unread}</button>
      <button class="danger" @click=${() => remove(s.id)}>${m.delete}</button>
    </p>`;
}
