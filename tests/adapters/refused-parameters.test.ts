import type { LocalParameter } from '../../local/aws/local-parameter.ts';
import { inHome } from '../support/settings.ts';
import { type LocalSubject, localSubject } from '../support/subjects.ts';

/** Parameter Store permanently refuses to write these until something else is done first. */

const name = '/google-access/reports/default';
const folder = '/google-access/reports';
const region = 'us-east-1';
let subject: LocalSubject;
beforeEach(async () => {
  subject = await localSubject();
});
afterEach(() => subject.close());

const plant = (more: Partial<LocalParameter>): void =>
  void subject.aws.ssm
    .parameters(region)
    .set(name, { name, value: 'planted', description: '', version: 1, ...more });
const stored = (): LocalParameter | undefined => subject.aws.ssm.parameters(region).get(name);
const put = (isOtherType = false): Promise<void> =>
  subject.ports.parameters.put(inHome(region), { name, value: 'ours', description: 'd', isOtherType });
const putTwice = async (): Promise<void> => {
  await put(true).catch(() => undefined);
  while (stored() === undefined) await put().catch(() => undefined);
};
/** The writes that Parameter Store has received so far. */
const writes = (): readonly string[] =>
  subject.aws.calls.flatMap(({ action }) =>
    action.startsWith('ssm:') && action !== 'ssm:GetParametersByPath' ? [action.slice(4)] : [],
  );
const refuse = (action: string, code: string, nth = 1): void => {
  let seen = 0;
  subject.aws.intercept((call) => {
    if (call.action !== `ssm:${action}`) return undefined;
    seen += 1;
    return seen < nth ? undefined : { kind: 'error', status: 400, code, message: 'not today' };
  });
};

describe('invariant 3: a parameter in the advanced tier', () => {
  it('is written with the tier that it has', async () => {
    plant({ tier: 'Advanced', value: 'x'.repeat(8192) });
    await put();
    expect(stored()).toMatchObject({ value: 'ours', tier: 'Advanced' });
    expect(writes()).toEqual(['PutParameter', 'PutParameter']);
  });

  it('is written without its pattern if our value does not match that', async () => {
    plant({ tier: 'Advanced', allowedPattern: '^planted$' });
    await put();
    expect(stored()).toMatchObject({ value: 'ours', allowedPattern: '' });
  });
});

describe('invariant 3: a parameter of 100 versions, the oldest with a label', () => {
  const versions = (from: number, to: number, labels: Readonly<Record<number, readonly string[]>>) =>
    Array.from({ length: to - from + 1 }, (_, index) => ({
      version: from + index,
      value: 'old',
      description: '',
      labels: labels[from + index] ?? [],
    }));

  it.each([
    ['one label', 1, ['prod']],
    ['ten labels', 901, 'abcdefghij'.split('')],
  ])('%s: is written once the labels of that version alone are removed', async (_, from, labels) => {
    plant({
      version: from + 99,
      labels: ['last'],
      history: versions(from, from + 98, { [from]: labels, [from + 1]: ['next'] }),
    });
    await put();
    expect(stored()).toMatchObject({ value: 'ours', version: from + 100 });
    expect(stored()?.history).toHaveLength(99);
    expect(stored()?.history?.flatMap((one) => one.labels ?? [])).toEqual(['next', 'last']);
    // At the next write, the next label is in the way.
    await put();
    expect(stored()?.history?.flatMap((one) => one.labels ?? [])).toEqual(['last']);
  });

  it('in the advanced tier: both problems are handled', async () => {
    plant({ tier: 'Advanced', version: 100, history: versions(1, 99, { 1: ['prod'] }) });
    await put();
    expect(stored()).toMatchObject({ value: 'ours', version: 101, tier: 'Advanced' });
  });

  it('if someone else removes the label first, it is written', async () => {
    plant({ version: 100, history: versions(1, 99, { 1: ['prod'] }) });
    subject.aws.intercept(({ action }) => {
      if (action === 'ssm:GetParameterHistory') plant({ version: 100, history: versions(1, 99, {}) });
      return undefined;
    });
    await put();
    expect(stored()).toMatchObject({ value: 'ours', version: 101 });
    expect(writes()).not.toContain('UnlabelParameterVersion');
  });

  it.each(['GetParameterHistory', 'UnlabelParameterVersion'])(
    'if %s is not allowed, the write fails, and names the call',
    async (action) => {
      plant({ version: 100, history: versions(1, 99, { 1: ['prod'] }) });
      refuse(action, 'AccessDeniedException');
      await expect(put()).rejects.toMatchObject({
        name: 'PermanentError',
        message: `writing ${name} in us-east-1: AccessDeniedException: not today. Look for a control policy or a permissions boundary that denies it to the functions, and deploy rolebridge again. The next sweep writes it.`,
      });
      expect(stored()?.value).toBe('planted');
    },
  );

  it('a label that returns each time ends in a failure, not in a loop', async () => {
    plant({ version: 100, history: versions(1, 99, { 1: ['prod'] }) });
    refuse('PutParameter', 'ParameterMaxVersionLimitExceeded');
    await expect(put()).rejects.toMatchObject({ name: 'PermanentError' });
    expect(writes().filter((one) => one === 'PutParameter')).toHaveLength(2);
  });
});

