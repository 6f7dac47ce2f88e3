import { request } from 'node:http';
import { TokenError } from './errors.ts';

/** Whom an AWS role session is, to AWS. */
export interface AwsIdentity {
  readonly arn: string;
  readonly account: string;
}

export interface Provider {
  readonly accountId: string;
  disabled: boolean;
  /** What `attribute.aws_role` is made of; Google's default mapping if left out. */
  readonly awsRole?: (arn: string) => string;
}

export interface Federated {
  /** `principal://…/subject/…` */
  readonly principal: string;
  /** `principalSet://…/attribute.aws_role/…` */
  readonly principalSet: string;
}

/** Google's default mapping: the ARN without its session name (facts of provider.attributeMapping). */
const defaultAwsRole = (arn: string): string => {
  const [, account, role] = /^(.*)assumed-role\/([^/]+)\//.exec(arn) ?? [];
  return role === undefined ? arn : `${account ?? ''}assumed-role/${role}`;
};

/** The google.subject of a principal is at most this long. */
const maxSubjectBytes = 127;

const post = (
  url: URL,
  headers: Readonly<Record<string, string>>,
): Promise<{ status: number; body: string }> =>
  new Promise((resolve, reject) => {
    const outgoing = request(
      url,
      { method: 'POST', headers: { ...headers, 'content-length': 0 } },
      (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          body += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
      },
    );
    outgoing.on('error', reject);
    outgoing.end();
  });

interface SubjectToken {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

const parseSubjectToken = (encoded: string): SubjectToken => {
  try {
    const token = JSON.parse(decodeURIComponent(encoded)) as {
      url: string;
      headers: { key: string; value: string }[];
    };
    return {
      url: token.url,
      headers: Object.fromEntries(token.headers.map(({ key, value }) => [key.toLowerCase(), value])),
    };
  } catch {
    throw new TokenError('invalid_grant', 'Unable to parse the subject token.');
  }
};

/** Verifies the caller as Google does: by sending the signed GetCallerIdentity request on, to AWS. */
export const verifyCaller = async (
  encoded: string,
  audience: string,
  awsUrl: string,
): Promise<AwsIdentity> => {
  const { url, headers } = parseSubjectToken(encoded);
  const target = new URL(url);
  if (
    !/^sts(\.[a-z0-9-]+)?\.amazonaws\.com$/.test(target.hostname) ||
    target.searchParams.get('Action') !== 'GetCallerIdentity'
  ) {
    throw new TokenError(
      'invalid_grant',
      'The subject token is not a signed GetCallerIdentity request of AWS STS.',
    );
  }
  if (headers['x-goog-cloud-target-resource'] !== audience)
    throw new TokenError(
      'invalid_grant',
      'The x-goog-cloud-target-resource header does not match the audience.',
    );
  const { status, body } = await post(new URL(`/${target.search}`, awsUrl), headers);
  const [, arn] = /<Arn>([^<]+)<\/Arn>/.exec(body) ?? [];
  const [, account] = /<Account>(\d{12})<\/Account>/.exec(body) ?? [];
  if (status !== 200 || arn === undefined || account === undefined) {
    throw new TokenError('invalid_grant', `Received invalid response from AWS STS (${status}).`);
  }
  return { arn, account };
};

export const federate = (provider: Provider, poolName: string, { arn, account }: AwsIdentity): Federated => {
  if (provider.accountId !== account)
    throw new TokenError(
      'unauthorized_client',
      'The given credential is rejected by the attribute condition.',
    );
  if (Buffer.byteLength(arn) > maxSubjectBytes)
    throw new TokenError(
      'invalid_grant',
      `The size of mapped attribute google.subject exceeds the ${maxSubjectBytes} bytes limit.`,
    );
  return {
    principal: `principal://iam.googleapis.com/${poolName}/subject/${arn}`,
    principalSet: `principalSet://iam.googleapis.com/${poolName}/attribute.aws_role/${(provider.awsRole ?? defaultAwsRole)(arn)}`,
  };
};
