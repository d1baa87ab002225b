// The calls to the server. All addresses are relative to the page, so that it works wherever
// it is mounted.

import {zone} from './format.js';
import {config, countedFields} from './config.js';

const base = new URL('api/v0/', document.baseURI);

/** An answer that is not a success. detail is the server's own: a sentence, or the list of faults. */
export class Failure extends Error {
  /** @param {number} status @param {unknown} detail */
  constructor(status, detail) {
    super(typeof detail === 'string' ? detail : '');
    this.status = status;
    /** @type {Array<{loc: string[], msg: string}>} */
    this.faults = Array.isArray(detail) ? detail : [];
  }
}

/**
 * The address of a call. Dates without a zone are the reader's own.
 * @param {string} path @param {URLSearchParams | null} query @param {Record<string, string | number>} more
 */
function address(path, query = null, more = {}) {
  const url = new URL(path, base);
  if (!query) return url;
  const q = new URLSearchParams(query);
  if (!q.has('tz')) q.set('tz', zone);
  for (const [name, value] of Object.entries(more)) q.set(name, String(value));
  url.search = q.toString();
  return url;
}

/** @param {URL} url @param {RequestInit} init */
async function call(url, init = {}) {
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

/** The longest title that is wanted, in graphemes. */
export const TITLE_MAX = 400;

const TOP = 20; // values of a field: more than the rail shows at first
const FOUND = 200; // values that a search in a field lists
const BARS = 120;

/** The members of a session that a row shows. */
const members = [...new Set([
  'title', 'state', 'source_channel', 'is_sub_session', 'is_task_session', 'is_unread', 'agent', 'last_message_preview', 'num_messages',
  'created_at', 'updated_at', ...config.fields.map((f) => f.member[0]), ...config.columns,
])].join(',');

/**
 * One answer for one screen: a page, what to mark in its titles, how many sessions are hidden,
 * the counts beside the filters, and the version that all of it is of.
 * @param {URLSearchParams} query
 * @param {{offset?: number, limit?: number, counts?: boolean, snapshot?: string, signal?: AbortSignal}} o
 */
export async function view(query, {offset = 0, limit = BLOCK, counts = true, snapshot = '', signal} = {}) {
  const more = {limit, offset, offsets: 'utf16', title_max: TITLE_MAX, fields: members};
  if (counts) Object.assign(more, {facet: countedFields.join(','), top: TOP, bars: BARS});
  else Object.assign(more, {facet: 'kind', top: 1}); // the cheapest there is
  if (snapshot) more.snapshot = snapshot;
  return (await call(address('session-view', query, more), {signal})).json();
}

const path = (id) => `sessions/${encodeURIComponent(id)}`;

/** Sessions of any kind, hidden or not. */
const everything = () => {
  const q = new URLSearchParams({include_sub_sessions: 'true', include_task_sessions: 'true'});
  for (const f of config.fields) if (f.hidden) q.append('include', f.name);
  return q;
};

/** A session with its entity tag, for a write that must not overwrite another's. */
export async function get(id) {
  const answer = await call(address(path(id)));
  return {session: await answer.json(), tag: answer.headers.get('ETag') ?? ''};
}

/** The session with this id, or a few whose ids begin so, whatever hides them. @param {string} id */
export async function find(id, signal) {
  const q = new URLSearchParams({[/^\S{8,}$/.test(id) ? 'ids[prefix]' : 'ids[eq]']: id});
  return (await view(q, {counts: false, limit: 8, signal})).page.items;
}

export async function children(id) {
  const q = everything();
  q.set('parent_session_id', id);
  return (await call(address('sessions', q, {limit: 20}))).json();
}

export const why = async (query, id) => (await call(address('session-why', query, {id}))).json();

/** Keywords near the query's that would find something. @param {URLSearchParams} query */
export const suggest = async (query) => (await (await call(address('sessions', query, {limit: 1, suggest: 'true'}))).json()).suggestions ?? [];

/** The ids of the first matches, a few hundred a call. */
export async function* ids(query, most) {
  for (let offset = 0, version = 'new'; offset < most;) {
    const more = {limit: 500, offset, fields: 'id', facet: 'kind', top: 1};
    if (version) more.snapshot = version;
    const {page, snapshot} = await (await call(address('session-view', query, more))).json();
    version = snapshot;
    yield* page.items.map((s) => s.id);
    if (!page.has_more) return;
    offset = page.next_offset;
  }
}

export const patch = (id, change, tag) => call(address(path(id)), json('PATCH', change, 'application/merge-patch+json', tag ? {'If-Match': tag} : {}));

/** Brings back a session that was deleted. */
export const put = (session) => call(address(path(session.id)), json('PUT', session, 'application/json', {'If-None-Match': '*'}));

export const remove = (id, tag) => call(address(path(id)), {method: 'DELETE', headers: tag ? {'If-Match': tag} : {}});

export const markRead = (id, read) => call(address(`${path(id)}/${read ? 'read' : 'unread'}`), {method: 'POST'});

/** Turns a key into a cookie that scripts cannot read. */
export const login = (key) => call(address('login'), {method: 'POST', headers: {'X-API-KEY': key}});

export const logout = () => call(address('logout'), {method: 'POST'});

/** @param {URLSearchParams} query */
export const eventsURL = (query) => address('session-events', query, {limit: BLOCK, min_interval: '250ms', fields: members});

/** @param {URLSearchParams} query @param {'jsonl' | 'csv'} format */
export const exportURL = (query, format) => address('session-export', query, {format}).href;

/** The most frequent values of a field that contain a text, with their counts. @param {URLSearchParams} query */
export async function searchValues(query, field, text, signal) {
  const answer = await (await call(address('session-facets', query, {facet: field, facet_query: text, top: FOUND}), {signal})).json();
  return answer.fields[0]?.values ?? [];
}
