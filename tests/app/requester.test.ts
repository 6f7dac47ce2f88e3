import fc from 'fast-check';
import { reconcile } from '../../shared/app/reconcile.ts';
import { requestOf } from '../../shared/app/role-run.ts';
import { driftDetailType } from '../../shared/core/drift.ts';
import { parseMessage, secondLookBody } from '../../shared/core/message.ts';
import type { OutcomeDetail } from '../../shared/core/outcome.ts';
import type { Settings } from '../../shared/core/settings.ts';
import { type MemoryWorld, memoryPorts, setPolicy } from '../support/memory.ts';
import { accountId, email, reader, reports, settings, now as today, writer } from '../support/settings.ts';
import { readerPolicy } from '../support/snapshot.ts';
import { entriesOf } from '../support/table.ts';
import { createWorld, tagRole } from '../support/world.ts';

const key = 'google-access';
const other = 'google-access/other';

/** A call of IAM: who, which, when (in seconds), and the tags or keys that it names. */
interface Call {
  readonly by: string;
  readonly name: 'TagRole' | 'UntagRole' | 'CreateRole' | 'DeleteRole';
  readonly at?: number;
  readonly tags?: Readonly<Record<string, string>>;
  readonly keys?: readonly string[];
  /** @default one for each caller and second */
  readonly id?: string;
}
const timeOf = (at: number): string => new Date(Date.UTC(2026, 10, 24, 12, 0, at)).toISOString();
const body = ({ by, name, at = 0, tags = {}, keys = [], id = `${by}-${name}-${at}` }: Call): unknown => ({
  source: 'aws.iam',
  account: accountId,
  region: 'us-east-1',
  detail: {
    eventSource: 'iam.amazonaws.com',
    eventName: name,
    eventID: id,
    eventTime: timeOf(at),
    recipientAccountId: accountId,
    userIdentity: { arn: by },
    requestParameters: {
      roleName: 'reports',
      ...(name === 'UntagRole'
        ? { tagKeys: keys }
        : { tags: Object.entries(tags).map(([one, value]) => ({ key: one, value })) }),
    },
  },
});
const drift = {
  source: 'rolebridge',
  'detail-type': driftDetailType,
  id: 'd-1',
  detail: { at: today.toISOString(), role: reports, resources: [readerPolicy], released: [readerPolicy] },
};
const batch = async (world: MemoryWorld, bodies: readonly unknown[], using: Settings = settings) => {
  const requests = bodies.flatMap((one) => {
    const message = parseMessage(JSON.stringify(one), [accountId], using.tagKey);
    return message.kind === 'ignored' ? [] : [requestOf(message, 'first')];
  });
  await reconcile(using, memoryPorts(world), requests);
  return world.outcomes.splice(0);
};
/** `Granted default alice TagRole`; `~alice` is a recorded caller. */
const lines = (outcomes: readonly { readonly type: string; readonly detail: OutcomeDetail }[]) =>
  outcomes
    .map(({ type, detail: { grant, requestedBy, isRecorded, cause } }) =>
      [
        type,
        grant ?? '?',
        requestedBy === undefined ? 'nobody' : `${isRecorded === true ? '~' : ''}${requestedBy}`,
        cause.because ?? cause.eventIds?.join('+') ?? cause.eventName,
      ].join(' '),
    )
    .toSorted();
const given = async (tags: Readonly<Record<string, string>>, by = 'olga'): Promise<MemoryWorld> => {
  const world = createWorld();
  tagRole(world, tags);
  await batch(world, [body({ by, name: 'TagRole', tags })]);
  return world;
};
const expectInAnyOrder = async (
  make: () => Promise<MemoryWorld> | MemoryWorld,
  bodies: readonly unknown[],
  expected: readonly string[],
  using: Settings = settings,
): Promise<void> => {
  for (const order of [bodies, bodies.toReversed()])
    expect(lines(await batch(await make(), order, using))).toEqual(expected);
};
const tagged = (tags: Readonly<Record<string, string>>) => () => {
  const world = createWorld();
  tagRole(world, tags);
  return world;
};
const after =
  (before: Readonly<Record<string, string>>, now: Readonly<Record<string, string>>) => async () => {
    const world = await given(before);
    tagRole(world, now);
    return world;
  };

