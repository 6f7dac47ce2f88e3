import { isDeepStrictEqual } from 'node:util';
import { isRealDay } from './calendar.ts';
import { isInheritedIn } from './inherited.ts';
import { isRecord } from './json.ts';
import { poolOfMember, roleOfMember } from './member.ts';
import type { Grant, RoleRef, Timestamp } from './model.ts';
import { isServiceAccountResource, type ResourceName } from './service-account.ts';
import { ourSites, type Settings } from './settings.ts';
import { type AccessName, accessOf, type Site, workloadIdentityUser } from './target.ts';

/** A Google allow policy as it was read. Fields that we do not know are other people's, and stay. */
export interface AllowPolicy {
  readonly etag?: string;
  readonly version?: number;
  readonly bindings?: readonly Binding[];
}

export interface Binding {
  readonly role: string;
  readonly members: readonly string[];
  readonly condition?: Condition;
}

export interface Condition {
  readonly title?: string;
  readonly expression?: string;
  readonly description?: string;
}

/** One member to add to or remove from the bindings of one role and condition. */
export interface PolicyEdit {
  readonly kind: 'add' | 'remove';
  readonly role: string;
  readonly member: string;
  readonly condition?: Condition;
}

/** Applies edits and leaves every other row, every field and the order as read. Returns the same object if nothing changes. */
export const editPolicy = (policy: AllowPolicy, edits: readonly PolicyEdit[]): AllowPolicy => {
  const before = policy.bindings ?? [];
  const after = edits.reduce(
    (bindings, edit) => (edit.kind === 'add' ? add : remove)(bindings, edit),
    before,
  );
  return after === before || isDeepStrictEqual(after, before) ? policy : { ...policy, bindings: after };
};

const add = (bindings: readonly Binding[], edit: PolicyEdit): readonly Binding[] => {
  const same = isBindingOf(edit);
  if (bindings.some((binding) => same(binding) && binding.members.includes(edit.member))) return bindings;
  const at = bindings.findIndex(same);
  if (at === -1) {
    const { role, member, condition } = edit;
    return [...bindings, { role, members: [member], ...(condition === undefined ? {} : { condition }) }];
  }
  return bindings.map((binding, index) =>
    index === at ? { ...binding, members: [...binding.members, edit.member] } : binding,
  );
};

const isBindingOf = (edit: PolicyEdit) => (binding: Binding) =>
  binding.role === edit.role && sameCondition(binding.condition, edit.condition);

export const sameCondition = (a: Condition | undefined, b: Condition | undefined): boolean =>
  isDeepStrictEqual(a ?? undefined, b ?? undefined);

const remove = (bindings: readonly Binding[], edit: PolicyEdit): readonly Binding[] => {
  const same = isBindingOf(edit);
  return bindings.flatMap((binding) => {
    if (!same(binding) || !binding.members.includes(edit.member)) return [binding];
    const members = binding.members.filter((member) => member !== edit.member);
    // Google refuses a binding without members.
    return members.length === 0 ? [] : [{ ...binding, members }];
  });
};

/** https://cloud.google.com/iam/quotas: principals in one allow policy, every appearance counted. */
export const maxPrincipals = 1500;

/** At 80 % someone should make room. */
export const manyPrincipals = 1200;

/**
 * Whether an answer is an allow policy that can be edited. Google sends an etag with every policy, even with one that was
 * never set. So `{}` comes from something else, and does not prove that nothing is bound.
 */
export const isAllowPolicy = (value: unknown): value is AllowPolicy =>
  isRecord(value) &&
  typeof value['etag'] === 'string' &&
  value['etag'] !== '' &&
  (value['bindings'] === undefined ||
    (Array.isArray(value['bindings']) && value['bindings'].every(isBinding)));

const isBinding = (value: unknown): boolean =>
  isRecord(value) &&
  typeof value['role'] === 'string' &&
  !isHidden(value['role']) &&
  isTexts(value['members']) &&
  (value['condition'] === undefined || isRecord(value['condition']));

/**
 * Version 1 of a policy hides a condition behind the role's name. We ask for version 3, so something in between dropped that,
 * and a binding of ours would look gone: https://cloud.google.com/iam/docs/policies#versions
 */
const isHidden = (role: string): boolean => /_withcond_[0-9a-f]+$/.test(role);

const isTexts = (value: unknown): boolean =>
  Array.isArray(value) && value.every((one) => typeof one === 'string');

/** A condition on `request.time` ends the access even if rolebridge is down. */
export const untilCondition = (expiresAt: Timestamp): Condition => ({
  title: 'rolebridge-until',
  expression: `request.time < timestamp("${expiresAt}")`,
});

