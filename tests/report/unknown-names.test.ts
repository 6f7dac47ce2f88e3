import { wholeReport } from '../../shared/report/selection-link.ts';
import { unknownNames } from '../../shared/report/unknown-names.ts';
import { exampleReport } from '../support/report-example.ts';
import { email, roleRef, writer } from '../support/settings.ts';

const report = {
  ...exampleReport,
  policies: { ...exampleReport.policies, unread: [...exampleReport.policies.unread, email('blind')] },
};
const unknown = (changes: { readonly to?: string; readonly role?: string }) =>
  unknownNames(report, { ...wholeReport, ...changes });

describe('a selected name that the report does not have', () => {
  it.each([
    ['writer', [writer]],
    ['writter@acme-data.iam.gserviceaccount.com', [writer]],
    ['acme-in', ['buckets/acme-in']],
    ['storage.objectViewer', ['roles/storage.objectViewer']],
    ['private', [email('private')]],
    ['nothing-like-it', []],
  ])('of a target, %s, is unknown, like %j', (to, similar) => {
    expect(unknown({ to })).toEqual([{ kind: 'to', name: to, similar }]);
  });

  it.each([
    ['app-yaer', ['app-year']],
    ['111122223333/app-yaer', ['111122223333/app-year', '111122223333/app-new']],
    ['444455556666/app-year', []],
    ['x', []],
  ])('of a role, %s, is unknown, like %j', (role, similar) => {
    expect(unknown({ role })).toEqual([{ kind: 'role', name: role, similar }]);
  });

  it('is not any of the names that a row, a member or an unread policy has, in any casing', () => {
    for (const to of [
      writer.toUpperCase(),
      'buckets/acme-in',
      'roles/storage.objectViewer on buckets/acme-in',
      'roles/iam.workloadIdentityUser',
      email('private'),
      email('ledger'),
      email('blind'),
    ])
      expect(unknown({ to })).toEqual([]);
    for (const role of ['reports', '444455556666/Reports']) expect(unknown({ role })).toEqual([]);
    expect(unknown({})).toEqual([]);
  });

  it('is not the text of a tag that cannot be read', () => {
    const [row] = exampleReport.rows;
    if (row === undefined) throw new Error('the example has no rows');
    const { googleRole: _, resource: _resource, ...unread } = row;
    const withTypo = {
      ...report,
      rows: [{ ...unread, role: roleRef('typo'), target: 'other@acme until=2026-12-05' }],
    };
    expect(unknownNames(withTypo, { ...wholeReport, to: 'other@acme' })).toEqual([]);
  });
});
