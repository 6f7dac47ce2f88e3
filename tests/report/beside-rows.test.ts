import { besideRows, isPolicyUnread } from '../../shared/report/beside-rows.ts';
import { exampleReport } from '../support/report-example.ts';
import { email, reader, writer } from '../support/settings.ts';

describe('members that rolebridge does not manage are shown beside the rows', () => {
  const account = expect.stringMatching(
    /^principalSet:.*attribute\.account\/111122223333 has roles\/iam\.workloadIdentityUser on writer@.*, under the condition "office hours" \(request\.time\.getHours\(\) < 18\)$/,
  );

  it('of the service account, resource or Google role that is selected, in any casing', () => {
    expect(besideRows(exampleReport, { to: writer })).toEqual([account]);
    expect(besideRows(exampleReport, { to: writer.toUpperCase() })).toEqual([account]);
    expect(besideRows(exampleReport, { to: 'roles/iam.workloadIdentityUser' })).toEqual([account]);
    expect(besideRows(exampleReport, { to: reader })).toEqual([]);
  });

  describe('with a Google role on a project', () => {
    const member = { member: 'principal://x', googleRole: 'roles/editor', resource: 'projects/acme-data' };
    const found = (to: string) => besideRows({ unmanaged: [member] }, { to }).length;

    it.each([
      writer,
      'projects/acme-data/secrets/token',
      'projects/acme-data',
      'roles/editor on projects/acme-data/secrets/token',
      // These names do not contain their project's id.
      'buckets/acme-in',
      '123456789012-compute@developer.gserviceaccount.com',
    ])('reach %s', (to) => {
      expect(found(to)).toBe(1);
    });

    it.each([
      'writer@other-project.iam.gserviceaccount.com',
      'projects/other-project/secrets/token',
      'roles/viewer on projects/acme-data/secrets/token',
      'roles/viewer on buckets/acme-in',
      'projects/acme-data/roles/custom',
      'roles/viewer',
    ])('do not reach %s', (to) => {
      expect(found(to)).toBe(0);
    });
  });

  it('on a resource reach that one, and no project', () => {
    const member = { member: 'principal://x', googleRole: 'roles/viewer', resource: 'buckets/acme-in' };
    const found = (to: string) => besideRows({ unmanaged: [member] }, { to }).length;
    expect(found('roles/viewer on buckets/acme-in')).toBe(1);
    expect(found('Roles/Viewer on Buckets/acme-in')).toBe(1);
    expect(found('roles/editor on buckets/acme-in')).toBe(0);
    expect(found('buckets/acme-out')).toBe(0);
  });

  it('for every resource, if none is selected', () => {
    expect(besideRows(exampleReport, {})).toEqual([account]);
  });

  it('without a condition, as a visible text', () => {
    const member = { member: 'principal://x\u202E', googleRole: 'roles/viewer', resource: 'buckets/acme-in' };
    const [text = ''] = besideRows({ unmanaged: [member] }, {});
    expect(text).toMatch(/ has roles\/viewer on buckets\/acme-in$/);
    expect(text).not.toContain('\u202E');
  });
});

describe('a policy that was not read', () => {
  const policies = {
    read: [reader, 'buckets/acme-in', 'projects/acme-data/datasets/Sales'],
    unread: [writer, 'projects/acme-data'],
  };
  const isUnread = (to?: string, unread = policies.unread) =>
    isPolicyUnread({ policies: { ...policies, unread } }, to === undefined ? {} : { to });

  it('is the policy of a selected service account or resource, by its address or its full name', () => {
    const name = `projects/acme-data/serviceAccounts/${writer}`;
    for (const to of [writer, writer.toUpperCase(), name, `roles/iam.workloadIdentityUser on ${writer}`])
      expect(isUnread(to, [writer])).toBe(true);
  });

  it('is the policy of anything that was not looked at: a project that could not be listed, or a wrong name', () => {
    for (const to of [
      email('unlisted'),
      'buckets/acme-other',
      'roles/viewer on buckets/acme-other',
      'raeder@',
    ])
      expect(isUnread(to, [])).toBe(true);
  });

  it('is the policy of its project', () => {
    expect(isUnread(reader)).toBe(true);
    expect(isUnread('projects/acme-data/datasets/Sales')).toBe(true);
    expect(isUnread('buckets/acme-in')).toBe(true);
    expect(isUnread('buckets/acme-in', ['projects/acme-data/datasets/other'])).toBe(false);
  });

  it('is not the policy of one that was read, or of no selection', () => {
    const name = `projects/acme-data/serviceAccounts/${reader}`;
    for (const to of [reader, reader.toUpperCase(), name, 'projects/acme-data/datasets/sales', undefined])
      expect(isUnread(to, [])).toBe(false);
    expect(isUnread('roles/viewer on buckets/acme-in', [])).toBe(false);
    // A Google role has no policy.
    expect(isUnread('roles/viewer', [])).toBe(false);
    expect(isUnread('projects/acme-data/roles/custom', [])).toBe(false);
  });
});
