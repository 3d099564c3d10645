// The list: who, where, the first words, how long ago, whose it is.
import { html } from '../../html.js';
import { t } from '../../i18n.js';
import { Empty, Icon, Loading, NetMark, Trouble } from '../../parts/ui.js';
import { addressOf, filtersHere } from './filters.js';
import { age, author, firstWords, fully, isHarsh, kind, ofItem, place } from './words.js';

/** @typedef {import('../../types-inbox.d.ts').Item} Item */
/** @typedef {import('../../types.d.ts').Channel} Channel */
/** @typedef {import('./people.js').People} People */

/** @param {{listing: ReturnType<typeof import('./listing.js').useListing>, current: string | undefined, channels: Channel[], people: People, onEnter: (id: string) => void}} props */
export function List({ listing, current, channels, people, onEnter }) {
  const { items, next, problem, isReading, again, more } = listing;
  return html`<section class="inbox-list" aria-label=${t('inbox.list')} aria-busy=${isReading ? 'true' : 'false'}>
    <${Trouble} problem=${problem} retry=${again} />
    ${!items && !problem && html`<${Loading} />`}
    ${items?.length === 0 && html`<${Nothing} />`}
    ${items && items.length > 0 && html`<ul class="card lines">${items.map((item) => html`<${Line} key=${item.id} ...${{ item, channels, people, onEnter, isCurrent: item.id === current }} />`)}</ul>`}
    ${next && items && html`<button type="button" class="plain wide" disabled=${isReading} onClick=${more}>${t('inbox.more')}</button>`}
  </section>`;
}

/** An empty list is a good sign. */
function Nothing() {
  const { state = 'open', assignee, ...rest } = filtersHere();
  const isNarrow = Object.keys(rest).length > 0 || (state !== 'open' && state !== 'any');
  if (isNarrow) return html`<${Empty} title=${t('inbox.none_found')} act=${html`<a class="button plain" href="/boite">${t('filter.none')}</a>`} />`;
  if (state === 'any') return html`<${Empty} title=${t('inbox.none_ever')} act=${html`<a class="button plain" href="/veille">${t('nav.watches')}</a>`}>${t('inbox.none_ever_text')}<//>`;
  return html`<${Empty} title=${t(assignee ? 'inbox.none_mine' : 'inbox.none_open')}>${t('inbox.none_open_text')}<//>`;
}

/** @param {{item: Item, channels: Channel[], people: People, isCurrent: boolean, onEnter: (id: string) => void}} props */
function Line({ item, channels, people, isCurrent, onEnter }) {
  const isOpen = item.state === 'open';
  return html`<li><a id=${`line-${item.id}`} class=${`line${item.is_unread ? ' unread' : ''}`} href=${addressOf(item.id)} aria-current=${isCurrent ? 'true' : undefined}
      onClick=${(/** @type {MouseEvent} */ e) => e.detail === 0 && onEnter(item.id)}>
    <span class="line-who">${item.is_unread && html`<span class="dot"></span><span class="unseen">${t('item.unread')}</span>`}<span class="line-name">${author(item)}</span></span>
    <time class="line-age" datetime=${item.said_at} title=${fully(item.said_at)}>${age(item.said_at)}</time>
    <span class="line-text">${firstWords(item) || t('item.no_text')}</span>
    <span class="line-meta"><span class="net-name"><${NetMark} network=${channels.find((one) => one.id === item.channel)?.target?.network ?? item.network} />${place(item, channels)}</span>
      ${item.kind === 'review' && html`<span class=${isHarsh(item) ? 'bad-text strong' : ''}>${kind(item)}</span>`}
      ${item.waits && html`<span class="warn-text strong">${t('item.waits')}</span>`}
      ${item.deleted_at && html`<span>${t('item.deleted')}</span>`}
      ${!isOpen && html`<span class="net-name"><${Icon} name=${ofItem(item).icon} cls="net" />${ofItem(item).word}</span>`}
      ${item.labels.map((label) => html`<span class="label">${label}</span>`)}
      ${item.assignee && html`<span class="line-owner">${t('item.for', { who: item.assignee === people.me ? t('inbox.me_for') : people.name(item.assignee).split(' ')[0] })}</span>`}</span>
  </a></li>`;
}
