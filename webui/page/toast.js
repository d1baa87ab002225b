// A short message at the lower edge, with something to do perhaps.

import {html, nothing} from './vendor/lit-html/lit-html.js';
import {render, state} from './state.js';

let timer = 0;

/** @param {string} text @param {{name: string, run: () => void} | null} action */
export function toast(text, action = null) {
  clearTimeout(timer);
  state.toast = {text, action};
  timer = setTimeout(untoast, action ? 10_000 : 4000);
  render();
}

function untoast() {
  state.toast = null;
  render();
}

export function toastTemplate() {
  const t = state.toast;
  return html`<div role="status">${t ? html`<div class="toast"><bdi>${t.text}</bdi>${t.action ? html`<button @click=${() => { untoast(); t.action.run(); }}>${t.action.name}</button>` : nothing}</div>` : nothing}</div>`;
}
