import { createHash } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AwsClient } from 'google-auth-library';
import { iam, type iam_v1 } from 'googleapis/build/src/apis/iam/index.js';
import { type GoogleOptions, type GoogleWorld, startGoogle } from '../google/world.ts';
import { accountId, email, projectNumber } from './settings.ts';

export interface AwsSts {
  readonly url: string;
  /** The identity that AWS reports for every caller. */
  identity: { arn: string; account: string };
  status: number;
  asJson: boolean;
  readonly requests: {
    readonly url: string;
    readonly method: string;
    readonly headers: IncomingHttpHeaders;
  }[];
  readonly close: () => void;
}

export interface Harness {
  readonly google: GoogleWorld;
  readonly sts: AwsSts;
  /** The unmodified googleapis client with a token. @default the admin's token */
  readonly as: (token?: string) => iam_v1.Iam;
  readonly post: (path: string, body: unknown, token?: string) => Promise<{ status: number; body: unknown }>;
  readonly awsClient: (impersonated?: string) => AwsClient;
  readonly close: () => Promise<void>;
}

/** A world with one pool, one provider and one service account, beside a small AWS. */
export const startHarness = async (options: Partial<GoogleOptions> = {}): Promise<Harness> => {
  const sts = await startSts();
  const google = await startGoogle({
    awsUrl: sts.url,
    projectNumber,
    projectId: 'acme-identity',
    ...options,
  });
  google.addProvider('aws-pool', 'aws-provider', accountId);
  google.addServiceAccount(email, 'acme-data');
  return {
    google,
    sts,
    as: (token = google.adminToken) =>
      iam({
        version: 'v1',
        rootUrl: `${google.url}/`,
        headers: { authorization: `Bearer ${token}` },
        retry: false,
        validateStatus: () => true,
      }),
    post: async (path, body, token = google.adminToken) => {
      const response = await fetch(`${google.url}${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      return { status: response.status, body: await response.json() };
    },
    awsClient: (impersonated) =>
      new AwsClient({
        type: 'external_account',
        audience,
        subject_token_type: 'urn:ietf:params:aws:token-type:aws4_request',
        token_url: `${google.url}/v1/token`,
        ...(impersonated === undefined
          ? {}
          : {
              service_account_impersonation_url: `${google.url}/v1/projects/-/serviceAccounts/${impersonated}:generateAccessToken`,
            }),
        scopes: ['https://www.googleapis.com/auth/cloud-platform'],
        aws_security_credentials_supplier: {
          getAwsRegion: () => Promise.resolve('eu-west-1'),
          getAwsSecurityCredentials: () =>
            Promise.resolve({
              accessKeyId: 'ASIAEXAMPLE',
              secretAccessKey: createHash('sha256').update('secret').digest('hex'),
              token: 'session-token',
            }),
        },
      }),
    close: async () => {
      sts.close();
      await google.close();
    },
  };
};

/** Answers GetCallerIdentity, the only call that Google makes to AWS, without checking the signature. */
const startSts = async (): Promise<AwsSts> => {
  const server = createServer((request, response) => {
    sts.requests.push({ url: request.url ?? '', method: request.method ?? '', headers: request.headers });
    const { arn, account } = sts.identity;
    const fields = { Arn: arn, UserId: 'AROAEXAMPLE:session', Account: account };
    response.writeHead(sts.status);
    if (sts.status !== 200)
      response.end('<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code></Error></ErrorResponse>');
    else if (sts.asJson)
      response.end(JSON.stringify({ GetCallerIdentityResponse: { GetCallerIdentityResult: fields } }));
    else
      response.end(
        `<GetCallerIdentityResponse><GetCallerIdentityResult>${Object.entries(fields)
          .map(([name, value]) => `<${name}>${value}</${name}>`)
          .join('')}</GetCallerIdentityResult></GetCallerIdentityResponse>`,
      );
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const sts: AwsSts = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    identity: {
      arn: `arn:aws:sts::${accountId}:assumed-role/reports/i-0123456789abcdef0`,
      account: accountId,
    },
    status: 200,
    asJson: false,
    requests: [],
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
  return sts;
};

export const pool = `projects/${projectNumber}/locations/global/workloadIdentityPools/aws-pool`;
export const audience = `//iam.googleapis.com/${pool}/providers/aws-provider`;
export const resource = `projects/acme-data/serviceAccounts/${email}`;
export const memberOf = (role: string): string =>
  `principalSet://iam.googleapis.com/${pool}/attribute.aws_role/arn:aws:sts::${accountId}:assumed-role/${role}`;

/** The status and the error of Google's answer. */
export const errorOf = (answer: { readonly status: number; readonly data: unknown }) => {
  const { error } = answer.data as { error?: { code: number; status: string; message: string } };
  return { http: answer.status, ...error };
};
