// A post in a list: its hour or day, first words, networks and state.
import { html } from '../html.js';
import { t } from '../i18n.js';
import { day, hour } from '../format.js';
import { brief, ofPost } from '../states.js';
import { NetMark, Pill } from './ui.js';

/** @param {{row: import('../types.d.ts').PostRow, withDay?: boolean}} props */
export function PostLine({ row, withDay = false }) {
  const at = row.local && { date: row.local.slice(0, 10), time: row.local.slice(11, 16) };
  const pill = row.is_draft ? brief('draft') : ofPost(row.deliveries);
  return html`<li><a class="post-line" href=${row.is_draft ? `/ecrire/${row.id}` : `/messages/${row.id}`}>
    <span class="post-hour">${at ? (withDay ? day(at.date) : hour(at.time)) : t('today.no_hour')}</span>
    <span class="post-text"><span class="strong">${row.excerpt || t('post.no_text')}</span>
      <span class="row-meta">${row.deliveries.map(({ network, target, channel_name }) => html`<span class="net-name"><${NetMark} network=${target?.network ?? network} />${channel_name}</span>`)}</span></span>
    <${Pill} ...${pill} />
  </a></li>`;
}
