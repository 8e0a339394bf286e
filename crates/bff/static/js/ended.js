// What the page shows when the session is over: why, and the card to sign in again, without a new page.

import { show, words } from './notice.js';
import { reload } from './session.js';

/** Ends that the user asked for in this browser. */
const ASKED_FOR = [null, 'logged_out', 'replaced'];

/**
 * Shows the signed-out card with the cause, and moves the focus to its heading.
 * @param {string | null} cause Why the session ended.
 * @param {string} [title] What to say when the cause is not known.
 */
export const showEnded = (cause, title) => {
  const { dataset } = document.body;
  if (dataset.state === 'signed_out') return;
  const template = /** @type {HTMLTemplateElement | null} */ (document.querySelector('[data-signed-out-card]'));
  const view = document.querySelector('[data-view]');
  if (!template || !view) return reload();
  view.replaceChildren(template.content.cloneNode(true));
  dataset.state = 'signed_out';
  delete dataset.user;
  const why = ASKED_FOR.includes(cause) ? undefined : words[`ended_${cause}`];
  if (why) show('bad', why);
  else if (title) show('bad', title);
  else show('good', words.loggedOut ?? '');
  const heading = /** @type {HTMLElement | null} */ (view.querySelector('h1'));
  heading?.setAttribute('tabindex', '-1');
  heading?.focus();
};
