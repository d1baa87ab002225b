// The filters of a query as people read them, each with the query that lacks it.

import {config, declared} from './config.js';
import {dateOnly} from './format.js';
import {messages as m, nameOf} from './messages.js';
import {describe} from './qualifiers.js';
import {state} from './state.js';

// Parameters that say how the list is shown, not what is in it.
const silent = new Set(['query', 'sort_by', 'sort_direction', 'sort_first', 'typing', 'typos', 'search_in', 'tz']);

// Parameters that hold several values between commas.
const lists = new Set(['state', 'source_channel', 'session_type', 'trigger_type', 'kind', 'include', 'ids']);

/**
 * @typedef {{text: string, params: string[], without: () => URLSearchParams}} Chip
 *   params are the parameters that it stands for
 */

/** The query without some of its pairs. @param {(param: string, value: string) => string | null} keep */
function filtered(keep) {
  const q = new URLSearchParams();
  for (const [p, v] of state.query) { // as it is when the chip is clicked
    const rest = keep(p, v);
    if (rest !== null && rest !== '') q.append(p, rest);
  }
  return q;
}

const period = {created: ['created_after', 'created_before'], updated: ['updated_after', 'updated_before']};

/** @returns {Chip[]} */
export function chips() {
  const out = [];
  for (const [field, ends] of Object.entries(period)) {
    const [from, to] = ends.map((p) => state.query.get(p));
    if (from === null && to === null) continue;
    out.push({text: m.period(m.names[`${field}_at`], from && dateOnly(from), to && dateOnly(to)), params: ends, without: () => filtered((p, v) => (ends.includes(p) ? null : v))});
  }
  for (const [param, whole] of state.query) {
    if (silent.has(param) || Object.values(period).flat().includes(param)) continue;
    const isList = lists.has(param) || (declared.get(param)?.type === 'keyword');
    for (const value of isList ? whole.split(',') : [whole]) {
      out.push({text: describe(param, value, (f) => nameOf(f, config.labels), config.labels), params: [param], without: () => filtered((p, v) => {
        if (p !== param || v !== whole) return v;
        return isList ? v.split(',').filter((x) => x !== value).join(',') : null;
      })});
    }
  }
  return out;
}

/** The query without any filter. The keyword and the order stay. */
export const withoutFilters = () => filtered((p, v) => (silent.has(p) ? v : null));
