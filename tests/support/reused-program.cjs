/**
 * A process that runs one program after another (program-pool.ts). Each has its own variables and folder and is loaded again, so it
 * shares nothing with the previous one except the globals, what Node loaded, and what V8 compiled.
 */
const { flushCompileCache } = require('node:module');
const { pathToFileURL } = require('node:url');

// These outlast a program.
const kept = new Set(Object.keys(require.cache));
const emitters = [process, process.stdout, process.stderr];
let runs = 0;

process.on('message', (order) => {
  prepare(order);
  const listeners = emitters.map(listenersOf);
  let isLoaded = false;
  const loadWhole = async () => {
    await load(order.program);
    isLoaded = true;
  };
  // As for any program, the end is when nothing is left to do.
  process.channel.unref();
  process.once('beforeExit', () => {
    // Node's own status of a program whose last `await` never ends.
    if (!isLoaded) process.exit(13);
    end(listeners, order.endMark);
  });
  // An error ends the process, as it would end any other.
  void loadWhole();
});
process.on('disconnect', () => process.exit());

const prepare = ({ program, args, folder, environment }) => {
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, environment);
  process.argv.splice(1, Number.POSITIVE_INFINITY, program, ...args);
  process.exitCode = undefined;
  process.chdir(folder);
  // osls takes its start time from here, and whether it was started by itself.
  delete EvalError.$serverlessCommandStartTime;
};

/** A module is loaded again under another name, a CommonJS one once it is forgotten. */
const load = async (program) => {
  // Node's compile cache knows the name without a query.
  const query = runs === 0 ? '' : `?${runs}`;
  runs += 1;
  if (program.endsWith('.mjs')) return import(`${pathToFileURL(program).href}${query}`);
  module.children.length = 0;
  for (const path of Object.keys(require.cache)) if (!kept.has(path)) delete require.cache[path];
  return require(program);
};

const listenersOf = (emitter) =>
  new Map(emitter.eventNames().map((name) => [name, emitter.rawListeners(name)]));

const end = (listeners, endMark) => {
  const status = process.exitCode ?? 0;
  for (const listener of process.rawListeners('exit'))
    if (!listeners[0].get('exit')?.includes(listener)) listener.call(process, status);
  emitters.forEach((emitter, index) => restore(emitter, listeners[index]));
  closeConnections();
  // For the processes that come later. The others are ended by a signal.
  if (runs === 1) flushCompileCache();
  for (const stream of [process.stdout, process.stderr]) stream.write(endMark);
  process.channel.ref();
  process.send(status);
};

/** Takes away the listeners that a program added, and puts back those that it took away. */
const restore = (emitter, listeners) => {
  for (const name of emitter.eventNames())
    for (const listener of emitter.rawListeners(name))
      if (!listeners.get(name)?.includes(listener)) emitter.removeListener(name, listener);
  for (const [name, before] of listeners)
    for (const listener of before)
      if (!emitter.rawListeners(name).includes(listener)) emitter.on(name, listener);
};

/** The next program makes its own, as it would in a new process. */
const closeConnections = () => {
  for (const { globalAgent } of [require('node:http'), require('node:https')]) globalAgent.destroy();
  const key = Symbol.for('undici.globalDispatcher.1');
  const { [key]: dispatcher } = globalThis;
  if (dispatcher === undefined) return;
  globalThis[key] = new dispatcher.constructor();
  dispatcher.destroy();
};
