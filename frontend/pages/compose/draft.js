// What is being written: the draft, what is sent of it, what is wrong with it, and the copy of
// it kept on this device until it is sent.
import { t } from '../../i18n.js';
import { fitting, tightest, wording } from '../../counting.js';
import { dayAfter, number, wallClock } from '../../format.js';
import { serverNow } from '../../api.js';
import { forget, recallJson, remember } from '../../storage.js';
import { isVideo } from '../../parts/ui.js';

/** @typedef {import('../../types.d.ts').Channel} Channel */
/** @typedef {import('../../types.d.ts').Post} Post */
/**
 * An image or video: `share` is how much has been sent, null once it is checked and kept; `kept`
 * is then its address, while `url` shows it already from this device.
 * @typedef {import('../../types.d.ts').Media & {key: string, name: string, kept: string, share: number | null, error: string}} Picture
 */
/**
 * @typedef {{
 *   text: string, link: string, media: Picture[], title: string, content_warning: string,
 *   visibility: string, categories: string, first_comment: string, is_story: boolean, channels: string[], variants: Record<string, string>,
 *   when: 'at' | 'now', date: string, time: string, useful: number,
 * }} Draft
 */

const USUAL_HOUR = '08:30';
export const USEFUL_CHOICES = [30, 120, 720, 1_440, 10_080];

/**
 * @param {string} zone
 * @param {string[]} channels
 * @param {string | null} date
 * @returns {Draft}
 */
export const emptyDraft = (zone, channels, date) => ({
  text: '', link: '', media: [], title: '', content_warning: '', visibility: 'public', categories: '',
  first_comment: '', is_story: false,
  channels, variants: {}, when: 'at', date: date || dayAfter(wallClock(serverNow(), zone).date),
  time: USUAL_HOUR, useful: 120,
});

/**
 * @param {Post} post
 * @param {string} zone
 * @returns {Draft}
 */
export function draftOf(post, zone) {
  const start = emptyDraft(zone, post.channels, null);
  const variants = Object.entries(post.variants).flatMap(([channel, { text }]) => (typeof text === 'string' ? [[channel, text]] : []));
  const pictures = post.media.map((one) => ({ ...one, key: one.sha256, name: '', kept: one.url, share: null, error: '' }));
  const now = wallClock(serverNow(), zone);
  const isPast = !post.is_draft && (post.local ?? '') < `${now.date}T${now.time}`;
  const local = isPast ? null : post.local; // a time that is over can't be chosen again
  return {
    ...start, when: isPast ? 'now' : 'at', text: post.text, link: post.link ?? '', media: pictures, title: post.title,
    content_warning: post.content_warning, visibility: post.visibility,
    first_comment: post.first_comment, is_story: post.is_story,
    categories: post.categories.join(', '), variants: Object.fromEntries(variants),
    date: local?.slice(0, 10) ?? start.date, time: local?.slice(11, 16) ?? start.time,
    useful: post.useful_for_minutes,
  };
}

/**
 * When it goes out, as the API is told: local time and zone, never an instant.
 * @param {Draft} draft
 * @param {string} zone
 * @param {boolean} isKept  as a draft
 */
export function whenOf({ when, date, time }, zone, isKept) {
  const local = date && time ? { local: `${date}T${time}`, zone } : {};
  if (isKept) return { kind: 'draft', ...(when === 'at' ? local : {}) };
  return when === 'now' ? { kind: 'now' } : { kind: 'at', ...local };
}

/**
 * The body of a request that creates or edits a post. What the pages don't edit of a variant
 * (another channel's own link or images) is sent back as it was.
 * @param {Draft} draft
 * @param {Post | undefined} post  the version that was edited
 * @param {string} language
 */
export function bodyOf(draft, post, language) {
  /** @type {Record<string, object>} */
  const variants = {};
  for (const channel of draft.channels) {
    const { text: _, ...others } = post?.variants[channel] ?? {};
    const own = draft.variants[channel];
    if (own !== undefined) variants[channel] = { ...others, text: own };
    else if (Object.values(others).some((value) => value !== null && value !== undefined)) variants[channel] = others;
  }
  return {
    text: draft.text, ...(draft.link && { link: draft.link }),
    media: draft.media.map(({ sha256, alt }) => ({ sha256, alt: alt.trim() })),
    title: draft.title, content_warning: draft.content_warning, visibility: draft.visibility,
    first_comment: draft.first_comment, is_story: draft.is_story,
    language: post?.language ?? language,
    categories: draft.categories.split(',').map((one) => one.trim()).filter(Boolean),
    channels: draft.channels, variants, useful_for_minutes: draft.useful,
  };
}

/**
 * What of a channel's limits holds: under an image some networks have less room.
 * @param {Draft} draft
 * @param {Channel} channel
 */
const holding = ({ media }, { limits: { text, caption } }) => (media.length && caption.length ? caption : text);

/** A story shows no text, whatever the limits. @param {Draft} draft @param {Channel} channel */
export const isStory = (draft, { options }) => draft.is_story && options.includes('story');

/**
 * What one channel is given, and how it stands with its limits: a content warning counts with
 * the text where there are any.
 * @param {Draft} draft
 * @param {Channel} channel
 */
export function onChannel(draft, channel) {
  const { id, options, limits } = channel;
  const own = draft.variants[id];
  const text = wording({ text: own ?? draft.text, link: draft.link, media: draft.media }, options);
  const warning = options.includes('content_warning') ? draft.content_warning : '';
  const held = holding(draft, channel);
  const story = isStory(draft, channel);
  const counted = story ? null : tightest(warning + text, held);
  const over = counted ? Math.max(0, counted.n - counted.max) : 0;
  const tooMany = story ? 0 : Math.max(0, draft.media.filter((one) => limits.mixed || !isVideo(one)).length - limits.media.max_count);
  return { text, warning, counted, over, isOwn: own !== undefined, tooMany, isCaption: held !== limits.text, story };
}

