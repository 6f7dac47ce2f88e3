import { wantedMapping } from '../../shared/core/provider-mapping.ts';
import { brokenUses, usesOfPool } from '../../shared/setup/broken-uses.ts';
import { planSetup, sharedCorrections, withPoolUses } from '../../shared/setup/plan.ts';
import { accountId } from '../support/settings.ts';
import { awake, everything, wantedOf } from '../support/setup-plan.ts';

const pool = 'projects/123456789012/locations/global/workloadIdentityPools/aws-roles';
const subject = (value: string) => `principal://iam.googleapis.com/${pool}/subject/${value}`;
const attribute = (name: string, value: string) =>
  `principalSet://iam.googleapis.com/${pool}/attribute.${name}/${value}`;
const sts = `arn:aws:sts::${accountId}:assumed-role`;
const resource = 'projects/acme-data';
const role = 'roles/viewer';

const broken = (before: Readonly<Record<string, string>>, member: string, conditionAfter = '') =>
  brokenUses(
    pool,
    [{ resource, role, member }],
    { accountId, attributeMapping: before, attributeCondition: '' },
    { accountId, attributeMapping: { ...before, ...wantedMapping }, attributeCondition: conditionAfter },
  ).map(({ instead }) => instead);

it('finds every member of the pool, of any role and kind', () => {
  const members = [subject('x'), attribute('aws_role', 'y'), `principalSet://iam.googleapis.com/${pool}/*`];
  const others = ['user:a@acme.com', subject('x').replace('aws-roles', 'aws-roles-2')];
  expect(
    usesOfPool(pool, resource, { bindings: [{ role, members: [...others, ...members] }] }).map(
      ({ member }) => member,
    ),
  ).toEqual(members);
  expect(usesOfPool(pool, resource, {})).toEqual([]);
});

const bare = "assertion.arn.extract('assumed-role/{role}/')";
const unique = "assertion.userid.extract('{id}:')";

describe('members that work with today’s mapping, but not with the corrected one', () => {
  it.each([
    [
      'a bare role name',
      { 'google.subject': unique, 'attribute.aws_role': bare },
      attribute('aws_role', 'deploy'),
      `${sts}/deploy`,
    ],
    [
      'a role with its session',
      { 'google.subject': unique, 'attribute.aws_role': "assertion.arn.extract('assumed-role/{x}')" },
      attribute('aws_role', 'deploy/s1'),
      `${sts}/deploy`,
    ],
    [
      'a complete ARN as subject',
      { 'google.subject': 'assertion.arn' },
      subject(`${sts}/deploy/i-1`),
      'AROAEXAMPLEEXAMPLE123',
    ],
    [
      'a unique id with its session',
      { 'google.subject': 'assertion.userid' },
      subject('AROADEPLOY:i-1'),
      'AROADEPLOY',
    ],
    [
      'a user',
      { 'google.subject': 'assertion.arn' },
      subject(`arn:aws:iam::${accountId}:user/eve`),
      'nothing',
    ],
  ])('%s', (_, before, member, instead) => {
    expect(broken(before, member)).toEqual([instead === 'nothing' ? '' : instead]);
  });
});

describe('members that keep working, or never worked', () => {
  it.each([
    [
      'the ARN without its session',
      { 'google.subject': unique, 'attribute.aws_role': bare },
      attribute('aws_role', `${sts}/deploy`),
    ],
    [
      'another attribute',
      { 'google.subject': 'assertion.arn', 'attribute.account': 'assertion.account' },
      attribute('account', accountId),
    ],
    ['a unique id', { 'google.subject': unique }, subject('AROADEPLOY')],
    ['the whole pool', { 'google.subject': 'assertion.arn' }, `principalSet://iam.googleapis.com/${pool}/*`],
    ['a group', { 'google.subject': 'assertion.arn' }, `principalSet://iam.googleapis.com/${pool}/group/x`],
    [
      'another provider’s subject',
      { 'google.subject': 'assertion.arn' },
      subject('repo:acme/site:ref:refs/heads/main'),
    ],
  ])('%s', (_, before, member) => {
    expect(broken(before, member)).toEqual([]);
  });
});

describe('a plan that corrects a provider that others use', () => {
  const foreignPool = { ...awake, description: 'theirs' };

  it('shows whose access ends, and what could not be read', () => {
    const wanted = wantedOf({ adopts: true });
    const done = everything(wanted);
    const attributeMapping = { 'google.subject': 'assertion.arn', 'attribute.aws_role': bare };
    const provider = { ...awake, awsAccountId: accountId, attributeMapping, attributeCondition: '' };
    const observed = {
      ...done,
      pool: foreignPool,
      providers: new Map([...done.providers.keys()].map((name) => [name, provider])),
    };
    const plan = planSetup(wanted, observed);
    expect(sharedCorrections(plan, wanted, observed)).toHaveLength(1);
    const uses = [{ resource, role, member: attribute('aws_role', 'deploy') }];
    const shown = withPoolUses(plan, wanted, observed, { uses, unreadable: ['project x: 403'] });
    expect(shown.broken).toEqual([{ ...uses[0], instead: `${sts}/deploy` }]);
    expect(shown.warnings.slice(1)).toEqual(['Could not be read, so it may lose access too: project x: 403']);
    // A provider that does not exist costs no one access.
    const gone = withPoolUses(plan, wanted, { ...observed, providers: new Map() }, { uses, unreadable: [] });
    expect(gone.broken).toEqual([]);
  });

  it('shows no one in rolebridge’s own pool', () => {
    const wanted = wantedOf();
    expect(sharedCorrections(planSetup(wanted, everything(wanted)), wanted, everything(wanted))).toEqual([]);
  });
});
