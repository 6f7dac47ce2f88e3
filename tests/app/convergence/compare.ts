import { credentialConfig } from '../../../shared/core/credential-config.ts';
import type { Binding } from '../../../shared/core/iam-policy.ts';
import { readLedgerItem } from '../../../shared/core/ledger.ts';
import type { Tag } from '../../../shared/core/model.ts';
import { settings as base } from '../../support/settings.ts';
import type { Cloud } from './cloud.ts';
import { foreignRows, memberText, ownMembers } from './foreign.ts';
import { isHandMade } from './hand-made.ts';
import {
  type Access,
  type Ask,
  clientProject,
  type Intent,
  providerIn,
  regionsIn,
  settingsOf,
  wanted,
} from './intent.ts';
import { placeOf, roleId } from './roles.ts';
import { askOf, isDirect, namesOf, type Target, targetAt } from './targets.ts';

/** One binding as a line: target, condition and member, which is everything that identifies it. */
export const bindingText = (target: Target, member: string, condition: Binding['condition']): string =>
  `${target} ${JSON.stringify(condition ?? null)} ${member}`;

/** The target in a binding's line. */
export const lineTarget = (line: string): Target => line.slice(0, line.search(/ (null|\{)/));

export const bindingOf = ({ role, target, until }: Access): string =>
  bindingText(
    target,
    memberText(role.roleName, role.accountId),
    until === undefined
      ? undefined
      : { title: 'rolebridge-until', expression: `request.time < timestamp("${until}")` },
  );

/** Every binding that exists and that may be ours. People made some of them (hand-made.ts). */
export const bindingsThere = ({ world }: Pick<Cloud, 'world'>): readonly string[] =>
  [...world.policies].flatMap(([resource, { policy }]) =>
    (policy.bindings ?? []).flatMap((binding) => {
      const target = targetAt(binding.role, resource) ?? '';
      return ownMembers(resource, binding).map((member) => bindingText(target, member, binding.condition));
    }),
  );

const encode = (roleName: string): string => roleName.toLowerCase().replaceAll('.', '..');

/** The places in which access is published. */
export const placesOf = (
  { intent }: Pick<Cloud, 'intent'>,
  { role: { accountId, roleName }, grant }: Access,
): readonly string[] =>
  regionsIn(intent, accountId).map((region) =>
    placeOf({ accountId, region }, `${intent.prefix}/${encode(roleName)}/${grant}`),
  );

/** A direct grant has the project for its clients beside its config. */
const parametersWanted = (cloud: Cloud, all: readonly Access[]): readonly string[] =>
  all.flatMap((access) => {
    const { role, target } = access;
    const config = JSON.stringify(
      credentialConfig(
        settingsOf(cloud.intent),
        providerIn(role.accountId),
        isDirect(target) ? undefined : target,
      ),
    );
    return placesOf(cloud, access).flatMap((place) => [
      `${place} ${config}`,
      ...(isDirect(target) ? [`${place}.project "${clientProject}"`] : []),
    ]);
  });

/** Whether a parameter shows itself as a credential config of our pool, or as the project beside one. */
const isOurs = (place: string, value: string): boolean =>
  (value.includes(`/workloadIdentityPools/${base.google.pool}/`) && value.includes('external_account')) ||
  isProject(place, value);

export const isProject = (place: string, value: string): boolean =>
  place.endsWith('.project') && /^[a-z][a-z0-9-]{4,28}[a-z0-9]$/.test(value);

/** All parameters like that, in any place. A correct one is a String. */
const parametersThere = ({ world }: Cloud, isJudged: (place: string) => boolean): readonly string[] =>
  [...world.parameters]
    .filter(([place, { value, type }]) => type !== 'SecureString' && isOurs(place, value) && isJudged(place))
    .map(([place, { value, type = 'String' }]) => {
      const text = isProject(place, value) ? JSON.stringify(value) : JSON.stringify(JSON.parse(value));
      return `${place} ${type === 'String' ? '' : `${type} `}${text}`;
    });

/** One status for each grant that a tag requests: the result of the request. */
const statusesWanted = (cloud: Cloud): readonly string[] => {
  const { intent, roles, world } = cloud;
  if (intent.hasStatuses !== true) return [];
  const asked = [...roles.values()].flatMap(({ ref, asks, others = [] }) =>
    [...asks, ...others.flatMap(asOther)].map((ask) => ({ role: ref, ...ask })),
  );
  const isWanted = (access: Access): boolean =>
    wanted(new Map([['one', { ref: access.role, asks: [access] }]]), withGhosts(intent), world.now).length >
    0;
  const possible = new Set(accessWanted(cloud).map(accessText));
  return asked.flatMap((access) => {
    const refusedOrFailed = isWanted(access) ? 'failed' : 'refused';
    const state = possible.has(accessText(access)) ? 'granted' : refusedOrFailed;
    return placesOf(cloud, access).map((place) => `${place}.status ${state}`);
  });
};

const accessText = ({ role, grant, target, until }: Access): string =>
  [roleId(role), grant, target, until].join(' ');

/** Another tag of a role as a request, if its key can have a status. A key in capitals is refused. */
const asOther = ({ key, value }: Tag): readonly Ask[] => {
  const [, tagKey = '', grant] = /^(google-access|GOOGLE-ACCESS)\/([a-z0-9]+)$/.exec(key) ?? [];
  return grant === undefined ? [] : [{ grant, ...askOf(tagKey === base.tagKey ? value : '') }];
};

/** The guardrail also admits accounts that do not exist. */
const withGhosts = ({ allow, ...intent }: Intent): Intent => {
  const ghosts = Array.from({ length: 50 }, (_, at) => `ghost${at + 1}@acme-data.iam.gserviceaccount.com`);
  return { ...intent, allow: { ...allow, emails: [...allow.emails, ...ghosts] } };
};

/** Every parameter that looks like a status. One of access must begin when the ledger announced a binding. */
const statusesThere = ({ world }: Cloud, isJudged: (place: string) => boolean): readonly string[] => {
  const begins = [...world.table.values()].flatMap(({ pk, body }) =>
    pk.startsWith('role#') ? (readLedgerItem(body)?.entries ?? []).map(({ since }) => since) : [],
  );
  return [...world.parameters].flatMap(([place, { value, type = 'String' }]) => {
    if (!place.endsWith('.status') || !value.startsWith('{"version":') || type === 'SecureString') return [];
    if (!isJudged(place)) return [];
    const { version, state, since } = JSON.parse(value) as Readonly<Record<string, unknown>>;
    const isRight = version === 1 && (state !== 'granted' || begins.some((begin) => begin === since));
    return [`${place} ${isRight && type === 'String' ? String(state) : `${type} ${value}`}`];
  });
};

const difference = (
  what: string,
  wantedOnes: readonly string[],
  there: readonly string[],
): readonly string[] => [
  ...new Set(wantedOnes.filter((one) => !there.includes(one)).map((one) => `missing ${what}: ${one}`)),
  ...new Set(there.filter((one) => !wantedOnes.includes(one)).map((one) => `left-over ${what}: ${one}`)),
];

/**
 * The part of the wanted access that is possible. Google accepts no rejected member, and no account that does not
 * exist. Access that may not be granted any more is wanted only where it exists.
 */
export const accessWanted = (cloud: Cloud): readonly Access[] => {
  const { roles, intent, world, impossible } = cloud;
  const there = new Set(bindingsThere(cloud));
  return [
    ...wanted(roles, intent, world.now),
    ...wanted(roles, intent, world.now, ['unknown']).filter(
      (access) => isDirect(access.target) && there.has(bindingOf(access)),
    ),
  ].filter(
    ({ role, target }) =>
      !impossible.has(roleId(role)) && !namesOf(target).some((name) => impossible.has(name)),
  );
};

/** Exclusions from a comparison. */
export interface Judged {
  readonly binding: (binding: string) => boolean;
  readonly parameter: (place: string) => boolean;
}
const everything: Judged = { binding: () => true, parameter: () => true };

/** The differences between the clouds and the model; empty when they agree. */
export const differences = (cloud: Cloud, isJudged: Judged = everything): readonly string[] => {
  const all = accessWanted(cloud);
  const bindings = all.map(bindingOf);
  const there = bindingsThere(cloud).filter(
    (one) => bindings.includes(one) || (isJudged.binding(one) && !isHandMade(cloud, one)),
  );
  return [
    ...difference('binding', bindings, there),
    ...difference('parameter', parametersWanted(cloud, all), parametersThere(cloud, isJudged.parameter)),
    ...difference('status', statusesWanted(cloud), statusesThere(cloud, isJudged.parameter)),
    ...cloud.trespasses,
    ...[...cloud.foreign].flatMap(([resource, rows]) =>
      foreignRows(resource, cloud.world.policies.get(resource)?.policy ?? {}) === rows
        ? []
        : [`foreign rows of ${resource} changed`],
    ),
  ];
};
