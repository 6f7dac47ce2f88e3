import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { wantedCondition, wantedMapping } from '../../shared/core/provider-mapping.ts';
import { describeStep, pathText, titleOf } from '../../shared/setup/describe-step.ts';
import { quoted } from '../../shared/setup/gcloud-command.ts';
import { gcloudScript } from '../../shared/setup/gcloud-script.ts';
import { planSetup } from '../../shared/setup/plan.ts';
import { planText } from '../../shared/setup/plan-text.ts';
import type { SetupPlan, SetupStep } from '../../shared/setup/step.ts';
import { accountId, reader } from '../support/settings.ts';
import { everything, heading, nothing, ownMarker, wantedOf } from '../support/setup-plan.ts';

/** Set UPDATE_GOLDEN=1 to write them again, then read the diff. */
const golden = (name: string, text: string): string => {
  const path = join('tests/core/golden', name);
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(path, `${text}\n`);
  return readFileSync(path, 'utf8').trimEnd();
};

const project = 'acme-identity';
const poolName = 'projects/123456789012/locations/global/workloadIdentityPools/aws-roles';
const name = `${poolName}/providers/aws-${accountId}`;
const email = 'rolebridge@acme-identity.iam.gserviceaccount.com';
const editor = 'projects/acme-data/roles/rolebridgeEditor';
const attributeCondition = wantedCondition(accountId);

/** Steps and warnings that do not occur in a first run. */
const repairs: readonly SetupStep[] = [
  {
    kind: 'writeSettings',
    path: 'rolebridge.yml',
    changes: [{ path: ['mode'], value: 'upsert-only', before: 'sync' }],
  },
  { kind: 'undeletePool', name: poolName },
  {
    kind: 'describePool',
    name: poolName,
    description: `cloud team's | ${ownMarker}; adopted`,
    isShared: true,
    before: "cloud team's",
  },
  { kind: 'enablePool', name: poolName },
  { kind: 'undeleteProvider', name },
  {
    kind: 'correctProvider',
    name,
    accountId,
    attributeMapping: { ...wantedMapping, 'attribute.pair': "assertion.account + ', ' + assertion.arn" },
    attributeCondition: '',
    faults: ['google.subject (assertion.arn) is too long'],
  },
  { kind: 'enableProvider', name },
  { kind: 'enableServiceAccount', email, project },
  { kind: 'undeleteCustomRole', name: editor },
  {
    kind: 'correctCustomRole',
    name: editor,
    permissions: ['iam.serviceAccounts.get'],
    faults: ['it is disabled'],
  },
];
const member = `principal://iam.googleapis.com/${poolName}/subject/x`;
const use = { resource: 'projects/acme-data', role: 'roles/viewer', member };
const repair: SetupPlan = {
  steps: repairs,
  warnings: ['Pool aws-roles is disabled.'],
  refusals: [],
  broken: [
    { ...use, instead: 'AROA' },
    { ...use, resource: `projects/acme-data/serviceAccounts/${reader}`, instead: '' },
  ],
};
const first = (): SetupPlan => {
  const changes = [
    { path: ['google', 'projectNumber'], value: '123456789012' },
    { path: ['accounts', 0, 'provider'], value: `aws-${accountId}` },
  ];
  return planSetup(wantedOf({ changes, optIn: [reader], optInProjects: ['acme-data'] }), nothing(reader));
};

describe('a plan for people', () => {
  it.each([
    ['of a first run', 'setup-first.txt', first],
    ['of repairs and an adoption', 'setup-repair.txt', () => repair],
  ])('%s', (_, file, plan) => {
    const text = planText(plan(), heading);
    expect(text).toBe(golden(file, text));
  });

  it('reports that there is nothing to do', () => {
    const wanted = wantedOf();
    expect(planText(planSetup(wanted, everything(wanted)), heading)).toContain('Nothing to do');
  });

  it('shows the refusals instead of a count', () => {
    const text = planText({ ...repair, refusals: ['It is theirs.'], broken: [] }, heading);
    expect(text).toMatch(/Refused:\n {2}It is theirs\.$/);
    expect(text).toContain('No allow policy');
  });
});

describe('a plan as commands', () => {
  it.each([
    ['of a first run', 'setup-first.sh', first],
    ['of repairs and an adoption', 'setup-repair.sh', () => repair],
  ])('%s', (_, file, plan) => {
    const script = gcloudScript(plan(), heading);
    expect(script).toBe(golden(file, script));
    // A shell reads this.
    expect(spawnSync('sh', ['-n'], { input: script }).status).toBe(0);
  });

  it('without steps is a script that does nothing', () => {
    expect(gcloudScript({ steps: [], warnings: [], refusals: [] }, heading)).toMatch(
      /set -eu\n\n# Nothing to do\.$/,
    );
  });

  it('keeps other people’s texts inside a comment', () => {
    const script = gcloudScript({ ...repair, steps: [], warnings: ['two\nlines'] }, heading);
    expect(script).toContain('# ! two\n# lines');
  });

  it.each([
    ['a-b_c.d:e@f/g=h,i%j+k', 'a-b_c.d:e@f/g=h,i%j+k'],
    ['', "''"],
    ["it's", "'it'\\''s'"],
    ['$(id) `id` "x" \\ \n!', '\'$(id) `id` "x" \\ \n!\''],
  ])('%p is quoted for a shell', (word, expected) => {
    expect(quoted(word)).toBe(expected);
    const { stdout } = spawnSync('sh', ['-c', `printf %s ${quoted(word)}`], { encoding: 'utf8' });
    expect(stdout).toBe(word);
  });

  it('finds a delimiter for a mapping that contains every usual one', () => {
    const step: SetupStep = {
      kind: 'createProvider',
      name,
      accountId,
      attributeMapping: { 'google.subject': "assertion.arn + ',;|~#'" },
      attributeCondition,
    };
    expect(gcloudScript({ ...repair, steps: [step] }, heading)).toContain("'^::^google.subject=");
  });
});

describe('the title of a step', () => {
  it('is unique in every plan', () => {
    const titles = [...first().steps, ...repairs].map(titleOf);
    expect(new Set(titles).size).toBe(titles.length - 1);
    expect(titles.filter((title) => title === 'write rolebridge.yml')).toHaveLength(2);
  });

  it('names the project of a role', () => {
    expect(titleOf({ kind: 'undeleteCustomRole', name: editor })).toBe(
      'undelete role rolebridgeEditor in project acme-data',
    );
  });

  it('shows that a provider has no condition', () => {
    expect(describeStep({ ...(repairs[5] as SetupStep) }).details.at(-1)).toBe('condition: none');
  });

  it('spells a path in the same way as the errors of the file', () => {
    expect(pathText(['accounts', 0, 'provider'])).toBe('accounts[0].provider');
  });
});
