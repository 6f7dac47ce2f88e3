import { memberOf } from '../../shared/core/member.ts';
import type { Settings } from '../../shared/core/settings.ts';
import {
  asked,
  bucket,
  bucketWorld,
  direct,
  eve,
  tagFor,
  takeOutcomes,
  viewer,
} from '../support/bucket-world.ts';
import { deleteRole, type MemoryWorld, setPolicy, setRole, unavailable } from '../support/memory.ts';
import { requestFor, runReconcile } from '../support/reconciling.ts';
import { reader, reports, roleRef } from '../support/settings.ts';
import { readerPolicy } from '../support/snapshot.ts';
import { runRepair, runSweep, settleAll } from '../support/sweeping.ts';
import { advance, bindingsOf, hour, member, tagRole } from '../support/world.ts';

const condition = { title: 'by hand', expression: 'true' };
const byHand = { role: viewer, members: [member], condition };

/** Binds a role by hand beside the access that rolebridge gave it. */
const bindBeside = (world: MemoryWorld, binding: object = byHand): void =>
  setPolicy(world, bucket, { bindings: [...bindingsOf(world, bucket), { ...byHand, ...binding }] });

/** The role `reports` had the bucket by its tag, and has another binding there. Now the tag is removed. */
const untaggedBeside = async (
  binding: object = byHand,
  { value = asked, using = direct }: { readonly value?: string; readonly using?: Settings } = {},
): Promise<MemoryWorld> => {
  const world = bucketWorld([]);
  tagFor(world, value);
  await settleAll(world, using);
  bindBeside(world, binding);
  tagRole(world, {});
  takeOutcomes(world);
  return world;
};

/** The role gets another tag while its policy is written, so it is planned again. `onRead`: when the policy is read then. */
const tagWhileWriting = (world: MemoryWorld, onRead: (call: string) => void = () => undefined): void => {
  let isWritten = false;
  world.after = (call) => {
    if (!isWritten && call.startsWith('setIamPolicy')) tagRole(world, { 'google-access/zzz': 'x' });
    isWritten ||= call.startsWith('setIamPolicy');
  };
  world.before = (call) => {
    if (isWritten && call.startsWith('getIamPolicy')) onRead(call);
  };
};

const types = (world: MemoryWorld): readonly string[] => takeOutcomes(world).map(({ type }) => type);

const goneButBound = (label: string): string =>
  `The grant is gone. Another binding of the role to ${viewer} on ${bucket} stays. ` +
  `The ledger does not list it, so a sweep decides whose it is. The sweep removes it, within the revocation limit, unless it was there before rolebridge used ${bucket}: ` +
  `then it stays until someone runs "rolebridge adopt --resource ${bucket} --google-role ${viewer} --role ${label} --remove".`;

