import { openItem } from '../../shared/app/open-item.ts';
import { bindingOf, type LedgerChange, type PolicyChange } from '../../shared/core/change.ts';
import { type LedgerEntry, maxEntries } from '../../shared/core/ledger.ts';
import { serviceAccountResource } from '../../shared/core/service-account.ts';
import { type MemoryWorld, memoryPorts } from '../support/memory.ts';
import { email, now, reports } from '../support/settings.ts';
import { entriesOf } from '../support/table.ts';
import { createWorld } from '../support/world.ts';

/** DynamoDB allows 400 KB per item, with its keys and the names of its attributes. */
const limit = 400 * 1024;
const bind = (index: number, member = 'm'): PolicyChange => ({
  kind: 'bind',
  id: `bind ${index}`,
  grants: [`g${index}`],
  access: serviceAccountResource(email(`a${index}`)),
  resource: serviceAccountResource(email(`a${index}`)),
  edit: { kind: 'add', role: 'roles/iam.workloadIdentityUser', member },
});
const list = (index: number, member?: string): LedgerChange => {
  const { id, grants, access, resource, ...change } = bind(index, member);
  return {
    kind: 'list',
    id: id.replace('bind', 'list'),
    grants,
    access,
    resource,
    binding: bindingOf({ id, grants, access, resource, ...change }),
  };
};
const times = <T>(count: number, make: (index: number) => T): readonly T[] =>
  Array.from({ length: count }, (_, index) => make(index));
const open = (entries: readonly LedgerEntry[] = [], requestedBy = 'alice') => {
  const world = createWorld({ serviceAccounts: [] });
  const requesters = new Map(
    times(500, (index) => [`g${index}`, { grant: `g${index}`, requestedBy }] as const),
  );
  return { world, item: openItem(memoryPorts(world), reports, { role: reports, entries }, requesters) };
};
const bytesIn = (world: MemoryWorld): number =>
  Math.max(...[...world.table.values()].map((item) => Buffer.byteLength(JSON.stringify(item))));

describe('invariant 9: a ledger item stays within 400 KB and 200 entries', () => {
  it.each([
    ['bindings that exist and are not listed', [] as PolicyChange[], times(300, (index) => list(index))],
    ['new bindings', times(300, (index) => bind(index)), [] as LedgerChange[]],
    ['both', times(150, (index) => bind(index)), times(150, (index) => list(200 + index))],
  ])('300 %s: the first 200 are entered, the others are refused', async (_, binds, lists) => {
    const { world, item } = open();
    const refused = await item.announce(binds, lists);
    expect(refused.size).toBe(100);
    expect(entriesOf(world)).toHaveLength(maxEntries);
    expect(bytesIn(world)).toBeLessThan(limit);
  });

  it('listed bindings of 9,000 bytes: those that do not fit are refused', async () => {
    const { world, item } = open();
    const refused = await item.announce(
      [],
      times(100, (index) => list(index, 'ü'.repeat(4_500))),
    );
    expect(refused.size).toBeGreaterThan(50);
    expect(bytesIn(world)).toBeLessThan(limit);
  });

  it('the names of callers are left out if they do not fit', async () => {
    const { world, item } = open([], 'ü'.repeat(2_048));
    expect(
      (
        await item.announce(
          times(maxEntries, (index) => bind(index)),
          [],
        )
      ).size,
    ).toBe(0);
    expect(bytesIn(world)).toBeLessThan(limit);
    expect(entriesOf(world)).toHaveLength(maxEntries);
  });

  it('bindings in a full item can be announced again, and are refused no more often than before', async () => {
    const entries = times(
      maxEntries + 1,
      (index): LedgerEntry => ({
        ...bindingOf(bind(index)),
        grants: ['old'],
        since: '2026-01-01T00:00:00Z',
        announcedAt: '2026-01-01T00:00:00Z',
      }),
    );
    const { world, item } = open(entries);
    expect((await item.announce([bind(1)], [])).size).toBe(0);
    expect(entriesOf(world)).toHaveLength(maxEntries + 1);
    expect(entriesOf(world).filter(({ announcedAt }) => announcedAt === now.toISOString())).toHaveLength(1);
  });
});
