import { PermanentError } from '../core/errors.ts';
import { type Desired, desiredOf } from '../core/guardrail.ts';
import type { PresentRole } from '../core/model.ts';
import type { Settings } from '../core/settings.ts';
import type { Check } from './check.ts';
import type { Context } from './context.ts';
import type { Finding } from './finding.ts';
import type { Absent, RoleDetail } from './ports.ts';

/** One role, and what its tags ask for within the guardrail. */
export interface RoleCase {
  readonly settings: Settings;
  readonly stage: string;
  readonly role: PresentRole;
  readonly desired: Desired;
  readonly now: Date;
}

/** A role to check, and the service accounts that its tags ask for, as far as they are known. */
export interface InspectedRole {
  readonly name: string;
  readonly emails: readonly string[];
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
  const { id: accountId } = await context.account();
  const { roleName, roleId, arn, tags } = await readRole(context, name);
  const ref = { partition: 'aws', accountId, roleName };
  const role = { kind: 'present', ref, roleId, arn, tags } as const;
  return { settings, stage, role, desired: desiredOf(role, settings, now), now };
};

/** @throws PermanentError if there is no such role */
export const readRole = async (context: Context, name: string): Promise<Exclude<RoleDetail, Absent>> => {
  const detail = await context.aws.role(name);
  if (detail.kind === 'absent') throw new PermanentError(`There is no role ${name}.`);
  return detail;
};

/** The service accounts that a role's tags ask for. */
export const emailsOf = ({ desired: { grants } }: RoleCase): readonly string[] => [
  ...new Set(grants.map(({ target }) => target.email)),
];
