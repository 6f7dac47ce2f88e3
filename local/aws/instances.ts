import { AwsError, type Input, integer, records, text, texts } from './call.ts';
import { pageOf } from './pages.ts';

/** An EC2 instance. Tests add it to `instances`, as its owner would start it. */
export interface LocalInstance {
  readonly instanceId: string;
  readonly region: string;
  state: 'pending' | 'running' | 'shutting-down' | 'terminated' | 'stopping' | 'stopped';
  instanceProfileArn?: string;
  metadata: MetadataOptions;
  tags?: Readonly<Record<string, string>>;
  /** @default 2026-01-01 */
  launchTime?: Date;
}

export interface MetadataOptions {
  /** `required`: version 2 only. */
  readonly httpTokens: 'optional' | 'required';
  /** At 1, a container gets no answer to its request. */
  readonly httpPutResponseHopLimit: number;
  readonly httpEndpoint: 'enabled' | 'disabled';
}

interface Place {
  readonly instances: readonly LocalInstance[];
  readonly region: string;
  readonly accountId: string;
  /** The ARN of the instance profile of that name, if it exists. */
  readonly profileIdOf: (profileName: string) => string | undefined;
}

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstances.html */
export const performOnInstances = (place: Place, action: string, input: Input): unknown => {
  if (action !== 'DescribeInstances')
    throw new AwsError('InvalidAction', `The stand-in does not know ec2:${action}.`);
  return describeInstances(place, input);
};

const describeInstances = (place: Place, input: Input): unknown => {
  const { instances, region, accountId } = place;
  const ids = texts(input, 'InstanceIds');
  const here = instances.filter((instance) => instance.region === region);
  const missing = ids.find((id) => here.every(({ instanceId }) => instanceId !== id));
  if (missing !== undefined)
    throw new AwsError('InvalidInstanceID.NotFound', `The instance ID '${missing}' does not exist`);
  if (ids.length > 0 && input['MaxResults'] !== undefined)
    throw new AwsError(
      'InvalidParameterCombination',
      'The parameter instancesSet cannot be used with the parameter maxResults',
    );
  const bounds = { least: 5, most: 1000, otherwise: Number.POSITIVE_INFINITY };
  const size = integer(input, 'MaxResults', bounds, 'InvalidParameterValue');
  const sorted = here
    .filter(({ instanceId }) => ids.length === 0 || ids.includes(instanceId))
    .toSorted((a, b) => (a.instanceId < b.instanceId ? -1 : 1));
  const wanted = { marker: text(input, 'NextToken'), size, passes: filterOf(input) };
  const { items, next } = pageOf(sorted, ({ instanceId }) => instanceId, wanted);
  return {
    Reservations: items.map((instance) => ({
      ReservationId: instance.instanceId.replace('i-', 'r-'),
      OwnerId: accountId,
      Groups: [],
      Instances: [described(instance, place)],
    })),
    NextToken: next,
  };
};

/** An instance must pass every filter, by any of its values. */
const filterOf = (input: Input): ((instance: LocalInstance) => boolean) => {
  const tests = records(input, 'Filters').map((filter) => {
    const read = valueOf[text(filter, 'Name')];
    if (read === undefined)
      throw new AwsError('InvalidParameterValue', `The filter '${text(filter, 'Name')}' is invalid`);
    const wanted = texts(filter, 'Values');
    return (instance: LocalInstance) => wanted.some((value) => isLike(read(instance), value));
  });
  return (instance) => tests.every((test) => test(instance));
};

const valueOf: Readonly<Record<string, (instance: LocalInstance) => string>> = {
  'iam-instance-profile.arn': ({ instanceProfileArn = '' }) => instanceProfileArn,
  'instance-state-name': ({ state }) => state,
  'instance-id': ({ instanceId }) => instanceId,
};

/** `*` stands for any text, `?` for one character. */
const isLike = (value: string, wanted: string): boolean => {
  const literal = wanted.replaceAll(/[.+^$(){}[\]|\\]/g, String.raw`\$&`);
  return new RegExp(`^${literal.replaceAll('*', '.*').replaceAll('?', '.')}$`).test(value);
};

const described = (instance: LocalInstance, place: Place) => ({
  InstanceId: instance.instanceId,
  ImageId: 'ami-00000000000000000',
  InstanceType: 't3.micro',
  State: { Code: stateCodes[instance.state], Name: instance.state },
  LaunchTime: instance.launchTime ?? new Date('2026-01-01T00:00:00Z'),
  Placement: { AvailabilityZone: `${instance.region}a` },
  ...(instance.instanceProfileArn === undefined
    ? {}
    : { IamInstanceProfile: profileShape(instance.instanceProfileArn, place) }),
  MetadataOptions: {
    State: 'applied',
    HttpTokens: instance.metadata.httpTokens,
    HttpPutResponseHopLimit: instance.metadata.httpPutResponseHopLimit,
    HttpEndpoint: instance.metadata.httpEndpoint,
    HttpProtocolIpv6: 'disabled',
    InstanceMetadataTags: 'disabled',
  },
  Tags: Object.entries(instance.tags ?? {}).map(([Key, Value]) => ({ Key, Value })),
});

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_InstanceState.html */
const stateCodes = {
  pending: 0,
  running: 16,
  'shutting-down': 32,
  terminated: 48,
  stopping: 64,
  stopped: 80,
} as const;

const profileShape = (arn: string, { profileIdOf }: Place) => ({
  Arn: arn,
  Id: profileIdOf(arn.split('/').at(-1) ?? '') ?? 'AIPAUNKNOWN',
});
