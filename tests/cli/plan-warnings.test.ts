import { readFileSync } from 'node:fs';
import { planWarnings } from '../../cli/plan-warnings.ts';
import { loadSettings } from '../../shared/config/config.ts';
import { poolPath } from '../../shared/core/settings.ts';
import { settingsDigest } from '../../shared/core/settings-digest.ts';
import { settings } from '../support/settings.ts';

const nameOf = (id: string) => `${poolPath(settings)}/providers/${id}`;
const warningsOf = (
  reads: Partial<Parameters<typeof planWarnings>[0]>,
  planned: Partial<Parameters<typeof planWarnings>[1]> = {},
) =>
  planWarnings(
    {
      deployedDigest: () => Promise.resolve(settingsDigest(settings)),
      providers: () => Promise.resolve([nameOf('aws-111122223333')]),
      ...reads,
    },
    { path: 'rolebridge.yml', settings, ...planned },
  );

describe('plan warns about a file that would not have the shown effect', () => {
  it('not if it is deployed, and its provider exists', async () => {
    expect(await warningsOf({})).toEqual([]);
  });

  it('because another file is deployed', async () => {
    const narrower = { ...settings, allow: [] };
    expect(await warningsOf({}, { path: 'new.yml', settings: narrower })).toEqual([
      'The deployed functions use other settings than new.yml. This plan shows what they would do after "npm run deploy" with it.',
    ]);
  });

  it('not if nothing is deployed', async () => {
    expect(await warningsOf({ deployedDigest: () => Promise.resolve(undefined) })).toEqual([]);
  });

  it.each([
    [['aws-111122223334'], 'Did you mean aws-111122223334?'],
    [['production'], '"rolebridge setup" creates it.'],
    [[], '"rolebridge setup" creates it.'],
  ])('because the pool has only the providers %j', async (ids, hint) => {
    expect(await warningsOf({ providers: () => Promise.resolve(ids.map(nameOf)) })).toEqual([
      `The pool aws-roles has no provider aws-111122223333, which rolebridge.yml names. The configs of this plan would not work. ${hint}`,
    ]);
  });

  it('shows what it could not check', async () => {
    const fail = (reason: string) => () => Promise.reject(new Error(reason));
    expect(await warningsOf({ deployedDigest: fail('AccessDenied'), providers: fail('403') })).toEqual([
      'Not checked: which settings are deployed (AccessDenied)',
      'Not checked: which providers the pool aws-roles has (403)',
    ]);
  });
});

it('the packaged stack has the digest of rolebridge.yml', () => {
  const template = readFileSync('.serverless/cloudformation-template-update-stack.json', 'utf8');
  expect(template).toContain(
    `"ROLEBRIDGE_SETTINGS_DIGEST": "${settingsDigest(loadSettings('rolebridge.yml'))}"`,
  );
});
