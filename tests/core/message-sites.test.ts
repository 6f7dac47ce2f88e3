import { parseMessage, secondLookKind } from '../../shared/core/message.ts';
import { serviceAccountResource } from '../../shared/core/service-account.ts';
import { accountId, reader, reports } from '../support/settings.ts';

const parse = (body: object) => parseMessage(JSON.stringify(body), [accountId], 'google-access');
const drift = (detail: object) =>
  parse({
    source: 'rolebridge',
    'detail-type': 'Google Access Drift Detected',
    detail: { role: reports, ...detail },
  });
const account = serviceAccountResource(reader);
const access = 'roles/storage.objectViewer on buckets/acme-in';
const wrong = [
  'roles/storage.objectViewer',
  'roles/storage.objectViewer on ',
  'roles/storage.objectViewer on buckets/Acme',
  'roles/storage.objectViewer on buckets/acme-in on buckets/acme-out',
  'roles/storage.objectViewer  on buckets/acme-in',
  'roles/storage.objectViewer on projects/123456789012',
  `roles/iam.workloadIdentityUser on ${account}`,
  'roles/iam.workloadIdentityUser on buckets/acme-in',
  'storage.objectViewer on buckets/acme-in',
  `roles/storage.objectViewer on ${account}`,
  'buckets/acme-in',
  7,
  null,
];

describe('access by a Google role on a resource, in messages', () => {
  it('is accepted in its own spelling alone', () => {
    const all = [access, ...wrong, account];
    expect(drift({ released: all, mayLeave: all })).toMatchObject({
      released: [access, account],
      mayLeave: [access, account],
    });
    const answeredBy = 'arn:aws:iam::111122223333:user/ada';
    expect(drift({ approved: all.map((one) => ({ access: one, answeredBy })) })).toMatchObject({
      approved: [
        { access, answeredBy },
        { access: account, answeredBy },
      ],
    });
  });

  it('is accepted in a second look', () => {
    const look = { kind: secondLookKind, ref: reports, told: 'x', released: [access, ...wrong] };
    expect(parse(look)).toMatchObject({ kind: 'secondLook', released: [access] });
  });

  it('is accepted for any kind of resource that a sweep saw bindings on', () => {
    const resources = ['buckets/acme-in', 'projects/acme-data', 'projects/acme-data/datasets/Sales', account];
    const others = [access, 'buckets/Acme', 'folders/1', '//storage.googleapis.com/buckets/acme-in', 7];
    expect(drift({ resources: [...resources, ...others], absent: resources })).toMatchObject({
      resources,
      absent: resources,
    });
  });
});
