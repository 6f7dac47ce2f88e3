import { PermanentError } from '../../shared/core/errors.ts';
import type { Settings } from '../../shared/core/settings.ts';
import type { Context } from '../../shared/doctor/context.ts';
import { checkAccount, prerequisiteChecks } from '../../shared/doctor/prerequisite-checks.ts';
import { accountId, settings } from '../support/settings.ts';

const run = (id: string, context: Partial<Context>) =>
  prerequisiteChecks(context as Context)
    .find((check) => check.id === id)
    ?.run();
const configIn = (mode: Settings['mode']) =>
  run('config', { settings: () => Promise.resolve({ ...settings, mode }) });

describe('rolebridge.yml', () => {
  it('is ok, with a note in mode upsert-only', async () => {
    const valid = {
      status: 'ok',
      message: expect.stringMatching(/^It is valid: 1 account, 2 regions, \d rules?\.$/),
    };
    expect(await configIn('sync')).toEqual(valid);
    expect(await configIn('upsert-only')).toEqual({
      ...valid,
      note: 'The mode is upsert-only: rolebridge revokes nothing.',
    });
  });
  it('warns in mode dry-run', async () => {
    expect(await configIn('dry-run')).toMatchObject({
      status: 'warning',
      message: expect.stringContaining('The mode is dry-run: rolebridge writes nothing'),
    });
  });
  it('fails with its errors', async () => {
    const errors = new PermanentError('rolebridge.yml has 1 error:');
    expect(await run('config', { settings: () => Promise.reject(errors) })).toMatchObject({
      status: 'failed',
      message: errors.message,
    });
  });
});

describe('AWS credentials', () => {
  const arn = 'arn:aws:iam::111122223333:user/alice';
  it('are those that STS reports', async () => {
    expect(await run('aws-credentials', { identity: () => Promise.resolve({ accountId, arn }) })).toEqual({
      status: 'ok',
      message: `Signed in as ${arn}. The stack is expected in us-east-1.`,
    });
  });
  it('fail with the reason', async () => {
    expect(
      await run('aws-credentials', { identity: () => Promise.reject(new PermanentError('expired')) }),
    ).toMatchObject({ status: 'failed', message: 'Cannot sign in to AWS: expired' });
  });
  it('belong to the account of rolebridge.yml, if that can be read', async () => {
    expect(checkAccount(accountId, accountId).status).toBe('ok');
    expect(checkAccount(accountId, undefined)).toEqual({
      status: 'ok',
      message: `Account ${accountId}, not compared with rolebridge.yml, which cannot be read.`,
    });
    expect(checkAccount(accountId, '444455556666')).toEqual({
      status: 'failed',
      message: `You are signed in to account ${accountId}, but rolebridge.yml configures 444455556666.`,
      fix: 'Use credentials of account 444455556666 (AWS_PROFILE), or correct accounts in rolebridge.yml.',
    });
    const identity = () => Promise.resolve({ accountId, arn });
    expect(
      await run('aws-account', { identity, settingsIfAny: () => Promise.resolve(settings) }),
    ).toMatchObject({ status: 'ok', message: `Account ${accountId}, as in rolebridge.yml.` });
  });
});
