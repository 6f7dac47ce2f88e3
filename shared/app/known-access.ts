import { bindingOf, failureOf } from '../core/change.ts';
import { bindingKey, byBindingKey } from '../core/ledger.ts';
import type { KnownAccess } from '../core/plan-status.ts';
import { roleKey } from '../core/role-key.ts';
import type { AppliedAccess } from './apply.ts';
import type { ObservedPolicies } from './observe.ts';
import type { RoleRun } from './role-run.ts';

/** The access of a role's grants after its bindings were written, for their statuses. */
export const knownAccess = (
  { request, observed, plan }: RoleRun,
  { items, results }: AppliedAccess,
  { errors }: ObservedPolicies,
): KnownAccess => {
  const before = new Set(observed.ledger.entries.map(bindingKey));
  const listed = items.get(roleKey(request.ref))?.listed() ?? byBindingKey(observed.ledger.entries);
  const binds = new Map(
    plan.permitted.flatMap((change) =>
      change.kind === 'bind' ? [[bindingKey(bindingOf(change)), results.get(change)] as const] : [],
    ),
  );
  const wanted = [...plan.bindings.wanted].flatMap(([key, { grants, resource }]) =>
    grants.map(({ name }) => ({ key, name, resource })),
  );
  return {
    granted: new Map(
      wanted.flatMap(({ key, name }) => {
        const isBound = plan.bindings.found.has(key) || binds.get(key)?.kind === 'done';
        const since = isBound ? listed.get(key)?.since : undefined;
        return since === undefined ? [] : [[name, { since }] as const];
      }),
    ),
    failures: new Map(
      wanted.flatMap(({ key, name, resource }) => {
        const failure = failureOf(binds.get(key));
        // A binding that was made earlier, on an account that we cannot read now, may still exist.
        const isUnknown = failure === undefined || (errors.has(resource) && before.has(key));
        return isUnknown ? [] : [[name, failure] as const];
      }),
    ),
  };
};
