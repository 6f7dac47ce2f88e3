import type { AllowPolicy } from '../core/iam-policy.ts';
import {
  type AttributeMapping,
  type AwsAssertion,
  assertionOf,
  mapSession,
  typicalSessions,
} from '../core/provider-mapping.ts';
import type { ResourceName } from '../core/service-account.ts';

/** A member of a pool in an allow policy. */
export interface PoolUse {
  readonly resource: ResourceName;
  readonly role: string;
  readonly member: string;
}

/** A use that works today, and would not work with the corrected mapping. */
export interface BrokenUse extends PoolUse {
  /** The new value of the attribute that the member names. */
  readonly instead: string;
}

export interface PoolProvider {
  readonly accountId: string;
  readonly attributeMapping: AttributeMapping;
  readonly attributeCondition: string;
}

/** Members that some session has today, and that none of those sessions would have after the correction. */
export const brokenUses = (
  pool: string,
  uses: readonly PoolUse[],
  before: PoolProvider,
  after: PoolProvider,
): readonly BrokenUse[] =>
  uses.flatMap((use) => {
    const named = namedBy(pool, use.member);
    if (named === undefined) return [];
    const { attribute, value } = named;
    const served = impliedSessions(value, before.accountId).filter(
      (assertion) => attributeOf(before, attribute, assertion) === value,
    );
    const then = served.map((assertion) => attributeOf(after, attribute, assertion));
    if (then.length === 0 || then.includes(value)) return [];
    return [{ ...use, instead: then[0] ?? '' }];
  });

/** `…/subject/V` → google.subject, `…/attribute.X/V` → attribute.X. The whole pool and groups have none. */
const namedBy = (pool: string, member: string): { attribute: string; value: string } | undefined => {
  const rest = member.slice(member.indexOf(`/${pool}/`) + pool.length + 2);
  const [, kind = '', value = ''] = /^(subject|attribute\.[a-z0-9_]+)\/(.+)$/.exec(rest) ?? [];
  if (kind === '') return undefined;
  return { attribute: kind === 'subject' ? 'google.subject' : kind, value };
};

/** Sessions that an attribute's value may stand for: one guess for each common mapping. */
const impliedSessions = (value: string, accountId: string): readonly AwsAssertion[] => {
  const [, inArn = '', itsSession = ''] =
    /(?:^|:assumed-role\/)([\w+=,.@-]{1,64})(?:\/([\w+=,.@-]+))?$/.exec(value) ?? [];
  const [, id = '', idSession = ''] = /^(A[A-Z0-9]{3,})(?::(.+))?$/.exec(value) ?? [];
  const ref = (roleName: string) => ({ partition: 'aws', accountId, roleName });
  return [
    // A role, by its bare name or its ARN, with or without a session.
    ...(inArn === '' ? [] : sessionsOf(accountId, inArn)),
    ...(itsSession === '' ? [] : [assertionOf(ref(inArn), sampleId, itsSession)]),
    // A unique id, with or without a session.
    ...(id === '' ? [] : sessionsOf(accountId, sampleRole, id)),
    ...(idSession === '' ? [] : [assertionOf(ref(sampleRole), id, idSession)]),
    // A user of the account, or its root.
    ...(/^arn:aws[a-z-]*:iam::/.test(value)
      ? [{ account: accountId, arn: value, userid: 'AIDAEXAMPLEEXAMPLE123' }]
      : []),
    // The account itself, or any other value that all sessions share.
    ...sessionsOf(accountId, sampleRole),
  ];
};

const sessionsOf = (accountId: string, roleName: string, roleId = sampleId): readonly AwsAssertion[] =>
  typicalSessions.map(({ sessionName }) =>
    assertionOf({ partition: 'aws', accountId, roleName }, roleId, sessionName),
  );

const sampleId = 'AROAEXAMPLEEXAMPLE123';
const sampleRole = 'reports';

/** The value of an attribute for a session; undefined if the provider does not admit it. */
const attributeOf = (
  { attributeMapping, attributeCondition }: PoolProvider,
  attribute: string,
  assertion: AwsAssertion,
): string | undefined => {
  const mapped = mapSession(attributeMapping, attributeCondition, assertion);
  return mapped.kind === 'admitted' ? mapped.attributes[attribute] : undefined;
};

/** Every member of the pool in a policy, for any role and any kind of member. */
export const usesOfPool = (
  pool: string,
  resource: ResourceName,
  { bindings = [] }: AllowPolicy,
): readonly PoolUse[] =>
  bindings.flatMap(({ role, members }) =>
    members
      .filter((member) => member.includes(`://iam.googleapis.com/${pool}/`))
      .map((member) => ({ resource, role, member })),
  );
