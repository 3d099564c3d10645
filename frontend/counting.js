// How long a text is, in each network's own counting; agrees with chalicelib/networks/counting.

/** @typedef {import('./types.d.ts').TextLimit} TextLimit */

const GRAPHEMES = new Intl.Segmenter('und', { granularity: 'grapheme' });
const UTF8 = new TextEncoder();
/** What an address counts on Mastodon and X where the channel doesn't say. */
const USUAL_URL = 23;

/** @param {string} text */
const clusters = (text) => Array.from(GRAPHEMES.segment(text), ({ segment }) => segment);
/** @param {string} text */
const bytes = (text) => UTF8.encode(text).length;
/** @param {string} text */
const codePoints = (text) => [...text].length;

/**
 * Web addresses as Mastodon sees them: twitter-text's rules, with a scheme. Of top-level
 * domains only the form is looked at: the list of all weighs more than this page.
 */
const MASTODON_URL = (() => {
  const label = String.raw`[^!'#%&()*+,\\\-./:;<=>?@\[\]^_{|}~$\s\x85\u180E\uFFFE\uFFFF\u202A-\u202E\u061C\u200E\u200F\u2066-\u2069]`;
  const domain = String.raw`(?:${label}(?:${label}|[_-]){0,62}(?<![_-])\.){0,30}${label}(?:${label}|-){0,62}(?<!-)\.(?:xn--[-0-9a-z]+|\p{L}{2,}(?=[^0-9a-zA-Z@+-]|$))`;
  const one = String.raw`[^\s<>()?]`;
  const balanced = String.raw`\((?:${one}+|${one}*\(${one}+\)${one}*)\)`;
  const end = String.raw`(?:[^\s()?!*"'「」<>;:=,.$%\[\]~&|@]|${balanced})`;
  const path = `(?:(?:${one}*(?:${balanced}${one}*)*${end})|(?:${one}+/))`;
  const wide = String.raw`\u00A0-\uD7FF\uE000-\uFDCF\uFDF0-\uFFEF\u{10000}-\u{10FFFD}`;
  const query = String.raw`\?[a-z0-9!?*'();:&=+$/%#\[\]\-_.,~|@\^${wide}]*[a-z0-9_&=#/\-${wide}]`;
  return new RegExp(String.raw`([^A-Za-z0-9@＠$#＃\uFFFE\uFEFF\uFFFF]|^)(https?://${domain}(?::[0-9]+)?(?:/${path}*)?(?:${query})?)`, 'giu');
})();
const WORD = String.raw`\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\u200c\u200d`;
/** Somebody's name, with or without a server: counts without it. */
const MASTODON_MENTION = new RegExp(String.raw`(?<![=/${WORD}])@([a-z0-9_]+(?:[.-]+[a-z0-9_]+)*)(?:@[${WORD}]+(?:[.-]+[${WORD}]+)*)?(?![@＠\xC0-\xD6\xD8-\xF6\xF8-\u024F]|://)`, 'giu');

/** @param {string} text @param {number} urlLength */
function mastodon(text, urlLength) {
  if (!text.trim()) return 0;
  const links = Array.from(text.matchAll(MASTODON_URL), ({ index, 1: before, 2: url }) => ({ start: index + before.length, end: index + before.length + url.length, counted: 'x'.repeat(urlLength) }));
  const names = Array.from(text.matchAll(MASTODON_MENTION), ({ index, 0: whole, 1: name }) => ({ start: index, end: index + whole.length, counted: `@${name}` }));
  let shown = '';
  let at = 0;
  for (const { start, end, counted } of [...links, ...names].sort((a, b) => a.start - b.start || a.end - b.end)) {
    if (start < at) continue;
    shown += text.slice(at, start) + counted;
    at = end;
  }
  return clusters(shown + text.slice(at)).length;
}

