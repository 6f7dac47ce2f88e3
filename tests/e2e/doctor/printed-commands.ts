import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { createProgram } from '../../../cli/program.ts';
import type { Variables } from '../../support/command-line.ts';

/** The commands in a text of instructions: each stands at the end of a line. */
export const commandsIn = (fix: string): readonly string[] =>
  fix.split('\n').flatMap((line) => {
    const [, command] = /^(?:\s*|.*: )((?:aws|gcloud|rolebridge|npm run deploy)(?: \S.*)?)$/.exec(line) ?? [];
    // Words in parentheses, or after a full stop, are not part of a command.
    return command === undefined ? [] : [command.replace(/ \(.*$/, '').replace(/\. .*$/, '')];
  });

/** The reasons why the printed commands would not work. */
export const problemsIn = (commands: readonly string[]): readonly string[] => {
  const ofAws = commands.filter((command) => command.startsWith('aws '));
  return [...commands.flatMap(problemsOf), ...awsProblems(ofAws)];
};

const problemsOf = (command: string): readonly string[] => {
  const unquoted = command.replaceAll(/'(?:[^']|'\\'')*'|"[^"]*"/g, '');
  if (/[<>|&;$`]/.test(unquoted)) return [`a shell reads more than words in: ${command}`];
  const [program = '', ...args] = wordsOf(command);
  switch (program) {
    case 'rolebridge':
      return rolebridgeProblems(args, command);
    case 'aws':
      return [];
    case 'gcloud':
      return gcloudProblems(args, command);
    default:
      return /^npm run deploy( -- --stage \S+)?$/.test(command) ? [] : [`not a script: ${command}`];
  }
};

/** Runs a printed command of AWS's or Google's own program in the local world. False if that program is not installed. */
export const runPrinted = async (command: string, variables: Variables): Promise<boolean> => {
  const [program = '', ...args] = wordsOf(command);
  if (!isInstalled(program)) return false;
  const folder = mkdtempSync(join(tmpdir(), 'rolebridge-printed-'));
  try {
    const token = join(folder, 'token');
    writeFileSync(token, variables['GOOGLE_OAUTH_ACCESS_TOKEN'] ?? '', { mode: 0o600 });
    const endpoint = `${variables['ROLEBRIDGE_GOOGLE_ENDPOINT'] ?? ''}/`;
    await promisify(execFile)(program, args, {
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: folder,
        ...variables,
        CLOUDSDK_CONFIG: join(folder, 'gcloud'),
        CLOUDSDK_AUTH_ACCESS_TOKEN_FILE: token,
        CLOUDSDK_CORE_DISABLE_PROMPTS: '1',
        CLOUDSDK_API_ENDPOINT_OVERRIDES_IAM: endpoint,
      },
    });
    return true;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

/** Splits a command into words, as a shell does. */
const wordsOf = (command: string): readonly string[] =>
  inShell(`printf '%s\\0' ${command}`).split('\0').slice(0, -1);

/** Without `--norc`, bash reads ~/.bashrc if its input is a socket, as Node's pipes are: a second each, and a PATH of its own. */
const inShell = (script: string): string =>
  execFileSync('bash', ['--norc', '-c', script], { encoding: 'utf8' });

const installed = new Map<string, boolean>();
const isInstalled = (program: string): boolean => {
  const isThere = installed.get(program) ?? answersVersion(program);
  installed.set(program, isThere);
  return isThere;
};

const answersVersion = (program: string): boolean => {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    console.warn(`skipped: ${program} is not installed, so its printed commands are not checked`);
    return false;
  }
};

const rolebridgeProblems = (args: readonly string[], command: string): readonly string[] => {
  const program = createProgram('.', '0', new AbortController().signal);
  const quiet = (one: typeof program): void => {
    one.exitOverride().configureOutput({ writeErr: () => undefined, outputError: () => undefined });
    if (one.commands.length === 0) one.action(() => undefined);
    for (const sub of one.commands) quiet(sub);
  };
  quiet(program);
  try {
    program.parse([...args], { from: 'user' });
    return [];
  } catch (thrown) {
    return [`${command}: ${String(thrown)}`];
  }
};

/** Only version 2 of AWS's program has these. */
const newerCommands = /^aws (sso login|logs tail) ?/;

/** The program parses and validates everything before it connects, and nothing listens at this address. */
const awsProblems = (commands: readonly string[]): readonly string[] => {
  if (!isInstalled('aws')) return [];
  const isFirst = execFileSync('aws', ['--version'], { encoding: 'utf8' }).startsWith('aws-cli/1');
  const skipped = isFirst ? commands.filter((command) => newerCommands.test(command)) : [];
  for (const command of skipped) console.warn(`skipped: version 1 of aws does not know: ${command}`);
  const known = commands.filter((command) => !skipped.includes(command));
  const calls = known.map((command) => [
    ...wordsOf(command).slice(1),
    '--endpoint-url',
    'http://127.0.0.1:9',
  ]);
  const errors = errorsInOneProcess(calls) ?? calls.map((args) => errorOf('aws', args));
  return known.flatMap((command, index) => {
    const said = errors[index] ?? 'no answer';
    return said.startsWith('Could not connect to the endpoint URL') ? [] : [`${command}: ${said}`];
  });
};

/** Where the program is a Python script: loading it takes most of the time of a call. Undefined elsewhere. */
const errorsInOneProcess = (calls: readonly (readonly string[])[]): readonly string[] | undefined => {
  const path = inShell('head -1 "$(realpath "$(command -v aws)")"');
  const script = `
import contextlib, io, json, sys
from awscli.clidriver import create_clidriver
errors = []
for args in json.load(sys.stdin):
    error = io.StringIO()
    with contextlib.redirect_stderr(error), contextlib.redirect_stdout(io.StringIO()):
        try:
            create_clidriver().main(args)
        except SystemExit:
            pass
    errors.append(error.getvalue().strip())
print(json.dumps(errors))
`;
  const [, interpreter] = /^#!(\/\S*\/python[\d.]*)$/.exec(path.trim()) ?? [];
  if (interpreter === undefined) return undefined;
  const text = execFileSync(interpreter, ['-c', script], {
    input: JSON.stringify(calls),
    encoding: 'utf8',
    env: nowhere,
  });
  return JSON.parse(text) as readonly string[];
};

/** Google's program comes with a tree of its commands and their flags, for completion. */
const gcloudProblems = (args: readonly string[], command: string): readonly string[] => {
  const tree = gcloudTree();
  if (tree === undefined) return [];
  const known = new Set(Object.keys(tree.flags));
  let node = tree;
  for (const word of args) {
    const next = node.commands[word];
    if (next === undefined) break;
    node = next;
  }
  if (Object.keys(node.commands).length > 0) return [`${command}: not a command of gcloud`];
  for (const flag of Object.keys(node.flags)) known.add(flag);
  return args
    .filter((word) => word.startsWith('--'))
    .map((flag) => flag.replace('--no-', '--').replace(/=.*$/, ''))
    .filter((flag) => !known.has(flag))
    .map((flag) => `${command}: gcloud does not know ${flag}`);
};

interface GcloudCommand {
  readonly commands: Readonly<Record<string, GcloudCommand>>;
  readonly flags: Readonly<Record<string, unknown>>;
}

let readTree: { readonly tree: GcloudCommand | undefined } | undefined;
const gcloudTree = (): GcloudCommand | undefined => (readTree ??= { tree: gcloudTreeNow() }).tree;

const gcloudTreeNow = (): GcloudCommand | undefined => {
  if (!isInstalled('gcloud')) return undefined;
  const path = inShell('realpath "$(command -v gcloud)"').trim();
  const script =
    'import json, gcloud_completions; print(json.dumps(gcloud_completions.STATIC_COMPLETION_CLI_TREE))';
  const json = execFileSync('python3', ['-c', script], {
    cwd: join(dirname(path), '../data/cli'),
    encoding: 'utf8',
    maxBuffer: 100_000_000,
    env: { PATH: process.env['PATH'] ?? '', PYTHONPATH: '.', PYTHONDONTWRITEBYTECODE: '1' },
  });
  return JSON.parse(json) as GcloudCommand;
};

const nowhere = {
  PATH: process.env['PATH'] ?? '',
  HOME: '/nonexistent',
  AWS_ACCESS_KEY_ID: 'x',
  AWS_SECRET_ACCESS_KEY: 'x',
  AWS_REGION: 'us-east-1',
  AWS_DEFAULT_REGION: 'us-east-1',
  AWS_MAX_ATTEMPTS: '1',
};

const errorOf = (program: string, args: readonly string[]): string => {
  try {
    execFileSync(program, args, {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: nowhere,
    });
    return 'it succeeded, although nothing listens';
  } catch (thrown) {
    return String(Reflect.get(Object(thrown), 'stderr')).trim();
  }
};
