// The address of the page is the query of the API: what is shown is what the address says,
// and nothing else is kept.

// Parameters that belong to the page and not to the list.
const own = new Set(['view', 'id', 'row']);

/** The parameters of the list, in a fixed order. @param {string} search */
export function readQuery(search) {
  const q = new URLSearchParams();
  for (const [name, value] of new URLSearchParams(search)) if (!own.has(name)) q.append(name, value);
  return q;
}

/** The session whose details are open, or ''. @param {string} search */
export const readOpen = (search) => new URLSearchParams(search).get('id') ?? '';

/**
 * Writes the address. A step that a person would go back to is an entry of the history; what
 * happens on the way there, such as each letter of a search, replaces the entry.
 * @param {URLSearchParams} query
 * @param {{open?: string, push?: boolean}} o
 */
export function writeLocation(query, {open = '', push = false} = {}) {
  const all = new URLSearchParams(query);
  if (open) all.set('id', open);
  const text = all.toString();
  const address = text ? `?${text}` : location.pathname;
  if (address === (location.search || location.pathname)) return;
  const keep = {...history.state, search: text};
  if (push) history.pushState({search: text}, '', address);
  else history.replaceState(keep, '', address);
}

/** Where the list was scrolled to, kept with the entry of the history. @param {number} row */
export function rememberRow(row) {
  if (history.state?.row !== row) history.replaceState({...history.state, row}, '');
}

export const rememberedRow = () => history.state?.row ?? 0;
