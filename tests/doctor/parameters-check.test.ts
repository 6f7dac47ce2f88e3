import { credentialConfig } from '../../shared/core/credential-config.ts';
import type { ObservedFolder } from '../../shared/core/observed.ts';
import { checkParameters } from '../../shared/doctor/parameters-check.ts';
import { reader, settings } from '../support/settings.ts';
import { decided, key, roleCaseOf, sweepFix, withGrantRule } from './role-case.ts';

const roleCase = roleCaseOf({ [key]: reader });

describe('the parameters', () => {
  const path = '/google-access/reports';
  const right = JSON.stringify(credentialConfig(settings, 'aws-111122223333', reader));
  const folder = (region: string, values: Readonly<Record<string, string>>): ObservedFolder => ({
    kind: 'read',
    region,
    path,
    parameters: Object.entries(values).map(([name, value]) => ({
      name: `${path}/${name}`,
      value,
      type: 'String',
    })),
  });
  const unreadable: ObservedFolder = { kind: 'unreadable', region: 'eu-west-1', path };
  const first = folder('us-east-1', { default: right });

  it('are as expected in every region', () => {
    expect(checkParameters(roleCase, [first, folder('eu-west-1', { default: right })])).toEqual({
      status: 'ok',
      message: 'Its configs are published in us-east-1 and eu-west-1.',
    });
  });
  it('are missing, wrong or left over', () => {
    const wrong = right.replace('reader@', 'writer@');
    expect(
      checkParameters(roleCase, [
        folder('us-east-1', { default: wrong, old: right }),
        folder('eu-west-1', {}),
      ]),
    ).toEqual({
      status: 'failed',
      message: [
        'The parameter /google-access/reports/default in us-east-1 differs from the expected config.',
        'The parameter /google-access/reports/default in eu-west-1 is missing.',
        'The parameter /google-access/reports/old in us-east-1 is left over.',
      ].join('\n'),
      fix: sweepFix,
    });
  });
  it('cannot be read in one region: reports problems in the others first', () => {
    expect(checkParameters(roleCase, [first, unreadable])).toEqual({
      status: 'unknown',
      message: 'Not checked: the parameters in eu-west-1 cannot be read.',
    });
    expect(checkParameters(roleCase, [folder('us-east-1', {}), unreadable])).toMatchObject({
      status: 'failed',
      message: 'The parameter /google-access/reports/default in us-east-1 is missing.',
    });
  });
  it('are not missing for a grant that waits for its binding', () => {
    const direct = roleCaseOf(
      { [`${key}/in`]: 'roles/storage.objectViewer on buckets/acme-in' },
      withGrantRule('roles/storage.objectViewer', 'buckets/acme-in'),
    );
    const folders = [folder('us-east-1', {}), folder('eu-west-1', {})];
    expect(checkParameters(direct, folders).status).toBe('ok');
    expect(checkParameters(decided(direct), folders).message).toContain(
      '/google-access/reports/in in us-east-1 is missing',
    );
  });
  it('are left over after access expired: the next sweep removes them', () => {
    const ended = roleCaseOf({ [key]: `${reader} until 2020-01-01` });
    expect(checkParameters(ended, [first, folder('eu-west-1', {})])).toEqual({
      status: 'ok',
      message: 'It has no grant, and no parameter is left over.',
    });
    const refused = roleCaseOf({ [key]: 'nonsense' });
    expect(checkParameters(refused, [first, folder('eu-west-1', {})]).status).toBe('failed');
  });
});
