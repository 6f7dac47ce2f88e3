import { faultsOf } from '../../../scripts/outcome-schema.ts';
import { memberOf } from '../../../shared/core/member.ts';
import type { Settings } from '../../../shared/core/settings.ts';
import { workloadIdentityUser } from '../../../shared/core/target.ts';
import { setPolicy } from '../../support/memory.ts';
import { requestFor, runReconcile } from '../../support/reconciling.ts';
import { reader, reports, settings } from '../../support/settings.ts';
import { readerPolicy } from '../../support/snapshot.ts';
import { setKnown } from '../../support/table.ts';
import { createWorld, tagRole } from '../../support/world.ts';

const using: Settings = { ...settings, mode: 'upsert-only' };

describe('invariant 5: an outcome matches its schema, no matter what others write into a condition', () => {
  it.each([
    ['9', undefined],
    ['', undefined],
    ['++++', undefined],
    ['2026-13-45T00:00:00Z', undefined],
    ['9999-12-31T23:59:59-05:00', undefined],
    ['2026-12-31T00:00:00Z', '2026-12-31T00:00:00Z'],
    ['2026-12-31T00:00:00+01:00', '2026-12-30T23:00:00Z'],
    ['2026-12-31T00:00:00.123456Z', '2026-12-31T00:00:00.123Z'],
  ])('timestamp("%s")', async (moment, expiresAt) => {
    const made = createWorld();
    setKnown(made);
    tagRole(made, { [settings.tagKey]: reader });
    const members = [memberOf(settings, reports)];
    const condition = { title: 'by hand', expression: `request.time < timestamp("${moment}")` };
    setPolicy(made, readerPolicy, { bindings: [{ role: workloadIdentityUser, members, condition }] });
    await runReconcile(made, [requestFor('reports', { delivery: 'again' })], using);
    const confirmed = made.outcomes.find(({ type }) => type === 'Confirmed')?.detail;
    expect(confirmed?.left).toHaveLength(1);
    expect(confirmed?.left?.[0]?.expiresAt).toBe(expiresAt);
    expect(made.outcomes.flatMap(({ type, detail }) => faultsOf(type, detail))).toEqual([]);
  });
});