describe('invariant 6: granted access is attributed to the event that names its key with its value', () => {
  const asks = { [key]: reader };
  const alice = body({ by: 'alice', name: 'TagRole', tags: asks });

  it('even beside a drift in the batch', () =>
    expectInAnyOrder(tagged(asks), [alice, drift], ['Granted default alice TagRole']));

  it.each([
    ['UntagRole', { keys: [other] }],
    ['TagRole', { tags: { [other]: 'x' } }],
    ['TagRole', { tags: { [key]: writer } }],
  ] as const)('not to a %s in the batch, earlier or later, that names %j', async (name, named) => {
    for (const at of [-9, 9])
      await expectInAnyOrder(
        tagged(asks),
        [alice, body({ by: 'bob', name, at, ...named })],
        ['Granted default alice TagRole'],
      );
  });

  it.each([
    ['CreateRole', { tags: { [key]: writer } }],
    ['DeleteRole', {}],
  ] as const)(
    'not to a %s before it; after it, the tag is that of another role, and no one is named',
    async (name, named) => {
      const by = (at: number) => body({ by: 'bob', name, at, ...named });
      await expectInAnyOrder(tagged(asks), [alice, by(-9)], ['Granted default alice TagRole']);
      await expectInAnyOrder(tagged(asks), [alice, by(9)], ['Granted default nobody otherEvent']);
    },
  );

  it('each of two grants to its own caller', () =>
    expectInAnyOrder(
      tagged({ [key]: reader, [other]: writer }),
      [alice, body({ by: 'bob', name: 'TagRole', at: 5, tags: { [other]: writer } })],
      ['Granted default alice TagRole', 'Granted other bob TagRole'],
    ));

  it('two grants of one account to their callers, though they are one binding', async () => {
    const bodies = [alice, body({ by: 'bob', name: 'TagRole', at: 5, tags: { [other]: reader } })];
    await expectInAnyOrder(tagged({ [key]: reader, [other]: reader }), bodies, [
      'Granted default alice TagRole',
      'Granted other bob TagRole',
    ]);
  });

  it('if several set this value, to the latest', () =>
    expectInAnyOrder(
      tagged(asks),
      [alice, body({ by: 'bob', name: 'TagRole', at: 5, tags: asks })],
      ['Granted default bob TagRole'],
    ));

  it('to no one if two did in the same second: all events are listed', () =>
    expectInAnyOrder(
      tagged(asks),
      [alice, body({ by: 'bob', name: 'TagRole', tags: asks })],
      ['Granted default nobody alice-TagRole-0+bob-TagRole-0'],
    ));

  it('to its caller if the event was delivered twice', () =>
    expectInAnyOrder(tagged(asks), [alice, alice], ['Granted default alice TagRole']));

  it('in any casing of the key, which IAM ignores', async () => {
    const named = { 'GOOGLE-access': reader };
    await expectInAnyOrder(
      tagged(asks),
      [body({ by: 'alice', name: 'TagRole', tags: named })],
      ['Granted default alice TagRole'],
    );
    await expectInAnyOrder(
      tagged(named),
      [body({ by: 'alice', name: 'CreateRole', tags: named })],
      ['Refused default alice CreateRole'],
    );
  });

  it('a refusal, too', () =>
    expectInAnyOrder(
      tagged({ [key]: email('x').replace('acme-data', 'other'), [other]: 'nonsense' }),
      [
        body({ by: 'alice', name: 'TagRole', tags: { [key]: email('x').replace('acme-data', 'other') } }),
        body({ by: 'bob', name: 'TagRole', at: 3, tags: { [other]: 'nonsense' } }),
      ],
      ['Refused default alice TagRole', 'Refused other bob TagRole'],
    ));

  it('if none names it: to no one, or to the caller that the ledger recorded', async () => {
    await expectInAnyOrder(
      tagged(asks),
      [body({ by: 'bob', name: 'UntagRole', keys: [other] })],
      ['Granted default nobody otherEvent'],
    );
    const unbound = async () => {
      const world = await given(asks);
      setPolicy(world, readerPolicy, {});
      return world;
    };
    await expectInAnyOrder(unbound, [drift], ['Granted default ~olga sweep']);
  });

  it('not to the caller that the ledger recorded for another value', async () => {
    const world = await given(asks);
    tagRole(world, { [key]: writer });
    const bob = body({ by: 'bob', name: 'TagRole', tags: { [other]: reader } });
    expect(lines(await batch(world, [bob]))).toContain('Granted default nobody otherEvent');
  });
});

