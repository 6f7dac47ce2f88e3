import { RetryableError } from '../../shared/core/errors.ts';
import { untilCondition } from '../../shared/core/iam-policy.ts';
import { maxEntries } from '../../shared/core/ledger.ts';
import { memberOf } from '../../shared/core/member.ts';
import { poolPath, type Settings } from '../../shared/core/settings.ts';
import { setPolicy } from '../support/memory.ts';
import { runReconcile } from '../support/reconciling.ts';
import { email, reader, reports, roleRef, settings } from '../support/settings.ts';
import { binding, readerPolicy } from '../support/snapshot.ts';
import { entriesOf, entryFor, setEntries, setKnown, setUsed } from '../support/table.ts';
import { createWorld, tagRole } from '../support/world.ts';

const until = untilCondition('2026-12-01T00:00:00Z');
const tags = { 'google-access': `${reader} until 2026-12-31` };
const moved = [binding([reports], { condition: untilCondition('2027-01-01T00:00:00Z') })];

/** `reports` has as many bindings as its item may hold; only the first one's account can be read. */
const full = (first: Parameters<typeof entryFor>[1]) => {
  const made = createWorld();
  setKnown(made);
  const others = Array.from({ length: maxEntries - 1 }, (_, index) =>
    entryFor(email(`a${index}`), { grants: [`x${index}`] }),
  );
  for (const { resource } of others) made.denied.add(resource);
  setEntries(made, [entryFor(reader, first), ...others]);
  return made;
};

describe('invariant 9: a full item refuses new access, but corrects access that it lists', () => {
  it('binds under a changed end, and removes the old binding', async () => {
    const made = full({ condition: until });
    setPolicy(made, readerPolicy, { bindings: [binding([reports], { condition: until })] });
    tagRole(made, tags);
    await runReconcile(made);
    expect(made.policies.get(readerPolicy)?.policy.bindings).toEqual(moved);
    expect(entriesOf(made)).toHaveLength(maxEntries);
  });

  it('binds under an end if there was none', async () => {
    const made = full({});
    setPolicy(made, readerPolicy, { bindings: [binding([reports])] });
    tagRole(made, tags);
    await runReconcile(made);
    expect(made.policies.get(readerPolicy)?.policy.bindings).toEqual(moved);
    expect(entriesOf(made)).toHaveLength(maxEntries);
  });

  it('binds the member of a new pool, and removes that of the former one', async () => {
    const other: Settings = { ...settings, google: { ...settings.google, pool: 'other' } };
    const made = full({});
    setPolicy(made, readerPolicy, { bindings: [binding([reports])] });
    setUsed(made, 'pool', poolPath(settings));
    tagRole(made, { 'google-access': reader });
    await runReconcile(made, undefined, other);
    expect(made.policies.get(readerPolicy)?.policy.bindings).toEqual([
      { ...binding([]), members: [memberOf(other, reports)] },
    ]);
  });

  it('binds the role in IAM’s present spelling', async () => {
    const made = full({ member: memberOf(settings, roleRef('Reports')) });
    setPolicy(made, readerPolicy, { bindings: [binding([roleRef('Reports')])] });
    tagRole(made, { 'google-access': reader });
    await runReconcile(made);
    expect(made.policies.get(readerPolicy)?.policy.bindings).toEqual([binding([reports])]);
  });

  it('lists both while the policy cannot be written, and still refuses another account', async () => {
    const made = full({ condition: until });
    setPolicy(made, readerPolicy, { bindings: [binding([reports], { condition: until })] });
    setPolicy(made, entryFor(email('new')).resource, {});
    tagRole(made, { ...tags, 'google-access/new': email('new') });
    made.before = (call) => {
      if (call === `setIamPolicy ${readerPolicy}`) throw new RetryableError('no answer');
    };
    await runReconcile(made);
    expect(entriesOf(made).filter(({ resource }) => resource === readerPolicy)).toHaveLength(2);
    expect(made.policies.get(entryFor(email('new')).resource)?.policy.bindings).toBeUndefined();
  });
});
