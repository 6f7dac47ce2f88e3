import { checkRole, checkTags } from '../../shared/doctor/role-checks.ts';
import { reader, writer } from '../support/settings.ts';
import { key, roleCaseOf, withGrantRule } from './role-case.ts';

describe('tags', () => {
  it('granted', () => {
    expect(
      checkTags(roleCaseOf({ [key]: `${reader} until 2027-01-31`, [`${key}/w`]: writer }), true),
    ).toEqual({
      status: 'ok',
      message: `They grant ${reader} until 2027-02-01T00:00:00Z and ${writer}.`,
    });
  });
  const direct = { [`${key}/in`]: 'roles/storage.objectViewer on buckets/acme-in' };
  it('not decided, because the permissions of the Google role are not known', () => {
    const asked = roleCaseOf(direct, withGrantRule('roles/storage.objectViewer', 'buckets/acme-in'));
    expect(checkTags(asked, true)).toEqual({
      status: 'unknown',
      message:
        'Not decided whether roles/storage.objectViewer on buckets/acme-in is granted: The permissions of roles/storage.objectViewer could not be read.',
    });
  });
  it('refused, for a Google role on a resource', () => {
    expect(checkTags(roleCaseOf(direct), true)).toMatchObject({
      fix: `Correct the tag: aws iam tag-role --role-name reports --tags 'Key=google-access/in,Value=GOOGLE_ROLE on RESOURCE'`,
    });
  });
  it('refused several times, with a command for each', () => {
    expect(checkTags(roleCaseOf({ [`${key}/x`]: 'nonsense', [`${key}/y`]: '' }), true)).toMatchObject({
      fix: expect.stringMatching(
        /^Correct the tag: .*Key=google-access\/x,.*\nCorrect the tag: .*Key=google-access\/y,.*$/,
      ),
    });
  });
  it('none', () => {
    expect(checkTags(roleCaseOf({}), false)).toEqual({
      status: 'failed',
      message: 'Role reports has no tag google-access, so it asks for no access.',
      fix: 'Tag it: aws iam tag-role --role-name reports --tags Key=google-access,Value=SERVICE_ACCOUNT_EMAIL',
    });
  });
  it.each([
    [true, 'failed'],
    [false, 'warning'],
  ] as const)('refused, of the role that was named: %s', (isNamed, status) => {
    expect(checkTags(roleCaseOf({ [key]: reader, [`${key}/x`]: 'nonsense' }), isNamed)).toEqual({
      status,
      message: expect.stringMatching(
        /^Refused: google-access\/x = nonsense: "nonsense" is not a service account/,
      ),
      fix: 'Correct the tag: aws iam tag-role --role-name reports --tags Key=google-access/x,Value=SERVICE_ACCOUNT_EMAIL',
    });
  });
});

describe('a tag that is nearly ours', () => {
  const hint =
    'It has a tag google-acess, which rolebridge does not read. Is it misspelled? rolebridge reads google-access and google-access/<name>.';
  it('is named if the role has no other', () => {
    expect(checkTags(roleCaseOf({ 'google-acess': reader, Name: 'x' }), true)).toMatchObject({
      status: 'failed',
      message: `Role reports has no tag google-access, so it asks for no access.\n${hint}`,
    });
  });
  it('is named beside a grant, and beside a refusal', () => {
    expect(checkTags(roleCaseOf({ 'google-acess': reader, [key]: writer }), true)).toMatchObject({
      status: 'ok',
      note: hint,
    });
    expect(checkTags(roleCaseOf({ 'google-acess': reader, [key]: 'nonsense' }), true).message).toContain(
      `\n${hint}`,
    );
  });
});

describe('a shell reads a printed command as intended', () => {
  it('even if the key of a refused tag has spaces', () => {
    expect(checkTags(roleCaseOf({ [`${key}/a b`]: reader }), true)).toMatchObject({
      fix: expect.stringContaining(`--tags 'Key=google-access/a b,Value=SERVICE_ACCOUNT_EMAIL'`),
    });
  });
});

describe('a role', () => {
  it('exists', () => {
    const arn = 'arn:aws:iam::111122223333:role/reports';
    const detail = {
      kind: 'there',
      roleName: 'reports',
      roleId: 'AROAREPORTS',
      arn,
      tags: [],
      trust: '',
    } as const;
    expect(checkRole('111122223333', 'reports', detail, [])).toEqual({
      status: 'ok',
      message: `${arn} (AROAREPORTS)`,
    });
  });
  it('is missing', () => {
    expect(checkRole('111122223333', 'nosuch', { kind: 'absent' }, ['reports'])).toEqual({
      status: 'failed',
      message: 'Account 111122223333 has no role nosuch.',
      fix: "List the roles: aws iam list-roles --query 'Roles[].RoleName'",
    });
  });
  it('is missing, and others have similar names', () => {
    expect(
      checkRole('111122223333', 'app-wbe', { kind: 'absent' }, ['reports', 'app-web', 'app-wb']).message,
    ).toBe('Account 111122223333 has no role app-wbe. Did you mean app-wb or app-web?');
  });
});