describe('invariant 5: no event reports access as revoked while another binding gives it, too', () => {
  it('but that the grant is gone, and what is left; the sweep ends that and reports it', async () => {
    const world = await untaggedBeside();
    await runReconcile(world, [requestFor('reports')], direct);
    expect(bindingsOf(world, bucket)).toEqual([byHand]);
    const [outcome, ...others] = world.outcomes.splice(0);
    expect(others).toEqual([]);
    expect(outcome).toMatchObject({
      type: 'Confirmed',
      detail: {
        grant: 'in',
        target: { kind: 'direct', googleRole: viewer, resource: bucket },
        grants: [],
        left: [{ grants: [], member, isSeen: true }],
        reason: goneButBound('reports'),
      },
    });
    await runSweep(world, direct);
    await runRepair(world, direct);
    expect(bindingsOf(world, bucket)).toEqual([]);
    expect(types(world)).toContain('Revoked');
  });

  it('with or without a condition', async () => {
    const world = await untaggedBeside({ condition: undefined }, { value: `${asked} until 2026-12-31` });
    await runReconcile(world, [requestFor('reports')], direct);
    expect(takeOutcomes(world)).toMatchObject([{ type: 'Confirmed', reason: goneButBound('reports') }]);
  });

  it('unless that one has ended by its own condition', async () => {
    const ended = {
      title: 'rolebridge-until',
      expression: 'request.time < timestamp("2020-01-01T00:00:00Z")',
    };
    const world = await untaggedBeside({ condition: ended });
    await runReconcile(world, [requestFor('reports')], direct);
    expect(types(world)).toEqual(['Revoked']);
  });

  it('nor while a member of a former pool does', async () => {
    const next: Settings = { ...direct, google: { ...direct.google, pool: 'aws-next' } };
    const world = bucketWorld([]);
    tagFor(world);
    await settleAll(world, direct);
    await settleAll(world, next);
    bindBeside(world, { condition: undefined });
    tagRole(world, {});
    takeOutcomes(world);
    await runReconcile(world, [requestFor('reports')], next);
    expect(takeOutcomes(world)).toMatchObject([{ type: 'Confirmed', reason: goneButBound('reports') }]);
  });

  it('on a service account', async () => {
    const world = bucketWorld([]);
    tagRole(world, { 'google-access': reader });
    await settleAll(world, direct);
    const ours = bindingsOf(world);
    setPolicy(world, readerPolicy, { bindings: [...ours, ...ours.map((one) => ({ ...one, condition }))] });
    tagRole(world, {});
    takeOutcomes(world);
    await runReconcile(world, [requestFor('reports', { namedKeys: ['google-access'] })], direct);
    expect(takeOutcomes(world)).toMatchObject([
      {
        type: 'Confirmed',
        grant: 'default',
        reason: expect.stringMatching(
          /^The grant is gone\. Another binding of the role to reader@.* stays\. The ledger does not list it, so no event can end it/,
        ),
      },
    ]);
  });

  it('but not of another role, whose name differs in case: its end is reported by the sweep', async () => {
    const world = bucketWorld([]);
    tagRole(world, { 'google-access': reader });
    await settleAll(world, direct);
    const other = { ...bindingsOf(world)[0], members: [memberOf(direct, roleRef('REPORTS'))] };
    setPolicy(world, readerPolicy, { bindings: [...bindingsOf(world), { ...byHand, ...other }] });
    tagRole(world, {});
    takeOutcomes(world);
    await runReconcile(world, [requestFor('reports', { namedKeys: ['google-access'] })], direct);
    expect(types(world)).toEqual([]);
    await runSweep(world, direct);
    await runRepair(world, direct);
    expect(types(world)).toEqual(['Revoked']);
  });

  it('unless that one is gone when the role is read again', async () => {
    const world = await untaggedBeside();
    tagWhileWriting(world, () => setPolicy(world, bucket, { bindings: [] }));
    await runReconcile(world, [requestFor('reports')], direct);
    expect(types(world)).toEqual(['Refused']);
  });

  it('and still if the policy cannot be read then', async () => {
    const world = await untaggedBeside();
    tagWhileWriting(world, (call) => {
      throw unavailable(call);
    });
    await runReconcile(world, [requestFor('reports')], direct);
    expect(types(world)).toEqual(['Confirmed', 'Refused']);
  });

  it('if the role was deleted', async () => {
    const world = await untaggedBeside();
    deleteRole(world, reports);
    await runReconcile(world, [requestFor('reports', { namedKeys: 'all' })], direct);
    expect(types(world)).toEqual(['Confirmed']);
  });

  it('in a mode that removes nothing', async () => {
    const upsertOnly: Settings = { ...direct, mode: 'upsert-only' };
    const world = bucketWorld([]);
    tagFor(world);
    await settleAll(world, upsertOnly);
    setPolicy(world, bucket, { bindings: [byHand] });
    tagRole(world, {});
    takeOutcomes(world);
    advance(world, hour);
    await runReconcile(world, [requestFor('reports')], upsertOnly);
    expect(takeOutcomes(world)).toMatchObject([
      {
        type: 'Confirmed',
        reason: `The grant is gone. Another binding of the role to ${viewer} on ${bucket} stays. Mode upsert-only removes no access.`,
      },
    ]);
  });

  it('even if the message comes back for another reason', async () => {
    const world = await untaggedBeside();
    world.before = (call) => {
      if (call.startsWith('DeleteParameter eu-west-1')) throw unavailable(call);
    };
    const [report] = await runReconcile(world, [requestFor('reports')], direct);
    expect(report?.retry).toBeDefined();
    expect(takeOutcomes(world)).toMatchObject([{ type: 'Confirmed', reason: goneButBound('reports') }]);
  });

  it('but only once the ledger no longer lists the binding of the grant', async () => {
    const world = await untaggedBeside();
    const isClosing = (call: string): boolean => call.startsWith('DeleteItem') || call.startsWith('PutItem');
    world.before = (call) => {
      if (isClosing(call) && !bindingsOf(world, bucket).some(({ condition: its }) => its === undefined))
        throw unavailable(call);
    };
    const [report] = await runReconcile(world, [requestFor('reports')], direct);
    expect(report?.retry).toBeDefined();
    expect(takeOutcomes(world)).toEqual([]);
    world.before = () => undefined;
    // Until then, another function may be about to bind it.
    advance(world, hour);
    await runReconcile(world, [requestFor('reports', { delivery: 'again' })], direct);
    expect(takeOutcomes(world)).toMatchObject([
      { type: 'Confirmed', grant: 'in', reason: goneButBound('reports') },
      { type: 'Confirmed', grant: undefined },
    ]);
  });

  it('and names everything else that the role has, too', async () => {
    const world = bucketWorld([]);
    tagRole(world, { 'google-access': reader, 'google-access/in': asked });
    await settleAll(world, direct);
    bindBeside(world);
    tagRole(world, {});
    takeOutcomes(world);
    const event = {
      eventName: 'UntagRole',
      eventId: 'e-1',
      requestedBy: 'alice',
      keys: [{ key: 'google-access/in' }],
    } as const;
    const request = requestFor('reports', { namedKeys: ['google-access/in'], events: [event] });
    await runReconcile(world, [request], direct);
    const [outcome] = world.outcomes;
    expect(outcome?.detail.left?.map(({ grants }) => grants)).toEqual([['default'], []]);
  });

  it('even if the role changes in the meantime, and is planned again', async () => {
    const world = await untaggedBeside();
    tagWhileWriting(world);
    await runReconcile(world, [requestFor('reports')], direct);
    expect(takeOutcomes(world)).toMatchObject([
      { type: 'Confirmed', grant: 'in', reason: goneButBound('reports') },
      { type: 'Refused', grant: 'zzz' },
    ]);
  });
});

