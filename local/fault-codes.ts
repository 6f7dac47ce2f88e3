import type { AwsCall, AwsFault } from './aws/call.ts';
import type { GoogleFault } from './google/world.ts';

/** Faults that the service reports in an answer of its own. */
export type AnsweredFault = 'throttle' | '500' | '503';

/** Services that do not answer a throttle with 400. */
const throttleStatus: Readonly<Record<string, number>> = { lambda: 429, ec2: 503 };

export const awsFault = ({ action }: AwsCall, fault: AnsweredFault): AwsFault => {
  const service = action.split(':')[0] ?? '';
  const codes = awsCodes[service];
  if (codes === undefined) throw new Error(`unknown fault codes for the AWS service ${service}`);
  const status = fault === 'throttle' ? throttleStatus[service] : undefined;
  return { ...awsAnswers[fault], ...(status === undefined ? {} : { status }), code: codes[fault] };
};

type Codes = Readonly<Record<AnsweredFault, string>>;

const query = { throttle: 'Throttling', '500': 'InternalFailure', '503': 'ServiceUnavailable' };

/** Each service has its own names: see the error lists of its API reference and AWS's common errors. */
const awsCodes: Readonly<Record<string, Codes>> = {
  // https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRole.html
  iam: { ...query, '500': 'ServiceFailure' },
  // https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html
  sts: query,
  cloudformation: query,
  // https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
  ssm: { throttle: 'ThrottlingException', '500': 'InternalServerError', '503': 'ServiceUnavailable' },
  // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
  dynamodb: {
    throttle: 'ProvisionedThroughputExceededException',
    '500': 'InternalServerError',
    '503': 'ServiceUnavailable',
  },
  // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html
  sqs: { throttle: 'RequestThrottled', '500': 'InternalFailure', '503': 'ServiceUnavailable' },
  // https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
  events: { throttle: 'ThrottlingException', '500': 'InternalException', '503': 'ServiceUnavailable' },
  // https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
  lambda: { throttle: 'TooManyRequestsException', '500': 'ServiceException', '503': 'ServiceUnavailable' },
  // https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
  logs: {
    throttle: 'ThrottlingException',
    '500': 'InternalFailure',
    '503': 'ServiceUnavailableException',
  },
  // https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/CommonErrors.html
  cloudtrail: { throttle: 'ThrottlingException', '500': 'InternalFailure', '503': 'ServiceUnavailable' },
  // https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
  ec2: { throttle: 'RequestLimitExceeded', '500': 'InternalError', '503': 'Unavailable' },
};

const awsAnswers: Readonly<Record<AnsweredFault, Omit<AwsFault, 'code'>>> = {
  throttle: { status: 400, message: 'Rate exceeded' },
  '500': { status: 500, message: 'The request processing has failed because of an unknown error.' },
  '503': { status: 503, message: 'The request has failed due to a temporary failure of the server.' },
};

/** https://cloud.google.com/apis/design/errors#handling_errors */
export const googleFaults: Readonly<Record<AnsweredFault, GoogleFault>> = {
  throttle: {
    code: 429,
    status: 'RESOURCE_EXHAUSTED',
    message:
      "Quota exceeded for quota metric 'Write requests' and limit 'Write requests per minute' of service 'iam.googleapis.com'.",
  },
  '500': { code: 500, status: 'INTERNAL', message: 'Internal error encountered.' },
  '503': { code: 503, status: 'UNAVAILABLE', message: 'The service is currently unavailable.' },
};
