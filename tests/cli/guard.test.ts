import { maxPolicyLength } from '../../cli/commands/guard/control-policy.ts';
import { runHere as command } from '../support/here.ts';

const variables = { ROLEBRIDGE_CONFIG: 'rolebridge.yml' };
const who = [
  '--tagger',
  'arn:aws:iam::*:role/platform/*',
  '--deployer',
  'arn:aws:iam::111122223333:role/deploy',
];

it('the printed bytes are the ones that AWS counts: its CLI sends a file as it is, white space included', async () => {
  const { status, stdout } = await command(variables, 'guard', ...who);
  expect(status).toBe(0);
  expect(Object.keys(JSON.parse(stdout) as object)).toEqual(['Version', 'Statement']);
  expect(stdout.length).toBeLessThanOrEqual(maxPolicyLength);
  const { stdout: document } = await command(variables, 'guard', ...who, '--json');
  expect(JSON.parse(document)).toEqual({ version: 1, policy: JSON.parse(stdout) as object });
});

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

const deployer = ['--deployer', 'arn:aws:iam::111122223333:role/deploy'];

describe('a principal that cannot exist is an error: the policy would lock everyone out', () => {
  it.each([
    ['nonsense', 'must be the ARN of a role or user'],
    ['', 'must be the ARN of a role or user'],
    ['*', 'must be the ARN of a role or user'],
    ['arn:aws:sts::111122223333:assumed-role/platform/alice', 'arn:aws:iam::111122223333:role/PATH/platform'],
    ['arn:aws:sts::111122223333:assumed-role/platform', 'names a session'],
    ['arn:aws-cn:iam::111122223333:role/platform', 'is in the partition aws-cn'],
    ['arn:aws-us-gov:iam::111122223333:role/platform', 'is in the partition aws-us-gov'],
    ['arn:aws:iam::1111:role/platform', 'matches no role and no user'],
    ['arn:aws:iam::111122223333:platform', 'matches no role and no user'],
    ['arn:aws:iam::111122223333:group/platform', 'matches no role and no user'],
    ['arn:aws:iam::111122223333:role/platform/', 'matches no role and no user'],
    [`arn:aws:iam::111122223333:role/platform/${'x'.repeat(65)}`, 'matches no role and no user'],
    ['arn:aws:iam::111122223333:role/plat form', 'matches no role and no user'],
    ['arn:aws:iam::111122223333:role/', 'matches no role and no user'],
    ['arn:aws:s3:::bucket', 'matches no role and no user'],
    ['arn:aws:iam::*:role/*', 'exempts everyone'],
    ['arn:aws:iam::111122223333:role/**', 'exempts everyone'],
  ])('--tagger "%s"', async (arn, message) => {
    for (const args of [
      ['--tagger', arn, ...deployer],
      ['--tagger', 'arn:aws:iam::111122223333:role/tagger', '--deployer', arn],
    ]) {
      const said = await command(variables, 'guard', ...args);
      expect(said).toMatchObject({ status: 1, stdout: '', stderr: expect.stringContaining(message) });
    }
  });
});

describe('a wildcard that spans a path', () => {
  it.each([
    ['role/platform-*', 'role/platform-x/evil'],
    ['role/*-platform', 'role/x/evil-platform'],
    ['role/team/platform-*', 'role/team/platform-x/evil'],
    ['role/a?b', 'role/a/b'],
    ['user/ops-*', 'user/ops-x/evil'],
  ])('%s is a warning, which names who else is exempted', async (name, other) => {
    const said = await command(variables, 'guard', '--tagger', `arn:aws:iam::*:${name}`, ...deployer);
    expect(said).toMatchObject({ status: 0, stderr: expect.stringContaining(`exempts ${other}`) });
    expect(JSON.parse(said.stdout)).toHaveProperty('Statement');
  });

  it.each(['role/platform/*', 'role/team/platform/*', 'role/platform', 'role/team/platform', 'user/alice'])(
    '%s gets no warning',
    async (name) => {
      const said = await command(variables, 'guard', '--tagger', `arn:aws:iam::*:${name}`, ...deployer);
      expect(said).toMatchObject({ status: 0, stderr: '' });
    },
  );
});
