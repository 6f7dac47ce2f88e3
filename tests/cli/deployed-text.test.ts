import { stripVTControlCharacters } from 'node:util';
import { type Deployed, deployedText } from '../../cli/commands/deploy/deployed-text.ts';

/** Without colors, which a pipeline turns on. */
const textOf = (one: Deployed): string => stripVTControlCharacters(deployedText(one));

const deployed = {
  stage: 'dev',
  home: '111122223333',
  accountIds: ['111122223333'],
  path: 'rolebridge.yml with rolebridge.dev.yml',
  skipsSetup: false,
} as const;

it("a finished deploy prints its settings, the sweep's findings, and the dashboard", () => {
  const answer = {
    rolesSeen: 12,
    parametersSeen: 4,
    policiesRead: 3,
    notOptedIn: [],
    notReadable: [],
    pool: 'ours',
    drifted: [],
    limits: [],
    blindSpots: [],
    isTableEmptied: false,
    leftAlone: [],
    dropped: [],
  } as const;
  expect(textOf({ ...deployed, sweep: { kind: 'answered', answer } })).toBe(
    [
      'Deployed rolebridge.yml with rolebridge.dev.yml to AWS account 111122223333, stage dev.',
      '',
      'Looked at 12 roles, 4 parameters and 3 allow policies.',
      'Nothing has drifted.',
      '',
      'Dashboard: https://us-east-1.console.aws.amazon.com/cloudwatch/home?region=us-east-1#dashboards/dashboard/rolebridge-dev',
    ].join('\n'),
  );
});

it('a failed sweep does not hide that the stack is deployed, and names the command that sweeps', () => {
  const text = textOf({
    ...deployed,
    sweep: { kind: 'failed', reason: 'The sweep ended in an error: x' },
  });
  expect(text).toContain(
    'The stack is deployed, but the sweep after it failed: The sweep ended in an error: x',
  );
  expect(text).toContain('rolebridge sweep --stage dev');
});
