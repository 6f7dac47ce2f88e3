import type { Target } from '../../shared/core/model.ts';
import { queryHint } from '../../shared/core/query-hint.ts';
import { reader } from '../support/settings.ts';

const direct = (googleRole: string, resource: string): { readonly target: Target } => ({
  target: { kind: 'direct', googleRole, resource },
});
const sales = direct('roles/bigquery.dataViewer', 'projects/acme-data/datasets/sales');

describe('a grant on a dataset', () => {
  it('alone runs no query, and the hint names what is missing', () => {
    expect(queryHint(sales, [sales])).toBe(
      'roles/bigquery.dataViewer on projects/acme-data/datasets/sales alone runs no query: that also needs roles/bigquery.jobUser on a project, which a second tag can ask for.',
    );
  });

  it('needs no hint beside a grant that creates jobs', () => {
    expect(queryHint(sales, [sales, direct('roles/bigquery.jobUser', 'projects/acme-data')])).toBeUndefined();
  });
});

it.each([
  ['a service account', { target: { kind: 'serviceAccount', email: reader } satisfies Target }],
  ['a bucket', direct('roles/storage.objectViewer', 'buckets/acme-in')],
])('%s gets no hint', (_, grant) => {
  expect(queryHint(grant, [grant])).toBeUndefined();
});
