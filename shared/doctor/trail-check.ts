import type { Timestamp } from '../core/model.ts';
import { stackRegion } from '../core/stack.ts';
import type { Check } from './check.ts';
import { shellWord } from './commands.ts';
import type { Context } from './context.ts';
import { type Finding, failed, ok, type Problem, unknown } from './finding.ts';
import type { ClassicSelector, FieldSelector, Trail, TrailState } from './ports.ts';
import { stackCheck } from './stack-check.ts';

export const trailCheck = (context: Context): Check =>
  stackCheck(
    'trail',
    'Trail',
    'cloudtrail:DescribeTrails, cloudtrail:GetTrailStatus, cloudtrail:GetEventSelectors',
    async () =>
      checkTrails(
        await context.aws.trails(),
        await deliveryIn(context, (await context.identity()).accountId),
      ),
    [],
  );

/** Signs of delivered events of one AWS account, as the ledger shows them. */
export const deliveryIn = async ({ aws, names, now }: Context, accountId: string): Promise<Delivery> => {
  // If the ledger cannot be read, its own check reports that.
  const ledger = await aws.ledger(names.sweepFunction).catch(() => undefined);
  const lastEventAt = ledger?.kind === 'there' ? ledger.lastEvents?.get(accountId) : undefined;
  return { now, ...(lastEventAt === undefined ? {} : { lastEventAt }) };
};

/** Signs in the stack itself that events are delivered. */
export interface Delivery {
  readonly now: Date;
  /** When the last known event arrived. */
  readonly lastEventAt?: Timestamp;
}

/** A trail may have changed since an older event. */
const maxEvidenceDays = 90;

const dayMilliseconds = 24 * 60 * 60 * 1000;

/** At least one trail must log IAM's writes; otherwise EventBridge receives none of them. */
export const checkTrails = (trails: readonly TrailState[], delivery: Delivery): Finding => {
  if (trails.length === 0)
    return failed(
      `No trail of CloudTrail logs events of ${stackRegion}, so EventBridge receives no role changes.`,
      `Create one: aws cloudtrail create-trail --name management-events --is-multi-region-trail --s3-bucket-name BUCKET --region ${stackRegion}\n` +
        `Then start it: aws cloudtrail start-logging --name management-events --region ${stackRegion}`,
    );
  const readable = trails.filter((trail) => trail.kind === 'read');
  const problems: Problem[] = [];
  for (const trail of readable) {
    const problem = problemOf(trail);
    if (problem === undefined) return ok(`${trail.arn} logs management writes.`);
    problems.push(problem);
  }
  const unreadable = trails.filter((trail) => trail.kind === 'unreadable');
  const reasons = [
    ...problems.map(({ message }) => message),
    ...unreadable.map(({ arn, reason }) => `${arn} cannot be read (${reason})`),
  ];
  const message = `${reasons.join('; ')}.`;
  if (unreadable.length > 0) return byDelivery(message, delivery);
  return failed(
    `EventBridge receives no role changes: ${message}`,
    `${problems.length === 1 ? 'Fix it:' : 'Fix one of them:\n'}${problems.map(({ fix }) => ` ${fix}`).join('\n')}`,
  );
};

/** A member account may not read its organization's trail, as in Control Tower. Then a delivered event decides. */
const byDelivery = (message: string, { now, lastEventAt }: Delivery): Finding => {
  const isRecent =
    lastEventAt !== undefined && now.getTime() - Date.parse(lastEventAt) < maxEvidenceDays * dayMilliseconds;
  return isRecent
    ? ok(`EventBridge delivers role changes: rolebridge granted access for one at ${lastEventAt}.`, message)
    : unknown(
        `${message} The ledger shows no role change that EventBridge delivered within ${maxEvidenceDays} days.`,
        'Tag a role, and run doctor again after five minutes. Or ask the owner of that trail whether it logs management writes in all regions.',
      );
};

