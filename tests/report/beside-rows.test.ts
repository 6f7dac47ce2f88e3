import { besideRows, isPolicyUnread } from '../../shared/report/beside-rows.ts';
import { exampleReport } from '../support/report-example.ts';
import { email, reader, writer } from '../support/settings.ts';

describe('members that rolebridge does not manage stand beside the rows', () => {
  const account = expect.stringMatching(
    /^principalSet:.*attribute\.account\/111122223333 has roles\/iam\.workloadIdentityUser on writer@.*, under the condition "office hours"$/,
  );

  it('of the service account, resource or Google role that is selected, in any casing', () => {
    expect(besideRows(exampleReport, { to: writer })).toEqual([account]);
    expect(besideRows(exampleReport, { to: writer.toUpperCase() })).toEqual([account]);
    expect(besideRows(exampleReport, { to: 'roles/iam.workloadIdentityUser' })).toEqual([account]);
    expect(besideRows(exampleReport, { to: reader })).toEqual([]);
  });

  it('all of them, if none is selected', () => {
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
  it('is that of a selected service account that is not readable, by its address or its full name', () => {
    const [name = ''] = exampleReport.notReadable;
    const address = email('private');
    for (const to of [address, address.toUpperCase(), name])
      expect(isPolicyUnread(exampleReport, { to })).toBe(true);
  });

  it('is not that of another one, or of no selection', () => {
    expect(isPolicyUnread(exampleReport, { to: reader })).toBe(false);
    expect(isPolicyUnread(exampleReport, {})).toBe(false);
  });
});
