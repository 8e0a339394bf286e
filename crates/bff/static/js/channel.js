// A BroadcastChannel that never throws: a browser that blocks storage may refuse it. Then the tabs do not hear each other.

/**
 * Opens the channel of this name, and calls `hear` with each message of another tab.
 * @param {string} name
 * @param {(data: unknown) => void} [hear]
 * @returns {{ post: (data: unknown) => void, close: () => void }}
 */
export const openChannel = (name, hear) => {
  try {
    const channel = new BroadcastChannel(name);
    if (hear) channel.addEventListener('message', ({ data }) => hear(data));
    return { post: (data) => channel.postMessage(data), close: () => channel.close() };
  } catch {
    return { post: () => {}, close: () => {} };
  }
};
