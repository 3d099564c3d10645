// A kit à coller: the text, the images or video, and the network's own page, for a person to publish.
import { useSignal } from '../../vendor/signals.js';
import { html } from '../../html.js';
import { t } from '../../i18n.js';
import { number } from '../../format.js';
import { Icon, Notice } from '../../parts/ui.js';

/** @param {{kit: import('../../types.d.ts').Kit}} props */
export function KitBox({ kit }) {
  const { title, text, over_by, media, composer_url, network_label, first_comment } = kit;
  return html`<div class="kit">
    ${over_by > 0 && html`<${Notice} tone="warn">${t('kit.over', { network: network_label, n: over_by, over: number(over_by) })}<//>`}
    ${title && html`<p class="kit-text strong">${title}</p>
    <div class="acts"><${CopyButton} text=${title} label=${t('kit.copy_title')} /></div>`}
    <p class="kit-text">${text}</p>
    <div class="acts"><${CopyButton} text=${text} label=${t('kit.copy')} />
      ${composer_url && html`<a class="button plain" href=${composer_url} target="_blank" rel="noopener noreferrer">${t('kit.open', { network: network_label })}<${Icon} name="open" /><span class="unseen">${t('new_tab')}</span></a>`}</div>
    ${media.length > 0 && html`<ul class="kit-media">${media.map(({ url, alt, name, content_type }, index) => html`<li>
      <${Shown} url=${url} alt=${alt} isVideo=${isVideo(content_type)} /><a class="button small plain" href=${url} download=${name || ''}><${Icon} name="download" />${isVideo(content_type) ? t('kit.download_video') : t('kit.download', { n: index + 1 })}</a>
      ${alt && html`<span class="mute small-text">${t('compose.alt_is', { alt })}</span>`}</li>`)}</ul>`}
    ${first_comment && html`<p class="mute">${t('kit.first_comment')}</p><p class="kit-text">${first_comment}</p>
    <div class="acts"><${CopyButton} text=${first_comment} label=${t('kit.copy_comment')} /></div>`}
  </div>`;
}

/** @param {string} type */
const isVideo = (type) => type.startsWith('video/');

/** An image, or a video with its controls. @param {{url: string, alt: string, isVideo: boolean}} props */
function Shown({ url, alt, isVideo }) {
  return isVideo ? html`<video src=${url} aria-label=${alt || null} controls preload="metadata"></video>` : html`<img src=${url} alt=${alt} />`;
}

/** A button that copies a text, and says so. @param {{text: string, label: string}} props */
function CopyButton({ text, label }) {
  const state = useSignal(/** @type {'' | 'done' | 'failed'} */ (''));
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      state.value = 'done';
    } catch {
      state.value = 'failed'; // no permission: we say how to copy by hand
    }
  };
  return html`<button type="button" class="plain" onClick=${copy}><${Icon} name=${state.value === 'done' ? 'check' : 'copy'} />${label}</button>
    <span role="status" class="mute small-text">${state.value && t(`copy.${state.value}`)}</span>`;
}
