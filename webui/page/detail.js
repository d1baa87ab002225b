// The panel with everything that is known of one session.

import {html, nothing} from './vendor/lit-html/lit-html.js';
import {absolute} from './format.js';
import {messages as m, nameOf} from './messages.js';
import {cell, linkTo} from './row.js';

/**
 * @param {{session: any | null, children: any, gone: boolean, error: string}} d
 * @param {{config: any, write: boolean, close: () => void, open: (id: string) => void, copy: (what: string) => void,
 *   query: (q: URLSearchParams) => void, rename: (s: any) => void, flag: (s: any, name: string, on: boolean) => void,
 *   read: (s: any, on: boolean) => void, remove: (s: any) => void}} o
 */
export function detail(d, o) {
  const s = d.session;
  const link = s ? linkTo(o.config.sessionURL, s.id) : nothing;
  return html`
    <aside id="detail" aria-label=${m.details} tabindex="-1">
      <header><h2><bdi>${s ? s.title || m.untitled : m.details}</bdi></h2><button class="icon" aria-label=${m.close} @click=${o.close}>×</button></header>
      ${d.gone ? html`<p class="banner" role="alert">${m.gone}</p>` : nothing}
      ${d.error ? html`<p class="banner" role="alert">${d.error}</p>` : nothing}
      ${s ? html`
        <p class="actions">
          ${link === nothing ? nothing : html`<a class="button" href=${link}>${m.open}</a>`}
          <button @click=${() => o.copy(s.id)}>${m.copyId}</button>
          <button @click=${() => o.copy(location.href)}>${m.copyLink}</button>
        </p>
        ${o.write && !d.gone ? actions(s, o) : nothing}
        <dl>${Object.entries(s).filter(([, v]) => v !== null && v !== '').map(([name, v]) => html`
          <dt>${nameOf(name, o.config.labels)}</dt><dd>${member(name, v, o)}</dd>`)}
        </dl>
        ${d.children?.total ? html`<h3>${m.children} (${d.children.total})</h3><ul>${d.children.items.map((c) => html`
          <li><button class="link" @click=${() => o.open(c.id)}><bdi>${c.title || m.untitled}</bdi></button></li>`)}</ul>` : nothing}` : nothing}
    </aside>`;
}

function member(name, v, o) {
  if (name === 'parent_session_id') return html`<button class="link" @click=${() => o.open(v)}>${v}</button>`;
  if (typeof v === 'string' && /_at$/.test(name)) return html`<time datetime=${v}>${absolute(v)}</time>`;
  return html`<bdi>${cell(v)}</bdi>`;
}

function actions(s, o) {
  return html`
    <p class="actions">
      <button @click=${() => o.rename(s)}>${m.rename}</button>
      ${o.config.flags.includes('pinned') ? html`<button @click=${() => o.flag(s, 'pinned', !s.pinned)}>${s.pinned ? m.unpin : m.pin}</button>` : nothing}
      ${o.config.flags.includes('archived') ? html`<button @click=${() => o.flag(s, 'archived', !s.archived)}>${s.archived ? m.unarchive : m.archive}</button>` : nothing}
      <button @click=${() => o.read(s, !!s.is_unread)}>${s.is_unread ? m.read : m.unread}</button>
      <button class="danger" @click=${() => o.remove(s)}>${m.delete}</button>
    </p>`;
}
