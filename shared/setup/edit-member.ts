import { editResource } from '../app/edit-resource.ts';
import type { PolicyChange } from '../core/change.ts';
import { accessOf } from '../core/target.ts';
import { storeOf } from './policy-store.ts';
import type { SetupPorts } from './ports.ts';
import type { SetupGrant } from './step.ts';

/** Adds or removes one member of an allow policy, in the same read-modify-write as the functions. @throws Failure */
export const editMember = async (
  { reader, policies, clock }: Pick<SetupPorts, 'reader' | 'policies' | 'clock'>,
  kind: 'add' | 'remove',
  { resource, role, member, condition }: Omit<SetupGrant, 'purpose'>,
): Promise<void> => {
  const change: PolicyChange = {
    kind: kind === 'add' ? 'bind' : 'unbind',
    id: 'setup',
    grants: [],
    access: accessOf({ googleRole: role, resource }),
    resource,
    edit: { kind, role, member, ...(condition === undefined ? {} : { condition }) },
  };
  const store = storeOf({ reader, policies }, resource);
  const results = await editResource({ policies: store, clock }, resource, [change], notInLedger);
  const result = results.get(change);
  if (result?.kind === 'failed') throw result.error;
};

/** The ledger lists only the members that tags request. Setup's members are not among them. */
const notInLedger = () => Promise.resolve(new Map<never, never>());
