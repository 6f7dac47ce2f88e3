import {
  chownSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { jsonSchema } from '../scripts/json-schema.ts';
import { configPaths, loadConfig, loadEnvironment, parseSettings } from '../shared/config/config.ts';
import { ConfigError } from '../shared/config/error.ts';
import { isRecord } from '../shared/core/json.ts';

const minimal = {
  google: {
    project: 'acme-identity',
    projectNumber: '123456789012',
    pool: 'aws-roles',
    serviceAccount: 'rolebridge@acme-identity.iam.gserviceaccount.com',
    projects: ['acme-data'],
  },
  accounts: [{ id: '111122223333', provider: 'aws-111122223333' }],
  regions: ['us-east-1'],
  allow: [{ to: '*@acme-data.iam.gserviceaccount.com', roles: ['app-*'] }],
};
const faultsOf = (settings: object, ownAccount?: string): readonly string[] => {
  try {
    parseSettings(stringify(settings), 'rolebridge.yml', ownAccount);
    return [];
  } catch (error) {
    return error instanceof ConfigError ? error.errors : [`not a ConfigError: ${String(error)}`];
  }
};
/** All properties of a JSON schema, at any depth. */
const propertiesOf = (
  path: string,
  schema: unknown,
): readonly { readonly path: string; readonly description: string }[] => {
  if (!isRecord(schema)) return [];
  const { properties, items } = schema;
  return [
    ...propertiesOf(`${path}[]`, items),
    ...Object.entries(isRecord(properties) ? properties : {}).flatMap(([name, inner]) => [
      {
        path: `${path}.${name}`,
        description: isRecord(inner) && typeof inner['description'] === 'string' ? inner['description'] : '',
      },
      ...propertiesOf(`${path}.${name}`, inner),
    ]),
  ];
};

const google = (more: object) => ({ ...minimal, google: { ...minimal.google, ...more } });
const ownRegions = (regions: readonly string[]) => ({
  ...minimal,
  accounts: minimal.accounts.map((account) => ({ ...account, regions })),
});
/** A file with the given number of accounts. The first is home. */
const several = (count: number) => {
  const accounts = Array.from({ length: count }, (_, index) => ({ id: `${100_000_000_000 + index}` }));
  return { ...minimal, home: '100000000000', accounts };
};
const allow = (...rules: readonly object[]) => ({ ...minimal, allow: rules });

describe('rolebridge.yml', () => {
  it('needs only settings without a sensible default', () => {
    expect(parseSettings(stringify(minimal))).toMatchObject({
      parameterPrefix: '/google-access',
      tagKey: 'google-access',
      mode: 'sync',
      sweep: { maxRevocations: 25, schedule: 'rate(1 hour)' },
    });
  });

  it('is frozen', () => {
    expect(Object.isFrozen(parseSettings(stringify(minimal)).allow[0])).toBe(true);
  });

  it.each([
    ['rolebridge.yml', 1],
    ['rolebridge.example.yml', 2],
  ])('%s, as it is shipped, is valid', (path, accounts) => {
    expect(parseSettings(readFileSync(path, 'utf8')).accounts).toHaveLength(accounts);
  });

  it('reports all errors together, each with its path', () => {
    expect(
      faultsOf({ ...google({ pool: 'gcp-x', projectNumber: 1 }), mode: 'always', unknown: true }),
    ).toEqual([
      expect.stringMatching(/^google\.projectNumber: /),
      'google.pool: must be a pool id: 4 to 32 of a-z, 0-9 and -',
      expect.stringMatching(/^mode: /),
      expect.stringMatching(/^unknown: /),
    ]);
  });

  it.each<[object, unknown]>([
    [
      { ...minimal, accounts: [...minimal.accounts, { id: '444455556666' }] },
      'home: is missing: with several accounts, name the one that rolebridge is deployed to',
    ],
    [
      { ...minimal, home: minimal.accounts[0]?.id, accounts: [...minimal.accounts, ...minimal.accounts] },
      'accounts[1].id: 111122223333 is listed twice',
    ],
    [
      {
        ...minimal,
        home: '111122223333',
        accounts: [...minimal.accounts, { id: '444455556666', provider: 'aws-111122223333' }],
      },
      'accounts[1].provider: aws-111122223333 is the provider of accounts[0], too, and a provider admits one account only',
    ],
    [several(101), expect.stringMatching(/^organization: is missing: with more than 100 accounts, name /)],
    [
      { ...minimal, organization: 'o-SHOUTING123' },
      'organization: must be the id of an organization: "o-" and 10 to 32 of a-z and 0-9',
    ],
    [
      { ...minimal, accounts: [{ ...minimal.accounts[0], accessRole: 'x' }] },
      'accounts[0].accessRole: unknown setting; known are id, provider, regions',
    ],
    [{ ...minimal, home: '444455556666' }, 'home: 444455556666 is not under accounts; add it there'],
    [ownRegions(['eu-west-1', 'eu-west-1']), 'accounts[0].regions[1]: eu-west-1 is listed twice'],
    [ownRegions(['mars']), 'accounts[0].regions[0]: mars is not a region of the partition aws'],
    [ownRegions([]), 'accounts[0].regions[0]: is missing'],
    [
      { ...ownRegions(['ap-southeast-2']), parameterPrefix: `/${'x'.repeat(740)}` },
      expect.stringContaining('parameterPrefix: has 741 characters, and 736 is the most'),
    ],
    [{ ...minimal, regions: ['us-east-1', 'us-east-1'] }, 'regions[1]: us-east-1 is listed twice'],
    [{ ...minimal, regions: ['mars'] }, 'regions[0]: mars is not a region of the partition aws'],
    [google({ projects: ['acme-data', 'acme-data'] }), 'google.projects[1]: acme-data is listed twice'],
    [
      google({ serviceAccount: 'x@cloudbuild.gserviceaccount.com' }),
      'google.serviceAccount: its e-mail names no project',
    ],
    [
      allow({ to: '*@other.iam.gserviceaccount.com', roles: ['*'] }),
      'allow[0].to: *@other.iam.gserviceaccount.com matches no service account of google.projects, so the rule can never match',
    ],
    [
      {
        ...google({ projects: ['acme-identity'] }),
        allow: [{ to: minimal.google.serviceAccount, roles: ['*'] }],
      },
      "allow[0].to: rolebridge's own service account cannot be a target",
    ],
    [
      allow({ to: '*', roles: ['*'], accounts: ['999999999999'] }),
      'allow[0].accounts[0]: 999999999999 is not under accounts, so the rule can never match it',
    ],
    [
      allow({ to: '*', roles: ['a'.repeat(65)] }),
      'allow[0].roles[0]: longer than the 64 characters of a role name',
    ],
    [{ ...minimal, tagkey: 'x' }, 'tagkey: unknown setting (did you mean tagKey?)'],
    [{ ...minimal, nonsense: 'x' }, 'nonsense: unknown setting; rolebridge.example.yml lists all settings'],
    [
      { ...minimal, sweep: { 'max-revocations': 1 } },
      'sweep.max-revocations: unknown setting (did you mean maxRevocations?)',
    ],
    [{ ...minimal, accounts: undefined }, 'accounts: is missing'],
    [{ ...minimal, regions: [] }, 'regions[0]: is missing'],
    [google({ pool: undefined }), 'google.pool: is missing: run "rolebridge setup", which fills it in'],
    [
      google({ projectNumber: 123456789012 }),
      'google.projectNumber: must be the project number, in quotes: "123456789012"',
    ],
    [
      { ...minimal, parameterPrefix: '/a/b', formerParameterPrefixes: ['/a'] },
      'formerParameterPrefixes[0]: /a overlaps /a/b',
    ],
    [{ ...minimal, parameterPrefix: '/rolebridge' }, 'parameterPrefix: /rolebridge overlaps /rolebridge'],
    [
      allow({ to: 'a@{b,c}', roles: ['*'] }),
      'allow[0].to: may contain only letters, digits, _ + = , . @ - and the wildcards * and ?',
    ],
  ])('%#: %s', (settings, fault) => {
    expect(faultsOf(settings)).toContainEqual(fault);
  });

  it.each([
    [['example.com:legacy'], '*@legacy.example.com.iam.gserviceaccount.com'],
    [['acme-identity'], '123456789012-compute@developer.gserviceaccount.com'],
    [['424242'], '424242-compute@developer.gserviceaccount.com'],
  ])('rules may name every kind of account of %s', (projects, to) => {
    expect(faultsOf({ ...google({ projects }), allow: [{ to, roles: ['*'] }] })).toEqual([]);
  });

  it('must list the account that rolebridge is deployed to', () => {
    expect(faultsOf(minimal, '999999999999')).toEqual([
      'accounts: rolebridge is deployed to account 999999999999, which is not listed',
    ]);
  });

  it('must name the account that rolebridge is deployed to as home', () => {
    expect(faultsOf(several(2), '100000000001')).toEqual([
      'home: rolebridge is deployed to account 100000000001, and home is 100000000000',
    ]);
    expect(faultsOf(several(2), '100000000000')).toEqual([]);
  });

  it('is not compared with home while home is missing', () => {
    const { home: _, ...homeless } = several(2);
    const topicArn = 'arn:aws:sns:us-east-1:100000000001:alerts';
    const deploy = { permissionsBoundary: 'arn:aws:iam::100000000001:policy/boundary' };
    expect(faultsOf({ ...homeless, notifications: { topicArn }, deploy }, '100000000001')).toEqual([
      expect.stringMatching(/^home: is missing/),
    ]);
  });

  it('accepts 100 accounts as a list, and 1,000 of an organization, each with its own provider', () => {
    expect(faultsOf(several(100))).toEqual([]);
    const { accounts } = parseSettings(stringify({ ...several(1000), organization: 'o-a1b2c3d4e5' }));
    expect(accounts[999]).toEqual({ id: '100000000999', provider: 'aws-100000000999' });
  });

  it('reports errors of accounts together, each with its line', () => {
    const text = stringify({ ...several(102), accounts: [...several(101).accounts, { id: '100000000003' }] });
    const line = text.split('\n').findLastIndex((found) => found.includes('100000000003')) + 1;
    expect(() => parseSettings(text)).toThrow(
      new RegExp(
        `has 2 errors:[^]*organization: is missing[^]*:${line}:\\d+: accounts.101..id: 100000000003 is listed twice`,
      ),
    );
  });

  it('reports where it is not YAML', () => {
    expect(() => parseSettings('a: [')).toThrow(/rolebridge\.yml has \d errors?:/);
  });

  it.each([
    [
      'aliases of aliases that would fill the memory',
      ['a: &a [x, x, x, x, x, x, x, x, x, x]', 'b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]']
        .concat('c: [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b]')
        .join('\n'),
      'its aliases (*name) expand to too many values',
    ],
  ])('%s is an error like any other', (_, text, reason) => {
    expect(() => parseSettings(text)).toThrow(ConfigError);
    expect(() => parseSettings(text)).toThrow(reason);
  });

  it('reports errors of form and of meaning together, if the form lets it read the meaning', () => {
    expect(faultsOf({ ...minimal, regions: ['mars'], mode: 'sink', tagKey: 'UPPER' })).toHaveLength(2);
    expect(faultsOf({ ...minimal, regions: ['mars'], tagKey: 'UPPER' })).toEqual([
      expect.stringMatching(/^regions\[0\]: mars/),
      expect.stringMatching(/^tagKey: /),
    ]);
  });

  it.each([
    'rate(1 hour)',
    'rate(30 minutes)',
    'rate(2 days)',
    'cron(0 6 * * ? *)',
    'cron(0/15 8-17 ? * MON-FRI *)',
    'cron(0 9 ? * 2#1 *)',
    'cron(0 12 L * ? 2026)',
  ])('%s is a schedule', (schedule) => {
    expect(faultsOf({ ...minimal, sweep: { schedule } })).toEqual([]);
  });

  it.each([
    ['hourly', 'must be such as rate(1 hour), rate(30 minutes) or cron(0 6 * * ? *)'],
    ['rate(1 hours)', 'rate(1 hours): EventBridge takes the singular after 1 alone; write rate(1 hour)'],
    [
      'cron(61 25 * * ? *)',
      'cron(61 25 * * ? *): "61" is not valid for the minute: EventBridge takes 0 to 59',
    ],
    ['cron(0 6 * * * *)', 'exactly one of the day of the month and the day of the week must be ?'],
  ])('%s is not a schedule: EventBridge would refuse it in the middle of a deploy', (schedule, error) => {
    const faults = faultsOf({ ...minimal, sweep: { schedule } });
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(/^sweep\.schedule: /);
    expect(faults[0]).toContain(error);
  });

  it.each(['us-east-9', 'eu-central-3', 'ap-northeast-7', 'us-middle-1'])(
    '%s looks like a region, but the AWS SDK lists no such region',
    (region) => {
      expect(faultsOf({ ...minimal, regions: ['us-east-1', region] })).toEqual([
        `regions[1]: ${region} is not a region that this version of the AWS SDK knows. Correct it; if AWS has opened it since, upgrade rolebridge (in a checkout: npm update @aws-sdk/core && npm ci)`,
      ]);
    },
  );

  it.each(['cn-north-1', 'us-gov-west-1', 'us-iso-east-1', 'eu-isoe-west-1', 'eusc-de-east-1', 'aws-global'])(
    '%s belongs to another partition, or to all',
    (region) => {
      expect(faultsOf({ ...minimal, regions: [region] })).toEqual([
        `regions[0]: ${region} is not a region of the partition aws`,
      ]);
    },
  );

  it.each(['us-east-1', 'eu-central-2', 'ap-southeast-7', 'mx-central-1', 'il-central-1'])(
    '%s is a region',
    (region) => {
      expect(faultsOf({ ...minimal, regions: [region] })).toEqual([]);
    },
  );

  const reserved =
    'must not begin with "aws" or "ssm" in any casing, which AWS reserves; choose another name, such as /google-access';
  const levels = (count: number) => '/a'.repeat(count);

  it.each([
    ['/AwsTeam/x', reserved],
    ['/SSMx', reserved],
    ['/aws', reserved],
    ['/sSm/google', reserved],
    ['google-access', 'must be a parameter path such as /google-access'],
    ['/google access', 'must be a parameter path such as /google-access'],
    ['/google-access/', 'must be a parameter path such as /google-access'],
    ['/zugänge', 'must be a parameter path such as /google-access'],
    [levels(14), 'must have at most 13 levels'],
    [`/${'x'.repeat(2000)}`, 'has 2001 characters, and 741 is the most'],
    [`/${'x'.repeat(741)}`, 'has 742 characters, and 741 is the most'],
  ])('refuses parameterPrefix %#, which Parameter Store refuses', (parameterPrefix, error) => {
    const faults = faultsOf({ ...minimal, parameterPrefix });
    expect(faults[0]).toMatch(/^parameterPrefix: /);
    expect(faults[0]).toContain(error);
  });

  it.each(['/google/aws', '/my-ssm', '/a.b_c/D-1', levels(13), `/${'x'.repeat(740)}`])(
    'accepts parameterPrefix %#, which Parameter Store accepts',
    (parameterPrefix) => {
      expect(faultsOf({ ...minimal, parameterPrefix })).toEqual([]);
    },
  );

  it('the longest parameterPrefix depends on the longest region', () => {
    const parameterPrefix = `/${'x'.repeat(740)}`;
    expect(faultsOf({ ...minimal, parameterPrefix, regions: ['us-east-1', 'ap-southeast-2'] })).toEqual([
      expect.stringContaining('parameterPrefix: has 741 characters, and 736 is the most'),
    ]);
  });

  it('a parameterPrefix that is too long is one error, about itself', () => {
    expect(faultsOf({ ...minimal, parameterPrefix: `/${'x'.repeat(2_000)}` })).toEqual([
      expect.stringContaining('parameterPrefix: has 2001 characters'),
    ]);
  });

  it('formerParameterPrefixes has the same form, and may contain names that were too long for some roles', () => {
    const former = (...formerParameterPrefixes: readonly string[]) => ({
      ...minimal,
      formerParameterPrefixes,
    });
    expect(faultsOf(former('/AWSx'))).toEqual([`formerParameterPrefixes[0]: ${reserved}`]);
    expect(faultsOf(former(`/${'x'.repeat(900)}`))).toEqual([]);
    expect(faultsOf(former(`/${'x'.repeat(900)}`, `/${'y'.repeat(900)}`))).toEqual([
      expect.stringMatching(
        /^formerParameterPrefixes: with parameterPrefix they make the policy of reconcile's role \d+ characters longer than IAM takes/,
      ),
    ]);
  });

  const reservedKey =
    'tagKey: must not begin with "aws:" in any casing, which AWS reserves; choose another key, such as google-access';

  it.each([
    ['aws:google', reservedKey],
    ['AWS:google', reservedKey],
    ['Aws:cloudformation:stack', reservedKey],
    ['Google', 'tagKey: must be lower-case, without "/"'],
    ['google/access', 'tagKey: must be lower-case, without "/"'],
    ['google access', 'tagKey: must be lower-case, without "/"'],
    ['zugänge', 'tagKey: must be lower-case, without "/"'],
    ['', 'tagKey: must be lower-case, without "/"'],
    ['x'.repeat(96), 'tagKey: must have at most 95 characters'],
  ])('refuses tagKey %#, which IAM or the event rule refuses', (tagKey, error) => {
    const faults = faultsOf({ ...minimal, tagKey });
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain(error);
  });

  it.each(['google-access', 'aws-google', 'acme:google', 'x'.repeat(95)])(
    'accepts tagKey %#, which IAM accepts',
    (tagKey) => {
      expect(faultsOf({ ...minimal, tagKey })).toEqual([]);
    },
  );

  it('notifications are off, or go to one destination, for known outcomes', () => {
    const withNotifications = (notifications: object) => ({ ...minimal, notifications });
    const topicArn = 'arn:aws:sns:us-east-1:111122223333:alerts';
    expect(parseSettings(stringify(minimal))).not.toHaveProperty('notifications');
    expect(parseSettings(stringify(withNotifications({ topicArn }))).notifications?.outcomes).toEqual([
      'Failed',
      'Refused',
      'Revocations Held',
    ]);
    const oneOf = ['notifications: set exactly one of email and topicArn'];
    expect(faultsOf(withNotifications({}))).toEqual(oneOf);
    expect(faultsOf(withNotifications({ topicArn, email: 'a@example.com' }))).toEqual(oneOf);
    expect(faultsOf(withNotifications({ topicArn: topicArn.replace('1111', '9999') }))).toEqual([
      'notifications.topicArn: the topic must be in the account deployed to',
    ]);
    for (const wrong of [topicArn.replace('us-east-1', 'eu-west-1'), `${topicArn}.fifo`, 'alerts'])
      expect(faultsOf(withNotifications({ topicArn: wrong }))).toEqual([
        'notifications.topicArn: must be the ARN of a standard SNS topic in us-east-1, where the stack is',
      ]);
    expect(faultsOf(withNotifications({ email: 'ops' }))).toEqual([
      'notifications.email: must be an e-mail address',
    ]);
    expect(faultsOf(withNotifications({ topicArn, outcomes: ['Failed', 'Failed'] }))).toEqual([
      'notifications.outcomes[1]: Failed is listed twice',
    ]);
    expect(faultsOf(withNotifications({ topicArn, outcomes: ['Drift Detected'] }))[0]).toMatch(
      /^notifications\.outcomes\[0\]: /,
    );
  });

  it('a missing file is an error that explains what to do', () => {
    expect(() => loadConfig({ ROLEBRIDGE_CONFIG: '/nowhere/rolebridge.yml' })).toThrow(
      /nowhere\/rolebridge.yml has 1 error:.*does not exist\. "rolebridge init" writes .*set ROLEBRIDGE_CONFIG/s,
    );
  });

  it('has a JSON schema for editors that is up to date (npm run schema)', () => {
    expect(JSON.parse(readFileSync('rolebridge.schema.json', 'utf8'))).toEqual(jsonSchema());
  });

  it('has a JSON schema with an id and a description of every property', () => {
    const schema: unknown = JSON.parse(readFileSync('rolebridge.schema.json', 'utf8'));
    expect(schema).toHaveProperty('$id', 'urn:rolebridge:rolebridge.schema.json');
    const properties = propertiesOf('', schema);
    expect(properties.length).toBeGreaterThan(30);
    expect(properties.filter(({ description }) => description === '').map(({ path }) => path)).toEqual([]);
  });

  it('a file in another encoding is refused: its text would silently change', () => {
    const folder = mkdtempSync(join(tmpdir(), 'rolebridge-latin-'));
    const path = join(folder, 'rolebridge.yml');
    writeFileSync(path, Buffer.from('# Büro\n', 'latin1'));
    expect(() => loadConfig({ ROLEBRIDGE_CONFIG: path })).toThrow(
      /is not UTF-8\. Save it in this encoding\./,
    );
    rmSync(folder, { recursive: true });
  });

  it('a file of more than 1 MB is not read: its parser would not finish', () => {
    const folder = mkdtempSync(join(tmpdir(), 'rolebridge-large-'));
    const path = join(folder, 'rolebridge.yml');
    writeFileSync(path, '['.repeat(1_000_001));
    expect(() => loadConfig({ ROLEBRIDGE_CONFIG: path })).toThrow(
      /is larger than 1 MB\. Is it another file\?/,
    );
    rmSync(folder, { recursive: true });
  });
});

describe('the environment', () => {
  it('names another file and other endpoints', () => {
    const folder = mkdtempSync(join(tmpdir(), 'rolebridge-'));
    mkdirSync(join(folder, 'dist'));
    for (const path of ['rolebridge.yml', 'dist/rolebridge.yml'])
      writeFileSync(join(folder, path), stringify(minimal));
    expect(loadConfig({ LAMBDA_TASK_ROOT: folder })).toMatchObject({
      region: 'us-east-1',
      settings: { regions: ['us-east-1'] },
    });
    const environment = {
      ROLEBRIDGE_CONFIG: join(folder, 'rolebridge.yml'),
      ROLEBRIDGE_GOOGLE_ENDPOINT: 'http://127.0.0.1:1',
      ROLEBRIDGE_QUEUE_URL: 'https://sqs.us-east-1.amazonaws.com/111122223333/q',
      AWS_REGION: 'eu-west-1',
    };
    expect(loadConfig(environment)).toMatchObject({
      googleEndpoint: 'http://127.0.0.1:1',
      queueUrl: expect.stringMatching(/q$/),
      region: 'eu-west-1',
    });
    rmSync(folder, { recursive: true });
  });

  describe('rolebridge.yml is found', () => {
    let folder = '';
    const below = () => join(folder, 'a', 'b');
    const write = (...at: readonly string[]) => {
      const path = join(folder, ...at, 'rolebridge.yml');
      writeFileSync(path, stringify(minimal));
      return path;
    };
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'rolebridge-'));
      mkdirSync(below(), { recursive: true });
    });
    afterEach(() => {
      rmSync(folder, { recursive: true });
      jest.restoreAllMocks();
    });

    it('in this folder, or the nearest one above it', () => {
      expect(configPaths({}, {}, below())).toEqual(['rolebridge.yml']);
      write();
      expect(configPaths({}, {}, below())).toEqual(['../../rolebridge.yml']);
      write('a');
      expect(configPaths({}, {}, below())).toEqual(['../rolebridge.yml']);
      write('a', 'b');
      expect(configPaths({}, {}, below())).toEqual(['rolebridge.yml']);
    });

    it("exactly at the path of ROLEBRIDGE_CONFIG or of a function's package, without a search", () => {
      write();
      const named = join(below(), 'rolebridge.yml');
      const packaged = join(below(), 'dist/rolebridge.yml');
      expect(configPaths({}, { ROLEBRIDGE_CONFIG: named }, below())).toEqual([named]);
      expect(configPaths({}, { LAMBDA_TASK_ROOT: below() }, folder)).toEqual([packaged]);
      expect(configPaths({}, { ROLEBRIDGE_CONFIG: 'other.yml', LAMBDA_TASK_ROOT: below() }, folder)).toEqual([
        'other.yml',
      ]);
      expect(configPaths({}, { ROLEBRIDGE_CONFIG: '' }, below())).toEqual(['../../rolebridge.yml']);
      expect(() => loadConfig({ ROLEBRIDGE_CONFIG: named })).toThrow('does not exist');
    });

    it('not above this folder, if the file belongs to another user', () => {
      const path = write();
      const { uid } = statSync(path);
      jest.spyOn(process, 'getuid').mockReturnValue(uid + 1);
      if (uid === 0) chownSync(path, 4242, 4242);
      expect(() => configPaths({}, {}, below())).toThrow(
        '../../rolebridge.yml has 1 error:\n  belongs to another user. To use it, set ROLEBRIDGE_CONFIG to its path.',
      );
      expect(configPaths({}, {}, folder)).toEqual(['rolebridge.yml']);
    });

    it("nor if another user's link leads to it, even to a file of root", () => {
      const link = join(folder, 'rolebridge.yml');
      symlinkSync('/etc/passwd', link);
      const { uid } = lstatSync(link);
      jest.spyOn(process, 'getuid').mockReturnValue(uid + 1);
      if (uid === 0) lchownSync(link, 4242, 4242);
      expect(() => configPaths({}, {}, below())).toThrow('belongs to another user');
    });
  });

  it.each(['1', '8', '1000'])(
    'reports the number of receives after which a message is given up: %s',
    (text) => {
      expect(loadEnvironment({ ROLEBRIDGE_MAX_RECEIVES: text }).maxReceives).toBe(Number(text));
    },
  );

  it.each(['', '0', '-1', '8x', '1.5', '1001', 'eight'])('refuses "%s" as a number of receives', (text) => {
    expect(() => loadEnvironment({ ROLEBRIDGE_MAX_RECEIVES: text })).toThrow(
      `ROLEBRIDGE_MAX_RECEIVES: "${text}" is not a number from 1 to 1000`,
    );
  });
});