describe('invariant 6: access that ends is attributed to the event that ended it', () => {
  const asks = { [key]: reader };

  it.each<readonly [string, Call]>([
    ['the UntagRole that names its key', { by: 'alice', name: 'UntagRole', keys: ['Google-Access'] }],
    ['the DeleteRole', { by: 'alice', name: 'DeleteRole' }],
    ['a TagRole that set another value', { by: 'alice', name: 'TagRole', tags: { [key]: 'nonsense' } }],
  ])('%s', (_, call) =>
    expectInAnyOrder(
      after(asks, {}),
      [body(call), body({ by: 'bob', name: 'UntagRole', at: 9, keys: [other] }), drift],
      [`Revoked default alice ${call.name}`],
    ),
  );

  it('a moved tag: both to its mover, not to the caller that had set the old value', () =>
    expectInAnyOrder(
      after(asks, { [key]: writer }),
      [
        body({ by: 'bob', name: 'TagRole', at: 1, tags: asks }),
        body({ by: 'alice', name: 'TagRole', at: 1, tags: { [key]: writer } }),
      ],
      ['Granted default alice TagRole', 'Revoked default alice TagRole'],
    ));

  it('if several fit, to the latest; in the same second, to no one', async () => {
    const untag = (by: string, at: number) => body({ by, name: 'UntagRole', at, keys: [key] });
    await expectInAnyOrder(
      after(asks, {}),
      [untag('alice', 5), untag('bob', 4)],
      ['Revoked default alice UntagRole'],
    );
    await expectInAnyOrder(
      after(asks, {}),
      [untag('alice', 4), untag('bob', 4)],
      ['Revoked default nobody alice-UntagRole-4+bob-UntagRole-4'],
    );
    await expectInAnyOrder(
      after(asks, {}),
      [untag('alice', 4), body({ by: 'bob', name: 'DeleteRole', at: 4 })],
      ['Revoked default nobody alice-UntagRole-4+bob-DeleteRole-4'],
    );
  });

  it('by the sweep: to the caller that the ledger recorded, marked as such', () =>
    expectInAnyOrder(after(asks, {}), [drift], ['Revoked default ~olga sweep']));

  it('by a changed guardrail, or its own end: to that, and to the caller that the ledger recorded', async () => {
    const closed = { ...settings, allow: [] };
    const lost = ['Refused default ~olga guardrailChanged', 'Revoked default ~olga guardrailChanged'];
    await expectInAnyOrder(() => given(asks), [drift], lost, closed);
    // An event of another key removes nothing of this one: that is left to the sweep.
    const otherKey = body({ by: 'bob', name: 'UntagRole', keys: [other] });
    await expectInAnyOrder(() => given(asks), [otherKey], lost.slice(0, 1), closed);
    const passed = async () => {
      const world = await given({ [key]: `${reader} until 2026-12-01` });
      world.now = new Date('2026-12-03T00:00:00Z');
      return world;
    };
    await expectInAnyOrder(
      passed,
      [drift],
      ['Refused default ~olga expired', 'Revoked default ~olga expired'],
    );
  });

  it('one of two grants that share a binding', async () => {
    const world = await given(asks, 'alice');
    tagRole(world, { ...asks, [other]: reader });
    await batch(world, [body({ by: 'bob', name: 'TagRole', tags: { [other]: reader } })]);
    expect(entriesOf(world)[0]?.requesters?.map(({ grant, requestedBy }) => [grant, requestedBy])).toEqual([
      ['default', 'alice'],
      ['other', 'bob'],
    ]);
    tagRole(world, { [other]: reader });
    expect(lines(await batch(world, [drift]))).toEqual(['Confirmed default ~alice sweep']);
    tagRole(world, {});
    expect(lines(await batch(world, [drift]))).toEqual(['Revoked other ~bob sweep']);
  });

  it('a binding that the ledger did not list: by DeleteRole alone', async () => {
    const unlisted = async () => {
      const world = await given(asks);
      world.table.clear();
      tagRole(world, {});
      return world;
    };
    const untag = body({ by: 'alice', name: 'UntagRole', keys: [key] });
    await expectInAnyOrder(unlisted, [untag, drift], ['Revoked ? nobody sweep']);
    await expectInAnyOrder(
      unlisted,
      [body({ by: 'bob', name: 'DeleteRole' }), drift],
      ['Revoked ? bob DeleteRole'],
    );
  });
});

