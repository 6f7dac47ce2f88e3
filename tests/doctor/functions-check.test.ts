import { failed, ok } from '../../shared/doctor/finding.ts';
import { checkFunctions } from '../../shared/doctor/functions-check.ts';
import type { FunctionState } from '../../shared/doctor/ports.ts';
import { accountId } from '../support/settings.ts';

const absent = { kind: 'absent' } as const;
const active = (name: string, fields: Partial<Exclude<FunctionState, { kind: 'absent' }>> = {}) => ({
  name,
  role: name,
  state: {
    kind: 'there',
    state: 'Active',
    lastUpdate: 'Successful',
    reason: '',
    roleArn: `arn:aws:iam::${accountId}:role/${name}`,
    ...fields,
  } as const,
});

describe('the functions', () => {
  it('are ok: deployed, active or inactive, each with its own role', () => {
    expect(checkFunctions('prod', [active('a'), active('b', { state: 'Inactive' })])).toEqual(
      ok(
        'a and b are deployed and active.\nThe dashboard shows what they do: https://us-east-1.console.aws.amazon.com/cloudwatch/home?region=us-east-1#dashboards/dashboard/rolebridge-prod',
      ),
    );
  });

  it('are not deployed at all: perhaps they are in another stage', () => {
    const none = [
      { name: 'a', role: 'a', state: absent },
      { name: 'b', role: 'b', state: absent },
    ];
    expect(checkFunctions('test', none)).toEqual(
      failed(
        'Stage test of rolebridge is not deployed in us-east-1: there is no function a or b.',
        'Deploy it: npm run deploy -- --stage test\nOr name the stage that is deployed: rolebridge doctor --stage STAGE',
      ),
    );
  });

  it('one is missing', () => {
    expect(checkFunctions('prod', [active('a'), { name: 'b', role: 'b', state: absent }])).toEqual(
      failed('us-east-1 has no function b.', 'Deploy the stack: npm run deploy'),
    );
  });

  it.each([
    [
      { state: 'Failed', reason: 'no such layer' },
      'The function a is Failed, its last update Successful (no such layer).',
    ],
    [{ lastUpdate: 'Failed' }, 'The function a is Active, its last update Failed.'],
  ])('%o', (fields, message) => {
    expect(checkFunctions('prod', [active('a', fields)])).toEqual(
      failed(message, 'Deploy it again: npm run deploy'),
    );
  });

  it('may have a path and the prefix of rolebridge.yml', () => {
    const roleArn = `arn:aws:iam::${accountId}:role/platform/platform-rolebridge-prod-sweep`;
    const sweep = active('rolebridge-prod-sweep', { roleArn });
    const judged = (role: string | undefined) => checkFunctions('prod', [{ ...sweep, role }]).status;
    expect(judged('platform-rolebridge-prod-sweep')).toBe('ok');
    expect(judged('rolebridge-prod-sweep')).toBe('failed');
    // Without a valid rolebridge.yml, the prefix is not known.
    expect(judged(undefined)).toBe('ok');
    expect(checkFunctions('test', [{ ...sweep, role: undefined }]).status).toBe('failed');
  });

  it('one runs as a role that Google does not admit', () => {
    expect(checkFunctions('prod', [active('a', { roleArn: 'arn:aws:iam::1:role/other' })])).toEqual(
      failed(
        'The function a runs as arn:aws:iam::1:role/other, but setup lets Google admit a.',
        'Deploy it with its own role: npm run deploy',
      ),
    );
  });
});
