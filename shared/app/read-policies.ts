import pMap from 'p-map';
import { type Failure, isRefusal, toFailure } from '../core/errors.ts';
import type { ObservedPolicy } from '../core/observed.ts';
import { type ResourceName, serviceAccountResource } from '../core/service-account.ts';
import type { Settings } from '../core/settings.ts';
import type { SweepPorts } from '../ports.ts';
import { policyName } from './blind-spot.ts';
import { absentAmong, callsAtATime } from './observe.ts';

/** The policies of one survey: those that were read, and why others were not. */
export interface Policies {
  readonly read: Map<ResourceName, ObservedPolicy>;
  readonly failures: Map<ResourceName, Failure>;
}

/** Reads each policy that was not read yet. */
export const readPolicies = async (
  settings: Settings,
  ports: SweepPorts,
  resources: readonly ResourceName[],
  { read, failures }: Policies,
): Promise<void> => {
  const isOpen = (resource: ResourceName): boolean =>
    !read.has(resource) &&
    !failures.has(resource) &&
    // The binding that lets our functions act in Google is never among what we plan, so we can never change it.
    resource !== serviceAccountResource(settings.google.serviceAccount);
  await pMap(
    [...new Set(resources)].filter(isOpen).toSorted(),
    async (resource) => {
      try {
        read.set(resource, await ports.policies.read(resource));
      } catch (thrown) {
        failures.set(resource, toFailure(thrown));
      }
    },
    { concurrency: callsAtATime },
  );
};

/** Why the sweep reads an account. */
export interface Reasons {
  readonly listed: ReadonlySet<ResourceName>;
  readonly recorded: ReadonlySet<ResourceName>;
  readonly asked: ReadonlySet<ResourceName>;
}

type Unread =
  /** No tag and no ledger entry names it. */
  | 'notReadable'
  | 'notOptedIn'
  /** A tag or a ledger entry names it, so reconcile reports it. */
  | 'unreadable'
  /** Nothing is concluded about it. */
  | 'unseen';

/** Finds out what each failed read means, once everything was tried. */
export const sortedOut = async (ports: SweepPorts, reasons: Reasons, { read, failures }: Policies) => {
  for (const resource of await absentResources(ports, reasons, { read, failures })) {
    failures.delete(resource);
    read.set(resource, { kind: 'absent' });
  }
  const unread = await pMap(
    [...failures],
    async ([resource, failure]) => ({
      resource,
      failure,
      kind: await unreadKind(ports, reasons, resource, failure),
    }),
    { concurrency: callsAtATime },
  );
  for (const { resource, kind } of unread)
    if (kind === 'unreadable' || kind === 'notOptedIn') read.set(resource, { kind: 'unreadable' });
  const resourcesOf = (kind: Unread): readonly ResourceName[] =>
    unread
      .filter((one) => one.kind === kind)
      .map(({ resource }) => resource)
      .toSorted();
  return {
    policies: read,
    unseen: new Set(resourcesOf('unseen')),
    notOptedIn: resourcesOf('notOptedIn'),
    notReadable: resourcesOf('notReadable'),
    blind: unread
      .filter(({ kind }) => kind === 'unseen' || kind === 'unreadable')
      .map(({ resource, failure }) => ({
        what: policyName(resource),
        reason: failure.message,
      })),
  };
};

/** Accounts that were listed before the read need no second listing, unless Google answered that they do not exist. */
const absentResources = (ports: SweepPorts, { listed }: Reasons, { read, failures }: Policies) =>
  absentAmong(
    ports,
    new Map([...failures].filter(([resource, failure]) => !listed.has(resource) || !isNotPermitted(failure))),
    { read: readAmong(read), others: [] },
  );

const readAmong = (read: Policies['read']): readonly ResourceName[] =>
  [...read].flatMap(([resource, { kind }]) => (kind === 'read' ? [resource] : []));

export const isNotPermitted = (failure: Failure): boolean =>
  isRefusal(failure) && failure.because === 'notPermitted';

/** Classifies an account that could not be read and is not proven absent. */
const unreadKind = async (
  ports: SweepPorts,
  { listed, recorded, asked }: Reasons,
  resource: ResourceName,
  failure: Failure,
): Promise<Unread> => {
  if (!isRefusal(failure)) return 'unseen';
  const isListedOnly = listed.has(resource) && isNotPermitted(failure);
  if (recorded.has(resource)) return 'unreadable';
  if (!asked.has(resource)) return isListedOnly ? 'notReadable' : 'unseen';
  // Without an answer, nothing is proven.
  return isListedOnly && (await ports.optIns.isOptedOut(resource).catch(() => false))
    ? 'notOptedIn'
    : 'unreadable';
};
