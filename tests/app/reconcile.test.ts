import {
  deleteRole,
  type MemoryWorld,
  memoryPorts,
  memoryWorld,
  setPolicy,
  setRole,
  unavailable,
} from '../../shared/adapters/memory.ts';
import { reconcile } from '../../shared/app/reconcile.ts';
import { PermanentError } from '../../shared/core/errors.ts';
import { memberOf } from '../../shared/core/member.ts';
import { serviceAccountResource } from '../../shared/core/service-account.ts';
import type { Settings } from '../../shared/core/settings.ts';
import { request } from '../support/reconciling.ts';
import { now, reader, reports, roleRef, settings, writer } from '../support/settings.ts';

const readerPolicy = serviceAccountResource(reader);
const writerPolicy = serviceAccountResource(writer);
const member = memberOf(settings, reports);
const foreign = {
  role: 'roles/iam.serviceAccountUser',
  members: ['user:eve@example.com', 'deleted:user:x@example.com?uid=1'],
};

const world = (): MemoryWorld => {
  const made = memoryWorld(now);
  setPolicy(made, readerPolicy, { bindings: [foreign] });
  setPolicy(made, writerPolicy, {});
  return made;
};

const run = (made: MemoryWorld, requests = [request()], using: Settings = settings) =>
  reconcile(using, memoryPorts(made), requests);
const tag = (made: MemoryWorld, value: string, key = 'google-access') =>
  setRole(made, reports, [{ key, value }]);
const bindings = (made: MemoryWorld, resource = readerPolicy) =>
  made.policies.get(resource)?.policy.bindings ?? [];
const bound = (made: MemoryWorld, resource = readerPolicy) =>
  bindings(made, resource).some(({ members }) => members.includes(member));
const types = (made: MemoryWorld) => made.outcomes.map(({ type }) => type);
const places = (made: MemoryWorld) => [...made.parameters.keys()].toSorted();
const writes = (made: MemoryWorld) =>
  made.calls.filter((call) => /^(Put|Delete|set)/.test(call) && call !== 'PutEvents');
const both = ['eu-west-1 /google-access/reports/default', 'us-east-1 /google-access/reports/default'];

describe('a role that is tagged', () => {
  it('gets binding, parameters in every region, one outcome and one second look', async () => {
    const made = world();
    tag(made, reader);
    const [report] = await run(made);
    expect(report?.retry).toBeUndefined();
    expect(bindings(made)).toEqual([foreign, { role: 'roles/iam.workloadIdentityUser', members: [member] }]);
    expect(places(made)).toEqual(both);
    expect(types(made)).toEqual(['Granted']);
    expect(made.secondLooks).toHaveLength(1);
  });

  it('is recorded in the first region before it is bound, and copied to the others after', async () => {
    const made = world();
    tag(made, reader);
    await run(made);
    expect(writes(made)).toEqual([
      'PutParameter us-east-1 /google-access/reports/default',
      `setIamPolicy ${readerPolicy}`,
      'PutParameter eu-west-1 /google-access/reports/default',
    ]);
  });

  it('costs no write the second time', async () => {
    const made = world();
    tag(made, reader);
    await run(made);
    const before = writes(made).length;
    await run(made);
    expect(writes(made)).toHaveLength(before);
    expect(types(made)).toEqual(['Granted']);
  });

  it('is confirmed with its whole state when the message was redelivered', async () => {
    const made = world();
    tag(made, reader);
    await run(made);
    await run(made, [request('reports', { isRedelivered: true })]);
    expect(types(made)).toEqual(['Granted', 'Confirmed']);
    expect(made.outcomes[1]?.detail.grants?.[0]?.target).toEqual({ kind: 'serviceAccount', email: reader });
  });
});

