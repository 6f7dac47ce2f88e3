import fc from 'fast-check';
import { faultsOf } from '../../scripts/outcome-schema.ts';
import { type Change, failureOf, resultsById } from '../../shared/core/change.ts';
import { PermanentError, RetryableError } from '../../shared/core/errors.ts';
import type { Outcome } from '../../shared/core/outcome.ts';
import type { Mode } from '../../shared/core/settings.ts';
import { type MemoryWorld, memoryPorts, setPolicy, unavailable } from '../support/memory.ts';
import { requestFor, runReconcile } from '../support/reconciling.ts';
import { reader, settings, writer } from '../support/settings.ts';
import { binding, readerPolicy, writerPolicy } from '../support/snapshot.ts';
import { entriesOf, entryFor, setEntries } from '../support/table.ts';
import { bindingsOf, createWorld, failCalls, member, tagRole, takeReports } from '../support/world.ts';

const key = 'google-access';
const modes: readonly Mode[] = ['sync', 'upsert-only', 'dry-run'];
const using = (mode: Mode) => ({ ...settings, mode });
const place = (region: string, grant = 'default') => ({ region, name: `/google-access/reports/${grant}` });
const first = (world: MemoryWorld): Outcome['detail'] | undefined => world.outcomes[0]?.detail;
const withAccess = async (tags: Readonly<Record<string, string>> = { [key]: reader }) => {
  const world = createWorld();
  tagRole(world, tags);
  await runReconcile(world);
  world.outcomes.length = 0;
  return world;
};
/** The next event comes when no function can still be processing the last one. */
const later = (world: MemoryWorld): void => {
  world.now = new Date(world.now.getTime() + 20 * 60_000);
};
const tagged = (tags: Readonly<Record<string, string>> = { [key]: reader }): MemoryWorld => {
  const world = createWorld();
  tagRole(world, tags);
  return world;
};
const refusal = new PermanentError('not permitted');

describe('the result of a change', () => {
  const change: Change = {
    kind: 'publish',
    id: 'publish us-east-1 /a/b',
    grants: ['default'],
    access: readerPolicy,
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
      new Map([[change, { kind: 'failed', error: refusal, isNotMade: false }]]),
    );
    expect(failureOf(results.get(structuredClone(change).id))).toBe(refusal);
  });

  it('is a failure if nothing is known about it: no outcome may report it as done', () => {
    const results = resultsById([structuredClone(change)], new Map([[change, { kind: 'done' }]]));
    expect(failureOf(results.get(change.id))).toEqual(
      new RetryableError('Nothing is known of the change "publish us-east-1 /a/b". It will be tried again.'),
    );
  });
});

