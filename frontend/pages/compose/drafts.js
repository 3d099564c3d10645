// The drafts that one can take up again.
import { html } from '../../html.js';
import { t } from '../../i18n.js';
import { useRead } from '../../loading.js';
import { ofFirm } from '../../session.js';
import { PostLine } from '../../parts/post-line.js';
import { Loading, Trouble } from '../../parts/ui.js';

export function DraftList() {
  const { data, problem, again } = useRead(ofFirm('/posts?state=draft&limit=20'));
  const answer = /** @type {{items: import('../../types.d.ts').PostRow[]} | undefined} */ (data.value);
  if (!answer) return problem.value ? html`<${Trouble} problem=${problem.value} retry=${again} />` : html`<${Loading} />`;
  if (!answer.items.length) return html`<p class="mute">${t('compose.no_drafts')}</p>`;
  return html`<ul class="rows">${answer.items.map((row) => html`<${PostLine} key=${row.id} row=${row} withDay=${true} />`)}</ul>`;
}
