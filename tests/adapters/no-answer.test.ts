import { Readable } from 'node:stream';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { IAMClient } from '@aws-sdk/client-iam';
import { awsFailure } from '../../shared/adapters/aws/failure.ts';
import { awsRoles } from '../../shared/adapters/aws/roles.ts';
import { googleFailure } from '../../shared/adapters/google/failure.ts';
import { RetryableError } from '../../shared/core/errors.ts';
import { roleRef } from '../support/settings.ts';

/** Google's client throws this: the request, with the error of the connection inside. */
const google = (cause: object, config: object = {}): Error =>
  Object.assign(new Error('Unexpected Gaxios Error', { cause }), {
    config: { url: new URL('https://iam.googleapis.com/v1/projects/acme-data'), ...config },
  });
const connection = (code: string): Error => Object.assign(new TypeError('fetch failed'), { code });
const timeUp = AbortSignal.abort(new DOMException('time is up', 'TimeoutError'));
const proxied = { agent: { proxy: new URL('http://jo:secret-of-jo@proxy.acme.example:3128') } };

it.each<[string, Error, string]>([
  [
    'refused',
    google(connection('ECONNREFUSED')),
    'iam.googleapis.com refused the connection (ECONNREFUSED). Check the network, the firewall and the endpoint (google.endpoints in rolebridge.yml).',
  ],
  [
    'on each of its addresses',
    google(new AggregateError([connection('ECONNREFUSED'), connection('ENETUNREACH')])),
    'iam.googleapis.com refused the connection (ECONNREFUSED). Check',
  ],
  [
    'an unknown name',
    google(new Error('', { cause: connection('ENOTFOUND') })),
    'the name of iam.googleapis.com cannot be resolved (ENOTFOUND). Check the network, the DNS server and',
  ],
  [
    'no answer in time',
    google(connection('UND_ERR_CONNECT_TIMEOUT')),
    'iam.googleapis.com did not answer in time (UND_ERR_CONNECT_TIMEOUT). Check the network and the firewall.',
  ],
  [
    'an aborted call',
    google(new DOMException('aborted', 'AbortError'), { signal: timeUp }),
    'iam.googleapis.com did not answer in time (TimeoutError).',
  ],
  [
    'no route',
    google(connection('ENETUNREACH')),
    'there is no route to iam.googleapis.com (ENETUNREACH). Check the network connection and the VPN.',
  ],
  [
    'a closed connection',
    google(connection('UND_ERR_SOCKET')),
    'iam.googleapis.com closed the connection without an answer (UND_ERR_SOCKET). Check the network',
  ],
  [
    'a certificate',
    google(connection('SELF_SIGNED_CERT_IN_CHAIN')),
    'the certificate of iam.googleapis.com is not trusted (SELF_SIGNED_CERT_IN_CHAIN). A proxy may be inspecting TLS. Then set NODE_EXTRA_CA_CERTS',
  ],
  [
    'a proxy',
    google(connection('ECONNREFUSED'), proxied),
    'iam.googleapis.com cannot be reached through the proxy proxy.acme.example:3128: it refused the connection (ECONNREFUSED). Check HTTPS_PROXY and NO_PROXY.',
  ],
])('Google, %s: names the host, what failed and the next step', (_, thrown, text) => {
  const failure = googleFailure('reading it', thrown, 'Sign in again.');
  expect(failure).toBeInstanceOf(RetryableError);
  expect(failure.message).toContain(`reading it: ${text}`);
  expect(failure.message).not.toMatch(/Gaxios|Sign in again|secret-of-jo/);
});

it('an error without a known cause keeps its own text', () => {
  expect(googleFailure('reading it', new Error('something else'), 'Sign in again.').message).toBe(
    'reading it: something else Sign in again.',
  );
});

it.each<[string, Error, string]>([
  [
    'refused',
    Object.assign(connection('ECONNREFUSED'), { address: '127.0.0.1', port: 9 }),
    '127.0.0.1:9 refused the connection (ECONNREFUSED). Check the network, the firewall and the endpoint (AWS_ENDPOINT_URL).',
  ],
  [
    'an unknown name',
    Object.assign(connection('ENOTFOUND'), { hostname: 'iam.amazonaws.com' }),
    'the name of iam.amazonaws.com cannot be resolved (ENOTFOUND).',
  ],
  [
    'no answer in time',
    Object.assign(new Error('Connection timed out after 3000 ms'), { name: 'TimeoutError' }),
    'AWS did not answer in time (TimeoutError).',
  ],
  ['an unknown cause', new TypeError('something else'), 'something else'],
  ['no text', new Error(''), 'no reason given'],
])('AWS, %s', (_, thrown, text) => {
  const failure = awsFailure('reading it', thrown);
  expect(failure).toBeInstanceOf(RetryableError);
  expect(failure.message.startsWith(`reading it: ${text}`)).toBe(true);
});

it.each([
  ['a page', Object.assign(new SyntaxError('Unexpected token'), { $metadata: { httpStatusCode: 403 } })],
  ['a page instead of XML', Object.assign(new Error('parse error'), { $metadata: { httpStatusCode: 407 } })],
  [
    'no body',
    Object.assign(new Error('UnknownError'), { name: 'Unknown', $metadata: { httpStatusCode: 302 } }),
  ],
  [
    'JSON with a code',
    Object.assign(new Error('blocked'), { name: 'PROXY_DENIED', $metadata: { httpStatusCode: 403 } }),
  ],
  ['a 404', Object.assign(new Error('Unknown'), { name: 'NotFound', $metadata: { httpStatusCode: 404 } })],
])('%s from a proxy is no answer of AWS, and proves nothing', (_, thrown) => {
  const failure = awsFailure('reading it', thrown);
  expect(failure).toBeInstanceOf(RetryableError);
  expect(failure.message).toMatch(
    /^reading it: the answer \(HTTP \d{3}\) is not from AWS \(it has no error code or no request id\): a proxy, /,
  );
});

it.each([
  ['without an id', {}, RetryableError],
  ['with an id', { 'x-amzn-requestid': 'r-1' }, undefined],
])('a NoSuchEntity %s proves absence only if AWS sent it', async (_, headers, error) => {
  const body = '<ErrorResponse><Error><Code>NoSuchEntity</Code><Message>no</Message></Error></ErrorResponse>';
  const handle = () =>
    Promise.resolve({ response: { statusCode: 404, headers, body: Readable.from([Buffer.from(body)]) } });
  const iam = new IAMClient({
    region: 'us-east-1',
    maxAttempts: 1,
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    requestHandler: { handle },
  });
  const none = (): never => {
    throw new Error('not called');
  };
  const clients = { iam, ssm: none, ssmWriter: none, events: new EventBridgeClient({ region: 'us-east-1' }) };
  const read = awsRoles(() => clients, AbortSignal.timeout(60_000)).read(roleRef('reports'));
  if (error === undefined) expect(await read).toMatchObject({ kind: 'absent' });
  else await expect(read).rejects.toThrow(error);
});

it('an error response of AWS keeps its code', () => {
  const answered = { name: 'AccessDenied', $metadata: { httpStatusCode: 403, requestId: 'r-1' } };
  const thrown = Object.assign(new Error('User jo may not'), answered);
  expect(awsFailure('reading it', thrown).message).toBe('reading it: AccessDenied: User jo may not');
});
