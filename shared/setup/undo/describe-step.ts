import { type Described, unbindTitle } from '../describe-step.ts';
import { quotedOrNone } from '../plan-pool.ts';
import { lastOf, projectOfName } from '../step.ts';
import type { UndoStep } from './step.ts';

export const describeUndo = (step: UndoStep): Described => {
  switch (step.kind) {
    case 'unbind':
      return removal(unbindTitle(step));
    case 'deleteCustomRole':
      return removal(`delete role ${lastOf(step.name)}`);
    case 'deleteServiceAccount':
      return removal(`delete service account ${step.email}`);
    case 'unmarkPool':
      return {
        sign: '~',
        title: `remove the marker of pool ${lastOf(step.name)}`,
        details: [`description: ${quotedOrNone(step.description)}`],
      };
    case 'deletePool':
      return removal(
        `delete pool ${lastOf(step.name)}`,
        step.providers.length > 20
          ? [`and its ${step.providers.length} providers (--json lists them)`]
          : step.providers.map((provider) => `and its provider ${provider}`),
      );
  }
};

const removal = (title: string, details: readonly string[] = []): Described => ({
  sign: '-',
  title,
  details,
});

/** A step in one line, outside of its plan. Custom roles have the same name in every project, so their project is added. */
export const undoTitle = (step: UndoStep): string => {
  const { title } = describeUndo(step);
  return step.kind === 'deleteCustomRole' ? `${title} in project ${projectOfName(step.name)}` : title;
};
