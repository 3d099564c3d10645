// How the message will look on one channel: its text as that network is given it.
import { useSignal } from '../../vendor/signals.js';
import { html, typed } from '../../html.js';
import { t } from '../../i18n.js';
import { Avatar } from '../../parts/frame.js';
import { Medium, NetMark, isVideo } from '../../parts/ui.js';
import { isStory, onChannel, roomFor } from './draft.js';
import { shortName } from './channels.js';

/** @typedef {import('../../types.d.ts').Channel} Channel */

/** @param {{draft: import('./draft.js').Draft, chosen: Channel[], firm: string}} props */
export function Preview({ draft, chosen, firm }) {
  const picked = useSignal('');
  const channel = chosen.find((one) => one.id === picked.value) ?? chosen[0];
  return html`<aside class="card preview" aria-labelledby="preview-title">
    <div class="preview-head"><h2 id="preview-title">${t('compose.preview')}</h2>
      ${chosen.length > 1 && html`<select aria-label=${t('compose.preview_on')} value=${channel.id} onChange=${typed((value) => (picked.value = value))}>
        ${chosen.map((one) => html`<option value=${one.id} selected=${one.id === channel.id}>${shortName(one, chosen)}</option>`)}</select>`}
      ${chosen.length === 1 && html`<span class="net-name"><${NetMark} network=${channel.target?.network ?? channel.network} />${shortName(channel, chosen)}</span>`}
    </div>
    ${channel ? html`<${Sample} draft=${draft} channel=${channel} firm=${firm} />` : html`<p class="mute">${t('compose.preview_none')}</p>`}
  </aside>`;
}

/** @param {{draft: import('./draft.js').Draft, channel: Channel, firm: string}} props */
function Sample({ draft, channel, firm }) {
  const { text, warning, over, story } = onChannel(draft, channel);
  const kept = over ? roomFor(draft, text, warning, channel) : text;
  const uses = (/** @type {string} */ option) => channel.options.includes(option);
  const dropped = drops(draft, channel);
  const { media, video } = channel.limits;
  const images = draft.media.filter((one) => !one.error && (isVideo(one) ? video : media.max_count > 0)).slice(0, media.max_count || 1);
  return html`<div class="sample">
    <${Avatar} name=${firm} />
    <div class="sample-body">
      <p class="sample-who"><span class="strong">${firm}</span> <span class="mute small-text">${channel.handle}</span></p>
      ${uses('content_warning') && draft.content_warning && html`<p class="sample-warning">${draft.content_warning}</p>`}
      ${uses('title') && draft.title && html`<p class="sample-title">${draft.title}</p>`}
      ${!story && html`<p class="sample-text">${kept}${over > 0 && html`<mark title=${t('compose.cut')}>${text.slice(kept.length)}</mark>`}
        ${!text && html`<span class="mute">${t('compose.preview_empty')}</span>`}</p>`}
      ${draft.link && !story && !text.includes(draft.link) && html`<p class="sample-card">${draft.link}</p>`}
      ${images.length > 0 && html`<ul class="sample-images">${images.map((one) => html`<li key=${one.key}>
        <${Medium} medium=${one} />
        <p class="mute small-text">${(isVideo(one) ? video : media)?.max_alt ? one.alt ? t('compose.alt_is', { alt: one.alt }) : t('compose.alt_missing') : ''}</p></li>`)}</ul>`}
      ${uses('first_comment') && !story && draft.first_comment.trim() && html`<p class="small-text"><span class="strong">${firm}</span> ${draft.first_comment}</p>`}
      ${dropped.length > 0 && html`<p class="mute small-text">${t('compose.dropped', { what: dropped.join(', ') })}</p>`}
    </div>
  </div>`;
}

/** What of the message this channel has no place for, in words. @param {import('./draft.js').Draft} draft @param {Channel} channel */
function drops(draft, channel) {
  const lacks = (/** @type {string} */ option) => !channel.options.includes(option);
  const { max_count, max_alt } = channel.limits.media;
  const images = draft.media.filter((one) => !isVideo(one)).length;
  return [
    isStory(draft, channel) && draft.text.trim() && t('dropped.text'),
    draft.first_comment.trim() && (lacks('first_comment') || isStory(draft, channel)) && t('dropped.first_comment'),
    draft.title && lacks('title') && t('dropped.title'),
    draft.content_warning && lacks('content_warning') && t('dropped.content_warning'),
    draft.categories.trim() && lacks('categories') && t('dropped.categories'),
    draft.visibility !== 'public' && lacks('visibility') && t('dropped.visibility'),
    images > max_count && t('dropped.images', { n: images - max_count }),
    max_count > 0 && max_alt === 0 && draft.media.some(({ alt }) => alt) && t('dropped.alt'),
  ].filter(Boolean);
}
