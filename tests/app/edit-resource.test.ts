import { editResource } from '../../shared/app/edit-resource.ts';
import type { PolicyChange } from '../../shared/core/change.ts';
import { PermanentError, RetryableError } from '../../shared/core/errors.ts';
import { type AllowPolicy, maxPrincipals } from '../../shared/core/iam-policy.ts';
import { memberOf } from '../../shared/core/member.ts';
import { workloadIdentityUser } from '../../shared/core/target.ts';
import type { Clock, PolicyRead, PolicyStore, PolicyWrite } from '../../shared/ports.ts';
import { now, reader, roleRef, settings } from '../support/settings.ts';
import { readerPolicy } from '../support/snapshot.ts';

const memberNamed = (name: string) => memberOf(settings, roleRef(name));
const change = (kind: 'bind' | 'unbind', name: string): PolicyChange => ({
  kind,
  id: `${kind} ${name}`,
  grants: ['default'],
  access: readerPolicy,
  resource: readerPolicy,
  edit: { kind: kind === 'bind' ? 'add' : 'remove', role: workloadIdentityUser, member: memberNamed(name) },
});
const policyOf = (...names: readonly string[]): AllowPolicy => ({
  etag: 'e',
  bindings: [{ role: workloadIdentityUser, members: ['user:eve@x.com', ...names.map(memberNamed)] }],
});
const read = (policy: AllowPolicy): PolicyRead => ({ kind: 'read', policy });
const people = (count: number): AllowPolicy => ({
  etag: 'e',
  bindings: [
    { role: 'roles/x', members: Array.from({ length: count }, (_, index) => `user:${index}@x.com`) },
  ],
});

/** A policy that someone else may change concurrently; it remembers which roles each write would have left bound. */
const store = (
  start: PolicyRead,
  answer: (policy: AllowPolicy) => PolicyWrite = (policy) => ({ kind: 'written', policy }),
) => {
  let current = start;
  const calls: string[] = [];
  const policies: PolicyStore = {
    read: async () => {
      calls.push('read');
      return current;
    },
    write: async (_, policy) => {
      const members = policy.bindings?.flatMap((row) => row.members) ?? [];
      const names = members.flatMap((one) => /assumed-role\/(.*)$/.exec(one)?.[1] ?? []);
      calls.push(`write ${names.join(' ')}`.trim());
      const written = answer(policy);
      if (written.kind === 'written') current = read(policy);
      return written;
    },
  };
  return { policies, calls };
};
const edit = async (
  { policies }: ReturnType<typeof store>,
  changes: readonly PolicyChange[],
  first?: PolicyRead,
) => {
  const results = await editResource({ policies, clock }, readerPolicy, changes, announceAll, first);
  return changes.map((one) => results.get(one));
};
/** As if the ledger accepted every announcement. */
const announceAll = () => Promise.resolve(new Map<PolicyChange, never>());
const done = { kind: 'done' };
/** Pauses take no time here, and are recorded. */
const pauses: number[] = [];
const clock: Clock = {
  now: () => now,
  pause: (milliseconds) => {
    pauses.push(milliseconds);
    return Promise.resolve();
  },
};
beforeEach(() => {
  pauses.length = 0;
});
const failed = (
  message: string,
  isNotMade: boolean,
  Kind: typeof PermanentError | typeof RetryableError = PermanentError,
) => ({
  kind: 'failed',
  error: new Kind(message),
  isNotMade,
});
const rejection = `Google rejected the allow policy of ${reader}: no`;
const full = `The allow policy of ${reader} holds Google's limit of 1500 principals. Use a second service account for some of its roles.`;

describe('edits of one allow policy', () => {
  it('of many roles are one read and one write', async () => {
    const one = store(read(policyOf('old')));
    expect(await edit(one, [change('unbind', 'old'), change('bind', 'a'), change('bind', 'b')])).toEqual([
      done,
      done,
      done,
    ]);
    expect(one.calls).toEqual(['read', 'write a b']);
  });

  it('begin with the policy that was read for planning', async () => {
    const one = store(read(policyOf()));
    await edit(one, [change('bind', 'a')], read(policyOf()));
    expect(one.calls).toEqual(['write a']);
  });

  it('write nothing if nothing changes', async () => {
    const one = store(read(policyOf('a')));
    expect(await edit(one, [change('bind', 'a'), change('unbind', 'gone')])).toEqual([done, done]);
    expect(one.calls).toEqual(['read']);
  });
});

describe('invariant 4: a refused read or write', () => {
  const changes = [change('unbind', 'old'), change('bind', 'a')];
  const refused = new PermanentError('does not exist or cannot be read', { because: 'notFound' });
  const refusing = () => {
    throw refused;
  };
  const unproven = { kind: 'failed', error: refused, isNotMade: false };

  it('does not count as an account without bindings', async () => {
    const { policies } = store(read(policyOf('old')));
    const results = await editResource(
      { policies: { ...policies, read: refusing }, clock },
      readerPolicy,
      changes,
      announceAll,
    );
    expect([...results.values()]).toEqual([unproven, unproven]);
  });

  it('does not confirm a revocation if it comes between read and write', async () => {
    const one = store(read(policyOf('old')), refusing);
    const refusedWrite = { ...unproven, isNotMade: true };
    expect(await edit(one, changes)).toEqual([refusedWrite, refusedWrite]);
  });

  it('counts as possibly made if the write failed for any other reason', async () => {
    const one = store(read(policyOf('old')), () => {
      throw new PermanentError('a proxy answered');
    });
    expect(await edit(one, changes)).toMatchObject([{ isNotMade: false }, { isNotMade: false }]);
  });
});