describe('a role that loses its tag', () => {
  it.each([
    ['untagged', (made: MemoryWorld) => setRole(made, reports, [])],
    ['deleted', (made: MemoryWorld) => deleteRole(made, reports)],
  ])('%s: is unbound first, and its record in the first region goes last', async (_, change) => {
    const made = world();
    tag(made, reader);
    await run(made);
    made.calls.length = 0;
    change(made);
    await run(made);
    expect(writes(made)).toEqual([
      `setIamPolicy ${readerPolicy}`,
      'DeleteParameter eu-west-1 /google-access/reports/default',
      'DeleteParameter us-east-1 /google-access/reports/default',
    ]);
    expect(bindings(made)).toEqual([foreign]);
    expect(types(made)).toEqual(['Granted', 'Revoked']);
  });

  it('keeps its record while the unbind is not confirmed', async () => {
    const made = world();
    tag(made, reader);
    await run(made);
    setRole(made, reports, []);
    made.before = (call) => {
      if (call.startsWith('setIamPolicy')) throw unavailable('Google');
    };
    const [report] = await run(made);
    expect(report?.retry?.message).toContain('not available');
    expect(places(made)).toEqual(both);
  });

  it('is told when its access cannot be taken away for good', async () => {
    const made = world();
    tag(made, reader);
    await run(made);
    setRole(made, reports, []);
    made.denied.add(readerPolicy);
    const [report] = await run(made);
    expect(report?.retry).toBeUndefined();
    expect(types(made)).toEqual(['Granted', 'Failed']);
    expect(made.outcomes[1]?.detail.reason).toContain('Access may still be there');
    expect(places(made)).toEqual(both);
  });

  it('is done when the service account is gone', async () => {
    const made = world();
    tag(made, reader);
    await run(made);
    setRole(made, reports, []);
    made.policies.delete(readerPolicy);
    await run(made);
    expect(places(made)).toEqual([]);
    expect(types(made)).toEqual(['Granted', 'Revoked']);
  });
});

describe('a role whose target changes', () => {
  it('loses the old account, then is recorded anew, then gains the new one', async () => {
    const made = world();
    tag(made, reader);
    await run(made);
    made.calls.length = 0;
    tag(made, writer);
    await run(made);
    expect(writes(made)).toEqual([
      `setIamPolicy ${readerPolicy}`,
      'PutParameter us-east-1 /google-access/reports/default',
      `setIamPolicy ${writerPolicy}`,
      'PutParameter eu-west-1 /google-access/reports/default',
    ]);
    expect([bound(made), bound(made, writerPolicy)]).toEqual([false, true]);
    expect(types(made)).toEqual(['Granted', 'Revoked', 'Granted']);
  });

  it('changes only the condition when only the date changes', async () => {
    const made = world();
    tag(made, `${reader} until 2026-12-01`);
    await run(made);
    tag(made, `${reader} until 2026-12-02`);
    await run(made);
    expect(bindings(made).slice(1)).toEqual([
      {
        role: 'roles/iam.workloadIdentityUser',
        members: [member],
        condition: {
          title: 'rolebridge-until',
          expression: 'request.time < timestamp("2026-12-03T00:00:00Z")',
        },
      },
    ]);
    expect(types(made)).toEqual(['Granted', 'Granted']);
  });

  it('re-created in another case: the old spelling loses what it had', async () => {
    const made = world();
    tag(made, reader);
    await run(made);
    deleteRole(made, reports);
    setRole(made, roleRef('Reports'), []);
    await run(made);
    expect(bound(made)).toBe(false);
    expect(places(made)).toEqual([]);
  });
});

describe('several grants', () => {
  it('of one account share a binding until the last of them goes', async () => {
    const made = world();
    setRole(made, reports, [
      { key: 'google-access', value: reader },
      { key: 'google-access/x', value: reader },
    ]);
    await run(made);
    expect(bindings(made)).toHaveLength(2);
    expect(places(made)).toHaveLength(4);
    tag(made, reader);
    await run(made);
    expect(bound(made)).toBe(true);
    expect(places(made)).toEqual(both);
    expect(made.outcomes.at(-1)?.detail.reason).toContain(
      'access to reader@acme-data.iam.gserviceaccount.com stays through grant default',
    );
  });

  it('of a hundred roles are one write', async () => {
    const made = world();
    const names = Array.from({ length: 100 }, (_, index) => `app-${index}`);
    for (const name of names) setRole(made, roleRef(name), [{ key: 'google-access', value: reader }]);
    await run(
      made,
      names.map((name) => request(name)),
    );
    expect(made.calls.filter((call) => call.startsWith('setIamPolicy'))).toHaveLength(1);
    expect(bindings(made)[1]?.members).toHaveLength(100);
  });
});

