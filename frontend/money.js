// Amounts of money, which the API tells in millionths of a US dollar.
import { language } from './i18n.js';

/** « 0,20 $ » @param {number} millionths */
export const dollars = (millionths) => new Intl.NumberFormat(language.value === 'en' ? 'en-GB' : 'fr-FR', { style: 'currency', currency: 'USD', currencyDisplay: 'narrowSymbol', minimumFractionDigits: 2, maximumFractionDigits: 3 }).format(millionths / 1_000_000);
