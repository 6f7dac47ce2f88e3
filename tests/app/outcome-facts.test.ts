import fc from 'fast-check';
import { faultsOf } from '../../scripts/outcome-schema.ts';
import { failureOf, resultsById } from '../../shared/app/change-result.ts';
import type { Change } from '../../shared/core/change.ts';
import { PermanentError, RetryableError } from '../../shared/core/errors.ts';
import type { Outcome } from '../../shared/core/outcome.ts';
import type { Mode } from '../../shared/core/settings.ts';
import { type MemoryWorld, memoryPorts, setPolicy, unavailable } from '../support/memory.ts';
import { bindings, member } from '../support/memory-world.ts';
import { failing, request, run, tag, told, world } from '../support/reconciling.ts';
import { reader, settings, writer } from '../support/settings.ts';
import { binding, readerPolicy, writerPolicy } from '../support/snapshot.ts';
import { entriesOf, entryFor, setEntries } from '../support/table.ts';

const key = 'google-access';
const modes: readonly Mode[] = ['sync', 'upsert-only', 'dry-run'];
const using = (mode: Mode) => ({ ...settings, mode });
const place = (region: string, grant = 'default') => ({ region, name: `/google-access/reports/${grant}` });
const first = (made: MemoryWorld): Outcome['detail'] | undefined => made.outcomes[0]?.detail;
const withAccess = async (tags: Readonly<Record<string, string>> = { [key]: reader }) => {
  const made = world();
  tag(made, tags);
  await run(made);
  made.outcomes.length = 0;
  return made;
};
/** The next event comes when no function can be at work on the last one any more. */
const later = (made: MemoryWorld): void => {
  made.now = new Date(made.now.getTime() + 20 * 60_000);
};
const tagged = (tags: Readonly<Record<string, string>> = { [key]: reader }): MemoryWorld => {
  const made = world();
  tag(made, tags);
  return made;
};
const refusal = new PermanentError('not permitted');

describe('what became of a change', () => {
  const change: Change = {
    kind: 'publish',
    id: 'publish us-east-1 /a/b',
    grants: ['default'],
    email: reader,
    region: 'us-east-1',
    name: '/a/b',
    value: '{}',
    description: '',
    isNew: true,
    replaces: [],
  };

  it('is found by its id: a copy of a change has the same result', () => {
    const results = resultsById(
      [change],
      new Map([[change, { kind: 'failed', error: refusal, isAbsent: false }]]),
    );
    expect(failureOf(results.get(structuredClone(change).id))).toBe(refusal);
  });

  it('is a failure where nothing is known of it: no outcome may call it done', () => {
    const results = resultsById([structuredClone(change)], new Map([[change, { kind: 'done' }]]));
    expect(failureOf(results.get(change.id))).toEqual(
      new RetryableError('Nothing is known of the change "publish us-east-1 /a/b". It will be tried again.'),
    );
  });
});

