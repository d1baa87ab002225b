// What the list leaves out for its kind, and how it is brought in.

import {config, memberOf} from './config.js';
import {messages as m, nameOf} from './messages.js';
import {state} from './state.js';

const shows = {sub_session: 'include_sub_sessions', task_run: 'include_task_sessions'};

const reason = (r) => m.reasons[r] ?? nameOf(r, config.labels).toLowerCase();

/** Why the list leaves out a session, '' if it does not. */
export function hiddenAs(s) {
  const q = state.query, has = {sub_session: s.is_sub_session, task_run: s.is_task_session};
  for (const f of config.fields) if (f.hidden) has[f.name] = memberOf(s, f.name) && !q.getAll('include').includes(f.name) && !q.has(f.name);
  return Object.keys(has).filter((r) => has[r] && !(shows[r] && (q.get(shows[r]) === 'true' || q.has('kind')))).map(reason).join(', ');
}

/** @returns {Array<{what: string, count: number, reasons: string[], query: () => URLSearchParams}>} */
export function hiddenBy() {
  return (state.counts?.hidden?.by ?? []).map(({reasons, count: n}) => {
    const key = reasons.length === 2 && reasons.every((r) => shows[r]) ? 'both' : reasons.length === 1 ? reasons[0] : '';
    const what = m.hidden[key]?.(n) ?? m.hidden.other(reasons.map(reason).join(' + '), n);
    return {what, count: n, reasons, query: () => including(reasons)};
  });
}

/** The query that shows what is hidden for some reasons. */
function including(reasons) {
  const q = new URLSearchParams(state.query);
  for (const r of reasons) {
    if (shows[r]) q.set(shows[r], 'true');
    else if (!q.getAll('include').includes(r)) q.append('include', r);
  }
  return q;
}

/** The query that hides nothing. */
export const withAll = (hidden) => including(hidden.flatMap((h) => h.reasons));
