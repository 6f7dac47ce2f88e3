// Google's client imports node-fetch dynamically, which Jest cannot do. If there is a window, the client uses its
// fetch.
globalThis.window = { fetch: globalThis.fetch };
