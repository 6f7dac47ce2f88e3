import { googlePolicies } from '../../../shared/adapters/google/policies.ts';
import { googlePool, poolOwnerships } from '../../../shared/adapters/google/pool.ts';
import { googleServiceAccounts } from '../../../shared/adapters/google/service-accounts.ts';
import { memberOf } from '../../../shared/core/member.ts';
import { poolPath } from '../../../shared/core/settings.ts';
import { workloadIdentityUser } from '../../../shared/core/target.ts';
import { googleSession } from '../../support/google-session.ts';
import { memoryPorts, setRole } from '../../support/memory.ts';
import { requestFor, runReconcile } from '../../support/reconciling.ts';
import { accountId, email, reader, reports, settings } from '../../support/settings.ts';
import { readerPolicy } from '../../support/snapshot.ts';
import { entriesOf } from '../../support/table.ts';
import { advance, createWorld, hour, isBound, tagRole } from '../../support/world.ts';

describe('invariants 2, 4, 5: a policy whose conditions are hidden is not read', () => {
  /** Google's answer to a request that does not ask for version 3: a proxy dropped the query. */
  const hidden = {
    etag: 'BwX',
    version: 1,
    bindings: [
      {
        role: `${workloadIdentityUser}_withcond_2b17cc25d2cd9e2c54d8`,
        members: [memberOf(settings, reports)],
      },
    ],
  };

  it('by the adapter', async () => {
    await expect(googlePolicies(googleSession(() => hidden)).read(readerPolicy)).rejects.toThrow(
      'not an allow policy that rolebridge knows',
    );
  });

  it('so access with an end is not reported as revoked while it exists', async () => {
    const made = createWorld();
    tagRole(made, { 'google-access': `${reader} until 2026-12-31` });
    await runReconcile(made);
    advance(made, hour);
    setRole(made, reports, []);
    made.outcomes.length = 0;
    const { read } = googlePolicies(googleSession(() => hidden));
    const { policies } = memoryPorts(made);
    await runReconcile(made, [requestFor()], settings, { policies: { ...policies, read } });
    expect(isBound(made)).toBe(true);
    expect(made.outcomes.map(({ type }) => type)).toEqual(['Failed']);
    expect(entriesOf(made)).toHaveLength(1);
  });

  it('a custom role with another name is treated like any other role', async () => {
    const role = 'projects/acme-data/roles/x_withcond_y';
    const policy = { etag: 'BwX', bindings: [{ role, members: ['user:eve@example.com'] }] };
    expect(await googlePolicies(googleSession(() => policy)).read(readerPolicy)).toEqual({
      kind: 'read',
      policy,
    });
  });
});

describe('invariant 1: the answer of another pool (a cache in between) does not show who owns a pool', () => {
  const own = poolPath(settings);
  const former = poolPath({ google: { ...settings.google, pool: 'former-pool' } });
  const description = `managed by rolebridge; owner ${accountId}/prod`;
  const read = (answer: unknown, pool: string) =>
    poolOwnerships(googlePool(googleSession(() => answer)), { accountId, stage: 'prod' }).read(pool);

  it('its own answer does', async () => {
    expect(await read({ name: own, state: 'ACTIVE', description }, own)).toEqual({ kind: 'ours' });
  });

  it('even if the request named the project by its id', async () => {
    const name = own.replace(settings.google.projectNumber, settings.google.project);
    expect(await read({ name: own, state: 'ACTIVE', description }, name)).toEqual({ kind: 'ours' });
  });

  it.each<readonly [string, unknown]>([
    ['the configured pool’s', { name: own, state: 'ACTIVE', description }],
    ['one without a name', { state: 'DELETED', description }],
    ['not an object', '<html>'],
  ])('%s is not an answer for the former pool', async (_, answer) => {
    expect(await read(answer, former)).toMatchObject({
      kind: 'unproven',
      reason: expect.stringContaining('the answer is not this pool') as string,
    });
  });
});

describe('invariant 4: a listing ends', () => {
  const read = async (answer: (count: number) => unknown): Promise<number> => {
    let pages = 0;
    for await (const _ of googleServiceAccounts(googleSession((__, count) => answer(count)))('acme-data')) {
      pages += 1;
      if (pages === 500) break;
    }
    return pages;
  };
  const account = (name: string) => ({ email: email(name), projectId: 'acme-data' });

  it('one page that is returned for every token is not a listing', async () => {
    await expect(
      read((count) => ({ accounts: [account('reader')], nextPageToken: `token-${count}` })),
    ).rejects.toThrow('the answer is not a page of service accounts');
  });

  it('a page may repeat some accounts, because others were deleted in between', async () => {
    const pages = [
      { accounts: [account('a'), account('b')], nextPageToken: 'more' },
      { accounts: [account('b'), account('c')] },
    ];
    expect(await read((count) => pages[count - 1])).toBe(2);
  });
});

describe('invariant 2: an entry leaves only if Google rejected the only write ever made for it', () => {
  const rejected = { kind: 'rejected', reason: 'not permitted' } as const;

  it.each([
    ['a write whose answer was lost', { ...rejected, isUncertain: true } as const, 1],
    ['a write that was refused', rejected, 0],
  ])('%s, and then a write that Google rejects', async (_, first, listed) => {
    const made = createWorld();
    tagRole(made, { 'google-access': reader });
    const { policies } = memoryPorts(made);
    let writes = 0;
    const write = async () => {
      writes += 1;
      return Promise.resolve(writes === 1 ? first : rejected);
    };
    await runReconcile(made, [requestFor()], settings, { policies: { ...policies, write } });
    expect(entriesOf(made)).toHaveLength(listed);
  });

  it('even for two roles, whose changes are then tried one by one', async () => {
    const made = createWorld();
    tagRole(made, { 'google-access': reader });
    tagRole(made, { 'google-access': reader }, 'app-1');
    const { policies } = memoryPorts(made);
    let writes = 0;
    const write = async () => {
      writes += 1;
      return Promise.resolve(writes === 1 ? ({ ...rejected, isUncertain: true } as const) : rejected);
    };
    await runReconcile(made, [requestFor(), requestFor('app-1')], settings, {
      policies: { ...policies, write },
    });
    expect(writes).toBeGreaterThan(2);
    expect(entriesOf(made)).toHaveLength(1);
  });
});
