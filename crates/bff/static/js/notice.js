// The message above the card. Text only: nothing is ever parsed as markup.
// Used by every part that has something to tell.

const region = document.querySelector('[data-notices]');

const paragraph = (className, text) => {
  const element = document.createElement('p');
  element.className = className;
  element.textContent = text;
  return element;
};

/** Shows a message in place of the one before. `tone` is `good` or `bad`. */
export const show = (tone, title, hint = '') => {
  const notice = document.createElement('div');
  notice.className = `notice notice-${tone}`;
  notice.append(paragraph('notice-title', title));
  if (hint) notice.append(paragraph('notice-hint', hint));
  region?.replaceChildren(notice);
};

/** Says what is going on, until `show` or `clear`. */
export const announce = (text) => region?.replaceChildren(paragraph('notice-plain', text));

/** Takes the message away. */
export const clear = () => region?.replaceChildren();