describe('what cannot be granted', () => {
  it('a missing account fails for good, and the parameter is taken back', async () => {
    const made = world();
    made.policies.delete(readerPolicy);
    tag(made, reader);
    const [report] = await run(made);
    expect(report?.retry).toBeUndefined();
    expect(types(made)).toEqual(['Failed']);
    expect(made.outcomes[0]?.detail.reason).toContain(
      'does not exist in project acme-data. Create it, or correct the tag.',
    );
    expect(places(made)).toEqual([]);
  });

  it.each([
    ['is missing', (made: MemoryWorld) => made.policies.delete(writerPolicy)],
    ['may not be edited', (made: MemoryWorld) => made.denied.add(writerPolicy)],
  ])('a tag moved to an account that %s: no region keeps the config of the old one', async (_, change) => {
    const made = world();
    tag(made, reader);
    await run(made);
    change(made);
    tag(made, writer);
    await run(made);
    expect(bound(made)).toBe(false);
    expect(places(made)).toEqual([]);
  });

  it('a tag moved to a missing account: the record stays while the old account cannot be unbound', async () => {
    const made = world();
    tag(made, reader);
    await run(made);
    made.denied.add(readerPolicy);
    made.policies.delete(writerPolicy);
    tag(made, writer);
    await run(made);
    expect(places(made)).toEqual(both);
  });

  it('an account that we may not edit fails for good, and the new parameter is taken back', async () => {
    const made = world();
    made.denied.add(readerPolicy);
    tag(made, reader);
    const [report] = await run(made);
    expect(report?.retry).toBeUndefined();
    expect(types(made)).toEqual(['Failed']);
    expect(places(made)).toEqual([]);
  });

  it('a parameter from before stays as the record while its policy cannot be read', async () => {
    const made = world();
    tag(made, reader);
    await run(made);
    made.denied.add(readerPolicy);
    await run(made);
    expect(places(made)).toEqual(both);
  });

  it('one member that Google rejects keeps out nobody else, and holds back no revocation', async () => {
    const made = world();
    setRole(made, roleRef('app-old'), [{ key: 'google-access', value: reader }]);
    await run(made, [request('app-old')]);
    deleteRole(made, roleRef('app-old'));
    for (const name of ['app-1', 'app-bad', 'app-2', 'app-3'])
      setRole(made, roleRef(name), [{ key: 'google-access', value: reader }]);
    made.rejected.add(memberOf(settings, roleRef('app-bad')));
    const settled = await run(
      made,
      ['app-old', 'app-1', 'app-bad', 'app-2', 'app-3'].map((name) => request(name)),
    );
    expect(settled.filter(({ retry }) => retry !== undefined)).toEqual([]);
    expect(bindings(made)[1]?.members).toEqual(
      ['app-1', 'app-2', 'app-3'].map((name) => memberOf(settings, roleRef(name))),
    );
    expect(made.outcomes.find(({ type }) => type === 'Failed')?.detail.role.roleName).toBe('app-bad');
    expect(places(made).filter((place) => place.includes('app-bad'))).toEqual([]);
  });

  it('a full policy: what fits is bound, the rest is told', async () => {
    const made = world();
    setPolicy(made, readerPolicy, {
      bindings: [
        { role: 'roles/x', members: Array.from({ length: 1499 }, (_, index) => `user:${index}@x.com`) },
      ],
    });
    for (const name of ['app-1', 'app-2'])
      setRole(made, roleRef(name), [{ key: 'google-access', value: reader }]);
    await run(made, [request('app-1'), request('app-2')]);
    expect(types(made).toSorted()).toEqual(['Failed', 'Granted']);
    expect(made.outcomes.find(({ type }) => type === 'Failed')?.detail.reason).toContain(
      "Google's limit of 1500 principals",
    );
  });

  it('a refusal is told once: a second look without news is silent', async () => {
    const made = world();
    tag(made, 'rolebridge@acme-identity.iam.gserviceaccount.com');
    await run(made);
    const told = made.secondLooks[0]?.told ?? '';
    await run(made, [request('reports', { look: 'second', wantsSecondLook: false, told })]);
    expect(types(made)).toEqual(['Refused']);
    expect(made.secondLooks).toHaveLength(1);
  });
});

