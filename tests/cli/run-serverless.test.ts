import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withService } from '../../cli/service/assembled-service.ts';
import { runServerless } from '../../cli/service/run-serverless.ts';
import { createTerminal } from '../../cli/terminal.ts';
import { serve } from '../../local/http.ts';
import { withVariables } from '../support/variables.ts';

const root = process.cwd();
const home = mkdtempSync(join(tmpdir(), 'rolebridge-home-'));
const profiles = join(home, 'credentials');

beforeAll(() =>
  writeFileSync(profiles, '[other]\naws_access_key_id = AKIAOTHER\naws_secret_access_key = x\n'),
);
afterAll(() => rmSync(home, { recursive: true }));

const caller = {
  AWS_ACCESS_KEY_ID: 'AKIACALLER',
  AWS_SECRET_ACCESS_KEY: 'x',
  AWS_SESSION_TOKEN: undefined,
  AWS_PROFILE: undefined,
};

/** The access keys that the real `serverless` signs its calls with. Each call is denied. */
const usedKeys = async (
  stage: string,
  variables: Readonly<Record<string, string | undefined>>,
): Promise<readonly string[]> => {
  const keys = new Set<string>();
  const denying = await serve(({ headers }) => {
    keys.add(/Credential=(\w+)\//.exec(headers['authorization'] ?? '')?.[1] ?? 'unsigned');
    const body = '<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>';
    return Promise.resolve({ status: 403, headers: { 'content-type': 'text/xml' }, body });
  });
  const terminal = createTerminal({ stage, json: true }, root, new AbortController().signal);
  const files = { AWS_SHARED_CREDENTIALS_FILE: profiles, AWS_CONFIG_FILE: join(home, 'none') };
  try {
    const removing = withVariables({ AWS_ENDPOINT_URL: denying.url, ...files, ...variables }, () =>
      withService(root, readFileSync('rolebridge.yml', 'utf8'), (folder) =>
        runServerless(terminal, folder, 'remove'),
      ),
    );
    await expect(removing).rejects.toThrow('"serverless remove" ended with 1');
  } finally {
    await denying.close();
  }
  return [...keys];
};

// The checks before a deploy use AWS's default chain. `serverless` has a chain of its own, which prefers these variables.
it.each([
  ['the keys of the stage', 'prod', { AWS_PROD_ACCESS_KEY_ID: 'AKIAOTHER', AWS_PROD_SECRET_ACCESS_KEY: 'x' }],
  ['the profile of the stage', 'Dev-1', { 'AWS_DEV-1_PROFILE': 'other' }],
])(
  'serverless signs with the credentials that were checked, not with %s',
  async (_name, stage, variables) => {
    expect(await usedKeys(stage, { ...caller, ...variables })).toEqual(['AKIACALLER']);
  },
);

it('serverless does not use credentials of AWS_DEFAULT_PROFILE, which the default chain does not know', async () => {
  const variables = { ...caller, AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined };
  const noInstance = { AWS_EC2_METADATA_DISABLED: 'true', AWS_DEFAULT_PROFILE: 'other' };
  expect(await usedKeys('prod', { ...variables, ...noInstance })).toEqual([]);
});
