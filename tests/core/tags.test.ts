import fc from 'fast-check';
import { nearMisses, parseTags } from '../../shared/core/tags.ts';
import { reader } from '../support/settings.ts';

const parse = (value: string, key = 'google-access') => parseTags([{ key, value }], 'google-access');
const request = (value: string, key?: string) => parse(value, key).requests[0];
const refusal = (value: string, key?: string) => parse(value, key).refusals[0];

// Any character. fast-check's own unit `binary` is the same, and takes six seconds to set up.
const anyText = fc
  .array(fc.integer({ min: 0, max: 0x10_ff_ff }), { maxLength: 300 })
  .map((codes) => String.fromCodePoint(...codes));

describe('a tag that requests a service account', () => {
  it('is a request named default, or by the key', () => {
    expect(request(reader)).toEqual({
      name: 'default',
      tagKey: 'google-access',
      value: reader,
      target: { kind: 'serviceAccount', email: reader },
    });
    expect(request(reader, 'google-access/bq')?.name).toBe('bq');
  });

  it.each([
    [`${reader} until 2026-12-31`, '2027-01-01T00:00:00Z'],
    [`${reader} until 2028-02-29`, '2028-03-01T00:00:00Z'],
    // Google's conditions end with the year 9999.
    [`${reader} until 9999-12-31`, '9999-12-31T23:59:59Z'],
    [`${reader} until 9999-12-31T23:59:59Z`, '9999-12-31T23:59:59Z'],
    [`${reader} until 9999-12-30`, '9999-12-31T00:00:00Z'],
    [`  ${reader}\u00a0  until   2026-12-31T18:00:00Z `, '2026-12-31T18:00:00Z'],
  ])('may end: %s', (value, expiresAt) => {
    expect(request(value)).toMatchObject({ target: { email: reader }, expiresAt });
  });

  it('a direct request is parsed too', () => {
    expect(request('roles/bigquery.dataViewer on projects/acme-data')?.target).toEqual({
      kind: 'direct',
      googleRole: 'roles/bigquery.dataViewer',
      resource: 'projects/acme-data',
    });
  });

  it('other tags are not ours', () => {
    expect(
      parseTags(
        [
          { key: 'google-accessory', value: 'x' },
          { key: 'Name', value: 'x' },
        ],
        'google-access',
      ),
    ).toEqual({ requests: [], refusals: [] });
  });

  it('tags come out in the order of their keys', () => {
    const tags = ['google-access/b', 'google-access', 'google-access/a'].map((key) => ({
      key,
      value: reader,
    }));
    expect(parseTags(tags, 'google-access').requests.map(({ name }) => name)).toEqual(['default', 'a', 'b']);
  });
});

