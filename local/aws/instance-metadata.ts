import { type LoopbackServer, serve } from '../http.ts';
import { keepSecret } from '../kept-secrets.ts';
import type { Credentials } from './world.ts';

export interface Instance {
  /** @default '111122223333', the account of the local world */
  readonly accountId?: string;
  readonly roleName?: string;
  readonly credentials?: Credentials;
  readonly region: string;
}

/** A fault of a request: another status, or no answer until the client gives up. */
export type MetadataFault = number | 'hang';

const token = keepSecret('local-imdsv2-session-token');

/** EC2's instance metadata service, version 2 only: without the token handshake it answers 401. */
export const startInstanceMetadata = (
  instance: () => Instance,
  faultAt: (path: string) => MetadataFault | undefined = () => undefined,
): Promise<LoopbackServer> =>
  serve(async ({ method, url, headers }) => {
    const plain = (status: number, body: string) => ({
      status,
      headers: { 'content-type': 'text/plain' },
      body,
    });
    const path = url.pathname.replace(/\/$/, '');
    const fault = faultAt(path);
    if (fault === 'hang') return new Promise(() => undefined);
    if (fault !== undefined) return plain(fault, 'a fault');
    if (path === '/latest/api/token') {
      const isHandshake = method === 'PUT' && headers['x-aws-ec2-metadata-token-ttl-seconds'] !== undefined;
      return Promise.resolve(isHandshake ? plain(200, token) : plain(400, 'Bad Request'));
    }
    if (headers['x-aws-ec2-metadata-token'] !== token) return plain(401, 'Unauthorized');
    const { accountId = '111122223333', roleName, credentials, region } = instance();
    const roles = '/latest/meta-data/iam/security-credentials';
    if (path === '/latest/meta-data/placement/availability-zone') return plain(200, `${region}a`);
    if (path === '/latest/meta-data/placement/region') return plain(200, region);
    if (path === '/latest/dynamic/instance-identity/document')
      return plain(200, identityDocument(accountId, region));
    if (roleName === undefined || credentials === undefined) return plain(404, 'Not Found');
    if (path === roles) return plain(200, roleName);
    if (path !== `${roles}/${roleName}`) return plain(404, 'Not Found');
    const { accessKeyId, secretAccessKey, sessionToken } = credentials;
    const document = {
      Code: 'Success',
      Type: 'AWS-HMAC',
      AccessKeyId: accessKeyId,
      SecretAccessKey: secretAccessKey,
      Token: sessionToken,
      LastUpdated: new Date().toISOString(),
      Expiration: new Date(Date.now() + 6 * 3600 * 1000).toISOString(),
    };
    return plain(200, JSON.stringify(document, null, 2));
  });

/** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-identity-documents.html, with its spacing. */
const identityDocument = (accountId: string, region: string): string =>
  `{\n${Object.entries({
    accountId,
    architecture: 'x86_64',
    availabilityZone: `${region}a`,
    billingProducts: null,
    imageId: 'ami-0abcdef1234567890',
    instanceId: 'i-0123456789abcdef0',
    instanceType: 't3.micro',
    pendingTime: '2026-11-24T12:00:00Z',
    privateIp: '10.0.0.7',
    region,
    version: '2017-09-30',
  })
    .map(([name, value]) => `  "${name}" : ${JSON.stringify(value)}`)
    .join(',\n')}\n}`;
