import fc from 'fast-check';
import {
  type AllowPolicy,
  type Binding,
  conditionsOf,
  editPolicy,
  isAllowPolicy,
  ourBindings,
  type PolicyEdit,
  principalCount,
  sameCondition,
  untilCondition,
} from '../../shared/core/iam-policy.ts';
import { memberOf } from '../../shared/core/member.ts';
import { serviceAccountResource } from '../../shared/core/service-account.ts';
import { workloadIdentityUser } from '../../shared/core/target.ts';
import { reader, reports, roleRef, settings } from '../support/settings.ts';

const member = memberOf(settings, reports);
const add = (more: Partial<PolicyEdit> = {}): PolicyEdit => ({
  kind: 'add',
  role: workloadIdentityUser,
  member,
  ...more,
});
const remove = (more: Partial<PolicyEdit> = {}): PolicyEdit => ({ ...add(more), kind: 'remove' });
const until = untilCondition('2027-01-01T00:00:00Z');
const resource = serviceAccountResource(reader);

const otherPool = memberOf({ ...settings, google: { ...settings.google, pool: 'other' } }, reports);
const condition = fc.record(
  { title: fc.string({ minLength: 1 }), expression: fc.string({ minLength: 1 }), description: fc.string() },
  { requiredKeys: ['title', 'expression'], noNullPrototype: true },
);
const foreignMember = fc.constantFrom(
  'user:a@x.com',
  'deleted:user:b@x.com?uid=1',
  'group:g@x.com',
  otherPool,
  `deleted:${member}`,
  'serviceAccount:p.svc.id.goog[ns/sa]',
);
const binding: fc.Arbitrary<Binding> = fc.record(
  {
    role: fc.constantFrom(workloadIdentityUser, 'roles/iam.serviceAccountUser', 'projects/p/roles/custom'),
    members: fc.uniqueArray(foreignMember, { minLength: 1 }),
    condition,
  },
  { requiredKeys: ['role', 'members'], noNullPrototype: true },
);
const policy: fc.Arbitrary<AllowPolicy> = fc.record({
  etag: fc.string(),
  version: fc.constantFrom(1, 3),
  bindings: fc.array(binding, { maxLength: 6 }),
  auditConfigs: fc.array(fc.jsonValue()),
  unheardOf: fc.jsonValue(),
});

describe('edits of a policy full of other people’s rows', () => {
  it('adding and removing our member leaves it identical', () => {
    fc.assert(
      fc.property(policy, fc.option(condition, { nil: undefined }), (before, when) => {
        const edit = when === undefined ? {} : { condition: when };
        const added = editPolicy(before, [add(edit)]);
        expect(ourBindings(settings, resource, added)).toHaveLength(1);
        expect(editPolicy(added, [remove(edit)])).toEqual(before);
      }),
    );
  });

  it('every foreign row, field and order stays while our member is there', () => {
    fc.assert(
      fc.property(policy, (before) => {
        const { bindings = [], ...rest } = editPolicy(before, [add()]);
        const foreign = bindings
          .map((row) => ({ ...row, members: row.members.filter((one) => one !== member) }))
          .filter(({ members }) => members.length > 0);
        expect({ ...rest, bindings: foreign }).toEqual(before);
      }),
    );
  });

  it('doing it twice has the effect of doing it once, and returns the same object if nothing changes', () => {
    fc.assert(
      fc.property(policy, (before) => {
        const once = editPolicy(before, [add()]);
        expect(editPolicy(once, [add()])).toBe(once);
        expect(editPolicy(before, [remove()])).toBe(before);
        expect(editPolicy(before, [add(), remove()])).toBe(before);
      }),
    );
  });
});

