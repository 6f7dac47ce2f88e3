import type { AwsClients } from '../../../shared/adapters/aws/clients.ts';
import { awsSecondLooks } from '../../../shared/adapters/aws/messages.ts';
import { reconcile } from '../../../shared/app/reconcile.ts';
import { type RoleRequest, requestOf } from '../../../shared/app/role-run.ts';
import { PermanentError } from '../../../shared/core/errors.ts';
import { parseMessage, type SecondLook, secondLookBody } from '../../../shared/core/message.ts';
import type { TagEvent } from '../../../shared/core/role-event.ts';
import { type MemoryWorld, memoryPorts, setPolicy } from '../../support/memory.ts';
import { requestFor, runReconcile } from '../../support/reconciling.ts';
import { accountId, reader, reports, settings, writer } from '../../support/settings.ts';
import { binding, readerPolicy } from '../../support/snapshot.ts';
import { entryFor, setEntries, setKnown } from '../../support/table.ts';
import { createWorld, isBound, tagRole } from '../../support/world.ts';

const key = settings.tagKey;

const kelvin = '\u212a';

/** The way CloudTrail, EventBridge and the queue deliver it. */
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

describe('invariant 6: a key is never attributed to an event that does not name it', () => {
  it('a key with the Kelvin sign, which Unicode folds to k, is another key', async () => {
    const world = createWorld();
    setKnown(world);
    const foreign = `${key}/${kelvin}afka`;
    tagRole(world, { [`${key}/kafka`]: reader, [foreign]: reader });
    await runReconcile(world, [
      eventOf('TagRole', [[`${key}/kafka`, reader]], {
        who: 'alice',
        id: 'e-1',
        time: '2026-11-24T11:59:00Z',
      }),
      eventOf('TagRole', [[foreign, reader]], { who: 'mallory', id: 'e-2', time: '2026-11-24T11:59:01Z' }),
    ]);
    const granted = world.outcomes.filter(({ type }) => type === 'Granted');
    expect(granted.map(({ detail }) => [detail.grant, detail.requestedBy])).toEqual([['kafka', 'alice']]);
  });

  describe('two calls in one second, within IAM’s limits; the second look carries neither', () => {
    /**
     * The first look sees nothing yet, as IAM's reads lag behind; then the tags become visible, and the second look
     * comes.
     */
    const secondLook = async (world: MemoryWorld, delivery: 'first' | 'last' = 'first') => {
      setKnown(world);
      tagRole(world, {});
      const bodies: string[] = [];
      const send = async ({ input }: { input: { Entries: readonly { MessageBody: string }[] } }) => {
        bodies.push(...input.Entries.map(({ MessageBody }) => MessageBody));
        return { Failed: [] };
      };
      const clients = { sqs: { send } } as unknown as AwsClients;
      const secondLooks = awsSecondLooks(clients, 'url', new AbortController().signal);
      // 49 tags of 256 three-byte letters each, set by both callers.
      const many = Array.from({ length: 49 }, (_, n) => [`${key}/a${n}`, '字'.repeat(256)] as const);
      const time = '2026-11-24T11:59:00Z';
      await runReconcile(
        world,
        [
          eventOf('TagRole', [[key, writer], ...many], { who: 'alice', id: 'e-1', time }),
          eventOf('TagRole', many, { who: 'mallory', id: 'e-2', time }),
        ],
        settings,
        { secondLooks },
      );
      world.outcomes.length = 0;
      tagRole(world, { [key]: writer });
      const second = parseMessage(bodies.join(''), [accountId], key);
      if (second.kind !== 'secondLook') throw new Error(`not a second look: ${JSON.stringify(second)}`);
      await reconcile(settings, memoryPorts(world), [requestOf(second, delivery)]);
    };

    it('a grant does not get the event that does not name its key as its cause', async () => {
      const world = createWorld();
      await secondLook(world);
      const granted = world.outcomes.filter(({ type }) => type === 'Granted');
      expect(granted.map(({ detail }) => detail.grant)).toEqual(['default']);
      expect(granted.map(({ detail }) => detail.cause.eventId)).not.toContain('e-2');
    });

    it('an outcome about the role as a whole names neither caller', async () => {
      const world = createWorld();
      let count = 0;
      world.before = (call) => {
        if (!call.startsWith('GetRole')) return;
        count += 1;
        if (count > 1) throw new PermanentError('AccessDenied.');
      };
      await secondLook(world, 'last');
      expect(world.outcomes.map(({ type }) => type)).toEqual(['Failed']);
      expect(world.outcomes.map(({ detail }) => detail.requestedBy)).toEqual([undefined]);
    });
  });
});

