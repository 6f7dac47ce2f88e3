/** fast-check for `npm run test:unit`: no property runs more often than this. `npm test` runs each in full. */
const fastCheck = require('../../node_modules/fast-check/lib/cjs/fast-check.js');

const mostRuns = 10;

const assert = (property, parameters = {}) =>
  fastCheck.assert(property, {
    ...parameters,
    numRuns: Math.min(parameters.numRuns ?? mostRuns, mostRuns),
  });

module.exports = { __esModule: true, ...fastCheck, assert, default: { ...fastCheck.default, assert } };
