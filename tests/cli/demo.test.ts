import { readFileSync } from 'node:fs';
import { recordedText, recordingOf } from '../../scripts/recording.ts';
import { startCommand } from '../support/command-line.ts';

// It packages the stack, too.
jest.setTimeout(240_000);

const demo = (variables = {}) => startCommand(variables, ['demo']).ended;

/** Line breaks depend on the length of the times. */
const lettersOf = (recording: string): string => recordedText(recording).join('').replaceAll(/\s/g, '');

it('the demo runs to its end without a terminal, in plain lines, and succeeds', async () => {
  const { status, stdout } = await demo();
  expect(status).toBe(0);
  const inOrder = [
    'nothing is granted to role reports yet',
    "Permission 'iam.serviceAccounts.getAccessToken' denied",
    '$ aws iam tag-role --role-name reports',
    '+         "principalSet://',
    'Google Access Granted: Granted; effective within minutes.',
    'rolebridge: wrote ',
    'token: ya29.local-google-access…',
    '+         "principalSet://',
    'The hourly sweep finds it',
    'Google Access Revoked: No new tokens within minutes',
    '$ aws --profile 444455556666 iam tag-role --role-name reports',
    '/attribute.aws_role/arn:aws:sts::444455556666:assumed-role/reports"',
    'Google Access Granted: Granted; effective within minutes.',
    'parameters of account 444455556666: /google-access/reports/default in eu-central-1',
    '$ aws --profile 444455556666 iam untag-role --role-name reports',
    'the role reports of the home account keeps its own',
    'Google Access Revoked: No new tokens within minutes',
    '$ aws iam untag-role --role-name reports',
    '-         "principalSet://',
    'Google Access Revoked: No new tokens within minutes',
    "Permission 'iam.serviceAccounts.getAccessToken' denied",
    'Done.',
  ];
  let at = 0;
  for (const text of inOrder) {
    const found = stdout.indexOf(text, at);
    expect({ text, found: found >= 0 }).toEqual({ text, found: true });
    at = found + text.length;
  }
  // There are no color codes in a pipe.
  expect(stdout).not.toContain(String.fromCharCode(27));
  // `npm run recording` records it again.
  const recording = readFileSync('docs/images/demo.svg', 'utf8');
  expect(lettersOf(recording)).toBe(lettersOf(recordingOf(stdout)));
});

it('a step that fails makes the demo fail', async () => {
  const said = await demo({ PATH: '/nonexistent' });
  expect(said).toMatchObject({ status: 1, stderr: expect.stringContaining('The demo failed') });
});
