/** Runs boot/fetch under every fault that can happen to it, in each shell. The table of cases is printed at the end. */

import type { AwsFault } from '../../local/aws/call.ts';
import { serve } from '../../local/http.ts';
import type { Ran } from '../../local/run-workload.ts';
import {
  type Environment,
  isInstalled,
  type LocalInstance,
  oldCurl,
  pathOf,
  runGroup,
  type Shell,
  shells,
  startInstance,
  withAws,
} from '../support/instance.ts';
import { reader, writer } from '../support/settings.ts';

let instance: LocalInstance;
beforeEach(async () => {
  instance = await startInstance();
});
afterEach(() => instance.close());

const rows: string[] = [];
afterAll(() => void process.stdout.write(`\nboot/fetch under faults\n${rows.join('\n')}\n`));

interface Case {
  readonly name: string;
  readonly exit: number;
  /** Text of the last line that it prints. */
  readonly says: string | RegExp;
  /** All attempts; checked where the number matters. */
  readonly tries?: number;
  readonly environment?: Environment;
  /** Causes the fault on the instance; may return further variables. */
  readonly arrange: () => Environment | void | Promise<Environment | void>;
  readonly skip?: boolean;
  /** @default boot/fetch, started by the shell */
  readonly script?: readonly string[];
  /** The files that must be there afterwards. @default the new config on success, otherwise the old one */
  readonly expected?: 'new' | 'old';
}

const wait = (seconds: number): Environment => ({ GOOGLE_ACCESS_WAIT_SECONDS: String(seconds) });
const throttled = { status: 400, code: 'ThrottlingException', message: 'Rate exceeded' };
const denied = { status: 400, code: 'AccessDeniedException', message: 'not authorized' };
const failing = { status: 500, code: 'InternalServerError', message: 'no' };

/** The first given number of calls to Parameter Store fail. */
const ssm = (fault: AwsFault | 'drop', times = Number.POSITIVE_INFINITY) => {
  let left = times;
  instance.aws.intercept(() => {
    left -= 1;
    if (left < 0) return { kind: 'proceed' };
    return fault === 'drop' ? { kind: 'drop' } : { kind: 'error', ...fault };
  });
};
const metadata = (path: string, fault: number | 'hang', times = Number.POSITIVE_INFINITY) => {
  let left = times;
  instance.metadataFault = (asked) => {
    if (!asked.endsWith(path)) return undefined;
    left -= 1;
    return left < 0 ? undefined : fault;
  };
};
const roles = 'iam/security-credentials';
const document = 'instance-identity/document';
const limited = (blocks: number) => ['-c', `trap '' XFSZ; ulimit -f ${blocks}; . boot/fetch`];