/** The condition under which a grant is bound; undefined if the grant has no end. */
export const grantCondition = ({ expiresAt }: Pick<Grant, 'expiresAt'>): Condition | undefined =>
  expiresAt === undefined ? undefined : untilCondition(expiresAt);

/** When access under a condition ends, no matter who wrote it; undefined for any condition other than a plain end. */
export const endOf = (condition: Condition | undefined): Timestamp | undefined => {
  const [, text = ''] =
    /^request\.time < timestamp\("([0-9TZ:.+-]+)"\)$/.exec(condition?.expression ?? '') ?? [];
  const isForm = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text);
  const moment = isForm && isRealDay(dayOf(text)) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(moment)) return undefined;
  // In one spelling, as tags and outcomes have it.
  const iso = new Date(moment).toISOString().replace('.000Z', 'Z');
  return /^\d{4}-/.test(iso) ? iso : undefined;
};

const dayOf = (timestamp: string): string => timestamp.slice(0, 'YYYY-MM-DD'.length);

/** Whether access under this condition of ours is over. We do not interpret anyone else's condition. */
export const hasEnded = (condition: Condition | undefined, now: Date): boolean => {
  const [, expiresAt] =
    /^request\.time < timestamp\("([0-9TZ:-]+)"\)$/.exec(condition?.expression ?? '') ?? [];
  return (
    condition?.title === 'rolebridge-until' &&
    expiresAt !== undefined &&
    isRealDay(dayOf(expiresAt)) &&
    Date.parse(expiresAt) <= now.getTime()
  );
};

export const principalCount = (policy: AllowPolicy): number =>
  (policy.bindings ?? []).reduce((count, binding) => count + binding.members.length, 0);

/** The conditions under which a member has a Google role; undefined stands for none. */
export const conditionsOf = (
  policy: AllowPolicy,
  googleRole: string,
  member: string,
): readonly (Condition | undefined)[] =>
  (policy.bindings ?? [])
    .filter(({ role, members }) => role === googleRole && members.includes(member))
    .map(({ condition }) => condition);

/** Whether a policy holds exactly this binding. */
export const holdsBinding = (
  { bindings = [] }: AllowPolicy,
  wanted: { readonly googleRole: string; readonly member: string; readonly condition?: Condition },
): boolean =>
  bindings.some(
    ({ role, members, condition }) =>
      role === wanted.googleRole &&
      members.includes(wanted.member) &&
      sameCondition(condition, wanted.condition),
  );

export interface OurBinding {
  readonly ref: RoleRef;
  readonly googleRole: string;
  /** It was there before its site was used, so it is ours only if its role has a tag for the site. */
  readonly isInherited?: true;
  readonly member: string;
  readonly condition?: Condition;
}

/**
 * The bindings that rolebridge owns: members of our pools' attribute.aws_role, on a service account as workload identity users,
 * on any other resource under the Google roles that are granted there, including members that were there before.
 */
export const ourBindings = (
  settings: Settings,
  resource: ResourceName,
  policy: AllowPolicy,
): readonly OurBinding[] =>
  (policy.bindings ?? [])
    .filter(({ role }) => isOurSite(settings, { googleRole: role, resource }))
    .flatMap(({ role, members, condition }) =>
      members.flatMap((member) => {
        const ref = roleOfMember(settings, member);
        return ref === undefined
          ? []
          : [
              {
                ref,
                googleRole: role,
                member,
                ...(condition === undefined ? {} : { condition }),
                ...(isInheritedAt(settings, { googleRole: role, resource }, member)
                  ? { isInherited: true }
                  : {}),
              },
            ];
      }),
    );

/** A member of a pool that was first used after the site was entered may have been there before. */
const isInheritedAt = (settings: Settings, site: Site, member: string): boolean => {
  const { inherited, coveredPools } = settings.google;
  if (isInheritedIn(inherited, site, member)) return true;
  const pools = coveredPools?.get(accessOf(site));
  return pools !== undefined && !pools.some((pool) => pool === poolOfMember(settings, member));
};

const isOurSite = (settings: Settings, site: Site): boolean =>
  site.googleRole === workloadIdentityUser
    ? isServiceAccountResource(site.resource)
    : sitesOf(settings).has(accessOf(site));

/** Computed once: the sweep asks for every row of every policy. */
const sitesOf = (settings: Settings): ReadonlySet<AccessName> => {
  const known = knownSites.get(settings) ?? new Set(ourSites(settings).map(accessOf));
  knownSites.set(settings, known);
  return known;
};

const knownSites = new WeakMap<Settings, ReadonlySet<AccessName>>();
