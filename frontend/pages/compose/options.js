// What only some networks use, behind a disclosure: shown if one of the chosen ones does.
import { html, typed } from '../../html.js';
import { said, t } from '../../i18n.js';
import { Field, Icon } from '../../parts/ui.js';
import { USEFUL_CHOICES } from './draft.js';
import { shortName } from './channels.js';

/** @typedef {import('./draft.js').Draft} Draft */
/** @typedef {import('../../types.d.ts').Channel} Channel */

const VISIBILITIES = /** @type {const} */ (['public', 'unlisted', 'private', 'direct']);

/** @param {{draft: Draft, chosen: Channel[], change: (change: (draft: Draft) => Partial<Draft>) => void, errors: Record<string, string>}} props */
export function Options({ draft, chosen, change, errors }) {
  /** Which of the chosen channels use an option. @param {string} option */
  const users = (option) => chosen.filter((one) => one.options.includes(option)).map((one) => shortName(one, chosen)).join(', ');
  /** @param {'title' | 'content_warning' | 'categories'} name */
  const text = (name) => users(name) && html`<${Field} id=${name} label=${t(`option.${name}`)} help=${t(`option.${name}_help`, { channels: users(name) })}
    error=${errors[name]}><input type="text" value=${draft[name]}
      onInput=${typed((value) => change(() => ({ [name]: value })))} /><//>`;
  return html`${users('story') && html`<${Story} isStory=${draft.is_story} error=${errors.is_story} channels=${users('story')} onTurn=${(/** @type {boolean} */ is) => change(() => ({ is_story: is }))} />`}
    ${users('first_comment') && html`<${Field} id="first_comment" label=${t('option.first_comment')} help=${t('option.first_comment_help', { channels: users('first_comment') })}
      error=${errors.first_comment}><textarea rows="2" value=${draft.first_comment} onInput=${typed((value) => change(() => ({ first_comment: value })))}></textarea><//>`}
    ${text('title')}${text('content_warning')}
    ${users('visibility') && html`<${Field} id="visibility" label=${t('option.visibility')} help=${t('option.visibility_help', { channels: users('visibility') })}
      error=${errors.visibility}><select value=${draft.visibility} onChange=${typed((value) => change(() => ({ visibility: value })))}>
        ${VISIBILITIES.map((one) => html`<option value=${one} selected=${one === draft.visibility}>${t(`visibility.${one}`)}</option>`)}</select><//>`}
    ${text('categories')}
    <${Field} id="useful" label=${t('option.useful')} help=${t('option.useful_help')} error=${errors.useful}><select value=${String(draft.useful)} onChange=${typed((value) => change(() => ({ useful: Number(value) })))}>
        ${[...new Set([...USEFUL_CHOICES, draft.useful])].sort((x, y) => x - y).map((one) => html`<option value=${String(one)} selected=${one === draft.useful}>
          ${said(`useful.${one}`, {}, t('useful.minutes', { n: one }))}</option>`)}</select><//>`;
}

/** A choice with what it means, and what is wrong with it. @param {{isStory: boolean, error?: string, channels: string, onTurn: (is: boolean) => void}} props */
function Story({ isStory, error, channels, onTurn }) {
  return html`<div class=${error ? 'field wrong' : 'field'}>
    <label class="choice"><input id="is_story" type="checkbox" checked=${isStory} aria-describedby=${`is_story-help${error ? ' is_story-error' : ''}`}
      aria-invalid=${error ? 'true' : undefined} onChange=${(/** @type {any} */ e) => onTurn(e.target.checked)} /><span>${t('option.story')}</span></label>
    <p class="help" id="is_story-help">${t('option.story_help', { channels })}</p>
    ${error && html`<p class="error" id="is_story-error"><${Icon} name="alert" />${error}</p>`}
  </div>`;
}
