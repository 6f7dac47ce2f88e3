import { desiredOf } from '../../shared/core/guardrail.ts';
import type { PresentRole } from '../../shared/core/model.ts';
import type { Settings } from '../../shared/core/settings.ts';
import type { RoleCase } from '../../shared/doctor/role-case.ts';
import { now, reports, settings } from '../support/settings.ts';

export const key = 'google-access';
/** The role `reports` with these tags. */
export const roleCaseOf = (tags: Readonly<Record<string, string>>, using: Settings = settings): RoleCase => {
  const role: PresentRole = {
    kind: 'present',
    ref: reports,
    roleId: 'AROAREPORTS',
    arn: 'arn:aws:iam::111122223333:role/reports',
    tags: Object.entries(tags).map(([name, value]) => ({ key: name, value })),
  };
  return { settings: using, stage: 'prod', role, desired: desiredOf(role, using, now), now };
};

export const sweepFix = 'Let rolebridge repair it: rolebridge sweep';

/** Settings with a rule that lets the role `reports` ask for a Google role on a resource. */
export const withGrantRule = (grant: string, ...on: readonly [string, ...string[]]): Settings => ({
  ...settings,
  allow: [...settings.allow, { grant, on, roles: ['reports'] }],
});

/** A role's case in which no grant waits for the permissions of its Google role. */
export const decided = (roleCase: RoleCase): RoleCase => ({
  ...roleCase,
  desired: {
    ...roleCase.desired,
    grants: roleCase.desired.grants.map((grant) => {
      const { blocked: _, ...free } = grant;
      return free;
    }),
  },
});
