import { readReached, writeReached } from '../../shared/core/reached-accounts.ts';

describe('the item of the accounts that were reached', () => {
  it('is read as it was written, sorted', () => {
    expect(readReached(writeReached(['444455556666', '111122223333']))).toEqual([
      '111122223333',
      '444455556666',
    ]);
    expect(readReached(writeReached([]))).toEqual([]);
  });

  it.each([
    'x',
    '{"version":2,"accounts":[]}',
    '{"version":1}',
    '{"version":1,"accounts":["1"]}',
    '{"version":1,"accounts":[111122223333]}',
    '{"version":1,"accounts":["x111122223333"]}',
    '{"version":1,"accounts":["1111222233334"]}',
  ])('is unreadable in any other shape: %s', (body) => {
    expect(readReached(body)).toBeUndefined();
  });
});
