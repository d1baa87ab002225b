// Named views: a name and a query, kept in this browser.

const key = `sessiondex:views:${location.pathname}`;

/** @returns {Array<{name: string, query: string, starred?: boolean}>} */
export function views() {
  try {
    const list = JSON.parse(localStorage.getItem(key) ?? '[]');
    return Array.isArray(list) ? list.filter((v) => typeof v?.name === 'string' && typeof v?.query === 'string') : [];
  } catch {
    return [];
  }
}

function write(list) {
  try {
    localStorage.setItem(key, JSON.stringify(list));
  } catch {
    // a browser that keeps nothing: the view lasts as long as its address
  }
}

/** Saves a view; one of the same name is replaced. */
export const save = (name, query) => write([...views().filter((v) => v.name !== name), {name, query, starred: true}]);

export const drop = (name) => write(views().filter((v) => v.name !== name));

const settingsKey = `sessiondex:settings`;
const defaults = {theme: 'auto', compact: false, follow: false, singleKeys: true};

export function settings() {
  try {
    return {...defaults, ...JSON.parse(localStorage.getItem(settingsKey) ?? '{}')};
  } catch {
    return {...defaults};
  }
}

export function setSetting(name, value) {
  const all = {...settings(), [name]: value};
  try {
    localStorage.setItem(settingsKey, JSON.stringify(all));
  } catch {
    // as above
  }
  return all;
}
