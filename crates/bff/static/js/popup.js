// The page in which a pop-up login ends: it tells the page that opened it, then closes itself.
// Where it cannot close itself, its own link leads on.

import { message, tell } from './login-channel.js';

const card = document.querySelector('[data-popup]');
const textOf = (selector) => card.querySelector(selector)?.textContent.trim() ?? '';

tell(
  card.dataset.popup === 'success'
    ? message('success', { returnTo: card.dataset.returnTo })
    : message('error', { title: textOf('[data-popup-title]'), hint: textOf('[data-popup-hint]') }),
);
window.close();
