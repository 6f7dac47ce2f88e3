import type { Settings } from '../../../shared/core/settings.ts';
import { usualStage } from '../../../shared/core/stack.ts';
import { counted } from '../../../shared/counted.ts';
import type { Applied, Reporter } from '../../../shared/setup/apply.ts';
import { titleOf } from '../../../shared/setup/describe-step.ts';
import { isForKeys } from '../../../shared/setup/key-readers.ts';
import { isRateLimited } from '../../../shared/setup/perform.ts';
import type { PlanHeading } from '../../../shared/setup/plan-text.ts';
import type { SetupPlan, SetupStep } from '../../../shared/setup/step.ts';
import { colors } from '../../colors.ts';
import type { Terminal } from '../../terminal.ts';

export const coloredPlan = (text: string): string => text.split('\n').map(painted).join('\n');

const painted = (line: string): string => {
  if (/^ {2}\+ /.test(line)) return colors.green(line);
  if (/^ {2}~ /.test(line) || line.startsWith('! ')) return colors.yellow(line);
  if (/^ {2}- /.test(line) || line.startsWith('Refused:')) return colors.red(line);
  return /^\S/.test(line) ? colors.bold(line) : line;
};

/** The plan for `--json`. */
export const planDocument = (plan: SetupPlan, heading: PlanHeading): object => ({
  ...heading,
  steps: plan.steps.map(stepDocument),
  warnings: plan.warnings,
  refusals: plan.refusals,
  ...(plan.broken === undefined ? {} : { broken: plan.broken }),
});

const stepDocument = (step: SetupStep): object => ({ title: titleOf(step), ...step });

export const questionFor = (steps: number): string =>
  steps === 1 ? 'Apply this change?' : `Apply these ${steps} changes?`;

/** Reports each step when it is done. A step that takes more than a second shows progress. */
export const reporterAt = <Step>(terminal: Terminal, title: (step: Step) => string): Reporter<Step> => ({
  during: (step, work) => terminal.progress(title(step), work),
  done: (step, { at, of }) =>
    terminal.say(`${colors.green('done')}  ${of > maxUncounted ? `${at}/${of}  ` : ''}${title(step)}`),
  waiting: (step, error) =>
    terminal.say(
      colors.dim(
        isRateLimited(error)
          ? `wait  ${title(step)}: Google allows no more writes in this minute; retrying`
          : `wait  ${title(step)}: Google does not know the new resource everywhere yet; retrying`,
      ),
    ),
});

/** A person sees that many steps without counting them. */
const maxUncounted = 20;

export const appliedDocument = <Step>(
  { done, failed, notDone }: Applied<Step>,
  title: (step: Step) => string,
): object => ({
  done: done.map(title),
  ...(failed === undefined ? {} : { failed: { title: title(failed.step), reason: failed.error.message } }),
  notDone: notDone.map(title),
});

/** Shows where setup, or its undo, ended. */
export const appliedText = <Step>(
  { done, failed, notDone }: Applied<Step>,
  title: (step: Step) => string,
  isInterrupted: boolean,
): string =>
  [
    isInterrupted ? 'Interrupted.' : colors.red('Failed.'),
    ...listed('Done', done.map(title)),
    ...(failed === undefined
      ? []
      : [
          isInterrupted ? 'In progress, and may be done:' : 'Failed:',
          `  ${title(failed.step)}`,
          ...(isInterrupted ? [] : [`    ${failed.error.message}`]),
        ]),
    ...listed('Not done', notDone.map(title)),
    'Run it again: it checks everything, and continues from here.',
  ].join('\n');

const listed = (heading: string, titles: readonly string[]): readonly string[] =>
  titles.length === 0 ? [] : [`${heading}:`, ...titles.map((title) => `  ${title}`)];

export const providersDone = ({ done }: Applied): string =>
  `Done: ${counted(done.length, 'step')}. Google takes 2 to 7 minutes until all of it works everywhere.`;

/** Shown when the Google side is ready; after `--opt-in-keys` alone, nothing else is left to do. */
export const nextSteps = (
  { done }: Applied,
  plan: SetupPlan,
  settings: Settings,
  { stage }: PlanHeading,
): string => {
  const account = exampleAccount(plan, settings);
  const stageOption = stage === usualStage ? '' : ` --stage ${stage}`;
  const readsKeys = done.some((step) => isForKeys(step) && step.kind === 'bind');
  const isOptedIn = plan.steps.some((step) => step.kind === 'bind' && step.purpose.startsWith('optIn'));
  const keysLine = `  read the keys, as one of these people    rolebridge keys${stageOption}`;
  const heading = [
    `Done: ${counted(done.length, 'step')}. Google takes 2 to 7 minutes until all of it works everywhere.`,
    '',
    'Next:',
  ];
  if (readsKeys && done.every(isForKeys)) return [...heading, keysLine].join('\n');
  return [
    ...heading,
    ...(isOptedIn
      ? []
      : [`  let rolebridge edit a service account    rolebridge setup${stageOption} --opt-in ${account}`]),
    ...(done.some((step) => step.kind === 'writeSettings')
      ? ['  commit what setup wrote                  git commit -m "Add what setup decided" rolebridge.yml']
      : []),
    `  deploy                                   npm run deploy${stageOption === '' ? '' : ` --${stageOption}`}`,
    ...(settings.accounts.length > 1
      ? [
          `  print the roles of the other accounts    rolebridge member${stageOption} --print cloudformation > member.yml`,
          '  deploy them there                        docs/organization.md, "From one account to several"',
        ]
      : []),
    `  tag a role                               aws iam tag-role --role-name ROLE --tags Key=${settings.tagKey},Value=${account}`,
    ...(readsKeys ? [keysLine] : []),
  ].join('\n');
};

const exampleAccount = (plan: SetupPlan, { google }: Settings): string => {
  const optedIn = plan.steps.find((step) => step.kind === 'bind' && step.purpose === 'optIn');
  return optedIn?.kind === 'bind'
    ? optedIn.resource.slice(optedIn.resource.lastIndexOf('/') + 1)
    : `reader@${google.projects[0]}.iam.gserviceaccount.com`;
};
