// The images of a message, or its video: sent at once, then described, ordered or taken out.
import { html } from '../../html.js';
import { t } from '../../i18n.js';
import { Problem, call, newKey } from '../../api.js';
import { ofFirm } from '../../session.js';
import { number } from '../../format.js';
import { Field, Icon, isVideo, troubleWords } from '../../parts/ui.js';

/** @typedef {import('./draft.js').Draft} Draft */
/** @typedef {import('./draft.js').Picture} Picture */
/** @typedef {import('../../types.d.ts').Channel} Channel */
/** @typedef {(change: (draft: Draft) => Partial<Draft>) => void} Change */

const MEGABYTE = 1_048_576;

/**
 * Sends files and adds each to the draft as it goes.
 * @param {File[]} files
 * @param {Change} change
 */
export function addMedia(files, change) {
  for (const file of files) {
    const key = newKey();
    const picture = { key, name: file.name, content_type: file.type, url: URL.createObjectURL(file), kept: '', sha256: '', alt: '', share: 0, error: '' };
    change((draft) => ({ media: [...draft.media, picture] }));
    void send(file, (patch) => change((draft) => ({ media: draft.media.map((one) => (one.key === key ? { ...one, ...patch } : one)) })));
  }
}

/**
 * @param {File} file
 * @param {(patch: Partial<Picture>) => void} tell
 */
async function send(file, tell) {
  try {
    const { id, upload } = await call('POST', ofFirm('/media'), { name: file.name, content_type: file.type, size: file.size });
    await sendFile(upload, file, (share) => tell({ share: Math.min(share, 0.99) }));
    const kept = await call('POST', ofFirm(`/media/${id}/complete`));
    const { sha256, url, content_type, width, height, size, duration_ms } = kept;
    tell({ sha256, kept: url, content_type, width, height, size, duration_ms, share: null });
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    tell({ error: error.faults[0]?.message ?? troubleWords(error), share: null });
  }
}

/**
 * @param {Picture[]} media
 * @param {number} from
 * @param {number} to
 */
function moved(media, from, to) {
  const next = [...media];
  next.splice(to, 0, ...next.splice(from, 1));
  return next;
}

/**
 * Sends a file where the API said to, telling how far it has come (0 to 1).
 * @param {{url: string, fields: Record<string, string>}} upload
 * @param {File} file
 * @param {(share: number) => void} onProgress
 * @returns {Promise<void>}
 * @throws {Problem}
 */
function sendFile(upload, file, onProgress) {
  const form = new FormData();
  for (const [name, value] of Object.entries(upload.fields)) form.append(name, value);
  form.append('file', file);
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest(); // fetch can't tell how much has been sent
    request.upload.onprogress = (event) => event.lengthComputable && onProgress(event.loaded / event.total);
    request.onload = () => (request.status < 300 ? resolve() : reject(new Problem('upload-refused', request.status, {})));
    request.onerror = () => reject(new Problem('unreachable', 0, {}));
    request.open('POST', upload.url);
    request.send(form);
  });
}

/** @param {{media: Picture[], chosen: Channel[], change: Change, maxAlt: number, errors: Record<string, string>}} props */
export function Images({ media, chosen, change, maxAlt, errors }) {
  if (!media.length) return null;
  const videos = media.filter(isVideo);
  const lines = new Set(chosen.flatMap((channel) => videos.flatMap((video) => videoProblems(video, media.length, channel))));
  return html`<ul class="images">${media.map((picture, index) => html`
    <${Image} key=${picture.key} ...${{ picture, index, count: media.length, change, maxAlt, error: errors[`alt-${index}`] }} />`)}</ul>
    ${videos.length > 0 && html`<div class="problems" role="status">${[...lines].map((words) => html`<p class="problem bad"><${Icon} name="alert" /><span>${words}</span></p>`)}</div>`}`;
}

/**
 * What a channel would refuse of a video, in words: agrees with chalicelib/networks/checking.
 * @param {Picture} video
 * @param {number} count  images and videos of the message
 * @param {Channel} channel
 */
export function videoProblems({ content_type = '', size = 0, duration_ms = 0, width = 0, height = 0, sha256 }, count, { name: channel, limits }) {
  const rules = count > 1 ? limits.mixed : limits.video;
  if (!rules) return [t(limits.video ? 'video.alone' : 'video.none', { channel })];
  if (!sha256) return []; // not looked into yet
  const seconds = duration_ms / 1000;
  const side = Math.min(width, height);
  const ratio = width / height;
  const say = (/** @type {import('../../i18n.js').Key} */ key, /** @type {number} */ over, /** @type {number} */ max) => t(key, { channel, over: number(over), max: number(max) });
  return [
    !rules.types.includes(content_type) && t('video.type', { channel }),
    size > rules.max_bytes && say('video.heavy', Math.ceil(size / MEGABYTE), Math.floor(rules.max_bytes / MEGABYTE)),
    seconds > rules.max_seconds && say('video.long', Math.ceil(seconds), rules.max_seconds),
    seconds < rules.min_seconds && say('video.short', Math.floor(seconds), rules.min_seconds),
    rules.max_width && width > rules.max_width && say('video.wide', width, rules.max_width),
    side < rules.min_side && say('video.small', side, rules.min_side),
    (ratio < rules.min_ratio || (rules.max_ratio && ratio > rules.max_ratio)) && t('video.ratio', { channel }),
  ].filter((one) => typeof one === 'string');
}

/** @param {{picture: Picture, index: number, count: number, change: Change, maxAlt: number, error?: string}} props */
function Image({ picture, index, count, change, maxAlt, error }) {
  const n = index + 1;
  const move = (/** @type {number} */ to) => change((draft) => ({ media: moved(draft.media, index, to) }));
  const drop = () => change((draft) => ({ media: draft.media.filter((one) => one.key !== picture.key) }));
  const write = (/** @type {any} */ event) => change((draft) => ({
    media: draft.media.map((one) => (one.key === picture.key ? { ...one, alt: event.target.value } : one)),
  }));
  const is = isVideo(picture);
  return html`<li class="image">
    ${is ? html`<video src=${picture.url} muted playsinline preload="metadata"></video>` : html`<img src=${picture.url} alt="" />`}
    <div class="image-body">
      ${picture.share !== null && html`<p class="mute small-text" role="status">${t('image.sending', { name: picture.name })}
        <progress max="1" value=${picture.share} aria-label=${t('image.sending', { name: picture.name })}></progress></p>`}
      <${Field} id=${`alt-${index}`} label=${is ? t('video.alt') : t('image.alt', { n })} help=${t(is ? 'video.alt_help' : 'image.alt_help')} error=${picture.error || error}><input type="text" value=${picture.alt} maxlength=${maxAlt || undefined} onInput=${write} /><//>
      <div class="acts">
        ${count > 1 && html`
          <button type="button" class="small plain" disabled=${index === 0} aria-label=${t('image.up_n', { n })} onClick=${() => move(index - 1)}><${Icon} name="up" />${t('image.up')}</button>
          <button type="button" class="small plain" disabled=${index === count - 1} aria-label=${t('image.down_n', { n })} onClick=${() => move(index + 1)}><${Icon} name="lower" />${t('image.down')}</button>`}
        <button type="button" class="small quiet" aria-label=${is ? t('video.remove') : t('image.remove_n', { n })} onClick=${drop}><${Icon} name="remove" />${t('image.remove')}</button>
      </div>
    </div>
  </li>`;
}
