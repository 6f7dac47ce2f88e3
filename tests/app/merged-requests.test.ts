import { type Delivery, distinctRoles, type RoleRequest } from '../../shared/app/role-run.ts';
import { type RequestParts, requestFor } from '../support/reconciling.ts';
import { now, roleRef } from '../support/settings.ts';

const request = (parts: RequestParts = {}): RoleRequest =>
  requestFor('reports', { cause: { eventId: 'e-1' }, needsRecheck: false, ...parts });
const one = (...requests: readonly RoleRequest[]) => {
  const distinct = distinctRoles(requests, now);
  expect(distinct).toHaveLength(1);
  return distinct[0];
};
const place = (region: string) => ({ region, name: '/google-access/reports/default' });

describe('several messages for one role', () => {
  it('are one request, and other roles keep theirs', () => {
    const other = request({ ref: roleRef('Reports2') });
    const far = request({ ref: { ...roleRef('reports'), accountId: '999988887777' } });
    expect(distinctRoles([request(), other, request(), far], now).map(({ ref }) => ref)).toEqual([
      roleRef('reports'),
      other.ref,
      far.ref,
    ]);
  });

  it('invariant 7: two casings of a name are one role', () => {
    const merged = one(request(), request({ ref: roleRef('Reports') }), request({ ref: roleRef('REPORTS') }));
    expect(merged?.ref).toEqual(roleRef('REPORTS'));
  });

  it('have the cause of the latest', () => {
    expect(one(request(), request({ cause: { eventId: 'e-2' } }))?.cause).toEqual({ eventId: 'e-2' });
  });

  it('keep the news of an event, for which a second look does not count', () => {
    const second = request({ pass: 'second', cause: { eventId: 'e-0' }, reported: 'digest' });
    for (const pair of [
      [request(), second],
      [second, request()],
    ]) {
      const merged = one(...pair);
      expect(merged).toMatchObject({ pass: 'first', cause: { eventId: 'e-1' } });
      expect(merged).not.toHaveProperty('told');
    }
  });

  it('report everything again if two of them are second looks, since neither knows what the other one reported', () => {
    const looks = ['a', 'b'].map((reported) =>
      request({ pass: 'second', reported, cause: { eventId: reported } }),
    );
    expect(one(...looks)).toMatchObject({ pass: 'second', cause: { eventId: 'b' } });
    expect(one(...looks)).not.toHaveProperty('told');
  });

  it('stay unchanged if there is only one', () => {
    const alone = request({ pass: 'second', reported: 'digest' });
    expect(distinctRoles([alone], now)).toEqual([alone]);
    expect(distinctRoles([], now)).toEqual([]);
  });

  it('have each account or place that any of them names read once', () => {
    expect(
      one(
        request({
          resources: ['a', 'b'],
          strays: [place('eu-west-1'), place('eu-west-3')],
        }),
        request({
          resources: ['b', 'c'],
          strays: [place('eu-west-3'), place('us-east-1')],
        }),
      )?.swept,
    ).toMatchObject({
      resources: ['a', 'b', 'c'],
      strays: [place('eu-west-1'), place('eu-west-3'), place('us-east-1')],
    });
  });

  it('may together revoke everything that the sweep released in any of their drifts', () => {
    const drifts = one(request({ released: ['a', 'b'] }), request({ released: ['b', 'c'] }));
    expect(drifts?.swept.released).toEqual(['a', 'b', 'c']);
    expect(one(request({ released: ['a'] }), request())?.swept.released).toEqual(['a']);
  });

  it('name everyone who approved something in any of their drifts', () => {
    const [a, b] = ['a', 'b'].map((access) => ({ access, answeredBy: 'anna' }) as const);
    if (a === undefined || b === undefined) throw new Error('two');
    expect(one(request({ approved: [a] }), request(), request({ approved: [b] }))?.swept.approved).toEqual([
      a,
      b,
    ]);
  });

  it('lack events, if one of them does', () => {
    expect(one(request({ isCut: true }), request())?.isCut).toBe(true);
    expect(one(request(), request({ isCut: true }))?.isCut).toBe(true);
    expect(one(request(), request())).not.toHaveProperty('isCut');
  });

  it('name the keys that any of them names, and all of the role if one does', () => {
    const merged = one(request({ namedKeys: ['a'] }), request({ namedKeys: ['b', 'a'] }));
    expect(merged?.namedKeys).toEqual(['a', 'b']);
    expect(one(request({ namedKeys: 'all' }), request({ namedKeys: [] }))?.namedKeys).toBe('all');
    expect(one(request({ namedKeys: [] }), request({ namedKeys: 'all' }))?.namedKeys).toBe('all');
  });

  it.each([
    [true, false],
    [false, true],
  ])('request a second look if one of them does: %s, %s', (a, b) => {
    const both = one(request({ needsRecheck: a }), request({ needsRecheck: b }));
    expect(both?.needsRecheck).toBe(true);
    expect(one(request(), request())?.needsRecheck).toBe(false);
  });

  it.each<readonly [Delivery, Delivery, Delivery]>([
    ['first', 'first', 'first'],
    ['first', 'again', 'again'],
    ['again', 'first', 'again'],
    ['last', 'last', 'last'],
    ['last', 'again', 'again'],
    ['first', 'last', 'again'],
  ])('are at the last try only if all of them are: %s, %s', (a, b, delivery) => {
    expect(one(request({ delivery: a }), request({ delivery: b }))?.delivery).toBe(delivery);
  });
});