describe('the second look', () => {
  it('knows the events of the first', async () => {
    const world = tagged({})();
    await batch(world, [
      body({ by: 'alice', name: 'TagRole', tags: { [key]: reader } }),
      body({ by: 'bob', name: 'TagRole', tags: { [other]: writer } }),
    ]);
    const [look] = world.secondLooks.splice(0);
    // IAM returned the earlier state; now it returns the tags.
    tagRole(world, { [key]: reader, [other]: writer });
    expect(lines(await batch(world, look === undefined ? [] : [JSON.parse(secondLookBody(look))]))).toEqual([
      'Granted default alice TagRole',
      'Granted other bob TagRole',
    ]);
  });
});

describe('invariant 6, for any batch in any order', () => {
  const keys = [key, other, 'google-access/third'];
  const values = [reader, writer, `${reader} until 2026-12-01`, 'nonsense'];
  const calls = fc.record({
    name: fc.constantFrom('TagRole', 'UntagRole', 'CreateRole', 'DeleteRole'),
    at: fc.integer({ min: 0, max: 3 }),
    tags: fc.dictionary(fc.constantFrom(...keys, 'google-accessory'), fc.constantFrom(...values)),
    keys: fc.array(fc.constantFrom(...keys)),
  });
  const tagSets = fc.dictionary(fc.constantFrom(...keys), fc.constantFrom(...values));

  it('the caller names that key, and set that value or ended it; the order changes nothing', () =>
    fc.assert(
      fc.asyncProperty(
        tagSets,
        tagSets,
        fc.array(calls, { minLength: 1, maxLength: 5 }),
        fc.boolean(),
        fc.infiniteStream(fc.nat()),
        async (before, now, random, hasDrift, dice) => {
          const all = random.map(
            (call, index): Call => ({ ...call, by: `caller-${index}`, id: `id-${index}` }),
          );
          const make = async () => {
            const world = await given(before);
            tagRole(world, now);
            return world;
          };
          const bodies = [...all.map(body), ...(hasDrift ? [drift] : [])];
          const shuffled = bodies
            .map((one) => ({ one, place: dice.next().value ?? 0 }))
            .toSorted((a, b) => a.place - b.place)
            .map(({ one }) => one);
          const outcomes = await batch(await make(), bodies);
          expect(lines(await batch(await make(), shuffled))).toEqual(lines(outcomes));
          for (const { detail } of outcomes) {
            if (detail.requestedBy === undefined || detail.isRecorded === true) continue;
            const by = all.find((call) => call.by === detail.requestedBy);
            if (by === undefined) throw new Error(`${detail.requestedBy} called nothing`);
            if (detail.grant === undefined && detail.target === undefined) continue;
            expect(isFit(by, detail, before)).toBe(true);
            // No other event that fits is as late.
            for (const call of all)
              if (call !== by && isFit(call, detail, before)) expect(call.at ?? 0).toBeLessThan(by.at ?? 0);
          }
        },
      ),
      { numRuns: 300 },
    ));

  const isFit = (
    { name, tags = {}, keys: removed = [] }: Call,
    { grant, tag: asking }: OutcomeDetail,
    before: Readonly<Record<string, string>>,
  ): boolean => {
    const named = asking?.key ?? (grant === 'default' ? key : `${key}/${grant ?? '?'}`);
    const value = Object.hasOwn(tags, named) ? tags[named] : undefined;
    if (asking !== undefined) return (name === 'TagRole' || name === 'CreateRole') && value === asking.value;
    if (name === 'DeleteRole') return true;
    if (name === 'UntagRole') return removed.includes(named);
    return name === 'TagRole' && value !== undefined && value !== before[named];
  };
});
