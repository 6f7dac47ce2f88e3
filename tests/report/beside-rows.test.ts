import { besideRows } from '../../shared/report/beside-rows.ts';
import { exampleReport } from '../support/report-example.ts';
import { reader, writer } from '../support/settings.ts';

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
