import pMap from 'p-map';
import type { Desired } from '../core/guardrail.ts';
import type { ObservedPolicy } from '../core/observed.ts';
import { type ResourceName, serviceAccountResource } from '../core/service-account.ts';
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
): Promise<Policies> =>
  new Map(
    await pMap(
      emails,
      async (email) => [serviceAccountResource(email), await readPolicy(context, email)] as const,
      { concurrency: readConcurrency },
    ),
  );

const readPolicy = async (context: PolicyContext, email: string): Promise<ObservedPolicy> => {
  const google = await context.google();
  try {
    const policy = await google.accountPolicy(email);
    // One NOT_FOUND does not prove that the account is gone; its own check looks for it in the project's listing.
    return policy === undefined ? { kind: 'unreadable' } : { kind: 'read', policy };
  } catch {
    return { kind: 'unreadable' };
  }
};

const readResourcePolicies = async (
  context: PolicyContext,
  resources: readonly ResourceName[],
): Promise<Policies> => {
  const google = await context.google();
  const read = async (resource: ResourceName): Promise<ObservedPolicy> => {
    try {
      return { kind: 'read', policy: (await google.resourcePolicy(resource)).policy };
    } catch {
      return { kind: 'unreadable' };
    }
  };
  return new Map(
    await pMap(resources, async (resource) => [resource, await read(resource)] as const, {
      concurrency: readConcurrency,
    }),
  );
};

const readConcurrency = 8;