const cases: readonly Case[] = [
  {
    name: 'metadata slow at first',
    exit: 0,
    says: 'wrote',
    tries: 2,
    environment: { ...wait(30), GOOGLE_ACCESS_REQUEST_SECONDS: '1' },
    arrange: () => metadata('api/token', 'hang', 1),
  },
  {
    name: 'metadata never answers',
    exit: 6,
    says: /the instance metadata service at .* cannot be read: no answer in time/,
    environment: { GOOGLE_ACCESS_REQUEST_SECONDS: '1' },
    arrange: () => metadata('api/token', 'hang'),
  },
  {
    name: 'metadata 401 once: a token that is no longer known',
    exit: 0,
    says: 'wrote',
    tries: 2,
    environment: wait(30),
    arrange: () => metadata(roles, 401, 1),
  },
  {
    name: 'metadata 401 always',
    exit: 6,
    says: 'cannot be read: HTTP 401',
    arrange: () => metadata(roles, 401),
  },
  {
    name: 'metadata 403: turned off',
    exit: 6,
    says: 'cannot be read: HTTP 403',
    arrange: () => metadata('api/token', 403),
  },
  {
    name: 'metadata 404 at first: the profile is new',
    exit: 0,
    says: 'wrote',
    tries: 3,
    environment: wait(300),
    arrange: () => metadata(roles, 404, 2),
  },
  {
    name: 'metadata 404: no role',
    exit: 5,
    says: 'this instance has no IAM role; attach an instance profile',
    arrange: () => metadata(roles, 404),
  },
  {
    name: 'metadata 404: no credentials',
    exit: 5,
    says: 'there are no credentials for role reports',
    arrange: () => metadata(`${roles}/reports`, 404),
  },
  {
    name: 'metadata 404: no identity document',
    exit: 6,
    says: /the instance identity document of .* does not name the AWS account/,
    arrange: () => metadata(document, 404),
  },
  {
    name: 'metadata 500 once: the identity document',
    exit: 0,
    says: 'wrote',
    tries: 2,
    environment: wait(30),
    arrange: () => metadata(document, 500, 1),
  },
  {
    name: 'an identity document without a region',
    exit: 6,
    says: 'does not name the region; set AWS_REGION',
    arrange: () => {
      instance.region = '';
    },
  },
  {
    name: 'an identity document without a region, AWS_REGION set',
    exit: 0,
    says: 'wrote',
    environment: { AWS_REGION: 'eu-west-1' },
    arrange: () => {
      instance.region = '';
    },
  },
  {
    name: 'an identity document without a region, AWS_DEFAULT_REGION set',
    exit: 0,
    says: 'wrote',
    environment: { AWS_DEFAULT_REGION: 'eu-west-1' },
    arrange: () => {
      instance.region = '';
    },
  },
  {
    name: 'metadata 500 twice',
    exit: 0,
    says: 'wrote',
    tries: 3,
    environment: wait(300),
    arrange: () => metadata(`${roles}/reports`, 500, 2),
  },
  {
    name: 'metadata 500 always',
    exit: 6,
    says: 'cannot be read: HTTP 500',
    environment: wait(20),
    arrange: () => metadata('api/token', 500),
  },
  {
    name: 'no metadata service',
    exit: 6,
    says: 'cannot be read: nothing listens there',
    arrange: () => ({ AWS_EC2_METADATA_SERVICE_ENDPOINT: 'http://127.0.0.1:1' }),
  },
  {
    name: 'something else in place of the metadata service',
    exit: 6,
    says: 'cannot be read: that is not a token',
    arrange: () => otherServer(),
  },
  {
    name: 'SSM throttled three times',
    exit: 0,
    says: 'wrote',
    tries: 4,
    environment: wait(300),
    arrange: () => ssm(throttled, 3),
  },
  {
    name: 'SSM throttled always',
    exit: 6,
    says: 'cannot be read: HTTP 400 ThrottlingException',
    environment: wait(60),
    arrange: () => ssm(throttled),
  },
  {
    name: 'SSM 500 always',
    exit: 6,
    says: 'cannot be read: HTTP 500 InternalServerError',
    arrange: () => ssm(failing),
  },
  {
    name: 'SSM ends the connection',
    exit: 6,
    says: 'cannot be read: curl ended with',
    arrange: () => ssm('drop'),
  },
  {
    name: 'SSM is down',
    exit: 6,
    says: /Parameter Store at .* cannot be read: nothing listens there/,
    arrange: () => ({ AWS_ENDPOINT_URL_SSM: 'http://127.0.0.1:1' }),
  },
  {
    name: 'SSM has no address',
    exit: 6,
    says: 'cannot be read: its name cannot be resolved',
    arrange: () => ({ AWS_ENDPOINT_URL_SSM: 'http://ssm.invalid' }),
  },
  {
    name: 'a login page in place of SSM',
    exit: 6,
    says: 'cannot be read: that is not a list of parameters',
    arrange: async () => {
      const { AWS_EC2_METADATA_SERVICE_ENDPOINT: url } = await otherServer();
      return { AWS_ENDPOINT_URL_SSM: url };
    },
  },
  {
    name: 'the second page fails: nothing is written, nothing removed',
    exit: 6,
    says: 'HTTP 500',
    arrange: () => {
      instance.unpublish('default');
      for (let index = 0; index < 11; index += 1) instance.publish(`w${index}`, writer);
      instance.aws.intercept(({ input }) =>
        input['NextToken'] === undefined ? { kind: 'proceed' } : { kind: 'error', ...failing },
      );
    },
  },
  {
    name: 'SSM denied at first: the policy is new',
    exit: 0,
    says: 'wrote',
    tries: 3,
    environment: wait(300),
    arrange: () => ssm(denied, 2),
  },
  {
    name: 'SSM denied',
    exit: 4,
    says: 'role reports may not read /google-access/reports; allow it ssm:GetParametersByPath there',
    environment: wait(300),
    arrange: () => ssm(denied),
  },
  {
    name: 'the clock is wrong',
    exit: 6,
    says: 'cannot be read: the clock of this instance is wrong',
    arrange: () =>
      ssm({
        status: 400,
        code: 'InvalidSignatureException',
        message: 'Signature expired: 20260101T000000Z is now earlier than 20261124T000000Z',
      }),
  },
  {
    name: 'absent, then present',
    exit: 0,
    says: 'wrote',
    tries: 4,
    environment: wait(300),
    arrange: () => {
      instance.unpublish('default');
      let calls = 0;
      instance.aws.intercept(() => {
        calls += 1;
        if (calls === 4) instance.publish('default', reader);
        return undefined;
      });
    },
  },
  {
    name: 'absent',
    exit: 3,
    says: 'nothing is granted to role reports yet (looked under /google-access/reports in eu-west-1)',
    environment: wait(300),
    arrange: () => {
      instance.unpublish('default');
      instance.write('.manifest', '');
    },
  },
  {
    name: 'disk full before the first byte',
    exit: 9,
    says: 'is the disk full',
    script: limited(0),
    arrange: () => undefined,
  },
  {
    name: 'disk full in the middle of a file',
    exit: 9,
    says: /cannot write .*default\.json; is the disk full/,
    script: limited(1),
    // bash counts in 1,024 bytes, the others in 512.
    arrange: () =>
      instance.publish('default', `${'r'.repeat(63)}@${'x'.repeat(100)}.iam.gserviceaccount.com`),
  },
  {
    name: 'disk full, and nothing to write',
    exit: 0,
    says: '',
    script: limited(0),
    expected: 'new',
    arrange: async () => {
      await instance.fetch();
    },
  },
  {
    name: 'a poisoned parameter',
    exit: 8,
    says: 'is not a config that rolebridge publishes: "token_url" is https://evil.example/v1/token, which is not at an endpoint',
    environment: wait(300),
    tries: 1,
    arrange: () =>
      instance.publish('default', reader, (value) =>
        value.replace('https://sts.googleapis.com', 'https://evil.example'),
      ),
  },
  {
    name: 'curl is too old, aws is installed',
    exit: 0,
    says: 'wrote',
    skip: !isInstalled('aws'),
    arrange: () => {
      oldCurl(instance.toolbox);
      withAws(instance.toolbox);
    },
  },
  {
    name: 'curl is too old, aws is denied',
    exit: 4,
    says: 'role reports may not read /google-access/reports',
    skip: !isInstalled('aws'),
    arrange: () => {
      oldCurl(instance.toolbox);
      withAws(instance.toolbox);
      ssm(denied);
    },
  },
  {
    name: 'curl is too old, aws is throttled',
    exit: 6,
    says: 'cannot be read: aws says ThrottlingException',
    skip: !isInstalled('aws'),
    arrange: () => {
      oldCurl(instance.toolbox);
      withAws(instance.toolbox);
      ssm(throttled);
    },
  },
  {
    name: "curl's signature is not taken, aws is there",
    exit: 0,
    says: 'wrote',
    skip: !isInstalled('aws'),
    arrange: () => {
      withAws(instance.toolbox);
      ssm({ status: 400, code: 'InvalidSignatureException', message: 'does not match' }, 1);
    },
  },
  {
    name: 'curl is too old, and aws is not installed',
    exit: 7,
    says: 'curl is too old to sign requests for AWS (7.75 or later is needed), and there is no aws command',
    environment: wait(300),
    tries: 1,
    arrange: () => oldCurl(instance.toolbox),
  },
  {
    name: 'role name with + = , . @',
    exit: 0,
    says: 'wrote',
    arrange: () => {
      instance.roleName = 'a+b=c,d.e@f_g-h';
      instance.publish('default', reader);
    },
  },
  {
    name: 'twelve grants: two pages',
    exit: 0,
    says: 'wrote',
    arrange: () => {
      for (let index = 0; index < 11; index += 1) instance.publish(`w${index}`, writer);
    },
  },
];

