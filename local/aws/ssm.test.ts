import {
  AddTagsToResourceCommand,
  DeleteParameterCommand,
  DeleteParametersCommand,
  DescribeParametersCommand,
  GetParameterCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  LabelParameterVersionCommand,
  ListTagsForResourceCommand,
  PutParameterCommand,
  paginateGetParameterHistory,
  paginateGetParametersByPath,
  UnlabelParameterVersionCommand,
} from '@aws-sdk/client-ssm';
import { began, failureOf, type Harness, startHarness } from '../testing/aws-harness.ts';
import { accountId } from '../testing/settings.ts';

let at: Harness;
beforeEach(async () => {
  at = await startHarness({ ssmRates: 'unlimited' });
});
afterEach(() => at.close());

const put = (Name: string, Value = 'v', more: object = {}) =>
  at.ssm.send(new PutParameterCommand({ Name, Value, Type: 'String', ...more }));
const get = async (Name: string) => (await at.ssm.send(new GetParameterCommand({ Name }))).Parameter;
const byPath = async (Path: string, more: object = {}) => {
  const pages: (string | undefined)[][] = [];
  for await (const { Parameters = [] } of paginateGetParametersByPath({ client: at.ssm }, { Path, ...more }))
    pages.push(Parameters.map(({ Name }) => Name));
  return pages;
};

