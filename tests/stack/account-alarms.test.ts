import { readFileSync } from 'node:fs';
import { whichAccountAlarms } from '../../stack/account-alarms.ts';
import { alarms } from '../../stack/alarms.ts';
import { accountId, settings } from '../support/settings.ts';

const accounts = [accountId, '444455556666'].map((id) => ({ id, provider: `aws-${id}` }));
const several = { ...settings, home: accountId, accounts };
const topicArn = 'arn:aws:sns:us-east-1:111122223333:alerts';
const made = Object.values(whichAccountAlarms(several, topicArn)).map(({ Properties }) => Properties);

it('one account needs no alarm that names it', () => {
  expect(whichAccountAlarms(settings, undefined)).toEqual({});
  expect(JSON.stringify(alarms(settings))).not.toContain('which-account');
});

it('each queries a metric that the sweep writes, with exactly its dimensions', () => {
  const handler = readFileSync('handlers/sweep-metrics.ts', 'utf8');
  expect(made).toHaveLength(2);
  for (const { Metrics } of made) {
    const [, metric, service] =
      /^SELECT MAX\((\w+)\) FROM SCHEMA\(rolebridge, awsAccount, service\) WHERE service = '(.*)' GROUP BY awsAccount ORDER BY MAX\(\) DESC$/.exec(
        (Metrics as readonly { readonly Expression: string }[])[0]?.Expression ?? '',
      ) ?? [];
    expect(service).toBe('${self:custom.name}');
    expect(handler).toContain(`single.addMetric('${metric}'`);
  }
});

it('each covers less than the three hours of data that a query sees', () => {
  for (const { Metrics, EvaluationPeriods } of made) {
    const [{ Period = 0 } = {}] = Metrics as readonly { readonly Period?: number }[];
    expect(Period % 60).toBe(0);
    expect(Period * Number(EvaluationPeriods)).toBeLessThan(3 * 3600);
  }
});

it('each notifies when it rings; the alarms for all accounts also notify when they end', () => {
  for (const properties of made) {
    expect(properties).toMatchObject({ AlarmActions: [topicArn] });
    expect(properties).not.toHaveProperty('OKActions');
  }
  for (const { Properties } of Object.values(whichAccountAlarms(several, undefined)))
    expect(Properties).not.toHaveProperty('AlarmActions');
});
