import { type AwsWorld, startAws } from '../../local/aws/world.ts';
import { awsCallers, signAnswer } from '../../shared/adapters/aws/caller.ts';
import type { Answer } from '../../shared/core/answer.ts';
import type { CallerProof } from '../../shared/core/caller-proof.ts';
import { PermanentError, RetryableError } from '../../shared/core/errors.ts';
import { accountId } from '../support/settings.ts';

const revokeAll: Answer = { kind: 'revokeAll' };
const home = { stage: 'prod', homeAccountId: accountId };
const { signal } = new AbortController();
let aws: AwsWorld;

beforeAll(async () => {
  aws = await startAws({ accountId });
  process.env['AWS_ENDPOINT_URL'] = aws.url;
});
afterAll(async () => {
  Reflect.deleteProperty(process.env, 'AWS_ENDPOINT_URL');
  await aws.close();
});

const signed = (answer: Answer = revokeAll, stage = 'prod'): Promise<CallerProof> =>
  signAnswer(stage, answer, { credentials: aws.admin });
const identify = (
  proof: CallerProof,
  answer: Answer = revokeAll,
  of = home,
  now = new Date(),
): Promise<string> => awsCallers(of, () => now, signal).identify(answer, proof);

describe('the proof of the caller, through the unmodified SDK', () => {
  it('names who signed it; signing sends nothing, and the function sends one request', async () => {
    const before = aws.calls.length;
    const proof = await signed();
    expect(aws.calls.length).toBe(before);
    expect(await identify(proof)).toBe(`arn:aws:sts::${accountId}:assumed-role/Administrator/alice`);
    expect(aws.calls.slice(before).map(({ action, input }) => [action, input])).toEqual([
      ['sts:GetCallerIdentity', {}],
    ]);
  });

  it('is only valid for this answer to this stage', async () => {
    const proof = await signed();
    for (const [answer, stage] of [
      [{ kind: 'resume' }, 'prod'],
      [{ kind: 'acceptTable' }, 'prod'],
      [revokeAll, 'test'],
    ] as const)
      await expect(identify(proof, answer, { ...home, stage })).rejects.toThrow(
        /The answer is refused, and nothing was done.*SignatureDoesNotMatch/,
      );
  });

  it('is not valid with another signature, date or token', async () => {
    const proof = await signed();
    const flipped = proof.authorization.replace(/.$/, (last) => (last === '0' ? '1' : '0'));
    for (const change of [
      { authorization: flipped },
      { date: proof.date.replace(/\d\dZ$/, '61Z') },
      { token: 'other' },
    ])
      await expect(identify({ ...proof, ...change })).rejects.toThrow(PermanentError);
  });

  it('is not valid after a quarter of an hour, for another account, or without a stage', async () => {
    const proof = await signed();
    const later = new Date(Date.now() + 16 * 60 * 1000);
    await expect(identify(proof, revokeAll, home, later)).rejects.toThrow('more than 15 minutes');
    await expect(identify(proof, revokeAll, { ...home, homeAccountId: '444455556666' })).rejects.toThrow(
      `its caller is of account ${accountId}, not of account 444455556666`,
    );
    const callers = awsCallers({ stage: undefined, homeAccountId: accountId }, () => new Date(), signal);
    await expect(callers.identify(revokeAll, proof)).rejects.toThrow('ROLEBRIDGE_STAGE is not set');
  });

  it('if STS does not respond, the answer can be given again', async () => {
    const release = aws.intercept(() => ({
      kind: 'error',
      status: 503,
      code: 'ServiceUnavailable',
      message: 'later',
    }));
    await expect(identify(await signed())).rejects.toThrow(RetryableError);
    release();
  });

  it('a response of STS that is too long is not read', async () => {
    const release = aws.intercept(() => ({
      kind: 'error',
      status: 400,
      code: 'X'.repeat(100_000),
      message: 'long',
    }));
    await expect(identify(await signed())).rejects.toThrow('STS answered more than 64 KB.');
    release();
  });
});