describe('a policy that others write as well', () => {
  it('is read again after every conflict, including the first', async () => {
    let conflicts = 2;
    const one = store(read(policyOf()), (policy) => {
      conflicts -= 1;
      return conflicts < 0 ? { kind: 'written', policy } : { kind: 'conflict' };
    });
    expect(await edit(one, [change('bind', 'a')], read(policyOf()))).toEqual([done]);
    expect(one.calls).toEqual(['write a', 'read', 'write a', 'read', 'write a']);
  });

  it('is left to the queue after fourteen conflicts, within about a minute', async () => {
    const one = store(read(policyOf()), () => ({ kind: 'conflict' }));
    expect(await edit(one, [change('bind', 'a')])).toEqual([
      failed(
        `The allow policy of ${reader} was changed by others 14 times while it was edited.`,
        false,
        RetryableError,
      ),
    ]);
    expect(one.calls.filter((call) => call.startsWith('write'))).toHaveLength(14);
  });

  it('is retried after a random wait: up to 50 ms at first, then up to 100, and so on up to five seconds', async () => {
    jest.spyOn(Math, 'random').mockReturnValue(0.5);
    await edit(
      store(read(policyOf()), () => ({ kind: 'conflict' })),
      [change('bind', 'a')],
    );
    expect(pauses).toEqual([25, 50, 100, 200, 400, 800, 1600, 2500, 2500, 2500, 2500, 2500, 2500]);
    jest.restoreAllMocks();
  });
});

describe('a policy that cannot be read or written', () => {
  it.each([
    ['permanently', new PermanentError('not permitted')],
    ['temporarily', new RetryableError('not available')],
  ])('%s: every change fails, and nothing is known about the binding', async (_, error) => {
    const one = store(read(policyOf()), () => {
      throw error;
    });
    const results = await edit(one, [change('bind', 'a'), change('unbind', 'old')]);
    expect(results).toEqual([done, done].map(() => ({ kind: 'failed', error, isNotMade: false })));
    expect(one.calls.filter((call) => call.startsWith('write'))).toHaveLength(1);
  });
});

describe('a full policy', () => {
  it('takes as many members as it has room for, in their order', async () => {
    const one = store(read(people(maxPrincipals - 1)));
    expect(await edit(one, [change('bind', 'a'), change('bind', 'b')])).toEqual([done, failed(full, true)]);
    expect(one.calls).toEqual(['read', 'write a']);
  });

  it('has the room that the unbinds make, and needs none for members that are already bound', async () => {
    const policy = people(maxPrincipals - 2);
    const rows = [
      ...(policy.bindings ?? []),
      { role: workloadIdentityUser, members: ['old', 'is'].map(memberNamed) },
    ];
    const one = store(read({ ...policy, bindings: rows }));
    const changes = [change('bind', 'is'), change('bind', 'a'), change('bind', 'b'), change('unbind', 'old')];
    expect(await edit(one, changes)).toEqual([done, done, failed(full, true), done]);
  });

  it('accepts no member and is not written if it already exceeds its limit', async () => {
    const one = store(read(people(maxPrincipals + 5)));
    expect(await edit(one, [change('bind', 'a'), change('bind', 'b')])).toEqual([
      failed(full, true),
      failed(full, true),
    ]);
    expect(one.calls).toEqual(['read']);
  });

  it('suggests access through a service account if the resource is not one', async () => {
    const { policies } = store(read(people(maxPrincipals)));
    const bind = change('bind', 'a');
    const results = await editResource({ policies, clock }, 'buckets/acme-in', [bind], announceAll);
    expect(results.get(bind)).toEqual(
      failed(
        "The allow policy of buckets/acme-in holds Google's limit of 1500 principals. Give a service account access there, and let some of its roles act as that account.",
        true,
      ),
    );
  });
});

describe('a policy that Google rejects', () => {
  /** Rejects any policy that binds one of these. */
  const rejecting = (start: AllowPolicy, ...bad: readonly string[]) =>
    store(read(start), (policy) =>
      policy.bindings?.some((row) => bad.some((name) => row.members.includes(memberNamed(name))))
        ? { kind: 'rejected', reason: 'no' }
        : { kind: 'written', policy },
    );

  it('because of its only bind: the bind fails, and is not retried', async () => {
    const one = rejecting(policyOf(), 'bad');
    expect(await edit(one, [change('bind', 'bad')])).toEqual([failed(rejection, true)]);
    expect(one.calls).toEqual(['read', 'write bad']);
  });

  it('loses the members to be removed first, and then gains the others in halves', async () => {
    const one = rejecting(policyOf('old'), 'bad');
    const names = ['a', 'bad', 'c', 'd', 'e'];
    const changes = [change('unbind', 'old'), ...names.map((name) => change('bind', name))];
    expect(await edit(one, changes)).toEqual([done, done, failed(rejection, true), done, done, done]);
    expect(one.calls.filter((call) => call.startsWith('write'))).toEqual([
      'write a bad c d e',
      'write',
      'write a bad c d e',
      'write a bad c',
      'write a bad',
      'write a',
      'write a bad',
      'write a c',
      'write a c d e',
    ]);
  });

  it('because of its only bind, with a member to be removed: the revocation is made', async () => {
    const one = rejecting(policyOf('old'), 'bad');
    expect(await edit(one, [change('bind', 'bad'), change('unbind', 'old')])).toEqual([
      failed(rejection, true),
      done,
    ]);
  });

  it('because of a row of someone else: the revocation fails, and the access may still exist', async () => {
    const one = rejecting(policyOf('old', 'bad'), 'bad');
    expect(await edit(one, [change('unbind', 'old')])).toEqual([failed(rejection, false)]);
    const [unbind, bind] = await edit(one, [change('unbind', 'old'), change('bind', 'a')]);
    expect([unbind, bind]).toEqual([failed(rejection, false), failed(rejection, true)]);
  });
});
