import { memoryPorts, setRole } from '../../support/memory.ts';
import { run, tag, world } from '../../support/reconciling.ts';
import { reader, reports, settings } from '../../support/settings.ts';
import { entriesOf } from '../../support/table.ts';

import { isBound } from './support.ts';

/** Google's own answer to setIamPolicy is the policy as it is now. This one says that nothing was changed. */
const unwritten = (made: ReturnType<typeof world>) => {
  const { policies } = memoryPorts(made);
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

describe('invariants 2, 4, 5: the answer to a write is the policy as it is now', () => {
  it('where it still holds the member, nothing was revoked, and the ledger keeps the entry', async () => {
    const made = world();
    tag(made, { 'google-access': reader });
    await run(made);
    setRole(made, reports, []);
    made.outcomes.length = 0;
    await run(made, undefined, settings, unwritten(made));
    expect(isBound(made)).toBe(true);
    expect(made.outcomes.map(({ type }) => type)).not.toContain('Revoked');
    expect(entriesOf(made)).toHaveLength(1);
  });

  it('where it lacks the member, nothing was granted', async () => {
    const made = world();
    tag(made, { 'google-access': reader });
    await run(made, undefined, settings, unwritten(made));
    expect(isBound(made)).toBe(false);
    expect(made.outcomes.map(({ type }) => type)).not.toContain('Granted');
  });
});
