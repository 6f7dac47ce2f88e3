/** A function's container in which retries do not wait: full jitter at its least. */
Math.random = () => 0.01;
module.exports = require('../../local/stack/bootstrap.cjs');
