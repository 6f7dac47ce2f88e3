import fc from 'fast-check';
import type { Target } from '../../shared/core/model.ts';
import { serviceAccountResource } from '../../shared/core/service-account.ts';
import {
  accessOf,
  accessText,
  resourceText,
  siteOf,
  siteOfAccess,
  targetOf,
  workloadIdentityUser,
} from '../../shared/core/target.ts';
import { reader } from '../support/settings.ts';

const account: Target = { kind: 'serviceAccount', email: reader };
const direct: Target = {
  kind: 'direct',
  googleRole: 'roles/storage.objectViewer',
  resource: 'buckets/acme-in',
};

describe('the target of a tag, and the place where it is bound', () => {
  it.each<[Target, string, string, string]>([
    [account, workloadIdentityUser, serviceAccountResource(reader), serviceAccountResource(reader)],
    [
      direct,
      'roles/storage.objectViewer',
      'buckets/acme-in',
      'roles/storage.objectViewer on buckets/acme-in',
    ],
  ])('%j', (target, googleRole, resource, access) => {
    expect(siteOf(target)).toEqual({ googleRole, resource });
    expect(targetOf(siteOf(target))).toEqual(target);
    expect(accessOf(siteOf(target))).toBe(access);
    expect(siteOfAccess(access)).toEqual({ googleRole, resource });
  });

  it('messages name accounts by their e-mails, and everything else in full', () => {
    expect(accessText(accessOf(siteOf(account)))).toBe(reader);
    expect(accessText(accessOf(siteOf(direct)))).toBe('roles/storage.objectViewer on buckets/acme-in');
    expect(resourceText(serviceAccountResource(reader))).toBe(reader);
    expect(resourceText('buckets/acme-in')).toBe('buckets/acme-in');
  });

  it('two targets have two names', () => {
    const target: fc.Arbitrary<Target> = fc.oneof(
      fc
        .constantFrom('reader', 'writer')
        .map(
          (name) => ({ kind: 'serviceAccount', email: `${name}@acme-data.iam.gserviceaccount.com` }) as const,
        ),
      fc.record(
        {
          kind: fc.constant('direct' as const),
          googleRole: fc.constantFrom(
            'roles/storage.objectViewer',
            'roles/storage.objectUser',
            'projects/acme-data/roles/mine',
          ),
          resource: fc.constantFrom('buckets/acme-in', 'projects/acme-data', 'projects/acme-data/topics/on'),
        },
        { noNullPrototype: true },
      ),
    );
    fc.assert(
      fc.property(target, target, (a, b) => {
        const [one, other] = [accessOf(siteOf(a)), accessOf(siteOf(b))];
        expect(one === other).toBe(JSON.stringify(a) === JSON.stringify(b));
        expect(targetOf(siteOfAccess(one))).toEqual(a);
      }),
    );
  });
});
