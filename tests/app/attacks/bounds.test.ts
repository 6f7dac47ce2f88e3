import type { AwsClients } from '../../../shared/adapters/aws/clients.ts';
import { sendEvents } from '../../../shared/adapters/aws/events.ts';
import { awsSweepSink } from '../../../shared/adapters/aws/messages.ts';
import { requestOf as requestOfMessage } from '../../../shared/app/role-run.ts';
import { sweep } from '../../../shared/app/sweep.ts';
import { PermanentError } from '../../../shared/core/errors.ts';
import { memberOf } from '../../../shared/core/member.ts';
import { parseMessage, secondLookKind } from '../../../shared/core/message.ts';
import { serviceAccountResource } from '../../../shared/core/service-account.ts';
import { workloadIdentityUser } from '../../../shared/core/target.ts';
import { memorySweepPorts, setPolicy } from '../../support/memory.ts';
import { requestFor, runReconcile } from '../../support/reconciling.ts';
import { email, reader, reports, roleRef, settings, writer } from '../../support/settings.ts';
import { configOf, readerPolicy, writerPolicy } from '../../support/snapshot.ts';
import { runSweep } from '../../support/sweeping.ts';
import { entriesOf, entryFor, setEntries, setKnown, setUsed, usedNames } from '../../support/table.ts';
import { advance, createWorld, tagRole } from '../../support/world.ts';

describe('invariant 9: a drift event stays within EventBridge’s 256 KB', () => {
  it('regardless of what a teammate planted in a folder in another casing', async () => {
    const world = createWorld();
    tagRole(world, { 'google-access': writer }, 'app-z');
    tagRole(world, {});
    for (let n = 0; n < 400; n += 1)
      world.parameters.set(`us-east-1 /google-access/REPORTS/${'x'.repeat(800)}${n}`, {
        value: configOf(reader),
        description: '',
      });
    await runSweep(world);
    const sizes = world.drifts.map((detail) => Buffer.byteLength(JSON.stringify(detail)));
    expect(Math.max(...sizes)).toBeLessThan(256 * 1024);
  });
});

describe('invariant 9: at most 200 entries', () => {
  it('even for bindings that exist and are only missing from the ledger', async () => {
    const world = createWorld();
    setKnown(world);
    const others = Array.from({ length: 200 }, (_, n) => email(`old${n}`));
    for (const one of others) world.denied.add(serviceAccountResource(one));
    setEntries(
      world,
      others.map((one) => entryFor(one)),
    );
    setPolicy(world, readerPolicy, {
      bindings: [{ role: workloadIdentityUser, members: [memberOf(settings, reports)] }],
    });
    tagRole(world, { 'google-access': reader });
    await runReconcile(world);
    expect(entriesOf(world).length).toBeLessThanOrEqual(200);
  });
});

describe('invariant 9, to the end: one role’s drift that does not fit', () => {
  it.each([0, 400])('%s planted: the drifts of other roles still reach reconcile', async (planted) => {
    const world = createWorld();
    setKnown(world);
    tagRole(world, { 'google-access': writer }, 'reports-z'); // its TagRole was lost
    tagRole(world, {}, 'reports-z');
    setPolicy(world, writerPolicy, {
      bindings: [{ role: workloadIdentityUser, members: [memberOf(settings, roleRef('reports-z'))] }],
    });
    tagRole(world, {});
    for (let n = 0; n < planted; n += 1)
      world.parameters.set(`us-east-1 /google-access/REPORTS/${'x'.repeat(800)}${n}`, {
        value: configOf(reader),
        description: '',
      });
    const sent: string[] = [];
    const clients = {
      events: {
        // Like EventBridge, which refuses a call above 256 KB as a whole.
        send: async ({ input: { Entries = [] } }: { input: { Entries?: { Detail: string }[] } }) => {
          const bytes = Buffer.byteLength(Entries.map(({ Detail }) => Detail).join(''));
          if (bytes > 256 * 1024)
            throw Object.assign(new Error('Total size of the entries in the request is over the limit.'), {
              name: 'ValidationException',
              $metadata: { httpStatusCode: 400, requestId: 'r-1' },
              $fault: 'client',
            });
          sent.push(...Entries.map(({ Detail }) => String(JSON.parse(Detail).role.roleName)));
          return { Entries: Entries.map(() => ({ EventId: 'e' })), FailedEntryCount: 0 };
        },
      },
    } as unknown as AwsClients;
    const sink = awsSweepSink(clients, new AbortController().signal);
    await sweep(settings, { ...memorySweepPorts(world), sink }).catch(() => undefined);
    expect(sent).toContain('reports-z');
  });
});

