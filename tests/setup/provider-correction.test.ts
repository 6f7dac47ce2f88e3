import { defaultMapping, wantedCondition, wantedMapping } from '../../shared/core/provider-mapping.ts';
import {
  dedicatedCorrection,
  rejectedFunctions,
  sharedCorrection,
} from '../../shared/setup/provider-correction.ts';
import { accountId } from '../support/settings.ts';

const condition = wantedCondition(accountId);
const provider = (attributeMapping: Readonly<Record<string, string>>, attributeCondition = condition) => ({
  attributeMapping,
  attributeCondition,
});
const sessions = "assertion.userid.extract('{id}:')";
const arn = `'arn:aws:sts::${accountId}:assumed-role/' + assertion.arn.extract('assumed-role/{r}/')`;

describe('in a pool of rolebridge’s own', () => {
  it('leaves what setup would create', () => {
    expect(dedicatedCorrection(provider(wantedMapping), accountId)).toBeUndefined();
  });

  it.each([
    [
      'the bare name',
      { 'google.subject': sessions, 'attribute.aws_role': "assertion.arn.extract('assumed-role/{r}/')" },
      'attribute.aws_role is "reports" for the role reports',
    ],
    ['no attribute', { 'google.subject': sessions }, 'attribute.aws_role is not mapped'],
    [
      'an unreadable expression',
      { 'google.subject': sessions, 'attribute.aws_role': 'assertion.' },
      'attribute.aws_role cannot be mapped',
    ],
    [
      'a subject that is too long',
      { ...wantedMapping, 'google.subject': 'assertion.arn' },
      "google.subject (assertion.arn) can be empty or exceed Google's 127 bytes, in sessions of Lambda, ECS, EKS",
    ],
    [
      'no subject',
      { 'attribute.aws_role': wantedMapping['attribute.aws_role'] ?? '' },
      'google.subject is not mapped',
    ],
    [
      'an equivalent expression',
      { 'google.subject': 'assertion.userid', 'attribute.aws_role': arn },
      "google.subject differs from rolebridge's spelling (assertion.userid)",
    ],
  ])('%s is corrected, with the reason', (_, mapping, fault) => {
    const correction = dedicatedCorrection(provider(mapping), accountId);
    expect(correction).toMatchObject(provider(wantedMapping));
    expect(correction?.faults.join('\n')).toContain(fault);
  });

  it('spells out Google’s default mapping, which is not stored', () => {
    expect(dedicatedCorrection(provider({}), accountId)?.faults).toContain(
      "attribute.aws_role differs from rolebridge's spelling (not mapped)",
    );
  });

  it.each([
    ['', 'the attribute condition is missing, and should be'],
    ['true', 'the attribute condition is "true", and should be'],
  ])('a condition %p is corrected', (wrong, fault) => {
    const correction = dedicatedCorrection(provider(wantedMapping, wrong), accountId);
    expect(correction?.attributeCondition).toBe(condition);
    expect(correction?.faults).toEqual([expect.stringContaining(fault)]);
  });
});

describe('in a pool that others use', () => {
  it('leaves a mapping that works, in any spelling', () => {
    expect(
      sharedCorrection(
        provider({ 'google.subject': 'assertion.userid', 'attribute.aws_role': arn }, ''),
        accountId,
      ),
    ).toBeUndefined();
  });

  it('replaces an attribute that does not work; other attributes and the condition stay', () => {
    const mapping = {
      'google.subject': sessions,
      'attribute.aws_role': 'assertion.arn',
      'attribute.x': "'x'",
    };
    expect(sharedCorrection(provider(mapping, 'true'), accountId)).toMatchObject({
      attributeMapping: { ...mapping, ...wantedMapping },
      attributeCondition: 'true',
    });
  });

  it('keeps the attribute of Google’s default, and sets a subject that is never too long', () => {
    expect(sharedCorrection(provider({}, ''), accountId)?.attributeMapping).toEqual({
      ...defaultMapping,
      'google.subject': wantedMapping['google.subject'],
    });
  });
});

it('lists the functions that a condition excludes', () => {
  const roles = ['rolebridge-prod-reconcile', 'rolebridge-prod-sweep'];
  expect(rejectedFunctions(provider(wantedMapping), accountId, roles)).toEqual([]);
  const narrow = provider(wantedMapping, "attribute.aws_role.endsWith('/rolebridge-prod-sweep')");
  expect(rejectedFunctions(narrow, accountId, roles)).toEqual(['rolebridge-prod-reconcile']);
});
