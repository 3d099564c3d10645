// Figures in words: what was gained, against the same length before; unknown is never zero.
import { said, t } from '../../i18n.js';
import { number } from '../../format.js';

/** @typedef {import('../../types-inbox.d.ts').Metric} Metric */
/** @typedef {import('../../types-inbox.d.ts').Total} Total */
/** @typedef {import('../../types-inbox.d.ts').Period} Period */

/** What an owner asks for first. @type {Metric[]} */
export const MAIN = ['clicks', 'replies', 'likes', 'followers'];
/** The others, where something is told of them. @type {Metric[]} */
export const OTHERS = ['visitors', 'views', 'impressions', 'reach', 'reposts', 'quotes', 'bookmarks', 'site_clicks', 'calls', 'directions', 'posts'];

/** The name of a counter: « clics ». @param {Metric} metric */
export const nameOf = (metric) => said(`metric.${metric}`);

/** « 41 clics ». @param {Metric} metric @param {number} n */
export const counted = (metric, n) => said(`counted.${metric}`, { n, count: number(n) });

/** Days of a period, both ends included. @param {Period} period */
export const lengthOf = ({ from, to }) => Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000) + 1;

/** « 12 de plus », « autant qu'avant »; empty where it can't be said. @param {Total | undefined} total */
export function against(total) {
  if (!total || total.gained === null) return { words: '', tone: '' };
  if (total.before === null) return { words: t('metrics.no_before'), tone: 'mute' };
  const by = total.gained - total.before;
  if (by === 0) return { words: t('metrics.same'), tone: 'mute' };
  if (by > 0) return { words: t('metrics.more', { n: by, count: number(by) }), tone: 'good-text' };
  return { words: t('metrics.less', { n: -by, count: number(-by) }), tone: 'mute' };
}

/** A figure, or that it isn't measured. @param {number | null | undefined} n */
export const figure = (n) => (n === null || n === undefined ? t('metrics.not_measured') : number(n));

/** @param {Total[]} totals @param {Metric} metric */
export const totalOf = (totals, metric) => totals.find((one) => one.metric === metric);

/** « 38 min », « 2 h ». @param {number} minutes */
export function duration(minutes) {
  if (minutes < 120 && minutes % 60) return t('speed.minutes', { n: Math.round(minutes) });
  if (minutes < 48 * 60) return t('speed.hours', { n: Math.round(minutes / 60) });
  return t('speed.days', { n: Math.round(minutes / 1440) });
}
