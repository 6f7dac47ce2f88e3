import { workloadIdentityUser } from '../../../shared/core/iam-policy.ts';
import { memberOf } from '../../../shared/core/member.ts';
import { setPolicy } from '../../support/memory.ts';
import { run, tag, world } from '../../support/reconciling.ts';
import { reader, reports, settings } from '../../support/settings.ts';
import { readerPolicy } from '../../support/snapshot.ts';

import { sweepOnce } from './support.ts';

describe('invariant 2: reconcile and the sweep judge alike what the table does not list', () => {
  const conditioned = async () => {
    const made = world();
    tag(made, { 'google-access': reader });
    await run(made);
    // The account's owner adds a condition to the binding, before the first sweep.
    const condition = { title: 'office hours', expression: 'request.time.getHours() < 18' };
    setPolicy(made, readerPolicy, {
      bindings: [{ role: workloadIdentityUser, members: [memberOf(settings, reports)], condition }],
    });
    return made;
  };

  it('the sweep alone', async () => {
    expect((await sweepOnce(await conditioned())).isTableEmptied).toBe(false);
  });

  it('reconcile first', async () => {
    const made = await conditioned();
    await run(made);
    expect((await sweepOnce(made)).isTableEmptied).toBe(false);
  });
});
