import { type RoleRequest, requestOf } from '../../shared/app/role-run.ts';
import { parseMessage, secondLookBody } from '../../shared/core/message.ts';
import { type MemoryWorld, setRole } from '../support/memory.ts';
import { requestFor, runReconcile } from '../support/reconciling.ts';
import { accountId, reader, reports, settings } from '../support/settings.ts';
import { runRepair, runSweep } from '../support/sweeping.ts';
import { advance, createWorld, hour, isBound, tagRole } from '../support/world.ts';

const key = settings.tagKey;

/** A look that no event of `key` led to: its event was lost, and another key's event was delivered. */
const look = (made: MemoryWorld, eventId: string) => {
  const caller = { eventName: 'TagRole', eventId, eventTime: '2026-11-24T11:59:00Z' } as const;
  const other = `${key}/other`;
  return runReconcile(made, [
    requestFor('reports', {
      cause: caller,
      events: [{ ...caller, keys: [{ key: other, value: '' }] }],
      namedKeys: [other],
    }),
  ]);
};
const repeated = async (between: (made: MemoryWorld) => Promise<void>) => {
  const made = createWorld();
  tagRole(made, { [key]: 'nonsense' });
  await look(made, 'e-1');
  await between(made);
  advance(made, hour);
  tagRole(made, { [key]: 'nonsense' });
  await runSweep(made);
  await runRepair(made);
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
  await runSweep(made);
  await runRepair(made);
  advance(made, hour);
};

describe('invariant 5: a refusal that no event explains is one fact until its tag’s value changes', () => {
  it('so it keeps its id if the events of both changes were lost; the audit ends with the access that exists', async () => {
    const { made, refused, audit } = await repeated(async (one) => {
      tagRole(one, { [key]: reader });
      await bySweep(one);
      expect(isBound(one)).toBe(true);
    });
    expect(isBound(made)).toBe(false);
    expect(refused.length).toBeGreaterThan(1);
    expect(new Set(refused).size).toBe(1);
    expect(audit).toEqual(['Refused', 'Granted', 'Revoked']);
  });

  it('even if the tag was removed in between, so nothing was reported', async () => {
    const { refused, audit } = await repeated(async (one) => {
      setRole(one, reports, []);
      await bySweep(one);
    });
    expect(new Set(refused).size).toBe(1);
    expect(audit).toEqual(['Refused']);
  });

  it('and another value in between is another fact', async () => {
    const { refused, audit } = await repeated(async (one) => {
      tagRole(one, { [key]: 'other nonsense' });
      await look(one, 'e-between');
    });
    expect(new Set(refused).size).toBe(2);
    expect(audit).toEqual(['Refused', 'Refused']);
  });
});

it('a refusal is reported once, while configs of the same role are written over several rechecks', async () => {
  const regions = ['us-east-1', 'us-east-2', 'us-west-1', 'us-west-2', 'eu-west-1', 'eu-west-2'] as const;
  const using = { ...settings, regions };
  const made = createWorld();
  const grants = Array.from({ length: 40 }, (_, index) => [`${key}/g${index}`, reader]);
  tagRole(made, { [`${key}/bad`]: 'nonsense', ...Object.fromEntries(grants) });
  // Parameter Store takes three a second, and the first pass publishes for one second.
  made.before = (call) => {
    if (call.startsWith('PutParameter')) advance(made, 333);
  };
  let requests: readonly RoleRequest[] = [requestFor('reports')];
  let passes = 0;
  while (requests.length > 0) {
    passes += 1;
    await runReconcile(made, requests, using);
    requests = made.secondLooks.splice(0).map((one) => {
      const message = parseMessage(secondLookBody(one), [accountId], key);
      if (message.kind === 'ignored') throw new Error(message.reason);
      return requestOf(message, 'first');
    });
    advance(made, 2 * 60 * 1000);
  }
  expect(passes).toBeGreaterThan(3);
  expect(made.outcomes.filter(({ type }) => type === 'Refused')).toHaveLength(1);
});
