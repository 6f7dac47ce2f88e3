/**
 * Services and proxies repeat in their errors what they were sent. Regardless of what they repeat, no command prints
 * a secret.
 */
import { generateKeyPairSync } from 'node:crypto';
import type { Command } from 'commander';
import { createProgram } from '../../cli/program.ts';
import { type LoopbackServer, serve } from '../../local/http.ts';
import { keepSecret } from '../../local/kept-secrets.ts';
import { credentialVariables } from '../../local/run-workload.ts';
import { startBridge } from '../support/bridge.ts';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { type Variables, variablesOf } from '../support/command-line.ts';
import { withFile } from '../support/scratch.ts';
import { expectNoSecretIn, keepSecretsOf } from '../support/secrets.ts';
import { reader } from '../support/settings.ts';
import { withVariables } from '../support/variables.ts';

let cloud: Cloud;
let proxy: LoopbackServer;
beforeAll(async () => {
  cloud = await startCloud();
  cloud.addServiceAccount(reader);
  await cloud.createRole('reports', { 'google-access': reader });
  await cloud.settled();
  // A proxy that lets nothing through: it answers with the request that it got, headers included, and not in JSON.
  proxy = await serve(({ method, headers, target, body }) => {
    if (method === 'PUT') return Promise.resolve({ status: 200, body: keepSecret('planted-metadata-token') });
    const [signature] = /[0-9a-f]{64}$/.exec(headers['authorization'] ?? '') ?? [];
    for (const secret of [signature, new URLSearchParams(body).get('assertion')])
      if (typeof secret === 'string') keepSecret(secret);
    const got = Object.entries(headers).map(([name, value]) => `${name}: ${value}\n`);
    const html = `<html><pre>Echo of ${target}\n${got.join('')}\n${body}</pre></html>`;
    const status = target.startsWith('/latest/') ? 200 : 403;
    return Promise.resolve({ status, headers: { 'content-type': 'text/html' }, body: html });
  });
  // Google's own token endpoint is behind the proxy, too.
  const { fetch } = globalThis;
  const reroute: typeof fetch = (url, init) =>
    fetch(String(url).replace('https://oauth2.googleapis.com', proxy.url), init);
  // The setting that Google's client reads (tests/support/fetch.cjs), set once.
  Object.assign(globalThis, { window: { fetch: reroute } });
});
afterAll(async () => {
  await proxy.close();
  // Searches the functions' logs.
  await cloud.close();
});

/** AWS's message about a wrong signature, and other text that a service might repeat. */
const echo = (): string => {
  const { secretAccessKey, sessionToken } = cloud.aws.admin;
  const [signature, token] = [cloud.aws.secrets().at(-1) ?? '', cloud.google.secrets().at(-1) ?? ''];
  return `Echo: 'POST\n/\n\nx-amz-security-token:${sessionToken}\n\n${signature}' with ${secretAccessKey}, authorization: Bearer ${cloud.google.adminToken}, {"access_token": "${token}"}`;
};

const awsRefusal = () =>
  ({ kind: 'error', status: 403, code: 'SignatureDoesNotMatch', message: echo() }) as const;
const googleRefusal = () =>
  ({ kind: 'error', code: 403, status: 'PERMISSION_DENIED', message: echo() }) as const;

/** Each one begins, returns how the clouds are reached, and returns how to end it. */
const failures: Readonly<Record<string, () => { variables?: Variables; end?: () => void }>> = {
  'AWS refuses': () => ({
    end: cloud.aws.intercept(({ accessKeyId }) =>
      accessKeyId === cloud.aws.admin.accessKeyId ? awsRefusal() : undefined,
    ),
  }),
  'Google refuses': () => ({ end: cloud.google.intercept(googleRefusal) }),
  'a proxy before AWS': () => ({ variables: { AWS_ENDPOINT_URL: proxy.url } }),
  'a proxy before Google': () => ({ variables: { ROLEBRIDGE_GOOGLE_ENDPOINT: proxy.url } }),
};

const program = (root = process.cwd()) => createProgram(root, '0.0.0', new AbortController().signal);

