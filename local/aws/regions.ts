import { AwsError } from './call.ts';

/** Regions that every account has: https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html */
const always = [
  'ap-northeast-1',
  'ap-northeast-2',
  'ap-northeast-3',
  'ap-south-1',
  'ap-southeast-1',
  'ap-southeast-2',
  'ca-central-1',
  'eu-central-1',
  'eu-north-1',
  'eu-west-1',
  'eu-west-2',
  'eu-west-3',
  'sa-east-1',
  'us-east-1',
  'us-east-2',
  'us-west-1',
  'us-west-2',
];

/** Regions that an account must enable first. */
const optional = ['af-south-1', 'ap-east-1', 'eu-central-2', 'eu-south-1', 'il-central-1', 'me-central-1'];

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeRegions.html: without AllRegions, only enabled ones. */
export const describeRegions = (isAll: boolean, optedIn: ReadonlySet<string>): unknown => ({
  Regions: [
    ...always.map((name) => ({ RegionName: name, OptInStatus: 'opt-in-not-required' })),
    ...optional
      .filter((name) => isAll || optedIn.has(name))
      .map((name) => ({ RegionName: name, OptInStatus: optedIn.has(name) ? 'opted-in' : 'not-opted-in' })),
  ],
});

/** Whether an account may call services in a region. Only the opt-in regions in the list above are checked. */
export const isEnabled = (region: string, optedIn: ReadonlySet<string>): boolean =>
  !optional.includes(region) || optedIn.has(region);

/** Credentials are unknown in a region that their account has not enabled, and each protocol has its own code for that. */
export const disabledRegion = (service: string): AwsError =>
  ['iam', 'sts', 'cloudformation', 'ec2'].includes(service)
    ? new AwsError(
        service === 'ec2' ? 'AuthFailure' : 'InvalidClientTokenId',
        'The security token included in the request is invalid.',
        service === 'ec2' ? 401 : 403,
      )
    : new AwsError('UnrecognizedClientException', 'The security token included in the request is invalid.');
