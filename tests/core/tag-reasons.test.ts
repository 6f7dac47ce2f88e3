import { parseTags } from '../../shared/core/tags.ts';
import { reader } from '../support/settings.ts';

const tagKey = 'google-access';
const reasonOf = (value: string, key = tagKey) => parseTags([{ key, value }], tagKey).refusals[0]?.reason;
const rightForm =
  'Write google-access = <service account e-mail> [until <date>], for example ' +
  '"reader@my-project.iam.gserviceaccount.com until 2026-12-31".';

// People act on these words alone, so they are part of the product.
describe('the complete reason of a refusal', () => {
  it.each([
    ['', `The value is empty. ${rightForm}`],
    ['x'.repeat(257), 'The value is longer than the 256 characters that IAM allows.'],
    ['a;b', `The value holds characters that IAM tag values cannot have. ${rightForm}`],
    ['me@example.com', `"me@example.com" is not a service account e-mail. ${rightForm}`],
    [
      'Reader@acme-data.iam.gserviceaccount.com',
      `"Reader@acme-data.iam.gserviceaccount.com" has capital letters: service account e-mails are lower-case. Write ${reader}.`,
    ],
    [
      'a b',
      `"a b" holds more than one service account. ${rightForm} For a second account, add a tag google-access/<name>.`,
    ],
    ['owner on projects/acme', '"owner" is not the full name of a Google role. Write roles/owner.'],
    [
      'roles/owner on projects/acme',
      `"projects/acme" is not a resource's name. Write projects/PROJECT, buckets/BUCKET, projects/PROJECT/datasets/DATASET, projects/PROJECT/secrets/SECRET, projects/PROJECT/topics/TOPIC, projects/PROJECT/subscriptions/SUBSCRIPTION.`,
    ],
    [`${reader} until`, `After "until" comes exactly one date. ${rightForm}`],
    [
      `${reader} until soon`,
      '"soon" is not a date. Write 2026-12-31 (to the end of that day, UTC) or 2026-12-31T18:00:00Z.',
    ],
    [
      `${reader} until 2026-02-30`,
      'The day 2026-02-30 does not exist. Write 2026-12-31 (to the end of that day, UTC) or 2026-12-31T18:00:00Z.',
    ],
    [
      `${reader} until=2026-12-31`,
      `"until=2026-12-31" must be "until" and a space. Write "${reader} until 2026-12-31".`,
    ],
    [
      `${reader} Until: 2026-12-31`,
      `"Until:" must be "until" and a space. Write "${reader} until 2026-12-31".`,
    ],
    [
      `roles/bigquery.dataViewer on projects/acme-data/datasets/sales until2026-12-31`,
      `"until2026-12-31" must be "until" and a space. Write "roles/bigquery.dataViewer on projects/acme-data/datasets/sales until 2026-12-31".`,
    ],
    // Its suggestion is correct.
    [`${reader} until=`, `After "until" comes exactly one date. ${rightForm}`],
    [
      `${reader} until=2026-02-30`,
      'The day 2026-02-30 does not exist. Write 2026-12-31 (to the end of that day, UTC) or 2026-12-31T18:00:00Z.',
    ],
    ['untilled', `"untilled" is not a service account e-mail. ${rightForm}`],
    [`${reader} Until 2026-12-31`, `"Until" must be in lower case. Write "${reader} until 2026-12-31".`],
  ])('for the value %j', (value, reason) => {
    expect(reasonOf(value)).toBe(reason);
  });

  it.each([
    ['Google-Access', 'The tag key "Google-Access" is matched exactly, in lower case. Write google-access.'],
    [
      'google-access/A',
      '"A" is not a grant name. After google-access/ come 1 to 32 of a-z, 0-9 and "-", not beginning with "-".',
    ],
    ['google-access/default', 'The grant named "default" is asked for by the bare key. Write google-access.'],
  ])('for the key %j', (key, reason) => {
    expect(reasonOf(reader, key)).toBe(reason);
  });

  it('names the key of the tag that is wrong', () => {
    expect(reasonOf('', 'google-access/tmp')).toBe(
      `The value is empty. ${rightForm.replace('google-access =', 'google-access/tmp =')}`,
    );
    expect(reasonOf('a b', 'google-access/tmp')).toMatch(
      /Write google-access\/tmp = .* For a second account, add a tag google-access\/<name>\.$/,
    );
  });

  it('carries the tag as it was written, so that it can be found', () => {
    expect(parseTags([{ key: 'Google-Access/BQ', value: 'x' }], tagKey).refusals).toEqual([
      {
        name: 'BQ',
        tagKey: 'Google-Access/BQ',
        value: 'x',
        code: 'tag-key',
        reason: 'The tag key "Google-Access/BQ" is matched exactly, in lower case. Write google-access/bq.',
      },
    ]);
  });
});

