import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { createProgram } from '../../cli/program.ts';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { type Said, type Variables, variablesOf } from '../support/command-line.ts';
import { expectDocument } from '../support/documents.ts';
import makePausesHasty from '../support/hasty-pauses.cjs';
import makeRetriesHasty from '../support/hasty-retries.cjs';
import { runHere } from '../support/here.ts';
import { accountId, reader, writer } from '../support/settings.ts';

/**
 * The report of every command if a role is named differently, or if something cannot be seen. It must never claim
 * that there is nothing. A command without a row fails the test.
 */

const googleReasons = [
  'none given',
  'IAM_PERMISSION_DENIED',
  'SERVICE_DISABLED',
  'SECURITY_POLICY_VIOLATED',
  'USER_PROJECT_DENIED',
  'CONSUMER_INVALID',
  'ACCESS_TOKEN_SCOPE_INSUFFICIENT',
  'BILLING_DISABLED',
  'RATE_LIMIT_EXCEEDED',
  'A_NEW_REASON',
] as const;
const roleConditions = ['unknown role', 'ARN', 'other casing', 'other account'] as const;
const outages = [
  ...googleReasons.map((reason) => `Google 403, ${reason}` as const),
  'Google down',
  'bad token',
  'one region denied',
  'IAM throttled',
  'Google listing incomplete',
  'IAM listing truncated without a marker',
  'IAM listing never ends',
  'SSM listing never ends',
] as const;
type RoleCondition = (typeof roleConditions)[number];
type Outage = (typeof outages)[number];

/** `same`: the result is the same as without the condition, because the command does not read that. */
type Expected = { readonly status: 0 | 1 | 2; readonly says: RegExp } | 'same';

interface Row {
  /** The words of the command, with a role if it takes one. */
  readonly args: readonly string[];
  /** The role that `--role` names; undefined if there is no such option. */
  readonly role?: string;
  /** The identity whose calls fail. @default 'person' */
  readonly whose?: 'person' | 'everyone';
  /** The result without any condition. */
  readonly usual: Exclude<Expected, 'same'>;
  readonly named?: Readonly<Record<RoleCondition, Expected>>;
  readonly outage: Readonly<Record<Outage, Expected>>;
}

const all = <Key extends string>(keys: readonly Key[], expected: Expected): Readonly<Record<Key, Expected>> =>
  Object.fromEntries(keys.map((key) => [key, expected])) as Record<Key, Expected>;