/** Addresses that X makes links of, with or without a scheme: the usual ones. */
const X_URL = /(?:(?<![a-z0-9@$#])https?:\/\/|(?<![\p{L}\p{N}@$#_.\/:-]))(?:[a-z0-9\u00c0-\u024f](?:[a-z0-9\u00c0-\u024f_-]*[a-z0-9\u00c0-\u024f])?\.)+(?:com|org|net|info|shop|paris|bzh|alsace|corsica|app|dev|blog|site|online|store|pro|biz|coop|[a-z]{2})(?![a-z0-9@-])(?::\d+)?(?:\/(?:\([^\s()]*\)|[^\s<>«»"()])*(?:\([^\s()]*\)|[^\s<>«»"()[\]{}.,:;!?']))?\/?/giu;
const X_EMOJI = /\p{Regional_Indicator}{2}|[0-9#*]\uFE0F?\u20E3|(?:[\xA9\xAE]\uFE0F|(?![\xA9\xAE])\p{Extended_Pictographic}\uFE0F?)\p{Emoji_Modifier}?[\u{E0020}-\u{E007F}]*(?:\u200D\p{Extended_Pictographic}\uFE0F?\p{Emoji_Modifier}?)*|\p{Emoji_Modifier}/gu;
/** What weighs 1 on X; all else, and an emoji, weighs 2. */
const X_LIGHT = /[\u0000-\u10FF\u2000-\u200D\u2010-\u201F\u2032-\u2037]/gu;

/** @param {string} text @param {number} urlLength */
function xWeighted(text, urlLength) {
  let fixed = 0;
  const withoutLinks = text.normalize('NFC').replace(X_URL, () => ((fixed += urlLength), ''));
  const plain = withoutLinks.replace(X_EMOJI, () => ((fixed += 2), ''));
  return fixed + 2 * codePoints(plain) - (plain.match(X_LIGHT)?.length ?? 0);
}

const PICTURE = /\p{Extended_Pictographic}|\p{Regional_Indicator}|\u20E3/u;
/** @param {string} text */
const threads = (text) => clusters(text).reduce((sum, one) => sum + (PICTURE.test(one) ? bytes(one) : codePoints(one)), 0);

/**
 * The text as it goes out, which its limits are counted on: the link is a paragraph of its
 * own unless the text holds it already, or the network shows it as a card or beside the text.
 * @param {{text: string, link?: string | null, media: unknown[]}} content
 * @param {string[]} options  what the network can do
 */
export function wording({ text, link, media }, options) {
  const said = text.replace(/\r\n?/g, '\n').normalize('NFC').trim();
  const hasCard = options.includes('link_card') && !media.length;
  if (!link || said.includes(link) || hasCard || options.includes('link_apart')) return said;
  return said ? `${said}\n\n${link}` : link;
}

/** @type {Record<string, (text: string, urlLength: number) => number>} */
const COUNTS = {
  graphemes: (text) => clusters(text).length,
  code_points: codePoints,
  utf16_units: (text) => text.length,
  utf8_bytes: bytes,
  mastodon,
  x_weighted: xWeighted,
  threads,
};

/**
 * @param {string} text  as it goes out
 * @param {TextLimit} limit
 */
export function count(text, { unit, url_length }) {
  const counter = COUNTS[unit];
  if (!counter) throw new RangeError(`unknown unit ${unit}`);
  return counter(text, url_length || USUAL_URL);
}

/**
 * The limit that a text comes nearest to, with its count; null where there is no limit.
 * @param {string} text  as it goes out
 * @param {TextLimit[]} limits
 */
export function tightest(text, limits) {
  let nearest = null;
  for (const limit of limits) {
    const n = count(text, limit);
    const share = n / limit.max;
    if (!nearest || share > nearest.share) nearest = { n, max: limit.max, unit: limit.unit, share };
  }
  return nearest;
}

/**
 * The longest beginning of a text, in whole graphemes, that keeps every limit.
 * @param {string} text
 * @param {TextLimit[]} limits
 * @param {string} [warning]  what is counted before it
 */
export function fitting(text, limits, warning = '') {
  const ends = [...GRAPHEMES.segment(text)].map(({ index, segment }) => index + segment.length);
  let low = 0;
  let high = ends.length;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    const part = text.slice(0, ends[middle - 1]);
    if (limits.every((limit) => count(warning + part, limit) <= limit.max)) low = middle;
    else high = middle - 1;
  }
  return text.slice(0, low ? ends[low - 1] : 0);
}
