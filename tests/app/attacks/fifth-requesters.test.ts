import { reconcile } from '../../../shared/app/reconcile.ts';
import { type RoleRequest, requestOf } from '../../../shared/app/role-request.ts';
import { PermanentError } from '../../../shared/core/errors.ts';
import { parseMessage } from '../../../shared/core/message.ts';
import { type SecondLook, secondLookBody } from '../../../shared/core/second-look.ts';
import type { TagEvent } from '../../../shared/core/tag-event.ts';
import { memoryPorts, setPolicy } from '../../support/memory.ts';
import { runReconcile } from '../../support/reconciling.ts';
import { accountId, reader, reports, settings, writer } from '../../support/settings.ts';
import { binding, readerPolicy } from '../../support/snapshot.ts';
import { entryFor, setEntries, setKnown } from '../../support/table.ts';
import { createWorld, isBound, tagRole } from '../../support/world.ts';

const key = settings.tagKey;

/** As CloudTrail, EventBridge and the queue bring it. */
const eventOf = (
  eventName: 'TagRole' | 'UntagRole',
  tags: readonly (readonly [key: string, value: string])[],
  { who, id, time }: { readonly who: string; readonly id: string; readonly time: string },
): RoleRequest => {
  const named =
    eventName === 'UntagRole'
      ? { tagKeys: tags.map(([name]) => name) }
      : { tags: tags.map(([name, value]) => ({ key: name, value })) };
  const message = parseMessage(
    JSON.stringify({
      source: 'aws.iam',
      account: accountId,
      region: 'us-east-1',
      detail: {
        eventSource: 'iam.amazonaws.com',
        eventName,
        eventID: id,
        eventTime: time,
        recipientAccountId: accountId,
        userIdentity: { arn: who },
        requestParameters: { roleName: 'reports', ...named },
      },
    }),
    [accountId],
    key,
  );
  if (message.kind === 'ignored') throw new Error(message.reason);
  return requestOf(message, 'first');
};

const throughQueue = (look: SecondLook, delivery: 'first' | 'last' = 'first'): RoleRequest => {
  const message = parseMessage(secondLookBody(look), [accountId], key);
  if (message.kind !== 'secondLook') throw new Error('not a second look');
  return requestOf(message, delivery);
};
const lookOf = (events: readonly TagEvent[]): SecondLook => ({
  ref: reports,
  cause: { eventId: 'm-1', eventName: 'TagRole', requestedBy: 'mallory' },
  reported: '',
  deferrals: 0,
  events,
});
const set = (
  id: string,
  who: string,
  time: string,
  tags: readonly (readonly [string, string])[],
): TagEvent => ({
  eventName: 'TagRole',
  eventId: id,
  eventTime: time,
  requestedBy: who,
  keys: tags.map(([name, value]) => ({ key: name, value })),
});

describe('invariant 6: a TagRole that ends a grant is who ended it', () => {
  it('by writing the key in another casing, with the value that it had', async () => {
    const world = createWorld();
    setKnown(world);
    const requesters = [{ grant: 'default', eventName: 'TagRole', eventId: 'a-1', requestedBy: 'alice' }];
    setEntries(world, [entryFor(reader, { requesters })]);
    setPolicy(world, readerPolicy, { bindings: [binding([reports])] });
    // To IAM it is the same key: the tag is now spelled as mallory wrote it, and is refused.
    tagRole(world, { 'Google-Access': reader });
    await runReconcile(world, [
      eventOf('TagRole', [['Google-Access', reader]], {
        who: 'mallory',
        id: 'm-1',
        time: '2026-11-24T11:59:00Z',
      }),
    ]);
    expect(isBound(world)).toBe(false);
    const revoked = world.outcomes.filter(({ type }) => type === 'Revoked');
    expect(
      revoked.map(({ detail: { requestedBy, isRecorded, cause } }) => [
        requestedBy,
        isRecorded,
        cause.eventId,
      ]),
    ).toEqual([['mallory', undefined, 'm-1']]);
  });
});

describe('invariant 6: two calls of one second name nobody', () => {
  it('in the second look that carries more events than it reads', async () => {
    const world = createWorld();
    setKnown(world);
    tagRole(world, { [key]: reader });
    const recent = Array.from({ length: 99 }, (_, n) =>
      set(`r-${n}`, 'bob', '2026-11-24T11:59:30Z', [[`${key}/x`, `${n}`]]),
    );
    const first = [
      set('m-1', 'mallory', '2026-11-24T11:59:00Z', [[key, reader]]),
      set('a-1', 'alice', '2026-11-24T11:59:00Z', [[key, reader]]),
    ];
    await reconcile(settings, memoryPorts(world), [throughQueue(lookOf([...first, ...recent]))]);
    const granted = world.outcomes.filter(({ type }) => type === 'Granted');
    expect(granted).toHaveLength(1);
    expect(granted.map(({ detail }) => detail.requestedBy)).toEqual([undefined]);
  });
});

describe('invariant 6: an outcome about the whole role names a caller only if there is no other', () => {
  it('in a second look that dropped the earlier caller for its size', async () => {
    const world = createWorld();
    setKnown(world);
    tagRole(world, { [key]: writer });
    world.before = (call) => {
      if (call.startsWith('GetRole')) throw new PermanentError('AccessDenied.');
    };
    const many = Array.from({ length: 49 }, (_, n) => [`${key}/a${n}`, '字'.repeat(256)] as const);
    await reconcile(settings, memoryPorts(world), [
      throughQueue(
        lookOf([
          set('a-1', 'alice', '2026-11-24T11:58:00Z', [[key, writer], ...many]),
          set('m-1', 'mallory', '2026-11-24T11:59:00Z', many),
        ]),
        'last',
      ),
    ]);
    expect(world.outcomes.map(({ type }) => type)).toEqual(['Failed']);
    expect(world.outcomes.map(({ detail }) => detail.requestedBy)).toEqual([undefined]);
  });
});

describe('invariant 9: every event stays within its limit', () => {
  it('an outcome that very many events of one second explain', async () => {
    const world = createWorld();
    setKnown(world);
    tagRole(world, { [key]: reader });
    const looks = Array.from({ length: 100 }, (_, batch) =>
      throughQueue(
        lookOf(
          Array.from({ length: 100 }, (_unused, n) =>
            set(`${batch}-${n}-`.padEnd(36, '0'), 'eve', '2026-11-24T11:59:00Z', [[key, reader]]),
          ),
        ),
      ),
    );
    await reconcile(settings, memoryPorts(world), looks);
    const sizes = world.outcomes.map(({ detail }) => Buffer.byteLength(JSON.stringify(detail)));
    expect(sizes.filter((size) => size > 262_144)).toEqual([]);
  });
});
