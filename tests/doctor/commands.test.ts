import { deploy, poolCommand, providerCommand, rolebridge } from '../../shared/doctor/commands.ts';
import { settings } from '../support/settings.ts';

it('names the stage unless it is the default', () => {
  expect([rolebridge('prod', 'sweep'), rolebridge('test', 'sweep')]).toEqual([
    'rolebridge sweep',
    'rolebridge sweep --stage test',
  ]);
  expect([deploy('prod'), deploy('test')]).toEqual(['npm run deploy', 'npm run deploy -- --stage test']);
});

it('names pool, project and provider in gcloud commands', () => {
  expect(poolCommand(settings, 'undelete')).toBe(
    'gcloud iam workload-identity-pools undelete aws-roles --project acme-identity --location global',
  );
  expect(providerCommand(settings, 'update-aws', 'aws-1', ' --no-disabled')).toBe(
    'gcloud iam workload-identity-pools providers update-aws aws-1 --project acme-identity --location global --workload-identity-pool aws-roles --no-disabled',
  );
  expect(providerCommand(settings, 'undelete', 'aws-1')).toMatch(/ --workload-identity-pool aws-roles$/);
});

it('a command on the pool has flags only if some are given', () => {
  expect(poolCommand(settings, 'describe')).toMatch(/--location global$/);
  expect(providerCommand(settings, 'describe', 'aws')).toMatch(/--workload-identity-pool aws-roles$/);
});
