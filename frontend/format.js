// Dates, hours and numbers as a person reads them. Nothing here computes an offset: instants
// are shown by Intl in the firm's zone, local dates are calendar days without a zone.
import { language, t } from './i18n.js';

/** @type {Map<string, Intl.DateTimeFormat>} */
const formats = new Map();

/**
 * @param {string} zone
 * @param {Intl.DateTimeFormatOptions} options
 * @param {string} [locale]
 */
function format(zone, options, locale = language.value === 'en' ? 'en-GB' : 'fr-FR') {
  const key = locale + zone + JSON.stringify(options);
  let made = formats.get(key);
  if (!made) formats.set(key, (made = new Intl.DateTimeFormat(locale, { ...options, timeZone: zone })));
  return made;
}

/**
 * The wall clock of a zone at an instant, as `{date: '2026-11-25', time: '08:30'}`.
 * @param {number | string} instant  milliseconds, or RFC 3339
 * @param {string} zone
 */
export function wallClock(instant, zone) {
  const options = /** @type {const} */ ({ year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  /** @type {Record<string, string>} */
  const part = {};
  for (const { type, value } of format(zone, options, 'en-GB').formatToParts(new Date(instant))) part[type] = value;
  return { date: `${part.year}-${part.month}-${part.day}`, time: `${part.hour}:${part.minute}` };
}

/** @param {string} date */
const noonOf = (date) => new Date(`${date}T12:00:00Z`);

/**
 * The calendar day `days` after a local date.
 * @param {string} date
 * @param {number} days
 */
export function dayAfter(date, days = 1) {
  const day = noonOf(date);
  day.setUTCDate(day.getUTCDate() + days);
  return day.toISOString().slice(0, 10);
}

/**
 * « 8 h 30 » or "8:30 am", from "08:30".
 * @param {string} time
 */
export function hour(time) {
  const [h, m] = time.split(':');
  if (language.value === 'fr') return `${Number(h)}\u00a0h\u00a0${m}`;
  return format('UTC', { hour: 'numeric', minute: '2-digit', hour12: true }).format(new Date(`2026-01-01T${h}:${m}:00Z`)).replace(' ', '\u00a0');
}

/**
 * « mer. 25 nov. », with the year where it isn't that of `today`.
 * @param {string} date
 * @param {string} [today]
 */
export function day(date, today) {
  const year = today && today.slice(0, 4) !== date.slice(0, 4) ? /** @type {const} */ ('numeric') : undefined;
  return keepTogether(format('UTC', { weekday: 'short', day: 'numeric', month: 'short', year }).format(noonOf(date)).replace(',', ''));
}

/** « mardi 24 novembre » @param {string} date */
export const longDay = (date) => keepTogether(format('UTC', { weekday: 'long', day: 'numeric', month: 'long' }).format(noonOf(date)).replace(',', ''));

/** « mercredi » @param {string} date */
export const weekday = (date) => format('UTC', { weekday: 'long' }).format(noonOf(date));

/** « mer. » @param {string} date */
export const shortWeekday = (date) => format('UTC', { weekday: 'short' }).format(noonOf(date));

/** « 12 nov. » @param {string} date */
export const shortDate = (date) => keepTogether(format('UTC', { day: 'numeric', month: 'short' }).format(noonOf(date)));

/** « novembre 2026 » @param {string} month  "2026-11" */
export const monthName = (month) => format('UTC', { month: 'long', year: 'numeric' }).format(noonOf(`${month}-15`));

/** « 78 % » @param {number} share */
export const percent = (share) => new Intl.NumberFormat(language.value === 'en' ? 'en-GB' : 'fr-FR', { style: 'percent' }).format(share);

/** « Mercredi est libre » @param {string} text */
export const capital = (text) => text.charAt(0).toLocaleUpperCase(language.value) + text.slice(1);

/** @param {string} text */
const keepTogether = (text) => text.replaceAll(' ', '\u00a0');

/**
 * « aujourd'hui à 8 h 30 », « demain à 17 h 00 », « mer. 25 nov. à 8 h 30 ».
 * @param {{date: string, time: string}} at
 * @param {string} today  the local date
 */
export function dayAndHour(at, today) {
  const near = { [today]: t('when.today'), [dayAfter(today)]: t('when.tomorrow'), [dayAfter(today, -1)]: t('when.yesterday') };
  return t('when.day_at', { day: near[at.date] ?? day(at.date, today), hour: hour(at.time) });
}

/**
 * « mer. 25 nov., 8 h 30 ».
 * @param {{date: string, time: string}} at
 * @param {string} [today]
 */
export const dateHour = (at, today) => `${day(at.date, today)}, ${hour(at.time)}`;

/**
 * « mer. 8 h 30 » within a week to come, else « mer. 25 nov., 8 h 30 »; the hour alone today.
 * @param {{date: string, time: string}} at
 * @param {string} today
 */
export function briefly(at, today) {
  if (at.date === today) return hour(at.time);
  if (at.date > today && at.date < dayAfter(today, 7)) return `${shortWeekday(at.date)}\u00a0${hour(at.time)}`;
  return dateHour(at, today);
}

/** « 1 240 » @param {number} n */
export const number = (n) => new Intl.NumberFormat(language.value === 'en' ? 'en-GB' : 'fr-FR').format(n);

/** The zone's city as a person knows it: « Paris ». @param {string} zone */
export const city = (zone) => (zone.split('/').pop() ?? zone).replaceAll('_', ' ');