describe('every other permanent refusal', () => {
  it.each(['ParameterLimitExceeded', 'ValidationException', 'PoliciesLimitExceededException'])(
    '%s fails with a next step',
    async (code) => {
      refuse('PutParameter', code);
      await expect(put()).rejects.toMatchObject({
        name: 'PermanentError',
        message: `writing ${name} in us-east-1: ${code}: not today. If what is there is in the way, delete it: aws ssm delete-parameter --region us-east-1 --name ${name}. The next sweep writes it.`,
      });
    },
  );
});

describe('invariant 3: a parameter of another type', () => {
  const others: readonly Partial<LocalParameter>[] = [
    { type: 'SecureString' },
    { type: 'StringList', value: 'ours' },
    { type: 'SecureString', tier: 'Advanced' },
    { dataType: 'aws:ec2:image' },
  ];
  it.each(others)('%j is deleted and created again as a String of text', async (more) => {
    plant(more);
    const [seen] = await subject.ports.parameters.list(inHome(region), folder);
    expect(seen?.type).not.toBe('String');
    await putTwice();
    expect(stored()).toMatchObject({ value: 'ours', type: 'String', dataType: 'text', tier: 'Standard' });
    expect(await subject.ports.parameters.list(inHome(region), folder)).toEqual([
      { name, value: 'ours', type: 'String' },
    ]);
  });

  it('is overwritten if AWS allows it', async () => {
    subject.aws.ssm.rules.changesTypes = true;
    plant({ type: 'SecureString' });
    await put(true);
    expect(stored()).toMatchObject({ value: 'ours', type: 'String' });
    expect(writes()).toEqual(['PutParameter']);
  });

  it.each(['ParameterAlreadyExists', 'AccessDeniedException', 'ParameterLimitExceeded'])(
    'its creation fails with %s: the message is redelivered',
    async (code) => {
      plant({ type: 'SecureString' });
      refuse('PutParameter', code, 2);
      await expect(put(true)).rejects.toMatchObject({
        name: 'RetryableError',
        message: `${name} in us-east-1 had the wrong type and was deleted. creating it again: ${code}: not today`,
      });
      expect(stored()).toBeUndefined();
    },
  );

  it.each(['AccessDeniedException', 'ValidationException'])(
    'if its write is refused with %s, for another reason, nothing is deleted',
    async (code) => {
      plant({ type: 'SecureString' });
      refuse('PutParameter', code);
      await expect(put(true)).rejects.toMatchObject({ name: 'PermanentError' });
      expect(stored()?.value).toBe('planted');
    },
  );

  it('if someone else deletes it first, it is created', async () => {
    plant({ type: 'SecureString' });
    subject.aws.intercept(({ action }) => {
      if (action === 'ssm:DeleteParameter') subject.aws.ssm.parameters(region).delete(name);
      return undefined;
    });
    await put(true);
    expect(stored()).toMatchObject({ value: 'ours', type: 'String' });
  });
});
