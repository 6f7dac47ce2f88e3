import { memberOf } from '../core/member.ts';
import type { RoleRef } from '../core/model.ts';
import {
  type AttributeMapping,
  assertionOf,
  defaultMapping,
  mapSession,
  maxSubjectBytes,
  typicalSessions,
} from '../core/provider-mapping.ts';
import type { Settings } from '../core/settings.ts';
import { rolebridge } from './commands.ts';
import { type Finding, failed, listed, ok, okUnless, type Problem, unknown } from './finding.ts';

/** A role whose sessions are put through the provider's expressions. */
export interface MappedRole {
  readonly ref: RoleRef;
  readonly roleId: string;
  readonly sessions: readonly { readonly service: string; readonly sessionName: string }[];
}

export type Service = (typeof typicalSessions)[number]['service'];

/** As long as every role's unique id is. */
export const exampleRoleId = 'AROAEXAMPLEEXAMPLEXYZ';

/** Sessions as the services name them that may take on a role. */
export const sessionsOf = (services: readonly Service[]): MappedRole['sessions'] =>
  typicalSessions.filter(({ service }) => services.includes(service));

interface Expressions {
  readonly attributeMapping: AttributeMapping;
  readonly attributeCondition: string;
}

/** Without any of its own, a provider maps by Google's default. */
const expressionsOf = ({ attributeMapping }: Expressions): AttributeMapping =>
  Object.keys(attributeMapping).length === 0 ? defaultMapping : attributeMapping;

const attribute = 'attribute.aws_role';
const usualSession = typicalSessions[0].sessionName;

const rolesText = (roles: readonly MappedRole[]): string => listed(roles.map(({ ref }) => ref.roleName));

/** What is wrong with a value that should be the role's ARN without its session. */
const spelling = ({ roleName }: RoleRef, value: string): string => {
  if (value === '') return 'nothing';
  if (value === roleName) return `the bare role name, "${value}"`;
  return value.startsWith('arn:aws:iam::')
    ? `the role's IAM ARN, "${value}"`
    : `another spelling, "${value}"`;
};

const setupFix = (stage: string): string =>
  `Put it right: ${rolebridge(stage, 'setup')}\nIt first lists whom a corrected mapping would break.`;

/** The attribute that members name must be the role's ARN without its session: evaluated, as Google does. */
export const checkMapping = (
  settings: Settings,
  stage: string,
  provider: Expressions,
  roles: readonly MappedRole[],
): Finding => {
  const expression = expressionsOf(provider)[attribute];
  if (expression === undefined)
    return failed(
      `The provider maps no ${attribute}, so no binding of rolebridge can match.`,
      setupFix(stage),
    );
  const problems = roles.flatMap(({ ref, roleId }): readonly Problem[] => {
    const mapped = mapSession({ [attribute]: expression }, '', assertionOf(ref, roleId, usualSession));
    const value = mapped.kind === 'unmappable' ? undefined : mapped.attributes[attribute];
    const member = memberOf(settings, ref);
    if (value !== undefined && member.endsWith(`/${attribute}/${value}`)) return [];
    const yields = value === undefined ? 'what Google cannot use' : spelling(ref, value);
    return [
      {
        message: `The provider maps ${attribute} of role ${ref.roleName} to ${yields}; rolebridge's bindings name ${member.slice(member.indexOf('arn:'))}. No binding matches.`,
        fix: setupFix(stage),
      },
    ];
  });
  // One wrong expression is wrong for every role: the first of them tells it.
  return okUnless(
    problems.slice(0, 1),
    `${attribute} is the role's ARN without its session (${rolesText(roles)}).`,
  );
};

/** The provider's condition must let the roles in. */
export const checkCondition = (
  stage: string,
  provider: Expressions,
  roles: readonly MappedRole[],
): Finding => {
  const { attributeCondition } = provider;
  const judged = roles.map((role) => ({
    role,
    mapped: mapSession(
      expressionsOf(provider),
      attributeCondition,
      assertionOf(role.ref, role.roleId, usualSession),
    ),
  }));
  const unmappable = judged.find(({ mapped }) => mapped.kind === 'unmappable');
  if (unmappable?.mapped.kind === 'unmappable')
    return unknown(
      `Not checked: ${unmappable.mapped.attribute} of role ${unmappable.role.ref.roleName} cannot be mapped: ${unmappable.mapped.reason}.`,
    );
  const rejected = judged.filter(({ mapped }) => mapped.kind === 'rejected').map(({ role }) => role);
  return rejected.length === 0
    ? ok(`The provider's condition admits ${rolesText(roles)}.`)
    : failed(
        `The provider's condition rejects ${rolesText(rejected)}: ${attributeCondition}`,
        `Put it right: ${rolebridge(stage, 'setup')}`,
      );
};

/** A session whose subject is too long, or empty, gets no token, whatever is bound. */
export const checkSubject = (stage: string, provider: Expressions, roles: readonly MappedRole[]): Finding => {
  const expression = expressionsOf(provider)['google.subject'] ?? '';
  const problems = roles.flatMap(({ ref, roleId, sessions }) =>
    sessions.flatMap(({ service, sessionName }): readonly Problem[] => {
      const mapped = mapSession({ 'google.subject': expression }, '', assertionOf(ref, roleId, sessionName));
      return mapped.kind === 'unmappable'
        ? [
            {
              message: `Sessions of role ${ref.roleName} from ${service} get no token: google.subject ${mapped.reason}.`,
              fix: setupFix(stage),
            },
          ]
        : [];
    }),
  );
  return okUnless(
    problems.slice(0, 3),
    `google.subject stays within ${maxSubjectBytes} bytes for sessions of ${rolesText(roles)}.`,
  );
};