it('reports the end of a grant whose binding another grant keeps, even if the ledger cannot be closed', async () => {
  const world = bucketWorld([]);
  const tags = { 'google-access': reader, 'google-access/night': reader };
  tagRole(world, { ...tags, 'google-access/c': `${reader} until 2026-12-31` });
  await settleAll(world, direct);
  tagRole(world, { 'google-access': reader });
  takeOutcomes(world);
  let isEdited = false;
  world.after = (call) => {
    isEdited ||= call.startsWith('setIamPolicy');
  };
  world.before = (call) => {
    if (isEdited && call.startsWith('PutItem role#')) throw unavailable(call);
  };
  const [report] = await runReconcile(world, [requestFor('reports')], direct);
  expect(report?.retry).toBeDefined();
  expect(takeOutcomes(world)).toMatchObject([{ type: 'Confirmed', grant: 'night' }]);
});

it('names the role with its account, where several accounts may have one of this name', async () => {
  const two: Settings = {
    ...direct,
    accounts: [...direct.accounts, { id: '444455556666', provider: 'aws-444455556666' }],
  };
  const theirs = { partition: 'aws', accountId: '444455556666', roleName: 'reports' };
  const world = bucketWorld([]);
  setRole(world, theirs, [{ key: 'google-access/in', value: asked }]);
  await settleAll(world, two);
  bindBeside(world, { members: [memberOf(two, theirs)] });
  setRole(world, theirs, []);
  takeOutcomes(world);
  await runReconcile(world, [{ ...requestFor('reports'), ref: theirs }], two);
  expect(takeOutcomes(world)).toMatchObject([{ reason: goneButBound('444455556666/reports') }]);
});

it('says of a binding that no tag asked for only that it is gone, and that another one stays', async () => {
  const before = { role: viewer, members: [...eve.members, memberOf(direct, roleRef('app-old'))] };
  const world = bucketWorld([before]);
  tagRole(world, {}, 'app-old');
  tagFor(world);
  await settleAll(world, direct);
  bindBeside(world, { members: [memberOf(direct, roleRef('APP-old'))], condition: undefined });
  takeOutcomes(world);
  await runSweep(world, direct);
  await runRepair(world, direct);
  const [outcome] = takeOutcomes(world);
  expect(outcome).toMatchObject({
    type: 'Confirmed',
    grant: undefined,
    reason: expect.stringMatching(/^A binding is gone\. Another binding of the role to .* stays\./),
  });
});
