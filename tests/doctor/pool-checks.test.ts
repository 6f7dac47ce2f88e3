import type { PoolState, ProviderState } from '../../shared/core/google-side.ts';
import { failed, ok } from '../../shared/doctor/finding.ts';
import { checkMarker, checkPool, checkProvider, providerName } from '../../shared/doctor/pool-checks.ts';
import { accountId, settings } from '../support/settings.ts';

const absent = { kind: 'absent' } as const;
const account = { id: accountId, provider: `aws-${accountId}` };

describe('the pool', () => {
  const judge = (fields: Partial<Exclude<PoolState, { kind: 'absent' }>> = {}) =>
    checkPool(settings, 'prod', {
      kind: 'there',
      isDeleted: false,
      isDisabled: false,
      description: '',
      ...fields,
    });
  it('exists and is enabled', () => {
    expect(judge()).toEqual(ok('aws-roles exists and is enabled.'));
  });
  it('is missing', () => {
    expect(checkPool(settings, 'prod', absent)).toEqual(
      failed(
        'The workload identity pool aws-roles of project acme-identity does not exist.',
        'Create it: rolebridge setup',
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
      ok('The pool aws-roles is marked as owned by 111122223333/prod.'),
    );
    expect(judge('for CI | managed by rolebridge; owner 111122223333/prod; adopted')).toEqual(
      ok('The pool aws-roles is marked as owned by 111122223333/prod, which adopted it.'),
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
  it('is missing', () => {
    for (const description of ['', 'for CI', 'NOT managed by rolebridge'])
      expect(judge(description)).toMatchObject({
        status: 'warning',
        fix: 'If rolebridge created the pool, give it a marker, then run rolebridge setup: gcloud iam workload-identity-pools update aws-roles --project acme-identity --location global --description \'managed by rolebridge\'\nIf the pool belongs to others, name one of your own in google.pool. docs/operations.md, "pool-not-ours"',
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
  it('exists, is enabled, and trusts the account', () => {
    expect(judge()).toEqual(ok('aws-111122223333 exists, is enabled, and trusts AWS account 111122223333.'));
  });
  it('is missing', () => {
    expect(checkProvider(settings, 'prod', account, absent)).toEqual(
      failed(
        'The provider aws-111122223333 of the pool aws-roles does not exist.',
        'Create it: rolebridge setup',
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
