// The session whose details are open: how it is shown, and what a person can do to it.

import * as api from './api.js';
import {config, memberOf, patchOf} from './config.js';
import {load, onOpenLeft, rows, scroller, sentence} from './listing.js';
import {endTyping, writeLocation} from './location.js';
import {messages as m, nameOf} from './messages.js';
import {linkTo} from './row.js';
import {render, state} from './state.js';
import {toast} from './toast.js';

/** Shows the details of a session. @param {string | undefined} id @param {boolean} entered whether Back leads away from it */
export async function show(id, entered = true) {
  if (!id) return;
  const as = state.open || !entered ? 'same' : 'change';
  endTyping();
  state.open = id;
  state.detail = {session: rows.at(rows.find(id))?.session ?? null, children: null, gone: false, error: ''};
  writeLocation(state.query, {open: id, as});
  render();
  try {
    const [{session}, children] = await Promise.all([api.get(id), api.children(id).catch(() => null)]);
    if (state.open === id) state.detail = {session, children, gone: false, error: ''};
  } catch (e) {
    if (state.open !== id) return;
    if (e.status === 404) state.detail = {...state.detail, gone: true};
    else state.detail = {...state.detail, error: sentence(e)};
  }
  render();
}

export function close() {
  state.open = '';
  writeLocation(state.query);
  render();
  scroller?.box.focus();
}

/** Looks again at a session after something happened to it. */
export async function refresh(id) {
  try {
    const {session} = await api.get(id);
    rows.replace(session, api.TITLE_MAX);
    if (state.open === id) state.detail = {...state.detail, session};
  } catch (e) {
    if (e.status === 404 && state.open === id) state.detail = {...state.detail, gone: true};
  }
  render();
}

onOpenLeft(refresh);

export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast(m.copied);
  } catch {
    toast(text); // so that it can be selected
  }
}

/** The address of a session: the service's own, or its details on this page. */
export function addressOf(id) {
  if (linkTo(id)) return linkTo(id);
  const url = new URL(location.pathname, location.href);
  url.searchParams.set('id', id);
  return url.href;
}

// ---- writing ----

/** Says what went wrong, and shows the session as it is now. */
function failed(id, e) {
  toast(e.status === 412 ? m.conflict : sentence(e));
  refresh(id);
}

/** Changes a session as it was read, not what another may have made of it since. */
async function edit(id, change) {
  try {
    const {tag} = await api.get(id);
    await api.patch(id, change, tag);
    await refresh(id);
    return true;
  } catch (e) {
    failed(id, e);
    return false;
  }
}

export const rename = (id, title) => edit(id, {title});

/** Sets a declared flag, and offers to take it back. */
export async function flag(s, name, on) {
  if (!(await edit(s.id, patchOf(name, on)))) return;
  toast(m.flagged[name]?.[on] ?? `${nameOf(name, config.labels)}: ${m.flag[on]}`, {name: m.undo, run: () => edit(s.id, patchOf(name, !!memberOf(s, name)))});
}

export async function read(id, on) {
  try {
    await api.markRead(id, on);
    await refresh(id);
  } catch (e) {
    failed(id, e);
  }
}

/** Deletes a session as it was read. It can be brought back as it was. */
export async function remove(id) {
  try {
    const {session, tag} = await api.get(id);
    await api.remove(id, tag);
    toast(m.deleted(session.title || m.untitled), {name: m.undo, run: async () => {
      await api.put(session).catch((e) => toast(sentence(e)));
      load({keep: true});
    }});
    if (state.open === id) close();
    load({keep: true});
  } catch (e) {
    failed(id, e);
  }
}
