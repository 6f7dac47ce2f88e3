import { type HttpAnswer, type HttpRequest, serve } from '../http.ts';
import { type Interception, interceptable } from '../interception.ts';
import { type AwsCall, AwsError, type AwsFault } from './call.ts';
import { type ClockOptions, createClock } from './clock.ts';
import { describeStack, type StackResource } from './cloud-formation.ts';
import { createTrail, type Origin } from './cloud-trail.ts';
import { createEventBus, type EventBus } from './events.ts';
import { createIam, type Iam } from './iam.ts';
import { createIds } from './ids.ts';
import { type Credentials, createPrincipals, type Principal } from './principals.ts';
import { contextOf, type Request, resourcesOf } from './resources.ts';
import { claimedSignature, isSignedWith, type Signed } from './signature.ts';
import { createSqs, type Sqs } from './sqs.ts';
import { createSsm, type Ssm, type SsmRates } from './ssm.ts';
import { callerIdentity } from './sts.ts';
import { errorAnswer, outputAnswer, parseCall } from './wire.ts';

export type { StackResource } from './cloud-formation.ts';
export type { Credentials } from './principals.ts';

export interface AwsOptions extends Omit<ClockOptions, 'timeScale'> {
  readonly accountId: string;
  /** Shortens queue times and quickens service rates alike. @default 1 */
  readonly timeScale?: number;
  /** Calls a second of the services' own time. @default AWS's: 3 puts, 40 reads */
  readonly ssmRates?: SsmRates;
  /** For how long the name of a deleted parameter cannot be made anew; 0 for no such rule. @default 30, as in AWS */
  readonly recreateAfterSeconds?: number;
}

export interface AwsWorld extends Interception<AwsCall, AwsFault> {
  readonly url: string;
  readonly accountId: string;
  /** An administrator of the account. */
  readonly admin: Credentials;
  readonly iam: Iam;
  readonly ssm: Ssm;
  readonly sqs: Sqs;
  readonly bus: EventBus;
  readonly stackResources: StackResource[];
  readonly issueRoleCredentials: (roleName: string, sessionName: string) => Credentials;
  readonly close: () => Promise<void>;
}

/** The AWS services that rolebridge uses, in memory, over HTTP, for the unmodified SDK. Signatures are checked. */
export const startAws = async ({
  accountId,
  timeScale = 1,
  ssmRates = { putsPerSecond: 3, readsPerSecond: 40 },
  recreateAfterSeconds = 30,
  ...time
}: AwsOptions): Promise<AwsWorld> => {
  const clock = createClock({ timeScale, ...time });
  const ids = createIds();
  const principals = createPrincipals(accountId, clock);
  const admin = principals.issue({ roleName: 'Administrator', roleId: 'AROAADMIN', sessionName: 'alice' });
  const bus = createEventBus({ accountId, clock, ids });
  const ssm = createSsm({ accountId, clock, rates: ssmRates, recreateAfterSeconds });
  const sqs = createSqs({ clock, timeScale, ids });
  const trail = createTrail(accountId, bus, ids);
  const iam = createIam({
    accountId,
    clock,
    ids,
    trail,
    admin: { caller: admin, requestId: ids.next(), userAgent: 'rolebridge-local' },
  });
  const stackResources: StackResource[] = [];

  const perform = ({ service, action, region, input }: Request, origin: Origin): unknown => {
    switch (service) {
      case 'iam':
        return iam.perform(action, input, origin);
      case 'sts':
        return callerIdentity(action, origin.caller);
      case 'cloudformation':
        return describeStack(action, stackResources);
      case 'ssm':
        return ssm.perform(action, region, input);
      case 'events':
        return bus.perform(action, region, input);
      case 'sqs':
        return sqs.perform(action, input);
      default:
        throw new AwsError(
          'UnknownOperationException',
          `The stand-in does not know the service ${service}.`,
          404,
        );
    }
  };

  const authenticate = (request: HttpRequest, { accessKeyId }: Signed): Principal => {
    const principal = principals.find(accessKeyId, request.headers['x-amz-security-token']);
    if (!isSignedWith(request, principal.credentials.secretAccessKey))
      throw new AwsError(
        'SignatureDoesNotMatch',
        'The request signature we calculated does not match the signature you provided.',
        403,
      );
    return principal;
  };

  const interception = interceptable<AwsCall, AwsFault, HttpAnswer>();
  const handle = (
    request: HttpRequest,
    signed: Signed,
    requestId: string,
  ): Promise<HttpAnswer | undefined> => {
    const { service, region } = signed;
    const caller = authenticate(request, signed);
    const { action, input } = parseCall(service, request);
    const asked = { service, action, region, accountId, input };
    const origin = { caller, requestId, userAgent: request.headers['user-agent'] ?? '' };
    const call: AwsCall = {
      action: `${service}:${action}`,
      region,
      accountId,
      principalArn: caller.arn,
      accessKeyId: caller.credentials.accessKeyId,
      input,
      resources: resourcesOf(asked, iam.arnOf),
      context: contextOf(asked),
      sequence: interception.calls.length,
    };
    return interception.through(
      call,
      () => outputAnswer(service, action, perform(asked, origin), requestId),
      ({ code, message, status }) => {
        const error = new AwsError(code, message, status);
        if (service === 'iam') iam.refused(action, input, error, origin);
        return error;
      },
    );
  };
  const respond = async (request: HttpRequest): Promise<HttpAnswer | undefined> => {
    const requestId = ids.next();
    const signed = claimedSignature(request);
    try {
      if (signed === undefined)
        throw new AwsError('MissingAuthenticationToken', 'Missing Authentication Token', 403);
      return await handle(request, signed, requestId);
    } catch (error) {
      if (error instanceof AwsError) return errorAnswer(signed?.service ?? 'sts', error, requestId);
      throw error;
    }
  };

  const server = await serve(respond);
  return {
    url: server.url,
    accountId,
    admin: admin.credentials,
    iam,
    ssm,
    sqs,
    bus,
    stackResources,
    calls: interception.calls,
    intercept: interception.intercept,
    afterwards: interception.afterwards,
    issueRoleCredentials: (roleName, sessionName) =>
      principals.issue({ roleName, roleId: iam.role(roleName)?.roleId ?? 'AROAUNKNOWN', sessionName })
        .credentials,
    close: server.close,
  };
};
