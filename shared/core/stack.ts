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
  /** The AWS roles of the functions. Google admits them by these names. */
  readonly functionRoles: readonly [reconcile: string, sweep: string];
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
    functionRoles: [`${name}-reconcile`, `${name}-sweep`],
  };
};

/** The names of all stages begin like this. */
export const stackPrefix = 'rolebridge-';

/** The stage whose rule of role events has this name; undefined for other rules. */
export const stageOfRule = (ruleName: string): string | undefined =>
  /^rolebridge-([A-Za-z0-9-]+)-role-events$/.exec(ruleName)?.[1];

/** Whether a role of the home account is called as a function's role, of any stage. */
export const isFunctionRoleName = (roleName: string): boolean =>
  /^rolebridge-[A-Za-z0-9-]+-(?:reconcile|sweep)$/.test(roleName);