describe('a tag that cannot be read is refused, and the reason shows what was wrong', () => {
  it.each([
    ['', 'The value is empty'],
    ['   ', 'The value is empty'],
    ['x'.repeat(257), 'longer than the 256 characters'],
    ['a"},{"b":"', 'characters that IAM tag values cannot have'],
    ['a\nb', 'characters that IAM tag values cannot have'],
    ['\u0000', 'characters that IAM tag values cannot have'],
    ['../../etc/passwd', 'is not a service account e-mail'],
    ['ünïcode@acme.iam.gserviceaccount.com', 'is not a service account e-mail'],
    ['reader@example.com', 'is not a service account e-mail'],
    ['Reader@acme-data.iam.gserviceaccount.com', `Write ${reader}`],
    [`${reader} ${reader}`, 'more than one service account'],
    [`${reader} until`, 'exactly one date'],
    [`${reader} until 2026-12-31 2027-01-01`, 'exactly one date'],
    [`${reader} until 2026-02-30`, 'The day 2026-02-30 does not exist'],
    [`${reader} until 2026-02-30T18:00:00Z`, 'The day 2026-02-30 does not exist'],
    [`${reader} until 2027-02-29`, 'The day 2027-02-29 does not exist'],
    [`${reader} until 2026-13-01`, 'The day 2026-13-01 does not exist'],
    [`${reader} until 2026-12-31T24:00:00Z`, 'is not a date'],
    [`${reader} until 2026-12-31T25:00:00Z`, 'is not a date'],
    [`${reader} until tomorrow`, 'is not a date'],
    ['until 2026-12-31', 'is not a service account e-mail'],
    ['owner on projects/acme-data', 'Write roles/owner.'],
    ['roles/viewer on projects/acme', 'Write projects/PROJECT'],
    ['roles/storage.objectViewer on gs://acme-in', 'Write buckets/acme-in.'],
    ['roles/viewer on projects/acme-data more', 'is not a Google role on one resource'],
    ['roles/viewer on', 'is not a Google role on one resource'],
    ['roles/viewer', 'is not a Google role on one resource'],
    ['roles/viewer:buckets/acme-in', 'is not a Google role on one resource'],
    ['Storage Object Viewer on buckets/acme-in', 'is not a Google role on one resource'],
    ['buckets/acme-in', 'is not a Google role on one resource'],
    ['roles/iam.workloadIdentityUser on projects/acme-data', 'is asked for by its e-mail alone'],
  ])('%j', (value, reason) => {
    expect(refusal(value)).toMatchObject({ code: 'malformed', reason: expect.stringContaining(reason) });
  });

  it.each([
    ['Google-Access', 'Write google-access.'],
    ['GOOGLE-ACCESS/BQ', 'Write google-access/bq.'],
    ['google-access/', 'is not a grant name'],
    ['google-access/-a', 'is not a grant name'],
    ['google-access/a/b', 'is not a grant name'],
    [`google-access/${'a'.repeat(33)}`, 'is not a grant name'],
    ['google-access/default', 'Write google-access.'],
    // Advice that would be refused is not given.
    ['Google-Access/default', 'Write google-access.'],
    ['Google-Access/My_Grant', '"my_grant" is not a grant name'],
    ['GOOGLE-ACCESS/', 'is not a grant name'],
  ])('key %s', (key, reason) => {
    expect(refusal(reader, key)).toMatchObject({ code: 'tag-key', reason: expect.stringContaining(reason) });
  });

  it('a word in another casing is corrected only if the whole value would be accepted', () => {
    expect(refusal(`${reader} UNTIL 2026-12-31`)?.reason).toContain(`Write "${reader} until 2026-12-31".`);
    expect(refusal(`${reader} UNTIL 2026-02-30`)?.reason).toEqual(
      refusal(`${reader} until 2026-02-30`)?.reason,
    );
  });

  it('has at most 256 characters, however many bytes or UTF-16 units each of them takes', () => {
    expect(refusal('𐐨'.repeat(256))?.reason).not.toContain('256');
    expect(refusal('𐐨'.repeat(257))?.reason).toContain('longer than the 256 characters');
  });

  it('never throws, and never returns anything that the value did not contain', () => {
    fc.assert(
      fc.property(anyText, fc.string({ maxLength: 40 }), (value, name) => {
        const { requests, refusals } = parse(value, `google-access/${name}`);
        expect(requests.length + refusals.length).toBe(1);
        for (const { target } of requests)
          if (target.kind === 'serviceAccount') expect(value).toContain(target.email);
      }),
    );
  });
});

describe('keys that are nearly ours', () => {
  it.each([
    ['google-acess', true],
    ['google-access', false],
    ['Google-Access', false],
    ['GOOGLE-ACESS', true],
    ['google_access', true],
    ['googleaccess', true],
    ['googel-access/writer', true],
    ['google-access/writer', false],
    ['google-accesses', true],
    ['google-accessory', false],
    ['google', false],
    ['Name', false],
    ['', false],
  ])('%s: %s', (key, isNear) => {
    expect(nearMisses([{ key }], 'google-access')).toEqual(isNear ? [key] : []);
  });

  it('for a short key, one letter is a lot', () => {
    expect(nearMisses([{ key: 'gcpx' }, { key: 'gcpxy' }, { key: 'gpc' }, { key: 'aws' }], 'gcp')).toEqual([
      'gcpx',
      'gpc',
    ]);
  });
});