describe('a parameter', () => {
  it('is put, overwritten and read with its version; each region has its own', async () => {
    expect(await put('/a/b', 'old', { Description: 'd' })).toMatchObject({ Version: 1, Tier: 'Standard' });
    expect(await failureOf(put('/a/b', 'new'))).toBe('ParameterAlreadyExists 400');
    at.advance(60);
    expect(await put('/a/b', 'new', { Overwrite: true })).toMatchObject({ Version: 2 });
    expect(await get('/a/b')).toEqual({
      Name: '/a/b',
      ARN: `arn:aws:ssm:us-east-1:${accountId}:parameter/a/b`,
      Type: 'String',
      Value: 'new',
      Version: 2,
      DataType: 'text',
      LastModifiedDate: new Date(began.getTime() + 60_000),
    });
    const elsewhere = at.as(at.aws.admin, 'eu-west-1').ssm;
    expect(await failureOf(elsewhere.send(new GetParameterCommand({ Name: '/a/b' })))).toBe(
      'ParameterNotFound 400',
    );
    const { Parameters } = await at.ssm.send(new DescribeParametersCommand({}));
    expect(Parameters).toMatchObject([{ Name: '/a/b', Description: 'd', Tier: 'Standard' }]);
    expect(Parameters?.[0]).not.toHaveProperty('Value');
  });

  it.each<[string, string, string, object]>([
    ['a name with a character of role names', '/a/b+c', 'v', {}],
    ['a reserved name', '/ssm/x', 'v', {}],
    ['a path without its first slash', 'a/b', 'v', {}],
    ['an empty level', '/a//b', 'v', {}],
    ['a name that is too long', `/${'x'.repeat(1000)}`, 'v', {}],
    ['a value that refers to another parameter', '/a', '{{ssm:x}}', {}],
    ['4,097 characters', '/a', 'x'.repeat(4097), {}],
    ['8,193 characters', '/a', 'x'.repeat(8193), { Tier: 'Advanced' }],
    ['a description of 1,025 characters', '/a', 'v', { Description: 'x'.repeat(1025) }],
    ['no type', '/a', 'v', { Type: undefined }],
    ['tags together with overwrite', '/a', 'v', { Overwrite: true, Tags: [{ Key: 'a', Value: 'b' }] }],
  ])('cannot have %s', async (_, name, value, more) => {
    expect(await failureOf(put(name, value, more))).toBe('ValidationException 400');
  });

  it('has at most 15 levels', async () => {
    await put('/x'.repeat(15));
    expect(await failureOf(put('/x'.repeat(16)))).toBe('HierarchyLevelLimitExceededException 400');
  });

  it('gets the requested tier, or one for its size, and is never downgraded', async () => {
    const auto = { Tier: 'Intelligent-Tiering', Overwrite: true };
    expect(await put('/a', 'x'.repeat(4096), auto)).toMatchObject({ Tier: 'Standard' });
    expect(await put('/a', 'x'.repeat(4097), auto)).toMatchObject({ Tier: 'Advanced' });
    expect(await put('/a', 'x', auto)).toMatchObject({ Tier: 'Advanced' });
    expect(await put('/a', 'x'.repeat(8192), { Overwrite: true })).toMatchObject({ Tier: 'Advanced' });
    expect(await failureOf(put('/a', 'x', { Tier: 'Standard', Overwrite: true }))).toBe(
      'ValidationException 400',
    );
  });

  it('cannot be created again for 30 seconds after its deletion, even with Overwrite', async () => {
    await put('/a');
    await at.ssm.send(new DeleteParameterCommand({ Name: '/a' }));
    expect(await failureOf(put('/a'))).toBe('ParameterAlreadyExists 400');
    at.advance(29);
    expect(await failureOf(put('/a', 'v', { Overwrite: true }))).toBe('ParameterAlreadyExists 400');
    at.advance(1);
    expect(await put('/a')).toMatchObject({ Version: 1 });
  });

  it('keeps its types when overwritten, and may change them when created again', async () => {
    await put('/a', 'one', { Type: 'SecureString' });
    const overwrite = { Overwrite: true };
    expect(await failureOf(put('/a', 'two', overwrite))).toBe('HierarchyTypeMismatchException 400');
    expect(await failureOf(put('/a', 'two', { ...overwrite, Type: 'StringList' }))).toBe(
      'HierarchyTypeMismatchException 400',
    );
    expect(await put('/a', 'two', { ...overwrite, Type: undefined })).toMatchObject({ Version: 2 });
    expect(await failureOf(put('/b', 'v', { Type: 'Number' }))).toBe('ValidationException 400');
    await put('/b', 'ami', { DataType: 'aws:ec2:image' });
    expect(await failureOf(put('/b', 'v', { ...overwrite, DataType: 'text' }))).toBe(
      'ValidationException 400',
    );
    expect(await get('/b')).toMatchObject({ Value: 'ami', DataType: 'aws:ec2:image' });
    at.aws.ssm.rules.changesTypes = true;
    await put('/a', 'three', overwrite);
    expect(await get('/a')).toMatchObject({ Type: 'String', Value: 'three', Version: 3 });
  });

  it('shows a SecureString’s text only with decryption', async () => {
    await put('/p/a', 'hidden', { Type: 'SecureString' });
    await put('/p/b', 'one,two', { Type: 'StringList' });
    const valuesOf = async (WithDecryption?: boolean) =>
      (
        await at.ssm.send(
          new GetParametersByPathCommand({
            Path: '/p',
            ...(WithDecryption === undefined ? {} : { WithDecryption }),
          }),
        )
      ).Parameters?.map(({ Type, Value }) => `${Type} ${Value}`);
    expect(await valuesOf(true)).toEqual(['SecureString hidden', 'StringList one,two']);
    expect(await valuesOf()).toEqual([
      expect.stringMatching(/^SecureString AQICAHh[\w+/=]+$/),
      'StringList one,two',
    ]);
  });

  it('accepts only values that match its pattern, until an empty pattern is written', async () => {
    await put('/a', '12', { AllowedPattern: '^\\d+$' });
    const overwrite = { Overwrite: true };
    expect(await failureOf(put('/a', 'x', overwrite))).toBe('ParameterPatternMismatchException 400');
    await put('/a', '13', overwrite);
    await put('/a', 'x', { ...overwrite, AllowedPattern: '' });
    await put('/a', 'y', overwrite);
  });

  it('has 100 versions; the oldest is removed for a new one unless it has a label', async () => {
    for (let version = 1; version <= 100; version += 1) await put('/a', `v${version}`, { Overwrite: true });
    const label = (ParameterVersion: number | undefined, ...Labels: string[]) =>
      at.ssm.send(
        new LabelParameterVersionCommand({
          Name: '/a',
          Labels,
          ...(ParameterVersion === undefined ? {} : { ParameterVersion }),
        }),
      );
    const unlabel = (ParameterVersion: number, ...Labels: string[]) =>
      at.ssm.send(new UnlabelParameterVersionCommand({ Name: '/a', ParameterVersion, Labels }));
    const history = async () => {
      const pages = [];
      for await (const { Parameters = [] } of paginateGetParameterHistory({ client: at.ssm }, { Name: '/a' }))
        pages.push(Parameters);
      return pages;
    };
    expect(await label(1, 'prod', '1st')).toMatchObject({ InvalidLabels: ['1st'], ParameterVersion: 1 });
    expect(await label(undefined, 'last')).toMatchObject({ InvalidLabels: [], ParameterVersion: 100 });
    expect(await failureOf(put('/a', 'v', { Overwrite: true }))).toBe('ParameterMaxVersionLimitExceeded 400');
    const pages = await history();
    expect(pages.map(({ length }) => length)).toEqual([50, 50]);
    expect(
      pages.flat().flatMap(({ Version, Labels }) => (Labels?.length === 0 ? [] : [[Version, Labels]])),
    ).toEqual([
      [1, ['prod']],
      [100, ['last']],
    ]);
    expect(await unlabel(1, 'prod', 'other')).toMatchObject({
      RemovedLabels: ['prod'],
      InvalidLabels: ['other'],
    });
    expect(await put('/a', 'v', { Overwrite: true })).toMatchObject({ Version: 101 });
    expect(await put('/a', 'v', { Overwrite: true })).toMatchObject({ Version: 102 });
    const [first, ...rest] = (await history()).flat();
    expect([first?.Version, rest.length, rest.at(-1)?.Version]).toEqual([3, 99, 102]);
    // A label moves with its name.
    await label(50, 'last');
    expect((await history()).flat().filter(({ Labels }) => Labels?.length !== 0)).toMatchObject([
      { Version: 50, Labels: ['last'] },
    ]);
    expect(await failureOf(label(2, 'x'))).toBe('ParameterVersionNotFound 400');
    expect(await failureOf(label(3, ...'abcdefghijk'.split('')))).toBe(
      'ParameterVersionLabelLimitExceeded 400',
    );
    await at.ssm.send(new DeleteParameterCommand({ Name: '/a' }));
    expect(await failureOf(unlabel(3, 'x'))).toBe('ParameterNotFound 400');
    at.advance(30);
    await put('/a');
    expect((await history()).flat()).toHaveLength(1);
  });

  it('can be tagged after its creation', async () => {
    await put('/a', 'v', { Tags: [{ Key: 'a', Value: '1' }] });
    const ofIt = { ResourceType: 'Parameter', ResourceId: '/a' } as const;
    await at.ssm.send(new AddTagsToResourceCommand({ ...ofIt, Tags: [{ Key: 'b', Value: '2' }] }));
    expect((await at.ssm.send(new ListTagsForResourceCommand(ofIt))).TagList).toEqual([
      { Key: 'a', Value: '1' },
      { Key: 'b', Value: '2' },
    ]);
    const missing = new ListTagsForResourceCommand({ ...ofIt, ResourceId: '/x' });
    expect(await failureOf(at.ssm.send(missing))).toBe('InvalidResourceId 400');
  });
});

