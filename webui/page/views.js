// Named views, each a name and a query, and the settings of the page. Both are kept in this
// browser; views that the program gives come first and cannot be changed.

import {config} from './config.js';

/** Reads what was stored, whatever it is by now. */
function read(key, fallback) {
  try {
    return JSON.parse(localStorage.getItem(key)) ?? fallback;
  } catch {
    return fallback;
  }
}

function write(key, value) {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // a browser that keeps nothing: it lasts as long as the page
  }
}

const viewsKey = `sessiondex:views:${location.pathname}`;
const settingsKey = 'sessiondex:settings';

/** @typedef {{name: string, query: string, starred?: boolean, fixed?: boolean}} View */

/** @returns {View[]} */
const own = () => {
  const list = read(viewsKey, []);
  return Array.isArray(list) ? list.filter((v) => typeof v?.name === 'string' && typeof v?.query === 'string') : [];
};

/** @returns {View[]} */
export const views = () => [...config.views.map((v) => ({...v, starred: true, fixed: true})), ...own()];

/** The view with this name. @returns {View | undefined} */
export const viewOf = (name) => views().find((v) => v.name === name);

/** Whether two queries are one, in whatever order their parameters stand. */
export function same(a, b) {
  const [x, y] = [new URLSearchParams(a), new URLSearchParams(b)];
  x.sort();
  y.sort();
  return x.toString() === y.toString();
}

/** Saves a view. One of the same name is replaced where it stands. */
export function save(name, query) {
  const list = own(), i = list.findIndex((v) => v.name === name);
  if (i < 0) list.push({name, query, starred: true});
  else list[i].query = query;
  write(viewsKey, list);
}

export const star = (name, on) => write(viewsKey, own().map((v) => (v.name === name ? {...v, starred: on} : v)));

export const drop = (name) => write(viewsKey, own().filter((v) => v.name !== name));

/** The columns beside those that every list has, unless others are chosen. */
const defaultColumns = config.columns.length ? config.columns
  : config.fields.filter((f) => f.type !== 'text' && !f.hidden).slice(0, 2).map((f) => f.name);

const defaults = {theme: 'auto', compact: false, follow: false, singleKeys: true, absolute: false, signedIn: false, columns: defaultColumns};

export const settings = () => ({...defaults, ...read(settingsKey, {})});

export function setSetting(name, value) {
  const all = {...settings(), [name]: value};
  write(settingsKey, all);
  return all;
}
