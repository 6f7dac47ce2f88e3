import { editMember } from '../edit-member.ts';
import type { SetupPorts } from '../ports.ts';
import type { UndoStep } from './step.ts';

/** Does one step, and waits until Google has finished it. @throws Failure */
export const performUndo = async (ports: SetupPorts, step: UndoStep): Promise<void> => {
  const { writer: google } = ports;
  switch (step.kind) {
    case 'unbind':
      return editMember(ports, 'remove', step);
    case 'deleteCustomRole':
      return google.deleteCustomRole(step.name);
    case 'deleteServiceAccount':
      return google.deleteServiceAccount(step.email);
    case 'unmarkPool':
      return google.updatePool(step.name, { description: step.description });
    case 'deletePool':
      return google.deletePool(step.name);
  }
};
