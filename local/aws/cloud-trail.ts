import type { AwsError } from './call.ts';
import { inSeconds } from './clock.ts';
import type { EventBus } from './event-bus.ts';
import type { Ids } from './ids.ts';
import type { Principal } from './principals.ts';
import { type LocalTrail, logs } from './trails.ts';

/** The caller, its program and the request. */
export interface Origin {
  readonly caller: Principal;
  readonly requestId: string;
  readonly userAgent: string;
}

/** One API call that changed something or tried to. */
export interface TrailedCall {
  readonly eventName: string;
  readonly origin: Origin;
  readonly at: Date;
  readonly requestParameters: unknown;
  readonly responseElements: unknown;
  readonly error?: AwsError;
}

export type Trail = (call: TrailedCall) => void;

interface TrailOptions {
  readonly accountId: string;
  readonly bus: EventBus;
  readonly ids: Ids;
  /** Read at the time of each call. */
  readonly trails: readonly LocalTrail[];
}

/** Sends IAM's writes, including failed ones, to EventBridge: only in us-east-1, and only if a trail logs them. */
export const createTrail =
  ({ accountId, bus, ids, trails }: TrailOptions): Trail =>
  ({ eventName, origin, at, requestParameters, responseElements, error }) => {
    const isLogged = trails.some((trail) =>
      logs(trail, { region: 'us-east-1', eventSource: 'iam.amazonaws.com', eventName, isReadOnly: false }),
    );
    if (!isLogged) return;
    bus.put({
      source: 'aws.iam',
      'detail-type': 'AWS API Call via CloudTrail',
      region: 'us-east-1',
      time: inSeconds(at),
      detail: {
        eventVersion: '1.09',
        userIdentity: identityOf(origin),
        eventTime: inSeconds(at),
        eventSource: 'iam.amazonaws.com',
        eventName,
        awsRegion: 'us-east-1',
        sourceIPAddress: '127.0.0.1',
        userAgent: origin.userAgent,
        ...(error === undefined
          ? {}
          : {
              errorCode: modelled.has(error.code) ? `${error.code}Exception` : error.code,
              errorMessage: error.message,
            }),
        requestParameters: error !== undefined && isUnread(error) ? null : requestParameters,
        responseElements: error === undefined ? responseElements : null,
        requestID: origin.requestId,
        eventID: ids.next(),
        readOnly: false,
        eventType: 'AwsApiCall',
        managementEvent: true,
        recipientAccountId: accountId,
        eventCategory: 'Management',
        tlsDetails: {
          tlsVersion: 'TLSv1.3',
          cipherSuite: 'TLS_AES_128_GCM_SHA256',
          clientProvidedHostHeader: 'iam.amazonaws.com',
        },
      },
    });
  };

const identityOf = ({ caller }: Origin) => ({
  type: 'AssumedRole',
  principalId: caller.userId,
  arn: caller.arn,
  accountId: caller.accountId,
  accessKeyId: caller.credentials.accessKeyId,
  sessionContext: {
    sessionIssuer: {
      type: 'Role',
      principalId: caller.roleId,
      arn: `arn:aws:iam::${caller.accountId}:role/${caller.roleName}`,
      accountId: caller.accountId,
      userName: caller.roleName,
    },
    attributes: { creationDate: inSeconds(caller.createdAt), mfaAuthenticated: 'false' },
  },
});

/** CloudTrail adds "Exception" to the names of modelled errors (`NoSuchEntityException`), but not to others (`AccessDenied`). */
const modelled = new Set([
  'NoSuchEntity',
  'EntityAlreadyExists',
  'LimitExceeded',
  'InvalidInput',
  'MalformedPolicyDocument',
  'ConcurrentModification',
  'DeleteConflict',
  'ServiceFailure',
]);

/** CloudTrail omits the parameters of a call that AWS refused before reading it. */
const isUnread = ({ code }: AwsError): boolean => /^AccessDenied|Throttl|RequestLimit/.test(code);
