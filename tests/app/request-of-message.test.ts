import { deliveryOf, requestOf } from '../../shared/app/role-run.ts';
import { reports } from '../support/settings.ts';
import { readerPolicy } from '../support/snapshot.ts';

it.each([
  [1, 'first'],
  [2, 'again'],
  [7, 'again'],
  [8, 'last'],
  [9, 'last'],
])('receive %i of 8 is the %s', (receives, delivery) => expect(deliveryOf(receives, 8)).toBe(delivery));

describe('the request of each kind of message', () => {
  const ref = reports;
  const cause = { eventId: 'e-1' };
  const event = { eventName: 'UntagRole', keys: [{ key: 'google-access' }] } as const;
  const nothing = {
    events: [],
    namedKeys: [],
    swept: { resources: [], strays: [], absent: [], answers: [], released: [], mayLeave: [], approved: [] },
    deferrals: 0,
    delivery: 'first',
  };

  it('a role event may remove anything, and is rechecked in two minutes', () => {
    expect(requestOf({ kind: 'role', ref, cause, event }, 'first')).toEqual({
      ...nothing,
      ref,
      cause,
      pass: 'first',
      events: [event],
      namedKeys: ['google-access'],
      needsRecheck: true,
    });
  });

  it('a second look that a drift requested may remove no more than that drift', () => {
    const look = {
      kind: 'secondLook',
      ref,
      cause,
      reported: 'x',
      deferrals: 2,
      events: [],
      released: [readerPolicy],
      mayLeave: [],
    } as const;
    expect(requestOf(look, 'first')).toMatchObject({
      swept: { released: [readerPolicy], mayLeave: [] },
      deferrals: 2,
    });
  });

  it('a second look is the last', () => {
    const look = { kind: 'secondLook', ref, cause, reported: 'x', deferrals: 0, events: [event] } as const;
    expect(requestOf(look, 'again')).toEqual({
      ...nothing,
      ref,
      cause,
      pass: 'second',
      reported: 'x',
      events: [event],
      namedKeys: ['google-access'],
      delivery: 'again',
      needsRecheck: false,
    });
  });

  it('a drift may remove what the sweep released, and no more', () => {
    const strays = [{ region: 'eu-west-3', name: '/google-access/reports/default' }];
    const drift = {
      kind: 'drift',
      ref,
      cause,
      resources: [readerPolicy],
      strays,
      released: [readerPolicy],
      releasedAt: '2026-11-24T10:00:00.000Z',
      mayLeave: [],
      absent: [readerPolicy],
      answers: ['forget#project#old'],
    } as const;
    expect(requestOf(drift, 'first')).toEqual({
      ...nothing,
      ref,
      cause,
      pass: 'first',
      drift: cause,
      swept: {
        resources: [readerPolicy],
        strays,
        absent: [readerPolicy],
        answers: ['forget#project#old'],
        released: [readerPolicy],
        releasedAt: '2026-11-24T10:00:00.000Z',
        mayLeave: [],
        approved: [],
      },
      needsRecheck: false,
    });
  });
});
