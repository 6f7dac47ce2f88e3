import { type MemoryWorld, memoryPorts } from '../../support/memory.ts';
import { runReconcile } from '../../support/reconciling.ts';
import { reader, settings } from '../../support/settings.ts';
import { entriesOf } from '../../support/table.ts';
import { createWorld, isBound, tagRole } from '../../support/world.ts';

/** Google's own answer to setIamPolicy is the current policy. This one says that nothing was changed. */
const unwritten = (world: MemoryWorld) => {
  const { policies } = memoryPorts(world);
  return {
    policies: {
      ...policies,
      write: async (resource: string) => ({
        kind: 'written' as const,
        policy: (await policies.read(resource)).policy,
      }),
    },
  };
};

describe('invariants 2, 4, 5: the answer to a write is the current policy', () => {
  it('if it still has the member, nothing was revoked, and the ledger keeps the entry', async () => {
    const world = createWorld();
    tagRole(world, { 'google-access': reader });
    await runReconcile(world);
    tagRole(world, {});
    world.outcomes.length = 0;
    await runReconcile(world, undefined, settings, unwritten(world));
    expect(isBound(world)).toBe(true);
    expect(world.outcomes.map(({ type }) => type)).not.toContain('Revoked');
    expect(entriesOf(world)).toHaveLength(1);
  });

  it('if it lacks the member, nothing was granted', async () => {
    const world = createWorld();
    tagRole(world, { 'google-access': reader });
    await runReconcile(world, undefined, settings, unwritten(world));
    expect(isBound(world)).toBe(false);
    expect(world.outcomes.map(({ type }) => type)).not.toContain('Granted');
  });
});
