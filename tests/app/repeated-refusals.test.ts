import { type MemoryWorld, setRole } from '../support/memory.ts';
import { request, run, tag, world } from '../support/reconciling.ts';
import { reader, reports, settings } from '../support/settings.ts';
import { repair } from '../support/sweeping.ts';
import { hour, isBound, later, sweepOnce } from './attacks/support.ts';

const key = settings.tagKey;

/** A look that no event of `key` led to: its event was lost, and another key's came. */
const look = (made: MemoryWorld, eventId: string) => {
  const caller = { eventName: 'TagRole', eventId, eventTime: '2026-11-24T11:59:00Z' } as const;
  const other = `${key}/other`;
  return run(made, [
    request('reports', {
      cause: caller,
      events: [{ ...caller, keys: [{ key: other, value: '' }] }],
      namedKeys: [other],
    }),
  ]);
};
const repeated = async (between: (made: MemoryWorld) => Promise<void>) => {
  const made = world();
  tag(made, { [key]: 'nonsense' });
  await look(made, 'e-1');
  await between(made);
  later(made, hour);
  tag(made, { [key]: 'nonsense' });
  await sweepOnce(made);
  await repair(made);
  await look(made, 'e-2');
  const sent = made.outcomes.filter(({ detail }) => detail.grant === 'default');
  const seen = new Set<string>();
  return {
    made,
    refused: sent.filter(({ type }) => type === 'Refused').map(({ detail }) => detail.id),
    audit: sent.filter(({ detail: { id } }) => !seen.has(id) && seen.add(id)).map(({ type }) => type),
  };
};
const bySweep = async (made: MemoryWorld): Promise<void> => {
  await sweepOnce(made);
  await repair(made);
  later(made, hour);
};

describe('invariant 5: a refusal that no event explains is one fact until its tag’s value changes', () => {
  it('so it keeps its id where the events of both changes were lost; the audit ends with the access that is there', async () => {
    const { made, refused, audit } = await repeated(async (one) => {
      tag(one, { [key]: reader });
      await bySweep(one);
      expect(isBound(one)).toBe(true);
    });
    expect(isBound(made)).toBe(false);
    expect(refused.length).toBeGreaterThan(1);
    expect(new Set(refused).size).toBe(1);
    expect(audit).toEqual(['Refused', 'Granted', 'Revoked']);
  });

  it('also where the tag was removed in between, so nothing was reported', async () => {
    const { refused, audit } = await repeated(async (one) => {
      setRole(one, reports, []);
      await bySweep(one);
    });
    expect(new Set(refused).size).toBe(1);
    expect(audit).toEqual(['Refused']);
  });

  it('and another value in between is another fact', async () => {
    const { refused, audit } = await repeated(async (one) => {
      tag(one, { [key]: 'other nonsense' });
      await look(one, 'e-between');
    });
    expect(new Set(refused).size).toBe(2);
    expect(audit).toEqual(['Refused', 'Refused']);
  });
});
