// A chart of our own, in plain SVG: bars for what each day brought, or a line for what stood at
// its end. It never stands alone: whoever uses it puts its table beside.
import { useEffect, useRef } from '../vendor/hooks.js';
import { useSignal } from '../vendor/signals.js';
import { html } from '../html.js';
import { number, shortDate } from '../format.js';

/**
 * @typedef {{day: string, n: number | null, isByHand: boolean, mark: '' | 'reset' | 'jump', words: string}} Point
 *   `n` null: not measured; `words`: the day and its figure, for who points at it
 */

const HEIGHT = 220;
const LEFT = 40;
const RIGHT = 8;
const TOP = 20;
const BOTTOM = 26;
const LEAST_WIDTH = 240;

/** The least of 1, 2, 4, 6, 8, 10, 20… that isn't below. @param {number} most */
function round(most) {
  if (most <= 4) return 4;
  const power = 10 ** Math.floor(Math.log10(most));
  return [1, 2, 4, 6, 8, 10].map((step) => step * power).find((one) => one >= most) ?? most;
}

/** @param {Point[]} points @param {boolean} isLine */
function scale(points, isLine) {
  const known = points.flatMap(({ n }) => (n === null ? [] : [n]));
  const lowest = known.length ? Math.min(...known) : 0;
  const most = known.length ? Math.max(...known) : 0;
  if (!isLine) return { low: lowest < 0 ? -round(-lowest) : 0, high: round(most) };
  const room = Math.max(2, Math.ceil((most - lowest) * 0.15));
  return { low: Math.max(0, lowest - room), high: most + room };
}

/** @param {{points: Point[], label: string, describedBy: string, isLine?: boolean}} props */
export function Chart({ points, label, describedBy, isLine = false }) {
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  const width = useSignal(0);
  useEffect(() => {
    if (!box.current) return undefined;
    const sizes = new ResizeObserver(([{ contentRect }]) => (width.value = Math.max(LEAST_WIDTH, Math.floor(contentRect.width))));
    sizes.observe(box.current);
    return () => sizes.disconnect();
  }, []);
  return html`<div class="chart" ref=${box}>${width.value > 0 && html`<${Drawing} ...${{ points, label, describedBy, isLine, width: width.value }} />`}</div>`;
}

/** @param {{points: Point[], label: string, describedBy: string, isLine: boolean, width: number}} props */
function Drawing({ points, label, describedBy, isLine, width }) {
  const { low, high } = scale(points, isLine);
  const slot = (width - LEFT - RIGHT) / Math.max(1, points.length);
  /** @param {number} index */
  const x = (index) => LEFT + slot * (index + 0.5);
  /** @param {number} n */
  const y = (n) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - (n - low) / (high - low || 1));
  const every = Math.max(1, Math.ceil(64 / slot));
  return html`<svg role="img" aria-label=${label} aria-describedby=${describedBy} width=${width} height=${HEIGHT} viewBox=${`0 0 ${width} ${HEIGHT}`}>
    ${[...new Set([low, Math.round((low + high) / 2), high])].map((n) => html`<line class="grid" x1=${LEFT} x2=${width - RIGHT} y1=${y(n)} y2=${y(n)} />
      <text class="tick" x=${LEFT - 8} y=${y(n) + 4} text-anchor="end">${number(n)}</text>`)}
    ${points.map(({ day }, index) => index % every === 0 && html`<text class="tick" x=${x(index)} y=${HEIGHT - 6} text-anchor=${index === 0 ? 'start' : 'middle'}>${shortDate(day)}</text>`)}
    ${isLine ? html`<${Line} ...${{ points, x, y }} />` : points.map((point, index) => html`<${Bar} key=${point.day} ...${{ point, x: x(index), y, width: Math.max(2, slot * 0.7) }} />`)}
    ${points.map(({ n, mark }, index) => mark && html`<path class="flag" d=${`M${x(index) - 5} ${y(Math.max(n ?? low, low)) - 14}h10l-5 8z`} />`)}
    ${points.map(({ words }, index) => html`<rect class="hover" x=${x(index) - slot / 2} y=${TOP} width=${slot} height=${HEIGHT - TOP - BOTTOM}><title>${words}</title></rect>`)}
  </svg>`;
}

/** A day's bar. Nothing is a thin line, not measured a gap with a dot below: they never look alike. @param {{point: Point, x: number, y: (n: number) => number, width: number}} props */
function Bar({ point: { n, isByHand }, x, y, width }) {
  if (n === null) return html`<circle class="unknown" cx=${x} cy=${y(0) - 3} r="2" />`;
  const top = Math.min(y(n), y(0));
  const height = Math.max(2, Math.abs(y(n) - y(0)));
  return html`<rect class=${isByHand ? 'bar-day by-hand' : 'bar-day'} x=${x - width / 2} y=${n >= 0 ? Math.min(top, y(0) - height) : y(0)} width=${width} height=${height} rx="1" />`;
}

/** What stood at the end of each day; broken where it isn't known. @param {{points: Point[], x: (index: number) => number, y: (n: number) => number}} props */
function Line({ points, x, y }) {
  let path = '';
  let isOn = false;
  points.forEach(({ n }, index) => {
    if (n !== null) path += `${isOn ? 'L' : 'M'}${x(index).toFixed(1)} ${y(n).toFixed(1)}`;
    isOn = n !== null;
  });
  return html`<path class="curve" d=${path} />
    ${points.map(({ n, isByHand }, index) => n === null ? html`<circle class="unknown" cx=${x(index)} cy=${HEIGHT - BOTTOM - 3} r="2" />` : html`<circle class=${isByHand ? 'dot-day by-hand' : 'dot-day'} cx=${x(index)} cy=${y(n)} r=${isByHand ? 4 : 2.5} />`)}`;
}
