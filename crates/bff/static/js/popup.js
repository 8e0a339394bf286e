// The page in which a pop-up login ends: it tells the page that opened it, then closes itself.
// Where it cannot close itself, its own link leads on.

import { tell } from './login-channel.js';

const card = /** @type {HTMLElement | null} */ (document.querySelector('[data-popup]'));
/** @param {string} selector */
const textOf = (selector) => card?.querySelector(selector)?.textContent?.trim() ?? '';

tell(
  card?.dataset.popup === 'success'
    ? { outcome: 'success', returnTo: card.dataset.returnTo ?? '/' }
    : { outcome: 'error', title: textOf('[data-popup-title]'), hint: textOf('[data-popup-hint]') },
);
window.close();
