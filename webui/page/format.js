// Numbers and times in the reader's own language.

const locale = navigator.languages ?? ['en'];
const number = new Intl.NumberFormat(locale);
const relative = new Intl.RelativeTimeFormat(locale, {numeric: 'auto', style: 'short'});
const short = new Intl.DateTimeFormat(locale, {day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit'});
const withYear = new Intl.DateTimeFormat(locale, {day: 'numeric', month: 'short', year: 'numeric'});
const full = new Intl.DateTimeFormat(locale, {dateStyle: 'full', timeStyle: 'long'});
const day = new Intl.DateTimeFormat(locale, {weekday: 'short', day: 'numeric', month: 'short', year: '2-digit'});

/** The zone in which times are shown, as the server's tz parameter takes it. */
export const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';

/** @param {number} n */
export const count = (n) => number.format(n);

/**
 * A time as a row shows it: relative within a day, then a date.
 * @param {string} iso
 * @param {number} now milliseconds
 */
export function when(iso, now = Date.now()) {
  const t = new Date(iso);
  if (Number.isNaN(+t)) return iso;
  const seconds = Math.round((+t - now) / 1000);
  const past = Math.abs(seconds);
  if (past < 60) return relative.format(0, 'second');
  if (past < 3600) return relative.format(Math.trunc(seconds / 60), 'minute');
  if (past < 86400) return relative.format(Math.trunc(seconds / 3600), 'hour');
  return t.getFullYear() === new Date(now).getFullYear() ? short.format(t) : withYear.format(t);
}

/** @param {string} iso */
export function absolute(iso) {
  const t = new Date(iso);
  return Number.isNaN(+t) ? iso : full.format(t);
}

/** The heading of the day that a time lies in. @param {string} iso */
export function dayOf(iso) {
  const t = new Date(iso);
  return Number.isNaN(+t) ? '' : day.format(t);
}
