// What the page shows when the session is over: why, and the card to sign in again, without a new page.

import { show, words } from './notice.js';
import { reload } from './session.js';
import { forget, recall, remember } from './storage.js';

/** Says, after a reload, that the page is loaded anew because its session is over. */
const ENDED = 'bff-ended';

/** Ends that the user asked for in this browser. */
const ASKED_FOR = [null, 'logged_out', 'replaced'];

const focusHeading = () => {
  const heading = /** @type {HTMLElement | null} */ (document.querySelector('[data-view] h1'));
  heading?.setAttribute('tabindex', '-1');
  heading?.focus();
};

/** Moves the focus to the heading of a page that was loaded because the session is over. */
export const focusAfterEnd = () => {
  if (recall(ENDED) === null) return;
  forget(ENDED);
  focusHeading();
};

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
  if (!template || !view) {
    // The server says why, in the page that it makes.
    remember(ENDED, 'yes');
    return reload();
  }
  view.replaceChildren(template.content.cloneNode(true));
  if (template.dataset.title) document.title = template.dataset.title;
  dataset.state = 'signed_out';
  delete dataset.user;
  const why = ASKED_FOR.includes(cause) ? undefined : words[`ended_${cause}`];
  if (why) show('bad', why);
  else if (title) show('bad', title);
  else show('good', words.loggedOut ?? '');
  focusHeading();
};
