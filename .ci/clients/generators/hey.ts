// Uses what hey-api made.
import assert from 'node:assert/strict';
import {deleteSession, getSession, listSessions, login, markSessionUnread, patchSession, putSession} from './hey-client';
import {client} from './hey-client/client.gen';

client.setConfig({baseUrl: process.env.SESSIONDEX_URL!, auth: 'demo'});

const {data: page} = await listSessions({query: {query: 'review', limit: 3, state: ['completed', 'failed']}});
assert.equal(page?.items.length, 3);
const path = {session_id: page!.items[0]!.id};
const {data: one, response} = await getSession({path});
assert.equal(one?.id, path.session_id);
const headers = {'If-Match': response!.headers.get('ETag')!};
const {data: changed} = await patchSession({path, headers, body: {title: 'Renamed by hey-api'}});
assert.equal(changed?.title, 'Renamed by hey-api');
const late = await patchSession({path, headers, body: {title: 'Too late'}});
assert.equal(late.response?.status, 412);

const own = {path: {session_id: 'hey/1'}};
assert.equal((await putSession({...own, body: {title: 'Made by hey-api'}})).data?.title, 'Made by hey-api');
assert.equal((await markSessionUnread(own)).data?.is_unread, true);
assert.equal((await deleteSession(own)).response?.status, 204);
assert.equal((await listSessions({query: {limit: 501}})).response?.status, 422);
assert.equal((await login({body: {key: 'demo'}})).response?.status, 204);
