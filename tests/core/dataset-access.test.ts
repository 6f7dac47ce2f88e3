import fc from 'fast-check';
import {
  type AccessEntry,
  accessOfPolicy,
  type DatasetPolicy,
  isAccess,
  isDatasetPolicy,
  policyOfAccess,
} from '../../shared/core/dataset-access.ts';
import { editPolicy, type PolicyEdit, untilCondition } from '../../shared/core/iam-policy.ts';
import { memberOf } from '../../shared/core/member.ts';
import { reports, roleRef, settings } from '../support/settings.ts';

const viewer = 'roles/bigquery.dataViewer';
const ours = memberOf(settings, reports);
const condition = fc.constantFrom(undefined, untilCondition('2030-01-01T00:00:00Z'), {
  ...untilCondition('2030-01-01T00:00:00Z'),
  title: 'theirs',
  location: 'their file',
});
const role = fc.constantFrom('READER', viewer, 'WRITER', 'OWNER', 'roles/bigquery.metadataViewer');
const member = fc.constantFrom(ours, memberOf(settings, roleRef('app-web')), 'deleted:principal://gone', 'x');

const conditional = <T extends object>(entry: T, one: unknown): T =>
  one === undefined ? entry : { ...entry, condition: one };
const ofOthers = fc.oneof(
  fc.record({ view: fc.record({ projectId: fc.string(), tableId: fc.string() }) }),
  fc.record({ routine: fc.jsonValue() }),
  fc.record({ role, specialGroup: fc.constantFrom('projectOwners', 'allAuthenticatedUsers') }),
  fc
    .tuple(fc.record({ role, userByEmail: fc.string() }), condition)
    .map(([entry, one]) => conditional(entry, one)),
  // BigQuery may have kinds of entries that we do not know.
  fc.dictionary(fc.constantFrom('future', 'dataset', 'domain'), fc.jsonValue()),
  fc.record({ iamMember: member }),
);
const ofMembers = fc
  .tuple(
    fc.record({ role, iamMember: member, note: fc.string() }, { requiredKeys: ['role', 'iamMember'] }),
    condition,
  )
  .map(([entry, one]) => conditional(entry, one));
const access = fc.array(fc.oneof(ofOthers, ofMembers), { maxLength: 8 }) as fc.Arbitrary<
  readonly AccessEntry[]
>;
const edits: fc.Arbitrary<readonly PolicyEdit[]> = fc.array(
  fc
    .tuple(
      fc.record({
        kind: fc.constantFrom('add' as const, 'remove' as const),
        role: fc.constantFrom(viewer, 'roles/bigquery.metadataViewer'),
        member,
      }),
      condition,
    )
    .map(([edit, one]) => conditional(edit, one)),
  { maxLength: 5 },
);

const edited = (entries: readonly AccessEntry[], ...changes: readonly PolicyEdit[]): readonly AccessEntry[] =>
  accessOfPolicy(editPolicy(policyOfAccess(entries, 'e'), changes) as DatasetPolicy);

