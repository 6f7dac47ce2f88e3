import { readFileSync } from 'node:fs';
import { registerHooks, stripTypeScriptTypes } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync } from '@swc/core';
import type { Terminal } from '../cli/terminal.ts';
import { type HandlerName, startEventWorld, startSetupWorld } from './event-world.ts';

/** The files that a reader opens to follow one event through the code: relative to the repository, in order of the first call. */
export interface EventPath {
  /** The steps of the story. */
  readonly steps: readonly string[];
  /** Pure files that at least four files of the path import at run time: names, formats, changes. A reader reads each of them once. */
  readonly vocabulary: readonly string[];
  /**
   * How an SDK is called, a pause is made or Lambda is answered: adapters that only other adapters call, and files that import
   * nothing of the core or the use cases, not even a type.
   */
  readonly plumbing: readonly string[];
  /**
   * `from -> to`: first calls of a function in a step that was opened before, from another file. A call back into a file that still
   * waits for its caller is not one: no reader has left it.
   */
  readonly returns: readonly string[];
}

/**
 * Invokes the real handler in this process, against the stand-ins in local/. Each function under handlers/, shared/ and cli/ reports
 * its first call by each caller. A file is on the path if one of its functions runs; modules that hold only types or constants are not.
 * A container starts once (it reads the configuration and makes clients), so its start is not part of reconcile's event.
 */
export const eventPath = async (name: HandlerName): Promise<EventPath> => {
  const world = await startEventWorld();
  const calls = instrument();
  try {
    const { handler } = await import(`../handlers/${name}.ts`);
    if (name === 'reconcile') await handler({ Records: [] }, world.context);
    calls.start();
    await handler(world.events[name], world.context);
    return pathOf(calls.made);
  } finally {
    await world.close();
  }
};

/** The same for `setup --yes`, in a Google Cloud where rolebridge was never used. Arguments are parsed before the count begins. */
export const setupPath = async (): Promise<EventPath> => {
  const world = await startSetupWorld();
  const calls = instrument();
  try {
    const { setup } = await import('../cli/commands/setup/setup.ts');
    calls.start();
    await setup(silentTerminal, { yes: true });
    return pathOf(calls.made);
  } finally {
    await world.close();
  }
};

/** Standard output is for the path. */
const silentTerminal: Terminal = {
  isJson: false,
  canAsk: false,
  isVerbose: false,
  stage: 'prod',
  root: '.',
  signal: new AbortController().signal,
  logger: { info: () => undefined, warn: () => undefined },
  width: undefined,
  show: (_, text) => void text(),
  print: () => undefined,
  say: () => undefined,
  progress: (_, work) => work(),
  confirm: () => Promise.resolve(true),
};

interface Call {
  readonly file: string;
  /** The closest caller of ours in another function; undefined if only libraries are on the stack. */
  readonly caller: string | undefined;
  /** The first call of this function. */
  readonly isFirst: boolean;
  /** Its file also called, at any distance, the one that calls it now. */
  readonly isBack: boolean;
}

const root = fileURLToPath(new URL('..', import.meta.url));
const compositionRoots = new Set(['handlers/runtime.ts', 'cli/runtime.ts']);
const fileOfRetries = 'shared/waiting.ts';
const ourFiles = /^(handlers|shared|cli)\/.*\.ts$/;

/** From now on, each function of ours that is loaded reports its calls. */
const instrument = () => {
  const made: Call[] = [];
  const seen = new Set<string>();
  Error.stackTraceLimit = 100;
  Object.assign(globalThis, {
    reportCall: (file: string, index: number): void => {
      const name = `${file} ${index}`;
      const callers = callersIn(new Error('call').stack ?? '');
      const [caller] = callers;
      const key = `${name} ${caller}`;
      if (seen.has(key)) return;
      const isFirst = !seen.has(name);
      seen.add(name).add(key);
      made.push({ file, caller, isFirst, isBack: callers.includes(file) });
    },
  });
  registerHooks({
    load: (url, context, nextLoad) => {
      const file = url.startsWith('file:') ? relative(root, fileURLToPath(url)) : '';
      return ourFiles.test(file)
        ? { format: 'module', source: withReports(file), shortCircuit: true }
        : nextLoad(url, context);
    },
  });
  const start = (): void => {
    made.splice(0);
    seen.clear();
  };
  return { made, start };
};

/** Line 1 of the stack is the report itself, line 2 the function that reports. A call that is repeated is its caller's. */
const callersIn = (stack: string): readonly string[] =>
  stack
    .split('\n')
    .slice(3)
    .flatMap((line) => /(file:[^)]*?):\d+:\d+\)?$/.exec(line)?.[1] ?? [])
    .map((url) => relative(root, fileURLToPath(url)))
    .filter((file) => ourFiles.test(file) && file !== fileOfRetries);

