// Numbers and times in the reader's own language.

const locale = navigator.languages ?? ['en'];
const number = new Intl.NumberFormat(locale);
const relative = new Intl.RelativeTimeFormat(locale, {numeric: 'auto', style: 'short'});
const format = (o) => new Intl.DateTimeFormat(locale, o);
const clock = {hour: '2-digit', minute: '2-digit'};
const date = {day: 'numeric', month: 'short'};
const short = format({...date, ...clock});
const withYear = format({...date, year: 'numeric'});
const exact = format({...date, ...clock, timeZoneName: 'short'});
const exactWithYear = format({...date, year: 'numeric', ...clock, timeZoneName: 'short'});
const full = format({weekday: 'short', ...date, year: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit', timeZoneName: 'short'});
const day = format({weekday: 'short', ...date});
const dayWithYear = format({weekday: 'short', ...date, year: 'numeric'});
const calendar = format({...date, year: 'numeric', timeZone: 'UTC'}); // a date is no instant

/** The zone in which times are shown, as the server's tz parameter takes it. */
export const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';

/** @param {number} n */
export const count = (n) => number.format(n);

const read = (iso) => {
  const t = new Date(iso);
  return Number.isNaN(+t) ? null : t;
};

const thisYear = (t) => t.getFullYear() === new Date().getFullYear();

/**
 * A time as a row shows it: relative within a day, then a date.
 * @param {string} iso
 * @param {number} now milliseconds
 */
export function when(iso, now = Date.now()) {
  const t = read(iso);
  if (!t) return iso ?? '';
  const seconds = Math.round((+t - now) / 1000);
  const past = Math.abs(seconds);
  if (past < 60) return relative.format(0, 'second');
  if (past < 3600) return relative.format(Math.trunc(seconds / 60), 'minute');
  if (past < 86400) return relative.format(Math.trunc(seconds / 3600), 'hour');
  return (thisYear(t) ? short : withYear).format(t);
}

/** A time with its zone, short enough for a row. @param {string} iso */
export function exactly(iso) {
  const t = read(iso);
  return t ? (thisYear(t) ? exact : exactWithYear).format(t) : iso ?? '';
}

/** A time in full. @param {string} iso */
export const absolute = (iso) => (read(iso) ? full.format(read(iso)) : iso ?? '');

/** The day that a time lies in. @param {string} iso */
export function dayOf(iso) {
  const t = read(iso);
  return t ? (thisYear(t) ? day : dayWithYear).format(t) : '';
}

/** @param {string} iso as in 2026-01-31 */
export const calendarDay = (iso) => (read(iso) ? calendar.format(read(iso)) : iso);

/** A bound of a filter, without a time of day that only says "the whole day". @param {string} text */
export const dateOnly = (text) => {
  const m = /^(\d{4}-\d\d-\d\d)(?:T(?:00:00:00|23:59:59\.9+)Z?)?$/.exec(text);
  return m ? calendarDay(m[1]) : text;
};
