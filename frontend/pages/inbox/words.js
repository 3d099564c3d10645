// What was heard, in words: who said it, where, when, and where it stands.
import { t } from '../../i18n.js';
import { briefly, capital, dayAfter, dayAndHour, number, shortDate, shortWeekday, wallClock } from '../../format.js';
import { serverNow } from '../../api.js';
import { workspace } from '../../session.js';

/** @typedef {import('../../types-inbox.d.ts').Item} Item */
/** @typedef {import('../../types.d.ts').Channel} Channel */

const LOOKS = /** @type {const} */ ({
  open: { icon: 'reply', tone: 'info' },
  snoozed: { icon: 'clock', tone: 'mute' },
  answered: { icon: 'check', tone: 'good' },
  done: { icon: 'check', tone: 'mute' },
  ignored: { icon: 'hide', tone: 'mute' },
  spam: { icon: 'cancelled', tone: 'mute' },
});

/** Where an item stands, as a pill. @param {Item} item */
export function ofItem({ state, snoozed_until }) {
  const word = state === 'snoozed' && snoozed_until
    ? t('item.snoozed_until', { time: briefly(wallClock(snoozed_until, workspace.value.zone), today()) })
    : t(`item.${state}`);
  return { ...LOOKS[state], word };
}

/** Names that aren't just the network's word with a capital. @type {Record<string, string>} */
const NAMES = { wordpress: 'WordPress', linkedin: 'LinkedIn', youtube: 'YouTube', tiktok: 'TikTok', google_business: 'Google' };
/** What a network is called. @param {string} network */
export const networkName = (network) => NAMES[network] ?? capital(network);

/** The firm's day now. */
export const today = () => wallClock(serverNow(), workspace.value.zone).date;

/** When, in full. @param {string} at */
export const fully = (at) => dayAndHour(wallClock(at, workspace.value.zone), today());

/** How long ago, as short as it is sure: « 5 min », « 2 h », « hier », « lun. », « 12 nov. ». @param {string} at */
export function age(at) {
  const minutes = Math.max(0, Math.floor((serverNow() - Date.parse(at)) / 60_000));
  const now = today();
  const { date } = wallClock(at, workspace.value.zone);
  if (minutes < 60) return t('age.minutes', { n: minutes });
  if (date === now) return t('age.hours', { n: Math.floor(minutes / 60) });
  if (date === dayAfter(now, -1)) return t('when.yesterday');
  if (date > dayAfter(now, -7)) return shortWeekday(date);
  return shortDate(date);
}

/** The first words of what was said, on one line. @param {Item} item */
export function firstWords({ title, text }) {
  const said = (title ? `${title} : ${text}` : text).replace(/\s+/g, ' ').trim();
  return said.length > 140 ? `${said.slice(0, 139)}…` : said;
}

/** Who said it. @param {Item} item */
export const author = (item) => item.author.name || item.author.handle || t('item.nobody');

/** Where it was said: the network where people see it. @param {Item} item @param {Channel[]} channels */
export function place(item, channels) {
  const channel = channels.find((one) => one.id === item.channel);
  if (channel) return channel.target?.label ?? channel.network_label;
  return item.network === 'feed' ? t('item.feed') : networkName(item.network);
}

/** « commentaire », « avis, 4 étoiles ». @param {Item} item */
export function kind({ kind: of, rating }) {
  return rating ? t('item.stars', { n: rating, count: number(rating) }) : t(`mention.${of}`);
}

/** A review that hurts if it is left. @param {Item} item */
export const isHarsh = ({ rating }) => rating !== null && rating <= 2;
