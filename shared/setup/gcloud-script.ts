import { resourceKindOf } from '../core/google-resource.ts';
import { wantedCondition } from '../core/provider-mapping.ts';
import { emailOfResource } from '../core/service-account.ts';
import { pathText, titleOf } from './describe-step.ts';
import { policyBinding } from './gcloud-binding.ts';
import { type Command, comment, dictionary, lineOf, pools, roles } from './gcloud-command.ts';
import { poolWrites } from './pace.ts';
import { isPoolWrite } from './perform.ts';
import type { PlanHeading } from './plan-text.ts';
import { lastOf, poolOfProvider, type SetupPlan, type SetupStep, type StepOf } from './step.ts';

/** The plan as a POSIX shell script, for an administrator of the Google side to review and run. */
export const gcloudScript = (plan: SetupPlan, { project, projectNumber, stage }: PlanHeading): string => {
  const pause = pauseAfter(plan.steps);
  return [
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
    ...(plan.steps.some(({ kind }) => kind === 'bind') ? [retryFunction] : []),
    ...plan.steps.map((step) => `${stepText(step, project)}${pause(step)}`),
    ...(plan.steps.length === 0 ? [comment('Nothing to do.')] : []),
  ].join('\n\n');
};

const retryFunction = `# A new pool, role or service account is not known everywhere immediately.
retry() {
  for pause in 5 10 20 40; do
    "$@" && return
    sleep "$pause"
  done
  "$@"
}`;

/** Google allows a project 60 writes to pools and providers a minute. */
const pauseAfter = (steps: readonly SetupStep[]): ((step: SetupStep) => string) => {
  const isPaced = steps.filter(isPoolWrite).length > poolWrites.calls;
  return (step) => (isPaced && isPoolWrite(step) ? '\nsleep 1' : '');
};

const stepText = (step: SetupStep, project: string): string => {
  if (step.kind === 'writeSettings')
    return comment(
      [
        `In ${step.path} (gcloud cannot; "rolebridge setup" writes it as well):`,
        ...step.changes.map(({ path, value }) => `  ${pathText(path)}: ${JSON.stringify(value)}`),
      ].join('\n'),
    );
  return [
    ...[titleOf(step), ...reasonFor(step)].map(comment),
    lineOf(commandOf(step, project), step.kind === 'bind' ? ['retry'] : []),
  ].join('\n');
};

/** The reason for a command, if it is not obvious. */
const reasonFor = (step: SetupStep): readonly string[] => {
  if (step.kind === 'createProvider' || step.kind === 'correctProvider')
    return [
      'attribute.aws_role must be the ARN without its session; google.subject must stay below 128 bytes.',
      ...(step.attributeCondition === wantedCondition(step.accountId)
        ? ["The condition admits only the account's assumed roles."]
        : []),
    ];
  if (step.kind === 'createPool')
    return ['Used by rolebridge only: every aws_role member of it belongs to rolebridge.'];
  return step.kind === 'bind' && resourceKindOf(step.resource) === 'dataset'
    ? [
        'gcloud cannot. This statement also needs bigquery.datasets.update and, in the same project, bigquery.jobs.create; "rolebridge setup" itself does not.',
      ]
    : [];
};

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
      return providers(project, 'create-aws', step.name, mappingOptions(step));
    case 'undeleteProvider':
      return providers(project, 'undelete', step.name);
    case 'enableProvider':
      return providers(project, 'update-aws', step.name, { 'no-disabled': true });
    case 'correctProvider':
      return providers(project, 'update-aws', step.name, mappingOptions(step));
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
      return policyBinding('add', step);
    case 'unbind':
      return policyBinding('remove', step);
  }
};

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

const mappingOptions = ({
  accountId,
  attributeMapping,
  attributeCondition,
}: StepOf<'createProvider' | 'correctProvider'>): Command['options'] => ({
  'account-id': accountId,
  'attribute-mapping': dictionary(attributeMapping),
  'attribute-condition': attributeCondition,
});
