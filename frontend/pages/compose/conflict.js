// Somebody else saved first: nothing is overwritten until the person has chosen.
import { useEffect, useRef } from '../../vendor/hooks.js';
import { useSignal } from '../../vendor/signals.js';
import { html } from '../../html.js';
import { t } from '../../i18n.js';
import { call } from '../../api.js';
import { useAct } from '../../loading.js';
import { ofFirm } from '../../session.js';
import { Button, Trouble } from '../../parts/ui.js';

/** @typedef {import('../../types.d.ts').Post} Post */

/** @param {{problem: import('../../api.js').Problem, post: Post, onMine: (version: number) => void, onTheirs: (post: Post) => void}} props */
export function Conflict({ problem, post, onMine, onTheirs }) {
  const theirs = useSignal(/** @type {Post | null} */ (null));
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  const { busy, problem: trouble, run } = useAct();
  useEffect(() => box.current?.focus(), []);
  const look = () => run('look', async () => (theirs.value = await call('GET', ofFirm(`/posts/${post.id}`))));
  const other = theirs.value;
  const by = problem.body.by;
  return html`<section class="summary" ref=${box} tabindex="-1" aria-labelledby="conflict">
    <h2 id="conflict">${by ? t('conflict.title_by', { name: by }) : t('conflict.title')}</h2>
    <p>${t('conflict.text')}</p><${Trouble} problem=${trouble.value} />
    ${other
      ? html`<blockquote class="theirs">${other.text || t('post.no_text')}</blockquote>
        <div class="acts"><button type="button" class="plain" onClick=${() => onMine(other.version)}>${t('conflict.mine')}</button>
          <button type="button" class="plain" onClick=${() => onTheirs(other)}>${t('conflict.theirs')}</button></div>`
      : html`<${Button} cls="plain" busy=${busy.value === 'look'} onClick=${look}>${t('conflict.look')}<//>`}
  </section>`;
}