describe('the access list of a dataset', () => {
  it('is written back unchanged if nothing is edited', () => {
    fc.assert(fc.property(access, (entries) => expect(edited(entries)).toBe(entries)));
  });

  it('keeps every entry that no edit concerns, byte for byte and in its order', () => {
    fc.assert(
      fc.property(access, edits, (entries, changes) => {
        const touched = new Set(changes.map(({ member: one }) => one));
        const isForeign = (entry: AccessEntry) =>
          entry.role === undefined || entry.iamMember === undefined || !touched.has(entry.iamMember);
        expect(JSON.stringify(edited(entries, ...changes).filter(isForeign))).toBe(
          JSON.stringify(entries.filter(isForeign)),
        );
      }),
    );
  });

  it('has the bindings of the edited policy', () => {
    fc.assert(
      fc.property(access, edits, (entries, changes) => {
        const policy = editPolicy(policyOfAccess(entries, 'e'), changes) as DatasetPolicy;
        const after = policyOfAccess(accessOfPolicy(policy), 'e');
        const rows = ({ bindings = [] }: DatasetPolicy) =>
          new Set(
            bindings.flatMap((one) =>
              one.members.map((name) => JSON.stringify([one.role, name, one.condition])),
            ),
          );
        expect(rows(after)).toEqual(rows(policy));
      }),
    );
  });

  it('names READER, WRITER and OWNER by their Google roles', () => {
    const entries = ['READER', 'WRITER', 'OWNER'].map((name) => ({ role: name, iamMember: ours }));
    expect(policyOfAccess(entries, 'e').bindings?.map((one) => one.role)).toEqual([
      viewer,
      'roles/bigquery.dataEditor',
      'roles/bigquery.dataOwner',
    ]);
    expect(edited(entries, { kind: 'add', role: viewer, member: ours })).toBe(entries);
    expect(edited(entries, { kind: 'remove', role: viewer, member: ours })).toEqual(entries.slice(1));
  });

  it('gets a new member at its end', () => {
    const entries = [{ role: 'OWNER', specialGroup: 'projectOwners' }];
    const until = untilCondition('2030-01-01T00:00:00Z');
    expect(edited(entries, { kind: 'add', role: viewer, member: ours, condition: until })).toEqual([
      ...entries,
      { role: viewer, iamMember: ours, condition: until },
    ]);
  });

  it('becomes empty only if its bindings do', () => {
    expect(accessOfPolicy({ etag: 'e', access: [{ role: viewer, iamMember: ours }] })).toEqual([]);
  });

  it.each([
    [undefined],
    [{}],
    [[1]],
    [[null]],
    [[{ role: 7 }]],
    [[{ role: 'READER', iamMember: [] }]],
    [[{ role: 'READER', iamMember: ours, condition: 'x' }]],
    // Something dropped accessPolicyVersion=3 from our request.
    [[{ role: `${viewer}_with_conditionalbinding_0123456789`, iamMember: ours }]],
    [[{ role: `${viewer}_withcond_0123456789`, iamMember: ours }]],
  ])('is not readable as %j', (value) => {
    expect(isAccess(value)).toBe(false);
  });

  it.each([
    [[]],
    [[{ view: { projectId: 'acme-data' } }]],
    [[{ role: 'READER', iamMember: ours }]],
    [[{ role: viewer, iamMember: ours, condition: untilCondition('2030-01-01T00:00:00Z') }]],
    [[{ role: 'projects/acme/roles/x_with_cond_0123_rest', specialGroup: 'projectOwners' }]],
  ])('is readable as %j', (value) => {
    expect(isAccess(value)).toBe(true);
  });

  it('has no binding for an entry without a role, without a member, or for a person', () => {
    const entries = [
      { iamMember: ours },
      { role: 'OWNER', specialGroup: 'projectOwners' },
      { role: 'WRITER', userByEmail: 'a@acme.com' },
    ];
    expect(policyOfAccess(entries, 'e').bindings).toEqual([]);
  });

  it('travels with its policy', () => {
    expect(isDatasetPolicy(policyOfAccess([], 'e'))).toBe(true);
    expect(isDatasetPolicy({ etag: 'e', bindings: [] })).toBe(false);
    expect(isDatasetPolicy({ ...policyOfAccess([], 'e'), access: [1] } as DatasetPolicy)).toBe(false);
  });
});

describe('a service account in an access list', () => {
  const email = settings.google.serviceAccount;
  const edit = {
    kind: 'add',
    role: 'projects/acme-data/roles/rolebridgeDatasetEditor',
    member: `serviceAccount:${email}`,
  } as const;
  const entry = { role: edit.role, userByEmail: email };
  const person = { role: 'WRITER', userByEmail: 'a@acme.com' };

  it('is written with BigQuery’s spelling, and found again', () => {
    expect(edited([person], edit)).toEqual([person, entry]);
    expect(edited([person, entry], edit)).toEqual([person, entry]);
  });

  it('is removed alone', () => {
    expect(edited([entry, person], { ...edit, kind: 'remove' })).toEqual([person]);
  });
});