/** The output of a command. It runs in this process, because a process of its own takes half a second. */
const sayOf = async (
  more: Readonly<Record<string, string | undefined>>,
  args: readonly string[],
  root?: string,
): Promise<string> => {
  const said: string[] = [];
  const streams = [process.stdout, process.stderr].map((stream) =>
    jest.spyOn(stream, 'write').mockImplementation((text) => said.push(String(text)) > 0),
  );
  const variables = { ...variablesOf(cloud), ...more };
  keepSecretsOf(variables);
  try {
    await withVariables(variables, () => program(root).parseAsync(args, { from: 'user' }));
  } finally {
    for (const stream of streams) stream.mockRestore();
    process.exitCode = undefined;
  }
  expectNoSecretIn([said.join('')]);
  return said.join('');
};

const forms = ['--verbose', '--json'];

/** Commands that call a cloud, each as it is started here. */
const asking: Readonly<Record<string, readonly (readonly string[])[]>> = {
  setup: [['--dry-run'], ['--yes', '--opt-in', reader], ['--print', 'gcloud']],
  accounts: [
    ['--ou', 'r-a1b2'],
    ['--write', '--yes'],
  ],
  plan: [['--role', 'reports']],
  doctor: [['--role', 'reports', '--exchange']],
  roles: [[]],
  history: [[]],
  report: [[], ['--keys']],
  keys: [[], ['--all']],
  wait: [['--role', 'reports', '--timeout', '0']],
  deploy: [[]],
  remove: [['--yes']],
  sweep: [[], ['--accept-table'], ['--approve', '0123456789abcdef']],
  forget: [['--project', 'acme-old', '--yes']],
  adopt: [['--resource', 'buckets/acme-in', '--keep', '--yes']],
  resume: [[]],
  'credentials config': [[], ['--role', 'reports']],
  revoke: [
    ['--role', 'reports', '--yes', '--timeout', '1'],
    ['--all', '--yes'],
  ],
};

/** Commands that call no cloud, or not in the way that others do. */
const others: Readonly<Record<string, () => Promise<string>>> = {
  member: () => sayOf({}, ['member', '--print', 'nonsense']).catch(String),
  permissions: () => sayOf({}, ['permissions', '--print', 'deployer', '--boundary', 'x']),
  guard: () => sayOf({}, ['guard', '--tagger', '*', '--deployer', '*']),
  explain: () => sayOf({}, ['explain', echo()]),
  init: () => sayOf({}, ['init', '--nonsense']).catch(String),
  validate: () => sayOf({}, ['validate']),
  completion: () => sayOf({}, ['completion', 'bash']),
  help: () => sayOf({}, ['help']).catch(String),
  boot: () => sayOf({}, ['boot', '--print', 'user-data']),
  'credentials check': () => sayOf({}, ['credentials', 'check', '--verbose', '--endpoint', proxy.url]),
  'credentials serve': async () => {
    const bridge = await startBridge({ ...variablesOf(cloud), AWS_ENDPOINT_URL: proxy.url });
    await bridge.says('no new credentials');
    await bridge.end();
    return bridge.said();
  },
  // The one world that they reach is their own (tests/cli/terminal.test.ts, tests/cli/demo.test.ts).
  'local up': () => sayOf({}, ['local', 'up', '--minutes', '0']),
  demo: () => sayOf({}, ['demo'], '/nonexistent'),
};

const leavesOf = (command: Command, path: readonly string[] = []): readonly string[] =>
  command.commands.length === 0
    ? [path.join(' ')]
    : command.commands.flatMap((inner) => leavesOf(inner, [...path, inner.name()]));

it('every command is here', () => {
  const names = [...Object.keys(asking), ...Object.keys(others)];
  expect(names.toSorted()).toEqual(leavesOf(program()).toSorted());
});

it('the functions leave none in any log or outcome', async () => {
  const ends = [
    cloud.aws.intercept(({ action, accessKeyId }) =>
      action.startsWith('ssm:') && accessKeyId !== cloud.aws.admin.accessKeyId ? awsRefusal() : undefined,
    ),
    cloud.google.intercept(googleRefusal),
  ];
  await cloud.createRole('app-1', { 'google-access': reader });
  await cloud.settled();
  for (const end of ends) end();
  expect(cloud.outcomeTypes()).toContain('Failed');
  // When the world is closed, it checks that they hold no secret.
  expect(JSON.stringify(cloud.outcomes())).toMatch(/Echo.*\[redacted\]/s);
  expect(cloud.stack.logs.join('\n')).toMatch(/Echo.*\[redacted\]/s);
});

