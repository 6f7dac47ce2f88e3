import type { AllowRule, GrantRule } from '../../shared/core/settings.ts';
import { ruleWarnings } from '../../shared/stages/rule-warnings.ts';
import { settings } from '../support/settings.ts';

const grant: GrantRule = {
  grant: 'roles/bigquery.dataViewer',
  on: ['projects/acme-data/datasets/Sales'],
  roles: ['app-web'],
};
const wide: GrantRule = {
  ...grant,
  on: ['projects/acme-data/datasets/Sales', 'projects/acme-data/datasets/Costs'],
  roles: ['app-*'],
};
const warnings = (...allow: readonly AllowRule[]) =>
  ruleWarnings({ ...settings, allow }).map(({ path, message }) => `${path.join('.')} ${message}`);

describe('rules for Google roles that add nothing', () => {
  it('a rule within another one', () => {
    expect(warnings(wide, grant)).toEqual(['allow.1 has no effect: allow[0] allows all that it allows']);
    expect(warnings({ ...grant, maxDays: 5 }, wide)).toEqual([
      'allow.0 has no effect: allow[1] allows all that it allows, without a limit, so its maxDays limits nothing',
    ]);
  });

  it.each<[string, AllowRule, AllowRule]>([
    ['another Google role', wide, { ...grant, grant: 'roles/bigquery.metadataViewer' }],
    ['another resource', wide, { ...grant, on: ['projects/acme-data/datasets/Other'] }],
    ['service accounts', { to: '*', roles: ['*'] }, grant],
    ['a Google role', grant, { to: '*', roles: ['app-web'] }],
    [
      'permissions that the other does not permit',
      wide,
      { ...grant, alsoPermit: ['bigquery.routines.create'] },
    ],
    ['another project for clients, and it comes first', { ...grant, clientProject: 'acme-ops' }, wide],
  ])('not: %s', (_, one, other) => {
    expect(warnings(one, other)).toEqual([]);
  });

  it("the first of two determines the clients' project, so the second has no effect", () => {
    expect(warnings(wide, { ...grant, clientProject: 'acme-ops' })).toHaveLength(1);
    expect(warnings({ ...grant, clientProject: 'acme-data' }, wide)).toHaveLength(1);
    expect(
      warnings(
        { ...wide, alsoPermit: ['bigquery.routines.create'] },
        { ...grant, alsoPermit: ['bigquery.routines.create'] },
      ),
    ).toHaveLength(1);
  });
});
