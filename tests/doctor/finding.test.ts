import { deploy, poolCommand, providerCommand, rolebridge } from '../../shared/doctor/commands.ts';
import { failed, listed, numbered, ok, okUnless, unknown, warning } from '../../shared/doctor/finding.ts';
import { settings } from '../support/settings.ts';

describe('what a check came to', () => {
  it('has no empty fields', () => {
    expect([
      ok('a'),
      ok('a', 'b'),
      warning('a', 'b'),
      failed('a', 'b'),
      unknown('a'),
      unknown('a', 'b'),
    ]).toEqual([
      { status: 'ok', message: 'a' },
      { status: 'ok', message: 'a', note: 'b' },
      { status: 'warning', message: 'a', fix: 'b' },
      { status: 'failed', message: 'a', fix: 'b' },
      { status: 'unknown', message: 'a' },
      { status: 'unknown', message: 'a', fix: 'b' },
    ]);
  });

  it('tells each fault, and one fix once', () => {
    expect(okUnless([], 'all well')).toEqual(ok('all well'));
    expect(
      okUnless(
        [
          { message: 'one', fix: 'same' },
          { message: 'two', fix: 'same' },
        ],
        '',
      ),
    ).toEqual(failed('one\ntwo', 'same'));
  });
});

it('lists names, and cuts where there are many', () => {
  expect([listed([]), listed(['a']), listed(['a', 'b']), listed(['a', 'b', 'c'])]).toEqual([
    '',
    'a',
    'a and b',
    'a, b and c',
  ]);
  expect(listed(['a', 'b', 'c'], 2)).toBe('a, b and 1 more');
});

it('counts things', () => {
  expect([0, 1, 2].map((count) => numbered(count, 'role'))).toEqual(['no role', '1 role', '2 roles']);
});

it('commands name the stage where it is not the usual one', () => {
  expect([rolebridge('prod', 'sweep'), rolebridge('test', 'sweep')]).toEqual([
    'rolebridge sweep',
    'rolebridge sweep --stage test',
  ]);
  expect([deploy('prod'), deploy('test')]).toEqual(['npm run deploy', 'npm run deploy -- --stage test']);
});

it('gcloud commands name pool, project and provider', () => {
  expect(poolCommand(settings, 'undelete')).toBe(
    'gcloud iam workload-identity-pools undelete aws-roles --project acme-identity --location global',
  );
  expect(providerCommand(settings, 'update-aws', 'aws-1', ' --no-disabled')).toBe(
    'gcloud iam workload-identity-pools providers update-aws aws-1 --project acme-identity --location global --workload-identity-pool aws-roles --no-disabled',
  );
});
