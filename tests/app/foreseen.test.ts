import { asked, bucket, bucketWorld, direct, tagFor, viewer } from '../support/bucket-world.ts';
import type { MemoryWorld } from '../support/memory.ts';
import { requestFor, runReconcile } from '../support/reconciling.ts';

const unread = (world: MemoryWorld): void => {
  world.googleRoles.set(viewer, { kind: 'unreadable', reason: '503.' });
};

describe.each(['dry-run', 'sync'] as const)('in mode %s, a grant is Failed', (mode) => {
  const failed = async (world: MemoryWorld) => {
    await runReconcile(world, [requestFor('reports', { delivery: 'last' })], { ...direct, mode });
    return world.outcomes.map(({ type, detail: { planned, reason } }) => ({ type, planned, reason }));
  };
  const planned = mode === 'dry-run' ? true : undefined;

  it('if its Google role cannot be read', async () => {
    const world = bucketWorld();
    unread(world);
    tagFor(world);
    expect(await failed(world)).toEqual([
      {
        type: 'Failed',
        planned,
        reason: expect.stringContaining(`The permissions of ${viewer} could not be read: 503.`),
      },
    ]);
  });

  it('if its Google role cannot be read, and its end is to come later', async () => {
    const world = bucketWorld();
    tagFor(world, `${asked} until 2026-12-05`);
    await runReconcile(world, [requestFor()], direct);
    world.outcomes.length = 0;
    unread(world);
    tagFor(world, `${asked} until 2026-12-09`);
    expect(await failed(world)).toMatchObject([{ type: 'Failed', planned }]);
  });

  it('if a binding on its bucket would give no access', async () => {
    const world = bucketWorld();
    world.noBinds.set(bucket, 'Bindings give no access here.');
    tagFor(world);
    expect(await failed(world)).toEqual([
      { type: 'Failed', planned, reason: 'Bindings give no access here.' },
    ]);
  });
});
