import { untilCondition } from '../../../shared/core/iam-policy.ts';
import { memberOf } from '../../../shared/core/member.ts';
import { setPolicy, unavailable } from '../../support/memory.ts';
import { request, run, tag, world } from '../../support/reconciling.ts';
import { reader, reports, settings } from '../../support/settings.ts';
import { binding, readerPolicy } from '../../support/snapshot.ts';
import { requestOf } from '../../support/sweeping.ts';
import { entryFor, setEntries, setKnown } from '../../support/table.ts';
import { isBound, sweepOnce } from './support.ts';

const key = settings.tagKey;
const old = untilCondition('2026-12-01T00:00:00Z');

/** Bound until December; the tag's date was moved by an event that was lost, so the sweep tells of it. */
const extended = () => {
  const made = world();
  setKnown(made);
  setEntries(made, [entryFor(reader, { condition: old })]);
  setPolicy(made, readerPolicy, { bindings: [binding([reports], { condition: old })] });
  tag(made, { [key]: `${reader} until 2026-12-31` });
  return made;
};

describe('invariant 8: a correction that is not counted keeps the target', () => {
  const correct = async (made: ReturnType<typeof world>) => {
    await sweepOnce(made);
    expect(made.drifts.map(({ released }) => released)).toEqual([[]]);
    await run(made, made.drifts.splice(0).map(requestOf));
  };

  it('control: the new end replaces the old one', async () => {
    const made = extended();
    await correct(made);
    expect(made.policies.get(readerPolicy)?.policy.bindings).toEqual([
      binding([reports], { condition: untilCondition('2027-01-01T00:00:00Z') }),
    ]);
  });

  it('the access is not removed when the ledger cannot announce the new binding', async () => {
    const made = extended();
    made.before = (call) => {
      if (call.startsWith('PutItem role#')) throw unavailable('DynamoDB');
    };
    await correct(made);
    expect(isBound(made)).toBe(true);
  });

  it('the access is not removed when the scope cannot be entered', async () => {
    const made = extended();
    made.before = (call) => {
      if (call.startsWith('PutItem scope')) throw unavailable('DynamoDB');
    };
    await correct(made);
    expect(isBound(made)).toBe(true);
  });

  it('the access is not removed when Google refuses the new binding for good', async () => {
    const made = extended();
    // As an organisation's policy does, which looks at what is added alone.
    made.rejected.add(memberOf(settings, reports));
    await correct(made);
    expect(isBound(made)).toBe(true);
  });

  it('the access is not removed when the ledger’s item is full', async () => {
    const made = extended();
    const others = Array.from({ length: 199 }, (_, n) =>
      entryFor(`a${n}@acme-data.iam.gserviceaccount.com`, { grants: [`x${n}`] }),
    );
    for (const { resource } of others) {
      setPolicy(made, resource, { bindings: [binding([reports])] });
      made.denied.add(resource);
    }
    setEntries(made, [entryFor(reader, { condition: old }), ...others]);
    await run(made, [
      requestOf({ role: reports, resources: [readerPolicy], strays: [], released: [], absent: [] }),
    ]);
    expect(isBound(made)).toBe(true);
  });
});

describe('invariant 5: an end is only told of access that ends', () => {
  it.each([
    'request.time > timestamp("2026-01-01T00:00:00Z")',
    'request.time < timestamp("2026-01-01T00:00:00Z") || true',
    'request.time != timestamp("2026-01-01T00:00:00Z")',
  ])('what is left under %s has no end that we know', async (expression) => {
    const made = world();
    setKnown(made);
    setPolicy(made, readerPolicy, {
      bindings: [binding([reports], { condition: { title: 'x', expression } })],
    });
    tag(made, { [key]: reader });
    await run(made, [request('reports', { delivery: 'again' })], { ...settings, mode: 'upsert-only' });
    const left = made.outcomes.flatMap(({ type, detail }) =>
      type === 'Confirmed' ? (detail.left ?? []) : [],
    );
    expect(left.map(({ target }) => target)).toEqual([{ kind: 'serviceAccount', email: reader }]);
    expect(left.map(({ expiresAt }) => expiresAt)).toEqual([undefined]);
  });
});
