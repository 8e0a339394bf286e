// Buttons that copy a text of the page: `data-copy` names the element with `data-copy-text`, and the status after the button
// says that it is done. The server hides them, because they need a script, and a page that may write to the clipboard.

const SHOWN_MS = 2_000;

const copy = async ({ target }) => {
  const button = target.closest?.('[data-copy]');
  if (!button) return;
  const source = document.querySelector(`[data-copy-text="${button.dataset.copy}"]`);
  try {
    await navigator.clipboard.writeText(source.textContent.trim());
  } catch {
    // The browser refused: what is selected can be copied by hand.
    return getSelection().selectAllChildren(source);
  }
  const status = button.nextElementSibling;
  status.textContent = status.dataset.copied;
  button.classList.add('is-copied');
  setTimeout(() => {
    status.textContent = '';
    button.classList.remove('is-copied');
  }, SHOWN_MS);
};

if (navigator.clipboard) {
  for (const button of document.querySelectorAll('[data-copy]')) button.hidden = false;
  document.addEventListener('click', copy);
}
