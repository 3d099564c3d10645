// Every place that is listened at: since when it fails and why, when it last said something.
import { html } from '../../html.js';
import { t } from '../../i18n.js';
import { dayAndHour, wallClock } from '../../format.js';
import { call, serverNow } from '../../api.js';
import { useAct } from '../../loading.js';
import { may, ofFirm, workspace } from '../../session.js';
import { Button, Empty, Icon, NetMark, Pill, Trouble } from '../../parts/ui.js';

/** @typedef {import('../../types-inbox.d.ts').Source} Source */
/** @typedef {import('../../types-inbox.d.ts').Watch} Watch */

/** What is read later than this isn't said to be read soon. */
const SOON = 2 * 24 * 3_600_000;

/** Reasons for which reading waits for the firm's cap. */
const CAPPED = new Set(['over_cap', 'cap_too_low']);

/** How a source is, as a pill. @param {Source} source */
export function health({ status, failing_since, reason }) {
  if (status === 'gone') return { icon: 'cancelled', tone: /** @type {const} */ ('mute'), word: t('health.gone') };
  if (status === 'paused') return { icon: 'paused', tone: /** @type {const} */ ('mute'), word: t('health.paused') };
  if (status === 'blocked') return { icon: 'plug', tone: /** @type {const} */ ('warn'), word: t('health.blocked') };
  if (failing_since) return { icon: 'warning', tone: /** @type {const} */ ('warn'), word: t('health.failing') };
  if (CAPPED.has(reason ?? '')) return { icon: 'paused', tone: /** @type {const} */ ('warn'), word: t('health.capped') };
  if (reason) return { icon: 'paused', tone: /** @type {const} */ ('mute'), word: t('health.idle') };
  return { icon: 'check', tone: /** @type {const} */ ('good'), word: t('health.active') };
}

/** @param {Source} source */
const rank = ({ status, reason }) => (status === 'blocked' || (status === 'active' && reason) ? 0 : status === 'active' ? 1 : 2);

/** @param {{sources: Source[], watches: Watch[], onChange: () => Promise<unknown>}} props */
export function SourceList({ sources, watches, onChange }) {
  const sorted = [...sources].sort((a, b) => rank(a) - rank(b) || a.label.localeCompare(b.label));
  return html`<section aria-labelledby="sources"><h2 id="sources" tabindex="-1" class="section-title">${t('source.all')}</h2>
    ${sorted.length
      ? html`<ul class="card rows">${sorted.map((source) => html`<${SourceRow} key=${source.id} source=${source} watch=${watches.find((one) => one.id === source.watch)} onChange=${onChange} />`)}</ul>`
      : html`<${Empty} title=${t('source.none')}>${t('source.none_text')}<//>`}
  </section>`;
}

/** @param {{source: Source, watch: Watch | undefined, onChange: () => Promise<unknown>}} props */
function SourceRow({ source, watch, onChange }) {
  const { busy, problem, run } = useAct();
  const { zone } = workspace.value;
  const when = (/** @type {string} */ at) => dayAndHour(wallClock(at, zone), wallClock(serverNow(), zone).date);
  const { id, kind, label, network, status, due_at, read_at, heard_at, failing_since, reason_text, detail, skipped, channel } = source;
  const act = (/** @type {'pause' | 'resume'} */ what) => run(what, async () => {
    await call('POST', ofFirm(`/sources/${id}/${what}`));
    await onChange();
  });
  const canResume = status === 'paused' || status === 'gone';
  return html`<li class="source" id=${`source-${id}`}>
    <div class="source-text"><p class="net-name strong"><${NetMark} network=${network} />${label}</p>
      <p class="mute small-text">${[t(`sourcekind.${kind}`), watch ? t('source.for', { watch: watch.name }) : ''].filter(Boolean).join(', ')}</p>
      ${(failing_since || reason_text) && html`<p class="source-why"><${Icon} name="warning" /><span>${failing_since && t('source.failing', { time: when(failing_since) })} ${reason_text}</span></p>`}
      ${failing_since && detail && html`<details class="more inline"><summary>${t('source.detail')}</summary><p class="mute small-text">${detail}</p></details>`}
      <p class="row-meta"><span>${heard_at ? t('source.heard', { time: when(heard_at) }) : t('source.never_heard')}</span>
        ${status === 'active' && (due_at || read_at) && html`<span>${due_at && Date.parse(due_at) > serverNow() ? Date.parse(due_at) < serverNow() + SOON && t('source.next', { time: when(due_at) }) : t('source.next_now')}</span>`}
        ${skipped > 0 && html`<span class="warn-text">${t('source.skipped', { n: skipped })}</span>`}</p>
      <${Trouble} problem=${problem.value} /></div>
    <${Pill} ...${health(source)} />
    <div class="source-act">${status === 'blocked' && channel && may('approver') && html`<a class="button small plain" href=${`/canaux?reconnect=${channel}`}>${t('act.reconnect')}</a>`}
      ${may('editor') && status === 'active' && html`<${Button} cls="small quiet mute-act" busy=${busy.value === 'pause'} onClick=${() => act('pause')}>${t('source.pause')}<span class="unseen"> ${label}</span><//>`}
      ${may('editor') && canResume && html`<${Button} cls="small plain" busy=${busy.value === 'resume'} onClick=${() => act('resume')}>${t('source.resume')}<span class="unseen"> ${label}</span><//>`}</div>
  </li>`;
}