describe('parameters', () => {
  const names = Array.from({ length: 12 }, (_, index) => `/p/${String(index).padStart(2, '0')}`);
  beforeEach(async () => {
    for (const name of [...names, '/p/00/deep', '/p2/x', '/P/y']) await put(name);
  });

  it('of a path come in pages of at most ten, including deeper ones on request', async () => {
    expect(await byPath('/p')).toEqual([names.slice(0, 10), names.slice(10)]);
    expect((await byPath('/p/', { Recursive: true })).flat()).toEqual([
      '/p/00',
      '/p/00/deep',
      ...names.slice(1),
    ]);
    expect(await byPath('/p', { MaxResults: 6 })).toEqual([names.slice(0, 6), names.slice(6)]);
    expect(await byPath('/nothing')).toEqual([[]]);
    const tooMany = new GetParametersByPathCommand({ Path: '/p', MaxResults: 11 });
    expect(await failureOf(at.ssm.send(tooMany))).toBe('ValidationException 400');
    expect(await failureOf(at.ssm.send(new GetParametersByPathCommand({ Path: 'p' })))).toBe(
      'ValidationException 400',
    );
  });

  it('are read and deleted ten at a time, and missing ones are reported', async () => {
    const Names = ['/p/00', '/nothing', '/p/00/deep'];
    const read = await at.ssm.send(new GetParametersCommand({ Names }));
    expect(read.Parameters?.map(({ Name }) => Name)).toEqual(['/p/00', '/p/00/deep']);
    expect(read.InvalidParameters).toEqual(['/nothing']);
    expect(await at.ssm.send(new DeleteParametersCommand({ Names }))).toMatchObject({
      DeletedParameters: ['/p/00', '/p/00/deep'],
      InvalidParameters: ['/nothing'],
    });
    const eleven = names.slice(0, 11);
    expect(await failureOf(at.ssm.send(new GetParametersCommand({ Names: eleven })))).toBe(
      'ValidationException 400',
    );
    expect(await failureOf(at.ssm.send(new DeleteParametersCommand({ Names: eleven })))).toBe(
      'ValidationException 400',
    );
    expect(await failureOf(at.ssm.send(new DeleteParameterCommand({ Name: '/p/00' })))).toBe(
      'ParameterNotFound 400',
    );
  });

  it('are described by name, path, type or tier', async () => {
    const described = async (Key: string, Values: string[], Option?: string) => {
      const filter = { Key, Values, ...(Option === undefined ? {} : { Option }) };
      const found = await at.ssm.send(new DescribeParametersCommand({ ParameterFilters: [filter] }));
      return found.Parameters?.map(({ Name }) => Name);
    };
    await put('/big', 'x', { Tier: 'Advanced' });
    expect(await described('Name', ['/p2/x', '/P/y'])).toEqual(['/P/y', '/p2/x']);
    expect(await described('Name', ['/p2'], 'BeginsWith')).toEqual(['/p2/x']);
    expect(await described('Name', ['deep'], 'Contains')).toEqual(['/p/00/deep']);
    expect(await described('Path', ['/p2'])).toEqual(['/p2/x']);
    expect(await described('Path', ['/p/00'], 'Recursive')).toEqual(['/p/00/deep']);
    expect(await described('Tier', ['Advanced'])).toEqual(['/big']);
    expect(await described('Type', ['SecureString'])).toEqual([]);
    expect(await failureOf(described('Color', ['red']))).toBe('InvalidFilterKey 400');
    expect(await failureOf(described('Name', ['x'], 'Near'))).toBe('InvalidFilterOption 400');
  });
});