it.each(['sts.token', 'iamcredentials.generateAccessToken'])(
  'doctor --exchange, refused at %s',
  async (step) => {
    const end = cloud.google.intercept(({ method }) => (method === step ? googleRefusal() : undefined));
    const role = credentialVariables(cloud.aws.issueRoleCredentials('reports', 'i-0123456789abcdef0'));
    const said = await sayOf(role, ['doctor', '--exchange', '--json']);
    end();
    expect(said).toMatch(/Echo.*\[redacted\]/s);
  },
);

const ways = Object.entries(asking).flatMap(([name, all]) =>
  all.map((args) => [...name.split(' '), ...args]),
);

/** Commands that do not print the whole echo, with the text they print instead. The first match applies. */
const otherwise: readonly { command: RegExp; failure: RegExp; because: string; says: RegExp }[] = [
  {
    command: /^setup/,
    failure: /AWS/,
    because: 'it calls only Google',
    says: /Nothing to do|"steps": \[\]/,
  },
  {
    command: /^credentials config/,
    failure: /Google/,
    because: 'it calls only AWS',
    says: /Nothing is granted there yet/,
  },
  {
    command: /^credentials config --json/,
    failure: /AWS refuses/,
    because: "it prints the first line of STS's reason (its causes, with --verbose, have the rest)",
    says: /SignatureDoesNotMatch: Echo: 'POST"/,
  },
  {
    command: /^sweep --approve/,
    failure: /Google/,
    because: 'no such list is stored, so nothing else is printed',
    says: /No complete list of held revocations is stored/,
  },
  {
    command: /^(sweep|resume)/,
    failure: /a proxy before Google/,
    because: 'the function makes the call, and reaches Google as usual',
    says: /drift|"rolesSeen"/,
  },
  {
    command: /^accounts/,
    failure: /Google/,
    because: 'it calls only AWS Organizations',
    says: /organizations:DescribeOrganization/,
  },
  {
    command: /^history/,
    failure: /Google/,
    because: 'it calls only AWS',
    says: /reports/,
  },
  {
    command: /^forget/,
    failure: /Google/,
    because: 'the ledger has no entry for it, so nothing calls Google',
    says: /The ledger lists nothing|"isForgotten": false/,
  },
  {
    command: /^adopt/,
    failure: /Google/,
    because: 'no member waits for an answer, so nothing calls Google',
    says: /waits for an answer|"isAnswered": false/,
  },
  {
    command: /^/,
    failure: /a proxy before AWS/,
    because: 'the SDK does not repeat a page that it cannot read',
    says: /\(HTTP 403\) is not from AWS/,
  },
];

const meetings = ways.flatMap((args) =>
  Object.entries(failures).flatMap(([failure, begin]) =>
    forms.map((form) => {
      const command = [...args, form].join(' ');
      const other = otherwise.find((one) => one.command.test(command) && one.failure.test(failure));
      // The network was down. The text of the echo was printed, without its secrets.
      const { because = 'it is printed', says = /Echo.*\[redacted\]/s } = other ?? {};
      return { title: `${failure}, ${command}: ${because}`, begin, args: [...args, form], says };
    }),
  ),
);

it.each(meetings)('$title', async ({ begin, args, says }) => {
  const { variables = {}, end = () => undefined } = begin();
  expect(await sayOf(variables, args).finally(end)).toMatch(says);
});

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
it.each([
  {
    type: 'authorized_user',
    client_id: 'c',
    client_secret: 'GOCSPX-planted-secret',
    refresh_token: '1//0planted-Refresh-1',
  },
  {
    type: 'service_account',
    client_email: 'a@b.example',
    private_key: String(privateKey.export({ type: 'pkcs8', format: 'pem' })),
  },
])('a person whose sign-in fails: $type', async (file) => {
  const said = await withFile(JSON.stringify(file), async (path) => {
    const variables = {
      GOOGLE_OAUTH_ACCESS_TOKEN: undefined,
      GOOGLE_APPLICATION_CREDENTIALS: path,
      // Otherwise the library asks gcloud and an instance's metadata service, which takes seconds.
      GOOGLE_CLOUD_PROJECT: 'acme-data',
    };
    return [await sayOf(variables, ['plan', '--verbose']), await sayOf(variables, ['plan', '--json'])];
  });
  for (const text of said) expect(text).toMatch(/Echo.*\[redacted\]/s);
});

it.each(Object.entries(others))('%s', async (_, run) => {
  const said = await run();
  expect(said).not.toBe('');
  expectNoSecretIn([said]);
});
