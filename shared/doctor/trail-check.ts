import { stackRegion } from '../core/stack.ts';
import { type Finding, failed, ok, type Problem, unknown } from './finding.ts';
import type { ClassicSelector, FieldSelector, Trail, TrailState } from './ports.ts';

const iamSource = 'iam.amazonaws.com';
const roleWrites = ['TagRole', 'UntagRole', 'CreateRole', 'DeleteRole'] as const;

const isSelected = ({ readWriteType, hasManagementEvents, excludedSources }: ClassicSelector): boolean =>
  hasManagementEvents && readWriteType !== 'ReadOnly' && !excludedSources.includes(iamSource);

/** A field that is not known here keeps nothing out. */
const fieldHolds = (selector: FieldSelector, value: string): boolean =>
  (selector.equals.length === 0 || selector.equals.includes(value)) &&
  (selector.startsWith.length === 0 || selector.startsWith.some((start) => value.startsWith(start))) &&
  (selector.endsWith.length === 0 || selector.endsWith.some((end) => value.endsWith(end))) &&
  !selector.notEquals.includes(value) &&
  !selector.notStartsWith.some((start) => value.startsWith(start)) &&
  !selector.notEndsWith.some((end) => value.endsWith(end));

const passes = (selectors: readonly FieldSelector[], eventName: string): boolean => {
  const event: Readonly<Record<string, string>> = {
    eventCategory: 'Management',
    eventSource: iamSource,
    eventName,
    eventType: 'AwsApiCall',
    readOnly: 'false',
  };
  return selectors.every((selector) => {
    const value = event[selector.field];
    return value === undefined || fieldHolds(selector, value);
  });
};

const logsRoleWrites = ({ classic, advanced }: Trail): boolean =>
  advanced.length === 0
    ? classic.some(isSelected)
    : roleWrites.every((name) => advanced.some((selectors) => passes(selectors, name)));

/** Why EventBridge does not hear of IAM's writes by this trail. */
const faultOf = (trail: Trail): Problem | undefined => {
  const { arn, homeRegion, isMultiRegion, hasGlobalEvents, isLogging } = trail;
  const command = (verb: string, flags = '') =>
    `aws cloudtrail ${verb} --region ${homeRegion} --${verb === 'put-event-selectors' ? 'trail-name' : 'name'} ${arn}${flags}`;
  if (!isMultiRegion && homeRegion !== stackRegion)
    return {
      message: `${arn} is of ${homeRegion} alone, and IAM's events are in ${stackRegion}`,
      fix: command('update-trail', ' --is-multi-region-trail'),
    };
  if (!hasGlobalEvents)
    return {
      message: `${arn} leaves out the events of global services, and IAM is one`,
      fix: command('update-trail', ' --include-global-service-events'),
    };
  if (!isLogging) return { message: `${arn} is stopped`, fix: command('start-logging') };
  return logsRoleWrites(trail)
    ? undefined
    : {
        message: `${arn} does not log IAM's management writes`,
        fix: command(
          'put-event-selectors',
          ` --event-selectors '[{"ReadWriteType":"WriteOnly","IncludeManagementEvents":true}]'`,
        ),
      };
};

/** Some trail must log IAM's writes: without one EventBridge hears of none. */
export const checkTrails = (trails: readonly TrailState[]): Finding => {
  if (trails.length === 0)
    return failed(
      `No trail of CloudTrail reaches ${stackRegion}, so EventBridge hears of no change of a role.`,
      `Make one: aws cloudtrail create-trail --name management-events --is-multi-region-trail --s3-bucket-name <bucket> --region ${stackRegion}\n` +
        `Then start it: aws cloudtrail start-logging --name management-events --region ${stackRegion}`,
    );
  const read = trails.filter((trail) => trail.kind === 'read');
  const problems = read.map(faultOf);
  const good = read.find((_, index) => problems[index] === undefined);
  if (good !== undefined) return ok(`${good.arn} logs management writes.`);
  const unreadable = trails.filter((trail) => trail.kind === 'unreadable');
  const known = problems.filter((fault) => fault !== undefined);
  const found = [
    ...known.map((fault) => fault.message),
    ...unreadable.map(({ arn, reason }) => `${arn} cannot be looked into (${reason})`),
  ];
  const text = `${found.join('; ')}.`;
  return unreadable.length > 0
    ? unknown(text, 'Ask the owner of that trail whether it logs management writes of all regions.')
    : failed(
        `EventBridge hears of no change of a role: ${text}`,
        `${known.length === 1 ? 'Put it right:' : 'Put one of them right:\n'}${known.map(({ fix }) => ` ${fix}`).join('\n')}`,
      );
};
