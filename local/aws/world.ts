import { type HttpAnswer, type HttpRequest, serve } from '../http.ts';
import { type Interception, interceptable } from '../interception.ts';
import { type AwsCall, AwsError, type AwsFault, type Input, text } from './call.ts';
import { createEventBus, type EventBus } from './events.ts';
import { createIam, type Iam } from './iam.ts';
import { claimedSignature, isSignedWith, type Signed } from './signature.ts';
import { createSqs, type Sqs } from './sqs.ts';
import { createSsm, type Ssm, type SsmRates } from './ssm.ts';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

export interface AwsOptions {
  readonly accountId: string;
  /** Shortens queue times and quickens service rates alike. @default 1 */
  readonly timeScale?: number;
  readonly ssmRates?: SsmRates;
}

/** A resource of the deployed stack, as CloudFormation lists it. */
export interface StackResource {
  readonly logicalId: string;
  readonly physicalId: string;
  readonly type: string;
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

interface Principal extends Credentials {
  readonly arn: string;
  readonly userId: string;
}

const xmlServices = new Set(['iam', 'sts', 'cloudformation']);

const errorAnswer = (service: string, { code, message, status }: AwsError): HttpAnswer =>
  xmlServices.has(service)
    ? {
        status,
        headers: { 'content-type': 'text/xml' },
        body: `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>r</RequestId></ErrorResponse>`,
      }
    : {
        status,
        headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-errortype': code },
        body: JSON.stringify({ __type: code, message }),
      };

const parse = (service: string, request: HttpRequest): { action: string; input: Input } => {
  if (xmlServices.has(service)) {
    const input = Object.fromEntries([...request.url.searchParams, ...new URLSearchParams(request.body)]);
    return { action: text(input, 'Action'), input };
  }
  const target = request.headers['x-amz-target'] ?? '';
  return {
    action: target.slice(target.lastIndexOf('.') + 1),
    input: JSON.parse(request.body || '{}') as Input,
  };
};

/** The AWS services that rolebridge uses, in memory, over HTTP, for the unmodified SDK. Signatures are checked. */
export const startAws = async ({
  accountId,
  timeScale = 1,
  ssmRates = { putsPerSecond: 3 / timeScale, readsPerSecond: 40 / timeScale },
}: AwsOptions): Promise<AwsWorld> => {
  let ids = 0;
  const nextId = (): string => {
    ids += 1;
    return `00000000-0000-4000-8000-${String(ids).padStart(12, '0')}`;
  };
  const principals = new Map<string, Principal>();
  const issue = (arn: string, userId: string): Credentials => {
    const number = String(principals.size).padStart(16, '0');
    const credentials = {
      accessKeyId: `ASIA${number}`,
      secretAccessKey: `local-secret-${number}`,
      sessionToken: `local-session-${number}`,
    };
    principals.set(credentials.accessKeyId, { ...credentials, arn, userId });
    return credentials;
  };
  const adminArn = `arn:aws:sts::${accountId}:assumed-role/Administrator/alice`;
  const admin = issue(adminArn, 'AROAADMIN:alice');

  const bus = createEventBus(accountId, nextId);
  const ssm = createSsm(accountId, ssmRates);
  const sqs = createSqs(timeScale, nextId);
  let caller = adminArn;
  const iam = createIam(accountId, ({ eventName, requestParameters, responseElements }) => {
    const detail = {
      eventVersion: '1.11',
      eventID: nextId(),
      eventSource: 'iam.amazonaws.com',
      eventName,
      awsRegion: 'us-east-1',
      eventTime: new Date().toISOString(),
      eventType: 'AwsApiCall',
      readOnly: false,
      managementEvent: true,
      eventCategory: 'Management',
      recipientAccountId: accountId,
      userIdentity: { type: 'AssumedRole', arn: caller, accountId },
      requestParameters,
      responseElements,
    };
    bus.put({ source: 'aws.iam', 'detail-type': 'AWS API Call via CloudTrail', detail });
  });

  const resourcesOf = (service: string, region: string, input: Input): readonly string[] => {
    switch (service) {
      case 'iam':
        return [iam.arnOf(text(input, 'RoleName'))];
      case 'ssm':
        return [`arn:aws:ssm:${region}:${accountId}:parameter${text(input, 'Name') || text(input, 'Path')}`];
      case 'sqs':
        return [`arn:aws:sqs:${region}:${accountId}:${text(input, 'QueueUrl').split('/').at(-1) ?? ''}`];
      case 'events':
        return [`arn:aws:events:${region}:${accountId}:event-bus/default`];
      default:
        return ['*'];
    }
  };
  const perform = (
    service: string,
    action: string,
    region: string,
    input: Input,
    principal: Principal,
  ): HttpAnswer => {
    const asJson = (output: unknown): HttpAnswer => ({
      status: 200,
      headers: { 'content-type': 'application/x-amz-json-1.1' },
      body: JSON.stringify(output),
    });
    const asXml = (output: string): HttpAnswer => ({
      status: 200,
      headers: { 'content-type': 'text/xml' },
      body: `<${action}Response>${output}<ResponseMetadata><RequestId>${nextId()}</RequestId></ResponseMetadata></${action}Response>`,
    });
    switch (service) {
      case 'iam':
        caller = principal.arn;
        return asXml(iam.perform(action, input));
      case 'sts':
        if (action !== 'GetCallerIdentity')
          throw new AwsError('InvalidAction', `The stand-in does not know sts:${action}.`);
        return asXml(
          `<GetCallerIdentityResult><Arn>${principal.arn}</Arn><UserId>${principal.userId}</UserId><Account>${accountId}</Account></GetCallerIdentityResult>`,
        );
      case 'cloudformation': {
        if (action !== 'ListStackResources')
          throw new AwsError('InvalidAction', `The stand-in does not know cloudformation:${action}.`);
        const members = stackResources.map(
          ({ logicalId, physicalId, type }) =>
            `<member><LogicalResourceId>${logicalId}</LogicalResourceId><PhysicalResourceId>${physicalId}</PhysicalResourceId><ResourceType>${type}</ResourceType><ResourceStatus>CREATE_COMPLETE</ResourceStatus><LastUpdatedTimestamp>2026-01-01T00:00:00Z</LastUpdatedTimestamp></member>`,
        );
        return asXml(
          `<ListStackResourcesResult><StackResourceSummaries>${members.join('')}</StackResourceSummaries></ListStackResourcesResult>`,
        );
      }
      case 'ssm':
        return asJson(ssm.perform(action, region, input));
      case 'events':
        return asJson(bus.perform(action, region, input));
      case 'sqs':
        return asJson(sqs.perform(action, input));
      default:
        throw new AwsError(
          'UnknownOperationException',
          `The stand-in does not know the service ${service}.`,
          404,
        );
    }
  };

  const authenticate = (request: HttpRequest, signed: Signed): Principal => {
    const principal = principals.get(signed.accessKeyId);
    if (principal === undefined || request.headers['x-amz-security-token'] !== principal.sessionToken)
      throw new AwsError(
        'InvalidClientTokenId',
        'The security token included in the request is invalid.',
        403,
      );
    if (!isSignedWith(request, principal.secretAccessKey))
      throw new AwsError(
        'SignatureDoesNotMatch',
        'The request signature we calculated does not match the signature you provided.',
        403,
      );
    return principal;
  };

  const stackResources: StackResource[] = [];
  const interception = interceptable<AwsCall, AwsFault, HttpAnswer>();
  const respond = async (request: HttpRequest): Promise<HttpAnswer | undefined> => {
    const signed = claimedSignature(request);
    if (signed === undefined)
      return errorAnswer(
        'sts',
        new AwsError('MissingAuthenticationToken', 'Missing Authentication Token', 403),
      );
    const { service, region } = signed;
    try {
      const principal = authenticate(request, signed);
      const { action, input } = parse(service, request);
      const sources =
        Array.isArray(input['Entries']) && service === 'events'
          ? [...new Set((input['Entries'] as readonly Input[]).map((entry) => text(entry, 'Source')))]
          : [];
      const context = sources.length === 0 ? {} : { 'events:source': sources };
      const call: AwsCall = {
        action: `${service}:${action}`,
        region,
        accountId,
        principalArn: principal.arn,
        accessKeyId: principal.accessKeyId,
        input,
        resources: resourcesOf(service, region, input),
        context,
        sequence: interception.calls.length,
      };
      return await interception.through(
        call,
        () => perform(service, action, region, input, principal),
        ({ code, message, status }) => new AwsError(code, message, status),
      );
    } catch (error) {
      if (error instanceof AwsError) return errorAnswer(service, error);
      throw error;
    }
  };

  const server = await serve(respond);
  return {
    url: server.url,
    accountId,
    admin,
    iam,
    ssm,
    sqs,
    bus,
    stackResources,
    calls: interception.calls,
    intercept: interception.intercept,
    afterwards: interception.afterwards,
    issueRoleCredentials: (roleName, sessionName) =>
      issue(
        `arn:aws:sts::${accountId}:assumed-role/${roleName}/${sessionName}`,
        `${iam.role(roleName)?.roleId ?? 'AROAUNKNOWN'}:${sessionName}`,
      ),
    close: server.close,
  };
};