/** The part of a text that a channel has room for. @param {Draft} draft @param {string} text @param {string} warning @param {Channel} channel */
export const roomFor = (draft, text, warning, channel) => fitting(text, holding(draft, channel), warning);

/** @param {Draft} draft */
const isEmpty = (draft) => !draft.text.trim() && !draft.link && !draft.media.length && !Object.values(draft.variants).some((text) => text.trim());

/**
 * What a person must correct before it can be sent, each with the id of its field.
 * @param {Draft} draft
 * @param {Channel[]} chosen
 * @param {boolean} isKept  as a draft
 * @returns {{id: string, message: string}[]}
 */
export function faultsOf(draft, chosen, isKept) {
  /** @type {{id: string, message: string}[]} */
  const faults = [];
  if (isEmpty(draft)) faults.push({ id: 'text', message: t('fault.empty') });
  draft.media.forEach(({ share, error }, index) => {
    if (share !== null || error) faults.push({ id: `alt-${index}`, message: t(error ? 'fault.image_failed' : 'fault.image_on_its_way', { n: index + 1 }) });
  });
  if (isKept) return faults;
  if (!chosen.length) faults.push({ id: 'channels', message: t('fault.no_channel') });
  if (draft.when === 'at' && (!draft.date || !draft.time)) faults.push({ id: draft.date ? 'time' : 'date', message: t('fault.no_time') });
  return [...faults, ...chosen.flatMap((channel) => channelFaults(draft, channel))];
}

/**
 * @param {Draft} draft
 * @param {Channel} channel
 */
function channelFaults(draft, channel) {
  const { over, counted, isOwn, text, tooMany, isCaption, story } = onChannel(draft, channel);
  const faults = [];
  if (story && draft.media.length !== 1) faults.push({ id: 'is_story', message: t('fault.story', { channel: channel.name }) });
  if (over && counted) faults.push({ id: isOwn ? `variant-${channel.id}` : 'text', message: overWords(channel, counted, over, isCaption) });
  if (tooMany) faults.push({ id: `alt-${draft.media.length - tooMany}`, message: tooManyWords(channel, tooMany) });
  if (channel.limits.text_required && !story && !text && !isEmpty(draft)) faults.push({ id: 'text', message: t('fault.needs_text', { channel: channel.name }) });
  return faults;
}

/** @param {Channel} channel @param {number} tooMany */
export const tooManyWords = (channel, tooMany) => t('fault.too_many_images', { channel: channel.name, n: channel.limits.media.max_count, over: number(tooMany) });

/**
 * @param {Channel} channel
 * @param {{n: number, max: number, unit: string}} counted
 * @param {number} over
 * @param {boolean} isCaption
 */
export function overWords(channel, { n, max, unit }, over, isCaption) {
  const values = { channel: channel.name, n, max: number(max), over: number(over), count: number(n) };
  if (isCaption) return t('fault.too_long_caption', values);
  return unit === 'utf8_bytes' ? t('fault.too_long_bytes', values) : t('fault.too_long', values);
}

/**
 * The id of the field that a JSON pointer of the API speaks of.
 * @param {string} pointer
 */
export function fieldOf(pointer) {
  const [, first, second] = pointer.split('/');
  if (first === 'variants') return `variant-${second}`;
  if (first === 'media') return `alt-${second ?? 0}`;
  if (first === 'when') return 'date';
  if (first === 'useful_for_minutes') return 'useful';
  return ['link', 'title', 'content_warning', 'visibility', 'categories', 'first_comment', 'is_story', 'channels'].includes(first) ? first : 'text';
}

/** @param {string} firm @param {string | undefined} post */
const placeOf = (firm, post) => `relais.unsent.${firm}.${post ?? 'new'}`;

/**
 * Keeps what is written on this device; false where the browser doesn't let us.
 * @param {string} firm
 * @param {string | undefined} post
 * @param {number} version  the one that is edited
 * @param {Draft} draft
 */
export function keepHere(firm, post, version, draft) {
  const media = draft.media.filter(({ sha256 }) => sha256).map((one) => ({ ...one, url: one.kept }));
  return remember(placeOf(firm, post), JSON.stringify({ version, draft: { ...draft, media } }));
}

/**
 * What was kept on this device and not sent.
 * @param {string} firm
 * @param {string | undefined} post
 * @returns {{version: number, draft: Draft} | null}
 */
export function keptHere(firm, post) {
  const kept = recallJson(placeOf(firm, post));
  return typeof kept?.draft?.text === 'string' ? kept : null;
}

/** @param {string} firm @param {string | undefined} post */
export const forgetHere = (firm, post) => forget(placeOf(firm, post));

/**
 * The channels of the last message written here, else every connected one that goes out by itself.
 * @param {string} firm
 * @param {Channel[]} channels
 * @returns {string[]}
 */
export function usualChannels(firm, channels) {
  const last = recallJson(`relais.channels.${firm}`);
  const known = channels.map(({ id }) => id).filter((id) => Array.isArray(last) && last.includes(id));
  return known.length ? known : channels.filter((one) => one.status === 'connected' && !one.target).map(({ id }) => id);
}

/** @param {string} firm @param {string[]} channels */
export const rememberChannels = (firm, channels) => remember(`relais.channels.${firm}`, JSON.stringify(channels));