describe('invariant 9: events that EventBridge refuses', () => {
  it.each([1, 3, 10])('one of %s does not keep out the others, and is reported', async (count) => {
    const sent: string[] = [];
    const send = async ({ input }: { input: { Entries: readonly { Detail: string }[] } }) => {
      const names = input.Entries.map(({ Detail }) => String(JSON.parse(Detail).name));
      if (names.includes('bad'))
        throw Object.assign(new Error('refused'), {
          name: 'ValidationException',
          $metadata: { httpStatusCode: 400, requestId: 'r-1' },
        });
      sent.push(...names);
      return { Entries: input.Entries.map(() => ({ EventId: 'e' })), FailedEntryCount: 0 };
    };
    const clients = { events: { send } } as unknown as AwsClients;
    const names = ['bad', ...Array.from({ length: count }, (_, n) => `good-${n}`)];
    const events = names.map((name) => ({ detailType: 'x', detail: { name, at: '2026-11-24T12:00:00Z' } }));
    await expect(sendEvents(clients, events, new AbortController().signal)).rejects.toThrow('refused');
    expect(sent).toEqual(names.slice(1));
  });

  it.each(['AccessDeniedException', 'UnrecognizedClientException'])(
    'a call that gets %s is sent once per type of event, not once per event',
    async (name) => {
      const calls: string[] = [];
      const sent: string[] = [];
      const send = async ({ input }: { input: { Entries: readonly { DetailType: string }[] } }) => {
        const types = input.Entries.map(({ DetailType }) => DetailType);
        calls.push(types.join(''));
        if (types.includes('b'))
          throw Object.assign(new Error('denied'), {
            name,
            $metadata: { httpStatusCode: 400, requestId: 'r-1' },
          });
        sent.push(...types);
        return { Entries: types.map(() => ({ EventId: 'e' })), FailedEntryCount: 0 };
      };
      const clients = { events: { send } } as unknown as AwsClients;
      const eventsOf = (types: string) =>
        [...types].map((detailType) => ({ detailType, detail: { at: '2026-11-24T12:00:00Z' } }));
      const { signal } = new AbortController();
      await expect(sendEvents(clients, eventsOf('bbbb'), signal)).rejects.toThrow('denied');
      expect(calls.splice(0)).toEqual(['bbbb']);
      // The policy of another account may be older than a type of event.
      await expect(sendEvents(clients, eventsOf('abcba'), signal)).rejects.toThrow('denied');
      expect(calls).toEqual(['abcba', 'aa', 'bb', 'c']);
      expect(sent).toEqual(['a', 'a', 'c']);
    },
  );

  it('a sweep whose drifts cannot be published still judges the table and cleans the scope, and fails', async () => {
    const world = createWorld();
    tagRole(world, { 'google-access': reader });
    await runReconcile(world);
    setUsed(world, 'region', 'eu-west-3', '2026-11-24T08:00:00Z');
    tagRole(world, {});
    const sink = { ...memorySweepPorts(world).sink, drifts: () => Promise.reject(new PermanentError('no')) };
    await expect(sweep(settings, { ...memorySweepPorts(world), sink })).rejects.toThrow('no');
    expect(usedNames(world)).not.toContain('eu-west-3');
    expect([...world.table.keys()]).toContain('sweep table');
  });
});

describe('a second look with odd deferrals', () => {
  it.each([-1e9, 0.5, 1e308, '10', null])(
    '%s: another role still has its second for publishing',
    async (deferrals) => {
      const world = createWorld();
      setKnown(world);
      for (let n = 0; n < 20; n += 1) tagRole(world, { 'google-access': reader }, `app-${n}`);
      world.before = (call) => {
        if (call.startsWith('PutParameter')) advance(world, 333);
      };
      const start = world.now.getTime();
      const look = { kind: secondLookKind, ref: roleRef('app-19'), cause: {}, told: '', deferrals };
      const message = parseMessage(JSON.stringify(look), [reports.accountId], settings.tagKey);
      if (message.kind === 'ignored') throw new Error(message.reason);
      await runReconcile(world, [
        ...Array.from({ length: 19 }, (_, n) => requestFor(`app-${n}`)),
        requestOfMessage(message, 'first'),
      ]);
      expect(world.now.getTime() - start).toBeLessThan(5_000);
      for (const { deferrals: next } of world.secondLooks) expect(next).toBeGreaterThanOrEqual(0);
    },
  );
});
