// A person's data, erased everywhere on demand.
import { useSignal } from '../../vendor/signals.js';
import { html } from '../../html.js';
import { t } from '../../i18n.js';
import { call } from '../../api.js';
import { useAct } from '../../loading.js';
import { ofFirm } from '../../session.js';
import { Dialog } from '../../parts/dialog.js';
import { Button, Trouble, toast } from '../../parts/ui.js';
import { author } from './words.js';

/** @param {{item: import('../../types-inbox.d.ts').Item, onDone: () => void, onNo: () => void}} props */
export function Erase({ item, onDone, onNo }) {
  const { busy, problem, run } = useAct();
  const erased = useSignal(0);
  const erase = () => run('erase', async () => {
    for (let more = true; more; ) {
      const answer = await call('POST', ofFirm('/inbox/people/erase'), { person: item.person });
      erased.value += answer.erased;
      more = answer.more && answer.erased > 0;
    }
    toast(t('erase.done', { n: erased.value }));
    onDone();
  });
  return html`<${Dialog} title=${t('erase.ask', { who: author(item) })} onClose=${onNo}>
    <p>${t('erase.text')}</p>
    <p class="mute">${t('erase.not_there')}</p>
    <${Trouble} problem=${problem.value} retry=${erase} />
    <form method="dialog" class="acts dialog-acts">
      <${Button} cls="danger" busy=${busy.value === 'erase'} onClick=${erase}>${t('erase.yes')}<//>
      <button type="submit" class="plain">${t('act.no')}</button></form>
    <p class="mute small-text" role="status">${erased.value > 0 && t('erase.so_far', { n: erased.value })}</p>
  <//>`;
}