describe.each<Mode>(['sync', 'upsert-only'])('invariant 5, in mode %s', (mode) => {
  it('a bind that fails is Failed', async () => {
    const world = tagged();
    failCalls(world, /^setIamPolicy/, refusal);
    await runReconcile(world, undefined, using(mode));
    expect(takeReports(world)).toEqual([['Failed', 'default', 'not permitted']]);
  });

  it('a copy that fails in a second region is a part of Granted', async () => {
    const world = tagged();
    failCalls(world, /^PutParameter eu-west-1/, refusal);
    await runReconcile(world, undefined, using(mode));
    expect(first(world)).toMatchObject({
      parameters: [place('us-east-1')],
      failed: [{ part: 'config', ...place('eu-west-1'), reason: 'not permitted' }],
      reason:
        'Granted; effective within minutes. Its config could not be published in eu-west-1: not permitted',
    });
    expect(world.outcomes.map(({ type }) => type)).toEqual(['Granted']);
  });

  it('a copy that will be retried is pending, and its failure is reported when no tries are left', async () => {
    const world = tagged();
    failCalls(world, /^PutParameter eu-west-1/, unavailable('SSM'));
    await runReconcile(world, undefined, using(mode));
    expect(first(world)).toMatchObject({ parameters: [place('us-east-1')], pending: [place('eu-west-1')] });
    expect(first(world)).not.toHaveProperty('failed');
    world.outcomes.length = 0;
    await runReconcile(world, [requestFor('reports', { delivery: 'again' })], using(mode));
    expect(takeReports(world)).toEqual([]);
    await runReconcile(world, [requestFor('reports', { delivery: 'last' })], using(mode));
    expect(first(world)).toMatchObject({ failed: [{ part: 'config', ...place('eu-west-1') }] });
    expect(takeReports(world)).toEqual([
      [
        'Failed',
        'default',
        'The access is there. Its config could not be published in eu-west-1: SSM is not available (503). That was the last try: the message goes to the dead-letter queue.',
      ],
    ]);
  });

  it('if all copies fail: Granted, since the binding exists, without any place', async () => {
    const world = tagged();
    failCalls(world, /^PutParameter/, refusal);
    await runReconcile(world, undefined, using(mode));
    expect(first(world)).toMatchObject({ parameters: [], failed: [place('us-east-1'), place('eu-west-1')] });
    expect(takeReports(world).map(([type]) => type)).toEqual(['Granted']);
  });

  it('a repair of a config that fails: Failed, with the statement that the access exists', async () => {
    const world = await withAccess();
    world.parameters.delete('eu-west-1 /google-access/reports/default');
    failCalls(world, /^PutParameter/, refusal);
    await runReconcile(world, undefined, using(mode));
    expect(takeReports(world)).toEqual([
      [
        'Failed',
        'default',
        'The access is there. Its config could not be published in eu-west-1: not permitted',
      ],
    ]);
  });

  it.each<[string, (world: MemoryWorld) => void]>([
    ['Google refuses to read its policy', (world) => world.denied.add(writerPolicy)],
    [
      'Google refuses the write',
      (world) => failCalls(world, new RegExp(`^setIamPolicy ${writerPolicy}`), refusal),
    ],
    [
      'Google does not answer',
      (world) => failCalls(world, new RegExp(`IamPolicy ${writerPolicy}`), unavailable('Google')),
    ],
    ['Google rejects the member', (world) => world.rejected.add(member)],
    ['the account does not exist', (world) => world.policies.delete(writerPolicy)],
  ])(
    'a tag that moves to an account where %s: upsert-only does not remove the old config',
    async (_, refuse) => {
      const world = await withAccess();
      const before = [...world.parameters].map(([name, { value }]) => [name, value]);
      later(world);
      tagRole(world, { [key]: writer });
      refuse(world);
      for (const delivery of ['first', 'again', 'last'] as const)
        await runReconcile(world, [requestFor('reports', { delivery, absent: [writerPolicy] })], using(mode));
      expect(world.outcomes.map(({ type }) => type)).not.toContain('Granted');
      const isBound = bindingsOf(world).some(({ members }) => members.includes(member));
      if (mode === 'upsert-only') {
        expect(isBound).toBe(true);
        expect([...world.parameters].map(([name, { value }]) => [name, value])).toEqual(before);
        expect(world.outcomes.map(({ type }) => type)).not.toContain('Revoked');
      }
      expect(world.outcomes.some(({ type }) => type === 'Revoked')).toBe(!isBound);
    },
  );
});

