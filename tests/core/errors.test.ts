import { isAnswerRefused, PermanentError, RetryableError } from '../../shared/core/errors.ts';

it('only an answer that is not carried out is a refused answer', () => {
  expect(isAnswerRefused(new PermanentError('no', { because: 'answerRefused' }))).toBe(true);
  expect(isAnswerRefused(new PermanentError('no'))).toBe(false);
  expect(isAnswerRefused(new RetryableError('later'))).toBe(false);
});

it('no message contains control characters that a terminal would obey; tabs and line breaks stay', () => {
  const text = 'a\u001B]0;title\u0007b\u009B2Jc\rd\te\nf\u0000';
  expect(new RetryableError(text).message).toBe('a]0;titleb2Jcd\te\nf');
  expect(new PermanentError('x', { lasting: text }).lasting).toBe('a]0;titleb2Jcd\te\nf');
});
