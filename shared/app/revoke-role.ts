import { desiredOf } from '../core/desired.ts';
import { toFailure } from '../core/errors.ts';
import { conditionsOf } from '../core/iam-policy.ts';
import { memberOf } from '../core/member.ts';
import type { RoleRef, RoleState } from '../core/model.ts';
import { type ParameterPlace, recordedParameters, resourcesOf } from '../core/observed.ts';
import type { ResourceName } from '../core/service-account.ts';
import type { Settings } from '../core/settings.ts';
import { isOurTag } from '../core/tags.ts';
import type { Ports } from '../ports.ts';
import { observePolicies, observeRole } from './observe.ts';

export type RevokeRolePorts = Pick<Ports, 'roles' | 'parameters' | 'policies' | 'clock'>;

/** What a role has: where it is bound, and its published configs. */
export interface HeldAccess {
  readonly resources: readonly ResourceName[];
  readonly parameters: readonly ParameterPlace[];
  /** What could not be looked at, and why: nothing there counts as gone. */
  readonly unseen: readonly string[];
}

export interface RoleAccess {
  readonly role: RoleState;
  /** Of the tags that ask for access. */
  readonly keys: readonly string[];
  /** Everything that its tags and parameters name: where to look. */
  readonly resources: readonly ResourceName[];
  readonly held: HeldAccess;
}

export const isNothing = ({ resources, parameters, unseen }: HeldAccess): boolean =>
  resources.length + parameters.length + unseen.length === 0;

/** What a role asks for and has, by what its tags and parameters name; and by what they named before. */
export const roleAccess = async (
  settings: Settings,
  ports: RevokeRolePorts,
  ref: RoleRef,
  before: readonly ResourceName[] = [],
): Promise<RoleAccess> => {
  const observed = await observeRole(settings, ports, { ref, strays: [] });
  const role = observed[0]?.role ?? { kind: 'absent', ref };
  const folders = observed.flatMap((one) => one.folders);
  const desired = desiredOf(role, settings, ports.clock.now());
  const resources = [...new Set([...before, ...resourcesOf(settings, desired, folders)])];
  const { reads, errors } = await observePolicies(ports, resources);
  const members = observed.map((one) => memberOf(settings, one.role.ref));
  const tags = role.kind === 'present' ? role.tags : [];
  return {
    role,
    keys: tags.map(({ key }) => key).filter((key) => isOurTag(key, settings.tagKey)),
    resources,
    held: {
      resources: [...reads].flatMap(([resource, read]) =>
        read.kind === 'read' && members.some((member) => conditionsOf(read.policy, member).length > 0)
          ? [resource]
          : [],
      ),
      parameters: recordedParameters(settings, folders).map(({ region, name }) => ({ region, name })),
      unseen: [
        ...[...errors.values()].map(({ message }) => message),
        ...observed.flatMap(({ folderErrors }) => [...folderErrors.values()].map(({ message }) => message)),
      ],
    },
  };
};

const firstPauseMilliseconds = 500;
const longestPauseMilliseconds = 5_000;

/** Looks again and again until the functions have taken everything away, or the time is up; what is left then. */
export const waitUntilGone = async (
  settings: Settings,
  ports: RevokeRolePorts,
  { role: { ref }, resources }: RoleAccess,
  timeoutSeconds: number,
): Promise<HeldAccess> => {
  const end = ports.clock.now().getTime() + timeoutSeconds * 1000;
  let pause = firstPauseMilliseconds;
  let seen = resources;
  while (true) {
    const look = await roleAccess(settings, ports, ref, seen).catch(toFailure);
    if ('held' in look) {
      if (isNothing(look.held)) return look.held;
      seen = look.resources;
    }
    if (ports.clock.now().getTime() >= end)
      return 'held' in look ? look.held : { resources: [], parameters: [], unseen: [look.message] };
    await ports.clock.pause(pause);
    pause = Math.min(longestPauseMilliseconds, pause * 2);
  }
};
