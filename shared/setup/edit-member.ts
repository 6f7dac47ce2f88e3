import { editResource } from '../app/edit-resource.ts';
import type { PolicyChange } from '../core/change.ts';
import type { PolicyEdit } from '../core/iam-policy.ts';
import type { ResourceName } from '../core/service-account.ts';
import { accessOf } from '../core/target.ts';
import { isProject } from './observe.ts';
import type { SetupPorts } from './ports.ts';

/**
 * Adds or removes one member of a project's or a service account's allow policy, in the same read-modify-write as the functions.
 * @throws Failure
 */
export const editMember = async (
  { reader, policies, clock }: Pick<SetupPorts, 'reader' | 'policies' | 'clock'>,
  resource: ResourceName,
  edit: PolicyEdit,
): Promise<void> => {
  const change: PolicyChange = {
    kind: edit.kind === 'add' ? 'bind' : 'unbind',
    id: 'setup',
    grants: [],
    access: accessOf({ googleRole: edit.role, resource }),
    resource,
    edit,
  };
  const store = isProject(resource) ? reader.projectPolicies : policies;
  const results = await editResource({ policies: store, clock }, resource, [change], notInLedger);
  const result = results.get(change);
  if (result?.kind === 'failed') throw result.error;
};

/** The ledger lists only the members that tags request. Setup's members are not among them. */
const notInLedger = () => Promise.resolve(new Map<never, never>());
