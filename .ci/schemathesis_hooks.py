"""Keeps from the search what is right or wrong in a way that no schema can say."""

import re

import schemathesis


@schemathesis.hook
def filter_query(context, query):
    """Leaves out lists of choices with a blank value. The document lists the choices; the
    server drops blank values of a list, as the contract does, so that they are no fault."""
    if _crosses_the_years(query):
        return False
    lists = [p.name for p in context.operation.query if "enum" in p.definition["schema"].get("items", {})]
    return not any(_has_blank(query[name]) for name in lists if name in (query or {}))


def _has_blank(value):
    if isinstance(value, (list, tuple)):
        return not value or any(_has_blank(v) for v in value)
    if isinstance(value, str):
        return any(not part.strip() for part in value.split(","))
    return value is None or value == {}


@schemathesis.hook
def filter_body(context, body):
    """Leaves out batches in which an id occurs twice, which are refused whatever else
    they have."""
    if _crosses_the_years(body):
        return False
    if not isinstance(body, list):
        return True
    ids = [row["id"] for row in body if isinstance(row, dict) and isinstance(row.get("id"), str)]
    return len(ids) == len(set(ids))


_EDGE = re.compile(r"\s*(0001-01-01|9999-12-31).*[+-]\d\d(:?\d\d)?\s*$")


def _crosses_the_years(value):
    """Whether there is a time on the first or last day that an offset may take out of the
    years 1 to 9999, which the pattern of a timestamp does not know."""
    if isinstance(value, dict):
        return any(_crosses_the_years(v) for v in value.values())
    if isinstance(value, (list, tuple)):
        return any(_crosses_the_years(v) for v in value)
    return isinstance(value, str) and _EDGE.match(value) is not None
