import pMap from 'p-map';
import { accountChecks } from './account-checks.ts';
import { type Check, createChecker, type Result } from './check.ts';
import { type Context, type ContextOptions, createContext } from './context.ts';
import { exchangeCheck } from './exchange-check.ts';
import { type Finding, listed, ok, type Status, warning } from './finding.ts';
import { ledgerChecks } from './ledger-checks.ts';
import type { MappedRole } from './mapping.ts';
import type { DoctorPorts } from './ports.ts';
import { stackChecks } from './prerequisite-checks.ts';
import { googleChecks } from './project-checks.ts';
import { caseOf, emailsOf, mappedRole } from './role-case.ts';
import { type LookedAt, roleChecks } from './role-checks.ts';
import { needsAws } from './stack-check.ts';

export type { Result } from './check.ts';

export interface DoctorOptions extends ContextOptions {
  /** @default every role that has a tag of ours */
  readonly roles: readonly string[];
  readonly isExchanging: boolean;
}

export interface Diagnosis {
  readonly results: readonly Result[];
  readonly counts: Readonly<Record<Status, number>>;
}

/** Roles that are looked at unless they are named: each costs some ten calls. */
const mostRoles = 20;

/** Checks that are made at a time. */
const concurrency = 8;

const checkTaggedRoles = async (context: Context): Promise<Finding> => {
  const { tagKey } = await context.settings();
  const names = (await context.taggedRoles()).map(({ ref }) => ref.roleName);
  if (names.length === 0)
    return warning(
      `No role has a tag ${tagKey}.`,
      `Tag one: aws iam tag-role --role-name <role> --tags Key=${tagKey},Value=<service account e-mail>`,
    );
  return names.length <= mostRoles
    ? ok(`${listed(names)} ${names.length === 1 ? 'has' : 'have'} tags of rolebridge.`)
    : ok(
        `${names.length} roles have tags of rolebridge; the first ${mostRoles} are looked at.`,
        'Any other: rolebridge doctor --role <name>. All of them: rolebridge plan',
      );
};

const taggedRolesCheck = (context: Context): Check => ({
  id: 'tagged-roles',
  group: 'Roles',
  title: 'Tagged roles',
  permission: 'iam:GetAccountAuthorizationDetails',
  needs: ['config', ...needsAws],
  causedBy: [],
  run: () => checkTaggedRoles(context),
});

/** Names of the roles to look at; none where they cannot be listed, which a check of its own tells. */
const namesOf = async (context: Context, named: readonly string[]): Promise<readonly string[]> => {
  if (named.length > 0) return [...new Set(named)];
  try {
    return (await context.taggedRoles()).slice(0, mostRoles).map(({ ref }) => ref.roleName);
  } catch {
    return [];
  }
};

/** Nothing is looked up in an account that is not the configured one. */
const lookedAt = async (context: Context, named: readonly string[]): Promise<readonly LookedAt[]> => {
  const wanted = (await context.settingsIfAny())?.accounts[0]?.id;
  const actual = await context.identity().catch(() => undefined);
  const isOwnAccount = wanted !== undefined && actual?.accountId === wanted;
  const names = isOwnAccount || named.length > 0 ? await namesOf(context, named) : [];
  return pMap(
    names,
    async (name) => ({
      name,
      emails: isOwnAccount ? await caseOf(context, name).then(emailsOf, () => []) : [],
      isNamed: named.length > 0,
    }),
    { concurrency },
  );
};

const checksOf = async (
  ports: DoctorPorts,
  context: Context,
  { roles: named, isExchanging }: DoctorOptions,
): Promise<readonly Check[]> => {
  const roles = await lookedAt(context, named);
  const emails = [...new Set(roles.flatMap((role) => role.emails))].toSorted();
  const mappedRoles = async (): Promise<readonly MappedRole[]> => {
    const mapped = await pMap(roles, ({ name }) => mappedRole(context, name).catch(() => undefined), {
      concurrency,
    });
    return mapped.filter((role) => role !== undefined);
  };
  const projects = (await context.settingsIfAny())?.google.projects ?? [];
  return [
    ...stackChecks(context),
    ...ledgerChecks(context),
    ...googleChecks(context, projects, mappedRoles),
    ...(named.length === 0 ? [taggedRolesCheck(context)] : []),
    ...emails.flatMap((email) => accountChecks(context, email)),
    ...roles.flatMap((role) => roleChecks(context, role)),
    ...(isExchanging ? [exchangeCheck(context, ports.exchange, named)] : []),
  ];
};

/** Looks at every link of the chain from a role's tag to a token of Google's. Reads only; each check stands alone. */
export const diagnose = async (
  ports: DoctorPorts,
  options: DoctorOptions,
  signal: AbortSignal,
): Promise<Diagnosis> => {
  const context = createContext(ports, options);
  const checks = await checksOf(ports, context, options);
  const make = createChecker(checks);
  const results = await pMap(checks, make, { concurrency });
  signal.throwIfAborted();
  const count = (status: Status) => results.filter((result) => result.status === status).length;
  return {
    results,
    counts: {
      ok: count('ok'),
      warning: count('warning'),
      failed: count('failed'),
      unknown: count('unknown'),
    },
  };
};
