// An island is in view: wakes the islands when the browser has nothing better to do.
window.requestIdleCallback?.(wake) ?? wake();
