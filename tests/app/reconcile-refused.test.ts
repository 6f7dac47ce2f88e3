import { memberOf } from '../../shared/core/member.ts';
import { deleteRole, type MemoryWorld, setPolicy, setRole } from '../support/memory.ts';
import {
  bindings,
  both,
  bound,
  places,
  readerPolicy,
  tag,
  types,
  world,
  writerPolicy,
} from '../support/memory-world.ts';
import { request, run } from '../support/reconciling.ts';
import { reader, roleRef, settings, writer } from '../support/settings.ts';
import { entriesOf } from '../support/table.ts';

describe('what cannot be granted', () => {
  it.each([
    [
      'a listing confirmed absent',
      [readerPolicy],
      'does not exist in project acme-data. Create it, or correct the tag.',
    ],
    ['Google does not find', [], 'does not exist or cannot be read.'],
  ])('an account that %s fails for good, and nothing is published', async (_, reportedAbsent, reason) => {
    const made = world();
    made.policies.delete(readerPolicy);
    tag(made, reader);
    const [report] = await run(made, [request('reports', { reportedAbsent })]);
    expect(report?.retry).toBeUndefined();
    expect(types(made)).toEqual(['Failed']);
    expect(made.outcomes[0]?.detail.reason).toContain(reason);
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

  it('a tag moved to a missing account: the entry stays while the old account cannot be unbound', async () => {
    const made = world();
    tag(made, reader);
    await run(made);
    made.denied.add(readerPolicy);
    made.policies.delete(writerPolicy);
    tag(made, writer);
    await run(made);
    expect(entriesOf(made).map(({ resource }) => resource)).toEqual([readerPolicy]);
    expect(places(made)).toEqual([]);
  });

  it('an account that we may not edit fails for good, and nothing is published', async () => {
    const made = world();
    made.denied.add(readerPolicy);
    tag(made, reader);
    const [report] = await run(made);
    expect(report?.retry).toBeUndefined();
    expect(types(made)).toEqual(['Failed']);
    expect(places(made)).toEqual([]);
  });

  it('a config from before stays while its policy cannot be read', async () => {
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
    const reported = made.secondLooks[0]?.reported ?? '';
    await run(made, [request('reports', { pass: 'second', needsRecheck: false, reported })]);
    expect(types(made)).toEqual(['Refused']);
    expect(made.secondLooks).toHaveLength(1);
  });
});
