import { fields, items, readTemplate, resourcesOf } from '../../local/stack/template.ts';
import { accountId } from '../support/settings.ts';

const template = readTemplate('.serverless/cloudformation-template-update-stack.json', {
  accountId,
  region: 'us-east-1',
  endpoint: 'http://127.0.0.1',
});

it('Lambda lets reconcile send to its own queue, and no other function has a loop', () => {
  const functions = resourcesOf(template, 'AWS::Lambda::Function');
  expect(
    functions.map(({ properties }) => [properties['FunctionName'], properties['RecursiveLoop']]),
  ).toEqual([
    ['rolebridge-prod-reconcile', 'Allow'],
    ['rolebridge-prod-sweep', undefined],
  ]);
});

it('an alarm detects it if Lambda stops reconcile anyway', () => {
  const alarm = resourcesOf(template, 'AWS::CloudWatch::Alarm').find(
    ({ properties }) => properties['AlarmName'] === 'rolebridge-prod-reconcile-recursion-stopped',
  );
  // https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
  expect(alarm?.properties).toMatchObject({
    Namespace: 'AWS/Lambda',
    MetricName: 'RecursiveInvocationsDropped',
    Dimensions: [{ Name: 'FunctionName', Value: 'rolebridge-prod-reconcile' }],
    Statistic: 'Sum',
    Threshold: 0,
    ComparisonOperator: 'GreaterThanThreshold',
    TreatMissingData: 'notBreaching',
  });
});

it('the events of both rules for the queue go to its dead-letter queue if they cannot be delivered', () => {
  const dead = `arn:aws:sqs:us-east-1:${accountId}:rolebridge-prod-reconcile-dead`;
  const targets = resourcesOf(template, 'AWS::Events::Rule').flatMap(({ properties }) =>
    items(properties['Targets'])
      .map(fields)
      .filter(({ Arn }) => String(Arn).startsWith('arn:aws:sqs:')),
  );
  expect(targets).toHaveLength(2);
  for (const { DeadLetterConfig } of targets) expect(DeadLetterConfig).toEqual({ Arn: dead });
});