describe('the rates, of each region', () => {
  it('are 3 puts and 40 reads per second, and recover with time', async () => {
    const throttled = await startHarness();
    const { ssm, aws, advance } = throttled;
    const other = throttled.as(aws.admin, 'eu-west-1').ssm;
    const write = (client = ssm) =>
      failureOf(
        client.send(new PutParameterCommand({ Name: '/a', Value: 'v', Type: 'String', Overwrite: true })),
      );
    const read = () => failureOf(ssm.send(new GetParameterCommand({ Name: '/a' })));
    const repeated = async (count: number, call: () => Promise<string>) => {
      const ends: string[] = [];
      for (let index = 0; index < count; index += 1) ends.push(await call());
      return ends.filter((end) => end !== 'it did not fail');
    };
    expect(await repeated(5, write)).toEqual(['ThrottlingException 400', 'ThrottlingException 400']);
    expect(await write(other)).toBe('it did not fail');
    expect(await repeated(41, read)).toEqual(['ThrottlingException 400']);
    advance(0.34);
    expect(await repeated(2, write)).toEqual(['ThrottlingException 400']);
    advance(60);
    expect(await repeated(4, write)).toEqual(['ThrottlingException 400']);
    await throttled.close();
  });

  it('follow the time scale, as do the 30 seconds; both can be switched off', async () => {
    const quick = await startHarness({ timeScale: 0.01, ssmRates: { putsPerSecond: 1, readsPerSecond: 1 } });
    const write = () =>
      failureOf(quick.ssm.send(new PutParameterCommand({ Name: '/a', Value: 'v', Type: 'String' })));
    expect(await write()).toBe('it did not fail');
    await quick.ssm.send(new DeleteParameterCommand({ Name: '/a' }));
    expect(await write()).toBe('ThrottlingException 400');
    quick.advance(0.01);
    expect(await write()).toBe('ParameterAlreadyExists 400');
    quick.advance(0.3);
    expect(await write()).toBe('it did not fail');
    await quick.close();

    const free = await startHarness({ ssmRates: 'unlimited', recreateAfterSeconds: 0 });
    for (let index = 0; index < 10; index += 1) {
      await free.ssm.send(new PutParameterCommand({ Name: '/a', Value: 'v', Type: 'String' }));
      await free.ssm.send(new DeleteParameterCommand({ Name: '/a' }));
    }
    await free.close();
  });
});
