// The images of a message: sent at once, then described, ordered or taken out.
import { html } from '../../html.js';
import { t } from '../../i18n.js';
import { Problem, call, newKey } from '../../api.js';
import { ofFirm } from '../../session.js';
import { Field, Icon, troubleWords } from '../../parts/ui.js';

/** @typedef {import('./draft.js').Draft} Draft */
/** @typedef {import('./draft.js').Picture} Picture */
/** @typedef {(change: (draft: Draft) => Partial<Draft>) => void} Change */

/**
 * Sends files and adds each to the draft as it goes.
 * @param {File[]} files
 * @param {Change} change
 */
export function addImages(files, change) {
  for (const file of files) {
    const key = newKey();
    const picture = { key, name: file.name, url: URL.createObjectURL(file), kept: '', sha256: '', alt: '', share: 0, error: '' };
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
    tell({ sha256: kept.sha256, kept: kept.url, share: null });
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

/** @param {{media: Picture[], change: Change, maxAlt: number, errors: Record<string, string>}} props */
export function Images({ media, change, maxAlt, errors }) {
  if (!media.length) return null;
  return html`<ul class="images">${media.map((picture, index) => html`
    <${Image} key=${picture.key} ...${{ picture, index, count: media.length, change, maxAlt, error: errors[`alt-${index}`] }} />`)}</ul>`;
}

/** @param {{picture: Picture, index: number, count: number, change: Change, maxAlt: number, error?: string}} props */
function Image({ picture, index, count, change, maxAlt, error }) {
  const n = index + 1;
  const move = (/** @type {number} */ to) => change((draft) => ({ media: moved(draft.media, index, to) }));
  const drop = () => change((draft) => ({ media: draft.media.filter((one) => one.key !== picture.key) }));
  const write = (/** @type {any} */ event) => change((draft) => ({
    media: draft.media.map((one) => (one.key === picture.key ? { ...one, alt: event.target.value } : one)),
  }));
  return html`<li class="image">
    <img src=${picture.url} alt="" />
    <div class="image-body">
      ${picture.share !== null && html`<p class="mute small-text" role="status">${t('image.sending', { name: picture.name })}
        <progress max="1" value=${picture.share} aria-label=${t('image.sending', { name: picture.name })}></progress></p>`}
      <${Field} id=${`alt-${index}`} label=${t('image.alt', { n })} help=${t('image.alt_help')} error=${picture.error || error}><input type="text" value=${picture.alt} maxlength=${maxAlt || undefined} onInput=${write} /><//>
      <div class="acts">
        ${count > 1 && html`
          <button type="button" class="small plain" disabled=${index === 0} aria-label=${t('image.up_n', { n })} onClick=${() => move(index - 1)}><${Icon} name="up" />${t('image.up')}</button>
          <button type="button" class="small plain" disabled=${index === count - 1} aria-label=${t('image.down_n', { n })} onClick=${() => move(index + 1)}><${Icon} name="lower" />${t('image.down')}</button>`}
        <button type="button" class="small quiet" aria-label=${t('image.remove_n', { n })} onClick=${drop}><${Icon} name="remove" />${t('image.remove')}</button>
      </div>
    </div>
  </li>`;
}
