// The address of the page is the query of the API: what is shown is what the address says.
// An entry of the history also keeps where the list was scrolled to.

// Parameters that belong to the page and not to the list.
const own = new Set(['view', 'id', 'limit', 'offset', 'cursor', 'snapshot']);

/** The parameters of the list. @param {string} search */
export function readQuery(search) {
  const q = new URLSearchParams();
  for (const [name, value] of new URLSearchParams(search)) if (!own.has(name)) q.append(name, value);
  return q;
}

/** The session whose details are open, or ''. @param {string} search */
export const readOpen = (search) => new URLSearchParams(search).get('id') ?? '';

/**
 * Writes the address. Each change is an entry of the history, but all letters of one search
 * share theirs: the first adds it, the others replace it.
 * @param {URLSearchParams} query
 * @param {{open?: string, as?: 'change' | 'typing' | 'same'}} o same: no entry of its own
 */
export function writeLocation(query, {open = '', as = 'change'} = {}) {
  const all = new URLSearchParams(query);
  if (open) all.set('id', open);
  const text = all.toString();
  const address = text ? `?${text}` : location.pathname;
  if (address === (location.search || location.pathname)) return;
  if (as === 'same') history.replaceState(history.state, '', address);
  else if (as === 'typing' && history.state?.typing) history.replaceState({typing: true}, '', address);
  else history.pushState({typing: as === 'typing'}, '', address);
}

/** Ends the search that was being typed: the next letter begins another entry. */
export function endTyping() {
  if (history.state?.typing) history.replaceState({...history.state, typing: false}, '');
}

/** Keeps where the list is, in pixels of its full height, and its chosen row. */
export function rememberPlace(place) {
  const s = history.state;
  if (s?.top !== place.top || s?.active !== place.active) history.replaceState({...s, ...place}, '');
}

/** @returns {{top: number, active: number}} */
export const rememberedPlace = () => ({top: history.state?.top ?? 0, active: history.state?.active ?? 0});
