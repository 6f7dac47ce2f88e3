import { readFileSync } from 'node:fs';
import { run } from '../../local/run-workload.ts';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { command, variablesOf } from '../support/command-line.ts';
import { deployedLedger, type LedgerRow } from '../support/deployed-ledger.ts';
import { isInstalled } from '../support/instance.ts';
import { reader } from '../support/settings.ts';

/**
 * The ledger's table is deleted, recreated and copied, by the commands of docs/operations.md and uninstall.md, with
 * the AWS CLI.
 */
const snippet = (pattern: RegExp, page = 'operations'): string => {
  const [found] = pattern.exec(readFileSync(`docs/${page}.md`, 'utf8')) ?? [];
  if (found === undefined) throw new Error(`docs/${page}.md has no ${String(pattern)}`);
  return found;
};
const create = snippet(/aws dynamodb create-table(.*\\\n)+.*/);
const removal = snippet(
  /^aws dynamodb update-table .*--no-deletion-protection-enabled\naws dynamodb delete-table .*$/m,
  'uninstall',
);
const copy = snippet(/^aws dynamodb scan [^]*?^ {2}done$/m);
const [unprotect = '', remove = ''] = removal.split('\n');

let cloud: Cloud;
let TABLE: string;
const rolebridge = (...args: readonly string[]) => command(variablesOf(cloud), ...args);
const shell = (script: string, more: Readonly<Record<string, string>> = {}) =>
  run('sh', ['-c', script], { ...variablesOf(cloud), AWS_PAGER: '', TABLE, ...more });
beforeEach(async () => {
  cloud = await startCloud();
  cloud.addServiceAccount(reader);
  TABLE = [...cloud.aws.dynamodb.protections.keys()][0] ?? '';
  await cloud.createRole('reports', { 'google-access': reader });
  await cloud.settled();
});
afterEach(() => cloud.close());
const withCli = isInstalled('aws') && isInstalled('jq') ? it : it.skip;

withCli('a protected table is not deleted; without protection it is', async () => {
  const refused = await shell(remove);
  expect(refused).toMatchObject({ ok: false, output: expect.stringContaining('protected against deletion') });
  expect(await shell(unprotect)).toMatchObject({ ok: true });
  expect(await shell(remove)).toMatchObject({ ok: true });
  expect(await shell('aws dynamodb describe-table --region us-east-1 --table-name "$TABLE"')).toMatchObject({
    ok: false,
  });
});

withCli('every command names the runbook, which makes the table again', async () => {
  expect(await shell(`${unprotect} && ${remove}`)).toMatchObject({ ok: true });
  const runbook = `There is no table ${TABLE}, so the ledger can be neither read nor written. Restore it under the same name: docs/operations.md, "The ledger's table is gone".`;
  const revoked = await rolebridge('revoke', '--all', '--yes');
  expect(revoked).toMatchObject({ status: 1, stderr: expect.stringContaining(runbook) });
  expect(revoked.stderr).toContain('The rules stay stopped');
  expect(revoked.stderr).toContain('rolebridge resume');
  for (const args of [['resume'], ['sweep', '--accept-table'], ['forget', '--project', 'acme-old']])
    expect((await rolebridge(...args)).stderr).toContain(runbook);
  expect(cloud.boundTo(reader)).toEqual(['reports']);

  expect(await shell(create)).toMatchObject({ ok: true });
  expect(cloud.aws.dynamodb.protections.get(TABLE)).toEqual({ isProtected: true, isRecoverable: false });
  await rolebridge('resume');
  await cloud.settled();
  expect((await rolebridge('sweep', '--accept-table')).status).toBe(0);
  await cloud.untag('reports', 'google-access');
  await cloud.settled();
  expect(cloud.boundTo(reader)).toEqual([]);
});

withCli('the loop copies scope entries, and nothing else', async () => {
  const { put, rows } = deployedLedger(cloud);
  const text = (S: string) => ({ S });
  await put([
    { pk: text('scope'), sk: text('unlisted'), revision: text('r'), body: text('{"version":1}') },
    { pk: text('inherited#ROLE#R'), sk: text('0001'), revision: text('r'), body: text('{"version":1}') },
    { pk: text('scope'), sk: text('region#x'), revision: text('r'), body: text(`{"a b":"\\\\n'$HOME"}`) },
  ]);
  const to = 'the-new-one';
  expect(await shell(create, { TABLE: to })).toMatchObject({ ok: true });
  expect(await shell(copy, { FROM: TABLE, TO: to })).toMatchObject({ ok: true });
  const wanted = (await rows()).filter(
    ({ pk, sk }) =>
      pk.S.startsWith('inherited#') || (pk.S === 'scope' && sk.S !== 'initialized' && sk.S !== 'unlisted'),
  );
  const order = (items: readonly unknown[]) =>
    items
      .map((one) => Object(one) as LedgerRow)
      .map(({ pk, sk, revision, body }) => JSON.stringify([pk, sk, revision, body]))
      .toSorted();
  expect(wanted.length).toBeGreaterThan(4);
  expect(order(await cloud.aws.dynamodb.items(to))).toEqual(order(wanted));
});
