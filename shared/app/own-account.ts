import { boundRoles } from '../core/bound-roles.ts';
import { toFailure } from '../core/errors.ts';
import { type AllowPolicy, type OurBinding, ourBindings } from '../core/iam-policy.ts';
import type { RoleRef } from '../core/model.ts';
import { type ResourceName, serviceAccountResource } from '../core/service-account.ts';
import { homeOf, type Settings } from '../core/settings.ts';
import { isFunctionRoleName } from '../core/stack.ts';
import type { SweepPorts } from '../ports.ts';
import { type BlindSpot, policyName } from './blind-spot.ts';
import { isNotPermitted, type Reasons } from './read-policies.ts';

/** rolebridge never edits its own account, so its policy is not among `policies`, and nothing is planned there. */
export interface OwnAccount {
  readonly resource: ResourceName;
  /** Missing where it could not be read. */
  readonly policy?: AllowPolicy;
  /** The bindings of other roles than the functions. Missing where the policy could not be read. */
  readonly bindings?: readonly OurBinding[];
  readonly isNotReadable: boolean;
  readonly blindSpots: readonly BlindSpot[];
}

/**
 * Looks at the policy that lets our functions act in Google. It is only read: a person removes what is not theirs. Where no
 * project in the scope has the account, no role can have been bound on it.
 */
export const ownAccount = async (
  settings: Settings,
  { policies }: SweepPorts,
  { listed, recorded }: Reasons,
): Promise<OwnAccount | undefined> => {
  const resource = serviceAccountResource(settings.google.serviceAccount);
  if (!listed.has(resource) && !recorded.has(resource)) return undefined;
  const forget = ` and run "rolebridge forget --resource ${resource}"`;
  const onRecord = recorded.has(resource)
    ? [ownBlindSpot(settings, 'The ledger lists a role on it', forget)]
    : [];
  try {
    const { policy } = await policies.read(resource);
    const bindings = ourBindings(settings, resource, policy).filter(
      ({ ref }) => !isFunctionRole(settings, ref),
    );
    const names = boundRoles(bindings);
    const bound = names === '' ? [] : [ownBlindSpot(settings, `Bound on it: ${names}`)];
    const blindSpots = onRecord.length > 0 ? onRecord : bound;
    return { resource, policy, bindings, isNotReadable: false, blindSpots };
  } catch (thrown) {
    const failure = toFailure(thrown);
    const isNotReadable = isNotPermitted(failure);
    const unread = isNotReadable ? [] : [{ what: policyName(resource), reason: failure.message }];
    return { resource, isNotReadable, blindSpots: [...onRecord, ...unread] };
  }
};

const isFunctionRole = (settings: Settings, { accountId, roleName }: RoleRef): boolean =>
  accountId === homeOf(settings) && isFunctionRoleName(roleName);

const ownBlindSpot = ({ google: { serviceAccount } }: Settings, because: string, then = ''): BlindSpot => ({
  what: `access to rolebridge's own account ${serviceAccount}`,
  reason:
    `${because}, and rolebridge never edits its own account. Name another account as google.serviceAccount, ` +
    `or remove the role's principalSet from this one by hand${then}.`,
});
