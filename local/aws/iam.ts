import { AwsError, type Input, text } from './call.ts';
import type { Clock } from './clock.ts';
import type { Origin, Trail } from './cloud-trail.ts';
import { iamActions } from './iam-actions.ts';
import type { IamAction } from './iam-common.ts';
import { isStaleMarker } from './iam-pages.ts';
import { iamWrites, requestParameters, responseElements } from './iam-records.ts';
import type { Ids } from './ids.ts';
import { type InstanceProfile, instanceProfileActions, profilesOf } from './instance-profiles.ts';
import { type ManagedPolicy, managedPolicyActions } from './managed-policies.ts';
import { fromQuery } from './query-wire.ts';
import { rolePolicyActions } from './role-policies.ts';
import { createRoleStore, keyOf, type LocalRole, type View } from './roles.ts';

export interface Iam {
  /** Accepts the query protocol's or the SDK's input. CloudTrail reports `origin` as the caller. @default the administrator */
  readonly perform: (action: string, input: Input, origin?: Origin) => unknown;
  /** Reports a write to CloudTrail that was refused before it was performed. */
  readonly refused: (action: string, input: Input, error: AwsError, origin: Origin) => void;
  readonly role: (roleName: string) => LocalRole | undefined;
  readonly roles: () => readonly LocalRole[];
  /** The JSON document of a managed policy of the account; undefined for one that was not created here. */
  readonly managedPolicyDocument: (arn: string) => string | undefined;
  readonly instanceProfile: (profileName: string) => InstanceProfile | undefined;
  /** Makes the next reads of this role return the state before its last write: IAM's reads lag behind its writes. */
  readonly serveStale: (roleName: string, reads: number) => void;
  /** Makes the next listings return, on all their pages, every role as it was before its last write. */
  readonly serveStaleListings: (listings: number) => void;
  readonly arnOf: (roleName: string) => string;
}

export interface IamOptions {
  readonly accountId: string;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly trail: Trail;
  readonly admin: Origin;
}

export const createIam = ({ accountId, clock, ids, trail, admin }: IamOptions): Iam => {
  const store = createRoleStore();
  const staleReads = new Map<string, number>();
  let staleListings = 0;
  const arnOf = ({ path, roleName }: Pick<LocalRole, 'path' | 'roleName'>): string =>
    `arn:aws:iam::${accountId}:role${path}${roleName}`;
  const profiles = new Map<string, InstanceProfile>();
  const managedPolicies = new Map<string, ManagedPolicy>();
  const state = { store, arnOf, clock, ids };
  const actions: Readonly<Record<string, IamAction>> = {
    ...iamActions({ ...state, profilesOf: (role) => profilesOf(profiles, role) }),
    ...rolePolicyActions(store),
    ...managedPolicyActions(managedPolicies, accountId, state),
    ...instanceProfileActions(profiles, accountId, state),
  };

  const viewOfRole = (roleName: string): View => {
    const left = staleReads.get(keyOf(roleName)) ?? 0;
    if (left === 0) return 'now';
    staleReads.set(keyOf(roleName), left - 1);
    return 'beforeLastWrite';
  };
  const viewOfListing = (marker: string): View => {
    if (marker !== '') return isStaleMarker(marker) ? 'beforeLastWrite' : 'now';
    if (staleListings === 0) return 'now';
    staleListings -= 1;
    return 'beforeLastWrite';
  };
  const record = (
    action: string,
    input: Input,
    origin: Origin,
    { error, output }: { error?: AwsError; output?: unknown },
  ) =>
    trail({
      eventName: action,
      origin,
      at: clock.now(),
      requestParameters: requestParameters(action, input),
      responseElements: responseElements(output),
      ...(error === undefined ? {} : { error }),
    });
  const write = (run: IamAction, action: string, input: Input, origin: Origin): unknown => {
    try {
      const output = run(input, 'now');
      record(action, input, origin, { output });
      return output;
    } catch (error) {
      if (error instanceof AwsError) record(action, input, origin, { error });
      throw error;
    }
  };

  return {
    perform: (action, sent, origin = admin) => {
      const run = actions[action];
      if (run === undefined) throw new AwsError('InvalidAction', `The stand-in does not know iam:${action}.`);
      const input = fromQuery(sent);
      if (iamWrites.has(action)) return write(run, action, input, origin);
      const roleName = text(input, 'RoleName');
      return run(input, roleName === '' ? viewOfListing(text(input, 'Marker')) : viewOfRole(roleName));
    },
    refused: (action, input, error, origin) => {
      if (iamWrites.has(action)) record(action, input, origin, { error });
    },
    role: (roleName) => store.find(roleName),
    roles: () => store.all(),
    managedPolicyDocument: (arn) => managedPolicies.get(arn)?.document,
    instanceProfile: (profileName) => profiles.get(keyOf(profileName)),
    serveStale: (roleName, reads) => void staleReads.set(keyOf(roleName), reads),
    serveStaleListings: (listings) => {
      staleListings = listings;
    },
    arnOf: (roleName) => arnOf(store.find(roleName) ?? { path: '/', roleName }),
  };
};