describe('invariant 8: a role event may remove only the grants that its own keys name', () => {
  it('an UntagRole of a key with the Kelvin sign lifts nothing', async () => {
    const world = createWorld();
    setKnown(world);
    setEntries(world, [entryFor(reader, { grants: ['kafka'] })]);
    setPolicy(world, readerPolicy, { bindings: [binding([reports])] });
    tagRole(world, { [`${key}/kafka`]: reader });
    await runReconcile(
      world,
      [
        eventOf('UntagRole', [[`${key}/${kelvin}afka`, '']], {
          who: 'mallory',
          id: 'e-1',
          time: '2026-11-24T11:59:00Z',
        }),
      ],
      { ...settings, allow: [] },
    );
    expect(isBound(world)).toBe(true);
  });
});

describe('invariant 6: a TagRole that ends a grant is the event that ended it', () => {
  it('by writing the key in another casing, with the value that it had', async () => {
    const world = createWorld();
    setKnown(world);
    const requesters = [{ grant: 'default', eventName: 'TagRole', eventId: 'a-1', requestedBy: 'alice' }];
    setEntries(world, [entryFor(reader, { requesters })]);
    setPolicy(world, readerPolicy, { bindings: [binding([reports])] });
    // To IAM it is the same key: the tag is now spelled the way mallory wrote it, and is refused.
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

describe('invariant 6: two calls in one second name no caller', () => {
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
  it('an outcome that is explained by very many events of one second', async () => {
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

describe('invariant 6: an event that did not set the tag’s current value did not end the grant', () => {
  it.each<readonly [string, Partial<TagEvent>]>([
    ['UntagRole', { eventName: 'UntagRole', keys: [{ key }] }],
    ['TagRole to another value', { eventName: 'TagRole', keys: [{ key, value: writer }] }],
  ])('an earlier %s, if the tag was set again and the guardrail then ended it', async (_, event) => {
    const world = createWorld();
    setKnown(world);
    const requesters = [{ grant: 'default', eventName: 'TagRole', eventId: 'a-1', requestedBy: 'alice' }];
    const at = '2026-11-24T11:59:30.000Z';
    setEntries(world, [entryFor(reader, { requesters, since: at, announcedAt: at })]);
    setPolicy(world, readerPolicy, { bindings: [binding([reports])] });
    tagRole(world, { [key]: reader });
    const bob = { eventId: 'b-1', eventTime: '2026-11-24T11:58:00Z', requestedBy: 'bob' };
    const whole = { eventName: 'UntagRole', keys: [], ...bob, ...event } as TagEvent;
    const { keys: _keys, ...cause } = whole;
    await runReconcile(
      world,
      [
        requestFor('reports', {
          cause,
          pass: 'second',
          reported: '',
          events: [whole],
          namedKeys: [key],
          needsRecheck: false,
        }),
      ],
      { ...settings, allow: [] },
    );
    const revoked = world.outcomes.filter(({ type }) => type === 'Revoked');
    expect(
      revoked.map(
        ({
          detail: {
            requestedBy,
            cause: { because },
          },
        }) => [requestedBy, because],
      ),
    ).toEqual([['alice', 'guardrailChanged']]);
  });
});
