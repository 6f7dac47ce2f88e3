import { isNothing, roleAccess } from '../../../shared/app/revoke-role.ts';
import { memoryPorts, setRole } from '../../support/memory.ts';
import { run, tag, world } from '../../support/reconciling.ts';
import { reader, reports, settings } from '../../support/settings.ts';
import { readerPolicy } from '../../support/snapshot.ts';

import { isBound } from './support.ts';

describe('invariants 2, 4: "revoke --role" proves only what is gone', () => {
  it('what a function has announced and is about to bind is not gone', async () => {
    const made = world();
    tag(made, { 'google-access': reader });
    let early: boolean | undefined;
    let isFirst = true;
    made.before = async (call) => {
      if (call !== `setIamPolicy ${readerPolicy}` || !isFirst) return;
      isFirst = false;
      // Announced in the ledger, not written yet: a person untags the role and asks.
      setRole(made, reports, []);
      early = isNothing((await roleAccess(settings, memoryPorts(made), reports)).held);
    };
    made.after = (call) => {
      if (call === `setIamPolicy ${readerPolicy}`) expect(isBound(made) || early !== undefined).toBe(true);
    };
    await run(made);
    expect(early).toBe(false);
  });
});
