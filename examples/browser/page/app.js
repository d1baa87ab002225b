// A list that is loaded, kept up to date and edited through the "List sessions" endpoint
// of another origin.
import {api} from './config.js';

const $ = (id) => document.getElementById(id);
let items = [];
let total = 0;
let stream = null;

/** Asks the endpoint, with the cookie of the login. A refusal is an error that says why. */
async function call(path, options = {}) {
  const answer = await fetch(api + path, {credentials: 'include', ...options});
  if (!answer.ok) {
    const {detail} = await answer.json().catch(() => ({detail: answer.statusText}));
    const why = typeof detail === 'string' ? detail : detail.map((d) => `${d.loc.slice(1).join('.')}: ${d.msg}`).join('; ');
    throw Object.assign(new Error(why), {status: answer.status});
  }
  return answer;
}

const say = (text) => { $('problem').textContent = text; };

function render() {
  $('total').textContent = total === 1 ? '1 session' : `${total} sessions`;
  const rows = new Map([...$('list').children].map((li) => [li.dataset.id, li]));
  $('list').replaceChildren(...items.map((s) => {
    const li = rows.get(s.id) ?? row(s.id);
    const input = li.querySelector('input');
    if (document.activeElement !== input) input.value = s.title ?? ''; // not while somebody types
    li.querySelector('span').textContent = s.state ?? '';
    return li;
  }));
}

function row(id) {
  const li = document.createElement('li');
  li.dataset.id = id;
  const input = document.createElement('input');
  input.setAttribute('aria-label', 'Title');
  input.addEventListener('change', () => rename(id, input.value));
  li.append(input, document.createElement('span'));
  return li;
}

/** Renames a session, unless somebody else changed it since it was looked at. */
async function rename(id, title) {
  say('');
  const path = `sessions/${encodeURIComponent(id)}`;
  try {
    const seen = items.find((s) => s.id === id);
    const now = await call(path);
    if ((await now.json()).title !== seen.title) throw new Error('Somebody else has renamed it');
    await call(path, {
      method: 'PATCH', body: JSON.stringify({title}),
      headers: {'Content-Type': 'application/merge-patch+json', 'If-Match': now.headers.get('ETag')},
    });
  } catch (error) {
    say(`Not renamed: ${error.message}`);
    document.activeElement.blur();
    render();
  }
}

/** What an event of the stream does to the list; a resync takes the place of all of it. */
function take(event) {
  const e = JSON.parse(event.data);
  if (event.type === 'resync') items = e.page.items;
  if (event.type === 'left' || event.type === 'moved') items.splice(e.old_rank, 1);
  if (event.type === 'entered' || event.type === 'moved') items.splice(e.new_rank, 0, e.session);
  if (event.type === 'changed') items[e.new_rank] = e.session;
  total = e.total;
  if (e.last) render();
}

/** Watches the listing. The browser itself comes back after a break, with the last id. */
function watch() {
  stream = new EventSource(`${api}session-events?limit=100&min_interval=100ms`, {withCredentials: true});
  for (const kind of ['resync', 'entered', 'left', 'moved', 'changed', 'total']) stream.addEventListener(kind, take);
  $('login').hidden = true;
  $('inside').hidden = false;
}

$('login').addEventListener('submit', async (event) => {
  event.preventDefault();
  say('');
  try {
    await call('login', {method: 'POST', body: JSON.stringify({key: $('key').value}), headers: {'Content-Type': 'application/json'}});
    $('key').value = '';
    watch();
  } catch (error) {
    say(error.message);
  }
});

$('logout').addEventListener('click', async () => {
  stream.close();
  await call('logout', {method: 'POST'});
  items = [];
  render();
  $('inside').hidden = true;
  $('login').hidden = false;
});

// A login of before still holds.
call('sessions?limit=1').then(watch, (error) => { if (error.status !== 401) say(error.message); });
