import { resourceAbsent } from '../../shared/core/resource-absent.ts';
import { serviceAccountResource } from '../../shared/core/service-account.ts';

it.each([
  ['gone@acme-data.iam.gserviceaccount.com', 'does not exist in project acme-data. Create it'],
  ['gone@elsewhere.example', 'does not exist in project (none named). Create it'],
])('%s %s', (email, text) => {
  expect(resourceAbsent(serviceAccountResource(email)).message).toContain(`Service account ${email} ${text}`);
});

it('a resource of another kind is named unchanged', () => {
  expect(resourceAbsent('buckets/acme-in').message).toBe(
    'buckets/acme-in does not exist. Create it, or correct the tag.',
  );
});