/** The source without types, with a report at the start of each function. */
const withReports = (file: string): string => {
  // The first statement shows where swc begins to count.
  const source = Buffer.from(`;${stripTypeScriptTypes(readFileSync(`${root}/${file}`, 'utf8'))}`);
  const program = parseSync(source.toString(), { syntax: 'ecmascript', target: 'es2024' });
  const base = program.body[0]?.span.start ?? 0;
  const inserts = bodiesIn(program).flatMap(({ isBlock, start, end }, index) => {
    const report = `globalThis.reportCall(${JSON.stringify(file)}, ${index})`;
    return isBlock
      ? [{ at: start - base + 1, text: `${report};` }]
      : [
          { at: start - base, text: `(${report}, ` },
          { at: end - base, text: ')' },
        ];
  });
  let from = 0;
  const parts = inserts
    .toSorted((a, b) => a.at - b.at)
    .map(({ at, text }) => {
      const part = source.subarray(from, at).toString() + text;
      from = at;
      return part;
    });
  return [...parts, source.subarray(from).toString()].join('');
};

interface Body {
  readonly isBlock: boolean;
  readonly start: number;
  readonly end: number;
}

const bodiesIn = (node: unknown): readonly Body[] => {
  if (typeof node !== 'object' || node === null) return [];
  const inner = Object.values(node).flatMap(bodiesIn);
  const { type, body } = Object(node);
  const isFunction = /Function|^ClassMethod$|^Constructor$|^MethodProperty$/.test(String(type));
  if (!isFunction || body?.span === undefined) return inner;
  const { start, end } = body.span;
  return [{ isBlock: 'stmts' in body, start, end }, ...inner];
};

const pathOf = (made: readonly Call[]): EventPath => {
  // Making the ports of an invocation is not yet a step.
  const calls = made.filter(({ file, caller }) => !compositionRoots.has(caller ?? '') && caller !== file);
  const files = [...new Set(calls.map(({ file }) => file))];
  const importers = importersOf(files);
  const isVocabulary = (file: string): boolean =>
    file.startsWith('shared/core/') && (importers.get(file)?.length ?? 0) >= 4;
  const callersOf = (file: string): readonly string[] =>
    calls.flatMap(({ file: called, caller }) => (called === file && caller !== undefined ? [caller] : []));
  const isAdapter = (file: string): boolean => file.startsWith('shared/adapters/');
  const isPlumbing = (file: string): boolean =>
    isGeneral(file) || (isAdapter(file) && callersOf(file).length > 0 && callersOf(file).every(isAdapter));
  const steps = files.filter((file) => !isVocabulary(file) && !isPlumbing(file));
  return {
    steps,
    vocabulary: files.filter(isVocabulary),
    plumbing: files.filter(isPlumbing),
    returns: returnsTo(steps, calls),
  };
};

/** Whether a file knows nothing of roles, grants or outcomes. */
const isGeneral = (file: string): boolean =>
  !/^(cli|shared\/(core|app|config|setup))\//.test(file) &&
  !/ from '[^']*\/(core|app)\//.test(readFileSync(`${root}/${file}`, 'utf8'));

/** Which of the files import each of them at run time. */
const importersOf = (files: readonly string[]): ReadonlyMap<string, readonly string[]> => {
  const imports = files.flatMap((file) => importsOf(file).map((target) => ({ file, target })));
  return new Map(
    files.map((file) => [
      file,
      [...new Set(imports.filter(({ target }) => target === file).map((one) => one.file))],
    ]),
  );
};

const importsOf = (file: string): readonly string[] =>
  parseSync(stripTypeScriptTypes(readFileSync(`${root}/${file}`, 'utf8')), {
    syntax: 'ecmascript',
    target: 'es2024',
  }).body.flatMap((node) =>
    node.type === 'ImportDeclaration' && node.specifiers.length > 0 && node.source.value.startsWith('.')
      ? [join(dirname(file), node.source.value)]
      : [],
  );

const returnsTo = (steps: readonly string[], calls: readonly Call[]): readonly string[] => {
  const opened = new Set<string>();
  const returns = new Set<string>();
  for (const { file, caller, isFirst, isBack } of calls) {
    if (isFirst && !isBack && opened.has(file) && caller !== undefined && steps.includes(file))
      returns.add(`${caller} -> ${file}`);
    opened.add(file);
  }
  return [...returns];
};

if (import.meta.main) {
  const [, , name = 'reconcile'] = process.argv;
  const path =
    name === 'setup' ? await setupPath() : await eventPath(name === 'sweep' ? 'sweep' : 'reconcile');
  console.log(JSON.stringify(path, null, 2));
  // Clients keep their sockets open.
  process.exit();
}
