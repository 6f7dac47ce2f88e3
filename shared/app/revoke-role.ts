import { foundBindings } from '../core/bindings.ts';
import { type Failure, toFailure } from '../core/errors.ts';
import { desiredOf } from '../core/guardrail.ts';
import { bindingKey } from '../core/ledger.ts';
import type { RoleRef, RoleState } from '../core/model.ts';
import { type ObservedFolder, type ParameterId, publishedParameters, resourcesOf } from '../core/observed.ts';
import { roleKey } from '../core/role-key.ts';
import { namesIn, type Scope, usedRegions, withScope } from '../core/scope.ts';
import type { ResourceName } from '../core/service-account.ts';
import type { Settings } from '../core/settings.ts';
import { isOurTag } from '../core/tags.ts';
import { resourceText } from '../core/target.ts';
import type { Ports } from '../ports.ts';
import { readLedgers } from './ledger.ts';
import {
  type ObservedPolicies,
  observeFolders,
  observePolicies,
  observeRole,
  policyViews,
} from './observe.ts';

export type RevokeRolePorts = Pick<
  Ports,
  'roles' | 'parameters' | 'policies' | 'listings' | 'table' | 'scope' | 'clock'
>;

export interface RoleAccess {
  readonly role: RoleState;
  /** Keys of the tags that ask for access. */
  readonly keys: readonly string[];
  /** Every resource that its tags and the ledger name: these are read. */
  readonly resources: readonly ResourceName[];
  readonly held: HeldAccess;
}

/** The access of a role: where it is bound, and its published configs. */
export interface HeldAccess {
  /** Keys of tags that someone else has to remove, and that are still there. */
  readonly tags?: readonly string[];
  readonly resources: readonly ResourceName[];
  readonly parameters: readonly ParameterId[];
  /** Why something could not be read: nothing there counts as gone. */
  readonly unseen: readonly string[];
}

/** Reads what a role asks for and has, on every resource that its tags and the ledger name now, or named before. */
export const roleAccess = async (
  file: Settings,
  ports: RevokeRolePorts,
  ref: RoleRef,
  before: readonly ResourceName[] = [],
): Promise<RoleAccess> => {
  const scope = await ports.scope();
  const settings = withScope(file, scope);
  const ledger = (await readLedgers(ports.table, [ref])).get(roleKey(ref)) ?? { role: ref, entries: [] };
  if (ledger instanceof Error) throw ledger;
  const { role } = await observeRole(settings, ports, ref, ledger);
  const { folders, folderErrors } = await observeUsedFolders(settings, ports, ref, scope);
  const desired = desiredOf(role, settings, ports.clock.now());
  const resources = [...new Set([...before, ...resourcesOf(settings, desired, ledger.entries)])];
  // A person is waiting for the proof, so we confirm absence here as well.
  const policies = await observePolicies(ports, resources, resources);
  const { found: bound } = foundBindings(settings, {
    role,
    policies: policyViews(policies, resources),
    entries: ledger.entries,
  });
  const tags = role.kind === 'present' ? role.tags : [];
  return {
    role,
    keys: tags.map(({ key }) => key).filter((key) => isOurTag(key, settings.tagKey)),
    resources,
    held: {
      resources: [...new Set([...bound.values()].map(({ resource }) => resource))],
      parameters: publishedParameters(settings, folders).map(({ region, name }) => ({ region, name })),
      unseen: [
        ...[...policies.errors.values(), ...folderErrors].map(({ message }) => message),
        ...ledger.entries
          .filter((entry) => !bound.has(bindingKey(entry)) && !isKnownGone(policies, entry.resource))
          .map(({ resource }) => announcedOn(resource)),
      ],
    },
  };
};

/** The role's folders at every place that is or was used, as the table's scope says. */
const observeUsedFolders = async (
  settings: Settings,
  ports: RevokeRolePorts,
  ref: RoleRef,
  scope: Scope,
): Promise<{ readonly folders: readonly ObservedFolder[]; readonly folderErrors: readonly Failure[] }> => {
  const regions = usedRegions(settings, scope)(ref.accountId);
  const prefixes = new Set([settings.parameterPrefix, ...namesIn(scope, 'prefix')]);
  const observed = await Promise.all(
    [...prefixes].map((parameterPrefix) =>
      observeFolders({ ...settings, parameterPrefix }, ports, ref, [], regions),
    ),
  );
  return {
    folders: observed.flatMap(({ folders }) => folders),
    folderErrors: observed.flatMap(({ folderErrors }) =>
      [...folderErrors.values()].map(({ error }) => error),
    ),
  };
};

/** A failed read is reported separately, and an absent account has no bindings. */
const isKnownGone = ({ errors, absent }: ObservedPolicies, resource: ResourceName): boolean =>
  errors.has(resource) || absent.has(resource);

/** An entry is written before its binding is made, and leaves after the binding is gone. */
const announcedOn = (resource: ResourceName): string =>
  `The ledger lists the role on ${resourceText(resource)}: a function may be about to bind it, or has not finished removing it.`;

export const isNothing = ({ tags = [], resources, parameters, unseen }: HeldAccess): boolean =>
  tags.length + resources.length + parameters.length + unseen.length === 0;

const firstPauseMilliseconds = 500;

const longestPauseMilliseconds = 5_000;

export interface WaitUntilGoneOptions {
  readonly timeoutSeconds: number;
  /** Someone else has to remove the tags: until then, the access ends only for now. */
  readonly isUntagging?: boolean;
}

/** Polls until the functions have removed everything, or the time is up. Returns what is left then. */
export const waitUntilGone = async (
  settings: Settings,
  ports: RevokeRolePorts,
  { role: { ref }, resources }: RoleAccess,
  { timeoutSeconds, isUntagging = false }: WaitUntilGoneOptions,
): Promise<HeldAccess> => {
  const end = ports.clock.now().getTime() + timeoutSeconds * 1000;
  let pause = firstPauseMilliseconds;
  let seen = resources;
  while (true) {
    const look = await roleAccess(settings, ports, ref, seen).catch(toFailure);
    const left: HeldAccess =
      'held' in look
        ? { ...(isUntagging ? { tags: look.keys } : {}), ...look.held }
        : { resources: [], parameters: [], unseen: [look.message] };
    if (isNothing(left)) return left;
    if ('resources' in look) seen = look.resources;
    if (ports.clock.now().getTime() >= end) return left;
    await ports.clock.pause(pause);
    pause = Math.min(longestPauseMilliseconds, pause * 2);
  }
};
