import { accountStatements } from '../../stack/account-policies.ts';
import { allow, eventsOf, type PolicyStatement, sub } from '../../stack/statement.ts';
import { mirrorSource } from '../core/mirror-source.ts';
import { outcomeTypes } from '../core/outcome.ts';
import { roleEventPattern } from '../core/role-event-pattern.ts';
import { homeOf, type Settings } from '../core/settings.ts';
import {
  forwardRule,
  functionRoleArns,
  type MemberRoleKind,
  memberRole,
  memberRoleKinds,
  stackNames,
  stackRegion,
} from '../core/stack.ts';

/** The part of rolebridge that every account besides home has. All printed forms are made from it. */
export interface MemberDefinition {
  readonly stage: string;
  readonly homeId: string;
  readonly roles: readonly RoleDefinition[];
  readonly rule: RuleDefinition;
  /** The tags of the home account's stack. */
  readonly tags: Readonly<Record<string, string>>;
}

export interface RoleDefinition {
  readonly kind: MemberRoleKind;
  readonly name: string;
  readonly path: string;
  readonly description: string;
  readonly trust: RoleTrust;
  readonly statements: readonly PolicyStatement[];
}

/** The principals that may assume a role. */
export type RoleTrust =
  /** One role of the home account, by its ARN. If the trust named it as principal, it would end when that role is re-created. */
  | { readonly kind: 'function'; readonly arn: string }
  /** Principals of the home account that the administrator names when deploying; none by default. */
  | { readonly kind: 'operators' }
  | { readonly kind: 'eventbridge' };

/** `operators`: how the printed form names the principals that the administrator chooses. */
export const trustStatement = <Operators>(trust: RoleTrust, homeId: string, operators: Operators) => {
  if (trust.kind === 'eventbridge')
    return { Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' }, Action: 'sts:AssumeRole' };
  return {
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${homeId}:root` },
    Action: 'sts:AssumeRole',
    Condition:
      trust.kind === 'function'
        ? { ArnEquals: { 'aws:PrincipalArn': trust.arn } }
        : { ArnLike: { 'aws:PrincipalArn': operators } },
  };
};

/** A rule on the account's default bus. */
export interface RuleDefinition {
  readonly name: string;
  readonly description: string;
  readonly pattern: ReturnType<typeof roleEventPattern>;
  /** The ARN of the bus in the home account. */
  readonly bus: string;
}

export const memberDefinition = (settings: Settings, stage: string): MemberDefinition => {
  const homeId = homeOf(settings);
  const bus = `arn:aws:events:${stackRegion}:${homeId}:event-bus/${stackNames(stage).memberBus}`;
  return {
    stage,
    homeId,
    roles: memberRoleKinds.map((kind) => ({
      kind,
      name: memberRole(stage, settings, homeId, kind).name,
      path: settings.deploy?.rolePath ?? '/',
      ...roleParts({ settings, stage, homeId, bus }, kind),
    })),
    rule: {
      name: forwardRule(stage),
      description: `Forwards IAM writes that can change Google access to rolebridge in account ${homeId}`,
      pattern: roleEventPattern(settings.tagKey),
      bus,
    },
    tags: settings.deploy?.stackTags ?? {},
  };
};

interface Source {
  readonly settings: Settings;
  readonly stage: string;
  readonly homeId: string;
  readonly bus: string;
}

const roleParts = (
  { settings, stage, homeId, bus }: Source,
  kind: MemberRoleKind,
): Pick<RoleDefinition, 'description' | 'trust' | 'statements'> => {
  const [reconcileArn, sweepArn] = functionRoleArns(stage, settings, homeId);
  const { reconcile, sweep, viewer } = accountStatements(settings);
  switch (kind) {
    case 'member':
      return {
        description: 'rolebridge reads the tags of roles, and publishes their Google credential configs',
        trust: { kind: 'function', arn: reconcileArn },
        statements: [...reconcile, ...mirrorStatements(settings)],
      };
    case 'member-read':
      return {
        description: 'rolebridge lists roles and published configs, to find drift',
        trust: { kind: 'function', arn: sweepArn },
        statements: sweep,
      };
    case 'viewer':
      return {
        description: 'People read with rolebridge what it reads, and check its parts in this account',
        trust: { kind: 'operators' },
        statements: [...viewer, ...checkStatements(settings, stage)],
      };
    case 'forward':
      return {
        description: 'EventBridge forwards role events to rolebridge',
        trust: { kind: 'eventbridge' },
        statements: [allow('Forward', 'events:PutEvents', bus)],
      };
  }
};

/** Only outcomes, and only under the source that no rule of rolebridge listens to. */
const mirrorStatements = ({ accountOutcomes }: Settings): readonly PolicyStatement[] =>
  accountOutcomes?.mirror === true
    ? [
        allow(
          'MirrorOutcomes',
          'events:PutEvents',
          sub(`arn:\${AWS::Partition}:events:${stackRegion}:\${AWS::AccountId}:event-bus/default`),
          eventsOf(mirrorSource, outcomeTypes),
        ),
      ]
    : [];

/**
 * `rolebridge doctor` checks the rule, its target and the role that forwards, and the trail without which EventBridge gets no
 * events. With `--role`, it also shows what uses a role.
 */
const checkStatements = (settings: Settings, stage: string): readonly PolicyStatement[] => [
  allow(
    'ReadRule',
    ['events:DescribeRule', 'events:ListTargetsByRule'],
    sub(`arn:\${AWS::Partition}:events:${stackRegion}:\${AWS::AccountId}:rule/${forwardRule(stage)}`),
  ),
  allow(
    'ReadForwardRole',
    ['iam:GetRolePolicy', 'iam:ListRolePolicies'],
    sub(
      memberRole(stage, settings, '${AWS::AccountId}', 'forward').arn.replace(
        'arn:aws:',
        'arn:${AWS::Partition}:',
      ),
    ),
  ),
  allow(
    'ReadRoles',
    ['iam:ListAttachedRolePolicies', 'iam:ListInstanceProfilesForRole'],
    sub('arn:${AWS::Partition}:iam::${AWS::AccountId}:role/*'),
  ),
  allow('ReadInstances', 'ec2:DescribeInstances', '*'),
  // Trails may belong to another account of the organization, and to any region.
  allow(
    'ReadTrails',
    ['cloudtrail:DescribeTrails', 'cloudtrail:GetEventSelectors', 'cloudtrail:GetTrailStatus'],
    '*',
  ),
];
