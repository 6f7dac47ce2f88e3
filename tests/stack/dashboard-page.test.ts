import { readFileSync } from 'node:fs';
import type { Settings } from '../../shared/core/settings.ts';
import { alarms } from '../../stack/alarms.ts';
import { dashboardResources } from '../../stack/dashboard.ts';
import { accountId, settings } from '../support/settings.ts';

/** Settings with every graph. */
const all: Settings = {
  ...settings,
  home: accountId,
  accounts: [accountId, '444455556666'].map((id) => ({ id, provider: `aws-${id}` })),
  allow: [
    ...settings.allow,
    {
      grant: 'roles/storage.objectViewer',
      on: ['buckets/acme-in'],
      roles: ['app-*'],
      clientProject: 'acme-data',
    },
  ],
};

interface Widget {
  readonly type: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly properties: {
    readonly title: string;
    readonly metrics?: readonly (readonly unknown[])[];
    readonly query?: string;
  };
}
const widgetsOf = (using: Settings): readonly Widget[] => {
  const body = dashboardResources(using).Resources.Dashboard.Properties.DashboardBody['Fn::Sub'];
  return (JSON.parse(body) as { widgets: readonly Widget[] }).widgets;
};
const widgets = widgetsOf(all);
const titles = widgets.map(({ properties }) => properties.title);

/** The sections of the page, by heading. */
const sectionsIn = (text: string): ReadonlyMap<string, string> =>
  new Map(
    text
      .split(/^### /m)
      .slice(1)
      .map((section) => {
        const [heading = '', ...rest] = section.split(/^## /m)[0]?.split('\n') ?? [];
        return [heading, rest.join('\n')];
      }),
  );
const page = sectionsIn(readFileSync('docs/dashboard.md', 'utf8'));
const [, alarmsPart = ''] = /^## Alarms$(.*?)^## /ms.exec(readFileSync('docs/operations.md', 'utf8')) ?? [];
const runbooks = sectionsIn(alarmsPart);
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\w -]/g, '')
    .replaceAll(' ', '-');

describe('docs/dashboard.md', () => {
  it('has a section for each graph, in its order, and no others', () => {
    expect([...page.keys()]).toEqual(titles);
  });

  it.each([...page])('%s: explains what it shows, what is normal, and what to do if it is not', (_, text) => {
    expect(text.match(/^- \*\*[\w ]+:\*\*/gm)).toEqual(['- **Shows:**', '- **Normal:**', '- **If not:**']);
  });
});

it("lists once what several sweeps could not read: one sweep's lines do not displace others", () => {
  const queries = widgets.flatMap(({ properties: { query } }) => (query === undefined ? [] : [query]));
  expect(queries).toHaveLength(1);
  const [, ...steps] = queries[0]?.split(' | ') ?? [];
  const [last = ''] = steps.slice(-1);
  // A blind spot always has the same message. A line about held revocations has only a message, which names the
  // account.
  expect(steps).toContainEqual(expect.stringMatching(/^fields .*coalesce\(what, message\) as finding/));
  expect(steps).toContainEqual(expect.stringMatching(/^stats .* by finding$/));
  // The most that CloudWatch Logs returns.
  expect(last).toBe('limit 10000');
});

describe('the runbook of', () => {
  const made = Object.values(alarms(all)).map(({ Properties }) => ({
    name: String(Properties['AlarmName']).replace('${self:custom.name}-', ''),
    text: JSON.stringify(Properties),
  }));

  it.each(made)('$name links a graph that shows its metric', ({ name, text }) => {
    const [, line = ''] = /^Graphs?: (.*)$/m.exec(runbooks.get(name) ?? '') ?? [];
    const linked = [...line.matchAll(/\[([^\]]+)\]\(dashboard\.md#([^)]+)\)/g)].map(
      ([, title = '', anchor]) => {
        expect(anchor).toBe(anchorOf(title));
        return widgets.find(({ properties }) => properties.title === title);
      },
    );
    expect(linked.length).toBeGreaterThan(0);
    // A metric, or the metric of a query.
    const [, metric = ''] = /"MetricName":"(\w+)"|"SELECT MAX\((\w+)\)/.exec(text)?.filter(Boolean) ?? [];
    expect(metric).not.toBe('');
    expect(linked.some((widget) => JSON.stringify(widget).includes(metric))).toBe(true);
  });
});

describe('the dashboard', () => {
  it('fills rows of 24 columns', () => {
    for (const row of Map.groupBy(widgets, ({ y }) => y).values())
      expect(row.map(({ width }) => width).reduce((total, width) => total + width, 0)).toBe(24);
  });

  it('with one account and without direct access, has no rows for others', () => {
    const alone = JSON.stringify(widgetsOf(settings));
    expect(alone).not.toMatch(/awsAccount|DirectAccess|Accounts|EventBusName|UnlistedSenders/);
  });

  it('shows every metric that the functions write', () => {
    const text = ['sweep-metrics', 'reconcile'].map((name) => readFileSync(`handlers/${name}.ts`, 'utf8'));
    const written = [...text.join('\n').matchAll(/addMetric\(\s*'(\w+)'/g)].map(([, name = '']) => name);
    expect(written.length).toBeGreaterThan(15);
    const shown = JSON.stringify(widgets);
    expect(written.filter((name) => !shown.includes(name))).toEqual([]);
  });

  it('lists log lines by the words that the sweep logs', () => {
    const handler = readFileSync('handlers/sweep.ts', 'utf8');
    const query = widgets.find(({ type }) => type === 'log')?.properties.query ?? '';
    const [, message = ''] = /message = "([^"]+)"/.exec(query) ?? [];
    expect(message).not.toBe('');
    expect(handler).toContain(`'${message}'`);
    expect(query).toContain("SOURCE '/aws/lambda/${self:custom.name}-sweep'");
  });
});
