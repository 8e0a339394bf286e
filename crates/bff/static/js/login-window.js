// The pop-up of a login.

import { forget, recall, remember } from './storage.js';

const IS_POPUP = 'bff-popup';
const WIDTH = 500;
const HEIGHT = 600;

/** Whether this page is in such a pop-up. */
export const isLoginWindow = () => recall(IS_POPUP) !== null;

/**
 * Opens the pop-up; null where the browser blocks it.
 * @param {string} href
 */
export const openLogin = (href) => {
  const address = new URL(href, location.origin);
  address.searchParams.set('display', 'popup');
  const left = Math.round(window.screenX + (window.outerWidth - WIDTH) / 2);
  const top = Math.round(window.screenY + (window.outerHeight - HEIGHT) / 2);
  // A new window takes a copy of this tab's own store along, and so knows for ever that it is a pop-up.
  remember(IS_POPUP, 'yes');
  const opened = window.open(address, '_blank', `popup,width=${WIDTH},height=${HEIGHT},left=${left},top=${top}`);
  forget(IS_POPUP);
  return opened;
};
