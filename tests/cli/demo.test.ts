import { run } from '../../local/run-workload.ts';

it('the demo tells its story without a terminal, in plain lines, and ends well', async () => {
  const ran = await run(process.execPath, ['cli/rolebridge.ts', 'demo'], {});
  expect(ran).toMatchObject({ ok: true });
  const inOrder = [
    'nothing is granted to role reports yet',
    "Permission 'iam.serviceAccounts.getAccessToken' denied",
    '$ aws iam tag-role --role-name reports',
    '+         "principalSet://',
    'Google Access Granted: Granted; effective within minutes.',
    'rolebridge: wrote ',
    'token: local-google-access-toke',
    '+         "principalSet://',
    'The hourly sweep finds it',
    'Google Access Revoked: No new tokens within minutes',
    '$ aws iam untag-role --role-name reports',
    '-         "principalSet://',
    'Google Access Revoked: No new tokens within minutes',
    "Permission 'iam.serviceAccounts.getAccessToken' denied",
    'Done.',
  ];
  let at = 0;
  for (const text of inOrder) {
    const found = ran.output.indexOf(text, at);
    expect({ text, found: found >= 0 }).toEqual({ text, found: true });
    at = found + text.length;
  }
  // No colour codes in a pipe.
  expect(ran.output).not.toContain(String.fromCharCode(27));
});

it('a step that fails makes the demo fail', async () => {
  const ran = await run(process.execPath, ['cli/rolebridge.ts', 'demo'], { PATH: '/nonexistent' });
  expect(ran).toMatchObject({ ok: false, status: 1, output: expect.stringContaining('The demo failed') });
});
