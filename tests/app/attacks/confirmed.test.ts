import { workloadIdentityUser } from '../../../shared/core/iam-policy.ts';
import { memberOf } from '../../../shared/core/member.ts';
import { setPolicy } from '../../support/memory.ts';
import { requestFor, runReconcile } from '../../support/reconciling.ts';
import { reader, reports, settings, writer } from '../../support/settings.ts';
import { configOf, readerPolicy } from '../../support/snapshot.ts';
import { entryFor, setEntries, setKnown } from '../../support/table.ts';
import { createWorld, tagRole } from '../../support/world.ts';

describe('invariant 5: Confirmed reports what was observed', () => {
  it('not a config that is held back', async () => {
    const world = createWorld();
    setKnown(world);
    setEntries(world, [entryFor(reader)]);
    setPolicy(world, readerPolicy, {
      bindings: [{ role: workloadIdentityUser, members: [memberOf(settings, reports)] }],
    });
    const place = 'us-east-1 /google-access/reports/default';
    world.parameters.set(place, { value: configOf(reader), description: '' });
    tagRole(world, { 'google-access': writer });
    // The revocation on reader is held, so writer's config is not written over reader's. The message came twice.
    await runReconcile(world, [
      requestFor('reports', { namedKeys: [], needsRecheck: false, delivery: 'again' }),
    ]);
    expect(world.parameters.get(place)?.value).toBe(configOf(reader));
    const confirmed = world.outcomes.flatMap(({ type, detail }) => (type === 'Confirmed' ? [detail] : []));
    expect(confirmed.flatMap(({ parameters }) => parameters)).toEqual([]);
  });
});
