import { readFileSync } from 'node:fs';
import { commandNames } from '../../cli/command-names.ts';
import { readTemplate } from '../../local/stack/template.ts';
import { alarms as makeAlarms } from '../../stack/alarms.ts';
import { alarmsOf } from '../support/alarms.ts';
import { accountId, settings } from '../support/settings.ts';

const template = readTemplate('.serverless/cloudformation-template-update-stack.json', {
  accountId: '111122223333',
  region: 'us-east-1',
  endpoint: 'http://localhost',
});
const accounts = [accountId, '444455556666'].map((id) => ({ id, provider: `aws-${id}` }));
/** Alarms that need several accounts are not in the packaged template. */
const ofAccounts = Object.values(makeAlarms({ ...settings, home: accountId, accounts })).map(
  ({ Properties }) => String(Properties['AlarmName']).replace('${self:custom.name}-', ''),
);
const alarms = alarmsOf(template).map(({ name }) => name.replace('rolebridge-prod-', ''));
const names = new Set([
  ...(JSON.stringify(template.resources).match(/rolebridge-prod(?:-\w+)*/g) ?? []),
  ...ofAccounts.map((name) => `rolebridge-prod-${name}`),
]);
const operations = readFileSync('docs/operations.md', 'utf8');
const [, section = ''] = /^## Alarms$(.*?)^## /ms.exec(operations) ?? [];
const runbooks = section
  .split(/^### /m)
  .slice(1)
  .map((text) => text.split('\n')[0] ?? '');

describe('docs/operations.md', () => {
  it('has a runbook for every alarm, and no others', () => {
    expect(runbooks.toSorted()).toEqual([...new Set([...alarms, ...ofAccounts])].toSorted());
  });

  it.each(['docs/operations.md', 'docs/commands.md', 'SECURITY.md'])(
    '%s names only queues, functions, log groups and rules of the stack',
    (path) => {
      const named = readFileSync(path, 'utf8').match(/rolebridge-prod(?:-\w+)*/g) ?? [];
      expect(named.length).toBeGreaterThan(0);
      // On AWS, the ledger's table has a generated name. In the captures it has this one, from the local world.
      const captured = 'rolebridge-prod-Ledger';
      expect(named.filter((name) => !names.has(name) && name !== captured)).toEqual([]);
    },
  );

  it('names only commands that exist', () => {
    const commands = [...operations.matchAll(/\.\/rolebridge ([a-z]+)/g)].map(([, name]) => name);
    const known: ReadonlySet<string> = new Set(commandNames);
    expect([...new Set(commands)].filter((name) => !known.has(name ?? ''))).toEqual([]);
  });
});

it('the dashboard shows every alarm, and every metric of the alarms', () => {
  const dashboard = template.resources.find(({ type }) => type === 'AWS::CloudWatch::Dashboard');
  const body = String(dashboard?.properties['DashboardBody']);
  const { widgets } = JSON.parse(body) as {
    widgets: {
      type: string;
      x: number;
      width: number;
      properties: { alarms?: string[]; metrics?: unknown[][] };
    }[];
  };
  expect(dashboard?.properties['DashboardName']).toBe('rolebridge-prod');
  expect(widgets.flatMap(({ properties }) => properties.alarms ?? [])).toEqual(
    alarms.map((name) => `arn:aws:cloudwatch:us-east-1:111122223333:alarm:rolebridge-prod-${name}`),
  );
  const metrics = widgets.flatMap(({ properties }) => properties.metrics ?? []);
  const shown = new Set(
    metrics.map(([namespace, name, dimension, value]) =>
      JSON.stringify([namespace, name, [`${String(dimension)}=${String(value)}`]]),
    ),
  );
  expect(
    alarmsOf(template)
      .flatMap((alarm) => alarm.metrics)
      .filter((metric) => !shown.has(metric)),
  ).toEqual([]);
  for (const { x, width } of widgets) expect(x + width).toBeLessThanOrEqual(24);
});
