import type { DeploySettings } from './settings.ts';

/** IAM's events reach EventBridge in this region only, so the stack lives there. */
export const stackRegion = 'us-east-1';

export interface StackNames {
  /** The stack and its dashboard. The names of its alarms begin with it. */
  readonly stack: string;
  readonly reconcileFunction: string;
  readonly sweepFunction: string;
  /** The rules that feed the queue, and the schedule of the sweep. */
  readonly roleEventsRule: string;
  readonly driftRule: string;
  readonly scheduleRule: string;
  readonly queue: string;
  readonly deadLetterQueue: string;
  /** With several AWS accounts: the bus to which the others forward role events, and its only rule. */
  readonly memberBus: string;
  readonly memberEventsRule: string;
}

/** The stage if no one names another one. */
export const usualStage = 'prod';

/** The longest name is that of a rule, rolebridge-<stage>-notify-outcomes, and EventBridge allows 64 characters. */
export const longestStage = 64 - 'rolebridge--notify-outcomes'.length;

/** The names of a stage's parts, as in serverless.yml (tests/core/stack.test.ts compares). */
export const stackNames = (stage: string): StackNames => {
  const name = `rolebridge-${stage}`;
  return {
    stack: name,
    reconcileFunction: `${name}-reconcile`,
    sweepFunction: `${name}-sweep`,
    roleEventsRule: `${name}-role-events`,
    driftRule: `${name}-drift`,
    scheduleRule: `${name}-sweep`,
    queue: `${name}-reconcile`,
    deadLetterQueue: `${name}-reconcile-dead`,
    memberBus: name,
    memberEventsRule: `${name}-member-events`,
  };
};

/** The stack's dashboard in AWS's console (docs/dashboard.md). */
export const dashboardUrl = (stage: string): string =>
  `https://${stackRegion}.console.aws.amazon.com/cloudwatch/home?region=${stackRegion}#dashboards/dashboard/${stackNames(stage).stack}`;

/** The names of all stages begin like this. */
export const stackPrefix = 'rolebridge-';

/** The stage whose rule of role events has this name; undefined for other rules. */
export const stageOfRule = (ruleName: string): string | undefined =>
  /^rolebridge-([A-Za-z0-9-]+)-role-events$/.exec(ruleName)?.[1];

/** The settings that decide the names of the functions' roles. */
interface WithDeploy {
  readonly deploy?: Pick<DeploySettings, 'roleNamePrefix'>;
}

/** The AWS roles of the functions: reconcile's, then the sweep's. Google admits them by these names, which have no path. */
export const functionRoleNames = (stage: string, { deploy }: WithDeploy): readonly [string, string] => {
  const name = `${deploy?.roleNamePrefix ?? ''}rolebridge-${stage}`;
  return [`${name}-reconcile`, `${name}-sweep`];
};

/** The ARNs of the functions' roles in the home account, in the same order. */
export const functionRoleArns = (
  stage: string,
  settings: WithRoleNames,
  homeId: string,
): readonly [string, string] => {
  const [reconcile, sweep] = functionRoleNames(stage, settings);
  return [roleArnOf(homeId, settings, reconcile), roleArnOf(homeId, settings, sweep)];
};

/** The settings that decide the ARNs of roles. */
interface WithRoleNames {
  readonly deploy?: Pick<DeploySettings, 'roleNamePrefix' | 'rolePath'>;
}

const roleArnOf = (accountId: string, { deploy }: WithRoleNames, name: string): string =>
  `arn:aws:iam::${accountId}:role${deploy?.rolePath ?? '/'}${name}`;

/**
 * Our roles in every other account. Reconcile assumes `member`, the sweep `member-read`, and people `viewer`. EventBridge
 * forwards role events as `forward`.
 */
export const memberRoleKinds = ['member', 'member-read', 'viewer', 'forward'] as const;

export type MemberRoleKind = (typeof memberRoleKinds)[number];

/** One of our roles in another AWS account. */
export interface MemberRole {
  readonly kind: MemberRoleKind;
  readonly stage: string;
  readonly accountId: string;
  readonly name: string;
  readonly arn: string;
  /** Shows in the account's CloudTrail. */
  readonly sessionName: string;
}

export const memberRole = (
  stage: string,
  settings: WithRoleNames,
  accountId: string,
  kind: MemberRoleKind,
): MemberRole => {
  const name = memberRoleName(stage, settings, kind);
  return {
    kind,
    stage,
    accountId,
    name,
    arn: roleArnOf(accountId, settings, name),
    sessionName: `rolebridge-${stage}`,
  };
};

const memberRoleName = (stage: string, { deploy }: WithDeploy, kind: MemberRoleKind): string =>
  `${deploy?.roleNamePrefix ?? ''}rolebridge-${stage}-${kind}`;

/** The rule on the default bus of every other account, which forwards its role events. */
export const forwardRule = (stage: string): string => `rolebridge-${stage}-forward`;

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const longestRoleName = 64;

/** Why our roles cannot have their names, in this account or in the others; undefined if they can. */
export const roleNameError = (stage: string, settings: WithDeploy): string | undefined => {
  const longest = memberRoleName(stage, settings, 'member-read');
  return longest.length <= longestRoleName
    ? undefined
    : `The role ${longest} would have ${longest.length} characters, and IAM allows ${longestRoleName}. Shorten deploy.roleNamePrefix or the stage by ${longest.length - longestRoleName}.`;
};

/** The longest prefix that leaves room for a stage of one letter. */
export const longestRoleNamePrefix = longestRoleName - 'rolebridge-x-member-read'.length;

/**
 * Whether a role of the home account is called as a function's role, of any stage and with any prefix: after the prefix was
 * changed, Google admits the names with the earlier one until setup has removed them.
 */
export const isFunctionRoleName = (roleName: string): boolean =>
  /^[\w+=,.@-]*rolebridge-[A-Za-z0-9-]+-(?:reconcile|sweep)$/.test(roleName);

/** Whether a role is called as a function's role of this stage, with any prefix. A prefix never contains "rolebridge-". */
export const isFunctionRoleOf = (stage: string, roleName: string): boolean =>
  functionRoleNames(stage, {}).some((name) => {
    const prefix = roleName.slice(0, -name.length);
    return roleName === `${prefix}${name}` && !prefix.includes('rolebridge-');
  });