const otherServer = async (): Promise<Environment> => {
  const server = await serve(() => Promise.resolve({ status: 200, body: '<html>"Welcome" {}</html>' }));
  servers.push(server.close);
  return { AWS_EC2_METADATA_SERVICE_ENDPOINT: server.url };
};
const servers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of servers.splice(0)) await close();
});

const oldConfig = '{"type": "external_account", "old": true}\n';
const tries = (ran: Ran): number => instance.toolbox.pauses().length + (ran === undefined ? 0 : 1);

const expectCase = async ({ shell, command }: Shell, one: Case): Promise<void> => {
  if (shell.startsWith('busybox')) instance.toolbox.useBusybox();
  // There is an earlier config, so that a fault could damage it.
  instance.publish('default', reader);
  instance.write('default.json', oldConfig);
  instance.write('.manifest', 'default\n');
  const more = await one.arrange();
  const ran = await runGroup(
    [...command, ...(one.script ?? ['boot/fetch'])],
    instance.environment({ ...one.environment, ...more }),
  );
  const last = ran.output.split('\n').at(-1) ?? '';
  const status = ran.ok ? 0 : ran.status;
  rows.push(
    `  ${String(status).padStart(2)}  ${shell.padEnd(11)} ${one.name}${status === 0 ? '' : `: ${last.replace(/^rolebridge: /, '')}`}`,
  );
  expect({ status, output: ran.output }).toMatchObject({ status: one.exit });
  expect(last).toMatch(one.says);
  if (one.tries !== undefined) expect(tries(ran)).toBe(one.tries);
  // Each pause is between half and all of 2, 4, 8 … 32 seconds, and the total stays within the limit.
  const bound = Number((one.environment ?? {})['GOOGLE_ACCESS_WAIT_SECONDS'] ?? 0);
  const pauses = instance.toolbox.pauses();
  expect(pauses.reduce((sum, pause) => sum + pause, 0)).toBeLessThanOrEqual(bound);
  for (const [index, pause] of pauses.slice(0, -1).entries()) {
    expect(pause).toBeGreaterThanOrEqual(Math.min(2 ** index, 16));
    expect(pause).toBeLessThanOrEqual(Math.min(2 ** (index + 1), 32));
  }
  const file = instance.files().includes('default.json') ? instance.read('default.json') : undefined;
  if (one.name !== 'absent') {
    if (one.expected === 'new' || one.exit === 0) expect(file).toContain('sts.googleapis.com');
    else expect(file).toBe(oldConfig);
  }
  // No lock and no unfinished file is left.
  expect(instance.files().filter((name) => name.startsWith('.') && name !== '.manifest')).toEqual([]);
};

describe.each(shells)('$shell', (shell) => {
  for (const one of cases) {
    const run = shell.isInstalled && one.skip !== true ? it : it.skip;
    run(`${one.exit}: ${one.name}`, () => expectCase(shell, one));
  }
});

it('retries for five minutes by default', async () => {
  const ran = await runGroup([pathOf('sh'), 'boot/fetch'], {
    ...instance.environment(),
    GOOGLE_ACCESS_WAIT_SECONDS: '',
  });
  expect(ran).toMatchObject({ ok: false, status: 3 });
  const pauses = instance.toolbox.pauses();
  const sum = pauses.reduce((total, pause) => total + pause, 0);
  expect(sum).toBeGreaterThan(280);
  expect(sum).toBeLessThanOrEqual(300);
  // It prints this once, and the reason again at the end.
  expect(ran.output.split('\n')).toEqual([
    expect.stringMatching(/yet \(looked .*\); trying again for up to (300|299) seconds/),
    expect.stringContaining('nothing is granted to role reports yet'),
  ]);
});
