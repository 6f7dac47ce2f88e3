import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startInstanceMetadata } from '../../local/aws/instance-metadata.ts';
import { type AwsWorld, type Credentials, startAws } from '../../local/aws/world.ts';
import type { GoogleWorld } from '../../local/google/world.ts';
import type { LoopbackServer } from '../../local/http.ts';
import { askForToken, credentialVariables, type Ran, run } from '../../local/run-workload.ts';
import { credentialConfig } from '../../shared/core/credential-config.ts';
import { untilCondition } from '../../shared/core/iam-policy.ts';
import { memberOf } from '../../shared/core/member.ts';
import { workloadIdentityUser } from '../../shared/core/target.ts';
import { findGoogleAuth, googleAuthVariables } from '../support/python-google-auth.ts';
import { accountId, email, reader, roleRef, settings } from '../support/settings.ts';
import { startScenario } from './google-scenario.ts';

/** A workload of a role, and the expected result when it asks for a token of a service account. */
interface Case {
  readonly title: string;
  readonly role: string;
  /** The source of the workload's AWS credentials. @default 'instance metadata' */
  readonly source?: 'instance metadata' | 'environment';
  /** @default the bound one */
  readonly serviceAccount?: string;
  readonly provider?: string;
  /** The credential that AWS does not know. */
  readonly credentials?: Credentials;
  /** Undefined means granted. Otherwise, Google's message. */
  readonly refusal?: string;
}

const longest = 'r'.repeat(64);
const unusual = 'app+=,.@-_';
const notBound = 'iam.serviceAccounts.getAccessToken';
const strange = { accessKeyId: 'ASIASTRANGE', secretAccessKey: 'secret', sessionToken: 'token' };

const cases: readonly Case[] = [
  { title: 'a bound role', role: 'reports' },
  { title: 'a bound role', role: 'reports', source: 'environment' },
  { title: 'a role that no one bound', role: 'other', refusal: notBound },
  { title: 'a role that no one bound', role: 'other', source: 'environment', refusal: notBound },
  { title: 'a name in another case', role: 'Reports', refusal: notBound },
  { title: 'a name that only starts the same', role: 'reports-2', refusal: notBound },
  { title: 'every character that IAM allows', role: unusual },
  { title: 'the longest name', role: longest },
  { title: 'a binding that has not expired', role: 'app-new' },
  { title: 'a binding that has expired', role: 'app-old', refusal: notBound },
  {
    title: 'a missing service account',
    role: 'reports',
    serviceAccount: email('nobody'),
    refusal: 'Gaia id not found',
  },
  { title: 'a missing provider', role: 'reports', provider: 'aws-gone', refusal: 'invalid_target' },
  {
    title: 'credentials that AWS does not know',
    role: 'reports',
    credentials: strange,
    refusal: 'invalid_grant',
  },
];

const pythonPath = findGoogleAuth();

type Ask = (configPath: string, environment: Readonly<Record<string, string>>) => Promise<Ran>;
const askInPython: Ask = (configPath, environment) =>
  run('python3', [join(import.meta.dirname, 'google_auth_token.py'), configPath], {
    ...googleAuthVariables(pythonPath),
    ...environment,
  });

let aws: AwsWorld;
let google: GoogleWorld;
let metadata: LoopbackServer;
let onInstance: { readonly roleName: string; readonly credentials: Credentials };
const folder = mkdtempSync(join(tmpdir(), 'rolebridge-google-auth-'));

beforeAll(async () => {
  aws = await startAws({ accountId });
  google = await startScenario(aws.url);
  metadata = await startInstanceMetadata(() => ({ ...onInstance, region: 'eu-west-1' }));
  const row = (...roles: readonly string[]) => ({
    role: workloadIdentityUser,
    members: roles.map((role) => memberOf(settings, roleRef(role))),
  });
  google.policy(reader).replace({
    bindings: [
      row('reports', unusual, longest),
      { ...row('app-new'), condition: untilCondition('2999-01-01T00:00:00Z') },
      { ...row('app-old'), condition: untilCondition('2001-01-01T00:00:00Z') },
    ],
  });
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await Promise.all([metadata.close(), google.close(), aws.close()]);
});

/** The published config, with the endpoints of the stand-in, including the metadata service. */
const writeConfig = (provider: string, serviceAccount: string): string => {
  const endpoints = { sts: google.url, iamcredentials: google.url };
  const config = credentialConfig(
    { ...settings, google: { ...settings.google, endpoints } },
    provider,
    serviceAccount,
  );
  const path = join(folder, 'config.json');
  writeFileSync(path, JSON.stringify(config).replaceAll('http://169.254.169.254', metadata.url));
  return path;
};

const callerOf = async (token: string): Promise<string | undefined> => {
  await fetch(`${google.url}/v1/projects/acme-data/serviceAccounts/${reader}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  return google.calls.at(-1)?.principal;
};

const libraries: readonly (readonly [string, Ask, boolean])[] = [
  ['google-auth-library for Node', askForToken, true],
  ['google-auth for Python (is it installed, or gcloud?)', askInPython, pythonPath !== undefined],
];
for (const [library, ask, isThere] of libraries) {
  const named = cases.map(
    (one) =>
      [
        `${one.title}, by ${one.source ?? 'instance metadata'}: ${one.refusal === undefined ? 'granted' : 'refused'}`,
        one,
      ] as const,
  );
  (isThere ? describe : describe.skip)(library, () => {
    it.each(named)(
      '%s',
      async (_, { role, source, serviceAccount = reader, provider, credentials, refusal }) => {
        const own = credentials ?? aws.issueRoleCredentials(role, 'i-0123456789abcdef0');
        onInstance = { roleName: role, credentials: own };
        const ran = await ask(
          writeConfig(provider ?? `aws-${accountId}`, serviceAccount),
          source === 'environment' ? { AWS_REGION: 'us-east-1', ...credentialVariables(own) } : {},
        );
        if (refusal === undefined) {
          expect(ran).toEqual({
            ok: true,
            output: expect.stringMatching(/^ya29\.local-google-access-token-/),
          });
          expect(await callerOf(ran.output)).toBe(`serviceAccount:${serviceAccount}`);
        } else expect(ran).toMatchObject({ ok: false, output: expect.stringContaining(refusal) });
      },
    );
  });
}
