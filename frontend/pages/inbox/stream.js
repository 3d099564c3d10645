// What was said, in its order: by them, by us, and between colleagues.
import { html } from '../../html.js';
import { t } from '../../i18n.js';
import { brief } from '../../states.js';
import { Icon, Pill } from '../../parts/ui.js';
import { fully } from './words.js';

/** @typedef {import('../../types-inbox.d.ts').Item} Item */
/** @typedef {import('../../types-inbox.d.ts').Said} Said */
/** @typedef {import('../../types-inbox.d.ts').ItemNote} Note */
/** @typedef {import('./people.js').People} People */

/** @param {{item: Item, conversation: Said[], notes: Note[], people: People}} props */
export function Stream({ item, conversation, notes, people }) {
  const all = [
    ...conversation.map((one) => ({ at: one.at, node: html`<${Bubble} key=${one.id} said=${one} item=${item} />` })),
    ...notes.map((one) => ({ at: one.at, node: html`<${NoteBubble} key=${`${one.at}${one.by}`} note=${one} people=${people} />` })),
  ].sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
  return html`<ol class="stream" aria-label=${t('inbox.stream')}>${all.map(({ node }) => node)}</ol>`;
}

/** @param {{said: Said, item: Item}} props */
function Bubble({ said: { kind, id, author, text, at, status, status_text, url }, item }) {
  const isOurs = kind !== 'mention';
  const isIt = id === item.id;
  return html`<li class=${`bubble ${isOurs ? 'ours' : 'theirs-said'}${isIt && item.deleted_at ? ' was-deleted' : ''}`}>
    ${isIt && item.title && html`<p class="strong">${item.title}</p>`}
    <p class="said">${text || html`<span class="mute">${t('item.no_text')}</span>`}</p>
    <p class="bubble-meta">${!isIt && html`<span>${t(`said.${kind}`, { who: author })}</span>`}<time datetime=${at}>${fully(at)}</time>
      ${isIt && item.edited_at && html`<span>${t('item.edited', { time: fully(item.edited_at) })}</span>`}
      ${url && !isIt && html`<a href=${url} target="_blank" rel="noopener noreferrer">${t('inbox.see')}<span class="unseen">${t('new_tab')}</span></a>`}
      ${status && kind === 'answer' && html`<${Sent} id=${id} status=${status} />`}</p>
    ${status_text && kind === 'answer' && html`<p class="small-text">${status_text}</p>`}
  </li>`;
}

/** The post of a delivery, which its id begins with. @param {string} delivery */
const postOf = (delivery) => delivery.split('.')[0];

/** Where an answer of ours stands; what asks for a decision leads there. @param {{id: string, status: import('../../types.d.ts').Mark}} props */
function Sent({ id, status }) {
  const pill = html`<${Pill} ...${brief(status)} />`;
  if (status === 'published') return pill;
  return html`<a class="pill-link" href=${`/messages/${postOf(id)}`}>${pill}${(status === 'to_check' || status === 'late') && html` ${t('act.decide')}`}</a>`;
}

/** @param {{note: Note, people: People}} props */
const NoteBubble = ({ note: { by, at, text }, people }) => html`<li class="bubble note">
  <p class="said">${text}</p>
  <p class="bubble-meta"><span><${Icon} name="note" /> ${t('said.note', { who: by === people.me ? t('inbox.me_of') : people.name(by) })}</span><time datetime=${at}>${fully(at)}</time></p>
</li>`;
