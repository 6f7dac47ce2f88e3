import type { PoolState, ProviderState } from '../../shared/core/google-side.ts';
import { checkPrincipals } from '../../shared/doctor/account.ts';
import { failed, ok, warning } from '../../shared/doctor/finding.ts';
import {
  checkApis,
  checkMarker,
  checkPool,
  checkProject,
  checkProvider,
  checkServiceAccount,
  providerName,
} from '../../shared/doctor/pool-checks.ts';
import { requiredServices } from '../../shared/setup/wanted.ts';
import { accountId, reader, settings } from '../support/settings.ts';

const absent = { kind: 'absent' } as const;
const account = { id: accountId, provider: `aws-${accountId}` };

describe('project and number', () => {
  const project = { id: 'acme-identity', number: '123456789012' };
  it('belong together', () => {
    expect(checkProject(settings, project, undefined)).toEqual(
      ok('acme-identity has the number 123456789012.'),
    );
  });
  it('the number is of another project', () => {
    expect(checkProject(settings, { id: 'other', number: '123456789012' }, project)).toEqual(
      failed(
        'google.projectNumber 123456789012 is project other, and google.project says acme-identity.',
        "Correct rolebridge.yml. The number of acme-identity: gcloud projects describe acme-identity --format 'value(projectNumber)'",
      ),
    );
  });
  it('the project has another number', () => {
    expect(checkProject(settings, undefined, { id: 'acme-identity', number: '42' })).toEqual(
      failed(
        'Project acme-identity has the number 42, and google.projectNumber says 123456789012.',
        'Write projectNumber: "42" into rolebridge.yml.',
      ),
    );
  });
  it('neither can be seen', () => {
    expect(checkProject(settings, undefined, undefined)).toMatchObject({
      status: 'unknown',
      fix: expect.stringContaining('gcloud projects describe acme-identity'),
    });
  });
});

it('APIs that are off are enabled by one command', () => {
  expect(checkApis(settings, [])).toEqual(
    ok(`${requiredServices.slice(0, 3).join(', ')} and ${requiredServices[3]} are enabled in acme-identity.`),
  );
  expect(checkApis(settings, ['sts.googleapis.com'])).toEqual(
    failed(
      'The API sts.googleapis.com is off in project acme-identity.',
      'Enable: gcloud services enable sts.googleapis.com --project acme-identity',
    ),
  );
  expect(checkApis(settings, ['iam.googleapis.com', 'sts.googleapis.com'])).toEqual(
    failed(
      'The APIs iam.googleapis.com and sts.googleapis.com are off in project acme-identity.',
      'Enable: gcloud services enable iam.googleapis.com sts.googleapis.com --project acme-identity',
    ),
  );
});

describe('the pool', () => {
  const judge = (fields: Partial<Exclude<PoolState, { kind: 'absent' }>> = {}) =>
    checkPool(settings, 'prod', {
      kind: 'there',
      isDeleted: false,
      isDisabled: false,
      description: '',
      ...fields,
    });
  it('is there and enabled', () => {
    expect(judge()).toEqual(ok('aws-roles exists and is enabled.'));
  });
  it('is not there', () => {
    expect(checkPool(settings, 'prod', absent)).toEqual(
      failed(
        'The workload identity pool aws-roles of project acme-identity does not exist.',
        'Make it: rolebridge setup',
      ),
    );
  });
  it('is deleted, though it is disabled as well', () => {
    expect(judge({ isDeleted: true, isDisabled: true })).toMatchObject({
      status: 'failed',
      fix: expect.stringContaining('workload-identity-pools undelete aws-roles'),
    });
  });
  it('is disabled', () => {
    expect(judge({ isDisabled: true })).toMatchObject({
      status: 'failed',
      fix: expect.stringMatching(/update aws-roles .* --no-disabled$/),
    });
  });
});

