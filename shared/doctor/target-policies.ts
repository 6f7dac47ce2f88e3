import pMap from 'p-map';
import { callsAtATime } from '../app/observe.ts';
import type { Desired } from '../core/guardrail.ts';
import type { AllowPolicy } from '../core/iam-policy.ts';
import type { ObservedPolicy } from '../core/observed.ts';
import { emailOfResource, type ResourceName, serviceAccountResource } from '../core/service-account.ts';
import type { GoogleView } from './ports.ts';

export type Policies = ReadonlyMap<ResourceName, ObservedPolicy>;

type Grants = Pick<Desired, 'grants'>;

interface PolicyContext {
  readonly google: () => Promise<Pick<GoogleView, 'accountPolicy' | 'resourcePolicy'>>;
}

/** The allow policies of everything that grants ask for. */
export const readTargets = async (context: PolicyContext, desired: Grants): Promise<Policies> =>
  new Map([
    ...(await readAccountPolicies(context, emailsOf(desired))),
    ...(await readResourcePolicies(context, resourcesOf(desired))),
  ]);

/** The service accounts that grants ask for. */
export const emailsOf = ({ grants }: Grants): readonly string[] => [
  ...new Set(grants.flatMap(({ target }) => (target.kind === 'serviceAccount' ? [target.email] : []))),
];

/** The resources, other than service accounts, that grants ask for. */
const resourcesOf = ({ grants }: Grants): readonly ResourceName[] => [
  ...new Set(grants.flatMap(({ target }) => (target.kind === 'direct' ? [target.resource] : []))),
];

export const readAccountPolicies = async (
  context: PolicyContext,
  emails: readonly string[],
): Promise<Policies> => {
  const google = await context.google();
  // One NOT_FOUND does not prove that the account is gone; its own check looks for it in the project's listing.
  return readEach(emails.map(serviceAccountResource), (resource) =>
    google.accountPolicy(emailOfResource(resource)),
  );
};

const readResourcePolicies = async (
  context: PolicyContext,
  resources: readonly ResourceName[],
): Promise<Policies> => {
  const google = await context.google();
  return readEach(resources, async (resource) => (await google.resourcePolicy(resource)).policy);
};

/** A policy that cannot be read is unreadable, never empty. */
const readEach = async (
  resources: readonly ResourceName[],
  read: (resource: ResourceName) => Promise<AllowPolicy | undefined>,
): Promise<Policies> => {
  const observed = async (resource: ResourceName): Promise<ObservedPolicy> => {
    try {
      const policy = await read(resource);
      return policy === undefined ? { kind: 'unreadable' } : { kind: 'read', policy };
    } catch {
      return { kind: 'unreadable' };
    }
  };
  return new Map(
    await pMap(resources, async (resource) => [resource, await observed(resource)] as const, {
      concurrency: callsAtATime,
    }),
  );
};
