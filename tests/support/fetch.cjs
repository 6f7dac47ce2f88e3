// Google's client imports node-fetch dynamically, which Jest cannot; where there is a window it takes its fetch.
globalThis.window = { fetch: globalThis.fetch };
