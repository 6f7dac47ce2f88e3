import fc from 'fast-check';
import {
  decodeRoleName,
  encodeRoleName,
  folderOf,
  grantOfParameter,
  isProjectParameter,
  parameterName,
  projectParameterName,
  roleNameOfParameter,
} from '../../shared/core/grant-parameters.ts';
import { memberOf, roleOfMember } from '../../shared/core/member.ts';
import { targetText } from '../../shared/core/model.ts';
import { roleKey } from '../../shared/core/role-key.ts';
import {
  emailOfResource,
  projectOf,
  projectOfResource,
  serviceAccountResource,
} from '../../shared/core/service-account.ts';
import { reader, reports, roleRef, settings } from '../support/settings.ts';

const roleName = fc.stringMatching(/^[\w+=,.@-]{1,64}$/);
const likeEncoded = fc.stringMatching(/^[2abAB.+]{1,4}$/);
/** Role names are ASCII, so the language's own lower case is right for them. */
const lowerCase = (name: string): string => name.toLowerCase();
/** A name in its own spelling, and with any of its letters in the other case. */
const inTwoCasings = (name: string) =>
  fc
    .array(fc.boolean(), { minLength: name.length, maxLength: name.length })
    .map((isUpper): readonly [string, string] => [
      name,
      [...name].map((one, at) => (isUpper[at] === true ? one.toUpperCase() : one.toLowerCase())).join(''),
    ]);

describe('members', () => {
  it('have the form that Google compares, case-sensitively', () => {
    expect(memberOf(settings, roleRef('Reports'))).toBe(
      'principalSet://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/aws-roles/attribute.aws_role/arn:aws:sts::111122223333:assumed-role/Reports',
    );
  });

  it('name their role, and no other member does', () => {
    fc.assert(
      fc.property(roleName, (name) =>
        expect(roleOfMember(settings, memberOf(settings, roleRef(name)))).toEqual(roleRef(name)),
      ),
    );
  });

  it.each([
    memberOf({ ...settings, google: { ...settings.google, pool: 'other' } }, reports),
    // As long as ours, so that the part after it is in the same position.
    memberOf({ ...settings, google: { ...settings.google, pool: 'aws-other' } }, reports),
    memberOf({ ...settings, google: { ...settings.google, projectNumber: '1' } }, reports),
    `deleted:${memberOf(settings, reports)}`,
    `${memberOf(settings, reports)}/session`,
    memberOf(settings, { ...reports, accountId: '1' }),
    memberOf(settings, { ...reports, accountId: '1111222233334' }),
    memberOf(settings, { ...reports, partition: 'AWS' }),
    memberOf(settings, { ...reports, partition: 'x-aws' }),
    memberOf(settings, { ...reports, roleName: '' }),
    memberOf(settings, { ...reports, roleName: 'a'.repeat(65) }),
    memberOf(settings, reports).replace('attribute.aws_role/', 'attribute.aws_role/x'),
    memberOf(settings, reports).replace('attribute.aws_role', 'attribute.account'),
    memberOf(settings, reports).replace('assumed-role', 'user'),
    'user:alice@example.com',
    '',
  ])('%s is not ours', (member) => {
    expect(roleOfMember(settings, member)).toBeUndefined();
  });
});

