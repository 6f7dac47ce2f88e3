import { PermanentError } from '../core/errors.ts';
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
import type { Check } from './check.ts';
import { rolebridge } from './commands.ts';
import type { Context } from './context.ts';
import { type Finding, failed, listed, ok, okUnless, type Problem, unknown } from './finding.ts';
import { functionRoles, type GoogleContext, googleCheck } from './google-check.ts';
import { providerName } from './pool-checks.ts';
import type { Service } from './trust.ts';

/** A role, with example sessions for which the provider's expressions are evaluated. */
export interface MappedRole {
  readonly ref: RoleRef;
  readonly roleId: string;
  readonly sessions: readonly { readonly service: string; readonly sessionName: string }[];
}

/** Evaluates the providers' expressions for the functions and for the roles that doctor checks, each with its account's provider. */
export const mappingChecks = (
  context: Context,
  mappedRoles: () => Promise<readonly MappedRole[]>,
): readonly Check[] => {
  const check = googleCheck(context);
  const { stage } = context;
  const permission = 'iam.workloadIdentityPoolProviders.get';
  const evaluate =
    (judge: (settings: Settings, provider: Expressions, roles: readonly MappedRole[]) => Finding) =>
    async ({ settings, google, account }: GoogleContext): Promise<Finding> => {
      const home = await google.provider(providerName(settings, account.provider));
      if (home.kind === 'absent') throw new PermanentError('The provider does not exist.');
      const roles = Map.groupBy(await mappedRoles(), ({ ref }) => ref.accountId);
      const finding = judge(settings, home, [
        ...(await mappedFunctions(context)),
        ...(roles.get(account.id) ?? []),
      ]);
      if (finding.status !== 'ok') return finding;
      for (const other of settings.accounts) {
        const theirs = roles.get(other.id);
        if (theirs === undefined || other.id === account.id) continue;
        const provider = await google.provider(providerName(settings, other.provider));
        // The check of all accounts' providers reports a missing one.
        const found = provider.kind === 'absent' ? finding : judge(settings, provider, theirs);
        if (found.status !== 'ok') return found;
      }
      return finding;
    };
  return [
    check(
      'mapping',
      'Attribute mapping',
      permission,
      evaluate((settings, provider, roles) => checkMapping(settings, stage, provider, roles)),
      { needs: ['provider'] },
    ),
    check(
      'condition',
      'Attribute condition',
      permission,
      evaluate((_, provider, roles) => checkCondition(stage, provider, roles)),
      { needs: ['provider'], causedBy: ['mapping', 'aws-account'] },
    ),
    check(
      'subject',
      'Length of the subject',
      permission,
      evaluate((_, provider, roles) => checkSubject(stage, provider, roles)),
      { needs: ['provider'] },
    ),
  ];
};

interface Expressions {
  readonly attributeMapping: AttributeMapping;
  readonly attributeCondition: string;
}

const mappedFunctions = async (context: Context): Promise<readonly MappedRole[]> =>
  (await functionRoles(context)).map((ref, index) => ({
    ref,
    roleId: exampleRoleId,
    // Lambda names a session after the function.
    sessions: [
      {
        service: 'Lambda',
        sessionName: index === 0 ? context.names.reconcileFunction : context.names.sweepFunction,
      },
    ],
  }));

/** Every role's unique id has this length. */
export const exampleRoleId = 'AROAEXAMPLEEXAMPLEXYZ';

/** Typical sessions of the services that may assume a role. */
export const sessionsOf = (services: readonly Service[]): MappedRole['sessions'] =>
  typicalSessions.filter(({ service }) => services.includes(service));

const attribute = 'attribute.aws_role';
const usualSession = typicalSessions[0].sessionName;

/** The attribute that members name must be the role's ARN without its session: evaluated as Google evaluates it. */
export const checkMapping = (
  settings: Settings,
  stage: string,
  provider: Expressions,
  roles: readonly MappedRole[],
): Finding => {
  const expression = mappingOf(provider)[attribute];
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
    const result = value === undefined ? 'a value that Google cannot use' : spelling(ref, value);
    return [
      {
        message: `The provider maps ${attribute} of role ${ref.roleName} to ${result}; rolebridge's bindings name ${member.slice(member.indexOf('arn:'))}. No binding matches.`,
        fix: setupFix(stage),
      },
    ];
  });
  // A wrong expression is wrong for every role, so the first one is enough.
  return okUnless(
    problems.slice(0, 1),
    `${attribute} is the role's ARN without its session (${namesOf(roles)}).`,
  );
};

/** A provider without a mapping uses Google's default. */
const mappingOf = ({ attributeMapping }: Expressions): AttributeMapping =>
  Object.keys(attributeMapping).length === 0 ? defaultMapping : attributeMapping;

/** Describes a value that should be the role's ARN without its session. */
const spelling = ({ roleName }: RoleRef, value: string): string => {
  if (value === '') return 'nothing';
  if (value === roleName) return `the bare role name, "${value}"`;
  return value.startsWith('arn:aws:iam::')
    ? `the role's IAM ARN, "${value}"`
    : `another spelling, "${value}"`;
};

const setupFix = (stage: string): string =>
  `Fix it: ${rolebridge(stage, 'setup')}\nIt first lists the roles that a corrected mapping would break.`;

const namesOf = (roles: readonly MappedRole[]): string => listed(roles.map(({ ref }) => ref.roleName));

/** The provider's condition must admit the roles. */
export const checkCondition = (
  stage: string,
  provider: Expressions,
  roles: readonly MappedRole[],
): Finding => {
  const { attributeCondition } = provider;
  const rejected: MappedRole[] = [];
  for (const role of roles) {
    const assertion = assertionOf(role.ref, role.roleId, usualSession);
    const mapped = mapSession(mappingOf(provider), attributeCondition, assertion);
    if (mapped.kind === 'unmappable')
      return unknown(
        `Not checked: ${mapped.attribute} of role ${role.ref.roleName} cannot be mapped: ${mapped.reason}.`,
      );
    if (mapped.kind === 'rejected') rejected.push(role);
  }
  return rejected.length === 0
    ? ok(`The provider's condition admits ${namesOf(roles)}.`)
    : failed(
        `The provider's condition rejects ${namesOf(rejected)}: ${attributeCondition}`,
        `Fix it: ${rolebridge(stage, 'setup')}`,
      );
};

/** A session whose subject is empty or too long gets no token, even if it is bound. */
export const checkSubject = (stage: string, provider: Expressions, roles: readonly MappedRole[]): Finding => {
  const expression = mappingOf(provider)['google.subject'] ?? '';
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
    problems.slice(0, maxReportedSubjects),
    `google.subject stays within ${maxSubjectBytes} bytes for sessions of ${namesOf(roles)}.`,
  );
};

const maxReportedSubjects = 3;
