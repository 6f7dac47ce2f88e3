import { wantedCondition } from '../core/provider-mapping.ts';
import { emailOfResource } from '../core/service-account.ts';
import { pathText, titleOf } from './describe-step.ts';
import type { PlanHeading } from './plan-text.ts';
import {
  lastOf,
  poolOfProvider,
  projectOfName,
  type SetupPlan,
  type SetupStep,
  type StepOf,
} from './step.ts';

/** The plan as a script for a POSIX shell, to be reviewed and run by an administrator of the Google side. */
export const gcloudScript = (plan: SetupPlan, { project, projectNumber, stage }: PlanHeading): string =>
  [
    [
      '#!/bin/sh',
      comment(
        `rolebridge setup --print gcloud: Google project ${project} (${projectNumber}), stage ${stage}.`,
      ),
      ...plan.warnings.map((warning) => comment(`! ${warning}`)),
      ...(plan.broken ?? []).map(({ member, role, resource }) =>
        comment(`! ${member} has ${role} on ${emailOfResource(resource)} today, and loses it.`),
      ),
      'set -eu',
    ].join('\n'),
    ...(plan.steps.some(({ kind }) => kind === 'bind') ? [patiently] : []),
    ...plan.steps.map((step) => stepText(step, project)),
    ...(plan.steps.length === 0 ? [comment('Nothing to do.')] : []),
  ].join('\n\n');

/** Google knows a new pool, role or service account everywhere only after a while. */
const patiently = `# A pool, role or service account that was just made is not known everywhere at once.
patiently() {
  for pause in 5 10 20 40; do
    "$@" && return
    sleep "$pause"
  done
  "$@"
}`;

const stepText = (step: SetupStep, project: string): string => {
  if (step.kind === 'writeSettings')
    return comment(
      [
        `In ${step.path} (gcloud cannot; "rolebridge setup" writes it as well):`,
        ...step.changes.map(({ path, value }) => `  ${pathText(path)}: ${JSON.stringify(value)}`),
      ].join('\n'),
    );
  return [
    ...[titleOf(step), ...whyOf(step)].map(comment),
    lineOf(commandOf(step, project), step.kind === 'bind'),
  ].join('\n');
};

const comment = (text: string): string => text.replaceAll(/^/gm, '# ');

/** Why a command is as it is, where that does not show. */
const whyOf = (step: SetupStep): readonly string[] => {
  if (step.kind === 'createProvider' || step.kind === 'correctProvider')
    return [
      'attribute.aws_role must be the ARN without its session; google.subject must stay below 128 bytes.',
      ...(step.attributeCondition === wantedCondition(step.accountId)
        ? ["The condition admits the account's assumed roles alone."]
        : []),
    ];
  return step.kind === 'createPool'
    ? ["For rolebridge alone: every aws_role member of it is rolebridge's."]
    : [];
};

/** A line fits the screen, or each option gets one of its own. */
const lineOf = ({ words, options }: Command, isPatient: boolean): string => {
  const head = [...(isPatient ? ['patiently'] : []), 'gcloud', ...words.map(quoted)].join(' ');
  const rest = Object.entries(options).map(([name, value]) =>
    value === true ? `--${name}` : `--${name}=${quoted(value)}`,
  );
  const line = [head, ...rest].join(' ');
  return line.length <= 100 ? line : [head, ...rest].join(' \\\n  ');
};

/** A POSIX shell takes everything between single quotes as it is, but for the quote itself. */
export const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;

/** One command: its words, then its options, each with its value. */
interface Command {
  readonly words: readonly string[];
  readonly options: Readonly<Record<string, string | true>>;
}

const commandOf = (step: Exclude<SetupStep, StepOf<'writeSettings'>>, project: string): Command => {
  switch (step.kind) {
    case 'enableServices':
      return { words: ['services', 'enable', ...step.services], options: { project: step.project } };
    case 'createPool':
      return pools(project, 'create', step.name, { description: step.description });
    case 'undeletePool':
      return pools(project, 'undelete', step.name);
    case 'enablePool':
      return pools(project, 'update', step.name, { 'no-disabled': true });
    case 'describePool':
      return pools(project, 'update', step.name, { description: step.description });
    case 'createProvider':
      return providers(project, 'create-aws', step.name, mapped(step));
    case 'undeleteProvider':
      return providers(project, 'undelete', step.name);
    case 'enableProvider':
      return providers(project, 'update-aws', step.name, { 'no-disabled': true });
    case 'correctProvider':
      return providers(project, 'update-aws', step.name, mapped(step));
    case 'createServiceAccount':
      return {
        words: ['iam', 'service-accounts', 'create', step.email.slice(0, step.email.indexOf('@'))],
        options: { project: step.project, 'display-name': 'rolebridge' },
      };
    case 'enableServiceAccount':
      return { words: ['iam', 'service-accounts', 'enable', step.email], options: { project: step.project } };
    case 'createCustomRole':
      return roles('create', step.name, {
        title: step.title,
        permissions: step.permissions.join(','),
        stage: 'GA',
      });
    case 'undeleteCustomRole':
      return roles('undelete', step.name);
    case 'correctCustomRole':
      return roles('update', step.name, { permissions: step.permissions.join(','), stage: 'GA' });
    case 'bind':
      return bind(step);
  }
};

const pools = (project: string, verb: string, name: string, options: Command['options'] = {}): Command => ({
  words: ['iam', 'workload-identity-pools', verb, lastOf(name)],
  options: { project, location: 'global', ...options },
});

const providers = (
  project: string,
  verb: string,
  name: string,
  options: Command['options'] = {},
): Command => ({
  words: ['iam', 'workload-identity-pools', 'providers', verb, lastOf(name)],
  options: {
    project,
    location: 'global',
    'workload-identity-pool': lastOf(poolOfProvider(name)),
    ...options,
  },
});

const roles = (verb: string, name: string, options: Command['options'] = {}): Command => ({
  words: ['iam', 'roles', verb, lastOf(name)],
  options: { project: projectOfName(name), ...options },
});

const mapped = ({
  accountId,
  attributeMapping,
  attributeCondition,
}: StepOf<'createProvider' | 'correctProvider'>): Command['options'] => ({
  'account-id': accountId,
  'attribute-mapping': dictionary(attributeMapping),
  'attribute-condition': attributeCondition,
});

/** `gcloud topic escaping`: a dictionary whose values hold a comma names another delimiter first. */
const dictionary = (entries: Readonly<Record<string, string>>): string => {
  const pairs = Object.entries(entries).map(([key, value]) => `${key}=${value}`);
  const delimiter =
    [',', ';', '|', '~', '#'].find((one) => !pairs.some((pair) => pair.includes(one))) ?? '::';
  return `${delimiter === ',' ? '' : `^${delimiter}^`}${pairs.join(delimiter)}`;
};

/** `--condition None`: else gcloud asks, where the policy has conditions of others. */
const bind = ({ resource, role, member }: StepOf<'bind'>): Command => {
  const onAccount = resource.includes('/serviceAccounts/');
  return {
    words: [
      ...(onAccount ? ['iam', 'service-accounts'] : ['projects']),
      'add-iam-policy-binding',
      onAccount ? emailOfResource(resource) : lastOf(resource),
    ],
    options: {
      ...(onAccount ? { project: projectOfName(resource) } : {}),
      role,
      member,
      condition: 'None',
    },
  };
};
