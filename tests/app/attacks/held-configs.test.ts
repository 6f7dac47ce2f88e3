import { workloadIdentityUser } from '../../../shared/core/iam-policy.ts';
import { memberOf } from '../../../shared/core/member.ts';
import { setPolicy } from '../../support/memory.ts';
import { request, run, tag, world } from '../../support/reconciling.ts';
import { reader, reports, settings, writer } from '../../support/settings.ts';
import { configOf, readerPolicy } from '../../support/snapshot.ts';
import { entryFor, setEntries, setKnown } from '../../support/table.ts';

describe('invariant 5: Confirmed reports what was observed', () => {
  it('not a config that is held back', async () => {
    const made = world();
    setKnown(made);
    setEntries(made, [entryFor(reader)]);
    setPolicy(made, readerPolicy, {
      bindings: [{ role: workloadIdentityUser, members: [memberOf(settings, reports)] }],
    });
    const place = 'us-east-1 /google-access/reports/default';
    made.parameters.set(place, { value: configOf(reader), description: '' });
    tag(made, { 'google-access': writer });
    // The revocation on reader is held, so writer's config is not written over reader's. The message came twice.
    await run(made, [request('reports', { namedKeys: [], needsRecheck: false, delivery: 'again' })]);
    expect(made.parameters.get(place)?.value).toBe(configOf(reader));
    const confirmed = made.outcomes.flatMap(({ type, detail }) => (type === 'Confirmed' ? [detail] : []));
    expect(confirmed.flatMap(({ parameters }) => parameters)).toEqual([]);
  });
});
