import type { GoogleRoleState } from '../../shared/core/google-role.ts';
import { guard } from '../../shared/core/guardrail.ts';
import type { Target } from '../../shared/core/model.ts';
import type { Settings } from '../../shared/core/settings.ts';
import { parseTags } from '../../shared/core/tags.ts';
import { partNames } from '../../shared/explain/error-parts.ts';
import { squeeze } from '../../shared/explain/error-text.ts';
import { explain } from '../../shared/explain/explain.ts';
import { knownErrors } from '../../shared/explain/known-errors/catalog.ts';
import { links } from '../../shared/explain/known-errors/known-error.ts';
import { now, reader, roleRef, settings } from '../support/settings.ts';

const idsOf = (text: string): readonly string[] => explain(text).map(({ id }) => id);
const linksOf = (text: string): readonly string[] => explain(text).map(({ link }) => link);

/** Placeholders for the reader to fill in, because no text names the value. */
const readersOwn =
  /^(BUCKET|DATE|CLUSTER|FULL_RESOURCE_NAME|INSTANCE_ID|INSTANCE_PROFILE|NAMESPACE|POOL_PROJECT|PROFILE|ROLEBRIDGE_ACCOUNT|SERVICE_ACCOUNT_NAME|TEXT)$/;
const properNames =
  /^(AWS|GOOGLE|CLOUDSDK|GOOGLE_\w+|AWS_(?!ACCOUNT$)\w*|API|ARN|EC|ECS|EKS|IRSA|STS|IAM|NO_PROXY|URL|VPC|TOKEN|PUT|DELETED|TTL)$/;

