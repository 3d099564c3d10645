// The states of a delivery as a person sees them: a mark, a word and a tone, always together.
import { t } from './i18n.js';
import { briefly, day, hour, wallClock } from './format.js';

/** @typedef {import('./types.d.ts').Mark} Mark */
/** @typedef {import('./types.d.ts').Tone} Tone */

/** @type {Record<Mark, {icon: string, tone: Tone}>} */
const LOOKS = {
  draft: { icon: 'draft', tone: 'mute' },
  to_approve: { icon: 'person', tone: 'warn' },
  scheduled: { icon: 'clock', tone: 'info' },
  going_out: { icon: 'going', tone: 'info' },
  published: { icon: 'check', tone: 'good' },
  to_check: { icon: 'question', tone: 'warn' },
  late: { icon: 'question', tone: 'warn' },
  to_paste: { icon: 'paste', tone: 'warn' },
  failed: { icon: 'alert', tone: 'bad' },
  waiting: { icon: 'paused', tone: 'warn' },
  cancelled: { icon: 'cancelled', tone: 'mute' },
};

/** What hurts most if it is left comes first. @type {Mark[]} */
const WORST_FIRST = ['to_check', 'late', 'failed', 'to_paste', 'waiting', 'to_approve', 'going_out', 'scheduled', 'draft', 'published', 'cancelled'];

/**
 * The pill of a mark in a list: one or two words.
 * @param {Mark} mark
 */
export const brief = (mark) => ({ ...LOOKS[mark], word: t(`state.${mark}`) });

/**
 * One pill for a post in a list: its worst mark; for a post that is out in part, so many of
 * so many.
 * @param {{mark: Mark}[]} deliveries
 */
export function ofPost(deliveries) {
  const marks = deliveries.map((one) => one.mark);
  const worst = WORST_FIRST.find((mark) => marks.includes(mark)) ?? 'draft';
  return brief(worst);
}

/** @template {{mark: Mark}} D @param {D[]} deliveries @returns {D[]} */
export const worstFirst = (deliveries) =>
  [...deliveries].sort((a, b) => WORST_FIRST.indexOf(a.mark) - WORST_FIRST.indexOf(b.mark));

/**
 * The pill of a delivery on its own page: the mark with its time or its network.
 * @param {import('./types.d.ts').Delivery} delivery
 * @param {string} zone
 * @param {string} today  the local date
 */
export function inFull(delivery, zone, today) {
  return { ...LOOKS[delivery.mark], word: fullWord(delivery, zone, today) };
}

/**
 * @param {import('./types.d.ts').Delivery} delivery
 * @param {string} zone
 * @param {string} today
 */
function fullWord({ mark, published_at, planned_at, network_label }, zone, today) {
  if (mark === 'scheduled' && planned_at) {
    return t('state.scheduled_for', { time: briefly(wallClock(planned_at, zone), today) });
  }
  if (mark === 'published' && published_at) {
    const at = wallClock(published_at, zone);
    if (at.date === today) return t('state.published_at', { hour: hour(at.time) });
    return t('state.published_on', { day: day(at.date, today), hour: hour(at.time) });
  }
  if (mark === 'failed') return t('state.failed_by', { network: network_label });
  if (mark === 'late') return t('state.late_question');
  return t(`state.${mark}`);
}

/**
 * The channel's pill.
 * @param {import('./types.d.ts').Channel} channel
 */
export function ofChannel({ status }) {
  const looks = /** @type {const} */ ({
    connected: { icon: 'check', tone: 'good' },
    paused: { icon: 'paused', tone: 'info' },
    broken: { icon: 'plug', tone: 'warn' },
    disconnected: { icon: 'cancelled', tone: 'mute' },
  });
  return { ...looks[status], word: t(`channel.is_${status}`) };
}
