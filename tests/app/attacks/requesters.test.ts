import type { AwsClients } from '../../../shared/adapters/aws/clients.ts';
import { awsSecondLooks } from '../../../shared/adapters/aws/queue.ts';
import { reconcile } from '../../../shared/app/reconcile.ts';
import { requestOf } from '../../../shared/app/role-request.ts';
import { PermanentError } from '../../../shared/core/errors.ts';
import { parseMessage } from '../../../shared/core/message.ts';
import { type MemoryWorld, memoryPorts, setPolicy } from '../../support/memory.ts';
import { runReconcile } from '../../support/reconciling.ts';
import { accountId, reader, reports, settings, writer } from '../../support/settings.ts';
import { binding, readerPolicy } from '../../support/snapshot.ts';
import { entryFor, setEntries, setKnown } from '../../support/table.ts';
import { createWorld, isBound, tagRole } from '../../support/world.ts';

const key = settings.tagKey;
const kelvin = '\u212a';

/** As CloudTrail, EventBridge and the queue bring it. */
const eventOf = (
  eventName: 'TagRole' | 'UntagRole',
  tags: readonly (readonly [key: string, value: string])[],
  { who, id, time }: { readonly who: string; readonly id: string; readonly time: string },
) => {
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

  describe('two calls of one second, within IAM’s limits, of which the second look carries neither', () => {
    /** The first look sees nothing yet, as IAM's reads lag behind; then what was tagged shows, and the second look comes. */
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
      // 49 tags of 256 letters of three bytes each, set by both.
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

    it('a grant does not have the event that does not name its key as its cause', async () => {
      const world = createWorld();
      await secondLook(world);
      const granted = world.outcomes.filter(({ type }) => type === 'Granted');
      expect(granted.map(({ detail }) => detail.grant)).toEqual(['default']);
      expect(granted.map(({ detail }) => detail.cause.eventId)).not.toContain('e-2');
    });

    it('what is told of the role as a whole names neither caller', async () => {
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
