// The small forms of triage: until when, a note, the labels.
import { useSignal } from '../../vendor/signals.js';
import { html, typed } from '../../html.js';
import { t } from '../../i18n.js';
import { city } from '../../format.js';
import { workspace } from '../../session.js';
import { Confirm } from '../../parts/confirm.js';
import { Field } from '../../parts/ui.js';
import { today } from './words.js';

/** @param {{busy: boolean, error?: string, start: string, onYes: (date: string, time: string) => void, onNo: () => void}} props */
export function Until({ busy, error, start, onYes, onNo }) {
  const date = useSignal(start);
  const time = useSignal('08:00');
  return html`<${Confirm} question=${t('snooze.ask')} yes=${t('inbox.snooze')} no=${t('act.cancel')} busy=${busy} onYes=${() => onYes(date.value, time.value)} onNo=${onNo}>
    <div class="date-time">
      <${Field} id="until-date" label=${t('compose.date')} error=${error}><input type="date" min=${today()} value=${date.value} onInput=${typed((value) => (date.value = value))} /><//>
      <${Field} id="until-time" label=${t('compose.time', { city: city(workspace.value.zone) })}><input type="time" value=${time.value} onInput=${typed((value) => (time.value = value))} /><//>
    </div>
  <//>`;
}

/** @param {{busy: boolean, error?: string, onYes: (text: string) => void, onNo: () => void}} props */
export function NoteForm({ busy, error, onYes, onNo }) {
  const text = useSignal('');
  const isMissing = useSignal(false);
  const send = () => {
    isMissing.value = !text.value.trim();
    if (!isMissing.value) onYes(text.value.trim());
  };
  return html`<${Confirm} question=${t('note.ask')} yes=${t('note.yes')} no=${t('act.cancel')} busy=${busy} onYes=${send} onNo=${onNo}>
    <${Field} id="note-text" label=${t('note.label')} help=${t('note.help')} error=${isMissing.value ? t('note.missing') : error}><textarea rows="3" value=${text.value} onInput=${typed((value) => (text.value = value))}></textarea><//>
  <//>`;
}

/** @param {{busy: boolean, error?: string, has: string[], known: string[], onYes: (labels: string[]) => void, onNo: () => void}} props */
export function Labels({ busy, error, has, known, onYes, onNo }) {
  const chosen = useSignal(has);
  const added = useSignal('');
  const all = [...new Set([...has, ...known])];
  /** @param {string} label */
  const toggle = (label) => (chosen.value = chosen.value.includes(label) ? chosen.value.filter((one) => one !== label) : [...chosen.value, label]);
  const save = () => onYes([...chosen.value, ...added.value.split(',').map((one) => one.trim()).filter(Boolean)]);
  return html`<${Confirm} question=${t('labels.ask')} yes=${t('act.save')} no=${t('act.cancel')} busy=${busy} onYes=${save} onNo=${onNo}>
    ${all.length > 0 && html`<fieldset class="label-choices"><legend class="unseen">${t('inbox.labels')}</legend>${all.map((label) => html`<label class="choice" key=${label}>
      <input type="checkbox" checked=${chosen.value.includes(label)} onChange=${() => toggle(label)} /><span>${label}</span></label>`)}</fieldset>`}
    <${Field} id="new-label" label=${t('labels.new')} help=${t('labels.help')} error=${error}><input type="text" value=${added.value} onInput=${typed((value) => (added.value = value))} /><//>
  <//>`;
}
