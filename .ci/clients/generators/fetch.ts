// Uses what openapi-typescript made, through openapi-fetch: every path, parameter and
// member is checked by the compiler.
import assert from 'node:assert/strict';
import createClient from 'openapi-fetch';
import type {paths} from './schema';

const client = createClient<paths>({baseUrl: process.env.SESSIONDEX_URL!, headers: {'X-API-KEY': 'demo'}});

const {data: page} = await client.GET('/api/v0/sessions', {params: {query: {query: 'review', limit: 3, sort_by: 'title', sort_direction: 'asc'}}});
assert.equal(page?.items.length, 3);
const id: string = page!.items[0]!.id;

const path = {session_id: id};
const {data: one, response} = await client.GET('/api/v0/sessions/{session_id}', {params: {path}});
assert.equal(one?.id, id);
const tag = response.headers.get('ETag')!;
const merge = {headers: {'Content-Type': 'application/merge-patch+json'}};
const {data: changed} = await client.PATCH('/api/v0/sessions/{session_id}', {params: {path, header: {'If-Match': tag}}, body: {title: 'Renamed in TypeScript'}, ...merge});
assert.equal(changed?.title, 'Renamed in TypeScript');
const late = await client.PATCH('/api/v0/sessions/{session_id}', {params: {path, header: {'If-Match': tag}}, body: {title: 'Too late'}, ...merge});
assert.equal(late.response.status, 412);
assert.equal(typeof late.error?.detail, 'string');

const own = {params: {path: {session_id: 'typescript/1'}}};
const {data: made} = await client.PUT('/api/v0/sessions/{session_id}', {...own, body: {title: 'Made in TypeScript'}});
assert.equal(made?.title, 'Made in TypeScript');
assert.equal((await client.POST('/api/v0/sessions/{session_id}/unread', own)).data?.is_unread, true);
assert.equal((await client.POST('/api/v0/sessions/{session_id}/read', own)).data?.is_unread, false);
assert.equal((await client.DELETE('/api/v0/sessions/{session_id}', own)).response.status, 204);

const {error} = await client.GET('/api/v0/sessions', {params: {query: {limit: 501}}});
assert.deepEqual(error && 'detail' in error && typeof error.detail !== 'string' ? error.detail.map((d) => d.loc) : null, [['query', 'limit']]);
const login = await client.POST('/api/v0/login', {body: {key: 'demo'}});
assert.equal(login.response.status, 204);
assert.match(login.response.headers.get('Set-Cookie') ?? '', /HttpOnly/);
