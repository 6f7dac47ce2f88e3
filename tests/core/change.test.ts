import { done, failureOf } from '../../shared/core/change.ts';
import { PermanentError } from '../../shared/core/errors.ts';

it('a change that was held back has the failure of the change that it waited for', () => {
  const error = new PermanentError('denied');
  expect(failureOf({ kind: 'failed', error, isNotMade: true })).toBe(error);
  expect(failureOf({ kind: 'heldBack', because: error })).toBe(error);
  for (const result of [done, { kind: 'deferred' } as const, undefined])
    expect(failureOf(result)).toBeUndefined();
});
