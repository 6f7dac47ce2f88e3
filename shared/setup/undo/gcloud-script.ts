import { policyBinding } from '../gcloud-binding.ts';
import { type Command, comment, lineOf, pools, roles } from '../gcloud-command.ts';
import type { PlanHeading } from '../plan-text.ts';
import { undoTitle } from './describe-step.ts';
import type { UndoPlan, UndoStep } from './step.ts';

/** The plan as a POSIX shell script, for an administrator of the Google side to review and run. */
export const undoScript = (plan: UndoPlan, { project, projectNumber, stage }: PlanHeading): string =>
  [
    [
      '#!/bin/sh',
      comment(
        `rolebridge setup --undo --print gcloud: Google project ${project} (${projectNumber}), stage ${stage}.`,
      ),
      ...plan.warnings.map((warning) => comment(`! ${warning}`)),
      'set -eu',
    ].join('\n'),
    ...plan.steps.map((step) => `${comment(undoTitle(step))}\n${lineOf(commandOf(step, project))}`),
    ...(plan.steps.length === 0 ? [comment('Nothing to undo.')] : []),
  ].join('\n\n');

const commandOf = (step: UndoStep, project: string): Command => {
  switch (step.kind) {
    case 'unbind':
      return policyBinding('remove', step);
    case 'deleteCustomRole':
      return roles('delete', step.name);
    case 'deleteServiceAccount':
      return {
        words: ['iam', 'service-accounts', 'delete', step.email],
        options: { project: step.project, quiet: true },
      };
    case 'unmarkPool':
      return pools(project, 'update', step.name, { description: step.description });
    case 'deletePool':
      return pools(project, 'delete', step.name, { quiet: true });
  }
};
