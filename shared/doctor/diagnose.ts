import pMap from 'p-map';
import type { ResourceName } from '../core/service-account.ts';
import { homeOf } from '../core/settings.ts';
import { accessCheck } from './access-check.ts';
import { accountChecks } from './account-checks.ts';
import { busChecks } from './bus-check.ts';
import { type Check, createChecker, type Result } from './check.ts';
import { type Context, type ContextOptions, createContext } from './context.ts';
import { exchangeCheck } from './exchange-check.ts';
import type { Status } from './finding.ts';
import { functionErrorsCheck } from './function-errors-check.ts';
import { functionsCheck } from './functions-check.ts';
import { inspectedResources, ruleResourcesCheck } from './inspected-resources.ts';
import { readInspectedRoles, readMappedRoles, taggedRolesCheck } from './inspected-roles.ts';
import { ledgerChecks } from './ledger-checks.ts';
import { mappingChecks } from './mapping-checks.ts';
import { memberForwardCheck } from './member-forward-check.ts';
import { memberProviderCheck } from './member-provider-check.ts';
import { memberRolesCheck } from './member-roles-check.ts';
import { memberRuleCheck } from './member-rule-check.ts';
import { memberTrailCheck } from './member-trail-check.ts';
import { memberViewerCheck } from './member-viewer-check.ts';
import { ownAccountChecks } from './own-account-checks.ts';
import { poolChecks } from './pool-checks.ts';
import type { DoctorPorts } from './ports.ts';
import { prerequisiteChecks } from './prerequisite-checks.ts';
import { projectChecks } from './project-checks.ts';
import { queueChecks } from './queue-checks.ts';
import { resourceChecks } from './resource-checks.ts';
import type { InspectedRole } from './role-case.ts';
import { deliveryLinks, roleChecks } from './role-checks.ts';
import { ruleChecks } from './rule-checks.ts';
import { trailCheck } from './trail-check.ts';
import { unlistedSendersCheck } from './unlisted-senders-check.ts';

export type { Result } from './check.ts';

export interface DoctorOptions extends ContextOptions {
  /** @default every role that has a tag that rolebridge reads */
  readonly roles: readonly string[];
  readonly isExchanging: boolean;
}

export interface Diagnosis {
  readonly results: readonly Result[];
  readonly counts: Readonly<Record<Status, number>>;
}

/** Checks every link of the chain from a role's tag to a token of Google's. Only reads. A check that throws does not affect the others. */
export const diagnose = async (
  ports: DoctorPorts,
  options: DoctorOptions,
  signal: AbortSignal,
): Promise<Diagnosis> => {
  const context = createContext(ports, options);
  const settings = await context.settingsIfAny();
  const { accountId } = options;
  // The caller asked about another account: roles of the home account are not checked.
  const isElsewhere = accountId !== undefined && settings !== undefined && accountId !== homeOf(settings);
  const roles =
    isElsewhere && options.roles.length === 0 ? [] : await readInspectedRoles(context, options.roles);
  const areNamed = options.roles.length > 0;
  const hasMembers = (await context.memberIds().catch(() => [])).length > 0;
  const checks = [
    ...listChecks(context, ports.survey, {
      roles,
      resources: inspectedResources(settings, roles, areNamed || isElsewhere),
      projects: settings?.google.projects ?? [],
      hasMembers,
      hasStatuses: settings?.accountOutcomes?.status === true,
      areNamed,
    }),
    ...(options.isExchanging ? [exchangeCheck(context, ports.exchange, options.roles)] : []),
  ];
  const results = await pMap(checks, createChecker(checks), { concurrency: 8 });
  signal.throwIfAborted();
  return { results, counts: countByStatus(results) };
};

interface CheckedThings {
  readonly roles: readonly InspectedRole[];
  /** On which tags can ask for Google roles. */
  readonly resources: readonly ResourceName[];
  readonly projects: readonly string[];
  /** There are other AWS accounts than the home account. */
  readonly hasMembers: boolean;
  /** Each grant has a status beside its config. */
  readonly hasStatuses: boolean;
  /** The caller named the roles. */
  readonly areNamed: boolean;
}

/** The chain from a role of another AWS account to the queue, and back to that account. */
const memberChecks = (context: Context): readonly Check[] => [
  ...busChecks(context),
  unlistedSendersCheck(context),
  memberViewerCheck(context),
  memberRuleCheck(context),
  memberForwardCheck(context),
  memberRolesCheck(context),
  memberTrailCheck(context),
];

/** All checks but the exchange, in the order in which people read them. */
export const listChecks = (
  context: Context,
  survey: DoctorPorts['survey'],
  { roles, resources, projects, hasMembers, hasStatuses, areNamed }: CheckedThings,
): readonly Check[] => {
  const emails = [...new Set(roles.flatMap((role) => role.emails))].toSorted();
  const ofTargets = [
    ...emails.flatMap((email) => accountChecks(context, email)),
    ...(areNamed || resources.length === 0 ? [] : [ruleResourcesCheck(context)]),
    ...resources.flatMap((resource) => resourceChecks(context, resource)),
  ];
  const ofRoles = roles.flatMap((role) => roleChecks(context, role, hasStatuses));
  const causes = [...deliveryLinks, 'ledger', ...[...ofTargets, ...ofRoles].map(({ id }) => id)];
  return [
    ...prerequisiteChecks(context),
    functionsCheck(context),
    trailCheck(context),
    ...ruleChecks(context),
    ...queueChecks(context),
    ...(hasMembers ? memberChecks(context) : []),
    functionErrorsCheck(context),
    ...ledgerChecks(context),
    ...projectChecks(context),
    ...poolChecks(context),
    ...(hasMembers ? [memberProviderCheck(context)] : []),
    ...mappingChecks(context, () => readMappedRoles(context, roles)),
    ...ownAccountChecks(context, projects),
    ...(areNamed ? [] : [taggedRolesCheck(context), accessCheck(context, survey, roles, causes)]),
    ...ofTargets,
    ...ofRoles,
  ];
};

const countByStatus = (results: readonly Result[]): Diagnosis['counts'] => {
  const count = (status: Status) => results.filter((result) => result.status === status).length;
  return {
    ok: count('ok'),
    warning: count('warning'),
    failed: count('failed'),
    unknown: count('unknown'),
  };
};
