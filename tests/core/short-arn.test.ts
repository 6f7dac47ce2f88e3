import { shortArn } from '../../shared/core/short-arn.ts';

it.each([
  ['arn:aws:sts::111122223333:assumed-role/Administrator/alice', 'Administrator/alice'],
  ['arn:aws:iam::111122223333:user/bob', 'user/bob'],
  ['arn:aws:iam::111122223333:root', 'root'],
  ['someone', 'someone'],
])('%s is shown as %s', (arn, short) => {
  expect(shortArn(arn)).toBe(short);
});
