import { workloadIdentityUser } from '../../../shared/core/iam-policy.ts';
import { memberOf } from '../../../shared/core/member.ts';
import { setPolicy } from '../../support/memory.ts';
import { request, run, tag, world } from '../../support/reconciling.ts';
import { reader, reports, roleRef, settings, writer } from '../../support/settings.ts';
import { configOf, readerPolicy, writerPolicy } from '../../support/snapshot.ts';
import { repair } from '../../support/sweeping.ts';
import { entryFor, setEntries, setKnown, setUsed, usedNames } from '../../support/table.ts';

import { hour, isBound, later, sweepOnce } from './support.ts';

describe('invariant 3: parameters are output, never evidence', () => {
  it.each([false, true])(
    'planted beside the roles’ folders: %s; a dropped region leaves the scope',
    async (isPlanted) => {
      const made = world();
      setKnown(made);
      setUsed(made, 'region', 'eu-west-3', '2026-11-24T08:00:00Z');
      if (isPlanted)
        made.parameters.set('eu-west-3 /google-access/planted', { value: configOf(reader), description: '' });
      for (let n = 0; n < 3; n += 1) {
        await sweepOnce(made);
        await repair(made);
        later(made, hour);
      }
      expect(usedNames(made)).not.toContain('eu-west-3');
    },
  );

  it('a planted text at our name does not hold back the config of another access', async () => {
    const outcomeWith = async (isPlanted: boolean): Promise<boolean> => {
      const made = world();
      setKnown(made);
      setEntries(made, [entryFor(reader)]);
      setPolicy(made, readerPolicy, {
        bindings: [{ role: workloadIdentityUser, members: [memberOf(settings, reports)] }],
      });
      tag(made, { 'google-access': writer });
      const place = 'us-east-1 /google-access/reports/default';
      if (isPlanted) made.parameters.set(place, { value: 'hello', description: '' });
      // A drift that releases nothing: the revocation on reader is held.
      await run(made, [request('reports', { namedKeys: [], needsRecheck: false })]);
      expect(isBound(made, writerPolicy)).toBe(true);
      return made.parameters.get(place)?.value !== 'hello' && made.parameters.has(place);
    };
    expect(await outcomeWith(true)).toBe(await outcomeWith(false));
  });

  it('1,000 planted configs in one role’s folder do not hold up the batch', async () => {
    const made = world();
    setKnown(made);
    tag(made, { 'google-access': reader }, 'app-a');
    tag(made, { 'google-access': writer }, 'app-b');
    for (let n = 0; n < 1000; n += 1)
      made.parameters.set(`us-east-1 /google-access/app-a/x${n}`, {
        value: configOf(reader),
        description: '',
      });
    made.before = (call) => {
      if (/^(Put|Delete)Parameter/.test(call)) later(made, 333);
    };
    const start = made.now.getTime();
    await run(made, [request('app-a'), request('app-b')]);
    expect(isBound(made, writerPolicy, roleRef('app-b'))).toBe(true);
    const isPublished = made.parameters.has('us-east-1 /google-access/app-b/default');
    expect([made.now.getTime() - start < 60_000, isPublished]).toEqual([true, true]);
  });
});
