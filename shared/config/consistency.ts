import { partition } from '@aws-sdk/core/client';
import { longPrefixError, manyPrefixesError } from '../core/parameter-limits.ts';
import { isAwsRegion } from '../core/region.ts';
import { scheduleError } from '../core/schedule.ts';
import { projectOf } from '../core/service-account.ts';
import { allRegions } from '../core/settings.ts';
import { accountProblems, homeIfKnown } from './account-problems.ts';
import { deployProblems } from './deploy-problems.ts';
import { errorsAt, type Inconsistency, repeated } from './inconsistency.ts';
import { ruleProblems } from './rule-problems.ts';
import type { ParsedSettings } from './schema.ts';
import type { SettingPath } from './yaml.ts';

/** Settings that have the right form, and that cannot work together or at all. */
export const consistencyProblems = (
  settings: ParsedSettings,
  ownAccount: string | undefined,
): readonly Inconsistency[] => [
  ...accountProblems(settings, ownAccount),
  ...regionErrors(['regions'], settings.regions),
  ...settings.accounts.flatMap(({ regions = [] }, index) =>
    regionErrors(['accounts', index, 'regions'], regions),
  ),
  ...repeated(['google', 'projects'], settings.google.projects),
  ...prefixErrors(settings),
  ...errorsAt(
    ['parameterPrefix'],
    longPrefixError(
      settings.parameterPrefix,
      [...settings.regions, ...allRegions(settings)],
      settings.accountOutcomes?.status,
    ),
  ),
  ...(settings.formerParameterPrefixes.length === 0
    ? []
    : errorsAt(['formerParameterPrefixes'], manyPrefixesError(settings))),
  ...scheduleErrors(settings),
  ...(projectOf(settings.google.serviceAccount) === undefined
    ? errorsAt(['google', 'serviceAccount'], 'its e-mail names no project')
    : []),
  ...ruleProblems(settings),
  ...notificationErrors(settings),
  ...deployProblems(settings),
];

const regionErrors = (at: SettingPath, regions: readonly string[]): readonly Inconsistency[] => [
  ...repeated(at, regions),
  ...regions.flatMap((region, index) => {
    const path = [...at, index];
    if (!isAwsRegion(region) || partition(region).name !== 'aws')
      return errorsAt(path, `${region} is not a region of the partition aws`);
    return isListedRegion(region)
      ? []
      : errorsAt(
          path,
          `${region} is not a region that this version of the AWS SDK knows. Correct it; if AWS has opened it since, upgrade rolebridge (in a checkout: npm update @aws-sdk/core && npm ci)`,
        );
  }),
];

/**
 * Whether the SDK lists a region. It treats every name of the usual form as a region, and so do its clients, so a typo
 * would lead to a host name that does not exist. Only listed regions have a description.
 */
const isListedRegion = (region: string): boolean => 'description' in partition(region);

/** The prefix of rolebridge's own parameters: /rolebridge/<stage>/scope. */
const ownPrefix = '/rolebridge';

/** If one prefix contained another, or rolebridge's own, the inner one would look like a role's folder. */
const prefixErrors = ({
  parameterPrefix,
  formerParameterPrefixes,
}: ParsedSettings): readonly Inconsistency[] => {
  const prefixes = [parameterPrefix, ...formerParameterPrefixes];
  return prefixes.flatMap((prefix, at) => {
    const clash = [...prefixes.slice(0, at), ownPrefix].find(
      (other) => `${prefix}/`.startsWith(`${other}/`) || `${other}/`.startsWith(`${prefix}/`),
    );
    const path = at === 0 ? ['parameterPrefix'] : ['formerParameterPrefixes', at - 1];
    return clash === undefined ? [] : errorsAt(path, `${prefix} overlaps ${clash}`);
  });
};

/** The schema reports a text that has another form altogether. */
const scheduleErrors = ({ sweep: { schedule } }: ParsedSettings): readonly Inconsistency[] =>
  /^(rate|cron)\([^()]*\)$/.test(schedule) ? errorsAt(['sweep', 'schedule'], scheduleError(schedule)) : [];

const notificationErrors = (settings: ParsedSettings): readonly Inconsistency[] => {
  const { notifications } = settings;
  if (notifications === undefined) return [];
  const { email, topicArn, outcomes } = notifications;
  const account = topicArn?.split(':')[4];
  const home = homeIfKnown(settings);
  return [
    ...((email === undefined) === (topicArn === undefined)
      ? errorsAt(['notifications'], 'set exactly one of email and topicArn')
      : []),
    ...(account === undefined || home === undefined || account === home
      ? []
      : errorsAt(['notifications', 'topicArn'], 'the topic must be in the account deployed to')),
    ...repeated(['notifications', 'outcomes'], outcomes),
  ];
};
