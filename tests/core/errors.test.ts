import { isAnswerRefused, PermanentError, RetryableError } from '../../shared/core/errors.ts';

it('only an answer that is not carried out is a refused answer', () => {
  expect(isAnswerRefused(new PermanentError('no', { because: 'answerRefused' }))).toBe(true);
  expect(isAnswerRefused(new PermanentError('no'))).toBe(false);
  expect(isAnswerRefused(new RetryableError('later'))).toBe(false);
});
