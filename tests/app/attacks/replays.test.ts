import { reconcile } from '../../../shared/app/reconcile.ts';
import { requestOf as asRequest, type RoleRequest } from '../../../shared/app/role-run.ts';
import { parseMessage } from '../../../shared/core/message.ts';
import { memoryPorts } from '../../support/memory.ts';
import { requestFor, runReconcile } from '../../support/reconciling.ts';
import { accountId, reports, settings, tagKey } from '../../support/settings.ts';
import { setKnown } from '../../support/table.ts';
import { createWorld, sharedBinding, tagRole } from '../../support/world.ts';

const key = settings.tagKey;

const naming = (id: string, name: string, second: number, more: Partial<RoleRequest> = {}): RoleRequest => {
  const eventTime = `2026-11-24T11:59:0${second}Z`;
  const caller = { eventName: 'TagRole', eventId: id, eventTime, requestedBy: id } as const;
  return requestFor('reports', {
    cause: caller,
    events: [{ ...caller, keys: [{ key: `${key}/${name}`, value: 'nonsense' }] }],
    namedKeys: [`${key}/${name}`],
    ...more,
  });
};

describe('invariant 5: a replay has the same id', () => {
  it('a refusal that no event of the look explains, when one message of the batch is retried alone', async () => {
    const world = createWorld();
    setKnown(world);
    tagRole(world, { [key]: 'nonsense' });
    await runReconcile(world, [naming('e-1', 'x', 1), naming('e-2', 'y', 2)]);
    const first = world.outcomes.splice(0).filter(({ type }) => type === 'Refused');
    await runReconcile(world, [naming('e-1', 'x', 1, { delivery: 'again' })]);
    const second = world.outcomes.filter(({ type }) => type === 'Refused');
    expect(first).toHaveLength(1);
    expect(second.map(({ detail }) => detail.id)).toEqual(first.map(({ detail }) => detail.id));
  });
});

describe('invariant 5: a replay has the same id', () => {
  it('a refusal that a sweep reported, when one drift of the batch is retried alone', async () => {
    const drift = (id: string, delivery: 'first' | 'again' = 'first') => {
      const detail = { role: reports, resources: [], strays: [], released: [], absent: [] };
      const body = { source: 'rolebridge', 'detail-type': 'Google Access Drift Detected', id, detail };
      const message = parseMessage(JSON.stringify(body), [accountId], tagKey);
      if (message.kind !== 'drift') throw new Error('not a drift');
      return asRequest(message, delivery);
    };
    const world = createWorld({ readerBindings: [sharedBinding] });
    setKnown(world);
    tagRole(world, { [tagKey]: 'nonsense' });
    await reconcile(settings, memoryPorts(world), [drift('d-1'), drift('d-2')]);
    const first = world.outcomes.splice(0).filter(({ type }) => type === 'Refused');
    await reconcile(settings, memoryPorts(world), [drift('d-2', 'again')]);
    const second = world.outcomes.filter(({ type }) => type === 'Refused');
    expect(first).toHaveLength(1);
    expect(second.map(({ detail }) => detail.id)).toEqual(first.map(({ detail }) => detail.id));
  });
});
