import { reconcile } from '../../shared/app/reconcile.ts';
import { requestOf } from '../../shared/app/role-run.ts';
import { memberOf } from '../../shared/core/member.ts';
import { parseMessage } from '../../shared/core/message.ts';
import type { Settings } from '../../shared/core/settings.ts';
import { workloadIdentityUser } from '../../shared/core/target.ts';
import { type MemoryWorld, memoryPorts, setPolicy } from '../support/memory.ts';
import { accountId, reader, reports, settings, writer } from '../support/settings.ts';
import { readerPolicy, writerPolicy } from '../support/snapshot.ts';
import { settleAll } from '../support/sweeping.ts';
import { entriesOf } from '../support/table.ts';
import { bindingsOf, createWorld, parameterPlaces, sharedBinding, tagRole } from '../support/world.ts';

type Call = 'TagRole' | 'UntagRole' | 'CreateRole' | 'DeleteRole';

/** The way CloudTrail, EventBridge and the queue deliver it to the function. */
const event = (eventName: Call, keys: readonly string[]) => {
  const named =
    eventName === 'UntagRole' ? { tagKeys: keys } : { tags: keys.map((key) => ({ key, value: reader })) };
  const body = {
    source: 'aws.iam',
    account: accountId,
    region: 'us-east-1',
    detail: {
      eventSource: 'iam.amazonaws.com',
      eventName,
      eventID: 'e-1',
      eventTime: '2026-11-24T12:00:00Z',
      recipientAccountId: accountId,
      requestParameters: { roleName: 'reports', ...named },
    },
  };
  return parseMessage(JSON.stringify(body), [accountId], settings.tagKey);
};

const member = memberOf(settings, reports);
const boundOn = (world: MemoryWorld) =>
  [readerPolicy, writerPolicy].filter((policy) =>
    bindingsOf(world, policy).some(({ members }) => members.includes(member)),
  );
const nothingAllowed: Settings = { ...settings, allow: [] };

/** A role with two grants; then the guardrail allows neither. */
const granted = async (tags: Readonly<Record<string, string>>) => {
  const world = createWorld({ readerBindings: [sharedBinding] });
  tagRole(world, tags);
  await settleAll(world);
  return world;
};
const two = { 'google-access': reader, 'google-access/night': writer };

const happens = async (world: MemoryWorld, call: Call, keys: readonly string[], using: Settings) => {
  const message = event(call, keys);
  if (message.kind === 'ignored') return message.reason;
  const [report] = await reconcile(using, memoryPorts(world), [requestOf(message, 'first')]);
  return report?.outcomes.map(({ type, detail }) => [type, detail.grant]);
};

describe('invariant 8: a role event may revoke only the grants that its own keys name', () => {
  it.each(['google-accessory', 'google-access-2', 'Google-Accessory/night', 'team'])(
    'the foreign key %s lifts nothing: the event is ignored',
    async (key) => {
      const world = await granted(two);
      for (const call of ['TagRole', 'UntagRole', 'CreateRole'] as const)
        expect(await happens(world, call, [key], nothingAllowed)).toContain('names no key of ours');
      expect(boundOn(world)).toEqual([readerPolicy, writerPolicy]);
      expect(parameterPlaces(world)).toHaveLength(4);
    },
  );

  it('setting one key again does not lift the limit for the others', async () => {
    const world = await granted(two);
    await happens(world, 'TagRole', ['google-access'], nothingAllowed);
    expect(boundOn(world)).toEqual([writerPolicy]);
    expect(parameterPlaces(world)).toEqual([
      'eu-west-1 /google-access/reports/night',
      'us-east-1 /google-access/reports/night',
    ]);
  });

  it('a key that requests nothing lifts nothing, even if it ends with the name of a grant', async () => {
    const world = await granted(two);
    await happens(world, 'TagRole', ['google-access/default', 'google-access/other'], nothingAllowed);
    expect(boundOn(world)).toEqual([readerPolicy, writerPolicy]);
    expect(parameterPlaces(world)).toHaveLength(4);
  });

  it('in any casing: to IAM, it is the same key', async () => {
    const world = await granted(two);
    await happens(world, 'UntagRole', ['GOOGLE-ACCESS/Night'], nothingAllowed);
    expect(boundOn(world)).toEqual([readerPolicy]);
  });

  it.each(['DeleteRole', 'CreateRole'] as const)('%s names all keys of the role', async (call) => {
    const world = await granted(two);
    await happens(world, call, ['google-access'], nothingAllowed);
    expect(boundOn(world)).toEqual([]);
    expect(parameterPlaces(world)).toEqual([]);
  });

  it('a moved tag ends the access that it named before', async () => {
    const world = await granted({ 'google-access': reader });
    tagRole(world, { 'google-access': writer });
    await happens(world, 'TagRole', ['google-access'], settings);
    expect(boundOn(world)).toEqual([writerPolicy]);
  });

  it('a binding that no ledger entry explains is left to the sweep', async () => {
    const world = await granted({});
    setPolicy(world, readerPolicy, { bindings: [{ role: workloadIdentityUser, members: [member] }] });
    await happens(world, 'UntagRole', ['google-access'], settings);
    expect(boundOn(world)).toEqual([readerPolicy]);
  });
});

describe('a binding that serves two grants', () => {
  const shared = { 'google-access': reader, 'google-access/night': reader };

  it('stays while an event names only one of them, even if no tag requests either any more', async () => {
    const world = await granted(shared);
    expect(await happens(world, 'TagRole', ['google-access'], nothingAllowed)).toContainEqual([
      'Confirmed',
      'default',
    ]);
    expect(boundOn(world)).toEqual([readerPolicy]);
    expect(entriesOf(world)).toMatchObject([{ grants: ['night'] }]);
    // Its own config may be removed; the other grant's stays.
    expect(parameterPlaces(world)).toEqual([
      'eu-west-1 /google-access/reports/night',
      'us-east-1 /google-access/reports/night',
    ]);
  });

  it('stays listed with its end, if it has one', async () => {
    const world = await granted({
      'google-access': `${reader} until 2026-12-01`,
      'google-access/night': `${reader} until 2026-12-01`,
    });
    await happens(world, 'TagRole', ['google-access'], nothingAllowed);
    expect(entriesOf(world)).toMatchObject([{ grants: ['night'], condition: { title: 'rolebridge-until' } }]);
  });

  it('ends with the event of the last one: nothing waits for the sweep', async () => {
    const world = await granted(shared);
    tagRole(world, {});
    await happens(world, 'UntagRole', ['google-access'], settings);
    expect(await happens(world, 'UntagRole', ['google-access/night'], settings)).toContainEqual([
      'Revoked',
      'night',
    ]);
    expect(boundOn(world)).toEqual([]);
    expect(entriesOf(world)).toEqual([]);
    expect(parameterPlaces(world)).toEqual([]);
  });

  it('ends with one event that names both', async () => {
    const world = await granted(shared);
    tagRole(world, {});
    await happens(world, 'UntagRole', ['google-access', 'google-access/night'], settings);
    expect(boundOn(world)).toEqual([]);
  });
});
