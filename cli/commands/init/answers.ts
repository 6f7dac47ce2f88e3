import * as v from 'valibot';
import { signedInAccount } from '../../../shared/adapters/aws/signed-in-account.ts';
import { signedInProject } from '../../../shared/adapters/google/signed-in-project.ts';
import { loadEnvironment } from '../../../shared/config/config.ts';
import { settingForms } from '../../../shared/config/schema.ts';
import { PermanentError } from '../../../shared/core/errors.ts';
import { isAwsRegion } from '../../../shared/core/region.ts';
import { Interruption, interruptionOf } from '../../interruption.ts';
import type { Terminal } from '../../terminal.ts';

export interface AnswerOptions {
  readonly account?: string;
  readonly googleProject?: string;
  readonly targetProject?: readonly string[];
  readonly region?: readonly string[];
  readonly allowRole?: readonly string[];
  readonly allowTo?: string;
  readonly yes?: boolean;
}

/** Everything that a first rolebridge.yml needs. */
export interface Answers {
  readonly account: string;
  readonly googleProject: string;
  readonly targetProjects: readonly string[];
  readonly regions: readonly string[];
  readonly allowRoles: readonly string[];
  readonly allowTo: string;
}

interface Question {
  readonly option: string;
  readonly message: string;
  readonly given: readonly string[] | undefined;
  readonly form: v.GenericSchema<string>;
  readonly isList?: boolean;
  /** A value that is probably right. */
  readonly suggest: (earlier: ReadonlyMap<string, readonly string[]>) => Promise<string | undefined>;
}

/**
 * The answers of the options, and of the person at the terminal for the rest. With --yes, suggestions count as answers.
 * @throws PermanentError with every option that is missing or not valid
 */
export const answersOf = async (terminal: Terminal, options: AnswerOptions): Promise<Answers> => {
  const questions = questionsOf(terminal, options);
  const wrong = questions.flatMap(({ option, given = [], form }) =>
    given.flatMap((value) => problemOf(form, value).map((problem) => `${option} ${value}: ${problem}`)),
  );
  if (wrong.length > 0) throw new PermanentError(wrong.join('\n'));
  const answers = new Map<string, readonly string[]>();
  const missing: Question[] = [];
  for (const question of questions) {
    const answer = await answerOf(terminal, question, answers, options.yes === true);
    if (answer === undefined) missing.push(question);
    else answers.set(question.option, answer);
  }
  if (missing.length > 0)
    throw new PermanentError(
      `Cannot ask questions here (no terminal, or --json or --yes is set). Pass these options:\n${missing.map(({ option, message }) => `  ${option}    ${message}`).join('\n')}`,
    );
  const all = (option: string): readonly string[] => answers.get(option) ?? [];
  const one = (option: string): string => all(option)[0] ?? '';
  return {
    account: one('--account'),
    googleProject: one('--google-project'),
    targetProjects: all('--target-project'),
    regions: all('--region'),
    allowRoles: all('--allow-role'),
    allowTo: one('--allow-to'),
  };
};

const questionsOf = ({ signal }: Terminal, options: AnswerOptions): readonly Question[] => [
  {
    option: '--account',
    message: 'AWS account that rolebridge is deployed to',
    given: listed(options.account),
    form: settingForms.accountId,
    suggest: () => signedInAccount(signal),
  },
  {
    option: '--google-project',
    message: 'Google project that will hold the workload identity pool',
    given: listed(options.googleProject),
    form: settingForms.projectId,
    suggest: () => signedInProject(),
  },
  {
    option: '--target-project',
    message: 'Google projects whose service accounts can be requested',
    given: options.targetProject,
    form: settingForms.projectId,
    isList: true,
    suggest: async (earlier) => earlier.get('--google-project')?.[0],
  },
  {
    option: '--region',
    message: 'AWS regions in which your workloads run',
    given: options.region,
    form: region,
    isList: true,
    suggest: async () => loadEnvironment().region,
  },
  {
    option: '--allow-role',
    message: 'First rule: roles that may request access (globs, such as app-*)',
    given: options.allowRole,
    form: settingForms.glob,
    isList: true,
    suggest: async () => undefined,
  },
  {
    option: '--allow-to',
    message: 'First rule: the service account that they may request (e-mail or glob)',
    given: listed(options.allowTo),
    form: settingForms.glob,
    suggest: async (earlier) => {
      const [project] = earlier.get('--target-project') ?? [];
      return project === undefined ? undefined : `*@${project}.iam.gserviceaccount.com`;
    },
  },
];

const region = v.pipe(v.string(), v.check(isAwsRegion, 'must be an AWS region, such as eu-west-1'));

const listed = (value: string | undefined): readonly string[] | undefined =>
  value === undefined ? undefined : [value];

/** The reasons that the settings' schema gives; none if the value is fine. */
const problemOf = (form: v.GenericSchema<string>, value: string): readonly string[] =>
  (v.safeParse(form, value).issues ?? []).map(({ message }) => message);

/** Undefined if no one can answer. */
const answerOf = async (
  terminal: Terminal,
  { message, given, form, isList = false, suggest }: Question,
  earlier: ReadonlyMap<string, readonly string[]>,
  isYes: boolean,
): Promise<readonly string[] | undefined> => {
  if (given !== undefined) return given;
  const canAsk = terminal.canAsk && !terminal.isJson && !isYes;
  if (!canAsk && !isYes) return undefined;
  const suggestion = await suggest(earlier);
  if (!canAsk) return listed(suggestion);
  const split = (text: string): readonly string[] =>
    (isList ? text.split(/[\s,]+/) : [text.trim()]).filter((part) => part !== '');
  const validate = (text: string): string | true => {
    const parts = split(text);
    if (parts.length === 0) return 'An answer is needed.';
    return parts.flatMap((part) => problemOf(form, part).map((problem) => `${part} ${problem}`))[0] ?? true;
  };
  return split(
    await ask(terminal, {
      message: `${message}:`,
      validate,
      ...(suggestion === undefined ? {} : { default: suggestion }),
    }),
  );
};

interface Prompt {
  readonly message: string;
  readonly default?: string;
  readonly validate: (text: string) => string | true;
}

/** @throws Interruption for Ctrl-C */
const ask = async ({ signal }: Terminal, prompt: Prompt): Promise<string> => {
  const { default: input } = await import('@inquirer/input');
  try {
    return await input(prompt, { signal, output: process.stderr });
  } catch (thrown) {
    const isEnded = thrown instanceof Error && ['ExitPromptError', 'AbortPromptError'].includes(thrown.name);
    throw isEnded
      ? new Interruption(interruptionOf(signal, thrown)?.by ?? 'SIGINT', 'Nothing was written.')
      : thrown;
  }
};