describe('parameter names', () => {
  it.each([
    ['reports', 'reports'],
    ['a.b', 'a..b'],
    ['a+b=c,d@e', 'a.2bb.3dc.2cd.40e'],
  ])('%s is %s', (name, encoded) => {
    expect(encodeRoleName(name)).toBe(encoded);
    expect(decodeRoleName(encoded)).toBe(name);
  });

  it.each([
    ['App-Prod', 'app-prod'],
    ['A.B', 'a..b'],
    ['App+K', 'app.2bk'],
  ])('invariant 7: the folder of %s is %s, in lower case', (name, folder) => {
    expect(encodeRoleName(name)).toBe(folder);
  });

  it('invariant 7: are legal, decodable, and the same for every casing of a role name', () => {
    fc.assert(
      fc.property(roleName.chain(inTwoCasings), ([name, other]) => {
        expect(encodeRoleName(name)).toMatch(/^[a-z0-9_.-]+$/);
        expect(decodeRoleName(encodeRoleName(name))).toBe(lowerCase(name));
        expect(encodeRoleName(other)).toBe(encodeRoleName(name));
        expect(roleKey(roleRef(other))).toBe(roleKey(roleRef(name)));
        expect(parameterName('/p', roleRef(other), 'g')).toBe(parameterName('/p', roleRef(name), 'g'));
      }),
    );
  });

  it('invariant 7: two role names that differ by more than case share neither key nor folder', () => {
    const close = fc.oneof(
      fc.tuple(roleName, roleName),
      // Parts of encodings, so that one name could be the encoding of the other.
      fc.tuple(likeEncoded, likeEncoded),
      roleName.map((name) => [name, encodeRoleName(name)] as const),
    );
    fc.assert(
      fc.property(close, ([one, other]) => {
        const isOneRole = lowerCase(one) === lowerCase(other);
        expect(encodeRoleName(one) === encodeRoleName(other)).toBe(isOneRole);
        expect(roleKey(roleRef(one)) === roleKey(roleRef(other))).toBe(isOneRole);
      }),
      { numRuns: 1000 },
    );
  });

  it('a folder in another casing is still read as that role’s, to be cleared', () => {
    expect(decodeRoleName('REPORTS')).toBe('REPORTS');
    expect(roleNameOfParameter('/google-access', '/google-access/App..B/default')).toBe('App.B');
  });

  it.each(['a.', 'a.zz', 'a+b', '.61', '', 'a.2B'])('%j is not an encoded role name', (text) => {
    expect(decodeRoleName(text)).toBeUndefined();
  });

  it.each([
    ['/google-access/reports/default', 'reports'],
    ['/google-access/reports/deep/er/default', 'reports'],
    ['/google-access/a..b/default', 'a.b'],
    ['/google-access/reports', undefined],
    ['/google-access', undefined],
    ['/google-accessory/reports/default', undefined],
    ['/google-access/a+b/default', undefined],
    ['/google-access//default', undefined],
  ])('%s is in the folder of role %s', (name, role) => {
    expect(roleNameOfParameter('/google-access', name)).toBe(role);
  });

  it('a name of 64 characters is the longest that a role can have', () => {
    expect(decodeRoleName('a'.repeat(64))).toBe('a'.repeat(64));
    expect(decodeRoleName('a'.repeat(65))).toBeUndefined();
  });

  it('characters below 16 would still take two digits', () => {
    expect(encodeRoleName('\n')).toBe('.0a');
  });

  it('folders end where the grant begins', () => {
    expect(folderOf('/google-access/reports/default')).toBe('/google-access/reports');
  });

  it('hold the role and the grant', () => {
    const name = parameterName('/google-access', roleRef('a@b'), 'bq');
    expect([name, grantOfParameter(name)]).toEqual(['/google-access/a.40b/bq', 'bq']);
  });
});

describe('service accounts', () => {
  it.each([
    [reader, 'acme-data'],
    ['x@proj.example.com.iam.gserviceaccount.com', 'example.com:proj'],
    ['123-compute@developer.gserviceaccount.com', '123'],
    ['x@developer.gserviceaccount.com', undefined],
    ['x123-compute@developer.gserviceaccount.com', undefined],
    ['123-compute-x@developer.gserviceaccount.com', undefined],
    ['x@0proj.iam.gserviceaccount.com', undefined],
    ['x@-proj.iam.gserviceaccount.com', undefined],
    ['x@proj.iam.gserviceaccount.com.evil', undefined],
    ['x@p-1.iam.gserviceaccount.com', 'p-1'],
    ['x@p.a-1.example.com.iam.gserviceaccount.com', 'a-1.example.com:p'],
    ['acme@appspot.gserviceaccount.com', 'acme'],
    ['legacy.example.com@appspot.gserviceaccount.com', 'example.com:legacy'],
    ['9x@appspot.gserviceaccount.com', undefined],
    ['x@cloudbuild.gserviceaccount.com', undefined],
  ])('%s is of project %s', (email, project) => {
    expect(projectOf(email)).toBe(project);
    expect(serviceAccountResource(email)).toBe(`projects/${project ?? '-'}/serviceAccounts/${email}`);
    expect(emailOfResource(serviceAccountResource(email))).toBe(email);
    expect(projectOfResource(serviceAccountResource(email))).toBe(project ?? '-');
  });

  it('a resource name without a project does not name one', () => {
    expect(projectOfResource('serviceAccounts')).toBe('-');
  });

  it('targets and roles have a text form', () => {
    expect(targetText({ kind: 'serviceAccount', email: reader })).toBe(reader);
    expect(targetText({ kind: 'direct', googleRole: 'roles/x', resource: 'projects/p' })).toBe(
      'roles/x on projects/p',
    );
  });
});

it('the parameter with the project of a grant is recognized, and names the grant', () => {
  const name = projectParameterName(parameterName('/google-access', { roleName: 'reports' }, 'in'));
  expect(name).toBe('/google-access/reports/in.project');
  expect(isProjectParameter({ name, value: 'acme-data' })).toBe(true);
  expect(grantOfParameter(name)).toBe('in');
});
