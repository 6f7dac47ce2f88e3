import { asRetryable } from '../../shared/app/role-run.ts';
import { sweep } from '../../shared/app/sweep.ts';
import { memberOf } from '../../shared/core/member.ts';
import type { PresentRole, RoleRef } from '../../shared/core/model.ts';
import { workloadIdentityUser } from '../../shared/core/target.ts';
import { type MemoryWorld, memoryPorts, memorySweepPorts, setPolicy } from '../support/memory.ts';
import { requestFor, runReconcile } from '../support/reconciling.ts';
import { reader, roleRef, settings } from '../support/settings.ts';
import { readerPolicy } from '../support/snapshot.ts';
import { drifted } from '../support/sweeping.ts';
import { setKnown } from '../support/table.ts';
import { bindingsOf, createWorld, sharedBinding, tagRole } from '../support/world.ts';

/** A role that causes an unexpected error in everything that reads its tags. */
const strange = (ref: RoleRef): PresentRole => ({
  kind: 'present',
  ref,
  roleId: 'AROASTRANGE',
  arn: `arn:aws:iam::${ref.accountId}:role/${ref.roleName}`,
  get tags(): never {
    throw new TypeError('tags is not iterable');
  },
});

const two = (): MemoryWorld => {
  const world = createWorld({ readerBindings: [sharedBinding] });
  tagRole(world, { 'google-access': reader });
  tagRole(world, { 'google-access': reader }, 'app-strange');
  return world;
};

describe('one role of a batch that an unexpected error stops', () => {
  const reading = (world: MemoryWorld) => {
    const ports = memoryPorts(world);
    return {
      ...ports,
      roles: {
        read: async (ref: RoleRef) => (ref.roleName === 'app-strange' ? strange(ref) : ports.roles.read(ref)),
      },
    };
  };

  it('is retried alone: the others are granted what they request', async () => {
    const world = two();
    const reports = await runReconcile(
      world,
      [requestFor('app-strange'), requestFor()],
      settings,
      reading(world),
    );
    expect(reports.map(({ request: { ref }, retry }) => [ref.roleName, retry?.message])).toEqual([
      [
        'app-strange',
        'Unexpected error while planning role app-strange of account 111122223333: tags is not iterable',
      ],
      ['reports', undefined],
    ]);
    expect(world.outcomes.map(({ type, detail }) => [type, detail.role.roleName])).toEqual([
      ['Granted', 'reports'],
    ]);
  });

  it('keeps what it has: an error is not a reason to revoke access', async () => {
    const world = two();
    await runReconcile(world, [requestFor('app-strange')]);
    const before = bindingsOf(world);
    await runReconcile(world, [requestFor('app-strange')], settings, reading(world));
    expect(bindingsOf(world)).toEqual(before);
  });

  it('is logged with the place in the code, for the person who fixes it', async () => {
    const world = two();
    const logged: unknown[] = [];
    const logger = {
      info: () => {},
      warn: (message: string, fields?: object) => logged.push({ message, ...fields }),
    };
    await runReconcile(world, [requestFor('app-strange')], settings, { ...reading(world), logger });
    expect(logged).toEqual([
      {
        message: 'Unexpected error; please report it.',
        role: roleRef('app-strange'),
        step: 'planning',
        stack: expect.stringContaining('unexpected-errors.test.ts'),
      },
    ]);
  });

  it('is logged without a secret that it holds', () => {
    const token = `ya29.${'token'.repeat(9)}`;
    const logged: unknown[] = [];
    const logger = { info: () => {}, warn: (_: string, fields?: object) => logged.push(fields) };
    const { message } = asRetryable(logger, roleRef('reports'), 'reading', new Error(`no ${token}`));
    expect(message).toContain('role reports of account 111122223333: no [redacted]');
    expect(logged).toEqual([
      expect.objectContaining({ stack: expect.stringContaining('Error: no [redacted]') }),
    ]);
    expect(JSON.stringify(logged)).not.toContain(token);
  });

  /** A clock that fails once. */
  const stumbling = (world: MemoryWorld, at: number) => {
    let calls = 0;
    const now = () => {
      calls += 1;
      if (calls === at) throw new RangeError('Invalid time value');
      return world.now;
    };
    return { clock: { ...memoryPorts(world).clock, now } };
  };

  it('while it is checked: it is retried, and its access is confirmed then', async () => {
    const world = two();
    const requests = [requestFor('app-strange'), requestFor()];
    const [first, ...others] = await runReconcile(world, requests, settings, stumbling(world, 12));
    expect([first?.retry?.message, ...others.map(({ retry }) => retry)]).toEqual([
      'Unexpected error while checking role app-strange of account 111122223333: Invalid time value',
      undefined,
    ]);
    const again = await runReconcile(world, [requestFor('app-strange', { delivery: 'again' })]);
    expect(again.flatMap(({ outcomes }) => outcomes).map(({ type }) => type)).toEqual(['Confirmed']);
  });

  it('while it is confirmed: it is retried', async () => {
    const world = two();
    const requests = [requestFor('app-strange', { delivery: 'again' })];
    const [report] = await runReconcile(world, requests, settings, stumbling(world, 10));
    expect([report?.retry?.message, report?.outcomes]).toEqual([
      'Unexpected error while reporting role app-strange of account 111122223333: Invalid time value',
      [],
    ]);
  });

  it('while it is announced: it is retried, and the others are bound', async () => {
    const world = two();
    const requests = [requestFor('app-strange'), requestFor()];
    const [first, ...others] = await runReconcile(world, requests, settings, stumbling(world, 4));
    expect([first?.retry?.message, ...others.map(({ retry }) => retry)]).toEqual([
      'Unexpected error while announcing role app-strange of account 111122223333: Invalid time value',
      undefined,
    ]);
  });

  it('is still reported if it throws something that is not an Error', async () => {
    const world = two();
    const thrower = { read: () => Promise.reject('gone fishing') };
    const [report] = await runReconcile(world, [requestFor('app-strange')], settings, { roles: thrower });
    expect(report?.retry?.message).toMatch(/^Unexpected error while reading .*: gone fishing$/);
    expect(report?.retry?.cause).toBe('gone fishing');
  });
});

describe('one role that stops the sweep', () => {
  it('is a blind spot: nothing is concluded about it, and the others are repaired', async () => {
    const world = two();
    setKnown(world);
    setPolicy(world, readerPolicy, {
      bindings: [{ role: workloadIdentityUser, members: [memberOf(settings, roleRef('app-strange'))] }],
    });
    const ports = memorySweepPorts(world);
    const report = await sweep(settings, {
      ...ports,
      listings: {
        ...ports.listings,
        roles: async function* (accountId: string) {
          for await (const page of ports.listings.roles(accountId))
            yield page.map((role) => (role.ref.roleName === 'app-strange' ? strange(role.ref) : role));
        },
      },
    });
    expect(report.blindSpots).toEqual([
      {
        what: 'role app-strange of account 111122223333',
        reason:
          'Unexpected error while comparing role app-strange of account 111122223333: tags is not iterable',
      },
    ]);
    expect(drifted(world).map(([name]) => name)).toEqual(['reports']);
    expect(report.limits.filter(({ kind }) => kind !== 'released')).toEqual([]);
  });
});