describe('the world moves while we write', () => {
  it('a tag taken away between read and write is seen by the re-read', async () => {
    const made = world();
    tag(made, reader);
    made.after = (call) => {
      if (call.startsWith('setIamPolicy') && made.roles.get('111122223333/reports')?.tags.length === 1)
        setRole(made, reports, []);
    };
    await run(made);
    expect(bound(made)).toBe(false);
    expect(places(made)).toEqual([]);
    expect(types(made)).toEqual(['Granted', 'Revoked']);
  });

  it('a binding made after its record was taken away is found by the second look, which looks where the first did', async () => {
    const made = world();
    tag(made, reader);
    await run(made);
    // A reconciler that read the old tag has published its record, and not bound yet.
    setPolicy(made, readerPolicy, { bindings: [foreign] });
    setRole(made, reports, []);
    made.secondLooks.length = 0;
    await run(made);
    expect(places(made)).toEqual([]);
    // Now it binds, and is killed.
    setPolicy(made, readerPolicy, {
      bindings: [foreign, { role: 'roles/iam.workloadIdentityUser', members: [member] }],
    });
    const { told = '', lookedAt = [] } = made.secondLooks[0] ?? {};
    await run(made, [request('reports', { look: 'second', wantsSecondLook: false, told, lookedAt })]);
    expect(bindings(made)).toEqual([foreign]);
  });

  it('a second look brings no news of an account that is no longer asked for and may not be read', async () => {
    const made = world();
    made.denied.add(readerPolicy);
    tag(made, reader);
    await run(made);
    setRole(made, reports, []);
    const { told = '', lookedAt = [] } = made.secondLooks[0] ?? {};
    expect(lookedAt).toEqual([readerPolicy]);
    await run(made, [request('reports', { look: 'second', wantsSecondLook: false, told, lookedAt })]);
    expect(types(made)).toEqual(['Failed']);
  });

  it('a role that never holds still goes back to the queue after three rounds', async () => {
    const made = world();
    let turn = 0;
    tag(made, reader);
    made.after = (call) => {
      if (!call.startsWith('GetRole')) return;
      turn += 1;
      // After the first read of each round, so that the second one sees another tag.
      if (turn % 2 === 1) tag(made, turn % 4 === 1 ? writer : reader);
    };
    const [report] = await run(made);
    expect(report?.retry?.message).toContain('keeps changing');
    expect(turn).toBe(6);
  });

  it('a competing writer loses nothing, and neither do we', async () => {
    const made = world();
    tag(made, reader);
    let competing = 3;
    made.before = (call) => {
      if (!call.startsWith('setIamPolicy') || competing === 0) return;
      competing -= 1;
      setPolicy(made, readerPolicy, {
        bindings: [...bindings(made), { role: `roles/other${competing}`, members: ['user:a@x.com'] }],
      });
    };
    await run(made);
    expect(bindings(made).map(({ role }) => role)).toEqual([
      'roles/iam.serviceAccountUser',
      'roles/other2',
      'roles/other1',
      'roles/other0',
      'roles/iam.workloadIdentityUser',
    ]);
  });

  it('one region that is down holds up no revocation of the binding, and the message comes back', async () => {
    const made = world();
    tag(made, reader);
    await run(made);
    setRole(made, reports, []);
    made.before = (call) => {
      if (call.includes('eu-west-1')) throw unavailable('SSM');
    };
    const [report] = await run(made);
    expect(bound(made)).toBe(false);
    expect(report?.retry).toBeDefined();
    made.before = () => undefined;
    await run(made, [request('reports', { isRedelivered: true })]);
    expect(places(made)).toEqual([]);
  });

  it('a region that may not be read is told, though nothing had to change', async () => {
    const made = world();
    setRole(made, reports, []);
    made.before = (call) => {
      if (call.includes('eu-west-1')) throw new PermanentError('not authorized to list parameters');
    };
    const [report] = await run(made);
    expect(report?.retry).toBeUndefined();
    expect(made.outcomes).toMatchObject([
      { type: 'Failed', detail: { reason: 'not authorized to list parameters' } },
    ]);
  });

  it('outcomes that cannot be sent bring the message back', async () => {
    const made = world();
    tag(made, reader);
    made.before = (call) => {
      if (call === 'PutEvents') throw unavailable('EventBridge');
    };
    const [report] = await run(made);
    expect(report?.retry?.message).toContain('could not be told');
  });
});

