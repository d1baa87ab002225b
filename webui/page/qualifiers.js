// The language of the search bar: bare words are searched in titles, and name:value is a
// filter. A filter that is finished (a space follows) becomes a parameter of the query; one
// that is being typed is offered values.

import {declared} from './config.js';
import {messages as m} from './messages.js';

/** Short names, and what they stand for. */
const aliases = {
  state: 'state', channel: 'source_channel', type: 'session_type', trigger: 'trigger_type', app: 'app_id',
  workspace: 'workspace_id', asset: 'aop_asset_id', parent: 'parent_session_id', is: 'kind', kind: 'kind',
  created: 'created', updated: 'updated', sort: 'sort', id: 'ids',
};

const kinds = {top: 'top_level', conversation: 'top_level', sub: 'sub_session', task: 'task_run', both: 'both'};

// name:value, with an optional minus; the value may be in double quotes.
const token = /(?:^|\s)(-?)([\p{L}_][\p{L}\p{N}_.-]*):("(?:[^"\\]|\\.)*"|[^\s"]\S*)(?=\s)/gu;
const typing = /(?:^|\s)(-?)([\p{L}_][\p{L}\p{N}_.-]*):("?[^\s"]*)$/u;

const unquote = (v) => (v.startsWith('"') ? v.slice(1, -1).replace(/\\(.)/g, '$1') : v);

/** The parameter behind a name; '' if it is no name. @param {string} name @param {Set<string>} fields */
export function paramOf(name, fields) {
  const n = name.toLowerCase();
  return aliases[n] ?? (fields.has(name) ? name : '');
}

/**
 * Reads the text of the bar.
 * @param {string} text
 * @param {Set<string>} fields names of the server's fields
 * @returns {{words: string, done: Array<[string, string]>, partial: null | {param: string, name: string, not: boolean, value: string}}}
 *   words are what is left to search for; done are parameters to add
 */
export function parse(text, fields) {
  const done = [];
  let words = text.replace(token, (whole, minus, name, value) => {
    const param = paramOf(name, fields);
    const pairs = param && parameters(param, minus === '-', unquote(value));
    if (!pairs) return whole; // no filter: it is text that has a colon in it
    done.push(...pairs);
    return '';
  });
  let partial = null;
  words = words.replace(typing, (whole, minus, name, value) => {
    const param = paramOf(name, fields);
    if (!param) return whole;
    partial = {param, name, not: minus === '-', value: value.replace(/^"/, '')};
    return '';
  });
  return {words, done, partial};
}

/** What a finished filter asks for; null if it says nothing that can be asked. */
function parameters(param, not, value) {
  switch (param) {
    case 'kind': {
      const kind = kinds[value.toLowerCase()] ?? (Object.values(kinds).includes(value) ? value : '');
      if (!kind) return null;
      return [['kind', not ? Object.values(kinds).filter((k, i, all) => k !== kind && all.indexOf(k) === i).join(',') : kind]];
    }
    case 'created':
    case 'updated':
      return not ? null : range(param, value);
    case 'sort': {
      const [field, direction] = value.split(/-(?=asc$|desc$)/);
      return not ? null : [['sort_by', {updated: 'updated_at', created: 'created_at'}[field] ?? field], ...(direction ? [['sort_direction', direction]] : [])];
    }
  }
  if (declared.get(param)?.type === 'flag') return /^(true|false)$/.test(value) ? [[param, String((value === 'true') !== not)]] : null;
  const compare = /^(>=|<=|>|<)(.+)$/.exec(value);
  if (compare) {
    const op = {'>=': 'gte', '<=': 'lte', '>': 'gt', '<': 'lt'}[compare[1]];
    return not ? null : [[`${param}[${op}]`, compare[2]]];
  }
  if (value === '*') return [[`${param}[exists]`, String(!not)]];
  return [[not ? `${param}[not]` : `${param}[eq]`, not ? value.replace(/[\\,]/g, '\\$&') : value]];
}

/** created:>2026-01-01, created:a..b, created:2026-01-01 (that day). */
function range(param, value) {
  const [after, before] = [`${param}_after`, `${param}_before`];
  const compare = /^(>=?|<=?)(.+)$/.exec(value);
  if (compare) return [[compare[1].startsWith('>') ? after : before, ['>', '<='].includes(compare[1]) ? endOfDay(compare[2]) : compare[2]]];
  const ends = value.split('..');
  if (ends.length === 2) return [...(ends[0] ? [[after, ends[0]]] : []), ...(ends[1] ? [[before, endOfDay(ends[1])]] : [])];
  return [[after, value], [before, endOfDay(value)]];
}

/** The last moment of a day that is written alone, so that "to the 2nd" has the 2nd in it. */
export const endOfDay = (value) => (/^\d{4}-\d\d-\d\d$/.test(value) ? `${value}T23:59:59.999999999` : value);

/**
 * A filter as people read it.
 * @param {string} param @param {string} value @param {(field: string) => string} nameOf @param {Record<string, string>} labels of values
 */
export function describe(param, value, nameOf, labels = {}) {
  const [, field, op] = /^(.+?)(?:\[(\w*)\])?$/.exec(param);
  if (field === 'include' || field.startsWith('include_')) return m.including(m.reasons[value] ?? m.reasons[field] ?? nameOf(value));
  if (op === 'exists') return `${nameOf(field)}: ${value === 'false' ? m.missing : m.present}`;
  const words = (field === 'kind' ? m.kinds[value] : labels[value]) ?? value;
  return `${nameOf(field)}${m.signs[op] ?? ': '}${words}`;
}
