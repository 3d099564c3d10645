// Saved replies: put where the cursor is, with their gaps to be filled.
import { useSignal } from '../../vendor/signals.js';
import { html } from '../../html.js';
import { t } from '../../i18n.js';
import { call } from '../../api.js';
import { useAct, useRead } from '../../loading.js';
import { ofFirm } from '../../session.js';
import { Fold } from '../../parts/frame.js';
import { Icon, Trouble } from '../../parts/ui.js';

/** @typedef {import('../../types-inbox.d.ts').Reply} Reply */

/** Fields that the server fills where it knows; one that is left is a gap. Agrees with chalicelib/inbox/saved_replies. */
const GAP = /\{\s*(pr[ée]nom|nom|entreprise|lien)\s*\}/giu;

/** @param {string} text @returns {string[]} each once */
export const gapsOf = (text) => [...new Set(text.match(GAP) ?? [])];

/** Selects the first gap, so that typing fills it. @param {HTMLTextAreaElement} box */
export function firstGap(box) {
  const found = [...box.value.matchAll(GAP)][0];
  box.focus();
  if (found) box.setSelectionRange(found.index, found.index + found[0].length);
}

/** @param {{mention: string, box: {current: HTMLTextAreaElement | null}, onText: (text: string) => void}} props */
export function Saved({ mention, box, onText }) {
  const isOpened = useSignal(false);
  return html`<div class="saved" onToggleCapture=${() => (isOpened.value = true)}><${Fold} cls="menu upward" summary=${html`<span class="button plain">${t('saved.title')}<${Icon} name="down" /></span>`}>
    ${isOpened.value && html`<${Choices} ...${{ mention, box, onText }} />`}<//></div>`;
}

/** @param {Parameters<typeof Saved>[0]} props */
function Choices({ mention, box, onText }) {
  const { data, problem, again } = useRead(ofFirm('/replies'));
  const { problem: failed, run } = useAct();
  const replies = /** @type {{replies: Reply[]} | undefined} */ (data.value)?.replies;
  /** @param {Reply} reply */
  const insert = (reply) => run(reply.id, async () => {
    const filled = await call('POST', ofFirm(`/replies/${reply.id}/fill`), { mention });
    const area = box.current;
    if (!area) return;
    const { selectionStart: start, selectionEnd: end, value } = area;
    onText(value.slice(0, start) + filled.text + value.slice(end));
    requestAnimationFrame(() => {
      area.focus();
      area.setSelectionRange(start + filled.text.length, start + filled.text.length);
      if (gapsOf(filled.text).length) firstGap(area);
    });
  });
  return html`<${Trouble} problem=${failed.value ?? problem.value} retry=${again} />
    ${replies?.length === 0 && html`<p class="mute">${t('saved.none')}</p>`}
    ${replies?.map((one) => html`<button type="button" class="quiet" key=${one.id} onClick=${() => insert(one)}>${one.name}</button>`)}
    <a class="button quiet mute-act" href="/reponses">${t('saved.manage')}</a>`;
}