describe('invariant 5: access that stays', () => {
  const again = [requestFor('reports', { delivery: 'again' })];

  it('in mode upsert-only is in Confirmed, and in the Granted of the same account', async () => {
    const world = await withAccess();
    later(world);
    tagRole(world, { [key]: `${reader} until 2026-12-01`, [`${key}/w`]: writer });
    await runReconcile(world, again, using('upsert-only'));
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
    const [forReader, forWriter, confirmed] = world.outcomes;
    expect(forReader).toMatchObject({ type: 'Granted', detail: { left } });
    expect(forWriter?.detail).not.toHaveProperty('left');
    expect(confirmed).toMatchObject({ type: 'Confirmed', detail: { left } });
    expect(confirmed?.detail.grants?.map(({ grant }) => grant)).toEqual(['default', 'w']);
  });

  it('because no sweep released it is in Confirmed', async () => {
    const world = await withAccess();
    later(world);
    tagRole(world, {});
    await runReconcile(world, [
      requestFor('reports', { delivery: 'again', namedKeys: [], released: [writerPolicy] }),
    ]);
    expect(first(world)).toMatchObject({
      grants: [],
      left: [{ grants: ['default'], isSeen: true, reason: expect.stringContaining('revocation limit') }],
    });
  });

  it('because the pool is not proven to be ours is in Confirmed', async () => {
    const world = tagged({});
    setPolicy(world, readerPolicy, { bindings: [binding([requestFor().ref])] });
    world.ownership = { kind: 'unproven', reason: 'no marker' };
    await runReconcile(world, [requestFor('reports', { delivery: 'again', resources: [readerPolicy] })]);
    expect(first(world)).toMatchObject({
      left: [{ grants: [], isSeen: true, reason: 'Its pool is not proven to be ours.' }],
    });
  });

  it('and could not be read is reported as not seen', async () => {
    const world = await withAccess();
    later(world);
    tagRole(world, {});
    world.denied.add(readerPolicy);
    await runReconcile(world, again, using('upsert-only'));
    expect(first(world)).toMatchObject({ grants: [], left: [{ grants: ['default'], isSeen: false }] });
  });

  it('since the binding that another one replaces could not be removed is a part of Granted', async () => {
    const world = await withAccess();
    later(world);
    tagRole(world, { [key]: `${reader} until 2026-12-01` });
    const { policies } = memoryPorts(world);
    // Google accepts no edit that removes the old one.
    const write: typeof policies.write = async (resource, edited) =>
      edited.bindings?.some(({ condition }) => condition === undefined) === true
        ? policies.write(resource, edited)
        : { kind: 'rejected', reason: 'not this one' };
    await runReconcile(world, undefined, settings, { policies: { ...policies, write } });
    const reason = `Google rejected the allow policy of ${reader}: not this one`;
    expect(first(world)).toMatchObject({ failed: [{ part: 'binding', reason }] });
    expect(takeReports(world)).toEqual([
      [
        'Granted',
        'default',
        `Granted; effective within minutes. An earlier binding could not be removed, and gives the access without an end: ${reason}`,
      ],
    ]);
  });

  it('a grant that ends while another one continues: Confirmed reports what exists, not what is wanted', async () => {
    const world = await withAccess({ [key]: reader, [`${key}/x`]: reader });
    later(world);
    tagRole(world, { [key]: reader });
    setPolicy(world, readerPolicy, {});
    failCalls(world, /^setIamPolicy/, refusal);
    await runReconcile(world);
    const confirmed = world.outcomes.find(({ type }) => type === 'Confirmed')?.detail;
    expect(confirmed).toMatchObject({ grant: 'x', grants: [] });
    expect(confirmed?.reason).toMatch(/but the binding is missing, or its policy could not be read/);
  });
});

it('a grant with two bindings, one of which another grant keeps: it ends once, and is not revoked', async () => {
  const world = await withAccess({ [`${key}/x`]: reader });
  later(world);
  // The ledger lists the second binding, too; the write failed, or was never made.
  setEntries(world, [
    entryFor(reader, { grants: ['x'] }),
    entryFor(reader, {
      grants: ['x'],
      condition: {
        title: 'rolebridge-until',
        expression: 'request.time < timestamp("2026-12-01T00:00:00Z")',
      },
    }),
  ]);
  tagRole(world, { [key]: reader });
  await runReconcile(world);
  expect(takeReports(world).map(([type, grant]) => [type, grant])).toEqual([
    ['Confirmed', 'x'],
    ['Granted', 'default'],
  ]);
});

describe('ids', () => {
  const ids = (world: MemoryWorld, type: Outcome['type'] = 'Granted') =>
    world.outcomes.filter((one) => one.type === type).map(({ detail }) => detail.id);
  const ticking = (world: MemoryWorld): void => {
    world.after = (call) => {
      if (call.startsWith('PutItem')) world.now = new Date(world.now.getTime() + 1);
    };
  };

  it('A-B-A while one event is processed: three grants, three ids', async () => {
    const world = tagged();
    ticking(world);
    let reads = 0;
    world.before = (call) => {
      if (!call.startsWith('GetRole')) return;
      reads += 1;
      if (reads === 2) tagRole(world, { [key]: writer });
      if (reads === 4) tagRole(world, { [key]: reader });
    };
    await runReconcile(world);
    expect(world.outcomes.map(({ type }) => type)).toEqual([
      'Granted',
      'Revoked',
      'Granted',
      'Revoked',
      'Granted',
    ]);
    expect(new Set(world.outcomes.map(({ detail }) => detail.id)).size).toBe(5);
  });

  it('A-B-A by messages whose events have one id, as a drift of the sweep has', async () => {
    const world = createWorld();
    ticking(world);
    for (const email of [reader, writer, reader]) {
      tagRole(world, { [key]: email });
      await runReconcile(world);
    }
    expect(new Set(ids(world)).size).toBe(3);
    expect(new Set(ids(world, 'Revoked')).size).toBe(2);
  });

  it('a binding that someone removed by hand and that is made again long after: another fact', async () => {
    const world = tagged();
    await runReconcile(world);
    later(world);
    setPolicy(world, readerPolicy, {});
    await runReconcile(world);
    expect(new Set(ids(world)).size).toBe(2);
    expect(entriesOf(world)).toMatchObject([
      { since: world.now.toISOString(), requesters: [{ grant: 'default', requestedBy: 'alice' }] },
    ]);
  });

  it('a replay: the answer of EventBridge is lost, so that everything is reported again', async () => {
    const world = tagged();
    world.after = (call) => {
      if (call === 'PutEvents') throw unavailable('EventBridge');
    };
    // Its config is written again each time, so that there is something to report each time.
    for (const delivery of ['first', 'again', 'again'] as const) {
      world.parameters.clear();
      later(world);
      await runReconcile(world, [requestFor('reports', { delivery })]);
    }
    expect(ids(world)).toHaveLength(3);
    expect(new Set(ids(world)).size).toBe(1);
    expect(new Set(ids(world, 'Confirmed')).size).toBe(1);
  });

  it('a second look: the same fact has the same id', async () => {
    const world = tagged();
    await runReconcile(world);
    world.parameters.clear();
    await runReconcile(world, [requestFor('reports', { pass: 'second', needsRecheck: false, reported: '' })]);
    expect(ids(world)).toHaveLength(2);
    expect(new Set(ids(world)).size).toBe(1);
  });

  it('a part that failed, and that succeeds later: two facts', async () => {
    const world = tagged();
    failCalls(world, /^PutParameter eu-west-1/, refusal);
    await runReconcile(world);
    world.before = () => undefined;
    await runReconcile(world);
    expect(new Set(ids(world)).size).toBe(2);
  });
});

