import { type AccountFinding, summarizeAccounts } from '../../shared/doctor/account-findings.ts';
import { failed, listed, ok, unknown, warning } from '../../shared/doctor/finding.ts';

const idOf = (index: number): string => String(400_000_000_000 + index);
const fine = (index: number): AccountFinding => ({ accountId: idOf(index), finding: ok('fine') });
const absent = (index: number): AccountFinding => ({
  accountId: idOf(index),
  finding: failed('There is no rule.', 'Deploy it.'),
});

const summarize = (found: readonly AccountFinding[]) => summarizeAccounts('prod', found, 'all is well.');

describe('one finding for many accounts', () => {
  it('names accounts if a few are fine, and counts many', () => {
    expect(summarize([fine(1), fine(2)])).toEqual(ok(`${idOf(1)} and ${idOf(2)}: all is well.`));
    expect(summarize(Array.from({ length: 1000 }, (_, index) => fine(index)))).toEqual(
      ok('1000 accounts: all is well.'),
    );
  });

  it('lists only accounts with problems', () => {
    const many = Array.from({ length: 997 }, (_, index) => fine(index));
    const found = [
      ...many,
      absent(997),
      { accountId: idOf(998), finding: unknown('No answer.') },
      absent(999),
    ];
    expect(summarize(found)).toEqual(
      failed(
        `997 of 1000 accounts pass; these do not:\n${idOf(997)} and ${idOf(999)}: There is no rule.\n${idOf(998)}: No answer.`,
        'Deploy it.\nOne account alone: rolebridge doctor --account ID',
      ),
    );
  });

  it('does not print a thousand problems', () => {
    const same = Array.from({ length: 1000 }, (_, index) => absent(index));
    expect(summarize(same).message).toBe(
      `${listed(same.map(({ accountId }) => accountId))}: There is no rule.`,
    );
    expect(summarize(same).message).toMatch(/^(\d{12}, ){4}\d{12} and 995 more: There is no rule\.$/);
    const different = same.map(({ accountId }, index) => ({
      accountId,
      finding: failed(`Problem ${index}.`, `Fix ${index}.`),
    }));
    const { message } = summarize(different);
    expect(message.split('\n')).toHaveLength(11);
    expect(message).toContain('990 more problems');
  });

  it('is as severe as the worst account', () => {
    const warned = { accountId: idOf(1), finding: warning('Soon.', 'Fix it.') };
    const unread = { accountId: idOf(2), finding: unknown('No answer.') };
    expect(summarize([fine(0), warned]).status).toBe('warning');
    expect(summarize([warned, unread]).status).toBe('unknown');
    expect(summarize([warned, unread, absent(3)]).status).toBe('failed');
  });

  it('is unknown if no account can be read', () => {
    expect(summarize([])).toEqual(unknown('Not checked: no other account can be read, see "Viewer roles".'));
  });
});
