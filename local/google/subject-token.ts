import { request } from 'node:http';
import { TokenError } from './errors.ts';
import { fieldsOf, textOf } from './method.ts';

/** The caller's identity according to AWS: the assertion of an AWS provider. */
export interface AwsIdentity {
  readonly arn: string;
  readonly account: string;
  readonly userid: string;
}

/** Verifies the caller as Google does: forwards the signed GetCallerIdentity request to AWS. @throws TokenError */
export const verifyCaller = async (
  encoded: string,
  audience: string,
  awsUrl: string,
): Promise<AwsIdentity> => {
  const { url, headers } = parse(encoded);
  checkUrl(url, headers);
  if (withoutScheme(headers['x-goog-cloud-target-resource'] ?? '') !== withoutScheme(audience))
    throw refused('The x-goog-cloud-target-resource header does not match the audience.');
  const answer = await post(new URL(`/${url.search}`, awsUrl), headers).catch(() => undefined);
  const { status = 0, body = '' } = answer ?? {};
  const identity = {
    arn: field(body, 'Arn'),
    account: field(body, 'Account'),
    userid: field(body, 'UserId'),
  };
  if (status !== 200 || identity.arn === '' || identity.account === '')
    throw refused(`Received invalid response from AWS STS (${status}): ${field(body, 'Code')}`);
  return identity;
};

interface SubjectToken {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
}

const parse = (encoded: string): SubjectToken => {
  try {
    const { url, method, headers } = fieldsOf(JSON.parse(unescapeQuery(encoded)));
    if (method !== 'POST' || !Array.isArray(headers)) throw new Error('not a POST with headers');
    const pairs = headers
      .map(fieldsOf)
      .map(({ key, value }) => [textOf(key).toLowerCase(), textOf(value)] as const);
    return { url: new URL(textOf(url)), headers: Object.fromEntries(pairs) };
  } catch {
    throw refused('Unable to parse the subject token.');
  }
};

/** Unescapes like a query: Go and Java escape a space as "+", and every library escapes a plus sign as "%2B". */
const unescapeQuery = (text: string): string => decodeURIComponent(text.replaceAll('+', ' '));

const refused = (message: string): TokenError => new TokenError('invalid_grant', message);

/** Google only calls AWS's STS, and only GetCallerIdentity. */
const checkUrl = (url: URL, headers: SubjectToken['headers']): void => {
  const isSts = url.protocol === 'https:' && /^sts(\.[a-z0-9-]+)?\.amazonaws\.com$/.test(url.host);
  const isQuestion =
    url.pathname === '/' &&
    url.searchParams.get('Action') === 'GetCallerIdentity' &&
    url.searchParams.get('Version') === '2011-06-15';
  if (!isSts || !isQuestion || headers['host'] !== url.host)
    throw refused('The subject token is not a signed GetCallerIdentity request of AWS STS.');
};

const withoutScheme = (audience: string): string => audience.replace(/^https:/, '');

const timeoutMilliseconds = 10_000;

/** Does not use fetch, which would replace the signed `host` header. */
const post = (
  url: URL,
  headers: Readonly<Record<string, string>>,
): Promise<{ readonly status: number; readonly body: string }> =>
  new Promise((resolve, reject) => {
    const outgoing = request(
      url,
      { method: 'POST', headers: { ...headers, 'content-length': 0 }, timeout: timeoutMilliseconds },
      (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          body += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
        response.on('error', reject);
      },
    );
    outgoing.on('timeout', () => outgoing.destroy(new Error('AWS STS did not answer in time')));
    outgoing.on('error', reject);
    outgoing.end();
  });

const field = (body: string, name: string): string =>
  new RegExp(`<${name}>([^<]*)</${name}>|"${name}"\\s*:\\s*"([^"]*)"`).exec(body)?.slice(1).find(Boolean) ??
  '';