const notSeen = { status: 1, says: /Not seen: |"blindSpots": \[\n/ } as const;
const notChecked = { status: 1, says: /[1-9]\d* not checked|"unknown": [1-9]/ } as const;
const everyOutage = (expected: Expected) => all(outages, expected);
const named = (
  unknownRole: RegExp,
  otherCasing: Expected = 'same',
): Readonly<Record<RoleCondition, Expected>> => ({
  'unknown role': { status: 1, says: unknownRole },
  ARN: 'same',
  'other casing': otherCasing,
  'other account': { status: 1, says: /is in AWS account 999999999999/ },
});
const noListing = all(
  [
    'one region denied',
    'IAM throttled',
    'IAM listing truncated without a marker',
    'IAM listing never ends',
    'SSM listing never ends',
  ],
  'same',
);
/** Reads neither cloud. */
const offline = everyOutage('same');

/** A rolebridge.yml with a region that the account has not enabled. */
const notEnabled = join(mkdtempSync(join(tmpdir(), 'rolebridge-clears-')), 'rolebridge.yml');

const rows: Readonly<Record<string, Row>> = {
  setup: {
    args: ['setup', '--dry-run'],
    usual: { status: 0, says: /Nothing to do|"steps": \[\]/ },
    outage: {
      ...everyOutage({ status: 1, says: /reading |403|401|sign in/ }),
      ...noListing,
      'Google listing incomplete': 'same',
    },
  },
  'setup --undo': {
    args: ['setup', '--undo', '--dry-run'],
    // The stack of this world is deployed.
    usual: { status: 1, says: /The stack of stage prod is deployed/ },
    outage: {
      ...everyOutage({ status: 1, says: /Could not be read|reading |403|401|sign in/ }),
      ...noListing,
      'Google listing incomplete': 'same',
    },
  },
  accounts: {
    args: ['accounts'],
    // No organization responds in this world, and Google is not called.
    usual: { status: 1, says: /organizations:DescribeOrganization/ },
    outage: everyOutage('same'),
  },
  plan: {
    args: ['plan'],
    role: 'reports',
    usual: { status: 0, says: /Nothing to do: access matches the tags|"changes": \[\]|"roles": \[\]/ },
    named: named(/There is no role reprots .*Did you mean reports\?/),
    outage: everyOutage(notSeen),
  },
  deploy: {
    // It refuses a region that the account has not enabled, after all other checks.
    args: ['deploy', '--config', notEnabled],
    usual: { status: 1, says: /has not enabled af-south-1/ },
    outage: {
      ...everyOutage({ status: 1, says: /Google's side could not be checked: / }),
      ...noListing,
      'Google listing incomplete': 'same',
    },
  },
  remove: {
    args: ['remove', '--yes'],
    usual: { status: 1, says: /2 roles would keep access or configs: app-web, reports/ },
    outage: everyOutage({ status: 1, says: /Not seen: |could not sign in|401/ }),
  },
  doctor: {
    args: ['doctor'],
    role: 'reports',
    usual: { status: 0, says: /0 not checked|"unknown": 0/ },
    named: named(/has no role reprots\. Did you mean reports\?/),
    outage: {
      ...everyOutage(notChecked),
      // It reads the role itself.
      'IAM listing truncated without a marker': 'same',
      'IAM listing never ends': 'same',
    },
  },
  'doctor without --role': {
    args: ['doctor'],
    usual: { status: 0, says: /0 not checked|"unknown": 0/ },
    outage: everyOutage(notChecked),
  },
  roles: {
    args: ['roles'],
    role: 'reports',
    usual: { status: 0, says: /reports/ },
    named: named(/There is no role reprots .*Did you mean reports\?/),
    outage: everyOutage(notSeen),
  },
  history: {
    args: ['history'],
    role: 'reports',
    usual: { status: 0, says: /The ledger lists 1 binding now|"result": "Granted"/ },
    named: named(/There is no role reprots .*Did you mean reports\?/),
    // It reads the logs and the ledger.
    outage: offline,
  },
  report: {
    args: ['report'],
    usual: { status: 0, says: /2 grants active|"active": 2/ },
    outage: everyOutage(notSeen),
  },
  'report --keys': {
    args: ['report', '--keys'],
    usual: { status: 0, says: /2 grants active[^]*\n {2}no key seen\n|"active": 2[^]*"keys": \[\]/ },
    outage: everyOutage(notSeen),
  },
  keys: {
    args: ['keys', '--all'],
    usual: {
      status: 0,
      says: /^2 service accounts without a user-managed key\.\n$|"keys": \[\]/,
    },
    outage: {
      ...everyOutage({ status: 1, says: /Not seen: |"blindSpots": \[\n|sign in|401/ }),
      ...noListing,
    },
  },
  wait: {
    args: ['wait', '--timeout', '0'],
    role: 'reports',
    usual: { status: 0, says: /Role reports has its grant default|"isDone": true/ },
    // It reads the role itself, which may not exist yet.
    named: named(/There is no role reprots in account/, {
      status: 0,
      says: /Role REPORTS has its grant default|"isDone": true/,
    }),
    outage: {
      ...everyOutage({ status: 1, says: /[Cc]ould not be read|could not sign in|401/ }),
      'Google listing incomplete': 'same',
      'IAM listing truncated without a marker': 'same',
      'IAM listing never ends': 'same',
    },
  },
  revoke: {
    args: ['revoke', '--yes', '--timeout', '1'],
    role: 'idle',
    usual: { status: 0, says: /has none of our tags and no access|"isGone": true/ },
    named: named(/There is no role reprots .*Did you mean reports\?/),
    outage: {
      ...everyOutage({ status: 1, says: /not seen: |"isGone": false|"error"/ }),
      'IAM throttled': { status: 1, says: /reading role idle: Throttling/ },
    },
  },
  'revoke --all': {
    args: ['revoke', '--all', '--yes'],
    usual: { status: 0, says: /Proven: [^]*Examined: |"isGone": true/ },
    outage: everyOutage({ status: 1, says: /not seen: |"isGone": false|"error"/ }),
  },
  'revoke --all, deployed': {
    args: ['revoke', '--all', '--yes'],
    usual: { status: 0, says: /Proven: [^]*Examined: |"isGone": true/ },
    outage: everyOutage({ status: 1, says: /not seen: |"isGone": false|"error"/ }),
  },
  sweep: {
    args: ['sweep'],
    whose: 'everyone',
    usual: { status: 0, says: /Nothing has drifted\.|"drifted": \[\]/ },
    outage: { ...everyOutage(notSeen), 'bad token': 'same' },
  },
  resume: {
    args: ['resume'],
    whose: 'everyone',
    usual: { status: 0, says: /Nothing was revoked|"isNeedless": true/ },
    outage: { ...everyOutage(notSeen), 'bad token': 'same' },
  },
  forget: {
    args: ['forget', '--project', 'acme-old', '--yes'],
    usual: { status: 0, says: /The ledger lists nothing|"listed": \[\]/ },
    outage: everyOutage('same'),
  },
  adopt: {
    args: ['adopt', '--resource', 'buckets/acme-in', '--keep', '--yes'],
    role: 'reports',
    usual: { status: 0, says: /No member of .* waits|"members": \[\]/ },
    outage: everyOutage('same'),
  },
  validate: {
    args: ['validate'],
    usual: { status: 0, says: /^Valid: |"errors": \[\]/ },
    outage: offline,
  },
  member: {
    args: ['member', '--print', 'cloudformation'],
    usual: { status: 0, says: /rolebridge-prod-member-read/ },
    outage: offline,
  },
  permissions: {
    args: ['permissions', '--print', 'plan'],
    usual: { status: 0, says: /dynamodb:Scan/ },
    outage: offline,
  },
  guard: {
    args: [
      'guard',
      '--tagger',
      `arn:aws:iam::${accountId}:role/tagger`,
      '--deployer',
      `arn:aws:iam::${accountId}:role/deploy`,
    ],
    usual: { status: 0, says: /ReserveTheTag/ },
    outage: offline,
  },
  explain: {
    args: [
      'explain',
      'the provider rejected it: The given credential is rejected by the attribute condition',
    ],
    usual: { status: 0, says: /condition/ },
    outage: offline,
  },
  boot: {
    args: ['boot', '--print', 'policy'],
    role: 'reports',
    usual: { status: 0, says: /google-access\/reports/ },
    // It prints a policy for a role that may not exist yet.
    named: {
      ...named(/./),
      'unknown role': { status: 0, says: /google-access\/reprots/ },
    },
    outage: offline,
  },
  'credentials config': {
    args: ['credentials', 'config'],
    role: 'reports',
    usual: { status: 0, says: /external_account/ },
    named: {
      ...named(/\/google-access\/reprots\/default/),
      'other account': { status: 1, says: /is in AWS account 999999999999/ },
    },
    // It reads one parameter, in one region.
    outage: { ...offline, 'one region denied': { status: 1, says: /AccessDenied/ } },
  },
  'credentials check': {
    args: ['credentials', 'check', '--endpoint', 'http://127.0.0.1:9'],
    usual: { status: 1, says: /127\.0\.0\.1:9/ },
    outage: offline,
  },
};
/** Commands that do not report on access, each with the reason. */
const withoutRow: Readonly<Record<string, string>> = {
  'credentials serve': 'hands out AWS credentials until someone stops it, and reads neither tags nor Google',
  init: 'writes files, and reads at most which accounts its caller is signed in to',
  'local up': 'runs a world of its own until someone stops it, and reads no cloud',
  demo: 'runs a world of its own, and reads no cloud',
  completion: 'prints a script or names for it, and concludes nothing from them',
  help: 'reads nothing',
};

let cloud: Cloud;
let variables: Variables;
let endHaste: () => void;
beforeAll(async () => {
  makeRetriesHasty();
  endHaste = makePausesHasty();
  cloud = await startCloud();
  for (const name of [reader, writer]) cloud.addServiceAccount(name);
  await createRole('reports', reader);
  await createRole('app-web', writer);
  await createRole('idle');
  await cloud.sweep();
  variables = { ...variablesOf(cloud), AWS_REGION: 'eu-west-1' };
  const text = readFileSync(cloud.configPath, 'utf8');
  writeFileSync(notEnabled, text.replace('eu-west-1', 'af-south-1'));
});
afterAll(async () => {
  rmSync(dirname(notEnabled), { recursive: true });
  endHaste();
  await cloud.close();
});

/** A role of a Lambda function for which doctor finds no problem. */
const createRole = async (RoleName: string, account?: string): Promise<void> => {
  const { url: endpoint, admin: credentials } = cloud.aws;
  const iam = new IAMClient({ region: 'us-east-1', endpoint, credentials });
  const trust = { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' };
  await iam.send(
    new CreateRoleCommand({
      RoleName,
      AssumeRolePolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [trust] }),
      ...(account === undefined ? {} : { Tags: [{ Key: 'google-access', Value: account }] }),
    }),
  );
  iam.destroy();
};

/** AWS responses to each call of a listing that look complete to a careless reader. */
const awsPages: Partial<
  Record<Outage, { readonly action: string; readonly page: Readonly<Record<string, unknown>> }>
> = {
  'IAM listing truncated without a marker': {
    action: 'iam:GetAccountAuthorizationDetails',
    page: { RoleDetailList: [], IsTruncated: true },
  },
  'IAM listing never ends': {
    action: 'iam:GetAccountAuthorizationDetails',
    page: { RoleDetailList: [], IsTruncated: true, Marker: 'again' },
  },
  'SSM listing never ends': {
    action: 'ssm:GetParametersByPath',
    page: { Parameters: [], NextToken: 'again' },
  },
};

const personalCalls = 'user:admin';
const failing = (
  outage: Outage,
  whose: Row['whose'] = 'person',
): { variables?: Variables; end: () => void } => {
  const isMeant = (principal: string): boolean => whose === 'everyone' || principal === personalCalls;
  const isMeantArn = (arn: string): boolean => whose === 'everyone' || arn.endsWith('/alice');
  const [, reason] = /^Google 403, (.*)$/.exec(outage) ?? [];
  if (reason !== undefined) {
    const info = { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason, domain: 'googleapis.com' };
    const details = reason === 'none given' ? [] : [info];
    const fault = {
      kind: 'error',
      code: 403,
      status: 'PERMISSION_DENIED',
      message: 'refused',
      details,
    } as const;
    return {
      end: cloud.google.intercept(({ method, principal }) =>
        isMeant(principal) && method !== 'sts.token' && !method.startsWith('iamcredentials.')
          ? fault
          : undefined,
      ),
    };
  }
  const throttled = { kind: 'error', status: 400, code: 'Throttling', message: 'Rate exceeded' } as const;
  const denied = { kind: 'error', status: 400, code: 'AccessDeniedException', message: 'no' } as const;
  if (outage === 'Google down')
    return {
      end: cloud.google.intercept(({ method, principal }) =>
        isMeant(principal) && method !== 'sts.token' && !method.startsWith('iamcredentials.')
          ? { kind: 'drop' }
          : undefined,
      ),
    };
  if (outage === 'bad token')
    return { variables: { GOOGLE_OAUTH_ACCESS_TOKEN: 'ya29.of-no-one' }, end: () => undefined };
  if (outage === 'one region denied')
    return {
      end: cloud.aws.intercept(({ action, region, principalArn }) =>
        isMeantArn(principalArn) && action.startsWith('ssm:GetParameter') && region === 'eu-west-1'
          ? denied
          : undefined,
      ),
    };
  if (outage === 'IAM throttled')
    return {
      end: cloud.aws.intercept(({ action, principalArn }) =>
        isMeantArn(principalArn) && action.startsWith('iam:') ? throttled : undefined,
      ),
    };
  const output = awsPages[outage];
  if (output !== undefined)
    return {
      end: cloud.aws.intercept(({ action, principalArn }) =>
        isMeantArn(principalArn) && action === output.action
          ? { kind: 'error', status: 200, code: '', message: '', output: output.page }
          : undefined,
      ),
    };
  const page = {
    accounts: [
      { email: reader, projectId: 'acme-data', name: `projects/acme-data/serviceAccounts/${reader}` },
    ],
    nextPageToken: 'more',
  };
  const first = { contentType: 'application/json', text: JSON.stringify(page) };
  const common = { kind: 'error', status: 'INTERNAL', message: 'the next page is lost' } as const;
  return {
    end: cloud.google.intercept(({ method, principal, input }) => {
      if (!isMeant(principal) || method !== 'iam.serviceAccounts.list') return undefined;
      return input['pageToken'] === undefined
        ? { ...common, code: 200, body: first }
        : { ...common, code: 500 };
    }),
  };
};

/** Phrases that claim that nothing is there, or that all is well. */
const allClear =
  /Nothing to do: access matches|No role has one of our tags, and none is bound|Proven:|"isGone": true|is bound nowhere, and|has its grant|"isDone": true|Nothing has drifted\.\n|All bindings and configs are what|^\d+ service accounts? without a user-managed key\.\n$/;

const check = (said: Said, { status, says }: Exclude<Expected, 'same'>): void => {
  expect({ status: said.status, text: said.stdout + said.stderr }).toEqual({
    status,
    text: expect.stringMatching(says),
  });
  if (status === 1) expect(said.stdout + said.stderr).not.toMatch(allClear);
};

const expectOutcome = async (
  args: readonly string[],
  expected: Expected,
  usual: Row['usual'],
  more: Variables = {},
) => {
  const isSame = expected === 'same';
  for (const json of [[], ['--json']]) {
    const said = await runHere({ ...variables, ...more }, ...args, ...json);
    check(said, isSame ? usual : expected);
    if (json.length > 0) expectDocument(args, said);
  }
};

const table = Object.entries(rows);
const argsOf = ({ args, role }: Row, as = role): readonly string[] =>
  as === undefined ? args : [...args, '--role', as];
it('every command has a row', () => {
  const leaves = (command: ReturnType<typeof createProgram>, path: readonly string[]): readonly string[] =>
    command.commands.length === 0
      ? [path.join(' ')]
      : command.commands.flatMap((sub) => leaves(sub, [...path, sub.name()]));
  const program = createProgram('.', '0', new AbortController().signal);
  expect(leaves(program, []).toSorted()).toEqual(
    [...Object.keys(rows).filter((name) => !name.includes('--')), ...Object.keys(withoutRow)].toSorted(),
  );
  // Every command that takes a role and draws a conclusion about it runs once for each way of naming it.
  const takingRole = (
    command: ReturnType<typeof createProgram>,
    path: readonly string[],
  ): readonly string[] => [
    ...(command.options.some(({ long }) => long === '--role') ? [path.join(' ')] : []),
    ...command.commands.flatMap((sub) => takingRole(sub, [...path, sub.name()])),
  ];
  const concluding = takingRole(program, []).filter((name) => !Object.hasOwn(withoutRow, name));
  expect(concluding.toSorted()).toEqual(
    table.flatMap(([name, { role }]) => (role === undefined ? [] : [name])).toSorted(),
  );
});

describe.each(table.filter(([name]) => !name.startsWith('revoke --all')))('%s', (_, row) => {
  it('as usual', () => expectOutcome(argsOf(row), row.usual, row.usual));

  if (row.named !== undefined && row.role !== undefined) {
    const { role } = row;
    const texts: Readonly<Record<RoleCondition, string>> = {
      'unknown role': 'reprots',
      ARN: `arn:aws:iam::${accountId}:role/team/${role}`,
      'other casing': role.toUpperCase(),
      'other account': `arn:aws:iam::999999999999:role/${role}`,
    };
    it.each(Object.entries(row.named) as [RoleCondition, Expected][])('%s', (condition, expected) =>
      expectOutcome(argsOf(row, texts[condition]), expected, row.usual),
    );
  }

  it.each(Object.entries(row.outage) as [Outage, Expected][])('%s', async (outage, expected) => {
    const { end, variables: more = {} } = failing(outage, row.whose);
    try {
      await expectOutcome(argsOf(row), expected, row.usual, more);
    } finally {
      end();
    }
  });
});

/**
 * The conditions to try. `revoke --all` reads the same with and without a stack, and takes three rounds if it has
 * one.
 */
const distinctOutages = outages.filter(
  (outage) => !outage.startsWith('Google 403') || outage.endsWith('IAM_PERMISSION_DENIED'),
);

// These come last, because they remove everything.
describe.each([
  ['revoke --all, deployed', distinctOutages],
  ['revoke --all', outages],
] as const)('%s', (name, tried) => {
  const row = rows[name];
  if (row === undefined) throw new Error(`no row ${name}`);
  // The next describe runs without a stack.
  if (name === 'revoke --all')
    beforeAll(() => {
      cloud.aws.lambda.functions.splice(0);
    });

  it('as usual', () => expectOutcome(row.args, row.usual, row.usual));

  it.each(tried)('%s', async (outage) => {
    const { end, variables: more = {} } = failing(outage);
    try {
      await expectOutcome(row.args, row.outage[outage], row.usual, more);
    } finally {
      end();
    }
  });
});