describe('the limits', () => {
  const isRead = (value: string, key = tagKey) => parseTags([{ key, value }], tagKey).requests.length === 1;
  const local = (length: number) => `${'a'.repeat(length)}@p.iam.gserviceaccount.com`;

  it.each([
    [`${reader}${' '.repeat(256 - reader.length)}`, true],
    [local(63), true],
    [local(64), false],
    [`0-9${reader}`, true],
    [`-${reader}`, false],
    [`x ${reader}`, false],
    [`${reader}.`, false],
    [`.${reader}`, false],
    ['reader@.gserviceaccount.com', false],
    ['reader@-acme.iam.gserviceaccount.com', false],
    [`reader@a${'b'.repeat(120)}.gserviceaccount.com`, true],
    [`reader@a${'b'.repeat(121)}.gserviceaccount.com`, false],
    ['until-2@acme-data.iam.gserviceaccount.com', true],
    ['until2@acme-data.iam.gserviceaccount.com until 2026-12-31', true],
    [`READER@acme-data.iam.gserviceaccount.com`, false],
    ['roles/viewer on projects/acme-data', true],
    ['projects/acme-app/roles/mine on projects/acme-data', true],
    ['projects/acme-data/roles/mine on projects/acme-data', true],
    ['organizations/1/roles/mine on projects/acme-data', true],
    ['roles/viewer on organizations/1', false],
    ['folders/1/roles/mine on projects/acme-data', false],
    ['projects/p/x/roles/mine on projects/acme-data', false],
    ['xroles/viewer on projects/acme-data', false],
    ['roles/viewer- on projects/acme-data', false],
    ['roles/ on projects/acme-data', false],
    ['roles/viewer on projects/acme-data@q', false],
    ['roles/viewer on @projects', false],
    ['roles/viewer on', false],
    ['roles/viewer in projects/p', false],
    [`${reader} until 2026-12-31T18:00:00Z`, true],
    [`${reader} until x2026-12-31`, false],
    [`${reader} until 2026-12-311`, false],
    [`${reader} until 2026-12-31T18:00:00`, false],
    [`${reader} until 2026-12-31T18:00:00+01:00`, false],
    [`${reader} until 2026-12-31T18:00:00ZZ`, false],
    [`${reader} until 2026-12-31T18:00:00.000Z`, false],
    [`${reader} until x2026-12-31T18:00:00Z`, false],
    [`${reader} until 2026-02-29T18:00:00Z`, false],
    [`${reader} until 2026-13-01`, false],
    [`${reader} until 31-12-2026`, false],
    [`${reader} until 2026-1-1`, false],
    // ISO 8601 knows years of six digits, and so does Date.
    [`${reader} until +012026-12-31`, false],
    [`${reader} until +012026-12-31T18:00:00Z`, false],
  ])('the value %j is valid: %s', (value, isFine) => {
    expect(isRead(value)).toBe(isFine);
  });

  it.each([
    ['google-access/a', true],
    [`google-access/${'a'.repeat(32)}`, true],
    ['google-access/0-9', true],
    ['google-access/a_b', false],
    ['google-access/ab ', false],
    ['google-access/B', false],
  ])('the key %j is valid: %s', (key, isFine) => {
    expect(isRead(reader, key)).toBe(isFine);
  });

  it.each(['xgoogle-access', 'google-acces', 'google-access2/x', 'my/google-access'])(
    'the key %j is not ours',
    (key) => {
      expect(parseTags([{ key, value: reader }], tagKey)).toEqual({ requests: [], refusals: [] });
    },
  );

  it('any white space separates words: IAM allows what Unicode calls a separator', () => {
    expect(isRead(`\u2003${reader}\u3000until\u00a02026-12-31\u2003`)).toBe(true);
  });

  it('letters and digits of any script are allowed in a value, and are not an e-mail', () => {
    expect(reasonOf('имя٣')).toBe(`"имя٣" is not a service account e-mail. ${rightForm}`);
  });

  it('a request has an end, or explicitly none', () => {
    const [request] = parseTags([{ key: tagKey, value: reader }], tagKey).requests;
    expect(request).not.toHaveProperty('expiresAt');
  });

  it('refusals too come in the order of their keys', () => {
    const tags = ['google-access/b', 'google-access/a', 'google-access'].map((key) => ({ key, value: '' }));
    expect(parseTags(tags, tagKey).refusals.map(({ name }) => name)).toEqual(['default', 'a', 'b']);
  });
});
