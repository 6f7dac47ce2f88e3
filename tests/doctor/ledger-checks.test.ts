import { stackNames } from '../../shared/core/stack.ts';
import type { Context } from '../../shared/doctor/context.ts';
import { ok } from '../../shared/doctor/finding.ts';
import { checkLedger, checkLedgerMembers, orRevoked } from '../../shared/doctor/ledger-checks.ts';
import { accountId as home, settings } from '../support/settings.ts';

const there = {
  kind: 'there',
  name: 'ledger',
  isProtected: true,
  isRecoverable: true,
  isEmpty: false,
} as const;

describe("the ledger's table", () => {
  it('is ok if it is protected and recoverable', () => {
    expect(checkLedger('prod', there).status).toBe('ok');
  });

  it('fails if no function names it, or it is gone', () => {
    expect(checkLedger('prod', { kind: 'absent', name: '' })).toMatchObject({
      status: 'failed',
      message: 'The sweep function names no table for the ledger.',
    });
    expect(checkLedger('test', { kind: 'absent', name: 'ledger' })).toMatchObject({
      message: 'There is no table ledger, so nothing can be bound.',
      // CloudFormation does not recreate a resource that was deleted outside of it.
      fix: 'Restore it under the same name: docs/operations.md, "The ledger\'s table is gone"',
    });
    expect(checkLedger('test', { kind: 'absent', name: '' })).toMatchObject({
      fix: 'Create it: npm run deploy -- --stage test',
    });
  });

  it('reports both problems together', () => {
    const judged = checkLedger('prod', { ...there, isProtected: false, isRecoverable: false });
    expect(judged).toMatchObject({ status: 'failed' });
    expect(judged.message.split('\n')).toHaveLength(2);
  });

  it('fails for items that this version cannot read, and names them', () => {
    expect(checkLedger('prod', { ...there, unreadable: ['scope project#x', 'sweep table'] })).toEqual({
      status: 'failed',
      message: 'Table ledger has items that this version cannot read: scope project#x and sweep table.',
      fix: 'If no newer version wrote them, delete them: docs/operations.md, "The ledger is lost"',
    });
    expect(checkLedger('prod', { ...there, unreadable: [] }).status).toBe('ok');
  });

  it('warns of AWS accounts that left the file, also beside held revocations', () => {
    const state = { ...there, accounts: [home, '444455556666'] };
    expect(checkLedger('prod', state).status).toBe('ok');
    const note =
      'The table still names AWS accounts that left rolebridge.yml: 444455556666. Their parameters can no longer be read.';
    expect(checkLedger('test', state, settings)).toEqual({
      status: 'warning',
      message: note,
      fix: 'Once nothing is left there: rolebridge forget --account ID --stage test',
    });
    const held = [{ accountId: home, count: 31, limit: 25, at: '2026-11-24T12:00:00Z' }];
    expect(checkLedger('prod', { ...state, held }, settings).message.split('\n')).toEqual([
      expect.stringContaining('held 31 revocations'),
      note,
    ]);
  });

  it('warns of held revocations, by AWS account', () => {
    const held = ['111122223333', '444455556666'].map((accountId) => ({
      accountId,
      count: 31,
      limit: 25,
      at: '2026-11-24T12:00:00Z',
    }));
    expect(checkLedger('prod', { ...there, held: [] }).status).toBe('ok');
    const judged = checkLedger('test', { ...there, held });
    expect(judged).toMatchObject({
      status: 'warning',
      fix: 'To see them: rolebridge plan --stage test. What to do: docs/operations.md, "Held revocations"',
    });
    expect(judged.message.split('\n')).toEqual([
      'The sweep of 2026-11-24T12:00:00Z held 31 revocations in AWS account 111122223333; sweep.maxRevocations is 25.',
      expect.stringContaining('444455556666'),
    ]);
  });

  it('warns after revoke --all: who ran it, and how to end it', () => {
    const revokeAll = { at: '2026-11-24T12:00:00Z', answeredBy: 'arn:aws:iam::1:user/a' };
    expect(checkLedger('test', { ...there, revokeAll })).toMatchObject({
      status: 'warning',
      message: 'arn:aws:iam::1:user/a revoked everything at 2026-11-24T12:00:00Z: rolebridge grants nothing.',
      fix: 'To grant again: rolebridge resume --stage test',
    });
  });

  it('fails after someone emptied the table until a person accepts it, even if it has items again', () => {
    expect(
      checkLedgerMembers('test', { ...there, emptiedAt: '2026-11-24T12:00:00Z' }, undefined),
    ).toMatchObject({
      status: 'failed',
      message:
        'The sweep of 2026-11-24T12:00:00Z found that someone had emptied table ledger, and no one has accepted that yet.',
      fix: expect.stringContaining('rolebridge sweep --accept-table --stage test'),
    });
  });

  it('fails for an empty table only if our pool has members', () => {
    expect(checkLedgerMembers('prod', there, undefined).status).toBe('ok');
    expect(checkLedgerMembers('prod', { ...there, isEmpty: true }, undefined).status).toBe('ok');
    expect(checkLedgerMembers('prod', { ...there, isEmpty: true }, 'a@x')).toMatchObject({
      status: 'failed',
      message: expect.stringContaining('empty although our pool has members (on a@x)'),
      fix: expect.stringContaining('Name the earlier projects, regions, prefixes and pools'),
    });
  });
});

it('reads the ledger only to explain a failure', async () => {
  const context = { names: stackNames('prod'), stage: 'prod', aws: {} } as Context;
  expect(await orRevoked(context, ok('fine'))).toEqual(ok('fine'));
});
