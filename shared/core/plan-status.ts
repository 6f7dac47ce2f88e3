import type { StatusChange } from './change.ts';
import { type Failure, PermanentError } from './errors.ts';
import { configType, parameterName, parameterPath } from './grant-parameters.ts';
import { type Desired, withoutToday } from './guardrail.ts';
import type { RoleState, Timestamp } from './model.ts';
import { type ObservedFolder, parameterKey } from './observed.ts';
import { regionsOf, type Settings } from './settings.ts';
import { type GrantStatus, isStatus, statusName, statusText } from './status.ts';
import { isGrantName } from './tags.ts';

/** Known facts about the access that a role's grants ask for, by grant. A grant in neither is not known: its status stays. */
export interface KnownAccess {
  /** Grants whose binding exists and is listed. */
  readonly granted: ReadonlyMap<string, Granted>;
  readonly failures: ReadonlyMap<string, Failure>;
}

export interface Granted {
  /** When the ledger announced the binding. */
  readonly since: Timestamp;
  /** The change that makes or lists the binding, if it was not made yet. */
  readonly after?: string;
}

interface RoleFolders {
  readonly role: RoleState;
  readonly folders: readonly ObservedFolder[];
}

/** Writes the statuses that differ from what is published, and removes those of ours that no tag asks for. */
export const planStatuses = (
  settings: Settings,
  observed: RoleFolders,
  desired: Desired,
  access: () => KnownAccess,
): readonly StatusChange[] => {
  const isOn = settings.accountOutcomes?.status === true && observed.role.kind === 'present';
  const known = isOn ? access() : nothingKnown;
  const statuses = isOn ? statusesOf(desired, known) : new Map<string, GrantStatus>();
  const { ref } = observed.role;
  const nameOf = (grant: string): string => statusName(parameterName(settings.parameterPrefix, ref, grant));
  const regions = regionsOf(settings, ref.accountId);
  const places = (grants: Iterable<string>) =>
    [...grants].flatMap((grant) => regions.map((region) => ({ grant, region, name: nameOf(grant) })));
  const asked = isOn ? [...statuses.keys(), ...desired.grants.map(({ name }) => name)] : [];
  const staying = new Set(places(asked).map(parameterKey));
  return [
    ...places(statuses.keys()).flatMap(({ grant, region, name }): readonly StatusChange[] => {
      const status = statuses.get(grant);
      const current = publishedAt(settings, observed, region, name);
      if (status === undefined || current === 'unread') return [];
      const value = statusText(status);
      if (current?.value === value && current.type === configType) return [];
      const otherType = current?.type === configType ? undefined : current?.type;
      const after = known.granted.get(grant)?.after;
      return [
        {
          kind: 'writeStatus',
          id: `writeStatus ${parameterKey({ region, name })}`,
          grants: [grant],
          region,
          name,
          value,
          ...(otherType === undefined ? {} : { isOtherType: true }),
          ...(after === undefined ? {} : { after }),
        },
      ];
    }),
    ...observed.folders.flatMap((folder): readonly StatusChange[] =>
      folder.kind === 'unreadable'
        ? []
        : folder.parameters
            .map((parameter) => ({ ...parameter, region: folder.region }))
            .filter((parameter) => isStatus(parameter) && !staying.has(parameterKey(parameter)))
            .map(({ region, name }) => ({
              kind: 'removeStatus',
              id: `removeStatus ${parameterKey({ region, name })}`,
              grants: [],
              region,
              name,
            })),
    ),
  ];
};

const nothingKnown: KnownAccess = { granted: new Map(), failures: new Map() };

const statusesOf = (
  { grants, refusals }: Desired,
  { granted, failures }: KnownAccess,
): ReadonlyMap<string, GrantStatus> => {
  // The first refusal of a name counts: `google-access/default` is refused beside `google-access`.
  const refused = refusals
    .filter(({ name }) => isGrantName(name))
    .toReversed()
    // With the day in it, it would be written again every day.
    .map(({ name, reason }): readonly [string, GrantStatus] => [
      name,
      { state: 'refused', reason: withoutToday(reason) },
    ]);
  const statuses = new Map(refused);
  for (const { name } of grants) {
    const [since, failure] = [granted.get(name)?.since, failures.get(name)];
    statuses.delete(name);
    if (since !== undefined) statuses.set(name, { state: 'granted', since });
    else if (failure !== undefined) statuses.set(name, { state: 'failed', reason: failureReason(failure) });
  }
  return statuses;
};

/** The texts of passing failures differ from try to try, and so would the status. */
const failureReason = (failure: Failure): string =>
  failure instanceof PermanentError
    ? failure.lasting
    : 'The access could not be given yet. rolebridge tries again.';

const publishedAt = (
  settings: Settings,
  { role, folders }: RoleFolders,
  region: string,
  name: string,
): { readonly value: string; readonly type: string } | 'unread' | undefined => {
  const path = parameterPath(settings.parameterPrefix, role.ref);
  const folder = folders.find((one) => one.region === region && one.path === path);
  return folder?.kind === 'read' ? folder.parameters.find((one) => one.name === name) : 'unread';
};