/** Why EventBridge does not receive IAM's writes through this trail. */
const problemOf = (trail: Trail): Problem | undefined => {
  const { arn, homeRegion, isMultiRegion, hasGlobalEvents, isLogging } = trail;
  const command = (verb: string, flags = '') =>
    `aws cloudtrail ${verb} --region ${homeRegion} --name ${arn}${flags}`;
  if (!isMultiRegion && homeRegion !== stackRegion)
    return {
      message: `${arn} logs only ${homeRegion}, but IAM's events are in ${stackRegion}`,
      fix: command('update-trail', ' --is-multi-region-trail'),
    };
  if (!hasGlobalEvents)
    return {
      message: `${arn} excludes events of global services, including IAM`,
      fix: command('update-trail', ' --include-global-service-events'),
    };
  if (!isLogging) return { message: `${arn} is stopped`, fix: command('start-logging') };
  return logsRoleWrites(trail)
    ? undefined
    : { message: `${arn} does not log IAM's management writes`, fix: addSelector(trail) };
};

/** The command replaces all selectors of a trail, so it repeats those that the trail has. */
const addSelector = ({ arn, homeRegion, advanced, selectors }: Trail): string => {
  if (advanced.length === 0 && selectors.length >= maxClassicSelectors)
    return `${arn} has ${selectors.length} event selectors, and AWS allows no more. Create another trail for management writes.`;
  const [option, selector] =
    advanced.length === 0
      ? ['--event-selectors', managementWrites.classic]
      : ['--advanced-event-selectors', managementWrites.advanced];
  return `aws cloudtrail put-event-selectors --region ${homeRegion} --trail-name ${arn} ${option} ${shellWord(JSON.stringify([...selectors, selector]))}`;
};

/** https://docs.aws.amazon.com/awscloudtrail/latest/userguide/WhatIsCloudTrail-Limits.html */
const maxClassicSelectors = 5;

const managementWrites = {
  classic: { ReadWriteType: 'WriteOnly', IncludeManagementEvents: true },
  advanced: {
    Name: 'Management writes for rolebridge',
    FieldSelectors: [
      { Field: 'eventCategory', Equals: ['Management'] },
      { Field: 'readOnly', Equals: ['false'] },
    ],
  },
} as const;

const logsRoleWrites = ({ classic, advanced }: Trail): boolean =>
  advanced.length === 0
    ? classic.some(isSelected)
    : roleWrites.every((name) => advanced.some((selectors) => isMatch(selectors, name)));

const roleWrites = ['TagRole', 'UntagRole', 'CreateRole', 'DeleteRole'] as const;
const iamSource = 'iam.amazonaws.com';

const isSelected = ({ readWriteType, hasManagementEvents, excludedSources }: ClassicSelector): boolean =>
  hasManagementEvents && readWriteType !== 'ReadOnly' && !excludedSources.includes(iamSource);

/** Ignores comparisons of fields that doctor does not know: they may or may not exclude the event. */
const isMatch = (selectors: readonly FieldSelector[], eventName: string): boolean => {
  const event: Readonly<Record<string, string>> = {
    eventCategory: 'Management',
    eventSource: iamSource,
    eventName,
    eventType: 'AwsApiCall',
    readOnly: 'false',
  };
  return selectors.every((selector) => {
    const value = event[selector.field];
    return value === undefined || isFieldMatch(selector, value);
  });
};

const isFieldMatch = (selector: FieldSelector, value: string): boolean =>
  (selector.equals.length === 0 || selector.equals.includes(value)) &&
  (selector.startsWith.length === 0 || selector.startsWith.some((start) => value.startsWith(start))) &&
  (selector.endsWith.length === 0 || selector.endsWith.some((end) => value.endsWith(end))) &&
  !selector.notEquals.includes(value) &&
  !selector.notStartsWith.some((start) => value.startsWith(start)) &&
  !selector.notEndsWith.some((end) => value.endsWith(end));
