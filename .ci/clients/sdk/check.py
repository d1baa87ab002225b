"""Asks a server everything that the public API's SDK can ask, sync and async.

Usage: check.py BASE_URL WHAT VERSION
"""

import asyncio
import datetime as dt
import inspect
import json
import sys
import urllib.request

import jiter
import msgspec
import orjson
from athena import AsyncAthena, Athena
from athena.core.api_error import ApiError

base, what, version = sys.argv[1:]
client = Athena(base_url=base, api_key="demo")
later = AsyncAthena(base_url=base, api_key="demo")
known = set(inspect.signature(client.sessions.list).parameters)
hidden = {"include_sub_sessions": True, "include_task_sessions": True}


def walk(limit=100, **filters):
    """All sessions. The SDK's own pager adds one to the offset and never ends."""
    offset = 0
    while True:
        items = client.sessions.list(limit=limit, offset=offset, **filters).items or []
        yield from items
        if len(items) < limit:
            return
        offset += limit


async def walk_later(limit=100, **filters):
    offset, rows = 0, []
    while True:
        page = await later.sessions.list(limit=limit, offset=offset, **filters)
        items = page.items or []
        rows += items
        if len(items) < limit:
            return rows
        offset += limit


def raises(status, call):
    try:
        call()
    except ApiError as e:
        assert e.status_code == status, (e.status_code, status, e.body)
        return
    raise AssertionError(f"no error {status}")


def fetch(path):
    request = urllib.request.Request(base + path, headers={"X-API-KEY": "demo"})
    with urllib.request.urlopen(request) as response:
        return response.read()


rows = list(walk(**hidden))
ids = [r.id for r in rows]
total = json.loads(fetch("/api/v0/sessions?include_sub_sessions=true&include_task_sessions=true"))["total"]
assert len(ids) == len(set(ids)) == total, (len(ids), len(set(ids)), total)
assert {r.session_status_v2 for r in rows} <= {"idle", "active", "needs_input", "error"}
assert all(r.thread_id or r.id.startswith("random-") for r in rows)
top = list(walk())
assert 0 < len(top) <= len(rows)
if what == "put":
    odd = {r.id: r for r in rows if r.id.startswith("odd-")}
    assert odd["odd-0"].agent is None and odd["odd-1"].num_messages is None and odd["odd-2"].thread_id == "odd-2"
    assert odd["odd-3"].session_status_v2 == "error" and odd["odd-6"].own == {"kept": [1, 2]}
    assert odd["odd-10"].last_message_preview == "Key \ufffd" and odd["odd-12"].model == "b"
    assert all(r.thread_id == r.id and r.session_status_v2 == "idle" for r in rows if r.id.startswith("bare-"))
else:
    runs = {getattr(r, "run_status_v2", None) for r in rows}
    assert runs <= {None, "scheduled", "queued", "running", "needs_input", "completed", "failed", "canceled"}, runs

some = top[len(top) // 2]
year = dt.timedelta(days=365)
parameters = {
    "query": "re",
    "state": ["completed", "failed"],
    "source_channel": ["web", "api"],
    "session_type": ["session"],
    "app_id": some.app_id or "none",
    "aop_asset_id": next((r.aop_asset_id for r in rows if getattr(r, "aop_asset_id", None)), "none"),
    "workspace_id": some.workspace_id or "none",
    "trigger_type": ["schedule", "api"],
    "created_after": some.created_at - year,
    "created_before": some.created_at,
    "sort_by": "title",
    "sort_direction": "asc",
    "include_sub_sessions": True,
    "include_task_sessions": True,
    "limit": 7,
    "offset": 3,
}
assert known - {"request_options"} <= set(parameters), known
everything = {r.id for r in rows}
for name, value in parameters.items():
    if name not in known:
        continue
    items = client.sessions.list(**{name: value}).items
    assert {r.id for r in items} <= everything, name
both = {k: v for k, v in parameters.items() if k in known}
client.sessions.list(**both)
for state in ("completed", "failed"):
    assert all(r.state == state for r in walk(state=[state]))
assert all("re" in r.title.lower() for r in walk(query="re") if r.title.isascii())
assert [r.id for r in walk(sort_direction="asc", limit=500, **hidden)] == ids[::-1]
assert all(r.created_at <= some.created_at for r in walk(created_before=some.created_at))

for r in rows[:: max(1, len(rows) // 50)]:
    assert client.sessions.get(r.id) == r
raises(404, lambda: client.sessions.get("no-such-session"))
raises(422, lambda: client.sessions.list(limit=501))
raises(401, lambda: Athena(base_url=base, api_key="wrong").sessions.get(some.id))
raises(401, lambda: Athena(base_url=base, api_key="wrong").sessions.list())
raises(501, lambda: client.sessions.download(some.id, request_options={"max_retries": 0}))

if hasattr(client.sessions, "mark_read"):
    assert client.sessions.mark_read(some.id).is_unread is False
    assert client.sessions.get(some.id).is_unread is False
    assert client.sessions.mark_unread(some.id).is_unread is True
    some = client.sessions.get(some.id)
    assert some.is_unread is True and [r.id for r in walk(**hidden)] == ids
    raises(404, lambda: client.sessions.mark_read("no-such-session"))


async def asynchronous():
    assert [r.id for r in await walk_later(**hidden)] == ids
    assert await later.sessions.get(some.id) == some
    try:
        await later.sessions.get("no-such-session")
    except ApiError as e:
        assert e.status_code == 404
    else:
        raise AssertionError("no error 404")


asyncio.run(asynchronous())

# Parsers that refuse what Python's and Go's let pass read every page too.
for offset in range(0, total, 500):
    body = fetch(f"/api/v0/sessions?include_sub_sessions=true&include_task_sessions=true&limit=500&offset={offset}")
    for parse in (orjson.loads, msgspec.json.decode, lambda b: jiter.from_json(b, catch_duplicate_keys=True, allow_inf_nan=False)):
        assert len(parse(body)["items"]) == min(500, total - offset)
print(f"{what}: the SDK {version} reads all {total} sessions")
