import { stripVTControlCharacters } from 'node:util';
import { limitLines } from '../../cli/limit-lines.ts';
import { revokedLines } from '../../cli/revoked-lines.ts';

const held = {
  accountId: '111122223333',
  kind: 'held',
  released: 0,
  approved: 0,
  held: 3,
  limit: 2,
} as const;
const hash = '0f3a9c2e51b7d684';
const wouldEnd =
  'Held: in AWS account 111122223333 access to 3 targets would end, and sweep.maxRevocations is 2.';

const plain = (lines: readonly string[]) => lines.map((line) => stripVTControlCharacters(line));

it('held revocations: the commands name the stage only if it is not the default', () => {
  expect(plain(limitLines('prod', [{ ...held, hash }]))).toEqual([
    `${wouldEnd} See them with "rolebridge plan".`,
    '  If that is intended, approve exactly this list:',
    `  rolebridge sweep --approve ${hash}`,
  ]);
  expect(plain(limitLines('dev', [{ ...held, hash }]))).toEqual([
    `${wouldEnd} See them with "rolebridge plan --stage dev".`,
    '  If that is intended, approve exactly this list:',
    `  rolebridge sweep --approve ${hash} --stage dev`,
  ]);
  expect(plain(limitLines('prod', [held])).at(-1)).toBe(
    '  The list is not stored yet. Store it with: rolebridge sweep',
  );
  expect(plain(limitLines('dev', [held])).at(-1)).toBe(
    '  The list is not stored yet. Store it with: rolebridge sweep --stage dev',
  );
});

it('held revocations: plan does not tell people to run plan', () => {
  expect(plain(limitLines('prod', [{ ...held, hash }], { isPlan: true }))).toEqual([
    wouldEnd,
    '  If that is intended, approve exactly this list:',
    `  rolebridge sweep --approve ${hash}`,
  ]);
});

it('everything is revoked: the command names the stage only if it is not the default', () => {
  const revokeAll = { at: '2026-11-24T00:00:00Z', answeredBy: 'alice' };
  const revoked = 'Everything has been revoked since 2026-11-24T00:00:00Z, at the request of alice.';
  expect(plain(revokedLines('prod', revokeAll))).toEqual([`${revoked} To grant again: rolebridge resume`]);
  expect(plain(revokedLines('dev', revokeAll))).toEqual([
    `${revoked} To grant again: rolebridge resume --stage dev`,
  ]);
});
