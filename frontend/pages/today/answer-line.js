// Somebody waits for an answer: a line under « À faire ».
import { html } from '../../html.js';
import { t } from '../../i18n.js';
import { dayAndHour, wallClock } from '../../format.js';
import { serverNow } from '../../api.js';
import { workspace } from '../../session.js';
import { isHarsh, networkName } from '../inbox/words.js';
import { Icon, NetMark, Pill } from '../../parts/ui.js';

/** @typedef {import('../../types-inbox.d.ts').Item} Item */

const MOST_WORDS = 90;

/** @param {{item: Item}} props */
export function AnswerLine({ item }) {
  const { author, network, said_at } = item;
  const said = item.text.replace(/\s+/g, ' ').trim() || item.title;
  const text = said.length > MOST_WORDS ? `${said.slice(0, MOST_WORDS - 1)}…` : said;
  const { zone } = workspace.value;
  return html`<li><a class="row" href=${`/boite/${item.id}`}>
    <${Pill} icon=${isHarsh(item) ? 'star' : 'reply'} tone=${isHarsh(item) ? 'bad' : 'info'} word=${t(isHarsh(item) ? 'todo.review' : 'todo.answer')} />
    <span class="row-text"><span>${t('todo.said', { who: author.name || author.handle, text })}</span>
      <span class="row-meta"><span class="net-name"><${NetMark} network=${network} />${network === 'feed' ? '' : networkName(network)}</span><span>${dayAndHour(wallClock(said_at, zone), wallClock(serverNow(), zone).date)}</span></span></span>
    <span class="row-act">${t('act.answer')}<${Icon} name="right" /></span>
  </a></li>`;
}
