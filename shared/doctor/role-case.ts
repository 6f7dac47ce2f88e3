import { withAskedRoles } from '../app/google-roles.ts';
import { isBlocked, settleObserved } from '../core/bindings.ts';
import { PermanentError } from '../core/errors.ts';
import { type Desired, desiredOf } from '../core/guardrail.ts';
import type { PresentRole } from '../core/model.ts';
import type { ResourceName } from '../core/service-account.ts';
import type { Settings } from '../core/settings.ts';
import type { Check } from './check.ts';
import type { Context } from './context.ts';
import type { Finding } from './finding.ts';
import type { Absent, AccountView, RoleDetail } from './ports.ts';
import { readTargets } from './target-policies.ts';

/** One role, and what its tags ask for within the guardrail. */
export interface RoleCase {
  readonly settings: Settings;
  readonly stage: string;
  readonly role: PresentRole;
  readonly desired: Desired;
  readonly now: Date;
}

/** A role to check, and what its tags ask for, as far as that is known. */
export interface InspectedRole {
  /** `reports`, or `444455556666/reports` if its account is not the home account. */
  readonly name: string;
  /** The service accounts. */
  readonly emails: readonly string[];
  /** The resources on which rules name the Google roles that they ask for. */
  readonly resources: readonly ResourceName[];
  /** The caller named the role, and so expects it to have access. */
  readonly isNamed: boolean;
}

/** Creates checks of one role. */
export type RoleCheck = (
  kind: string,
  title: string,
  permission: string,
  run: () => Promise<Finding>,
  more?: Partial<Pick<Check, 'needs' | 'causedBy'>>,
) => Check;

/** @throws PermanentError if there is no such role */
export const readRoleCase = async (context: Context, name: string): Promise<RoleCase> => {
  const { now, stage } = context;
  const settings = await context.settings();
  const { accountId } = await placeOf(context, name);
  const { roleName, roleId, arn, tags } = await readRole(context, name);
  const ref = { partition: 'aws', accountId, roleName };
  const role = { kind: 'present', ref, roleId, arn, tags } as const;
  return { settings, stage, role, desired: await readDesired(context, settings, role), now };
};

/** The access that a role's tags ask for, in the light of what it has already, decided by the functions' own code. */
const readDesired = async (context: Context, settings: Settings, role: PresentRole): Promise<Desired> => {
  const { now } = context;
  const { googleRoles } = await context.google();
  const asked = desiredOf(role, await withAskedRoles(settings, googleRoles, [role]), now);
  if (!isBlocked(asked)) return asked;
  const policies = await readTargets(context, asked);
  // A rule names each of these sites, so the ledger knows no other binding of the role there.
  return settleObserved(settings, { role, policies, entries: [] }, asked, now).desired;
};

export interface RolePlace {
  readonly accountId: string;
  readonly roleName: string;
  readonly view: AccountView;
}

/** The account of a role, and how to read it. */
export const placeOf = async (context: Context, name: string): Promise<RolePlace> => {
  const [roleName = '', accountId = (await context.account()).id] = name.split('/').toReversed();
  return { accountId, roleName, view: await context.view(accountId) };
};

/** @throws PermanentError if there is no such role */
export const readRole = async (context: Context, name: string): Promise<Exclude<RoleDetail, Absent>> => {
  const { roleName, view } = await placeOf(context, name);
  const detail = await view.role(roleName);
  if (detail.kind === 'absent') throw new PermanentError(`There is no role ${name}.`);
  return detail;
};
