import type { AwsClients } from '../../../shared/adapters/aws/clients.ts';
import { awsOutcomes, awsSecondLooks } from '../../../shared/adapters/aws/messages.ts';
import { requestOf as requestOfMessage } from '../../../shared/app/role-run.ts';
import { parseMessage, secondLookKind } from '../../../shared/core/message.ts';
import { serviceAccountResource } from '../../../shared/core/service-account.ts';
import { requestFor, runReconcile } from '../../support/reconciling.ts';
import { reader, reports, roleRef, settings } from '../../support/settings.ts';
import { configOf } from '../../support/snapshot.ts';
import { requestOfDrift } from '../../support/sweeping.ts';
import { setKnown } from '../../support/table.ts';
import { advance, createWorld, tagRole } from '../../support/world.ts';

const signal = new AbortController().signal;
const refused = (name: string) =>
  Object.assign(new Error(name), { name, $metadata: { httpStatusCode: 400, requestId: 'r-1' } });

describe('invariant 9: one message that makes something too large does not affect other roles', () => {
  it('an outcome that names a forged requester of 250 KB', async () => {
    const world = createWorld();
    setKnown(world);
    tagRole(world, { 'google-access': 'nonsense'.repeat(30) }); // a teammate may tag this role
    tagRole(world, { 'google-access': reader }, 'app-b');
    const long = 'x'.repeat(130_500);
    const body = JSON.stringify({
      kind: secondLookKind,
      ref: reports,
      cause: { requestedBy: long, eventId: long },
      told: '',
    });
    expect(Buffer.byteLength(body)).toBeLessThan(256 * 1024);
    const message = parseMessage(body, [reports.accountId], settings.tagKey);
    if (message.kind === 'ignored') throw new Error(message.reason);
    const send = async ({ input }: { input: { Entries: readonly { Detail: string }[] } }) => {
      const bytes = Buffer.byteLength(input.Entries.map(({ Detail }) => Detail).join(''));
      if (bytes > 256 * 1024) throw refused('ValidationException');
      return { Entries: input.Entries.map(() => ({ EventId: 'e' })), FailedEntryCount: 0 };
    };
    const outcomes = awsOutcomes({ events: { send } } as unknown as AwsClients, signal);
    const reported = await runReconcile(
      world,
      [requestOfMessage(message, 'first'), requestFor('app-b')],
      undefined,
      {
        outcomes,
      },
    );
    expect(reported.find(({ request: { ref } }) => ref.roleName === 'app-b')?.retry).toBeUndefined();
    expect(world.secondLooks.map(({ ref }) => ref.roleName)).toContain('app-b');
  });

  it('second looks that repeat what forged drifts release', async () => {
    const world = createWorld();
    setKnown(world);
    const forged = Array.from({ length: 8 }, (_, n) => `app-f${n}`);
    const released = Array.from({ length: 500 }, (_, n) =>
      serviceAccountResource(`a${n}-${'x'.repeat(50)}@${'p'.repeat(110)}.iam.gserviceaccount.com`),
    );
    for (const name of forged)
      for (let n = 0; n < 20; n += 1)
        world.parameters.set(`us-east-1 /google-access/${name}/x${n}`, {
          value: configOf(reader),
          description: '',
        });
    tagRole(world, { 'google-access': reader }, 'app-b');
    world.before = (call) => {
      if (/^(Put|Delete)Parameter/.test(call)) advance(world, 333);
    };
    const send = async ({ input }: { input: { Entries: readonly { MessageBody: string }[] } }) => {
      // 1 MiB per call, the SQS limit since August 2025; 256 KiB before.
      if (Buffer.byteLength(input.Entries.map((one) => one.MessageBody).join('')) > 1024 * 1024)
        throw refused('BatchRequestTooLong');
      return { Successful: input.Entries.map((_, index) => ({ Id: String(index) })), Failed: [] };
    };
    const secondLooks = awsSecondLooks({ sqs: { send } } as unknown as AwsClients, 'url', signal);
    const drifts = forged.map((name) =>
      requestOfDrift({ role: roleRef(name), resources: [], strays: [], released, absent: [] }),
    );
    const reported = await runReconcile(world, [...drifts, requestFor('app-b')], undefined, { secondLooks });
    expect(reported.some(({ isDeferred }) => isDeferred)).toBe(true);
    expect(reported.find(({ request: { ref } }) => ref.roleName === 'app-b')?.retry).toBeUndefined();
  });
});