describe.each<Mode>(['sync', 'upsert-only'])('invariant 5, in mode %s', (mode) => {
  it('a bind that fails is Failed', async () => {
    const made = tagged();
    failing(made, /^setIamPolicy/, refusal);
    await run(made, undefined, using(mode));
    expect(told(made)).toEqual([['Failed', 'default', 'not permitted']]);
  });

  it('a copy that fails in a second region is a part of Granted', async () => {
    const made = tagged();
    failing(made, /^PutParameter eu-west-1/, refusal);
    await run(made, undefined, using(mode));
    expect(first(made)).toMatchObject({
      parameters: [place('us-east-1')],
      failed: [{ part: 'config', ...place('eu-west-1'), reason: 'not permitted' }],
      reason:
        'Granted; effective within minutes. Its config could not be published in eu-west-1: not permitted',
    });
    expect(made.outcomes.map(({ type }) => type)).toEqual(['Granted']);
  });

  it('a copy that will be tried again is pending, and its failure is told when the tries are over', async () => {
    const made = tagged();
    failing(made, /^PutParameter eu-west-1/, unavailable('SSM'));
    await run(made, undefined, using(mode));
    expect(first(made)).toMatchObject({ parameters: [place('us-east-1')], pending: [place('eu-west-1')] });
    expect(first(made)).not.toHaveProperty('failed');
    made.outcomes.length = 0;
    await run(made, [request('reports', { delivery: 'again' })], using(mode));
    expect(told(made)).toEqual([]);
    await run(made, [request('reports', { delivery: 'last' })], using(mode));
    expect(first(made)).toMatchObject({ failed: [{ part: 'config', ...place('eu-west-1') }] });
    expect(told(made)).toEqual([
      [
        'Failed',
        'default',
        'The access is there. Its config could not be published in eu-west-1: SSM is not available (503). That was the last try: the message goes to the dead-letter queue.',
      ],
    ]);
  });

  it('all copies that fail: Granted, since the binding is there, without one place', async () => {
    const made = tagged();
    failing(made, /^PutParameter/, refusal);
    await run(made, undefined, using(mode));
    expect(first(made)).toMatchObject({ parameters: [], failed: [place('us-east-1'), place('eu-west-1')] });
    expect(told(made).map(([type]) => type)).toEqual(['Granted']);
  });

  it('a repair of a config that fails: Failed, and it says that the access is there', async () => {
    const made = await withAccess();
    made.parameters.delete('eu-west-1 /google-access/reports/default');
    failing(made, /^PutParameter/, refusal);
    await run(made, undefined, using(mode));
    expect(told(made)).toEqual([
      [
        'Failed',
        'default',
        'The access is there. Its config could not be published in eu-west-1: not permitted',
      ],
    ]);
  });

  it.each<[string, (made: MemoryWorld) => void]>([
    ['Google refuses to read its policy', (made) => made.denied.add(writerPolicy)],
    [
      'Google refuses the write',
      (made) => failing(made, new RegExp(`^setIamPolicy ${writerPolicy}`), refusal),
    ],
    [
      'Google is not there',
      (made) => failing(made, new RegExp(`IamPolicy ${writerPolicy}`), unavailable('Google')),
    ],
    ['Google takes no such member', (made) => made.rejected.add(member)],
    ['the account does not exist', (made) => made.policies.delete(writerPolicy)],
  ])(
    'a tag that moves to an account where %s: the old config is not removed by upsert-only',
    async (_, refuse) => {
      const made = await withAccess();
      const before = [...made.parameters].map(([name, { value }]) => [name, value]);
      later(made);
      tag(made, { [key]: writer });
      refuse(made);
      for (const delivery of ['first', 'again', 'last'] as const)
        await run(made, [request('reports', { delivery, reportedAbsent: [writerPolicy] })], using(mode));
      expect(made.outcomes.map(({ type }) => type)).not.toContain('Granted');
      const isBound = bindings(made).some(({ members }) => members.includes(member));
      if (mode === 'upsert-only') {
        expect(isBound).toBe(true);
        expect([...made.parameters].map(([name, { value }]) => [name, value])).toEqual(before);
        expect(made.outcomes.map(({ type }) => type)).not.toContain('Revoked');
      }
      expect(made.outcomes.some(({ type }) => type === 'Revoked')).toBe(!isBound);
    },
  );
});

describe('invariant 5: access that stays', () => {
  const again = [request('reports', { delivery: 'again' })];

  it('in mode upsert-only is in Confirmed, and in the Granted of the same account', async () => {
    const made = await withAccess();
    later(made);
    tag(made, { [key]: `${reader} until 2026-12-01`, [`${key}/w`]: writer });
    await run(made, again, using('upsert-only'));
    const left = [
      {
        grants: ['default'],
        target: { kind: 'serviceAccount', email: reader },
        member,
        since: '2026-11-24T12:00:00.000Z',
        isSeen: true,
        reason: 'Mode upsert-only removes no access.',
      },
    ];
    const [forReader, forWriter, confirmed] = made.outcomes;
    expect(forReader).toMatchObject({ type: 'Granted', detail: { left } });
    expect(forWriter?.detail).not.toHaveProperty('left');
    expect(confirmed).toMatchObject({ type: 'Confirmed', detail: { left } });
    expect(confirmed?.detail.grants?.map(({ grant }) => grant)).toEqual(['default', 'w']);
  });

  it('because no sweep released it is in Confirmed', async () => {
    const made = await withAccess();
    later(made);
    tag(made, {});
    await run(made, [request('reports', { delivery: 'again', namedKeys: [], released: [writerPolicy] })]);
    expect(first(made)).toMatchObject({
      grants: [],
      left: [{ grants: ['default'], isSeen: true, reason: expect.stringContaining('revocation limit') }],
    });
  });

  it('because the pool is not proven to be ours is in Confirmed', async () => {
    const made = tagged({});
    setPolicy(made, readerPolicy, { bindings: [binding([request().ref])] });
    made.ownership = { kind: 'unproven', reason: 'no marker' };
    await run(made, [request('reports', { delivery: 'again', resources: [readerPolicy] })]);
    expect(first(made)).toMatchObject({
      left: [{ grants: [], isSeen: true, reason: 'Its pool is not proven to be ours.' }],
    });
  });

  it('and could not be looked at is told as not seen', async () => {
    const made = await withAccess();
    later(made);
    tag(made, {});
    made.denied.add(readerPolicy);
    await run(made, again, using('upsert-only'));
    expect(first(made)).toMatchObject({ grants: [], left: [{ grants: ['default'], isSeen: false }] });
  });

  it('since the binding that another one replaces could not be removed is a part of Granted', async () => {
    const made = await withAccess();
    later(made);
    tag(made, { [key]: `${reader} until 2026-12-01` });
    const { policies } = memoryPorts(made);
    // Google takes no edit that removes the old one.
    const write: typeof policies.write = async (resource, edited) =>
      edited.bindings?.some(({ condition }) => condition === undefined) === true
        ? policies.write(resource, edited)
        : { kind: 'rejected', reason: 'not this one' };
    await run(made, undefined, settings, { policies: { ...policies, write } });
    const reason = `Google rejected the allow policy of ${reader}: not this one`;
    expect(first(made)).toMatchObject({ failed: [{ part: 'binding', reason }] });
    expect(told(made)).toEqual([
      [
        'Granted',
        'default',
        `Granted; effective within minutes. An earlier binding could not be removed, and gives the access without an end: ${reason}`,
      ],
    ]);
  });

  it('a grant that another one outlives: Confirmed says what is there, not what is wanted', async () => {
    const made = await withAccess({ [key]: reader, [`${key}/x`]: reader });
    later(made);
    tag(made, { [key]: reader });
    setPolicy(made, readerPolicy, {});
    failing(made, /^setIamPolicy/, refusal);
    await run(made);
    const confirmed = made.outcomes.find(({ type }) => type === 'Confirmed')?.detail;
    expect(confirmed).toMatchObject({ grant: 'x', grants: [] });
    expect(confirmed?.reason).toMatch(/which is not there, or could not be looked at/);
  });
});

