import { foundUnlistedKey, lostSortKey, sweepPartition, writeLost } from '../../shared/core/scope.ts';
import type { StoredItem } from '../../shared/core/table-item.ts';
import { readTable } from '../../shared/core/table-view.ts';
import { now } from '../support/settings.ts';

const item = (pk: string, sk: string, body = '{}'): StoredItem => ({ pk, sk, body, revision: 'r' });
const lost = writeLost('acme-old', now);
const approval = JSON.stringify({
  version: 1,
  answer: 'approve',
  at: '2026-11-20T00:00:00.000Z',
  answeredBy: 'arn:aws:iam::111122223333:user/alice',
});
const hash = '0123456789abcdef';

describe('the partitions of the table', () => {
  it('reconcile notes that it found bindings that the table did not list', () => {
    expect(readTable([{ ...foundUnlistedKey, body: '{}', revision: 'r' }]).hasFoundUnlisted).toBe(true);
    expect(readTable([]).hasFoundUnlisted).toBe(false);
  });

  it('only the sweep notes which accounts are lost', () => {
    expect([...readTable([item(sweepPartition, lostSortKey('acme-old'), lost)]).lost.keys()]).toEqual([
      'acme-old',
    ]);
    expect(readTable([item('later', lostSortKey('acme-old'), lost)]).lost.size).toBe(0);
  });

  it('only an answer approves', () => {
    expect(readTable([item('answer', `approve#${hash}`, approval)]).approvals).toHaveLength(1);
    expect(readTable([item('later', `approve#${hash}`, approval)]).approvals).toEqual([]);
  });

  it('a partition of a later version is neither read nor unreadable', () => {
    const view = readTable([
      item('later', 'x'),
      item('later', `approve#${hash}`),
      item('later', lostSortKey('x')),
    ]);
    expect(view.unreadable).toEqual([]);
    expect(view.revisions.size).toBe(3);
  });

  it('an item of ours that cannot be read is named', () => {
    const view = readTable([
      item(sweepPartition, lostSortKey('x')),
      item('answer', `approve#${hash}`),
      item('sweep', 'x'),
    ]);
    expect(view.unreadable).toEqual([`sweep ${lostSortKey('x')}`, `answer approve#${hash}`, 'sweep x']);
  });
});
