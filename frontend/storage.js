// What this browser keeps for us. It may forbid it (private mode) or be full: then nothing is
// kept, and the pages say nothing else.

/** @param {string} key @returns {string | null} */
export function recall(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

/** Returns whether it is kept. @param {string} key @param {string} value */
export function remember(key, value) {
  try {
    localStorage.setItem(key, value);
    return true;
  } catch {
    return false;
  }
}

/** @param {string} key */
export function forget(key) {
  try {
    localStorage.removeItem(key);
  } catch {
    // what can't be reached was never kept
  }
}

/** What was kept as JSON; null if it isn't there or somebody else wrote there. @param {string} key */
export function recallJson(key) {
  try {
    return JSON.parse(recall(key) ?? 'null');
  } catch {
    return null;
  }
}