describe('a binding is its role, member and condition', () => {
  it('a member under another condition is another binding', () => {
    const both = editPolicy({}, [add(), add({ condition: until })]);
    expect(both.bindings).toHaveLength(2);
    expect(editPolicy(both, [remove()]).bindings).toEqual([
      { role: workloadIdentityUser, members: [member], condition: until },
    ]);
    expect([
      sameCondition(undefined, undefined),
      sameCondition(until, undefined),
      sameCondition(until, { ...until }),
    ]).toEqual([true, false, true]);
  });

  it('bindings are ours if they are in our pool as workload identity user, on any account', () => {
    const other = { ...roleRef('app-1'), accountId: '999999999999' };
    const held: AllowPolicy = {
      bindings: [
        {
          role: workloadIdentityUser,
          members: [member, otherPool, memberOf(settings, other)],
          condition: until,
        },
        { role: 'roles/iam.serviceAccountTokenCreator', members: [member] },
      ],
    };
    expect(ourBindings(settings, resource, held)).toEqual([
      { ref: reports, googleRole: workloadIdentityUser, member, condition: until },
      { ref: other, googleRole: workloadIdentityUser, member: memberOf(settings, other), condition: until },
    ]);
    expect(principalCount(held)).toBe(4);
    expect([ourBindings(settings, resource, {}), principalCount({})]).toEqual([[], 0]);
  });

  it('an edit of another Google role or condition is a binding of its own', () => {
    const rows: AllowPolicy = { bindings: [{ role: 'roles/x', members: [member] }] };
    expect(editPolicy(rows, [add()]).bindings).toEqual([
      { role: 'roles/x', members: [member] },
      { role: workloadIdentityUser, members: [member] },
    ]);
    expect(editPolicy(rows, [remove()])).toBe(rows);
  });

  it('a new row has a condition only if there is one', () => {
    expect(editPolicy({}, [add()]).bindings).toStrictEqual([
      { role: workloadIdentityUser, members: [member] },
    ]);
  });

  it('a member joins the first of several equal rows, and leaves all of them', () => {
    const row = { role: workloadIdentityUser, members: ['user:a@x.com'] };
    const { bindings } = editPolicy({ bindings: [row, row] }, [add()]);
    expect(bindings).toEqual([{ ...row, members: ['user:a@x.com', member] }, row]);
    const twice = { ...row, members: ['user:a@x.com', member] };
    expect(editPolicy({ bindings: [twice, twice] }, [remove()]).bindings).toEqual([row, row]);
    expect(editPolicy({ bindings: [row, twice] }, [add()]).bindings).toEqual([row, twice]);
  });

  it('edits that undo each other change nothing', () => {
    const rows: AllowPolicy = {
      etag: 'e',
      bindings: [{ role: workloadIdentityUser, members: ['user:a@x.com'] }],
    };
    expect(editPolicy(rows, [add(), remove()])).toBe(rows);
    expect(editPolicy({}, [])).toEqual({});
  });

  it('fields that we do not know stay on a row that is edited', () => {
    const row = { role: workloadIdentityUser, members: ['user:a@x.com', member], bindingId: '7' };
    expect(editPolicy({ bindings: [row] }, [remove()]).bindings).toEqual([
      { ...row, members: ['user:a@x.com'] },
    ]);
  });

  it('the conditions of a member are those under which it is a workload identity user', () => {
    const rows: AllowPolicy = {
      bindings: [
        { role: workloadIdentityUser, members: [member] },
        { role: workloadIdentityUser, members: [member, otherPool], condition: until },
        { role: workloadIdentityUser, members: [otherPool], condition: { title: 'theirs' } },
        { role: 'roles/x', members: [member], condition: { title: 'another role' } },
      ],
    };
    expect(conditionsOf(rows, workloadIdentityUser, member)).toEqual([undefined, until]);
    expect(conditionsOf({}, workloadIdentityUser, member)).toEqual([]);
  });

  it('the text of a binding without a condition does not mention one', () => {
    const [one] = ourBindings(settings, resource, {
      bindings: [{ role: workloadIdentityUser, members: [member] }],
    });
    expect(one).toEqual({ ref: reports, googleRole: workloadIdentityUser, member });
    expect(one).not.toHaveProperty('condition');
  });
});

describe('Google’s answer', () => {
  const role = workloadIdentityUser;
  it.each([
    { etag: 'x' },
    { etag: 'x', version: 1, auditConfigs: [], futureField: 7 },
    { etag: 'x', bindings: [] },
    { etag: 'x', bindings: [{ role, members: [member], condition: until, futureField: 7 }] },
  ])('%j is an allow policy', (value) => {
    expect(isAllowPolicy(value)).toBe(true);
  });

  it.each([
    [''],
    [null],
    [[]],
    // Invariant 4: Google sends an etag with every policy, so these do not prove that nothing is bound.
    [{}],
    [{ etag: '' }],
    [{ etag: null }],
    [{ bindings: [] }],
    [{ etag: 7 }],
    [{ etag: 'x', bindings: {} }],
    [{ etag: 'x', bindings: [null] }],
    [{ etag: 'x', bindings: [{ role }] }],
    [{ etag: 'x', bindings: [{ members: [member] }] }],
    [{ etag: 'x', bindings: [{ role, members: [7] }] }],
    [{ etag: 'x', bindings: [{ role, members: member }] }],
    [{ etag: 'x', bindings: [{ role, members: [member], condition: 'x' }] }],
  ])('%j is not an allow policy', (value) => {
    expect(isAllowPolicy(value)).toBe(false);
  });
});
