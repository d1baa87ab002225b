// What the program that serves the page says about it.

/**
 * @typedef {{name: string, member: string[], type: 'keyword' | 'flag' | 'number' | 'time' | 'text', hidden?: boolean, sorted?: boolean}} Field
 *   a declared field; member is the path to it in a session
 */

export const config = {
  title: 'Sessions', sessionURL: '', loginURL: '', labels: {}, states: {},
  /** @type {string[]} */ columns: [],
  /** @type {Field[]} */ fields: [],
  /** @type {Array<{name: string, query: string}>} */ views: [],
  ...JSON.parse(document.querySelector('meta[name="sessiondex"]')?.content || '{}'),
};

/** Declared fields by name. @type {Map<string, Field>} */
export const declared = new Map(config.fields.map((f) => [f.name, f]));

/** The fields that are counted for the rail, in its order. */
export const countedFields = [
  'kind', 'state', 'source_channel', 'session_type', 'trigger_type', 'app_id', 'workspace_id',
  ...config.fields.filter((f) => ['keyword', 'flag', 'number'].includes(f.type)).map((f) => f.name),
];

/** Fields that a filter can name. */
export const filterFields = new Set([...countedFields, 'aop_asset_id', 'parent_session_id',
  ...config.fields.filter((f) => f.type !== 'text').map((f) => f.name)]);

/** Fields that a list can be sorted by. */
export const sortFields = ['updated_at', 'created_at', 'title', ...config.fields.filter((f) => f.sorted).map((f) => f.name)];

/** The class of a column: numbers stand below each other. @param {string} name */
export const alignOf = (name) => (declared.get(name)?.type === 'number' ? 'number' : '');

/** A declared or undeclared member of a session. @param {any} session @param {string} name */
export function memberOf(session, name) {
  return (declared.get(name)?.member ?? [name]).reduce((v, key) => v?.[key], session);
}

/** A patch that sets a declared field. @param {string} name @param {any} value */
export const patchOf = (name, value) => declared.get(name).member.reduceRight((inner, key) => ({[key]: inner}), value);
