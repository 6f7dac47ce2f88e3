import { basename, delimiter, dirname, isAbsolute, relative } from 'node:path';
import { usualStage } from '../shared/core/stack.ts';
import { shellWord } from '../shared/doctor/commands.ts';
import { commandNames, stageCommandNames } from './command-names.ts';

export interface Start {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The file that Node runs. */
  readonly file: string;
  readonly cwd: string;
}

/** How the person started the program, so that our hints can be typed as they are. */
export const programName = ({ env, file, cwd }: Start): string => {
  if (env['npm_command'] === 'exec') return 'npx rolebridge';
  // The file `rolebridge` of a checkout passes its own name.
  const started = env['ROLEBRIDGE_STARTED_AS'];
  // Below node_modules, also from an npm script: only npm and npx have that folder in their PATH.
  if (started !== undefined && isBelowModules(started)) return 'npx rolebridge';
  if (started !== undefined) {
    const isInstalled = (env['PATH'] ?? '').split(delimiter).includes(dirname(started));
    return isInstalled ? basename(started) : shellWord(started);
  }
  // An npm script of the checkout, such as `npm run demo`.
  if (env['npm_lifecycle_event'] !== undefined) return './rolebridge';
  return `node ${shellWord(shortest(file, cwd))}`;
};

const isBelowModules = (path: string): boolean => /(^|\/)node_modules\//.test(path);

const shortest = (file: string, cwd: string): string => {
  const path = relative(cwd, file);
  return path.startsWith('..') || isAbsolute(path) ? file : path;
};

/** The global options with which a person started the program, and which its hints repeat. */
export interface Asked {
  readonly stage?: string;
  /** The value of --config. */
  readonly config?: string | undefined;
}

/**
 * A text whose commands of ours can be typed as they are: they begin with the name by which the program was started, and
 * have the stage and the file that the person asked for. Most of the code that writes them does not know either.
 */
export const named = (text: string, name: string, { stage = usualStage, config }: Asked = {}): string => {
  const withDeploy = withOwnDeploy(text, name, config);
  const withStage =
    stage === usualStage
      ? withDeploy
      : withDeploy.replaceAll(commandWithout('stage'), () => `rolebridge --stage ${stage}`);
  const complete =
    config === undefined
      ? withStage
      : withStage.replaceAll(commandWithout('config'), () => `rolebridge --config ${shellWord(config)}`);
  return complete.replaceAll(ourCommand, () => name);
};

/**
 * The script `deploy` is the checkout's, and deploys rolebridge.yml. The package has the command alone, and only the command
 * takes another file.
 */
const withOwnDeploy = (text: string, name: string, config: string | undefined): string => {
  const isPackage = name.startsWith('npx ');
  if (!isPackage && config === undefined) return text;
  return text.replaceAll(
    /\bnpm run deploy( -- --stage \S+)?/g,
    (_: string, stageOption = '') =>
      `${isPackage ? '' : 'npm run build && '}rolebridge deploy${stageOption.replace(' -- ', ' ')}`,
  );
};

/** Up to the end of the command: a quote, a bracket, the end of a sentence or of the line, or the next command. */
const commandWithout = (option: 'stage' | 'config'): RegExp =>
  new RegExp(
    String.raw`(?<![\w./@-])rolebridge(?= ${option === 'stage' ? '' : String.raw`(?:--stage \S+ )?`}(?:${stageCommandNames.join('|')})\b(?!(?:(?!\. |[)"\n]|\brolebridge ).)*--${option}\b))`,
    'g',
  );

const ourCommand = new RegExp(
  String.raw`(?<![\w./@-]|npx )rolebridge(?= (?:--|\[|(?:${commandNames.join('|')}|help)\b))`,
  'g',
);