describe('the known errors', () => {
  it('have unique ids, in kebab-case', () => {
    const ids = knownErrors.map(({ id }) => id);
    expect(ids.filter((id) => !/^[a-z]+(-[a-z]+)*$/.test(id))).toEqual([]);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('follow the order of the chain, and every link has some', () => {
    const order = Object.keys(links);
    const places = knownErrors.map(({ link }) => order.indexOf(link));
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(new Set(places).size).toBe(order.length);
  });

  it('repeat no phrase, and have none that is too short to be specific', () => {
    const phrases = knownErrors.flatMap(({ phrases: own }) => own);
    expect(new Set(phrases.map(squeeze)).size).toBe(phrases.length);
    const pieces = phrases.map((phrase) => phrase.split('…').map(squeeze));
    expect(pieces.filter((all) => all.join('').length < 12 || all.includes(''))).toEqual([]);
  });

  it.each(knownErrors)('$id: its example is explained by this error alone', ({ id, example }) => {
    expect(idsOf(example)).toEqual([id]);
  });

  it.each(knownErrors)('$id: each of its phrases is explained by it', ({ id, phrases }) => {
    for (const phrase of phrases) expect(idsOf(phrase.replaceAll('…', ' 3 things '))).toContain(id);
  });

  it.each(knownErrors)('$id: explains what is wrong and what to do, in plain words', ({ cause, next }) => {
    expect(cause).toMatch(/^(boot\/fetch|rolebridge|[A-Z]).*\.$/);
    expect(cause.length).toBeLessThan(420);
    expect(next.length).toBeGreaterThan(0);
    const words = next.flatMap((step) => step.match(/\b[A-Z][A-Z_]+\b/g) ?? []);
    const unknown = words.filter(
      (word) => !partNames.includes(word) && !readersOwn.test(word) && !properNames.test(word),
    );
    expect(unknown).toEqual([]);
  });
});

// For the person who set the tag, a refusal is an error, too.
describe('every refusal is known', () => {
  it.each([
    ['google-access', ''],
    ['google-access', 'x'.repeat(257)],
    ['google-access', 'a;b'],
    ['google-access', 'me@example.com'],
    ['google-access', 'Reader@acme-data.iam.gserviceaccount.com'],
    ['google-access', 'a b'],
    ['google-access', 'owner on projects/acme'],
    ['google-access', 'roles/storage.objectViewer'],
    ['google-access', 'roles/storage.objectViewer on gs://acme-in'],
    ['google-access', 'roles/bigquery.dataViewer on projects/123456789012/datasets/sales'],
    ['google-access', 'roles/bigquery.dataViewer on projects/acme-data/datasets/sales/tables/orders'],
    [
      'google-access',
      'roles/secretmanager.secretAccessor on projects/acme-data/locations/us-east1/secrets/db',
    ],
    ['google-access', 'roles/viewer on folders/123'],
    ['google-access', `roles/viewer on ${reader}`],
    ['google-access', 'roles/iam.workloadIdentityUser on projects/acme-data'],
    ['google-access', `${reader} on buckets/acme-in`],
    ['google-access', `${reader} until`],
    ['google-access', `${reader} until soon`],
    ['Google-Access', reader],
    ['google-access/A', reader],
    ['google-access/default', reader],
  ])('the refusal of the tag %j = %.40j', (key, value) => {
    const [refusal] = parseTags([{ key, value }], 'google-access').refusals;
    expect(linksOf(refusal?.reason ?? '')).toEqual(['tag']);
  });

  const limited = { ...settings, allow: [{ to: '*', roles: ['reports'], maxDays: 90 }] };
  const account = (address: string): Target => ({ kind: 'serviceAccount', email: address });
  it.each([
    ['guardrail', 'other', account(reader), undefined, settings],
    ['guardrail', 'reports', account(reader), undefined, limited],
    ['guardrail', 'reports', account('reader@acme-other.iam.gserviceaccount.com'), undefined, settings],
    ['guardrail', 'reports', account(settings.google.serviceAccount), undefined, settings],
    ['tag', 'reports', account(reader), '2026-11-01T00:00:00Z', settings],
    [
      'guardrail',
      'reports',
      { kind: 'direct', googleRole: 'roles/x', resource: 'y' } satisfies Target,
      undefined,
      settings,
    ],
  ])('a refusal for the %s of role %s', (link, role, target, expiresAt, allowed) => {
    const request = { name: 'default', tagKey: 'google-access', value: '', target };
    const answer = guard(
      expiresAt === undefined ? request : { ...request, expiresAt },
      roleRef(role),
      allowed,
      now,
    );
    expect(linksOf('reason' in answer ? answer.reason : 'granted')).toEqual([link]);
  });

  const roles = new Map<string, GoogleRoleState>([
    ['roles/storage.objectViewer', { kind: 'read', permissions: ['storage.objects.get'] }],
    ['roles/storage.admin', { kind: 'read', permissions: ['storage.buckets.setIamPolicy'] }],
    ['roles/storage.newest', { kind: 'read', permissions: ['storage.objects.teleport'] }],
    ['roles/storage.empty', { kind: 'read', permissions: [] }],
    ['projects/acme-data/roles/gone', { kind: 'absent' }],
    ['roles/storage.unread', { kind: 'unreadable', reason: 'Google answered 503' }],
  ]);
  it.each([
    [
      'no-conditions',
      'roles/storage.objectViewer',
      'projects/acme-data/topics/orders',
      '2027-01-01T00:00:00Z',
    ],
    ['google-role-denied', 'roles/owner', 'buckets/acme-in', undefined],
    ['google-role-denied', 'roles/storage.admin', 'buckets/acme-in', undefined],
    ['google-role-unknown', 'roles/storage.newest', 'buckets/acme-in', undefined],
    ['google-role-missing', 'roles/storage.empty', 'buckets/acme-in', undefined],
    ['google-role-denied', 'roles/storage.objectViewer', 'projects/acme-data', undefined],
    ['google-role-missing', 'projects/acme-data/roles/gone', 'buckets/acme-in', undefined],
    ['google-role-unread', 'roles/storage.unread', 'buckets/acme-in', undefined],
  ])('%s: %s on %s', (id, googleRole, resource, expiresAt) => {
    const allowed: Settings = {
      ...settings,
      google: { ...settings.google, roles },
      allow: [{ grant: googleRole, on: [resource], roles: ['reports'] }],
    };
    const request = {
      name: 'in',
      tagKey: 'google-access/in',
      value: '',
      target: { kind: 'direct', googleRole, resource } satisfies Target,
      ...(expiresAt === undefined ? {} : { expiresAt }),
    };
    const answer = guard(request, roleRef('reports'), allowed, now);
    const reason = 'reason' in answer ? answer.reason : answer.blocked?.reason;
    expect(idsOf(reason ?? 'granted')).toEqual([id]);
  });
});
