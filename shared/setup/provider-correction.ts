import type { ProviderState } from '../core/google-side.ts';
import type { RoleRef } from '../core/model.ts';
import {
  type AttributeMapping,
  assertionOf,
  defaultMapping,
  type MappedSession,
  mapSession,
  maxSubjectBytes,
  typicalSessions,
  wantedCondition,
  wantedMapping,
} from '../core/provider-mapping.ts';

type Provider = Pick<Extract<ProviderState, { kind: 'there' }>, 'attributeMapping' | 'attributeCondition'>;

export interface Correction extends Provider {
  /** The reasons for the correction. */
  readonly faults: readonly string[];
}

/** In rolebridge's own pool, mapping and condition must be exactly what setup would create. */
export const dedicatedCorrection = (provider: Provider, accountId: string): Correction | undefined => {
  const { attributeMapping: mapping, attributeCondition: condition } = provider;
  const faults = faultsOf(mapping, accountId);
  const spelled = ([subject, awsRole] as const).flatMap((name) =>
    mapping[name] === wantedMapping[name]
      ? []
      : [faults[name] ?? `${name} differs from rolebridge's spelling (${mapping[name] ?? 'not mapped'})`],
  );
  const wanted = wantedCondition(accountId);
  const conditionFault =
    condition === wanted
      ? []
      : [`the attribute condition is ${textOf(condition)}, and should be "${wanted}"`];
  if (spelled.length === 0 && conditionFault.length === 0) return undefined;
  return {
    attributeMapping: corrected(mapping, [subject, awsRole]),
    attributeCondition: wanted,
    faults: [...spelled, ...conditionFault],
  };
};

/** In a pool that others use, changes only the attributes that do not work, and never the condition. */
export const sharedCorrection = (provider: Provider, accountId: string): Correction | undefined => {
  const faults = Object.entries(faultsOf(provider.attributeMapping, accountId)).flatMap(([name, fault]) =>
    fault === undefined ? [] : [{ name, fault }],
  );
  if (faults.length === 0) return undefined;
  return {
    attributeMapping: corrected(
      provider.attributeMapping,
      faults.map(({ name }) => name),
    ),
    attributeCondition: provider.attributeCondition,
    faults: faults.map(({ fault }) => fault),
  };
};

const faultsOf = (mapping: AttributeMapping, accountId: string) => ({
  [subject]: subjectFault(mapping, accountId),
  [awsRole]: awsRoleFault(mapping, accountId),
});

/** Members name a role by its ARN. `reports` stands for every role. */
const awsRoleFault = (mapping: AttributeMapping, accountId: string): string | undefined => {
  const expression = effectiveMapping(mapping)[awsRole];
  if (expression === undefined) return `${awsRole} is not mapped, and every rolebridge member names it`;
  const ref = inAccount(accountId, 'reports');
  const wanted = `arn:aws:sts::${accountId}:assumed-role/${ref.roleName}`;
  const mapped = mapOne(awsRole, expression, ref, 'session');
  if (mapped.kind === 'unmappable') return `${awsRole} cannot be mapped: ${mapped.reason}`;
  const value = mapped.attributes[awsRole];
  return value === wanted
    ? undefined
    : `${awsRole} is "${value}" for the role reports, and rolebridge's members name "${wanted}"`;
};

/** Google must accept the subject of every role and session, even with the longest names. */
const subjectFault = (mapping: AttributeMapping, accountId: string): string | undefined => {
  const expression = effectiveMapping(mapping)[subject];
  if (expression === undefined) return `${subject} is not mapped`;
  const fails = typicalSessions.filter(
    ({ sessionName }) =>
      mapOne(subject, expression, inAccount(accountId, longestName), sessionName).kind === 'unmappable',
  );
  return fails.length === 0
    ? undefined
    : `${subject} (${expression}) can be empty or exceed Google's ${maxSubjectBytes} bytes, in sessions of ${fails.map(({ service }) => service).join(', ')}`;
};

const subject = 'google.subject';
const awsRole = 'attribute.aws_role';

/** Other attributes stay, because other people's members may name them. */
const corrected = (mapping: AttributeMapping, attributes: readonly string[]): AttributeMapping => ({
  ...effectiveMapping(mapping),
  ...Object.fromEntries(Object.entries(wantedMapping).filter(([name]) => attributes.includes(name))),
});

/** The mapping that Google applies: its default if none is stored. */
const effectiveMapping = (mapping: AttributeMapping): AttributeMapping =>
  Object.keys(mapping).length === 0 ? defaultMapping : mapping;

/** Evaluates one expression for one session. */
const mapOne = (attribute: string, expression: string, ref: RoleRef, sessionName: string): MappedSession =>
  mapSession({ [attribute]: expression }, '', assertionOf(ref, roleId, sessionName));

/** The functions' roles whose sessions Google would reject. */
export const rejectedFunctions = (
  { attributeMapping, attributeCondition }: Provider,
  accountId: string,
  functionRoles: readonly string[],
): readonly string[] =>
  functionRoles.filter((name) => {
    // Lambda names a session after its function, and our functions have the names of their roles.
    const assertion = assertionOf(inAccount(accountId, name), roleId, name);
    return mapSession(attributeMapping, attributeCondition, assertion).kind !== 'admitted';
  });

/** IAM's limit is 64 characters. */
const longestName = 'r'.repeat(64);
/** IAM's unique ids have 21 characters. */
const roleId = 'AROAEXAMPLEEXAMPLE123';

const inAccount = (accountId: string, roleName: string): RoleRef => ({
  partition: 'aws',
  accountId,
  roleName,
});

const textOf = (condition: string): string => (condition === '' ? 'missing' : `"${condition}"`);
