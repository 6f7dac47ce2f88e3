import { emailOfResource } from '../core/service-account.ts';
import type { BrokenUse } from './broken-uses.ts';
import { keyReaderRole } from './custom-roles.ts';
import { type Described, describeStep, isCustomRoleStep } from './describe-step.ts';
import { analyzerService } from './key-readers.ts';
import { projectOfName, type SetupPlan, type SetupStep } from './step.ts';

/** The scope of a plan. */
export interface PlanHeading {
  /** The pool's project. */
  readonly project: string;
  readonly projectNumber: string;
  readonly accountIds: readonly string[];
  readonly stage: string;
}

/** The plan for people, grouped by project. */
export const planText = (plan: SetupPlan, heading: PlanHeading): string =>
  [
    `Google project ${heading.project} (${heading.projectNumber}), ${accountsText(heading)}, stage ${heading.stage}`,
    '',
    ...stepsText(plan.steps, heading.project),
    ...brokenLines(plan.broken),
    ...warningLines(plan.warnings),
    summary(plan),
  ].join('\n');

/** One or a few accounts by their ids, and many as a number. */
export const accountsText = ({ accountIds }: Pick<PlanHeading, 'accountIds'>): string =>
  accountIds.length <= 3 ? `AWS account ${accountIds.join(', ')}` : `${accountIds.length} AWS accounts`;

/** New providers differ in their account only: of hundreds, the first ones stand for all. */
const stepsText = (steps: readonly SetupStep[], project: string): readonly string[] => {
  const created = steps.filter(({ kind }) => kind === 'createProvider');
  const hidden = new Set(created.length > 20 ? created.slice(3) : []);
  const lastShown = hidden.size === 0 ? undefined : created[2];
  const describe = (step: SetupStep): Described => {
    const described = describeStep(step);
    return step === lastShown
      ? {
          ...described,
          details: [...described.details, `and ${hidden.size} more like this (--json lists all)`],
        }
      : described;
  };
  return groupedLines(
    steps.filter((step) => !hidden.has(step)),
    describe,
    (step) => groupOf(step, project),
  );
};

const groupOf = (step: SetupStep, ownProject: string): string => {
  if (step.kind === 'writeSettings') return 'Settings';
  const reading = projectOfKeyReaders(step, ownProject);
  if (reading !== undefined) return `Project ${reading}: people who read keys`;
  if (isCustomRoleStep(step)) return `Project ${projectOfName(step.name)}: rolebridge's access`;
  return (step.kind === 'bind' || step.kind === 'unbind') && step.purpose !== 'actAsRolebridge'
    ? `Project ${projectOfName(step.role)}: rolebridge's access`
    : `Project ${ownProject}: pool and identity`;
};

/** The part of `--opt-in-keys`. Every other API is of the pool's project. */
const projectOfKeyReaders = (step: SetupStep, ownProject: string): string | undefined => {
  const role = isCustomRoleStep(step) ? step.name : step.kind === 'bind' ? step.role : '';
  const project = step.kind === 'enableServices' ? step.project : projectOfName(role);
  const isReading =
    step.kind === 'enableServices'
      ? step.project !== ownProject || step.services.includes(analyzerService)
      : role === keyReaderRole(project).name;
  return isReading ? project : undefined;
};

const brokenLines = (broken: readonly BrokenUse[] | undefined): readonly string[] => {
  if (broken === undefined) return [];
  if (broken.length === 0)
    return ['No allow policy that setup read names a member that the correction breaks.', ''];
  return [
    `These ${broken.length} have access today, and lose it with the correction:`,
    ...broken.flatMap(({ resource, role, member, instead }) => [
      `  - ${member}`,
      `      ${role} on ${emailOfResource(resource)}; it would be ${instead === '' ? 'nothing' : `"${instead}"`}`,
    ]),
    '',
  ];
};

const summary = ({ steps, refusals }: SetupPlan): string => {
  if (refusals.length > 0) return refusedText(refusals);
  if (steps.length === 0) return "Nothing to do: Google's side and rolebridge.yml are as they should be.";
  const count = (sign: Described['sign']): number =>
    steps.filter((step) => describeStep(step).sign === sign).length;
  const removed = count('-');
  return `Plan: ${count('+')} to add, ${count('~')} to change${removed === 0 ? '' : `, ${removed} to remove`}.`;
};

/** The steps of a plan, below the heading of their group. */
export const groupedLines = <Step>(
  steps: readonly Step[],
  describe: (step: Step) => Described,
  headingOf: (step: Step) => string,
): readonly string[] =>
  [...Map.groupBy(steps, headingOf)].flatMap(([heading, inside]) => [
    heading,
    ...inside.map(describe).flatMap(stepLines),
    '',
  ]);

const stepLines = ({ sign, title, details }: Described): readonly string[] => [
  `  ${sign} ${title}`,
  ...details.map((detail) => `      ${detail}`),
];

export const warningLines = (warnings: readonly string[]): readonly string[] =>
  warnings.length === 0 ? [] : [...warnings.map((warning) => `! ${warning}`), ''];

export const refusedText = (refusals: readonly string[]): string =>
  `Refused:\n${refusals.map((refusal) => `  ${refusal}`).join('\n')}`;
