import type { AssumingRoles } from './assume-role.ts';
import { AwsError } from './call.ts';
import type { Clock } from './clock.ts';
import { type CloudFormation, createCloudFormation } from './cloud-formation.ts';
import { createTrail, type Origin } from './cloud-trail.ts';
import { createDynamoDb, type DynamoDb } from './dynamodb.ts';
import { performOnEcr } from './ecr.ts';
import type { EventBus } from './event-bus.ts';
import { createEventBus, type EventBusOptions } from './events.ts';
import { createIam, type Iam } from './iam.ts';
import type { Ids } from './ids.ts';
import { type LocalInstance, performOnInstances } from './instances.ts';
import { createLambda, type Lambda } from './lambda.ts';
import { createLogs, type Logs } from './logs.ts';
import type { Principal } from './principals.ts';
import { describeRegions } from './regions.ts';
import type { Request } from './resources.ts';
import { createS3, type S3 } from './s3.ts';
import { createSqs, type Sqs } from './sqs.ts';
import { createSsm, type Ssm, type SsmRates } from './ssm.ts';
import type { StackResource } from './stacks.ts';
import { performOnSts } from './sts.ts';
import { performOnTrails } from './trail-actions.ts';
import { type LocalTrail, usualTrail } from './trails.ts';

/** The state of an account, which tests arrange and inspect. */
export interface AwsServices {
  readonly iam: Iam;
  readonly ssm: Ssm;
  readonly dynamodb: DynamoDb;
  readonly sqs: Sqs;
  readonly bus: EventBus;
  readonly lambda: Lambda;
  readonly logs: Logs;
  /** CloudTrail's trails. Rules see IAM calls only if a trail logs management writes. */
  readonly trails: LocalTrail[];
  /** EC2's instances. */
  readonly instances: LocalInstance[];
  readonly s3: S3;
  readonly cloudFormation: CloudFormation;
  /** Opt-in regions that the account has enabled, for DescribeRegions. */
  readonly optedInRegions: Set<string>;
  /** Resources of a stack that runs without CloudFormation. */
  readonly stackResources: StackResource[];
}

export interface ServicesOptions {
  readonly accountId: string;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly timeScale: number;
  readonly ssmRates: SsmRates;
  readonly recreateAfterSeconds: number;
  readonly admin: Principal;
  readonly assuming: AssumingRoles;
  readonly queueUrl: (queueName: string) => string;
  readonly busOf: EventBusOptions['busOf'];
  readonly toBus: EventBusOptions['toBus'];
}

export interface Services extends AwsServices {
  readonly perform: (request: Request, origin: Origin) => unknown;
}

export const createServices = (options: ServicesOptions): Services => {
  const { accountId, clock, ids, timeScale, ssmRates, recreateAfterSeconds, assuming, queueUrl } = options;
  const { busOf, toBus } = options;
  const trails = [usualTrail()];
  const instances: LocalInstance[] = [];
  const optedInRegions = new Set<string>();
  const stackResources: StackResource[] = [];
  const bus = createEventBus({ accountId, clock, ids, busOf, toBus });
  const ssm = createSsm({ accountId, clock, rates: ssmRates, recreateAfterSeconds });
  const dynamodb = createDynamoDb();
  const sqs = createSqs({ accountId, clock, timeScale, ids, urlOf: queueUrl });
  const lambda = createLambda(accountId);
  const logs = createLogs(accountId, clock);
  const s3 = createS3(clock);
  const cloudFormation = createCloudFormation({ accountId, clock, s3, running: stackResources });
  const iam = createIam({
    accountId,
    clock,
    ids,
    trail: createTrail({ accountId, bus, ids, trails }),
    admin: { caller: options.admin, requestId: ids.next(), userAgent: 'rolebridge-local' },
  });

  const profileIdOf = (name: string) => iam.instanceProfile(name)?.id;
  const perform = ({ service, action, region, input }: Request, origin: Origin): unknown => {
    switch (service) {
      case 'iam':
        return iam.perform(action, input, origin);
      case 'sts':
        return performOnSts(assuming, action, input, origin.caller);
      case 'cloudformation':
        return cloudFormation.perform(action, input);
      case 's3':
        return s3.perform(action, input);
      case 'ecr':
        return performOnEcr(accountId, action, input);
      case 'ssm':
        return ssm.perform(action, region, input);
      case 'dynamodb':
        return dynamodb.perform(action, input);
      case 'events':
        return bus.perform(action, region, input);
      case 'sqs':
        return sqs.perform(action, region, input);
      case 'lambda':
        return lambda.perform(action, region, input);
      case 'logs':
        return logs.perform(action, region, input);
      case 'cloudtrail':
        return performOnTrails({ trails, region, accountId }, action, input);
      case 'ec2':
        if (action === 'DescribeRegions')
          return describeRegions(input['AllRegions'] === 'true', optedInRegions);
        return performOnInstances({ instances, region, accountId, profileIdOf }, action, input);
      default:
        throw new AwsError(
          'UnknownOperationException',
          `The stand-in does not know the service ${service}.`,
          404,
        );
    }
  };
  const state = { iam, ssm, dynamodb, sqs, bus, lambda, logs, trails, instances, optedInRegions };
  return { ...state, s3, cloudFormation, stackResources, perform };
};
