/** No AWS credential leaves boot/fetch except signed to AWS: not through arguments, environments, files or output. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Ran } from '../../local/run-workload.ts';
import {
  type Environment,
  isInstalled,
  type LocalInstance,
  oldCurl,
  pathOf,
  shells,
  startInstance,
  tools,
  withAws,
} from '../support/instance.ts';
import { reader } from '../support/settings.ts';

let instance: LocalInstance;
let home: string;
beforeEach(async () => {
  instance = await startInstance();
  instance.publish('default', reader);
  home = mkdtempSync(join(tmpdir(), 'rolebridge-home-'));
  // Variables that an administrator may have left in the environment.
  writeFileSync(join(home, '.curlrc'), `verbose\ntrace-ascii = "${home}/trace"\n`);
});
afterEach(async () => {
  rmSync(home, { recursive: true });
  await instance.close();
});

/** Each program records everything that any user of the machine could read about it, and about its parent. */
const watchPrograms = (): void => {
  for (const name of [...tools, ...(existsSync(join(instance.toolbox.folder, 'aws')) ? ['aws'] : [])]) {
    const real = name === 'aws' ? join(instance.toolbox.folder, '.aws') : pathOf(name);
    if (name === 'aws')
      writeFileSync(real, readFileSync(join(instance.toolbox.folder, 'aws')), { mode: 0o755 });
    instance.toolbox.script(
      name,
      `for file in /proc/$$/cmdline /proc/$PPID/cmdline /proc/$$/environ; do ${pathOf('cat')} "$file" >>${seen()}; echo >>${seen()}; done 2>/dev/null`,
      `exec ${real} "$@"`,
    );
  }
};
const seen = (): string => join(instance.toolbox.folder, '.seen');

/** Names that the script uses itself, exported by the caller: a shell would pass on their new values. */
const exported: Environment = Object.fromEntries(
  'token role credentials value access_key secret_key session_token answer body listing'
    .split(' ')
    .map((name) => [name, 'exported']),
);
/** Credentials of another identity. */
const planted: Environment = {
  AWS_ACCESS_KEY_ID: 'AKIAPLANTED',
  AWS_SECRET_ACCESS_KEY: 'planted-secret',
  AWS_SESSION_TOKEN: 'planted-session',
  AWS_PROFILE: 'planted-profile',
};

const expectNoSecret = (ran: Ran): void => {
  const { accessKeyId, secretAccessKey, sessionToken } = instance.credentials;
  const texts = { said: ran.output, seen: readFileSync(seen(), 'utf8') };
  const files = Object.fromEntries(instance.files().map((name) => [name, instance.read(name)]));
  for (const [place, text] of Object.entries({ ...texts, ...files }))
    for (const secret of [
      accessKeyId,
      secretAccessKey,
      sessionToken,
      'local-imdsv2-session-token',
      ...Object.values(planted),
    ])
      expect({ place, holds: text.includes(secret) }).toEqual({ place, holds: false });
  expect(existsSync(join(home, 'trace'))).toBe(false);
  // The check worked: the programs were seen.
  expect(texts.seen).toContain('--request\0PUT');
};

describe.each(shells)('$shell', ({ command, isInstalled: isThere }) => {
  (isThere ? it : it.skip)(
    'not even traced, with everything exported and another identity around',
    async () => {
      watchPrograms();
      const ran = await instance.fetch({
        shell: [...command, '-xva'],
        environment: { HOME: home, ...exported, ...planted },
      });
      expect(ran).toMatchObject({ ok: true });
      expectNoSecret(ran);
      const [call] = instance.aws.calls;
      expect(call?.accessKeyId).toBe(instance.credentials.accessKeyId);
    },
  );
});

(isInstalled('aws') ? it : it.skip)('the AWS command line looks the credentials up itself', async () => {
  oldCurl(instance.toolbox);
  withAws(instance.toolbox);
  const curl = readFileSync(join(instance.toolbox.folder, 'curl'), 'utf8');
  watchPrograms();
  instance.toolbox.script('curl', `${pathOf('cat')} /proc/$$/cmdline >>${seen()}`, curl);
  const ran = await instance.fetch({ environment: { HOME: home, ...planted } });
  expect(ran).toMatchObject({ ok: true });
  expectNoSecret(ran);
  expect(instance.aws.calls.at(-1)?.accessKeyId).toBe(instance.credentials.accessKeyId);
});

it.each([
  ['curl', false],
  ['aws', true],
])(
  "AWS's words about a wrong signature, which repeat the signed headers, are not: %s",
  async (_, isByAws) => {
    if (isByAws && !isInstalled('aws')) return;
    if (isByAws) withAws(instance.toolbox);
    watchPrograms();
    const { sessionToken } = instance.credentials;
    instance.aws.intercept(() => ({
      kind: 'error',
      status: 400,
      code: 'InvalidSignatureException',
      message: `The Canonical String should have been 'POST\n/\n\nx-amz-security-token:${sessionToken}'`,
    }));
    const ran = await instance.fetch();
    expect(ran).toMatchObject({ ok: false, status: isByAws ? 6 : 7 });
    if (isByAws) expect(ran.output).toContain('aws says InvalidSignatureException');
    expectNoSecret(ran);
  },
);
