import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { awsClients } from '../../shared/adapters/aws/clients.ts';
import { assertOwnAccount } from '../../shared/adapters/aws/roles.ts';
import { accountId } from '../support/settings.ts';
import { withVariables } from '../support/variables.ts';

let folder: string;
let config: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rolebridge-sign-in-'));
  config = join(folder, 'config');
  const sso = [
    'sso_start_url = https://acme.example/start',
    'sso_region = us-east-1',
    `sso_account_id = ${accountId}`,
    'sso_role_name = admin',
  ].join('\n');
  writeFileSync(
    config,
    `[profile process]
credential_process = sh -c 'echo "vault: not signed in" >&2; exit 3'
[profile empty]
credential_process = echo {}
[profile sso]
${sso}
[profile chained]
role_arn = arn:aws:iam::${accountId}:role/admin
source_profile = gone
`,
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

it.each([
  [
    'an unknown profile',
    'nosuch',
    /who we are: the AWS profile "nosuch" does not exist or has no credentials\. List the profiles: aws configure list-profiles$/,
  ],
  ['the source of a profile', 'chained', /the AWS profile "gone" does not exist or has no credentials/],
  [
    'a failing credential_process',
    'process',
    /the credential_process of the AWS profile failed \(Command failed: .*vault: not signed in\)\. Run it by hand/,
  ],
  [
    'an answer of credential_process without credentials',
    'empty',
    /the credential_process of the AWS profile failed \(Profile empty credential_process/,
  ],
  [
    'an SSO session',
    'sso',
    /who we are: The SSO session associated with this profile is invalid\. To refresh this SSO session run aws sso login/,
  ],
  ['nothing at all', undefined, /^No AWS credentials found\. Sign in \(aws sso login\), or set AWS_PROFILE/],
])('%s: shows the cause and the next step, without the name of a class', async (_, profile, text) => {
  const variables = {
    HOME: folder,
    AWS_CONFIG_FILE: config,
    AWS_SHARED_CREDENTIALS_FILE: join(folder, 'none'),
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_PROFILE: profile,
    AWS_ACCESS_KEY_ID: undefined,
    AWS_SECRET_ACCESS_KEY: undefined,
  };
  await withVariables(variables, async () => {
    const { sts } = awsClients('us-east-1', { maxAttempts: 1 });
    const asked = assertOwnAccount(sts, accountId, new AbortController().signal);
    await expect(asked).rejects.toThrow(text);
    await expect(asked).rejects.not.toThrow(/ProviderError/);
  });
});
