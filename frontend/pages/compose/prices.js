// What networks that charge ask for the message as it stands, told before it is planned.
import { useEffect } from '../../vendor/hooks.js';
import { useSignal } from '../../vendor/signals.js';
import { html } from '../../html.js';
import { language, t } from '../../i18n.js';
import { dollars } from '../../money.js';
import { call } from '../../api.js';
import { ofFirm } from '../../session.js';
import { Icon } from '../../parts/ui.js';
import { bodyOf } from './draft.js';
import { shortName } from './channels.js';

/** @typedef {import('../../types.d.ts').Channel} Channel */

const ASK_AFTER_MS = 500;

/** @param {{draft: import('./draft.js').Draft, chosen: Channel[]}} props */
export function Prices({ draft, chosen }) {
  const charges = useSignal(/** @type {{channel: string, charge: number | null}[]} */ ([]));
  const dear = chosen.filter((one) => one.charges);
  const asked = JSON.stringify(questionOf(draft, dear));
  useEffect(() => {
    let isOver = false;
    const timer = setTimeout(() => call('POST', ofFirm('/preview'), JSON.parse(asked)).then(
      (answer) => { if (!isOver) charges.value = answer.channels; },
      () => { if (!isOver) charges.value = []; }, // an unfinished message has no price yet
    ), ASK_AFTER_MS);
    return () => { isOver = true; clearTimeout(timer); };
  }, [asked]);
  const told = dear.flatMap((one) => {
    const charge = charges.value.find(({ channel }) => channel === one.id)?.charge;
    return typeof charge === 'number' ? [t('compose.price', { channel: shortName(one, chosen), price: dollars(charge) })] : [];
  });
  return html`<div role="status">${told.map((line) => html`<p class="mute small-text" key=${line}><${Icon} name="info" />${line}</p>`)}</div>`;
}

/** What the preview is asked. @param {import('./draft.js').Draft} draft @param {Channel[]} dear */
function questionOf(draft, dear) {
  const ids = dear.map(({ id }) => id);
  const media = draft.media.filter(({ sha256, error }) => sha256 && !error);
  const { channels: _, variants, useful_for_minutes: __, ...content } = bodyOf({ ...draft, media, channels: ids }, undefined, language.value);
  return { content, variants, channels: ids };
}
