// Buttons that copy a text of the page: `data-copy` names the element with `data-copy-text`, and the status after the button
// says that it is done. The server hides them, because they need a script, and a page that may write to the clipboard.

const SHOWN_MS = 2_000;

/** @param {MouseEvent} event */
const copy = async ({ target }) => {
  const button = target instanceof Element ? /** @type {HTMLElement | null} */ (target.closest('[data-copy]')) : null;
  const source = button && document.querySelector(`[data-copy-text="${button.dataset.copy}"]`);
  if (!button || !source) return;
  try {
    await navigator.clipboard.writeText(source.textContent?.trim() ?? '');
  } catch {
    // The browser refused: what is selected can be copied by hand.
    return getSelection()?.selectAllChildren(source);
  }
  const status = /** @type {HTMLElement | null} */ (button.nextElementSibling);
  if (!status) return;
  status.textContent = status.dataset.copied ?? '';
  button.classList.add('is-copied');
  setTimeout(() => {
    status.textContent = '';
    button.classList.remove('is-copied');
  }, SHOWN_MS);
};

if (navigator.clipboard) {
  for (const button of document.querySelectorAll('[data-copy]')) /** @type {HTMLElement} */ (button).hidden = false;
  document.addEventListener('click', copy);
}
