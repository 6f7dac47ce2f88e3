import fc from 'fast-check';
import { reasonOf } from '../../shared/credentials/failure-reason.ts';

describe('the logged reason', () => {
  it.each<[unknown, string]>([
    [new Error('connect ECONNREFUSED 127.0.0.1:80\nsecond line'), 'Error: connect ECONNREFUSED 127.0.0.1:80'],
    ['just words', 'Error: just words'],
    [
      new Error('arn:aws:sts::111122223333:assumed-role/reports/i-0123456789abcdef0 may not'),
      'Error: arn:aws:sts::111122223333:assumed-role/reports/i-0123456789abcdef0 may not',
    ],
    [
      new Error('key ASIAIOSFODNN7EXAMPLE1 secret wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY.'),
      'Error: key [redacted] secret [redacted].',
    ],
  ])('%s', (thrown, reason) => {
    expect(reasonOf(thrown)).toBe(reason);
  });

  it('an answer that is not JSON is not quoted', () => {
    for (const text of ['secret', '{"SecretAccessKey":"secret', '{"a":"secret"x'])
      try {
        JSON.parse(text);
      } catch (thrown) {
        expect(reasonOf(thrown)).not.toContain('secret');
        expect(reasonOf(new Error(String(thrown)))).not.toContain('secret');
      }
    expect.assertions(6);
  });

  it('is one line of at most 300 characters', () => {
    fc.assert(fc.property(fc.string({ maxLength: 2000 }), (text) => reasonOf(new Error(text)).length <= 307));
  });
});
