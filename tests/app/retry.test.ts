import { fullJitter, type RetryOptions, retry } from '../../shared/waiting.ts';

const failure = new Error('not yet');
const made = (results: readonly (Error | string)[], more: Partial<RetryOptions> = {}) => {
  const pauses: number[] = [];
  let calls = 0;
  const options: RetryOptions = {
    clock: { pause: async (milliseconds) => void pauses.push(milliseconds) },
    attempts: 3,
    pauseMilliseconds: (failures) => failures * 10,
    isRetryable: (thrown) => thrown === failure,
    ...more,
  };
  const result = retry(options, async () => {
    const one = results[calls];
    calls += 1;
    if (typeof one !== 'string') throw one;
    return one;
  });
  return { result, pauses, calls: () => calls };
};

describe('retry', () => {
  it('returns the first success, after a pause for each failure', async () => {
    const { result, pauses } = made([failure, failure, 'done']);
    expect(await result).toBe('done');
    expect(pauses).toEqual([10, 20]);
  });

  it('throws the last failure when the attempts are used up, without a pause after it', async () => {
    const { result, pauses, calls } = made([failure, failure, failure, 'late']);
    await expect(result).rejects.toBe(failure);
    expect([calls(), pauses]).toEqual([3, [10, 20]]);
  });

  it('throws a failure that is not worth another attempt', async () => {
    const other = new Error('never');
    const { result, calls } = made([failure, other, 'late']);
    await expect(result).rejects.toBe(other);
    expect(calls()).toBe(2);
  });

  it('begins no attempt once the signal is aborted, and throws the failure, not the abort', async () => {
    const { result, calls } = made([failure, 'late'], { signal: AbortSignal.abort() });
    await expect(result).rejects.toBe(failure);
    expect(calls()).toBe(1);
    const controller = new AbortController();
    const pause = async () => {
      controller.abort();
      throw new Error('aborted');
    };
    const during = made([failure, 'late'], { signal: controller.signal, clock: { pause } });
    await expect(during.result).rejects.toBe(failure);
    expect(during.calls()).toBe(1);
  });

  it('throws anything that a pause throws for another reason', async () => {
    const broken = new Error('no clock');
    const { result } = made([failure, 'late'], { clock: { pause: () => Promise.reject(broken) } });
    await expect(result).rejects.toBe(broken);
  });

  it('waits up to twice as long each time, up to its longest pause', () => {
    const pause = fullJitter({ firstMilliseconds: 100, longestMilliseconds: 1000, random: () => 1 });
    expect([1, 2, 3, 4, 5, 6].map(pause)).toEqual([100, 200, 400, 800, 1000, 1000]);
    expect(fullJitter({ firstMilliseconds: 100, longestMilliseconds: 1000, random: () => 0 })(9)).toBe(0);
    expect(fullJitter({ firstMilliseconds: 100, longestMilliseconds: 1000 })(1)).toBeLessThan(100);
  });
});
