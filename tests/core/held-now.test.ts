import { type HeldNow, heldNowKey, readHeldNow, writeHeldNow } from '../../shared/core/held-now.ts';
import { accountId } from '../support/settings.ts';

const held: HeldNow = {
  accountId,
  count: 31,
  limit: 25,
  hash: '3f2a49c8a6d4b1e0',
  at: '2026-11-24T12:00:00.000Z',
};
const { pk, sk } = heldNowKey(accountId);

describe('the list that the last sweep held in an AWS account', () => {
  it('is read as it was written', () => {
    expect([pk, sk]).toEqual(['held#111122223333', 'now']);
    const { hash: _, ...unstored } = held;
    for (const one of [held, unstored]) expect(readHeldNow({ pk, body: writeHeldNow(one) })).toEqual(one);
  });

  it.each([
    [{ version: 2 }],
    [{ accountId: '444455556666' }],
    [{ accountId: 1 }],
    [{ count: '31' }],
    [{ limit: null }],
    [{ hash: 'x' }],
    [{ hash: 1 }],
    [{ at: 'soon' }],
    [{ at: 1 }],
  ])('is unreadable with %j', (change) => {
    expect(readHeldNow({ pk, body: JSON.stringify({ version: 1, ...held, ...change }) })).toBeUndefined();
  });

  it('is unreadable in any other form', () => {
    for (const body of ['', '[]', 'x']) expect(readHeldNow({ pk, body })).toBeUndefined();
  });
});
