import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { listen } from '../../local/http.ts';

/** A call as IAM authorizes it. */
export interface RecordedCall {
  readonly action: string;
  readonly resource: string;
}

export interface RecordingProxy {
  readonly url: string;
  /** Calls since the last one, in order. @throws Error that names a request whose permission is not known here */
  readonly take: () => readonly RecordedCall[];
  readonly close: () => Promise<void>;
}

/** Forwards AWS requests, and records which permission each needs. */
export const startRecordingProxy = async (upstream: string, accountId: string): Promise<RecordingProxy> => {
  let requests: Recorded[] = [];
  const record = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readBody(message);
    const { authorization = '' } = message.headers;
    requests.push({
      service: /Credential=[^/]+\/\d+\/[^/]+\/([^/]+)\//.exec(authorization)?.[1] ?? '',
      method: message.method ?? '',
      url: new URL(message.url ?? '/', 'http://127.0.0.1'),
      target: String(message.headers['x-amz-target'] ?? ''),
      body: body.toString('latin1'),
    });
    passOn(message, body, response, upstream);
  };
  const server = createServer((message, response) => {
    record(message, response).catch(() => response.destroy());
  });
  const { url, close } = await listen(server);
  return {
    url,
    take: () => {
      const calls = requests.flatMap((one) => callsOf(one, accountId));
      requests = [];
      return calls;
    },
    close,
  };
};

interface Recorded {
  readonly service: string;
  readonly method: string;
  readonly url: URL;
  readonly target: string;
  readonly body: string;
}

const readBody = async (message: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(Buffer.from(chunk as Uint8Array));
  return Buffer.concat(chunks);
};

const passOn = (
  { method, url, headers }: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
  upstream: string,
): void => {
  const { hostname, port } = new URL(upstream);
  const onward = request({ hostname, port, method, path: url, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  onward.on('error', () => response.destroy());
  onward.end(body);
};

/**
 * https://docs.aws.amazon.com/service-authorization/latest/reference/ lists which permission a request needs, and on
 * what.
 */
const callsOf = (one: Recorded, accountId: string): readonly RecordedCall[] => {
  const arn = (service: string, resource: string): string =>
    `arn:aws:${service}:us-east-1:${accountId}:${resource}`;
  const form = new URLSearchParams(one.body);
  switch (one.service) {
    // It needs no permission: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
    case 'sts':
      return [];
    case 'cloudformation': {
      const stack = form.get('StackName');
      const resource =
        stack?.startsWith('arn:') === true ? stack : arn('cloudformation', `stack/${stack}/id`);
      return [{ action: `cloudformation:${form.get('Action')}`, resource: stack === null ? '*' : resource }];
    }
    case 's3':
      return objectCalls(one);
    case 'lambda': {
      const [, name = '', rest = ''] = /^\/2015-03-31\/functions\/([^/]+)(.*)$/.exec(one.url.pathname) ?? [];
      const action = lambdaActions.get(`${one.method} ${rest}`);
      return action === undefined
        ? unknown(one)
        : [{ action: `lambda:${action}`, resource: arn('lambda', `function:${name}`) }];
    }
    case 'ecr': {
      const { repositoryNames = [] } = JSON.parse(one.body) as {
        readonly repositoryNames?: readonly string[];
      };
      return repositoryNames.map((name) => ({
        action: `ecr:${one.target.split('.')[1] ?? ''}`,
        resource: arn('ecr', `repository/${name}`),
      }));
    }
    case 'events':
      return one.target === 'AWSEvents.ListRules'
        ? [{ action: 'events:ListRules', resource: '*' }]
        : unknown(one);
    default:
      return unknown(one);
  }
};

const lambdaActions: ReadonlyMap<string, string> = new Map([
  ['GET ', 'GetFunction'],
  ['POST /invocations', 'InvokeFunction'],
]);

/** A path is `/bucket/key`. */
const objectCalls = (one: Recorded): readonly RecordedCall[] => {
  const [, bucket = '', key = ''] = /^\/([^/]+)\/?(.*)$/.exec(decodeURIComponent(one.url.pathname)) ?? [];
  const on = (action: string, path = key): RecordedCall => ({
    action: `s3:${action}`,
    resource: `arn:aws:s3:::${bucket}${path === '' ? '' : `/${path}`}`,
  });
  const { method, url } = one;
  if (key !== '')
    return method === 'PUT' ? [on('PutObject')] : method === 'HEAD' ? [on('GetObject')] : unknown(one);
  if (method === 'HEAD' || url.searchParams.has('list-type')) return [on('ListBucket')];
  if (method === 'POST' && url.searchParams.has('delete'))
    return [...one.body.matchAll(/<Key>([^<]+)<\/Key>/g)].map(([, path = '']) => on('DeleteObject', path));
  return unknown(one);
};

const unknown = ({ service, method, url, target }: Recorded): never => {
  throw new Error(
    `No permission is known here for ${service} ${method} ${url.pathname}${url.search} ${target}`,
  );
};
