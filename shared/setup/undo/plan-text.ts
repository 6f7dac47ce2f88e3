import { accountsText, groupedLines, type PlanHeading, refusedText, warningLines } from '../plan-text.ts';
import { projectOfName } from '../step.ts';
import { describeUndo } from './describe-step.ts';
import type { UndoPlan, UndoStep } from './step.ts';

/** The plan for people, grouped by project. */
export const undoText = (plan: UndoPlan, heading: PlanHeading): string =>
  [
    `Undo setup in Google project ${heading.project} (${heading.projectNumber}), ${accountsText(heading)}, stage ${heading.stage}`,
    '',
    ...groupedLines(plan.steps, describeUndo, (step) => groupOf(step, heading.project)),
    ...warningLines(plan.warnings),
    summary(plan),
  ].join('\n');

const groupOf = (step: UndoStep, ownProject: string): string => {
  if (step.kind === 'deleteCustomRole') return `Project ${projectOfName(step.name)}: rolebridge's access`;
  return step.kind === 'unbind' && step.purpose !== 'actAsRolebridge'
    ? `Project ${projectOfName(step.role)}: rolebridge's access`
    : `Project ${ownProject}: pool and identity`;
};

const summary = ({ steps, refusals, warnings }: UndoPlan): string => {
  if (refusals.length > 0) return refusedText(refusals);
  if (steps.length === 0)
    return warnings.length === 0
      ? "Nothing to undo: nothing that setup made is left on Google's side."
      : 'Nothing to undo, except what is listed above.';
  const removed = steps.filter((step) => describeUndo(step).sign === '-').length;
  return `Plan: ${removed} to remove, ${steps.length - removed} to change. The enabled APIs and rolebridge.yml stay as they are.`;
};
