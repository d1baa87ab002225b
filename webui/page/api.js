// The calls to the server. All addresses are relative to the page, so that it works wherever
// it is mounted.

const base = new URL('api/v0/', document.baseURI);

/** An answer that is no success. detail is the server's own: a sentence, or the list of faults. */
export class Failure extends Error {
  /** @param {number} status @param {unknown} detail */
  constructor(status, detail) {
    super(typeof detail === 'string' ? detail : `status ${status}`);
    this.status = status;
    /** @type {Array<{loc: string[], msg: string}>} */
    this.faults = Array.isArray(detail) ? detail : [];
  }
}

/**
 * @param {string} path @param {URLSearchParams | null} query @param {RequestInit} init
 */
async function call(path, query, init = {}) {
  const url = new URL(path, base);
  if (query) url.search = query.toString();
  let answer;
  try {
    answer = await fetch(url, {credentials: 'same-origin', ...init});
  } catch (e) {
    if (e.name === 'AbortError') throw e;
    throw new Failure(0, '');
  }
  if (answer.ok) return answer;
  let detail = '';
  try {
    detail = (await answer.json()).detail;
  } catch {
    // a proxy's page, or nothing: the status says enough
  }
  throw new Failure(answer.status, detail);
}

const json = (method, body, type = 'application/json', headers = {}) => ({
  method, body: JSON.stringify(body), headers: {'Content-Type': type, ...headers},
});

/** How many rows an answer has. */
export const BLOCK = 100;

/** The longest title that is wanted, in characters. */
const TITLE_MAX = '400';

/**
 * One answer for one screen: a page, what to mark in its titles, what is hidden, the counts
 * beside the filters, and the version that all of it is of.
 * @param {URLSearchParams} query
 * @param {{offset?: number, rest?: boolean, snapshot?: string, tz: string, signal?: AbortSignal}} o
 */
export async function view(query, {offset = 0, rest = true, snapshot = '', tz, signal}) {
  const q = new URLSearchParams(query);
  q.set('limit', String(BLOCK));
  q.set('offset', String(offset));
  q.set('offsets', 'utf16');
  q.set('title_max', TITLE_MAX);
  q.set('tz', tz);
  if (snapshot) q.set('snapshot', snapshot);
  if (rest) q.set('period', 'day');
  else q.set('facet', 'kind'); // the smallest: the counts are there already
  return (await call('session-view', q, {signal})).json();
}

export const get = async (id) => (await call(`sessions/${encodeURIComponent(id)}`, null)).json();

/** With the entity tag, for a write that must not overwrite another's. */
export async function getTagged(id) {
  const answer = await call(`sessions/${encodeURIComponent(id)}`, null);
  return {session: await answer.json(), tag: answer.headers.get('ETag') ?? ''};
}

export async function why(query, id) {
  const q = new URLSearchParams(query);
  q.set('id', id);
  return (await call('session-why', q)).json();
}

export const children = async (id) =>
  (await call('sessions', new URLSearchParams({parent_session_id: id, include_task_sessions: 'true', limit: '20'}))).json();

export const patch = (id, change, tag) =>
  call(`sessions/${encodeURIComponent(id)}`, null, json('PATCH', change, 'application/merge-patch+json', tag ? {'If-Match': tag} : {}));

export const put = (session) => call(`sessions/${encodeURIComponent(session.id)}`, null, json('PUT', session, 'application/json', {'If-None-Match': '*'}));

export const remove = (id, tag) =>
  call(`sessions/${encodeURIComponent(id)}`, null, {method: 'DELETE', headers: tag ? {'If-Match': tag} : {}});

export const markRead = (id, read) => call(`sessions/${encodeURIComponent(id)}/${read ? 'read' : 'unread'}`, null, {method: 'POST'});

/** Turns a key into a cookie that scripts cannot read. */
export const login = (key) => call('login', null, {method: 'POST', headers: {'X-API-KEY': key}});

export const logout = () => call('logout', null, {method: 'POST'});

/** @param {URLSearchParams} query */
export function eventsURL(query) {
  const url = new URL('session-events', base);
  const q = new URLSearchParams(query);
  q.set('limit', String(BLOCK));
  q.set('min_interval', '250ms');
  url.search = q.toString();
  return url;
}

/** @param {URLSearchParams} query @param {'jsonl' | 'csv'} format */
export function exportURL(query, format) {
  const url = new URL('session-export', base);
  const q = new URLSearchParams(query);
  q.set('format', format);
  url.search = q.toString();
  return url.toString();
}

/** All values of a field that contain a text, with their counts. @param {URLSearchParams} query */
export async function searchValues(query, field, text) {
  const q = new URLSearchParams(query);
  q.set('facet', field);
  q.set('top', '10000');
  const wanted = text.toLowerCase();
  const found = (await (await call('session-facets', q)).json()).fields.find((f) => f.field === field);
  return (found?.values ?? []).filter((c) => c.value.toLowerCase().includes(wanted));
}
