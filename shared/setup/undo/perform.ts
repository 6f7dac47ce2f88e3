import { editResource } from '../../app/edit-resource.ts';
import type { PolicyChange } from '../../core/change.ts';
import { emailOfResource } from '../../core/service-account.ts';
import { isProject } from '../observe.ts';
import type { SetupPorts } from '../ports.ts';
import type { UndoStep } from './step.ts';

/** Does one step, and waits until Google has finished it. @throws Failure */
export const performUndo = async (ports: SetupPorts, step: UndoStep): Promise<void> => {
  const { writer: google } = ports;
  switch (step.kind) {
    case 'unbind':
      return unbind(ports, step);
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

/** Removes one member, in the same read-modify-write as the functions. @throws Failure */
const unbind = async (
  { reader, policies, clock }: SetupPorts,
  { resource, role, member, condition }: Extract<UndoStep, { readonly kind: 'unbind' }>,
): Promise<void> => {
  const change: PolicyChange = {
    kind: 'unbind',
    id: 'undo',
    grants: [],
    email: emailOfResource(resource),
    resource,
    edit: { kind: 'remove', role, member, ...(condition === undefined ? {} : { condition }) },
  };
  const store = isProject(resource) ? reader.projectPolicies : policies;
  const results = await editResource({ policies: store, clock }, resource, [change], nothingToAnnounce);
  const result = results.get(change);
  if (result?.kind === 'failed') throw result.error;
};

/** The ledger is announced to before a bind only. */
const nothingToAnnounce = () => Promise.resolve(new Map<never, never>());