it('a grant with two bindings, one of which another grant keeps: it ends once, and is not revoked', async () => {
  const made = await withAccess({ [`${key}/x`]: reader });
  later(made);
  // The ledger lists the second binding, too; the write failed, or was never made.
  setEntries(made, [
    entryFor(reader, { grants: ['x'] }),
    entryFor(reader, {
      grants: ['x'],
      condition: {
        title: 'rolebridge-until',
        expression: 'request.time < timestamp("2026-12-01T00:00:00Z")',
      },
    }),
  ]);
  tag(made, { [key]: reader });
  await run(made);
  expect(told(made).map(([type, grant]) => [type, grant])).toEqual([
    ['Confirmed', 'x'],
    ['Granted', 'default'],
  ]);
});

describe('ids', () => {
  const ids = (made: MemoryWorld, type: Outcome['type'] = 'Granted') =>
    made.outcomes.filter((one) => one.type === type).map(({ detail }) => detail.id);
  const ticking = (made: MemoryWorld): void => {
    made.after = (call) => {
      if (call.startsWith('PutItem')) made.now = new Date(made.now.getTime() + 1);
    };
  };

  it('A-B-A while one event is worked on: three grants, three ids', async () => {
    const made = tagged();
    ticking(made);
    let reads = 0;
    made.before = (call) => {
      if (!call.startsWith('GetRole')) return;
      reads += 1;
      if (reads === 2) tag(made, { [key]: writer });
      if (reads === 4) tag(made, { [key]: reader });
    };
    await run(made);
    expect(made.outcomes.map(({ type }) => type)).toEqual([
      'Granted',
      'Revoked',
      'Granted',
      'Revoked',
      'Granted',
    ]);
    expect(new Set(made.outcomes.map(({ detail }) => detail.id)).size).toBe(5);
  });

  it('A-B-A by messages whose events have one id, as a drift of the sweep has', async () => {
    const made = world();
    ticking(made);
    for (const email of [reader, writer, reader]) {
      tag(made, { [key]: email });
      await run(made);
    }
    expect(new Set(ids(made)).size).toBe(3);
    expect(new Set(ids(made, 'Revoked')).size).toBe(2);
  });

  it('a binding that someone removed by hand and that is made again long after: another fact', async () => {
    const made = tagged();
    await run(made);
    later(made);
    setPolicy(made, readerPolicy, {});
    await run(made);
    expect(new Set(ids(made)).size).toBe(2);
    expect(entriesOf(made)).toMatchObject([
      { since: made.now.toISOString(), requesters: [{ grant: 'default', requestedBy: 'alice' }] },
    ]);
  });

  it('a replay: the answer of EventBridge is lost, so that all is told again', async () => {
    const made = tagged();
    made.after = (call) => {
      if (call === 'PutEvents') throw unavailable('EventBridge');
    };
    // Its config is written anew each time: something is to be told each time.
    for (const delivery of ['first', 'again', 'again'] as const) {
      made.parameters.clear();
      later(made);
      await run(made, [request('reports', { delivery })]);
    }
    expect(ids(made)).toHaveLength(3);
    expect(new Set(ids(made)).size).toBe(1);
    expect(new Set(ids(made, 'Confirmed')).size).toBe(1);
  });

  it('a second look: the same fact has the same id', async () => {
    const made = tagged();
    await run(made);
    made.parameters.clear();
    await run(made, [request('reports', { pass: 'second', needsRecheck: false, reported: '' })]);
    expect(ids(made)).toHaveLength(2);
    expect(new Set(ids(made)).size).toBe(1);
  });

  it('a part that failed, and that is done later: two facts', async () => {
    const made = tagged();
    failing(made, /^PutParameter eu-west-1/, refusal);
    await run(made);
    made.before = () => undefined;
    await run(made);
    expect(new Set(ids(made)).size).toBe(2);
  });
});

