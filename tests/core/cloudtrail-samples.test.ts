import { readdirSync, readFileSync } from 'node:fs';
import { parseRoleEvent } from '../../shared/core/role-event.ts';
import { accountId, reader } from '../support/settings.ts';

const folder = 'tests/core/cloudtrail-samples';
const alice = `arn:aws:iam::${accountId}:user/alice`;
const updater = `arn:aws:sts::${accountId}:assumed-role/Updater/updater@example.com`;

/** The role and keys that each record names, or the reason why we ignore it. */
const expected: Readonly<Record<string, readonly (object | string)[]>> = {
  'create-role-with-tags': [
    { roleName: 'reports', requestedBy: alice, keys: [{ key: 'google-access', value: reader }] },
  ],
  'create-role-without-tags': ['the CreateRole record names no key of ours'],
  'delete-role': [{ roleName: 'reports', requestedBy: alice, keys: [] }],
  'access-denied-elsewhere': ['not a CloudTrail record of an IAM call'],
  'access-denied-tag-role': ['the TagRole call failed (AccessDenied), so nothing changed'],
  'no-such-entity': ['DeleteLoginProfile does not change who may have access'],
  'envelope-tag-role': [
    { roleName: 'reports', requestedBy: updater, keys: [{ key: 'google-access', value: reader }] },
  ],
  'envelope-untag-role': [{ roleName: 'reports', requestedBy: updater, keys: [{ key: 'google-access' }] }],
  'life-of-a-role': [
    'AttachRolePolicy does not change who may have access',
    'the CreateRole record names no key of ours',
  ],
};

interface CloudTrailRecord {
  readonly eventID: string;
  readonly eventName: string;
  readonly eventTime: string;
}

const recordsOf = (name: string): readonly (CloudTrailRecord | { readonly detail: CloudTrailRecord })[] =>
  [JSON.parse(readFileSync(`${folder}/${name}.json`, 'utf8'))].flat();

// Each sample has the same fields as a record that AWS delivered and its owner published, with our own values. We found
// no published UntagRole or denied TagRole: those two follow IAM's API and the other samples.
describe('CloudTrail records in the shapes that AWS delivers', () => {
  it.each(Object.entries(expected))('%s', (name, results) => {
    const records = recordsOf(name);
    const parsed = records.map((record) => {
      const envelope =
        'detail' in record
          ? record
          : { source: 'aws.iam', account: accountId, region: 'us-east-1', detail: record };
      return parseRoleEvent(envelope, [accountId], 'google-access');
    });
    expect(parsed).toEqual(
      records.map((record, index) => {
        const { eventID: eventId, eventName, eventTime } = 'detail' in record ? record.detail : record;
        const result = results[index];
        if (typeof result !== 'object') return { kind: 'ignored', reason: result };
        const { roleName, requestedBy, keys } = result as Record<string, unknown>;
        const cause = { eventName, eventId, eventTime, requestedBy };
        return {
          kind: 'role',
          ref: { partition: 'aws', accountId, roleName },
          cause,
          event: { ...cause, keys },
        };
      }),
    );
  });

  it('every sample has an expectation and belongs to the test account', () => {
    const files = readdirSync(folder).map((file) => file.replace(/\.json$/, ''));
    expect(files.toSorted()).toEqual(Object.keys(expected).toSorted());
    for (const file of files)
      for (const record of recordsOf(file))
        expect('detail' in record ? record.detail : record).toHaveProperty('recipientAccountId', accountId);
  });
});
