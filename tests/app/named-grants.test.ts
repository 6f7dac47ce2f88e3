import { reconcile } from '../../shared/app/reconcile.ts';
import { requestOf } from '../../shared/app/role-request.ts';
import { memberOf } from '../../shared/core/member.ts';
import { parseMessage } from '../../shared/core/message.ts';
import type { Settings } from '../../shared/core/settings.ts';
import { memoryPorts, setPolicy } from '../support/memory.ts';
import { tag as setTags } from '../support/reconciling.ts';
import { accountId, reader, reports, settings, writer } from '../support/settings.ts';
import { bindings, places, readerPolicy, settleAll, user, world, writerPolicy } from '../support/sweeping.ts';
import { entriesOf } from '../support/table.ts';

type Call = 'TagRole' | 'UntagRole' | 'CreateRole' | 'DeleteRole';

/** As CloudTrail, EventBridge and the queue bring it to the function. */
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
const boundOn = (made: ReturnType<typeof world>) =>
  [readerPolicy, writerPolicy].filter((policy) =>
    bindings(made, policy).some(({ members }) => members.includes(member)),
  );
const nothingAllowed: Settings = { ...settings, allow: [] };

/** A role with two grants; then the guardrail allows neither. */
const granted = async (tags: Readonly<Record<string, string>>) => {
  const made = world();
  setTags(made, tags);
  await settleAll(made);
  return made;
};
const two = { 'google-access': reader, 'google-access/night': writer };

const happens = async (
  made: ReturnType<typeof world>,
  call: Call,
  keys: readonly string[],
  using: Settings,
) => {
  const message = event(call, keys);
  if (message.kind === 'ignored') return message.reason;
  const [report] = await reconcile(using, memoryPorts(made), [requestOf(message, 'first')]);
  return report?.outcomes.map(({ type, detail }) => [type, detail.grant]);
};

describe('invariant 8: a role event may revoke only the grants that its own keys name', () => {
  it.each(['google-accessory', 'google-access-2', 'Google-Accessory/night', 'team'])(
    'the foreign key %s lifts nothing: the event is ignored',
    async (key) => {
      const made = await granted(two);
      for (const call of ['TagRole', 'UntagRole', 'CreateRole'] as const)
        expect(await happens(made, call, [key], nothingAllowed)).toContain('names no key of ours');
      expect(boundOn(made)).toEqual([readerPolicy, writerPolicy]);
      expect(places(made)).toHaveLength(4);
    },
  );

  it('setting one key again does not lift the limit for the others', async () => {
    const made = await granted(two);
    await happens(made, 'TagRole', ['google-access'], nothingAllowed);
    expect(boundOn(made)).toEqual([writerPolicy]);
    expect(places(made)).toEqual([
      'eu-west-1 /google-access/reports/night',
      'us-east-1 /google-access/reports/night',
    ]);
  });

  it('a key that asks for nothing lifts nothing, though it ends with the name of a grant', async () => {
    const made = await granted(two);
    await happens(made, 'TagRole', ['google-access/default', 'google-access/other'], nothingAllowed);
    expect(boundOn(made)).toEqual([readerPolicy, writerPolicy]);
    expect(places(made)).toHaveLength(4);
  });

  it('in any casing: to IAM, it is the same key', async () => {
    const made = await granted(two);
    await happens(made, 'UntagRole', ['GOOGLE-ACCESS/Night'], nothingAllowed);
    expect(boundOn(made)).toEqual([readerPolicy]);
  });

  it.each(['DeleteRole', 'CreateRole'] as const)('%s names all of the role', async (call) => {
    const made = await granted(two);
    await happens(made, call, ['google-access'], nothingAllowed);
    expect(boundOn(made)).toEqual([]);
    expect(places(made)).toEqual([]);
  });

  it('a moved tag ends the access that it named before', async () => {
    const made = await granted({ 'google-access': reader });
    setTags(made, { 'google-access': writer });
    await happens(made, 'TagRole', ['google-access'], settings);
    expect(boundOn(made)).toEqual([writerPolicy]);
  });

  it('a binding that no ledger entry explains is left to the sweep', async () => {
    const made = await granted({});
    setPolicy(made, readerPolicy, { bindings: [{ role: user, members: [member] }] });
    await happens(made, 'UntagRole', ['google-access'], settings);
    expect(boundOn(made)).toEqual([readerPolicy]);
  });
});

describe('a binding that serves two grants', () => {
  const shared = { 'google-access': reader, 'google-access/night': reader };

  it('stays while an event names one of them, though neither is asked for any more', async () => {
    const made = await granted(shared);
    expect(await happens(made, 'TagRole', ['google-access'], nothingAllowed)).toContainEqual([
      'Confirmed',
      'default',
    ]);
    expect(boundOn(made)).toEqual([readerPolicy]);
    expect(entriesOf(made)).toMatchObject([{ grants: ['night'] }]);
    // Its own config may go; the other grant's stays.
    expect(places(made)).toEqual([
      'eu-west-1 /google-access/reports/night',
      'us-east-1 /google-access/reports/night',
    ]);
  });

  it('stays listed with its end, where it has one', async () => {
    const made = await granted({
      'google-access': `${reader} until 2026-12-01`,
      'google-access/night': `${reader} until 2026-12-01`,
    });
    await happens(made, 'TagRole', ['google-access'], nothingAllowed);
    expect(entriesOf(made)).toMatchObject([{ grants: ['night'], condition: { title: 'rolebridge-until' } }]);
  });

  it('ends with the event of the last one: nothing waits for the sweep', async () => {
    const made = await granted(shared);
    setTags(made, {});
    await happens(made, 'UntagRole', ['google-access'], settings);
    expect(await happens(made, 'UntagRole', ['google-access/night'], settings)).toContainEqual([
      'Revoked',
      'night',
    ]);
    expect(boundOn(made)).toEqual([]);
    expect(entriesOf(made)).toEqual([]);
    expect(places(made)).toEqual([]);
  });

  it('ends with one event that names both', async () => {
    const made = await granted(shared);
    setTags(made, {});
    await happens(made, 'UntagRole', ['google-access', 'google-access/night'], settings);
    expect(boundOn(made)).toEqual([]);
  });
});
