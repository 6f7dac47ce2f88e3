import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import {
  type AllowPolicy,
  type Binding,
  type Condition,
  editPolicy,
  type PolicyEdit,
  untilCondition,
} from '../../shared/core/iam-policy.ts';
import { memberOf } from '../../shared/core/member.ts';
import { workloadIdentityUser } from '../../shared/core/target.ts';
import { reports, roleRef, settings } from '../support/settings.ts';
import { hasGcloud, sdkRoot } from './google-cloud-cli.ts';

const until = untilCondition('2030-01-01T00:00:00Z');
/** Few values of each, so that edits hit existing rows. */
const role = fc.constantFrom(workloadIdentityUser, 'roles/iam.serviceAccountTokenCreator');
const member = fc.constantFrom(
  memberOf(settings, reports),
  memberOf(settings, roleRef('Reports')),
  'user:a@acme.com',
  'deleted:user:x@acme.com?uid=1',
);
const condition = fc.constantFrom(
  undefined,
  until,
  untilCondition('2031-01-01T00:00:00Z'),
  { ...until, title: 'theirs' },
  { ...until, description: 'Until the move is done.' },
);

const withCondition = <T>([row, one]: readonly [T, Condition | undefined]) => ({
  ...row,
  ...(one === undefined ? {} : { condition: one }),
});
/** The form in which Google stores them: one binding for each role and condition, each member in it once. */
const bindings: fc.Arbitrary<readonly Binding[]> = fc.uniqueArray(
  fc
    .tuple(fc.record({ role, members: fc.uniqueArray(member, { minLength: 1 }) }), condition)
    .map(withCondition),
  { selector: (row) => JSON.stringify([row.role, row.condition]), maxLength: 6 },
);
const edits: fc.Arbitrary<readonly PolicyEdit[]> = fc.array(
  fc
    .tuple(fc.record({ kind: fc.constantFrom('add' as const, 'remove' as const), role, member }), condition)
    .map(withCondition),
  { minLength: 1, maxLength: 6 },
);

(hasGcloud ? describe : describe.skip)('edits of allow policies (is gcloud installed?)', () => {
  it('are the same as those of gcloud’s own functions, for any policy', () => {
    const cases = fc.sample(fc.record({ policy: fc.record({ bindings }), edits }), 500);
    const script = join(import.meta.dirname, 'gcloud_edits.py');
    const ran = spawnSync('python3', [script, join(sdkRoot(), 'lib')], {
      input: JSON.stringify(cases),
      encoding: 'utf8',
      maxBuffer: Number.POSITIVE_INFINITY,
    });
    // A warning of gcloud is not a failure.
    expect([ran.status, ran.stderr.slice(-1_000)]).toEqual([0, expect.anything()]);
    const theirs = JSON.parse(ran.stdout) as readonly AllowPolicy[];
    const differing = cases.flatMap((one, index) => {
      const byRolebridge = editPolicy(one.policy, one.edits).bindings;
      const byGcloud = theirs[index]?.bindings ?? [];
      return isDeepStrictEqual(byRolebridge, byGcloud) ? [] : [{ ...one, byRolebridge, byGcloud }];
    });
    expect(differing).toEqual([]);
  });
});