it('a second look has no news if the part that failed still fails', async () => {
  const world = tagged();
  failCalls(world, /^PutParameter eu-west-1/, refusal);
  await runReconcile(world);
  const [look] = world.secondLooks;
  world.outcomes.length = 0;
  await runReconcile(world, [
    requestFor('reports', { pass: 'second', needsRecheck: false, reported: look?.reported ?? '' }),
  ]);
  expect(takeReports(world)).toEqual([]);
});

/** Claims of outcomes that are not true in the world. */
const untruths = (world: MemoryWorld, mode: Mode, asked: readonly string[]): readonly string[] => {
  const has = (email: string, expiresAt?: string): boolean =>
    bindingsOf(world, email === reader ? readerPolicy : writerPolicy).some(
      ({ members, condition }) =>
        members.includes(member) &&
        (condition?.expression ?? '') ===
          (expiresAt === undefined ? '' : `request.time < timestamp("${expiresAt}")`),
    );
  return world.outcomes.flatMap(({ type, detail }) => {
    const email = detail.target?.kind === 'serviceAccount' ? detail.target.email : '';
    const wrong = [...faultsOf(type, detail)];
    if (mode === 'dry-run') return detail.planned === true ? wrong : [...wrong, `${type} is not planned`];
    if (type === 'Granted' && !has(email, detail.expiresAt)) wrong.push('Granted, and not bound');
    // Another grant may reach the same account, with another end.
    if (type === 'Revoked' && has(email) && !asked.some((value) => value.startsWith(email)))
      wrong.push('Revoked, and bound');
    if (type === 'Granted')
      for (const { region, name } of detail.parameters)
        if (!world.parameters.get(`${region} ${name}`)?.value.includes(email))
          wrong.push(`no config in ${region}`);
    for (const grant of detail.grants ?? []) {
      const to = grant.target?.kind === 'serviceAccount' ? grant.target.email : '';
      if (!has(to, grant.expiresAt)) wrong.push('Confirmed, and not bound');
    }
    return wrong.map((one) => `${one}: ${JSON.stringify(detail)}`);
  });
};

describe('for any failure, in every mode', () => {
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

  it('every outcome is true, and matches its schema', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...modes),
        tags,
        tags,
        fc.array(fault, { maxLength: 3 }),
        fc.constantFrom('first', 'again', 'last'),
        async (mode, before, after, faults, delivery) => {
          const world = await withAccess(before);
          later(world);
          tagRole(world, after);
          const seen = new Map<string, number>();
          const failAt = (isDone: boolean) => (name: string) => {
            for (const one of faults) {
              if (one.isDone !== isDone || !name.startsWith(one.call)) continue;
              const count = (seen.get(one.call) ?? 0) + 1;
              seen.set(one.call, count);
              if (count >= one.from) throw one.error;
            }
          };
          world.before = failAt(false);
          world.after = failAt(true);
          await runReconcile(world, [requestFor('reports', { delivery })], using(mode));
          expect(untruths(world, mode, Object.values(after))).toEqual([]);
        },
      ),
      { numRuns: 500 },
    );
  });
});