describe('a kill between any two calls, then untag', () => {
  it('leaves nothing behind, since the record names it', async () => {
    class Killed extends Error {}
    const probe = world();
    tag(probe, reader);
    await run(probe);
    for (let at = 0; at < probe.calls.length * 2; at += 1) {
      const made = world();
      tag(made, reader);
      let isDead = false;
      let position = 0;
      const hook = () => {
        if (isDead || position === at) isDead = true;
        position += 1;
        // A dead process calls nothing more: every later call fails before it is performed.
        if (isDead) throw new Killed();
      };
      made.before = hook;
      made.after = hook;
      await run(made);
      made.before = () => undefined;
      made.after = () => undefined;
      setRole(made, reports, []);
      await run(made);
      expect({ at, bindings: bindings(made), places: places(made) }).toEqual({
        at,
        bindings: [foreign],
        places: [],
      });
    }
  });
});

describe('a tag that moves to an account that is not there, while the old account cannot be written', () => {
  it('keeps the record of the binding that stays', async () => {
    const gone = 'gone@acme-data.iam.gserviceaccount.com';
    const made = world();
    setRole(made, reports, [
      { key: 'google-access/a', value: writer },
      { key: 'google-access/b', value: reader },
    ]);
    await run(made);
    const record = made.parameters.get('us-east-1 /google-access/reports/b');
    setRole(made, reports, [
      { key: 'google-access/a', value: gone },
      { key: 'google-access/b', value: gone },
    ]);
    made.before = (call) => {
      if (call === `setIamPolicy ${readerPolicy}`) throw unavailable('Google');
    };
    const [report] = await run(made);
    expect(report?.retry).toBeDefined();
    expect(bound(made)).toBe(true);
    expect(made.parameters.get('us-east-1 /google-access/reports/b')).toEqual(record);
    expect(made.parameters.has('us-east-1 /google-access/reports/a')).toBe(false);
  });
});

describe('modes', () => {
  it('dry-run writes nothing and says what it would do', async () => {
    const made = world();
    tag(made, reader);
    await run(made, [request()], { ...settings, mode: 'dry-run' });
    expect(writes(made)).toEqual([]);
    expect(made.outcomes.map(({ type, detail }) => [type, detail.planned])).toEqual([['Granted', true]]);
  });

  it('upsert-only adds and never takes away', async () => {
    const made = world();
    tag(made, reader);
    const upsert: Settings = { ...settings, mode: 'upsert-only' };
    await run(made, [request()], upsert);
    setRole(made, reports, []);
    await run(made, [request()], upsert);
    expect(bound(made)).toBe(true);
    expect(places(made)).toEqual(both);
    expect(types(made)).toEqual(['Granted']);
  });
});
