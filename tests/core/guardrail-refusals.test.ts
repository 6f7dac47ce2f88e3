import { desiredOf, withoutToday } from '../../shared/core/guardrail.ts';
import type { AllowRule, Settings } from '../../shared/core/settings.ts';
import { now, reader, settings, writer } from '../support/settings.ts';
import { present } from '../support/snapshot.ts';

const decide = (value: string, allow = settings.allow, google: Partial<Settings['google']> = {}) =>
  desiredOf(
    present('reports', { 'google-access': value }),
    { ...settings, allow, google: { ...settings.google, ...google } },
    now,
  );
const reasonOf = (...args: Parameters<typeof decide>) => decide(...args).refusals[0]?.reason;
const rule = (more: Partial<AllowRule>): AllowRule => ({ to: reader, roles: ['*'], ...more });
const ask = 'The guardrail does not let role reports of account 111122223333 ask for this: ';
const next = ' Ask the owners of rolebridge.yml for a rule.';

describe('the complete reason of a refusal by the guardrail', () => {
  it('an account that no rule names', () => {
    expect(reasonOf(reader, [])).toBe(`${ask}no rule under "allow" names ${reader}.${next}`);
    expect(reasonOf(reader, [rule({ to: writer })])).toBe(
      `${ask}no rule under "allow" names ${reader}.${next}`,
    );
  });

  it('an account that rules name for others', () => {
    const others = [
      rule({ roles: ['a', 'b'] }),
      rule({ accounts: ['999988887777'] }),
      rule({ to: writer, roles: ['c'] }),
    ];
    expect(reasonOf(reader, others)).toBe(
      `${ask}the rules under "allow" that name ${reader} are for other roles (a, b, *) or accounts.${next}`,
    );
  });

  it('rolebridge’s own account', () => {
    const own = settings.google.serviceAccount;
    expect(reasonOf(own, [rule({ to: '*' })], { projects: ['acme-identity'] })).toBe(
      `${own} is rolebridge's own account: anyone with access to it could grant access to everything. Ask for another one.`,
    );
  });

  it('an account in a project that the sweep does not watch, or in none', () => {
    expect(reasonOf('x@other.iam.gserviceaccount.com')).toBe(
      'x@other.iam.gserviceaccount.com is in project other, which is not under google.projects (acme-data, example.com:legacy).',
    );
    expect(reasonOf('x@cloudservices.gserviceaccount.com')).toBe(
      'x@cloudservices.gserviceaccount.com is in no project that its e-mail names, which is not under google.projects (acme-data, example.com:legacy).',
    );
  });

  it('a Google role on a resource that no rule names', () => {
    expect(reasonOf('roles/viewer on projects/acme-data')).toBe(
      'The guardrail does not let role reports of account 111122223333 ask for this: no rule under "allow" names roles/viewer on projects/acme-data. Ask the owners of rolebridge.yml for a rule.',
    );
  });

  it.each([
    ['', 'names no "until"'],
    [' until 2027-01-01', 'ends at 2027-01-02T00:00:00Z'],
  ])('access that lasts too long:%s', (until, wrong) => {
    const allow = [rule({ maxDays: 5 }), rule({ maxDays: 10 }), rule({ to: writer, maxDays: 90 })];
    expect(decide(reader + until, allow).refusals).toEqual([
      {
        name: 'default',
        tagKey: 'google-access',
        value: reader + until,
        target: { kind: 'serviceAccount', email: reader },
        code: 'expiry',
        reason:
          `Access to ${reader} is for at most 10 days, and this request ${wrong}. ` +
          `The latest date allowed today is 2026-12-04: write ${reader} until 2026-12-04.`,
      },
    ]);
  });

  it('is the same on another day without the part that names the day', () => {
    const reason = reasonOf(reader, [rule({ maxDays: 5 })]) ?? '';
    expect(withoutToday(reason)).toBe(
      `Access to ${reader} is for at most 5 days, and this request names no "until".`,
    );
    const ended = reasonOf(`${reader} until 2026-11-23`) ?? '';
    expect(withoutToday(ended)).toBe(ended);
  });

  it('access that has ended', () => {
    expect(reasonOf(`${reader} until 2026-11-23`)).toBe(
      'This access ended at 2026-11-24T00:00:00Z. Set a later date, or remove the tag.',
    );
  });

  it('has a code by which programs can recognize it', () => {
    expect(decide(reader, []).refusals[0]?.code).toBe('guardrail');
    expect(decide('x@other.iam.gserviceaccount.com').refusals[0]?.code).toBe('project');
  });
});

describe('the access that a rule allows', () => {
  it('both the account and the role must match: half a rule allows nothing', () => {
    expect(decide(reader, [rule({ to: writer }), rule({ roles: ['other'] })]).grants).toEqual([]);
  });

  it('one of several globs or accounts is enough', () => {
    const allow = [rule({ roles: ['other', 'rep*'], accounts: ['999988887777', '111122223333'] })];
    expect(decide(reader, allow).grants).toHaveLength(1);
  });

  it('the rule is named by its place in the file', () => {
    expect(decide(reader, [rule({ to: writer }), rule({})]).grants[0]?.rule).toBe(`allow[1] to ${reader}`);
  });

  it('a grant without an end has none, and one with an end keeps it', () => {
    expect(decide(reader, [rule({})]).grants[0]).not.toHaveProperty('expiresAt');
    expect(decide(`${reader} until 2026-12-01`, [rule({})]).grants[0]?.expiresAt).toBe(
      '2026-12-02T00:00:00Z',
    );
  });

  it('the project number of the identity project stands for its id, if that is listed', () => {
    const compute = '123456789012-compute@developer.gserviceaccount.com';
    const other = '999-compute@developer.gserviceaccount.com';
    const allow = [rule({ to: '*' })];
    expect(decide(compute, allow, { projects: ['acme-identity'] }).grants).toHaveLength(1);
    expect(decide(other, allow, { projects: ['acme-identity'] }).grants).toEqual([]);
  });

  it('readable and unreadable tags of one role are judged separately', () => {
    const tags = {
      'google-access': reader,
      'google-access/bad': '',
      'google-access/w': 'x@other.iam.gserviceaccount.com',
    };
    const { grants, refusals } = desiredOf(present('reports', tags), settings, now);
    expect(grants.map(({ name }) => name)).toEqual(['default']);
    expect(refusals.map(({ name }) => name)).toEqual(['bad', 'w']);
  });
});
