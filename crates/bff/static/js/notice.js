// The message above the card. Text only: nothing is ever parsed as markup.
// Used by every part that has something to tell.

const region = /** @type {HTMLElement | null} */ (document.querySelector('[data-notices]'));

/** The words of messages that a script may show, by their names, in the reader's language. */
export const words = region?.dataset ?? {};

/** @param {string} className @param {string} text */
const paragraph = (className, text) => {
  const element = document.createElement('p');
  element.className = className;
  element.textContent = text;
  return element;
};

/**
 * Shows a message in place of the one before.
 * @param {'good' | 'bad'} tone
 * @param {string} title
 * @param {string} [hint]
 */
export const show = (tone, title, hint = '') => {
  const notice = document.createElement('div');
  notice.className = `notice notice-${tone}`;
  notice.append(paragraph('notice-title', title));
  if (hint) notice.append(paragraph('notice-hint', hint));
  region?.replaceChildren(notice);
};

/**
 * Says what is going on, until `show` or `clear`.
 * @param {string} text
 */
export const announce = (text) => region?.replaceChildren(paragraph('notice-plain', text));

/** Takes the message away. */
export const clear = () => region?.replaceChildren();
