"""Uses what openapi-python-client made: lists, gets, patches, puts, marks, deletes, logs in."""

import os

from generated.api.sessions import (delete_session, get_session, list_sessions, login, mark_session_read, mark_session_unread, patch_session, put_session)
from generated.client import AuthenticatedClient, Client
from generated.models import Session, SessionInput, SessionPatch, ValidationProblem

url = os.environ["SESSIONDEX_URL"]
client = AuthenticatedClient(base_url=url, token="demo", prefix="", auth_header_name="X-API-KEY", raise_on_unexpected_status=True)

page = list_sessions.sync(client=client, query="review", limit=3)
assert page.total > 80 and len(page.items) == 3 and page.has_more and page.next_offset == 3, page
one = get_session.sync_detailed(page.items[0].id, client=client)
assert isinstance(one.parsed, Session) and one.parsed.title == page.items[0].title
tag = one.headers["ETag"]

patch = SessionPatch()
patch["title"] = "Renamed in Python"
changed = patch_session.sync(one.parsed.id, client=client, body=patch, if_match=tag)
assert changed.title == "Renamed in Python", changed
assert patch_session.sync_detailed(one.parsed.id, client=client, body=patch, if_match=tag).status_code == 412

body = SessionInput()
body["title"] = "Made in Python"
assert put_session.sync(session_id="python/1", client=client, body=body).title == "Made in Python"
assert mark_session_unread.sync("python/1", client=client).is_unread is True
assert mark_session_read.sync("python/1", client=client).is_unread is False
assert delete_session.sync_detailed("python/1", client=client).status_code == 204
assert get_session.sync_detailed("python/1", client=client).status_code == 404

faulty = list_sessions.sync(client=client, limit=501)
assert isinstance(faulty, ValidationProblem) and faulty.detail[0].loc == ["query", "limit"], faulty

browser = Client(base_url=url)
assert list_sessions.sync_detailed(client=browser).status_code == 401
assert login.sync_detailed(client=client).status_code == 204
