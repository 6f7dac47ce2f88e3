/**
 * A function's process that runs one container after another (reused-processes.ts). Each gets its own variables and
 * folder, and loads its code again, so it shares nothing with the previous one except what V8 compiled.
 */
const makeRetriesHasty = require('./hasty-retries.cjs');

makeRetriesHasty();

// These modules outlast a container. All others are loaded again.
const kept = new Set(Object.keys(require.cache));

const forgetModules = () => {
  module.children.length = 0;
  for (const path of Object.keys(require.cache)) if (!kept.has(path)) delete require.cache[path];
};

const setVariables = (environment) => {
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, environment);
};

process.on('message', ({ mark, folder, environment }) => {
  for (const stream of [process.stdout, process.stderr]) stream.write(`${mark}\n`);
  forgetModules();
  setVariables(environment);
  process.chdir(folder);
  require('../../local/stack/bootstrap.cjs').catch(() => process.send('ended'));
});
process.on('disconnect', () => process.exit());
