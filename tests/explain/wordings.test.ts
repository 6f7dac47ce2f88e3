import { explain } from '../../shared/explain/explain.ts';
import { knownErrors } from '../../shared/explain/known-errors/catalog.ts';
import { documentedWordings, wordings } from './wordings.ts';

const shorten = (text: string): string => text.replaceAll(/\s+/g, ' ').slice(0, 70);
const idsOf = (text: string): readonly string[] => explain(text).map(({ id }) => id);

describe('a text that people pasted', () => {
  const all = [...wordings, ...documentedWordings];
  it.each(all.map(({ id, text }) => [id, shorten(text), text]))('%s: %s', (id, _, text) => {
    expect(idsOf(text)).toEqual([id]);
  });

  it('is quoted with its address, and no text appears twice', () => {
    expect(all.filter(({ seenAt }) => !/^https:\/\/[\w.-]+\/\S+$/.test(seenAt))).toEqual([]);
    expect(new Set(all.map(({ text }) => text)).size).toBe(all.length);
  });
});

describe('each kind of error', () => {
  // Only one thread has the text. A second wording is still to be found.
  const seenOnce = new Set(['deleted-member-inconsistent', 'condition-not-for-resource']);
  it.each([
    'members-not-allowed',
    'perimeter-refuses',
    'reauthentication-needed',
    'instance-role-not-assumable',
    'scopes-missing',
    'dotnet-subject-token',
    'php-no-credentials-url',
    'external-account-unknown',
    'token-source-unsupported',
    'subject-token-malformed',
    'metadata-unreachable',
    'no-aws-credentials',
    'service-account-missing',
    'deleted-member-inconsistent',
    'member-without-type',
    'policy-version-too-low',
    'scopes-insufficient',
    'request-without-credentials',
    'token-url-missing',
    'signature-incomplete',
    'parameter-name-reserved',
    'duplicate-tag-keys',
    'trail-not-found',
    'assume-role-denied',
    'bigquery-jobs-denied',
    'resource-not-opted-in',
    'project-grant-refused',
    'resource-missing',
    'role-not-for-resource',
    'condition-not-for-resource',
    'dataset-access-entry',
    'concurrent-policy-changes',
    'resource-access-denied',
    'tagging-denied',
    'credential-server-down',
    'container-credentials-unreachable',
    'sso-session-ended',
  ])('%s has its real wordings', (id) => {
    const found = [...wordings, ...documentedWordings].filter((wording) => wording.id === id);
    expect(found.length).toBeGreaterThanOrEqual(seenOnce.has(id) ? 1 : 2);
    expect(knownErrors.filter((error) => error.id === id)).toHaveLength(1);
  });
});
