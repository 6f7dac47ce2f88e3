import { accountOf } from './assume-role.ts';
import { type Authorization, globalContext, policiesOf } from './authorization.ts';
import { busNameOf } from './buses.ts';
import { AwsError } from './call.ts';
import type { BusEvent, RuleTarget } from './event-bus.ts';

export interface BusTarget {
  readonly id: string;
  /** A custom bus, usually of another account: `arn:aws:events:us-east-1:ACCOUNT:event-bus/NAME`. */
  readonly arn: string;
  /** EventBridge sends as this role of the rule's account. */
  readonly roleArn: string;
}

/**
 * A rule's target that sends events to a bus. Like PutTargets, checks the role and the bus's policy first; delivery checks
 * both again. @throws AwsError if either does not allow it
 */
export const toBus = async (forwarding: Authorization, target: BusTarget): Promise<RuleTarget> => {
  await checkForward(forwarding, target);
  const { arn } = target;
  return {
    ...target,
    deliver: async (event) => {
      // EventBridge does not pass an event on to a third account.
      if (event.account !== accountOf(target.roleArn)) return;
      await checkForward(forwarding, target, event);
      forwarding.busOf(accountOf(arn))?.receive(event, busNameOf(arn), regionOf(arn));
    },
  };
};

const regionOf = (arn: string): string => arn.split(':')[3] ?? '';

const checkForward = async (
  forwarding: Authorization,
  { arn, roleArn }: BusTarget,
  event?: BusEvent,
): Promise<void> => {
  const { isAllowed, iamOf, busOf } = forwarding;
  const bus = busOf(accountOf(arn))?.buses.find(arn);
  const accountId = accountOf(roleArn);
  if (bus === undefined || (bus.policy === undefined && accountId !== accountOf(arn)))
    throw refused(`Event bus ${arn} does not exist, or does not admit this account.`);
  if (isAllowed === undefined) return;
  const iam = iamOf(accountId);
  const role = iam?.roles().find(({ roleName }) => iam.arnOf(roleName) === roleArn);
  const isAssumable =
    role !== undefined &&
    (await isAllowed({
      principal: 'events.amazonaws.com',
      action: 'sts:AssumeRole',
      resource: roleArn,
      resourceAccountId: accountId,
      context: {},
      identityPolicies: [],
      resourcePolicy: JSON.parse(role.assumeRolePolicyDocument) as unknown,
    }));
  if (!isAssumable) throw refused(`EventBridge cannot assume the role ${roleArn}.`);
  const sender = { ...role, accountId };
  const isAdmitted = await isAllowed({
    principal: `arn:aws:sts::${accountId}:assumed-role/${role.roleName}/events`,
    action: 'events:PutEvents',
    resource: arn,
    resourceAccountId: accountOf(arn),
    context: {
      ...globalContext(forwarding, sender, accountOf(arn)),
      ...(event === undefined
        ? {}
        : { 'events:source': event.source, 'events:detail-type': event['detail-type'] }),
    },
    ...policiesOf(forwarding, sender),
    ...(bus.policy === undefined ? {} : { resourcePolicy: JSON.parse(bus.policy) as unknown }),
  });
  if (!isAdmitted) throw refused(`${roleArn} may not put events on ${arn}.`);
};

const refused = (message: string): AwsError => new AwsError('AccessDeniedException', message);
