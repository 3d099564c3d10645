// A new tracked link: where it leads, what it is called, what is added to its address.
import { useSignal } from '../../vendor/signals.js';
import { html, typed } from '../../html.js';
import { t } from '../../i18n.js';
import { wallClock } from '../../format.js';
import { create } from '../../api.js';
import { useAct } from '../../loading.js';
import { ofFirm, workspace } from '../../session.js';
import { Confirm } from '../../parts/confirm.js';
import { Field, Trouble } from '../../parts/ui.js';

/** @typedef {import('../../types-inbox.d.ts').Link} Link */

/** The last minute of a day on the firm's clock, as an instant. @param {string} date */
function endOf(date) {
  const asUtc = Date.parse(`${date}T23:59:00Z`);
  const shown = wallClock(asUtc, workspace.value.zone);
  return new Date(2 * asUtc - Date.parse(`${shown.date}T${shown.time}:00Z`)).toISOString();
}

/** @param {{onDone: (link: Link) => void, onNo: () => void}} props */
export function LinkForm({ onDone, onNo }) {
  const form = useSignal({ target: '', label: '', source: '', medium: '', campaign: '', until: '' });
  const { busy, problem, run } = useAct();
  /** @param {keyof typeof form.value} name */
  const set = (name) => typed((value) => (form.value = { ...form.value, [name]: value }));
  const send = () => run('add', async () => {
    const { target, label, source, medium, campaign, until } = form.value;
    const utm = Object.fromEntries(Object.entries({ source, medium, campaign }).filter(([, value]) => value.trim()));
    const full = target.trim() && !/^[a-z][a-z0-9+.-]*:/i.test(target.trim()) ? `https://${target.trim()}` : target.trim();
    onDone(await create(ofFirm('/links'), {
      target: full, ...(label.trim() && { label: label.trim() }), ...(Object.keys(utm).length && { utm }),
      ...(until && { expires_at: endOf(until) }),
    }));
  });
  const fault = (/** @type {string} */ pointer) => problem.value?.faults.find((one) => one.pointer.startsWith(pointer))?.message;
  const now = form.value;
  return html`<${Confirm} question=${t('links.add')} yes=${t('links.make')} no=${t('act.cancel')} busy=${busy.value === 'add'} onYes=${send} onNo=${onNo}>
    <${Trouble} problem=${problem.value?.faults.length ? null : problem.value} />
    <${Field} id="link-target" label=${t('links.target')} error=${fault('/target')}><input type="url" inputmode="url" placeholder="https://" value=${now.target} onInput=${set('target')} /><//>
    <${Field} id="link-label" label=${t('links.label')} optional=${true} error=${fault('/label')}><input type="text" value=${now.label} onInput=${set('label')} /><//>
    <details class="more"><summary>${t('links.utm')}</summary><p class="mute small-text">${t('links.utm_text')}</p>
      ${/** @type {const} */ (['source', 'medium', 'campaign']).map((name) => html`<${Field} id=${`link-${name}`} label=${t(`links.utm_${name}`)} optional=${true} error=${fault(`/utm/${name}`)}><input type="text" value=${now[name]} onInput=${set(name)} /><//>`)}
      <${Field} id="link-until" label=${t('links.expires')} optional=${true} error=${fault('/expires_at')}><input type="date" value=${now.until} onInput=${set('until')} /><//></details>
  <//>`;
}