describe('invariant 1, ownership: the marker of the pool', () => {
  const judge = (description: string) =>
    checkMarker(settings, 'prod', { kind: 'there', isDeleted: false, isDisabled: false, description });
  it('names this deployment', () => {
    expect(judge('managed by rolebridge; owner 111122223333/prod')).toEqual(
      ok('The pool aws-roles is marked as that of 111122223333/prod.'),
    );
    expect(judge('for CI | managed by rolebridge; owner 111122223333/prod; adopted')).toEqual(
      ok('The pool aws-roles is marked as that of 111122223333/prod, which adopted it.'),
    );
  });
  it('names another AWS account, or another stage', () => {
    for (const other of ['999999999999/prod', '111122223333/dev'])
      expect(judge(`managed by rolebridge; owner ${other}`)).toMatchObject({
        status: 'failed',
        message: expect.stringContaining(`belongs to rolebridge of ${other}`),
        fix: expect.stringMatching(
          /^Name another pool in google\.pool.* no longer exists, .*: gcloud iam workload-identity-pools update aws-roles --project acme-identity --location global --description 'managed by rolebridge'$/s,
        ),
      });
  });
  it('names no owner', () => {
    expect(judge('managed by rolebridge')).toMatchObject({
      status: 'warning',
      message: expect.stringContaining('only bindings that it has a record of'),
      fix: 'Mark it: rolebridge setup',
    });
  });
  it('is not there', () => {
    for (const description of ['', 'for CI', 'NOT managed by rolebridge'])
      expect(judge(description)).toMatchObject({
        status: 'warning',
        fix: 'If rolebridge made the pool, give it a marker, then run rolebridge setup: gcloud iam workload-identity-pools update aws-roles --project acme-identity --location global --description \'managed by rolebridge\'\nIf it is a pool of others, name one of your own in google.pool. docs/operations.md, "pool-not-ours"',
      });
    expect(checkMarker(settings, 'prod', absent).status).toBe('warning');
  });
});

describe('the provider', () => {
  const judge = (fields: Partial<Exclude<ProviderState, { kind: 'absent' }>> = {}) =>
    checkProvider(settings, 'prod', account, {
      kind: 'there',
      isDeleted: false,
      isDisabled: false,
      awsAccountId: accountId,
      attributeMapping: {},
      attributeCondition: '',
      ...fields,
    });
  it('is there, enabled, and trusts the account', () => {
    expect(judge()).toEqual(ok('aws-111122223333 exists, is enabled, and trusts AWS account 111122223333.'));
  });
  it('is not there', () => {
    expect(checkProvider(settings, 'prod', account, absent)).toEqual(
      failed(
        'The provider aws-111122223333 of the pool aws-roles does not exist.',
        'Make it: rolebridge setup',
      ),
    );
  });
  it('is deleted, or disabled', () => {
    expect(judge({ isDeleted: true, isDisabled: true })).toMatchObject({
      status: 'failed',
      fix: expect.stringContaining('rolebridge setup'),
    });
    expect(judge({ isDisabled: true })).toMatchObject({
      status: 'failed',
      fix: expect.stringMatching(/providers update-aws aws-111122223333 .* --no-disabled$/),
    });
  });
  it('trusts another account, or is of another kind', () => {
    expect(judge({ awsAccountId: '444455556666' })).toMatchObject({
      status: 'failed',
      message: expect.stringContaining('trusts AWS account 444455556666, not 111122223333'),
      fix: expect.stringMatching(/--account-id 111122223333$/),
    });
    const { awsAccountId: _, ...oidc } = {
      kind: 'there',
      isDeleted: false,
      isDisabled: false,
      awsAccountId: '',
      attributeMapping: {},
      attributeCondition: '',
    } as const;
    expect(checkProvider(settings, 'prod', account, oidc).message).toContain('trusts no AWS account');
  });
  it('has a name below the pool', () => {
    expect(providerName(settings, 'aws-1')).toBe(
      'projects/123456789012/locations/global/workloadIdentityPools/aws-roles/providers/aws-1',
    );
  });
});

it('a service account exists and is enabled', () => {
  expect(checkServiceAccount(reader, { kind: 'there', isDisabled: false }, '')).toEqual(
    ok(`${reader} exists and is enabled.`),
  );
  expect(checkServiceAccount(reader, { kind: 'there', isDisabled: true }, '')).toEqual(
    failed(
      `The service account ${reader} is disabled.`,
      `Enable it: gcloud iam service-accounts enable ${reader}`,
    ),
  );
  expect(checkServiceAccount(reader, absent, 'make it')).toEqual(
    failed(`The service account ${reader} does not exist.`, 'make it'),
  );
});

it('principals of a policy: from 80 % on there is something to do', () => {
  const judge = (count: number) =>
    checkPrincipals(reader, {
      bindings: [
        { role: 'a', members: Array.from({ length: count - 1 }, (_, index) => `user:${index}`) },
        { role: 'b', members: ['user:0'] },
      ],
    });
  const fix = 'Let further roles use a second service account with the same access.';
  const message = `The allow policy of ${reader} holds`;
  expect(judge(1199)).toEqual(ok(`${message} 1199 of 1500 principals.`));
  expect(judge(1200)).toEqual(warning(`${message} 1200 of 1500 principals.`, fix));
  expect(judge(1499).status).toBe('warning');
  expect(judge(1500)).toEqual(failed(`${message} 1500 of 1500 principals: no role can be added.`, fix));
});
