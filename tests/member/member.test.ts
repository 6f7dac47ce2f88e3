import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { fields, items, type Json } from '../../local/stack/template.ts';
import { parseSettings } from '../../shared/config/config.ts';
import { memberDefinition } from '../../shared/member/definition.ts';
import { type MemberForm, memberForms, printedMember } from '../../shared/member/print.ts';
import { runHere } from '../support/here.ts';

const example = parseSettings(readFileSync('rolebridge.example.yml', 'utf8'));
const definition = memberDefinition(example, 'prod');
const printed = (form: MemberForm): string => printedMember(definition, form);
const template = fields(parse(printed('cloudformation'), { version: '1.1' }) as Json);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rolebridge-member-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const isInstalled = (program: string): boolean => spawnSync(program, ['--version']).status === 0;

describe('the printed forms', () => {
  it.each(memberForms)('%s prints all of its output to standard output', async (form) => {
    const { status, stdout } = await runHere(
      { ROLEBRIDGE_CONFIG: 'rolebridge.example.yml' },
      'member',
      '--print',
      form,
    );
    expect({ status, stdout }).toEqual({ status: 0, stdout: printed(form) });
  });

  it('warn if there is no other account yet', async () => {
    const { stderr } = await runHere(
      { ROLEBRIDGE_CONFIG: 'rolebridge.yml' },
      'member',
      '--print',
      'terraform',
    );
    expect(stderr).toContain('Warning: rolebridge.yml lists only the account deployed to');
  });

  it.each(['cloudformation', 'terraform'] as const)('%s has every name and action', (form) => {
    const text = printed(form);
    const { roles, rule } = definition;
    const names = roles.flatMap(({ name, statements }) => [
      name,
      ...statements.flatMap(({ Sid, Action }) => [Sid, Action].flat()),
    ]);
    for (const name of [...names, rule.name, rule.bus]) expect(text).toContain(name);
  });
});

describe('the template', () => {
  (isInstalled('cfn-lint') ? it : it.skip)('passes cfn-lint', () => {
    const path = join(folder, 'member.yml');
    writeFileSync(path, printed('cloudformation'));
    expect(spawnSync('cfn-lint', [path], { encoding: 'utf8' })).toMatchObject({ stdout: '', status: 0 });
  });

  it('has no transform, and fits into one request', () => {
    expect(template['Transform']).toBeUndefined();
    // https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
    expect(printed('cloudformation').length).toBeLessThan(51_200);
  });

  it('is the same for YAML 1.1 and 1.2', () => {
    expect(parse(printed('cloudformation'))).toEqual(template);
  });

  it('has the resources that the other parts of rolebridge expect', () => {
    const resources = Object.values(fields(template['Resources'])).map(fields);
    const named = resources.map((resource) => {
      const { RoleName, Name } = fields(resource['Properties']);
      return [resource['Type'], RoleName ?? Name];
    });
    expect(named).toEqual([
      ['AWS::IAM::Role', 'platform-rolebridge-prod-member'],
      ['AWS::IAM::Role', 'platform-rolebridge-prod-member-read'],
      ['AWS::IAM::Role', 'platform-rolebridge-prod-viewer'],
      ['AWS::IAM::Role', 'platform-rolebridge-prod-forward'],
      ['AWS::Events::Rule', 'rolebridge-prod-forward'],
    ]);
  });

  it('gives the rule’s target a role, without which EventBridge delivers nothing', () => {
    const rule = fields(fields(template['Resources'])['ForwardRule']);
    expect(items(fields(rule['Properties'])['Targets'])).toEqual([
      {
        Id: 'home',
        Arn: 'arn:aws:events:us-east-1:111122223333:event-bus/rolebridge-prod',
        RoleArn: { 'Fn::GetAtt': ['ForwardRole', 'Arn'] },
      },
    ]);
  });

  it('creates the viewer role only if there is someone to use it', () => {
    const conditional = Object.entries(fields(template['Resources'])).filter(
      ([, resource]) => fields(resource)['Condition'] !== undefined,
    );
    expect(conditional.map(([name, resource]) => [name, fields(resource)['Condition']])).toEqual([
      ['ViewerRole', 'HasOperators'],
    ]);
    expect(fields(fields(template['Parameters'])['OperatorArns'])['Default']).toBe('');
  });

  it.each([
    ['', true],
    ['arn:aws:iam::111122223333:role/platform/operator', true],
    ['arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/*', true],
    ['arn:aws:iam::444455556666:role/other-account', false],
    ['arn:aws:iam::111122223333:root', false],
    ['*', false],
  ])('accepts only roles and users of the home account as operators: %p', (arn, isAllowed) => {
    const { AllowedPattern } = fields(fields(template['Parameters'])['OperatorArns']);
    expect(new RegExp(String(AllowedPattern)).test(arn)).toBe(isAllowed);
  });
});

describe('the configuration for Terraform', () => {
  (isInstalled('terraform') ? it : it.skip)('is as terraform fmt leaves it', () => {
    for (const stackTags of [{}, { a: 'b' }, { a: 'b', 'a-long-key': 'c' }]) {
      const settings = { ...example, deploy: { ...example.deploy, stackTags } };
      const text = printedMember(memberDefinition(settings, 'prod'), 'terraform');
      writeFileSync(join(folder, 'main.tf'), text);
      const { status, stdout } = spawnSync('terraform', ['fmt', '-check', '-diff', folder], {
        encoding: 'utf8',
      });
      expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
    }
  });

  it('keeps text that looks like a template of Terraform as text', () => {
    const settings = { ...example, deploy: { stackTags: { key: '${var.x} %{if} "' } } };
    expect(printedMember(memberDefinition(settings, 'prod'), 'terraform')).toContain(
      String.raw`key = "$${'$'}{var.x} %%{if} \""`,
    );
  });
});

describe('the commands for stack sets', () => {
  it('are valid for a shell, and need the organizational units', () => {
    const path = join(folder, 'stackset.sh');
    writeFileSync(path, printed('stackset'));
    expect(spawnSync('sh', ['-n', path]).status).toBe(0);
    const { status, stderr } = spawnSync('/bin/sh', [path], {
      encoding: 'utf8',
      env: { PATH: '/nonexistent' },
    });
    expect(status).not.toBe(0);
    expect(stderr).toContain('Set OU to the ids of organizational units');
  });

  it('work on all accounts but home, in one region, several at a time', () => {
    const text = printed('stackset');
    expect(text).toContain('AccountFilterType=DIFFERENCE,Accounts=111122223333');
    expect(text.match(/--region \S+/g)).toEqual(Array.from({ length: 4 }, () => '--region us-east-1'));
    expect(text.match(/--capabilities \S+/g)).toEqual(
      Array.from({ length: 3 }, () => '--capabilities CAPABILITY_NAMED_IAM'),
    );
    expect(text).toContain("--tags 'Key=cost-center,Value=1234'");
    expect(text).toContain('MaxConcurrentPercentage=25,FailureTolerancePercentage=25');
    expect(text).toContain('never deploy to the management account');
  });
});
