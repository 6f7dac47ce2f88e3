import { nextSteps } from '../../cli/commands/setup/text.ts';
import type { Settings } from '../../shared/core/settings.ts';
import { keyReaderRole } from '../../shared/setup/custom-roles.ts';
import type { SetupStep } from '../../shared/setup/step.ts';
import { settings } from '../support/settings.ts';

const nextOf = (of: Settings, stage = 'prod', done: readonly SetupStep[] = []): string =>
  nextSteps({ done, notDone: [] }, { steps: [], warnings: [], refusals: [] }, of, { stage } as Parameters<
    typeof nextSteps
  >[3]);

it('after setup, several accounts also need the roles of "rolebridge member"', () => {
  const accounts = [...settings.accounts, { id: '444455556666', provider: 'aws-444455556666' }];
  expect(nextOf(settings)).not.toContain('rolebridge member');
  const text = nextOf({ ...settings, home: settings.accounts[0]?.id ?? '', accounts }, 'test');
  const lines = text.split('\n').slice(text.split('\n').indexOf('Next:') + 1);
  expect(lines.map((line) => line.trim().split(/ {2,}/))).toEqual([
    [
      'let rolebridge edit a service account',
      expect.stringContaining('rolebridge setup --stage test --opt-in'),
    ],
    ['deploy', 'npm run deploy -- --stage test'],
    [
      'print the roles of the other accounts',
      'rolebridge member --stage test --print cloudformation > member.yml',
    ],
    ['deploy them there', 'docs/organization.md, "From one account to several"'],
    ['tag a role', expect.stringContaining('aws iam tag-role')],
  ]);
});

it('after --opt-in-keys, the keys can be read', () => {
  const role = keyReaderRole('acme-data');
  const steps: readonly SetupStep[] = [
    { kind: 'enableServices', project: 'acme-data', services: ['policyanalyzer.googleapis.com'] },
    { kind: 'createCustomRole', ...role },
    {
      kind: 'bind',
      purpose: 'readKeys',
      resource: 'projects/acme-data',
      role: role.name,
      member: 'group:security@acme.com',
    },
  ];
  const next = (text: string) => text.slice(text.indexOf('Next:'));
  expect(next(nextOf(settings, 'test', steps))).toBe(
    'Next:\n  read the keys, as one of these people    rolebridge keys --stage test',
  );
  const all = next(
    nextOf(settings, 'prod', [{ kind: 'createPool', name: 'aws', description: '' }, ...steps]),
  );
  expect(all).toContain('npm run deploy');
  expect(all).toContain('rolebridge keys');
  expect(next(nextOf(settings))).not.toContain('rolebridge keys');
});