it('a second look has no news where the part that failed still fails', async () => {
  const made = tagged();
  failing(made, /^PutParameter eu-west-1/, refusal);
  await run(made);
  const [look] = made.secondLooks;
  made.outcomes.length = 0;
  await run(made, [
    request('reports', { pass: 'second', needsRecheck: false, reported: look?.reported ?? '' }),
  ]);
  expect(told(made)).toEqual([]);
});

/** What outcomes claim, and the world does not hold. */
const untruths = (made: MemoryWorld, mode: Mode, asked: readonly string[]): readonly string[] => {
  const has = (email: string, expiresAt?: string): boolean =>
    bindings(made, email === reader ? readerPolicy : writerPolicy).some(
      ({ members, condition }) =>
        members.includes(member) &&
        (condition?.expression ?? '') ===
          (expiresAt === undefined ? '' : `request.time < timestamp("${expiresAt}")`),
    );
  return made.outcomes.flatMap(({ type, detail }) => {
    const email = detail.target?.kind === 'serviceAccount' ? detail.target.email : '';
    const wrong = [...faultsOf(type, detail)];
    if (mode === 'dry-run') return detail.planned === true ? wrong : [...wrong, `${type} is not planned`];
    if (type === 'Granted' && !has(email, detail.expiresAt)) wrong.push('Granted, and not bound');
    // Another grant may reach the same account, with another end.
    if (type === 'Revoked' && has(email) && !asked.some((value) => value.startsWith(email)))
      wrong.push('Revoked, and bound');
    if (type === 'Granted')
      for (const { region, name } of detail.parameters)
        if (!made.parameters.get(`${region} ${name}`)?.value.includes(email))
          wrong.push(`no config in ${region}`);
    for (const grant of detail.grants ?? []) {
      const to = grant.target?.kind === 'serviceAccount' ? grant.target.email : '';
      if (!has(to, grant.expiresAt)) wrong.push('Confirmed, and not bound');
    }
    return wrong.map((one) => `${one}: ${JSON.stringify(detail)}`);
  });
};

describe('whatever fails, in every mode', () => {
  const target = fc.constantFrom(reader, writer, `${reader} until 2026-12-01`);
  const tags = fc
    .record({ [key]: fc.option(target), [`${key}/x`]: fc.option(target) })
    .map((one) =>
      Object.fromEntries(
        Object.entries(one).flatMap(([name, value]) => (value === null ? [] : [[name, value]])),
      ),
    );
  const call = fc.constantFrom(
    `setIamPolicy ${readerPolicy}`,
    `setIamPolicy ${writerPolicy}`,
    `getIamPolicy ${readerPolicy}`,
    'PutParameter us-east-1',
    'PutParameter eu-west-1',
    'DeleteParameter eu-west-1',
    'GetParametersByPath us-east-1',
    'PutItem',
    'DeleteItem',
  );
  const fault = fc.record({
    call,
    from: fc.integer({ min: 1, max: 2 }),
    error: fc.constantFrom(refusal, unavailable('It')),
    isDone: fc.boolean(),
  });

  it('every outcome is true, and is as its schema says', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...modes),
        tags,
        tags,
        fc.array(fault, { maxLength: 3 }),
        fc.constantFrom('first', 'again', 'last'),
        async (mode, before, after, faults, delivery) => {
          const made = await withAccess(before);
          later(made);
          tag(made, after);
          const seen = new Map<string, number>();
          const failAt = (isDone: boolean) => (name: string) => {
            for (const one of faults) {
              if (one.isDone !== isDone || !name.startsWith(one.call)) continue;
              const count = (seen.get(one.call) ?? 0) + 1;
              seen.set(one.call, count);
              if (count >= one.from) throw one.error;
            }
          };
          made.before = failAt(false);
          made.after = failAt(true);
          await run(made, [request('reports', { delivery })], using(mode));
          expect(untruths(made, mode, Object.values(after))).toEqual([]);
        },
      ),
      { numRuns: 500 },
    );
  });
});
