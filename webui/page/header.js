// The head of the page.

import {html, nothing} from './vendor/lit-html/lit-html.js';
import {bar} from './bar.js';
import {config} from './config.js';
import {dialog, takeView} from './dialogs.js';
import {messages as m} from './messages.js';
import {state} from './state.js';
import * as saved from './views.js';

const STARRED = 3; // views that have a button of their own

export function header() {
  const all = saved.views();
  const matching = all.filter((v) => saved.same(v.query, state.query));
  const current = matching.find((v) => v.name === state.view) ?? matching[0];
  if (current) state.view = current.name;
  const last = current ?? all.find((v) => v.name === state.view);
  return html`
    <header class="top">
      <h1>${config.title}</h1>
      ${bar()}
      <span class="starred">${all.filter((v) => v.starred).slice(0, STARRED).map((v) => html`<button class=${v === current ? 'on' : ''} aria-pressed=${v === current ? 'true' : 'false'} @click=${() => takeView(v)}><bdi>${v.name}</bdi></button>`)}</span>
      <button @click=${() => dialog('views')}>${m.views}${last && !current ? html` <span class="quiet">${m.edited(last.name)}</span>` : nothing}</button>
      <span class="live" role="status" title=${state.live ? m.liveHint : nothing}>${state.live === null ? nothing : html`<span class="dot ${state.live ? 'on' : ''}"></span><span class="word">${state.live ? m.live : m.notLive}</span>`}</span>
      <button class="icon" aria-label=${m.settings} title=${m.settings} @click=${() => dialog('settings')}>⚙</button>
      <button class="icon" aria-label=${m.help} title=${m.help} @click=${() => dialog('help')}>?</button>
    </header>`;
}
