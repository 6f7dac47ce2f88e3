import { maxPolicyLength } from '../../cli/commands/guard/control-policy.ts';
import { command } from '../support/command-line.ts';

const variables = { ROLEBRIDGE_CONFIG: 'rolebridge.yml' };
const who = [
  '--tagger',
  'arn:aws:iam::*:role/platform-*',
  '--deployer',
  'arn:aws:iam::111122223333:role/deploy',
];

it.each([[[]], [['--json']]])(
  'what is printed %j is what AWS counts: its CLI sends a file as it is, white space and all',
  async (more) => {
    const { status, stdout } = await command(variables, 'guard', ...who, ...more);
    expect(status).toBe(0);
    expect(Object.keys(JSON.parse(stdout) as object)).toEqual(['Version', 'Statement']);
    expect(stdout.length).toBeLessThanOrEqual(maxPolicyLength);
  },
);

it('prints no policy without taggers or without deployers', async () => {
  const { status, stdout, stderr } = await command(variables, 'guard', ...who.slice(0, 2));
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).toContain('--deployer ARN (who may deploy the stack)');
});

it('does not print a policy that is too long for AWS', async () => {
  const many = Array.from({ length: 40 }, (_, index) => ['--tagger', `arn:aws:iam::*:role/team-${index}`]);
  const { status, stdout, stderr } = await command(variables, 'guard', ...who, ...many.flat());
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).toContain(`AWS allows ${maxPolicyLength}. Name fewer principals, or use wildcards.`);
});
